"""Statements over the line items of billing records."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, delete, literal, select

from billing.db.columns import or_null
from billing.db.lists import one_of
from billing.db.scope import visible_to
from billing.db.tables import billing_line_items
from billing.db.transaction import Transaction
from billing.permissions.viewer import Viewer


def by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Select[Any]:
    return _columns(viewer).where(one_of(billing_line_items.c.id, ids))


def of_records(viewer: Viewer, record_ids: Sequence[UUID]) -> Select[Any]:
    line = billing_line_items.c
    return (
        _columns(viewer)
        .where(one_of(line.billing_record_id, record_ids))
        .order_by(line.billing_record_id, line.position)
    )


def _columns(viewer: Viewer) -> Select[Any]:
    """A column per field that clients see, of the lines that the viewer may see."""
    line = billing_line_items.c
    return select(
        literal("LineItem", Text).label("kind"),
        line.id,
        line.billing_record_id,
        line.currency,
        line.position,
        line.catalog_item_id,
        line.name,
        or_null(line.description).label("description"),
        line.unit,
        line.quantity,
        line.unit_price,
        or_null(line.price_override_reason).label("price_override_reason"),
        line.amount,
        line.unrounded_amount,
    ).where(visible_to(viewer, billing_line_items))


async def add(tx: Transaction, lines: Sequence[dict[str, Any]]) -> None:
    if lines:
        await tx.add(billing_line_items, *lines)


async def delete_of(tx: Transaction, record_id: UUID) -> None:
    """Takes the lines of a draft away."""
    gone = await tx.rows(
        delete(billing_line_items)
        .where(billing_line_items.c.billing_record_id == record_id)
        .returning(billing_line_items)
    )
    for line in gone:
        tx.note_deleted(billing_line_items, line)
