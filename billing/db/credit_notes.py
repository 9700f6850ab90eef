"""Statements over credit notes and their lines, which are written once and never change."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, Text, func, literal, select

from billing.db import counters
from billing.db.lists import ListDefinition, Order, compare, compare_either_side, one_of
from billing.db.rows import Row
from billing.db.scope import visible_to
from billing.db.tables import billing_line_items, credit_note_counters, credit_note_lines, credit_notes
from billing.db.transaction import Transaction
from billing.permissions.viewer import Viewer


def columns(note: FromClause, viewer: Viewer) -> list[ColumnElement[Any]]:
    """A column per field that clients see."""
    c = note.c
    return [
        literal("CreditNote", Text).label("kind"),
        c.id,
        c.number,
        c.billing_record_id,
        c.from_division_id,
        c.to_division_id,
        c.currency,
        c.amount,
        c.reason,
        c.dispute_id,
        c.issue_date,
        c.issued_at,
        c.issued_by,
    ]


LIST = ListDefinition(
    table=credit_notes,
    columns=columns,
    fields={
        "id": compare("id"),
        "number": compare("number"),
        "division_id": compare_either_side,
        "from_division_id": compare("from_division_id"),
        "to_division_id": compare("to_division_id"),
        "billing_record_id": compare("billing_record_id"),
        "currency": compare("currency"),
        "issue_date": compare("issue_date"),
    },
    orders={"ISSUE_DATE": "issue_date"},
    default_order=lambda filters: Order("ISSUE_DATE", "issue_date", descending=True),
    has_parties=True,
)


def by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Select[Any]:
    return select(*columns(credit_notes, viewer)).where(
        one_of(credit_notes.c.id, ids), visible_to(viewer, credit_notes)
    )


def of_records(viewer: Viewer, record_ids: Sequence[UUID]) -> Select[Any]:
    """The credit notes of each record, the newest first."""
    c = credit_notes.c
    return (
        select(*columns(credit_notes, viewer))
        .where(one_of(c.billing_record_id, record_ids), visible_to(viewer, credit_notes))
        .order_by(c.billing_record_id, c.issued_at.desc(), c.id.desc())
    )


def of_disputes(viewer: Viewer, dispute_ids: Sequence[UUID]) -> Select[Any]:
    """The credit note with which each dispute was upheld."""
    return select(*columns(credit_notes, viewer)).where(
        one_of(credit_notes.c.dispute_id, dispute_ids), visible_to(viewer, credit_notes)
    )


def lines_of(viewer: Viewer, credit_note_ids: Sequence[UUID]) -> Select[Any]:
    line = credit_note_lines.c
    return (
        select(
            literal("CreditNoteLine", Text).label("kind"),
            line.id,
            line.credit_note_id,
            line.billing_line_item_id,
            line.position,
            line.currency,
            line.amount,
        )
        .where(one_of(line.credit_note_id, credit_note_ids), visible_to(viewer, credit_note_lines))
        .order_by(line.credit_note_id, line.position)
    )


async def ids_of(tx: Transaction, record_id: UUID) -> list[UUID]:
    rows = await tx.rows(
        select(credit_notes.c.id).where(credit_notes.c.billing_record_id == record_id).order_by(credit_notes.c.id)
    )
    return [row.id for row in rows]


async def creditable_lines(tx: Transaction, record_id: UUID) -> dict[UUID, Row]:
    """The lines of a locked record: their amount, and how much of it credit notes have taken off already."""
    item, line = billing_line_items.c, credit_note_lines.c
    rows = await tx.rows(
        select(item.id, item.amount, func.coalesce(func.sum(line.amount), 0).label("credited"))
        .outerjoin(credit_note_lines, line.billing_line_item_id == item.id)
        .where(item.billing_record_id == record_id)
        .group_by(item.id)
    )
    return {row.id: row for row in rows}


async def add(tx: Transaction, note: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
    """A credit note, and which lines of the record it takes how much off; none where it credits the record whole."""
    await tx.add(credit_notes, {"issued_at": tx.now, "line_count": len(lines), **note})
    if lines:
        await tx.add(credit_note_lines, *lines)


async def next_number(tx: Transaction, division_id: UUID, year: int) -> int:
    return await counters.next_number(tx, credit_note_counters, division_id, year)
