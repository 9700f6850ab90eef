"""What the design says of records, payments and disputes, kept in memory: the other side of the comparison.

Written from DESIGN §2 and §3, not from the code. Amounts are Decimals in the currency of their record.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

Verdict = frozenset[str]
"""The codes of a refusal; none of them where the change is made. FORBIDDEN stands for the top-level error."""

DONE: Verdict = frozenset()
FORBIDDEN: Verdict = frozenset({"FORBIDDEN"})
_ANY = frozenset({"BILLING_ADMIN", "ADMIN", "SUPERADMIN"})
_FROM = frozenset({"create", "issue", "delete", "void", "credit", "confirm", "reject", "resolve"})
_TO = frozenset({"pay", "cancel", "dispute", "withdraw"})


def _refused(code: str) -> Verdict:
    return frozenset({code})


@dataclass(frozen=True)
class Person:
    name: str
    role: str
    division: str | None = None


@dataclass
class Record:
    id: str
    payee: str
    payer: str
    currency: str
    total: Decimal
    life: str
    number: str | None
    due: date | None
    credited: Decimal = Decimal(0)
    confirmed: Decimal = Decimal(0)
    pending: Decimal = Decimal(0)
    disputed: bool = False

    @property
    def outstanding(self) -> Decimal:
        if self.life == "DRAFT":
            return Decimal(0)
        return Decimal(0) if self.life == "VOID" else self.total - self.credited - self.confirmed

    def status(self, today: date) -> str:
        if self.life != "ISSUED":
            return self.life
        if self.disputed:
            return "DISPUTED"
        if self.outstanding == 0:
            return "PAID"
        assert self.due is not None
        return "OVERDUE" if self.due < today else "PENDING"


@dataclass
class Payment:
    id: str
    parts: dict[str, Decimal]
    payee: str
    payer: str
    by: str
    status: str = "PENDING"


@dataclass
class Dispute:
    id: str
    record: Record
    status: str = "OPEN"


@dataclass
class Books:
    """All that there is, and the day; each method says what the service must answer, and does it where it is done."""

    today: date
    records: dict[str, Record] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    disputes: dict[str, Dispute] = field(default_factory=dict)
    numbers: Counter[str] = field(default_factory=Counter)
    credit_numbers: Counter[str] = field(default_factory=Counter)

    def may(self, who: Person, act: str, payee: str, payer: str) -> Verdict:
        """The role, then whether the thing is there for the person, then the side."""
        if act == "reverse":
            return DONE if who.role in _ANY else FORBIDDEN
        if who.role in _ANY:
            return DONE
        if who.role != "COORDINATOR":
            return FORBIDDEN
        if who.division not in (payee, payer):
            return _refused("NOT_FOUND")
        side = payee if act in _FROM else payer
        return DONE if who.division == side else FORBIDDEN

    def create(self, who: Person, payee: str, payer: str) -> Verdict:
        if who.role not in _ANY and (who.role != "COORDINATOR" or who.division != payee):
            return FORBIDDEN
        return _refused("SAME_DIVISION") if payee == payer else DONE

    def created(self, id: str, payee: str, payer: str, currency: str, total: Decimal, draft: bool) -> None:
        record = Record(id, payee, payer, currency, total, "DRAFT", None, None)
        self.records[id] = record
        if not draft:
            self._issue(record)

    def _issue(self, record: Record) -> None:
        self.numbers[record.payee] += 1
        record.life, record.due = "ISSUED", self.today + timedelta(days=30)
        record.number = f"{record.payee}-{self.today.year}-{self.numbers[record.payee]:05d}"

    def issue(self, who: Person, record: Record) -> Verdict:
        if refused := self.may(who, "issue", record.payee, record.payer):
            return refused
        if record.life != "DRAFT":
            return _refused("INVALID_STATE")
        self._issue(record)
        return DONE

    def delete(self, who: Person, record: Record) -> Verdict:
        if refused := self.may(who, "delete", record.payee, record.payer):
            return refused
        if record.life != "DRAFT":
            return _refused("INVALID_STATE")
        del self.records[record.id]
        return DONE

    def void(self, who: Person, record: Record) -> Verdict:
        if refused := self.may(who, "void", record.payee, record.payer):
            return refused
        if record.life != "ISSUED" or record.disputed or record.confirmed or record.pending or record.credited:
            return _refused("INVALID_STATE")
        record.life = "VOID"
        return DONE

    def pay(self, who: Person, parts: dict[str, Decimal]) -> Verdict:
        """Towards records of the same parties and currency."""
        paid = [self.records[id] for id in parts]
        if refused := self.may(who, "pay", paid[0].payee, paid[0].payer):
            return refused
        found = set()
        for record in paid:
            if record.status(self.today) not in ("PENDING", "OVERDUE"):
                found.add("INVALID_STATE")
            elif parts[record.id] > record.outstanding - record.pending:
                found.add("OVERPAYMENT")
        return frozenset(found)

    def paid(self, id: str, who: Person, parts: dict[str, Decimal]) -> None:
        first = self.records[next(iter(parts))]
        self.payments[id] = Payment(id, parts, first.payee, first.payer, who.name)
        for record_id, part in parts.items():
            self.records[record_id].pending += part

    def end(self, who: Person, payment: Payment, act: str) -> Verdict:
        """confirm, reject or cancel."""
        allowed = self.may(who, act, payment.payee, payment.payer)
        if who.role == "ANALYST" or allowed == _refused("NOT_FOUND"):
            return allowed
        if act != "cancel" and payment.by == who.name:
            return _refused("FOUR_EYES")
        if allowed:
            return allowed
        if payment.status != "PENDING":
            return _refused("INVALID_STATE")
        payment.status = {"confirm": "CONFIRMED", "reject": "REJECTED", "cancel": "CANCELLED"}[act]
        for record_id, part in payment.parts.items():
            self.records[record_id].pending -= part
            self.records[record_id].confirmed += part if act == "confirm" else 0
        return DONE

    def reverse(self, who: Person, payment: Payment) -> Verdict:
        if refused := self.may(who, "reverse", payment.payee, payment.payer):
            return refused
        if payment.status != "CONFIRMED":
            return _refused("INVALID_STATE")
        payment.status = "REVERSED"
        for record_id, part in payment.parts.items():
            self.records[record_id].confirmed -= part
        return DONE

    def credit(self, who: Person, record: Record, amount: Decimal | None) -> Verdict:
        if refused := self.may(who, "credit", record.payee, record.payer):
            return refused
        if record.status(self.today) not in ("PENDING", "OVERDUE"):
            return _refused("INVALID_STATE")
        return self._credit(record, amount)

    def _credit(self, record: Record, amount: Decimal | None) -> Verdict:
        most = record.outstanding - record.pending
        if most <= 0:
            return _refused("INVALID_STATE")
        if amount is not None and amount > most:
            return _refused("OVERCREDIT")
        record.credited += most if amount is None else amount
        self.credit_numbers[record.payee] += 1
        return DONE

    def dispute(self, who: Person, record: Record) -> Verdict:
        if refused := self.may(who, "dispute", record.payee, record.payer):
            return refused
        if record.status(self.today) not in ("PENDING", "OVERDUE"):
            return _refused("INVALID_STATE")
        return DONE

    def disputed(self, id: str, record: Record) -> None:
        record.disputed = True
        self.disputes[id] = Dispute(id, record)

    def close(self, who: Person, dispute: Dispute, act: str, amount: Decimal | None) -> Verdict:
        """withdraw, or resolve as REJECTED or UPHELD."""
        record = dispute.record
        right = "withdraw" if act == "WITHDRAWN" else "resolve"
        if refused := self.may(who, right, record.payee, record.payer):
            return refused
        if dispute.status != "OPEN":
            return _refused("INVALID_STATE")
        if act == "UPHELD" and (refused := self._credit(record, amount)):
            return refused
        dispute.status, record.disputed = act, False
        return DONE

    def visible(self, who: Person) -> set[str]:
        """The records that a person sees."""
        return {
            id
            for id, record in self.records.items()
            if who.role != "COORDINATOR" or who.division in (record.payee, record.payer)
        }
