"""New billing records: checked, priced, numbered where they are issued at once, and posted; one or a hundred alike."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Protocol, cast
from uuid import UUID

from billing.db import billing_records, catalog_items, catalog_prices, divisions, ledger, line_items
from billing.db.rows import Row
from billing.db.transaction import Transaction
from billing.domain.errors import ErrorCode, Fault, Faults, Forbidden, Item, Refused
from billing.domain.identifiers import new_id
from billing.domain.money import to_currency_places
from billing.domain.numbering import record_number
from billing.domain.periods import due_date as due_after_terms
from billing.domain.periods import period_fault
from billing.domain.states import Lifecycle, OnError
from billing.permissions.grants import Permission
from billing.permissions.viewer import Viewer
from billing.services import bulk, checks
from billing.services.changes import Changed
from billing.services.lines import LineInput, PricedLines, price_each

OWN_DIVISION_ONLY = "Your role lets you charge for your own division only."


@dataclass(frozen=True)
class Parties:
    """The division that charges and the one that pays."""

    from_division_id: UUID
    to_division_id: UUID


class Charge(Protocol):
    """A billing record as it is asked for; the viewer's division charges unless another is named."""

    from_division_id: UUID | None
    to_division_id: UUID
    currency: str
    period_start: date
    period_end: date
    lines: Sequence[LineInput]
    due_date: date | None
    from_note: str | None
    from_gl_code: str | None
    draft: bool
    replaces_id: UUID | None


@dataclass(frozen=True)
class _Known:
    """What the charges name, looked up for all of them at once; `replacing` is who replaces a record already."""

    divisions: Mapping[UUID, Row]
    items: Mapping[UUID, Row]
    prices: Mapping[catalog_prices.ItemCurrencyDay, Row]
    replaced: Mapping[UUID, Row]
    replacing: frozenset[UUID]


@dataclass(frozen=True)
class _Ready:
    """A charge without a fault, as it will be written."""

    charge: Charge
    parties: Parties
    charging: Row
    priced: PricedLines
    from_note: str
    from_gl_code: str


@dataclass(frozen=True)
class Issue:
    """A record to be issued: by which division, and due when, if not by the payment terms."""

    division: Row
    due_date: date | None


async def create_billing_record(tx: Transaction, viewer: Viewer, *, payment_terms_days: int, **charge: Any) -> Changed:
    """Charge another division; issued at once unless it is to be a draft. The viewer's division charges by default."""
    ready, faults = await _check_all(tx, viewer, [cast("Charge", SimpleNamespace(**charge))])
    if any(fault.code == ErrorCode.FORBIDDEN for fault in faults[0]):
        raise Forbidden(OWN_DIVISION_ONLY)
    if faults[0]:
        raise Refused(faults[0])
    return {"billing_record": (await _write(tx, viewer, list(ready.values()), payment_terms_days))[0]}


async def create_billing_records(
    tx: Transaction, viewer: Viewer, *, records: Sequence[Charge], on_error: OnError, payment_terms_days: int
) -> Changed:
    """The same for up to 100 at once: all or none, or those that can be."""
    too_many = Faults()
    checks.list_length(too_many, records, "records")
    too_many.refuse_if_any()
    ready, faults = await _check_all(tx, viewer, records)
    bulk.refuse_all_or_skip(faults, len(records), on_error, "records")
    ids = dict(zip(ready, await _write(tx, viewer, list(ready.values()), payment_terms_days), strict=True))
    items = [Item(ids.get(index), tuple(faults[index])) for index in range(len(records))]
    return {"billing_records": list(ids.values()), "items": items}


async def _check_all(
    tx: Transaction, viewer: Viewer, charges: Sequence[Charge]
) -> tuple[dict[int, _Ready], dict[int, Sequence[Fault]]]:
    """The charges that can be made, and the faults of each, by place in the list."""
    known = await _look_up(tx, viewer, charges)
    often = Counter(charge.replaces_id for charge in charges if charge.replaces_id is not None)
    ready: dict[int, _Ready] = {}
    faults: dict[int, Sequence[Fault]] = {}
    for index, charge in enumerate(charges):
        found = Faults()
        checked = _check(tx, viewer, found, charge, known)
        if charge.replaces_id is not None and often[charge.replaces_id] > 1:
            found.add(ErrorCode.BAD_INPUT, "Each void record is replaced once.", "replaces_id")
        if checked is not None and not found.found:
            ready[index] = checked
        faults[index] = found.found
    return ready, faults


