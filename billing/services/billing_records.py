"""The life of a billing record: created as a draft or issued at once, changed, voided, or deleted as a draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from billing.db import billing_records, divisions, line_items, payments
from billing.db import disputes as disputes_db
from billing.db.transaction import Transaction
from billing.domain.errors import ErrorCode, Faults, Forbidden, blocked, not_found, refuse, stale
from billing.domain.identifiers import new_id
from billing.domain.money import to_currency_places
from billing.domain.numbering import record_number
from billing.domain.periods import due_date as due_after_terms
from billing.domain.periods import period_fault
from billing.domain.states import Lifecycle, RecordStatus
from billing.permissions.grants import Permission
from billing.permissions.viewer import Viewer
from billing.services import checks
from billing.services.changes import Changed
from billing.services.lines import LineInput, price_lines


@dataclass(frozen=True)
class Parties:
    """The division that charges and the one that pays."""

    from_division_id: UUID
    to_division_id: UUID


async def create_billing_record(
    tx: Transaction,
    viewer: Viewer,
    *,
    from_division_id: UUID | None,
    to_division_id: UUID,
    currency: str,
    period_start: date,
    period_end: date,
    lines: Sequence[LineInput],
    due_date: date | None,
    from_note: str | None,
    from_gl_code: str | None,
    draft: bool,
    payment_terms_days: int,
) -> Changed:
    """Charge another division; issued at once unless it is to be a draft. The viewer's division charges by default."""
    faults = Faults()
    parties = await _parties(tx, viewer, faults, from_division_id or viewer.division_id, to_division_id)
    _check_period(faults, period_start, period_end)
    in_bounds = checks.day(faults, due_date, "due_date")
    note = checks.note(faults, from_note, "from_note")
    gl_code = checks.label(faults, from_gl_code, "from_gl_code")
    known_currency = checks.currency(faults, currency, "currency")
    if not (parties and known_currency):
        faults.refuse_if_any()
    assert parties is not None
    priced = await price_lines(tx, viewer, faults, lines, parties.from_division_id, currency, period_start)
    if due_date is not None and in_bounds and not draft and due_date < tx.today:
        faults.add(ErrorCode.BAD_DATES, "It cannot be due before the day it is issued.", "due_date")
    faults.refuse_if_any()

    record_id = new_id()
    nothing = to_currency_places(Decimal(0), currency)
    issued = {} if draft else await _issue(tx, parties.from_division_id, due_date, payment_terms_days)
    await billing_records.add(
        tx,
        id=record_id,
        from_division_id=parties.from_division_id,
        to_division_id=parties.to_division_id,
        currency=currency,
        period_start=period_start,
        period_end=period_end,
        total=priced.total,
        credited_amount=nothing,
        confirmed_amount=nothing,
        pending_amount=nothing,
        from_note=note,
        from_gl_code=gl_code,
        created_by=viewer.user_id,
        **(issued or ({} if due_date is None else {"due_date": due_date})),
    )
    await line_items.add(tx, priced.rows(record_id, parties.from_division_id, parties.to_division_id))
    return {"billing_record": record_id}


async def issue_billing_record(tx: Transaction, viewer: Viewer, id: UUID, *, payment_terms_days: int) -> Changed:
    """Give a draft its number and dates; from then on its lines never change."""
    record = await _lock(tx, viewer, id, Permission.RECORD_ISSUE)
    if record.lifecycle != Lifecycle.DRAFT:
        raise refuse(ErrorCode.INVALID_STATE, f"Only a draft can be issued; this record is {record.status}.", "id")
    faults = Faults()
    for division in (await divisions.find_all(tx, [record.from_division_id, record.to_division_id])).values():
        if not division.active:
            faults.add(ErrorCode.UNKNOWN_DIVISION, f"The division {division.code} is not active.", "id")
    due_date = None if record.due_date == date.max else record.due_date
    if due_date is not None and due_date < tx.today:
        faults.add(ErrorCode.BAD_DATES, "The draft is due before today; change its due date first.", "id")
    faults.refuse_if_any()
    await billing_records.change(tx, id, **await _issue(tx, record.from_division_id, due_date, payment_terms_days))
    return {"billing_record": id}


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
    if contents and record.lifecycle == Lifecycle.DRAFT:
        changes |= await _redraft(tx, viewer, faults, record, contents)
    else:
        for name in contents:
            faults.add(
                ErrorCode.INVALID_STATE, f"This can change in a draft only; this record is {record.status}.", name
            )
    faults.refuse_if_any()
    await billing_records.change(tx, id, **changes)
    return {"billing_record": id}


