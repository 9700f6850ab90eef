"""The life of a billing record once it is there: a draft issued or deleted, a record changed or declared void."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.db import billing_records, credit_notes, divisions, ledger, line_items, payments
from billing.db import disputes as disputes_db
from billing.db.rows import Row
from billing.db.transaction import Transaction
from billing.domain.errors import ErrorCode, Faults, blocked, not_found, refuse, stale
from billing.domain.money import to_currency_places
from billing.domain.states import Lifecycle, RecordStatus
from billing.permissions.grants import Permission
from billing.permissions.viewer import Viewer
from billing.services import checks
from billing.services.changes import Changed, begins_with
from billing.services.lines import LineInput, price_lines
from billing.services.new_billing_records import Issue, Parties, check_parties, check_period, issue_all

_begins_with_one = begins_with(lambda viewer, id, **_: billing_records.locking(viewer, ids=[id]))


@_begins_with_one
async def issue_billing_record(tx: Transaction, viewer: Viewer, id: UUID, *, payment_terms_days: int) -> Changed:
    """Give a draft its number and dates; from then on its lines never change."""
    record = await _lock(tx, viewer, id, Permission.RECORD_ISSUE)
    if record.lifecycle != Lifecycle.DRAFT:
        raise refuse(ErrorCode.INVALID_STATE, f"Only a draft can be issued; this record is {record.status}.", "id")
    faults = Faults()
    known = await divisions.find_all(tx, [record.from_division_id, record.to_division_id])
    for division in known.values():
        if not division.active:
            faults.add(ErrorCode.UNKNOWN_DIVISION, f"The division {division.code} is not active.", "id")
    due_date = None if record.due_date == date.max else record.due_date
    if due_date is not None and due_date < tx.today:
        faults.add(ErrorCode.BAD_DATES, "The draft is due before today; change its due date first.", "id")
    faults.refuse_if_any()
    issued = await issue_all(tx, [Issue(known[record.from_division_id], due_date)], payment_terms_days)
    await billing_records.change(tx, record, **issued[0])
    await ledger.post_issues(tx, [id], by=viewer.user_id)
    return {"billing_record": id}


@_begins_with_one
async def update_billing_record(
    tx: Transaction,
    viewer: Viewer,
    id: UUID,
    *,
    version: int,
    due_date: date | None,
    from_note: str | None,
    from_gl_code: str | None,
    to_note: str | None,
    to_gl_code: str | None,
    to_division_id: UUID | None,
    currency: str | None,
    period_start: date | None,
    period_end: date | None,
    lines: Sequence[LineInput] | None,
) -> Changed:
    """Change what is given: a draft in all its parts, an issued record in due date, notes and GL codes."""
    record = await _lock(tx, viewer, id)
    contents: dict[str, Any] = {
        "to_division_id": to_division_id,
        "currency": currency,
        "period_start": period_start,
        "period_end": period_end,
        "lines": lines,
    }
    contents = {name: value for name, value in contents.items() if value is not None}
    _require_sides(
        viewer,
        record,
        from_side=bool(contents) or any(value is not None for value in (due_date, from_note, from_gl_code)),
        to_side=to_note is not None or to_gl_code is not None,
    )
    if record.version != version:
        raise stale(record.version)
    faults = Faults()
    changes = _texts(faults, from_note=from_note, from_gl_code=from_gl_code, to_note=to_note, to_gl_code=to_gl_code)
    if due_date is not None:
        changes |= _due_date(faults, record, due_date)
    lines_anew: list[dict[str, Any]] = []
    if contents and record.lifecycle == Lifecycle.DRAFT:
        contents_anew, lines_anew = await _redraft(tx, viewer, faults, record, contents)
        changes |= contents_anew
    else:
        for name in contents:
            faults.add(
                ErrorCode.INVALID_STATE, f"This can change in a draft only; this record is {record.status}.", name
            )
    faults.refuse_if_any()
    if lines_anew:
        await line_items.delete_of(tx, id)
    await billing_records.change(tx, record, **changes)
    await line_items.add(tx, lines_anew)
    if record.lifecycle == Lifecycle.ISSUED and due_date not in (None, record.due_date):
        await billing_records.note_due_date(tx, record, due_date, by=viewer.user_id)
    return {"billing_record": id}


@_begins_with_one
async def delete_draft_billing_record(tx: Transaction, viewer: Viewer, id: UUID) -> Changed:
    """Remove a draft; whatever was issued stays."""
    record = await _lock(tx, viewer, id, Permission.RECORD_DELETE_DRAFT)
    if record.lifecycle != Lifecycle.DRAFT:
        raise refuse(ErrorCode.INVALID_STATE, f"Only a draft can be deleted; this record is {record.status}.", "id")
    await billing_records.delete_draft(tx, record)
    return {"deleted": id}


@_begins_with_one
async def void_billing_record(tx: Transaction, viewer: Viewer, id: UUID, *, reason: str) -> Changed:
    """Declare an issued record void while nothing is paid, pending, credited or disputed; it keeps its number."""
    record = await _lock(tx, viewer, id, Permission.RECORD_VOID)
    if record.lifecycle != Lifecycle.ISSUED:
        raise refuse(ErrorCode.INVALID_STATE, f"Only an issued record can be void; this one is {record.status}.", "id")
    if record.disputed:
        raise blocked("Settle the dispute first", await disputes_db.open_ids_of(tx, id), "id")
    if record.confirmed_amount or record.pending_amount or record.credited_amount:
        moved = await payments.live_ids_of(tx, id) + await credit_notes.ids_of(tx, id)
        raise blocked("There is money on this record, by payment or credit note", moved, "id")
    faults = Faults()
    why = checks.note(faults, reason, "reason")
    if not why:
        faults.add(ErrorCode.REASON_REQUIRED, "Say why the record is void.", "reason")
    faults.refuse_if_any()
    await billing_records.change(tx, record, lifecycle=Lifecycle.VOID.value, voided_at=tx.now, void_reason=why)
    await ledger.post_void(tx, id, by=viewer.user_id)
    return {"billing_record": id}


async def _lock(tx: Transaction, viewer: Viewer, id: UUID, permission: Permission | None = None) -> Row:
    record = await billing_records.lock_one(tx, viewer, id)
    if record is None:
        raise not_found("billing record", "id")
    if permission is not None:
        viewer.require(permission, record)
    return record


def _require_sides(viewer: Viewer, record: Row, *, from_side: bool, to_side: bool) -> None:
    """The notes and GL code of a side are that side's to write; all the rest is the charging side's."""
    if from_side:
        viewer.require(Permission.RECORD_EDIT, record)
    if to_side:
        viewer.require(Permission.RECORD_ANNOTATE, record)
    if not (from_side or to_side) and not viewer.may_on(Permission.RECORD_EDIT, record):
        viewer.require(Permission.RECORD_ANNOTATE, record)


def _texts(faults: Faults, **given: str | None) -> dict[str, Any]:
    check = {"note": checks.note, "code": checks.label}
    return {
        name: check[name.rsplit("_", 1)[-1]](faults, value, name) for name, value in given.items() if value is not None
    }


def _before_issue(record: Row, due_date: date) -> bool:
    return bool(record.lifecycle == Lifecycle.ISSUED and due_date < record.issue_date)


def _due_date(faults: Faults, record: Row, due_date: date) -> dict[str, Any]:
    if record.lifecycle == Lifecycle.VOID:
        faults.add(ErrorCode.INVALID_STATE, "A void record is due never.", "due_date")
    elif checks.day(faults, due_date, "due_date") and _before_issue(record, due_date):
        faults.add(ErrorCode.BAD_DATES, f"It cannot be due before it was issued, on {record.issue_date}.", "due_date")
    return {"due_date": due_date}


async def _redraft(
    tx: Transaction, viewer: Viewer, faults: Faults, record: Row, contents: Mapping[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """New values of a draft and its lines anew, none where they stay.

    Prices hang on currency and period, so a change of these wants the lines again.
    """
    new = {name: value for name, value in contents.items() if name != "lines"}
    parties = Parties(record.from_division_id, new.get("to_division_id", record.to_division_id))
    currency = new.get("currency", record.currency)
    period_start = new.get("period_start", record.period_start)
    check_parties(faults, parties, await divisions.find_all(tx, [parties.from_division_id, parties.to_division_id]))
    check_period(faults, period_start, new.get("period_end", record.period_end))
    known_currency = checks.currency(faults, currency, "currency")
    repriced = currency != record.currency or period_start != record.period_start
    if "lines" not in contents:
        if repriced or parties.to_division_id != record.to_division_id:
            faults.add(
                ErrorCode.BAD_INPUT,
                "Send the lines too when division, currency or first day of the period change.",
                "lines",
            )
        faults.refuse_if_any()
        return new, []
    if not known_currency:
        faults.refuse_if_any()
    priced = await price_lines(tx, viewer, faults, contents["lines"], record.from_division_id, currency, period_start)
    faults.refuse_if_any()
    nothing = to_currency_places(Decimal(0), currency)
    amounts = {
        "total": priced.total,
        "credited_amount": nothing,
        "confirmed_amount": nothing,
        "pending_amount": nothing,
    }
    return new | amounts, priced.rows(record.id, parties.from_division_id, parties.to_division_id)


DUE_STATUSES = frozenset({RecordStatus.PENDING.value, RecordStatus.OVERDUE.value})
"""The statuses in which a record waits for money."""