async def _look_up(tx: Transaction, viewer: Viewer, charges: Sequence[Charge]) -> _Known:
    parties = {
        id for charge in charges for id in (charge.from_division_id or viewer.division_id, charge.to_division_id)
    }
    lines = [
        (charge, line) for charge in charges if len(charge.lines) <= checks.LIST_LENGTH_MAX for line in charge.lines
    ]
    item_ids = {line.catalog_item_id for _, line in lines if line.catalog_item_id is not None}
    replaced_ids = [charge.replaces_id for charge in charges if charge.replaces_id is not None]
    known_divisions = await divisions.find_all(tx, [id for id in parties if id is not None])
    items = await catalog_items.find_all(tx, list(item_ids))
    keys = {
        (line.catalog_item_id, charge.currency, charge.period_start)
        for charge, line in lines
        if line.catalog_item_id in items
    }
    prices = await catalog_prices.find_valid(tx, viewer, sorted(keys))
    replaced = await billing_records.lock(tx, viewer, replaced_ids) if replaced_ids else []
    replacing = await billing_records.replaced_ids(tx, replaced_ids) if replaced_ids else []
    return _Known(known_divisions, items, prices, {row.id: row for row in replaced}, frozenset(replacing))


def _check(tx: Transaction, viewer: Viewer, faults: Faults, charge: Charge, known: _Known) -> _Ready | None:
    parties = _parties(viewer, faults, charge, known.divisions)
    check_period(faults, charge.period_start, charge.period_end)
    check_due_date(faults, charge.due_date, draft=charge.draft, today=tx.today)
    note = checks.note(faults, charge.from_note, "from_note")
    gl_code = checks.label(faults, charge.from_gl_code, "from_gl_code")
    known_currency = checks.currency(faults, charge.currency, "currency")
    if parties is None or not known_currency:
        return None
    _check_replaced(faults, charge, parties, known)
    if not checks.list_length(faults, charge.lines, "lines"):
        return None
    priced = price_each(
        faults,
        charge.lines,
        known.items,
        known.prices,
        parties.from_division_id,
        charge.currency,
        charge.period_start,
    )
    return _Ready(charge, parties, known.divisions[parties.from_division_id], priced, note, gl_code)


def _parties(viewer: Viewer, faults: Faults, charge: Charge, known: Mapping[UUID, Row]) -> Parties | None:
    """The two divisions, checked: both there and active, not the same, the first one the viewer may charge for."""
    from_id, to_id = charge.from_division_id or viewer.division_id, charge.to_division_id
    if from_id is None:
        faults.add(ErrorCode.UNKNOWN_DIVISION, "Name the division that charges.", "from_division_id")
        return None
    parties = Parties(from_id, to_id)
    if from_id in known and not viewer.may_on(Permission.RECORD_CREATE, parties):
        faults.found.append(bulk.forbidden(OWN_DIVISION_ONLY))
        return None
    check_parties(faults, parties, known)
    return None if faults.found else parties


def check_parties(faults: Faults, parties: Parties, known: Mapping[UUID, Row]) -> None:
    """Both divisions are there and active, and they are two."""
    check_party(faults, known.get(parties.from_division_id), "from_division_id")
    check_party(faults, known.get(parties.to_division_id), "to_division_id")
    check_different(faults, parties.from_division_id, parties.to_division_id)


def check_party(faults: Faults, division: Row | None, field: str) -> None:
    """Whoever charges or pays is there and active."""
    if division is None:
        faults.add(ErrorCode.UNKNOWN_DIVISION, "There is no such division.", field)
    elif not division.active:
        faults.add(ErrorCode.UNKNOWN_DIVISION, f"The division {division.code} is not active.", field)


def check_different(faults: Faults, from_id: UUID, to_id: UUID) -> None:
    if from_id == to_id:
        faults.add(ErrorCode.SAME_DIVISION, "A division cannot charge itself.", "to_division_id")


def check_due_date(faults: Faults, due_date: date | None, *, draft: bool, today: date) -> None:
    """A day at all, and not before the day of issue where it is issued now."""
    if checks.day(faults, due_date, "due_date") and due_date is not None and not draft and due_date < today:
        faults.add(ErrorCode.BAD_DATES, "It cannot be due before the day it is issued.", "due_date")