async def delete_draft_billing_record(tx: Transaction, viewer: Viewer, id: UUID) -> Changed:
    """Remove a draft; whatever was issued stays."""
    record = await _lock(tx, viewer, id, Permission.RECORD_DELETE_DRAFT)
    if record.lifecycle != Lifecycle.DRAFT:
        raise refuse(ErrorCode.INVALID_STATE, f"Only a draft can be deleted; this record is {record.status}.", "id")
    await billing_records.delete_draft(tx, id)
    return {"deleted": id}


async def void_billing_record(tx: Transaction, viewer: Viewer, id: UUID, *, reason: str) -> Changed:
    """Declare an issued record void while nothing is paid, pending, credited or disputed; it keeps its number."""
    record = await _lock(tx, viewer, id, Permission.RECORD_VOID)
    if record.lifecycle != Lifecycle.ISSUED:
        raise refuse(ErrorCode.INVALID_STATE, f"Only an issued record can be void; this one is {record.status}.", "id")
    if record.disputed:
        raise blocked("Settle the dispute first", await disputes_db.open_ids_of(tx, id), "id")
    if record.confirmed_amount or record.pending_amount or record.credited_amount:
        raise blocked("There is money on this record, by payment", await payments.live_ids_of(tx, id), "id")
    faults = Faults()
    why = checks.note(faults, reason, "reason")
    if not why:
        faults.add(ErrorCode.REASON_REQUIRED, "Say why the record is void.", "reason")
    faults.refuse_if_any()
    await billing_records.change(tx, id, lifecycle=Lifecycle.VOID.value, voided_at=tx.now, void_reason=why)
    return {"billing_record": id}


async def _lock(tx: Transaction, viewer: Viewer, id: UUID, permission: Permission | None = None) -> Row[Any]:
    record = await billing_records.lock_one(tx, viewer, id)
    if record is None:
        raise not_found("billing record", "id")
    if permission is not None:
        viewer.require(permission, record)
    return record


def _require_sides(viewer: Viewer, record: Row[Any], *, from_side: bool, to_side: bool) -> None:
    """The notes and GL code of a side are that side's to write; all the rest is the charging side's."""
    if from_side:
        viewer.require(Permission.RECORD_EDIT, record)
    if to_side:
        viewer.require(Permission.RECORD_ANNOTATE, record)
    if not (from_side or to_side) and not viewer.may_on(Permission.RECORD_EDIT, record):
        viewer.require(Permission.RECORD_ANNOTATE, record)


async def _parties(
    tx: Transaction, viewer: Viewer, faults: Faults, from_id: UUID | None, to_id: UUID
) -> Parties | None:
    """The two divisions, checked: both there and active, not the same, the first one the viewer may charge for."""
    if from_id is None:
        faults.add(ErrorCode.UNKNOWN_DIVISION, "Name the division that charges.", "from_division_id")
        return None
    parties = Parties(from_id, to_id)
    known = await divisions.find_all(tx, [from_id, to_id])
    for field, id in (("from_division_id", from_id), ("to_division_id", to_id)):
        if id not in known:
            faults.add(ErrorCode.UNKNOWN_DIVISION, "There is no such division.", field)
        elif not known[id].active:
            faults.add(ErrorCode.UNKNOWN_DIVISION, f"The division {known[id].code} is not active.", field)
    if from_id in known and not viewer.may_on(Permission.RECORD_CREATE, parties):
        raise Forbidden("Your role lets you charge for your own division only.")
    if from_id == to_id:
        faults.add(ErrorCode.SAME_DIVISION, "A division cannot charge itself.", "to_division_id")
    return None if faults.found else parties


