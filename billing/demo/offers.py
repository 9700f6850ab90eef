"""What the four providing divisions of the demo offer: sixty services with their first prices."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final


@dataclass(frozen=True)
class Offer:
    """A service: its first price in USD, and how much of it a person uses in a month, counted with so many places."""

    provider: str
    category: str
    sku: str
    name: str
    unit: str
    price: Decimal
    per_head: float
    places: int


# provider | category | SKU | name | unit | first price in USD | per head and month | places of the quantity
_TABLE: Final = """
IT | Workplace | LAPTOP-STANDARD | Laptop, standard | month | 42.50 | 0.85 | 0
IT | Workplace | LAPTOP-PRO | Laptop, performance | month | 78.00 | 0.15 | 0
IT | Workplace | MONITOR | Monitor 27" | month | 6.90 | 1.1 | 0
IT | Workplace | DOCKING-STATION | Docking station | month | 3.20 | 0.8 | 0
IT | Workplace | MOBILE-PHONE | Mobile phone | month | 18.75 | 0.4 | 0
IT | Workplace | SERVICE-DESK | Service desk | user | 11.40 | 1 | 0
IT | Communication | MAILBOX | Mailbox | mailbox | 4.15 | 1.05 | 0
IT | Communication | MAILBOX-SHARED | Shared mailbox | mailbox | 2.10 | 0.1 | 0
IT | Communication | VIDEO-CONFERENCE | Video conferences | licence | 7.95 | 0.9 | 0
IT | Communication | TELEPHONY | Telephony | minute | 0.0185 | 180 | 1
IT | Communication | CHAT-ARCHIVE | Chat archive | GB | 0.0875 | 1.2 | 3
IT | Communication | VPN | VPN access | user | 3.60 | 0.7 | 0
IT | Hosting | VM-SMALL | Virtual machine, small | hour | 0.0412 | 75 | 1
IT | Hosting | VM-LARGE | Virtual machine, large | hour | 0.1648 | 22 | 1
IT | Hosting | STORAGE-SSD | Fast storage | GB-month | 0.0925 | 48 | 3
IT | Hosting | STORAGE-ARCHIVE | Archive storage | GB-month | 0.0041 | 310 | 3
IT | Hosting | BACKUP | Backup | GB-month | 0.0275 | 95 | 3
IT | Hosting | DATABASE | Managed database | instance | 184.00 | 0.03 | 0
IT | Software | OFFICE-SUITE | Office suite | licence | 14.20 | 1 | 0
IT | Software | CAD | CAD workstation licence | licence | 165.00 | 0.04 | 0
IT | Software | CRM | CRM | licence | 52.00 | 0.3 | 0
IT | Software | BI-REPORT | Business report | report | 0.95 | 2 | 0
IT | Software | API-CALLS | API calls | 1,000 calls | 0.00042 | 5200 | 3
IT | Software | DEVELOPMENT | Software development | hour | 96.00 | 0.3 | 2
FACILITIES | Space | DESK | Desk | month | 310.00 | 0.9 | 0
FACILITIES | Space | OFFICE-SINGLE | Single office | month | 640.00 | 0.05 | 0
FACILITIES | Space | MEETING-ROOM | Meeting room | hour | 24.50 | 1.5 | 2
FACILITIES | Space | STORAGE-ROOM | Storage room | m² | 12.80 | 0.8 | 1
FACILITIES | Space | PARKING | Parking space | month | 65.00 | 0.3 | 0
FACILITIES | Building services | CLEANING | Cleaning | m² | 2.35 | 10 | 1
FACILITIES | Building services | BADGE | Access badge | badge | 1.80 | 1 | 0
FACILITIES | Building services | RECEPTION | Reception | visitor | 4.25 | 0.4 | 0
FACILITIES | Building services | MAIL-ROOM | Mail room | item | 0.62 | 6 | 0
FACILITIES | Building services | MOVE | Move within the house | hour | 48.00 | 0.1 | 2
FACILITIES | Energy and catering | ELECTRICITY | Electricity | kWh | 0.1834 | 95 | 2
FACILITIES | Energy and catering | HEATING | Heating | kWh | 0.0921 | 60 | 2
FACILITIES | Energy and catering | CANTEEN | Canteen, subsidy | meal | 3.40 | 14 | 0
FACILITIES | Energy and catering | COFFEE | Coffee and tea | portion | 0.35 | 40 | 0
FACILITIES | Energy and catering | WASTE | Waste disposal | kg | 0.48 | 2.5 | 1
HR | Payroll | PAYROLL | Payroll | payslip | 9.80 | 1 | 0
HR | Payroll | TIME-TRACKING | Time tracking | user | 2.25 | 1 | 0
HR | Payroll | TRAVEL-EXPENSES | Travel expenses | report | 6.40 | 0.3 | 0
HR | Payroll | PENSION | Pension administration | person | 3.15 | 0.9 | 0
HR | Payroll | CONTRACT | Employment contract | document | 28.00 | 0.05 | 0
HR | People | ONBOARDING | Onboarding | person | 420.00 | 0.02 | 0
HR | People | OFFBOARDING | Offboarding | person | 180.00 | 0.015 | 0
HR | People | RECRUITING | Recruiting | position | 2450.00 | 0.012 | 0
HR | People | TRAINING | Training | day | 385.00 | 0.08 | 1
HR | People | COACHING | Coaching | hour | 145.00 | 0.03 | 2
HR | People | HEALTH-CHECK | Health check | person | 62.00 | 0.05 | 0
FINANCE | Accounting | INVOICE-INCOMING | Incoming invoice | invoice | 3.85 | 1.4 | 0
FINANCE | Accounting | INVOICE-OUTGOING | Outgoing invoice | invoice | 2.95 | 1.1 | 0
FINANCE | Accounting | DUNNING | Dunning letter | letter | 5.20 | 0.1 | 0
FINANCE | Accounting | ASSET-RECORD | Fixed asset | asset | 1.15 | 1.5 | 0
FINANCE | Accounting | REPORTING-PACK | Monthly reporting pack | pack | 240.00 | 0.02 | 0
FINANCE | Treasury and audit | PAYMENT-RUN | Payment run | run | 18.00 | 0.08 | 0
FINANCE | Treasury and audit | BANK-ACCOUNT | Bank account | account | 22.00 | 0.04 | 0
FINANCE | Treasury and audit | CASH-POOLING | Cash pooling | account | 95.00 | 0.02 | 0
FINANCE | Treasury and audit | AUDIT | Internal audit | hour | 128.00 | 0.06 | 2
FINANCE | Treasury and audit | TAX-ADVICE | Tax advice | hour | 210.00 | 0.02 | 2
"""


def _offer(row: str) -> Offer:
    provider, category, sku, name, unit, price, per_head, places = (cell.strip() for cell in row.split("|"))
    return Offer(provider, category, sku, name, unit, Decimal(price), float(per_head), int(places))


OFFERS: Final = tuple(map(_offer, _TABLE.strip().splitlines()))


def groups() -> dict[tuple[str, str], list[Offer]]:
    """The offers by provider and category; each group is billed in a record of its own."""
    found: dict[tuple[str, str], list[Offer]] = {}
    for offer in OFFERS:
        found.setdefault((offer.provider, offer.category), []).append(offer)
    return found
