"""Statements over the line items of billing records."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, delete, func, insert, literal, select

from billing.db.lists import one_of
from billing.db.scope import visible_to
from billing.db.tables import billing_line_items
from billing.db.transaction import Transaction
from billing.permissions.viewer import Viewer


def of_records(viewer: Viewer, record_ids: Sequence[UUID]) -> Select[Any]:
    line = billing_line_items.c
    return (
        select(
            literal("LineItem", Text).label("kind"),
            line.id,
            line.billing_record_id,
            line.currency,
            line.position,
            line.catalog_item_id,
            line.name,
            func.nullif(line.description, "").label("description"),
            line.unit,
            line.quantity,
            line.unit_price,
            func.nullif(line.price_override_reason, "").label("price_override_reason"),
            line.amount,
            line.unrounded_amount,
        )
        .where(one_of(line.billing_record_id, record_ids), visible_to(viewer, billing_line_items))
        .order_by(line.billing_record_id, line.position)
    )


async def add(tx: Transaction, lines: Sequence[dict[str, Any]]) -> None:
    if lines:
        await tx.execute(insert(billing_line_items), list(lines))


async def delete_of(tx: Transaction, record_id: UUID) -> None:
    await tx.execute(delete(billing_line_items).where(billing_line_items.c.billing_record_id == record_id))