def _check_period(faults: Faults, start: date, end: date) -> None:
    fault = period_fault(start, end)
    if fault is not None:
        faults.add(ErrorCode.BAD_DATES, fault, "period_end")


async def _issue(
    tx: Transaction, from_division_id: UUID, due_date: date | None, payment_terms_days: int
) -> dict[str, Any]:
    """What issuing adds to a record: its number from the division's series of the year, and its dates."""
    division = (await divisions.find_all(tx, [from_division_id]))[from_division_id]
    year = tx.today.year
    sequence = await billing_records.next_number(tx, from_division_id, year)
    return {
        "lifecycle": Lifecycle.ISSUED.value,
        "number": record_number(division.code, year, sequence),
        "issue_date": tx.today,
        "due_date": due_date or due_after_terms(tx.today, payment_terms_days),
    }


def _texts(faults: Faults, **given: str | None) -> dict[str, Any]:
    check = {"note": checks.note, "code": checks.label}
    return {
        name: check[name.rsplit("_", 1)[-1]](faults, value, name) for name, value in given.items() if value is not None
    }


def _before_issue(record: Row[Any], due_date: date) -> bool:
    return bool(record.lifecycle == Lifecycle.ISSUED and due_date < record.issue_date)


def _due_date(faults: Faults, record: Row[Any], due_date: date) -> dict[str, Any]:
    if record.lifecycle == Lifecycle.VOID:
        faults.add(ErrorCode.INVALID_STATE, "A void record is due never.", "due_date")
    elif checks.day(faults, due_date, "due_date") and _before_issue(record, due_date):
        faults.add(ErrorCode.BAD_DATES, f"It cannot be due before it was issued, on {record.issue_date}.", "due_date")
    return {"due_date": due_date}


async def _redraft(
    tx: Transaction, viewer: Viewer, faults: Faults, record: Row[Any], contents: Mapping[str, Any]
) -> dict[str, Any]:
    """New contents of a draft; prices hang on currency and period, so a change of these wants the lines again."""
    new = {name: value for name, value in contents.items() if name != "lines"}
    to_division_id = new.get("to_division_id", record.to_division_id)
    currency = new.get("currency", record.currency)
    period_start = new.get("period_start", record.period_start)
    await _parties(tx, viewer, faults, record.from_division_id, to_division_id)
    _check_period(faults, period_start, new.get("period_end", record.period_end))
    known_currency = checks.currency(faults, currency, "currency")
    repriced = currency != record.currency or period_start != record.period_start
    if "lines" not in contents:
        if repriced or to_division_id != record.to_division_id:
            faults.add(
                ErrorCode.BAD_INPUT,
                "Send the lines too when division, currency or first day of the period change.",
                "lines",
            )
        faults.refuse_if_any()
        return new
    if not known_currency:
        faults.refuse_if_any()
    priced = await price_lines(tx, viewer, faults, contents["lines"], record.from_division_id, currency, period_start)
    faults.refuse_if_any()
    await line_items.delete_of(tx, record.id)
    nothing = to_currency_places(Decimal(0), currency)
    await billing_records.change_contents(
        tx,
        record.id,
        **new,
        total=priced.total,
        credited_amount=nothing,
        confirmed_amount=nothing,
        pending_amount=nothing,
    )
    await line_items.add(tx, priced.rows(record.id, record.from_division_id, to_division_id))
    return {}


DUE_STATUSES = frozenset({RecordStatus.PENDING.value, RecordStatus.OVERDUE.value})
"""The statuses in which a record waits for money."""
