"""FOCUS files made by hand, and what any FOCUS file must become, recomputed from its rows with fractions."""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeVar

PLACES = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}

SOUND = {
    "SubAccountName": "Legal",
    "ServiceName": "Compute",
    "SkuId": "B1",
    "ServiceCategory": "Compute",
    "BilledCost": "1.00",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2024-09-01 00:00:00",
    "BillingPeriodEnd": "2024-10-01 00:00:00",
}

Key = TypeVar("Key", bound=tuple[str, ...])
RecordKey = tuple[str, str, str, str]
"""Currency, division, first and last day."""


def focus_file(*rows: dict[str, str], columns: Sequence[str] = tuple(SOUND)) -> bytes:
    """A file with one row for each of the given differences from a sound one; the rows stand on lines 2, 3, …"""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(SOUND | row for row in rows)
    return text.getvalue().encode()


@dataclass
class Expected:
    """A record by hand: its total, and by service and SkuId the exact sum and the amount of each line."""

    total: Fraction = Fraction(0)
    exact: dict[tuple[str, str], Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    amounts: dict[tuple[str, str], Fraction] = field(default_factory=dict)


def expected_records(content: bytes, without: Sequence[tuple[str, str]] = ()) -> dict[RecordKey, Expected]:
    """Largest remainder in two steps per currency: over the records of the file, then over the lines of each.

    The currencies and divisions in `without` are left out.
    """
    records: dict[RecordKey, Expected] = defaultdict(Expected)
    for row in csv.DictReader(io.StringIO(content.decode(), newline="")):
        last_day = date.fromisoformat(row["BillingPeriodEnd"][:10]) - timedelta(days=1)
        key = (row["BillingCurrency"], row["SubAccountName"], row["BillingPeriodStart"][:10], str(last_day))
        sku_id = "" if row["SkuId"] == "NULL" else row["SkuId"]
        if key[:2] not in without:
            records[key].exact[row["ServiceName"], sku_id] += Fraction(row["BilledCost"])
    for currency in {key[0] for key in records}:
        unit = Fraction(1, 10 ** PLACES[currency])
        nets = {key: sum(record.exact.values(), Fraction(0)) for key, record in records.items() if key[0] == currency}
        for key, total in apportioned(nets, unit, round(sum(nets.values()) / unit)).items():
            records[key].total = total
            records[key].amounts = apportioned(records[key].exact, unit, int(total / unit))
    return dict(records)


def apportioned(shares: dict[Key, Fraction], unit: Fraction, units: int) -> dict[Key, Fraction]:
    """Each share rounded down, then one unit after another to whoever misses most, among equals to the first."""
    parts = {key: (share / unit).__floor__() for key, share in shares.items()}
    while sum(parts.values()) < units:
        parts[max(sorted(parts), key=lambda key: shares[key] / unit - parts[key])] += 1
    return {key: part * unit for key, part in parts.items()}