def check_period(faults: Faults, start: date, end: date) -> None:
    fault = period_fault(start, end)
    if fault is not None:
        faults.add(ErrorCode.BAD_DATES, fault, "period_end")


def _check_replaced(faults: Faults, charge: Charge, parties: Parties, known: _Known) -> None:
    """What a record replaces was charged by the same division, is void, and is replaced once."""
    if charge.replaces_id is None:
        return
    replaced = known.replaced.get(charge.replaces_id)
    if replaced is None:
        faults.add(ErrorCode.NOT_FOUND, "No such billing record.", "replaces_id")
    elif replaced.from_division_id != parties.from_division_id:
        faults.add(ErrorCode.DIFFERENT_PARTIES, "The replaced record was charged by another division.", "replaces_id")
    elif replaced.lifecycle != Lifecycle.VOID:
        faults.add(
            ErrorCode.INVALID_STATE,
            f"Only a void record can be replaced; {replaced.number or 'this one'} is {replaced.status}.",
            "replaces_id",
        )
    elif replaced.id in known.replacing:
        faults.add(ErrorCode.INVALID_STATE, f"{replaced.number} has been replaced already.", "replaces_id")


async def _write(tx: Transaction, viewer: Viewer, ready: Sequence[_Ready], payment_terms_days: int) -> list[UUID]:
    """Writes the records in their order with their lines, and posts those that are issued at once."""
    issues = [Issue(one.charging, one.charge.due_date) for one in ready if not one.charge.draft]
    issued = iter(await issue_all(tx, issues, payment_terms_days))
    rows = [_row(viewer, one, _drafted(one.charge) if one.charge.draft else next(issued)) for one in ready]
    await billing_records.add(tx, rows)
    await line_items.add(
        tx,
        [
            line
            for row, one in zip(rows, ready, strict=True)
            for line in one.priced.rows(row["id"], one.parties.from_division_id, one.parties.to_division_id)
        ],
    )
    posted = [row["id"] for row in rows if row["lifecycle"] == Lifecycle.ISSUED.value]
    if posted:
        await ledger.post_issues(tx, posted, by=viewer.user_id)
    return [row["id"] for row in rows]


def _row(viewer: Viewer, one: _Ready, life: Mapping[str, Any]) -> dict[str, Any]:
    charge = one.charge
    return {
        "id": new_id(),
        **new_record(one.parties, charge.currency, charge.period_start, charge.period_end, one.priced.total),
        **life,
        "from_note": one.from_note,
        "from_gl_code": one.from_gl_code,
        "replaces_id": charge.replaces_id,
        "created_by": viewer.user_id,
    }


def _drafted(charge: Charge) -> dict[str, Any]:
    """A draft has no number and no issue date yet, and need not have a due date."""
    return {
        "lifecycle": Lifecycle.DRAFT.value,
        "number": "",
        "issue_date": date.max,
        "due_date": charge.due_date or date.max,
    }


def new_record(parties: Parties, currency: str, period_start: date, period_end: date, total: Decimal) -> dict[str, Any]:
    """What every record begins with: nothing of it is paid, pending or credited."""
    nothing = to_currency_places(Decimal(0), currency)
    return {
        "from_division_id": parties.from_division_id,
        "to_division_id": parties.to_division_id,
        "currency": currency,
        "period_start": period_start,
        "period_end": period_end,
        "total": total,
        "credited_amount": nothing,
        "confirmed_amount": nothing,
        "pending_amount": nothing,
    }


async def issue_all(tx: Transaction, issues: Iterable[Issue], payment_terms_days: int) -> list[dict[str, Any]]:
    """What issuing adds to each record: the next number of its division's series of the year, and its dates."""
    issues, year = list(issues), tx.today.year
    counts = Counter(issue.division.id for issue in issues)
    following = {id: await billing_records.next_number(tx, id, year, counts[id]) for id in sorted(counts)}
    issued = []
    for issue in issues:
        issued.append(
            {
                "lifecycle": Lifecycle.ISSUED.value,
                "number": record_number(issue.division.code, year, following[issue.division.id]),
                "issue_date": tx.today,
                "due_date": issue.due_date or due_after_terms(tx.today, payment_terms_days),
            }
        )
        following[issue.division.id] += 1
    return issued
