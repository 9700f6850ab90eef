"""Payments: recorded by the side that pays, confirmed or rejected by the side that receives.

Locks are taken in one order everywhere: payments, then billing records, then disputes, each in id order.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol, cast
from uuid import UUID

from billing.db import billing_records, ledger, payments
from billing.db.rows import Row
from billing.db.transaction import Transaction
from billing.domain.errors import ErrorCode, Fault, Faults, Item, Refused, not_found, refuse
from billing.domain.identifiers import new_id
from billing.domain.money import exact_sum, to_currency_places
from billing.domain.states import OnError, PaymentMethod, PaymentStatus
from billing.domain.texts import REFERENCE_LENGTH_MAX, disturbing_character, normalised_reference
from billing.permissions.grants import Permission
from billing.permissions.viewer import OTHER_SIDE, Viewer
from billing.services import bulk, checks
from billing.services.billing_records import DUE_STATUSES
from billing.services.changes import Changed, begins_with

OWN_PAYMENT = "Whoever recorded a payment cannot confirm or reject it; cancel it instead."

_begins_with_one = begins_with(lambda viewer, id, **_: payments.locking(viewer, ids=[id]))


class AllocationInput(Protocol):
    """So much of the payment for that record."""

    billing_record_id: UUID
    amount: Decimal


@begins_with(lambda viewer, allocations, **_: billing_records.locking(viewer, ids=_paid_ids(allocations)))
async def record_payment(
    tx: Transaction,
    viewer: Viewer,
    *,
    amount: Decimal,
    method: PaymentMethod,
    reference: str,
    paid_on: date | None,
    note: str | None,
    allocations: Sequence[AllocationInput],
) -> Changed:
    """Money moved towards one or more records of the same parties and currency; pending until it is confirmed."""
    faults = Faults()
    folded = _reference(faults, reference)
    note = checks.note(faults, note, "note")
    day = tx.today if paid_on is None else paid_on
    day_stands = _check_day(faults, day, tx.today)
    if not _distinct(faults, allocations):
        faults.refuse_if_any()
    records = await _lock_records(tx, viewer, faults, allocations)
    for record in records:
        viewer.require(Permission.PAYMENT_RECORD, record)
    if not _check_parties(faults, records):
        faults.refuse_if_any()
    if day_stands:
        _check_issued_by(faults, day, records)
    _check_amounts(faults, amount, allocations, records)
    first = records[0]
    # An index refuses a reference that is in use; it is looked for where other faults are told, to be told with them.
    if (
        faults.found
        and folded is not None
        and await payments.reference_in_use(
            tx,
            from_division_id=first.from_division_id,
            to_division_id=first.to_division_id,
            method=method.value,
            reference=folded,
        )
    ):
        faults.add(
            ErrorCode.DUPLICATE_REFERENCE, "A pending or confirmed payment already has this reference.", "reference"
        )
    faults.refuse_if_any()

    payment_id = new_id()
    parties = {
        "from_division_id": first.from_division_id,
        "to_division_id": first.to_division_id,
        "currency": first.currency,
    }
    parts = [to_currency_places(allocation.amount, first.currency) for allocation in allocations]
    await payments.add(
        tx,
        [
            {"id": new_id(), "payment_id": payment_id, "billing_record_id": record.id, **parties, "amount": part}
            for record, part in zip(records, parts, strict=True)
        ],
        id=payment_id,
        **parties,
        amount=to_currency_places(amount, first.currency),
        method=method.value,
        reference=folded,
        paid_on=day,
        note=note,
        recorded_by=viewer.user_id,
    )
    await billing_records.change_all(
        tx,
        [
            (record, {"pending_amount": record.pending_amount + part})
            for record, part in sorted(zip(records, parts, strict=True), key=lambda paid: paid[0].id)
        ],
    )
    return {"payment": payment_id, "billing_records": [record.id for record in records]}


@_begins_with_one
async def confirm_payment(tx: Transaction, viewer: Viewer, id: UUID) -> Changed:
    """Confirm that the money arrived; the receiving side does this, and never whoever recorded it."""
    return await _end(tx, viewer, [await _lock(tx, viewer, id)], PaymentStatus.CONFIRMED)


@_begins_with_one
async def reject_payment(tx: Transaction, viewer: Viewer, id: UUID, *, reason: str) -> Changed:
    """Say that the money did not arrive; the receiving side does this, and never whoever recorded it."""
    return await _end(tx, viewer, [await _lock(tx, viewer, id)], PaymentStatus.REJECTED, reason=reason)


@_begins_with_one
async def cancel_payment(tx: Transaction, viewer: Viewer, id: UUID, *, reason: str | None) -> Changed:
    """Take back a payment that was recorded by mistake; the paying side does this, while it is pending."""
    return await _end(tx, viewer, [await _lock(tx, viewer, id)], PaymentStatus.CANCELLED, reason=reason)


@begins_with(lambda viewer, ids, **_: payments.locking(viewer, ids=ids[: checks.LIST_LENGTH_MAX]))
async def confirm_payments(tx: Transaction, viewer: Viewer, *, ids: Sequence[UUID], on_error: OnError) -> Changed:
    """Confirm up to 100 payments at once: all or none, or those that can be."""
    form = Faults()
    if checks.list_length(form, ids, "ids"):
        for index, id in enumerate(ids):
            if id in ids[:index]:
                form.add(ErrorCode.BAD_INPUT, "Each payment stands once.", "ids", index)
    form.refuse_if_any()
    found = {payment.id: payment for payment in await payments.lock(tx, viewer, ids)}
    faults = {index: _confirmation_faults(viewer, found.get(id)) for index, id in enumerate(ids)}
    bulk.refuse_all_or_skip(faults, len(ids), on_error, "ids")
    confirmed = [found[id] for index, id in enumerate(ids) if not faults[index]]
    ended = await _end(tx, viewer, sorted(confirmed, key=lambda payment: payment.id), PaymentStatus.CONFIRMED)
    items = [Item(None if faults[index] else id, tuple(faults[index])) for index, id in enumerate(ids)]
    changed: Changed = {"billing_records": ended["billing_records"]}
    changed["items"] = items
    return changed


def _confirmation_faults(viewer: Viewer, payment: Row | None) -> list[Fault]:
    """Why one payment of many cannot be confirmed, in the order in which a single one is refused; none where it can."""
    if payment is None:
        return [Fault(ErrorCode.NOT_FOUND, "No such payment.")]
    if payment.recorded_by == viewer.user_id:
        return [Fault(ErrorCode.FOUR_EYES, OWN_PAYMENT)]
    if not viewer.may_on(Permission.PAYMENT_CONFIRM, payment):
        return [bulk.forbidden(OTHER_SIDE)]
    if payment.status != PaymentStatus.PENDING:
        return [Fault(ErrorCode.INVALID_STATE, f"The payment is {payment.status}, no longer PENDING.")]
    return []


@_begins_with_one
async def reverse_payment(tx: Transaction, viewer: Viewer, id: UUID, *, reason: str) -> Changed:
    """Undo a confirmed payment by a counter-posting; its records are due again."""
    payment = await _lock(tx, viewer, id)
    viewer.require(Permission.PAYMENT_REVERSE, payment)
    if payment.status != PaymentStatus.CONFIRMED:
        raise refuse(ErrorCode.INVALID_STATE, f"The payment is {payment.status}, not CONFIRMED.", "id")
    faults = Faults()
    why = checks.note(faults, reason, "reason")
    if not why:
        faults.add(ErrorCode.REASON_REQUIRED, "Say why the payment is reversed.", "reason")
    faults.refuse_if_any()
    records = await _lock_paid(tx, viewer, [payment])
    await payments.mark_reversed(tx, payment, by=viewer.user_id, reason=why)
    await billing_records.change_all(
        tx, [(record, {"confirmed_amount": record.confirmed_amount - record.moved}) for record in records]
    )
    await ledger.post_reversal(tx, id, by=viewer.user_id)
    return {"payment": id, "billing_records": [record.id for record in records]}


async def confirm_billing_record_payment(tx: Transaction, viewer: Viewer, billing_record_id: UUID) -> Changed:
    """Confirm every pending payment that touches a record, all or none; says which other records that changed."""
    record = await billing_records.find_parties(tx, viewer, billing_record_id)
    if record is None:
        raise not_found("billing record", "billing_record_id")
    viewer.require(Permission.PAYMENT_CONFIRM, record)
    found = await payments.lock(tx, viewer, await payments.pending_ids_of(tx, billing_record_id))
    pending = [payment for payment in found if payment.status == PaymentStatus.PENDING]
    if not pending:
        raise refuse(ErrorCode.INVALID_STATE, "No payment of this record is pending.", "billing_record_id")
    changed = await _end(tx, viewer, pending, PaymentStatus.CONFIRMED, field="billing_record_id")
    touched = cast("list[UUID]", changed["billing_records"])
    return {
        "billing_record": billing_record_id,
        "payments": [payment.id for payment in pending],
        "other_billing_records": [other for other in touched if other != billing_record_id],
    }


_ENDED_BY = {
    PaymentStatus.CONFIRMED: Permission.PAYMENT_CONFIRM,
    PaymentStatus.REJECTED: Permission.PAYMENT_REJECT,
    PaymentStatus.CANCELLED: Permission.PAYMENT_CANCEL,
}


async def _end(
    tx: Transaction,
    viewer: Viewer,
    ended: Sequence[Row],
    status: PaymentStatus,
    *,
    reason: str | None = None,
    field: str = "id",
) -> Changed:
    """Ends locked payments in one status and moves their money between the stored totals of their records."""
    _require(viewer, ended, status, field)
    faults = Faults()
    why = checks.note(faults, reason, "reason")
    if status is PaymentStatus.REJECTED and not why:
        faults.add(ErrorCode.REASON_REQUIRED, "Say why the payment is rejected.", "reason")
    faults.refuse_if_any()

    ids = [payment.id for payment in ended]
    records = await _lock_paid(tx, viewer, ended)
    await payments.mark(tx, ended, status, by=viewer.user_id, reason=why)
    arrives = status is PaymentStatus.CONFIRMED
    await billing_records.change_all(
        tx,
        [
            (
                record,
                {
                    "pending_amount": record.pending_amount - record.moved,
                    "confirmed_amount": record.confirmed_amount + (record.moved if arrives else 0),
                },
            )
            for record in records
        ],
    )
    if arrives:
        await ledger.post_confirmations(tx, ids, by=viewer.user_id)
    return {"payment": ids[0], "billing_records": [record.id for record in records]}


async def _lock_paid(tx: Transaction, viewer: Viewer, paying: Sequence[Row]) -> Sequence[Row]:
    """The records that locked payments touch, held in id order; `moved` is how much of the payments goes to each."""
    records = await billing_records.lock_paid(tx, viewer, [payment.id for payment in paying])
    moved, amount = exact_sum(record.moved for record in records), exact_sum(payment.amount for payment in paying)
    assert moved == amount, "whoever sees a payment sees its records"
    return records


def _require(viewer: Viewer, ended: Sequence[Row], status: PaymentStatus, field: str) -> None:
    """Four eyes before everything, then the side, then the state."""
    own = [payment.id for payment in ended if payment.recorded_by == viewer.user_id]
    if own and status is not PaymentStatus.CANCELLED:
        raise refuse(ErrorCode.FOUR_EYES, OWN_PAYMENT, field)
    for payment in ended:
        viewer.require(_ENDED_BY[status], payment)
        if payment.status != PaymentStatus.PENDING:
            raise refuse(ErrorCode.INVALID_STATE, f"The payment is {payment.status}, no longer PENDING.", field)


async def _lock(tx: Transaction, viewer: Viewer, id: UUID) -> Row:
    payment = await payments.lock_one(tx, viewer, id)
    if payment is None:
        raise not_found("payment", "id")
    return payment


def _reference(faults: Faults, reference: str) -> str | None:
    """As it is compared; None, and a fault, for what is no reference."""
    folded = normalised_reference(reference[: 4 * REFERENCE_LENGTH_MAX])
    if len(reference) > 4 * REFERENCE_LENGTH_MAX or not 1 <= len(folded) <= REFERENCE_LENGTH_MAX:
        faults.add(ErrorCode.BAD_INPUT, f"A reference has 1 to {REFERENCE_LENGTH_MAX} characters.", "reference")
    elif (found := disturbing_character(reference)) is not None:
        faults.add(ErrorCode.BAD_INPUT, f"This must not contain the control character {found}.", "reference")
    else:
        return folded
    return None


def _check_day(faults: Faults, day: date, today: date) -> bool:
    if not checks.day(faults, day, "paid_on"):
        return False
    if day > today:
        faults.add(ErrorCode.BAD_DATES, f"A payment cannot be dated after today, {today}.", "paid_on")
    return day <= today


def _check_issued_by(faults: Faults, day: date, records: Sequence[Row]) -> None:
    for record in records:
        if record.status in DUE_STATUSES and day < record.issue_date:
            faults.add(
                ErrorCode.BAD_DATES, f"{record.number} was issued on {record.issue_date}, after this.", "paid_on"
            )


def _distinct(faults: Faults, allocations: Sequence[AllocationInput]) -> bool:
    if not checks.list_length(faults, allocations, "allocations"):
        return False
    seen: set[UUID] = set()
    for index, allocation in enumerate(allocations):
        if allocation.billing_record_id in seen:
            faults.add(
                ErrorCode.BAD_INPUT, "Each record stands once in a payment.", "allocations", index, "billing_record_id"
            )
        seen.add(allocation.billing_record_id)
    return len(seen) == len(allocations)


def _paid_ids(allocations: Sequence[AllocationInput]) -> list[UUID]:
    """So many as there may be: what has more is refused anyway."""
    return [part.billing_record_id for part in allocations[: checks.LIST_LENGTH_MAX]]


async def _lock_records(
    tx: Transaction, viewer: Viewer, faults: Faults, allocations: Sequence[AllocationInput]
) -> list[Row]:
    """The records paid for, in the order of the allocations; a fault for each that the viewer does not see."""
    found = {record.id: record for record in await billing_records.lock(tx, viewer, _paid_ids(allocations))}
    missing = [index for index, part in enumerate(allocations) if part.billing_record_id not in found]
    for index in missing:
        faults.add(ErrorCode.NOT_FOUND, "No such billing record.", "allocations", index, "billing_record_id")
    if missing:
        raise Refused(faults.found)
    return [found[part.billing_record_id] for part in allocations]


def _check_parties(faults: Faults, records: Sequence[Row]) -> bool:
    """Whether the records can be paid together; otherwise their amounts cannot be compared."""
    first, before = records[0], len(faults.found)
    for index, record in enumerate(records[1:], start=1):
        at = ("allocations", index, "billing_record_id")
        if (record.from_division_id, record.to_division_id) != (first.from_division_id, first.to_division_id):
            faults.add(ErrorCode.DIFFERENT_PARTIES, "All records of a payment are between the same divisions.", *at)
        elif record.currency != first.currency:
            faults.add(ErrorCode.CURRENCY_MISMATCH, f"All records of a payment are in {first.currency}.", *at)
    return len(faults.found) == before


def _check_amounts(
    faults: Faults, amount: Decimal, allocations: Sequence[AllocationInput], records: Sequence[Row]
) -> None:
    currency = records[0].currency
    fine = checks.positive_amount(faults, amount, currency, "amount")
    for index, (allocation, record) in enumerate(zip(allocations, records, strict=True)):
        at = ("allocations", index)
        if record.status not in DUE_STATUSES:
            faults.add(
                ErrorCode.INVALID_STATE,
                f"Only a PENDING or OVERDUE record can be paid; {record.number or 'this one'} is {record.status}.",
                *at,
                "billing_record_id",
            )
            fine = False
            continue
        if not checks.positive_amount(faults, allocation.amount, currency, *at, "amount"):
            fine = False
            continue
        payable = record.outstanding - record.pending_amount
        if allocation.amount > payable:
            faults.add(ErrorCode.OVERPAYMENT, f"At most {payable} can still be paid on {record.number}.", *at, "amount")
    if fine and (allocated := exact_sum(allocation.amount for allocation in allocations)) != amount:
        faults.add(ErrorCode.AMOUNT_MISMATCH, f"The allocations add up to {allocated}, not to {amount}.", "amount")
