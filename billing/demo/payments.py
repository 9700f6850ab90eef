"""How the demo's records are paid: mostly all of a month at once and in time, some late, in parts, or not at all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from billing.demo.disputes import DemoDispute
from billing.demo.draws import Draws
from billing.demo.people import People
from billing.demo.records import DemoRecord
from billing.domain.money import exact_sum
from billing.domain.splitting import split
from billing.domain.states import Lifecycle, PaymentMethod, PaymentStatus

Part = tuple[DemoRecord, Decimal]
"""So much for that record."""

_METHODS: Final = (
    *[PaymentMethod.INTERNAL_TRANSFER] * 11,
    *[PaymentMethod.JOURNAL] * 6,
    *[PaymentMethod.BANK_TRANSFER] * 2,
    PaymentMethod.CARD,
)
_REFERENCE: Final = {method: method.value[:3] for method in PaymentMethod}
_CHANCE_OF_FAILING = 0.06
_CHANCE_OF_WAITING = 0.12
_WAITING_SINCE_MAX = timedelta(days=45)
_NEVER_PAID_SINCE_MAX = timedelta(days=240)
_FAILURES: Final = {
    PaymentStatus.REJECTED: ("The money did not arrive.", "The amount is not the one that was transferred."),
    PaymentStatus.CANCELLED: ("Recorded twice.", "The wrong cost centre.", ""),
}
_NOTES = ("", "", "", "Budget of the quarter.", "Approved by the head of the division.")


@dataclass(frozen=True)
class DemoPayment:
    """A payment with its parts; pending while nobody has decided on it."""

    id: UUID
    parts: Sequence[Part]
    method: PaymentMethod
    reference: str
    paid_on: date
    note: str
    recorded_at: datetime
    status: PaymentStatus
    decided_at: datetime | None
    decided_by: str | None
    reason: str

    @property
    def of(self) -> DemoRecord:
        """Any of its records; all have the same parties and currency."""
        return self.parts[0][0]


def payments(draws: Draws, made: Iterable[DemoRecord], opened: Iterable[DemoDispute]) -> list[DemoPayment]:
    """Settles what was issued, as far as it came by the day of the seeding; the records know what they were paid."""
    settled_on = {dispute.record.id: dispute.closed_at for dispute in opened}
    bills: dict[tuple[object, ...], list[DemoRecord]] = {}
    for record in made:
        if record.lifecycle is Lifecycle.ISSUED and record.total and not record.disputed:
            month = (record.provider.code, record.consumer.code, record.currency, record.period_start)
            alone = record.id if record.id in settled_on else None
            bills.setdefault((*month, alone), []).append(record)
    found: list[DemoPayment] = []
    for bill in bills.values():
        closed_at = settled_on.get(bill[0].id)
        payable = [record.issue_date for record in bill] if closed_at is None else [draws.day_of(closed_at)]
        for parts, day in _habit(draws, bill, max(payable) + timedelta(days=1)):
            found += _attempts(draws, parts, day, f"{len(found) + 1:06d}") if parts else ()
    for payment in found:
        _apply(payment)
    return found


def _habit(draws: Draws, bill: Sequence[DemoRecord], earliest: date) -> Iterator[tuple[list[Part], date]]:
    """What is paid when: all at once, record by record, in two halves, late, or never."""
    due = max(record.due_date for record in bill)
    whole = [(record, record.total) for record in bill]
    in_time = max(earliest, due - timedelta(days=draws.random.randint(0, 25)))
    late = max(earliest, due + timedelta(days=draws.random.randint(8, 45)))
    habit = draws.random.random()
    if habit < 0.70:
        yield whole, in_time
    elif habit < 0.80:
        for part in whole:
            yield [part], in_time + timedelta(days=draws.random.randint(0, 4))
    elif habit < 0.93:
        halves = [(record, split(record.total, [1, 1], record.currency)) for record in bill]
        yield [(record, half) for record, (half, _) in halves if half], in_time
        yield [(record, half) for record, (_, half) in halves if half], late
    elif habit < 0.97 or due < draws.today - _NEVER_PAID_SINCE_MAX:
        yield whole, late


def _attempts(draws: Draws, parts: Sequence[Part], day: date, number: str) -> Iterator[DemoPayment]:
    """A payment; now and then the first attempt fails, and the same is recorded again under its reference."""
    day = draws.working_day(day, 0, 0)
    method = draws.one_of(_METHODS)
    reference = f"{_REFERENCE[method]}-{number}"
    decided_on = draws.working_day(day, 1, 5)
    if draws.chance(_CHANCE_OF_FAILING) and draws.is_past(decided_on):
        yield _payment(draws, parts, day, method, reference, decided_on, draws.one_of(tuple(_FAILURES)))
        day = draws.working_day(decided_on, 1, 4)
        decided_on = draws.working_day(day, 1, 5)
    if draws.is_past(day):
        waits = day > draws.today - _WAITING_SINCE_MAX and draws.chance(_CHANCE_OF_WAITING)
        is_decided = draws.is_past(decided_on) and not waits
        status = PaymentStatus.CONFIRMED if is_decided else PaymentStatus.PENDING
        yield _payment(draws, parts, day, method, reference, decided_on, status)


def _payment(
    draws: Draws,
    parts: Sequence[Part],
    day: date,
    method: PaymentMethod,
    reference: str,
    decided_on: date,
    status: PaymentStatus,
) -> DemoPayment:
    recorded_at, decided_at = draws.at_work(day), draws.at_work(decided_on)
    record = parts[0][0]
    issued_on = max(record.issue_date for record, _ in parts)
    is_decided = status is not PaymentStatus.PENDING
    return DemoPayment(
        id=draws.id_at(recorded_at),
        parts=parts,
        method=method,
        reference=reference,
        paid_on=max(issued_on, day - timedelta(days=draws.random.randint(0, 2))),
        note=draws.one_of(_NOTES),
        recorded_at=recorded_at,
        status=status,
        decided_at=decided_at if is_decided else None,
        decided_by=_who_decides(draws, record, status) if is_decided else None,
        reason=draws.one_of(_FAILURES.get(status, ("",))),
    )


def _who_decides(draws: Draws, record: DemoRecord, status: PaymentStatus) -> str:
    """The paying side cancels its own; the receiving side confirms and rejects, or a billing admin for it."""
    if status is PaymentStatus.CANCELLED:
        return record.consumer.coordinator
    return "billing-admin" if draws.chance(0.05) else record.provider.coordinator


def _apply(payment: DemoPayment) -> None:
    for record, part in payment.parts:
        record.version += 1 if payment.status is PaymentStatus.PENDING else 2
        if payment.status is PaymentStatus.PENDING:
            record.pending += part
        elif payment.status is PaymentStatus.CONFIRMED:
            record.confirmed += part


def payment_rows(here: People, made: Iterable[DemoPayment]) -> list[dict[str, Any]]:
    return [
        {
            "id": payment.id,
            "from_division_id": here.divisions[payment.of.provider.code],
            "to_division_id": here.divisions[payment.of.consumer.code],
            "currency": payment.of.currency,
            "amount": exact_sum(part for _, part in payment.parts),
            "status": payment.status.value,
            "method": payment.method.value,
            "reference": payment.reference,
            "paid_on": payment.paid_on,
            "note": payment.note,
            "recorded_at": payment.recorded_at,
            "recorded_by": here.users[payment.of.consumer.coordinator],
            "decided_at": payment.decided_at,
            "decided_by": None if payment.decided_by is None else here.users[payment.decided_by],
            "decision_reason": payment.reason,
            "version": 1 if payment.decided_at is None else 2,
        }
        for payment in made
    ]


def allocation_rows(draws: Draws, here: People, made: Iterable[DemoPayment]) -> list[dict[str, Any]]:
    return [
        {
            "id": draws.id_at(payment.recorded_at),
            "payment_id": payment.id,
            "billing_record_id": record.id,
            "from_division_id": here.divisions[record.provider.code],
            "to_division_id": here.divisions[record.consumer.code],
            "currency": record.currency,
            "amount": part,
        }
        for payment in made
        for record, part in payment.parts
    ]
