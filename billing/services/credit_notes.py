"""Credit notes: what the charging side takes off an issued record, as a whole or by its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from billing.db import billing_records, credit_notes, divisions, ledger
from billing.db.rows import Row
from billing.db.transaction import Transaction
from billing.domain.errors import ErrorCode, Faults, not_found
from billing.domain.identifiers import new_id
from billing.domain.money import exact_sum, to_currency_places
from billing.domain.numbering import credit_note_number
from billing.permissions.grants import Permission
from billing.permissions.viewer import Viewer
from billing.services import checks
from billing.services.billing_records import DUE_STATUSES
from billing.services.changes import Changed, begins_with


class CreditLineInput(Protocol):
    """So much off that line."""

    line_item_id: UUID
    amount: Decimal


@dataclass(frozen=True)
class Credit:
    """A credit as it is asked for: an amount, or lines, or neither, which credits all that can be.

    The names are those of the input's fields, to say where a fault is.
    """

    amount: Decimal | None
    lines: Sequence[CreditLineInput] | None
    amount_field: str = "amount"
    lines_field: str = "lines"


@dataclass(frozen=True)
class CheckedCredit:
    """What will be written: the amount with its currency's places, and how much of which line."""

    amount: Decimal
    lines: tuple[tuple[UUID, Decimal], ...]


@begins_with(lambda viewer, billing_record_id, **_: billing_records.locking(viewer, ids=[billing_record_id]))
async def issue_credit_note(
    tx: Transaction,
    viewer: Viewer,
    billing_record_id: UUID,
    *,
    reason: str,
    amount: Decimal | None,
    lines: Sequence[CreditLineInput] | None,
) -> Changed:
    """Take something off a record; never more than is outstanding and not pending."""
    record = await billing_records.lock_one(tx, viewer, billing_record_id)
    if record is None:
        raise not_found("billing record", "billing_record_id")
    viewer.require(Permission.RECORD_CREDIT, record)
    faults = Faults()
    why = checks.note(faults, reason, "reason")
    if not why:
        faults.add(ErrorCode.REASON_REQUIRED, "Say why it is credited.", "reason")
    if record.status not in DUE_STATUSES:
        faults.add(
            ErrorCode.INVALID_STATE,
            f"Only a PENDING or OVERDUE record can be credited; {record.number or 'this one'} is {record.status}.",
            "billing_record_id",
        )
        faults.refuse_if_any()
    credit = await check_credit(tx, faults, record, Credit(amount, lines))
    faults.refuse_if_any()
    assert credit is not None, "what was not checked has a fault"
    return {
        "credit_note": await write_credit_note(tx, viewer, record, credit, reason=why),
        "billing_record": record.id,
    }


async def check_credit(tx: Transaction, faults: Faults, record: Row, credit: Credit) -> CheckedCredit | None:
    """The credit against what the locked record allows; None where a fault was added."""
    creditable = record.outstanding - record.pending_amount
    if credit.amount is not None and credit.lines:
        faults.add(ErrorCode.BAD_INPUT, "Send an amount or lines, not both.", credit.amount_field)
        return None
    if creditable <= 0:
        faults.add(
            ErrorCode.INVALID_STATE,
            "All that is outstanding is pending: confirm or reject the payments first.",
            "billing_record_id" if credit.amount_field == "amount" else "id",
        )
        return None
    lines = await _check_lines(tx, faults, record, credit) if credit.lines is not None else ()
    if lines is None:
        return None
    amount = exact_sum(part for _, part in lines) if lines else creditable if credit.amount is None else credit.amount
    field = credit.lines_field if lines else credit.amount_field
    if not lines and not checks.positive_amount(faults, amount, record.currency, field):
        return None
    if amount > creditable:
        faults.add(ErrorCode.OVERCREDIT, f"At most {creditable} can still be credited on {record.number}.", field)
        return None
    return CheckedCredit(to_currency_places(amount, record.currency), lines)


async def _check_lines(
    tx: Transaction, faults: Faults, record: Row, credit: Credit
) -> tuple[tuple[UUID, Decimal], ...] | None:
    """Each line once, of this record, and no more of it than credit notes have left."""
    before, at, wanted = len(faults.found), credit.lines_field, credit.lines or ()
    if not checks.list_length(faults, wanted, at):
        return None
    there = await credit_notes.creditable_lines(tx, record.id)
    seen: set[UUID] = set()
    for index, part in enumerate(wanted):
        line = there.get(part.line_item_id)
        if line is None:
            faults.add(ErrorCode.NOT_FOUND, "The record has no such line.", at, index, "line_item_id")
        elif part.line_item_id in seen:
            faults.add(ErrorCode.BAD_INPUT, "Each line stands once in a credit note.", at, index, "line_item_id")
        elif checks.positive_amount(faults, part.amount, record.currency, at, index, "amount"):
            left = line.amount - line.credited
            if part.amount > left:
                faults.add(ErrorCode.OVERCREDIT, f"At most {left} of this line can be credited.", at, index, "amount")
        seen.add(part.line_item_id)
    if len(faults.found) > before:
        return None
    return tuple((part.line_item_id, to_currency_places(part.amount, record.currency)) for part in wanted)


async def write_credit_note(
    tx: Transaction,
    viewer: Viewer,
    record: Row,
    credit: CheckedCredit,
    *,
    reason: str,
    dispute_id: UUID | None = None,
    **also: Any,
) -> UUID:
    """Numbers, writes and posts it, and counts it on the locked record, together with what else changes there."""
    division = (await divisions.find_all(tx, [record.from_division_id]))[record.from_division_id]
    year = tx.today.year
    note = {
        "id": new_id(),
        "number": credit_note_number(division.code, year, await credit_notes.next_number(tx, division.id, year)),
        "billing_record_id": record.id,
        "from_division_id": record.from_division_id,
        "to_division_id": record.to_division_id,
        "currency": record.currency,
        "amount": credit.amount,
        "reason": reason,
        "dispute_id": dispute_id,
        "issue_date": tx.today,
        "issued_by": viewer.user_id,
    }
    await credit_notes.add(tx, note, _line_rows(note, credit))
    await billing_records.change(tx, record, credited_amount=record.credited_amount + credit.amount, **also)
    await ledger.post_credit(tx, note["id"], by=viewer.user_id)
    return note["id"]  # type: ignore[no-any-return]


def _line_rows(note: dict[str, Any], credit: CheckedCredit) -> list[dict[str, Any]]:
    shared = {name: note[name] for name in ("from_division_id", "to_division_id", "currency")}
    return [
        {
            "id": new_id(),
            "credit_note_id": note["id"],
            "line_count": len(credit.lines),
            "position": position,
            "billing_line_item_id": item_id,
            **shared,
            "amount": amount,
        }
        for position, (item_id, amount) in enumerate(credit.lines, start=1)
    ]


def no_credit_wanted(faults: Faults, credit: Credit) -> None:
    """A dispute that is rejected takes nothing off."""
    if credit.amount is not None or credit.lines is not None:
        field = credit.lines_field if credit.amount is None else credit.amount_field
        faults.add(ErrorCode.BAD_INPUT, "Only a dispute that is UPHELD credits something.", field)
