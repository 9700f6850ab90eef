"""Statements over billing records: what a row shows, the two definitions of its status, its list, its changes."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Select,
    Text,
    and_,
    any_,
    case,
    delete,
    false,
    func,
    literal,
    null,
    or_,
    select,
)

from billing.db import counters, line_items
from billing.db.columns import constant, or_null
from billing.db.identity import TODAY
from billing.db.lists import (
    INFINITY,
    ListDefinition,
    Order,
    Reached,
    compare,
    compare_either_side,
    one_of,
    text_is,
    values_of,
)
from billing.db.prepared import IDS, for_viewer
from billing.db.rows import Row
from billing.db.scope import visible_to
from billing.db.tables import billing_records, due_date_changes, number_counters, payment_allocations
from billing.db.transaction import Transaction
from billing.db.writes import added
from billing.domain.conditions import Compare
from billing.domain.states import RecordStatus
from billing.permissions.viewer import Viewer

_OPEN = {RecordStatus.OVERDUE, RecordStatus.PENDING}


def status(record: FromClause) -> ColumnElement[str]:
    """The status for output. Precedence: VOID > DRAFT > DISPUTED > PAID > OVERDUE > PENDING."""
    return case(
        (record.c.lifecycle == constant("VOID"), constant(RecordStatus.VOID)),
        (record.c.lifecycle == constant("DRAFT"), constant(RecordStatus.DRAFT)),
        (record.c.disputed, constant(RecordStatus.DISPUTED)),
        (record.c.settlement == constant("SETTLED"), constant(RecordStatus.PAID)),
        (record.c.due_date < TODAY, constant(RecordStatus.OVERDUE)),
        else_=constant(RecordStatus.PENDING),
    )


def has_status(record: FromClause, values: Sequence[str], reached: Reached | None = None) -> list[ColumnElement[bool]]:
    """The same definition as plain predicates, one for each partial index that the statuses need.

    The constants are written into the statement, since a parameter proves no partial index. A bound on the due date
    that a list has passed is for the planner to drop: beside the cursor's it would make it expect too few rows.
    """
    r = record.c
    issued = r.lifecycle == constant("ISSUED")
    undisputed = and_(issued, ~r.disputed)
    open_ = and_(undisputed, r.settlement != constant("SETTLED"))
    predicates = {
        RecordStatus.DRAFT: r.lifecycle == constant("DRAFT"),
        RecordStatus.VOID: r.lifecycle == constant("VOID"),
        RecordStatus.DISPUTED: and_(issued, r.disputed),
        RecordStatus.PAID: and_(undisputed, r.settlement == constant("SETTLED")),
        RecordStatus.OVERDUE: and_(open_, _unless_passed(r.due_date < TODAY, reached, descending=True)),
        RecordStatus.PENDING: and_(open_, _unless_passed(r.due_date >= TODAY, reached, descending=False)),
    }
    if set(values) >= _OPEN:
        return [open_, *(predicates[RecordStatus(value)] for value in values if value not in _OPEN)]
    return [predicates[RecordStatus(value)] for value in values]


def _unless_passed(bound: ColumnElement[bool], reached: Reached | None, *, descending: bool) -> ColumnElement[bool]:
    if reached is None or (reached.column, reached.descending) != ("due_date", descending):
        return bound
    due_date = literal(reached.value, Date)
    return or_(due_date < TODAY if descending else due_date >= TODAY, bound)


def outstanding(record: FromClause) -> ColumnElement[Any]:
    """Total − credited − confirmed for an issued record; a draft and a void record owe nothing."""
    r = record.c
    return case(
        (r.lifecycle == constant("ISSUED"), r.total - r.credited_amount - r.confirmed_amount), else_=r.total - r.total
    )


def columns(record: FromClause, viewer: Viewer) -> list[ColumnElement[Any]]:
    """A column per field that clients see; what belongs to one side is null for the other."""
    r = record.c
    return [
        literal("BillingRecord", Text).label("kind"),
        r.id,
        or_null(r.number).label("number"),
        r.from_division_id,
        r.to_division_id,
        r.currency,
        r.period_start,
        r.period_end,
        func.nullif(r.issue_date, INFINITY).label("issue_date"),
        func.nullif(r.due_date, INFINITY).label("due_date"),
        status(record).label("status"),
        r.total,
        r.credited_amount,
        r.confirmed_amount,
        r.pending_amount,
        outstanding(record).label("outstanding"),
        _for_side(viewer, r.from_division_id, r.from_note).label("from_note"),
        _for_side(viewer, r.from_division_id, r.from_gl_code).label("from_gl_code"),
        _for_side(viewer, r.to_division_id, r.to_note).label("to_note"),
        _for_side(viewer, r.to_division_id, r.to_gl_code).label("to_gl_code"),
        r.version,
        r.created_at,
        r.created_by,
        r.voided_at,
        or_null(r.void_reason).label("void_reason"),
        r.replaces_id,
    ]


def _for_side(viewer: Viewer, side: ColumnElement[Any], value: ColumnElement[Any]) -> ColumnElement[Any]:
    given = or_null(value)
    if viewer.sees_all:
        return given
    if viewer.division_id is None:
        return null()
    return case((side == viewer.division_id, given), else_=null())


def _default_order(filters: Sequence[Compare]) -> Order:
    """The order in which the filter is served from one index."""
    fields = {part.field for part in filters}
    statuses = [set(values_of(part)) for part in filters if part.field == "status"]
    if "due_date" in fields or any(wanted <= _OPEN for wanted in statuses):
        return Order("DUE_DATE", "due_date")
    if "period_start" in fields:
        return Order("PERIOD_START", "period_start", descending=True)
    if "number" in fields:
        return Order("NUMBER", "number")
    return Order("ISSUE_DATE", "issue_date", descending=True)


def _compare_status(record: FromClause, operator: str, value: Any) -> ColumnElement[bool]:
    return or_(false(), *has_status(record, [value] if operator == "eq" else value))


LIST = ListDefinition(
    table=billing_records,
    columns=columns,
    fields={
        "id": compare("id"),
        "number": compare("number"),
        "status": _compare_status,
        "division_id": compare_either_side,
        "from_division_id": compare("from_division_id"),
        "to_division_id": compare("to_division_id"),
        "currency": compare("currency"),
        "period_start": compare("period_start"),
        "period_end": compare("period_end"),
        "issue_date": compare("issue_date"),
        "due_date": compare("due_date"),
        "total": compare("total"),
        "created_at": compare("created_at"),
    },
    orders={
        "ISSUE_DATE": "issue_date",
        "DUE_DATE": "due_date",
        "PERIOD_START": "period_start",
        "NUMBER": "number",
        "CREATED_AT": "created_at",
        "TOTAL": "total",
    },
    default_order=_default_order,
    has_parties=True,
    branch_field="status",
    branch_values=has_status,
    # A draft has no number and no issue date, and need not have a due date; the driver writes infinity as date.max.
    real_values={
        "number": Compare("number", "gt", ""),
        "issue_date": Compare("issue_date", "lt", date.max),
        "due_date": Compare("due_date", "lt", date.max),
    },
)


def find(viewer: Viewer, *, number: str) -> Select[Any]:
    """One record by its number; a draft has none."""
    r = billing_records.c
    return select(*columns(billing_records, viewer)).where(
        text_is(r.number, number), r.lifecycle != constant("DRAFT"), visible_to(viewer, billing_records)
    )


def by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Select[Any]:
    return select(*columns(billing_records, viewer)).where(
        one_of(billing_records.c.id, ids), visible_to(viewer, billing_records)
    )


def replacements_of(viewer: Viewer, record_ids: Sequence[UUID]) -> Select[Any]:
    """The record that was issued in place of each void one."""
    return select(*columns(billing_records, viewer)).where(
        one_of(billing_records.c.replaces_id, record_ids), visible_to(viewer, billing_records)
    )


@for_viewer
def locking(viewer: Viewer) -> Select[Any]:
    """Those of the records of the `ids` that the viewer may see, held until the transaction ends, in id order."""
    return (
        select(
            billing_records, status(billing_records).label("status"), outstanding(billing_records).label("outstanding")
        )
        .where(billing_records.c.id == any_(IDS), visible_to(viewer, billing_records))
        .order_by(billing_records.c.id)
        .with_for_update()
    )


async def lock(tx: Transaction, viewer: Viewer, ids: Sequence[UUID]) -> list[Row]:
    return await tx.rows(locking(viewer, ids=ids))


@for_viewer
def _lock_paid(viewer: Viewer) -> Select[Any]:
    part = payment_allocations.c
    paid = (
        select(part.billing_record_id, func.sum(part.amount).label("moved"))
        .where(part.payment_id == any_(IDS))
        .group_by(part.billing_record_id)
        .subquery("paid")
    )
    return (
        select(billing_records, paid.c.moved)
        .join(paid, paid.c.billing_record_id == billing_records.c.id)
        .where(visible_to(viewer, billing_records))
        .order_by(billing_records.c.id)
        .with_for_update(of=billing_records)
    )


async def lock_paid(tx: Transaction, viewer: Viewer, payment_ids: Sequence[UUID]) -> list[Row]:
    """The records that locked payments touch, held in id order, each with how much of the payments was `moved` there.

    What a payment is allocated to never changes.
    """
    return await tx.rows(_lock_paid(viewer, ids=payment_ids))


async def lock_one(tx: Transaction, viewer: Viewer, id: UUID) -> Row | None:
    return next(iter(await lock(tx, viewer, [id])), None)


async def replaced_ids(tx: Transaction, ids: Sequence[UUID]) -> list[UUID]:
    """Those of the locked void records that have been replaced."""
    rows = await tx.rows(select(billing_records.c.replaces_id).where(one_of(billing_records.c.replaces_id, ids)))
    return [row.replaces_id for row in rows]


async def find_parties(tx: Transaction, viewer: Viewer, id: UUID) -> Row | None:
    """The two divisions of a record the viewer may see; nothing is held, since they stay once it is issued."""
    r = billing_records.c
    return await tx.one(
        select(r.id, r.from_division_id, r.to_division_id).where(r.id == id, visible_to(viewer, billing_records))
    )


async def add(tx: Transaction, records: Sequence[Mapping[str, Any]]) -> None:
    """Adds records that all have the same columns."""
    await tx.add(billing_records, *({"created_at": tx.now, **record} for record in records))


async def change(tx: Transaction, record: Row, **values: Any) -> None:
    """Changes a locked record and counts its version up."""
    await tx.change(billing_records, record, **values)


async def change_all(tx: Transaction, changes: Sequence[tuple[Row, Mapping[str, Any]]]) -> None:
    """The same for several records and the same columns of each."""
    await tx.change_all(billing_records, changes)


async def note_due_date(tx: Transaction, record: Row, due_date: date, *, by: UUID) -> None:
    """Keeps the due date that an issued record had until today beside the new one, for reports about past days."""
    change = {
        "billing_record_id": record.id,
        "from_division_id": record.from_division_id,
        "to_division_id": record.to_division_id,
        "currency": record.currency,
        "due_date_before": record.due_date,
        "due_date": due_date,
        "changed_on": tx.today,
        "changed_at": tx.now,
        "changed_by": by,
    }
    await tx.write(added(due_date_changes, [change]))


async def delete_draft(tx: Transaction, record: Row) -> None:
    """Takes a locked draft away, its lines before it."""
    await line_items.delete_of(tx, record.id)
    await tx.execute(delete(billing_records).where(billing_records.c.id == record.id))
    tx.note_deleted(billing_records, record)


async def next_number(tx: Transaction, division_id: UUID, year: int, count: int = 1) -> int:
    """The next number of the division's records in the year, or the first of `count`."""
    return await counters.next_number(tx, number_counters, division_id, year, count)
