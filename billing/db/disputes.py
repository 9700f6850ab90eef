"""Statements over disputes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, Text, literal, select

from billing.db.columns import or_null
from billing.db.lists import ListDefinition, Order, compare, compare_either_side, one_of
from billing.db.rows import Row
from billing.db.scope import visible_to
from billing.db.tables import disputes
from billing.db.transaction import Transaction
from billing.domain.states import DisputeStatus
from billing.permissions.viewer import Viewer


def columns(dispute: FromClause, viewer: Viewer) -> list[ColumnElement[Any]]:
    """A column per field that clients see."""
    d = dispute.c
    return [
        literal("Dispute", Text).label("kind"),
        d.id,
        d.billing_record_id,
        d.from_division_id,
        d.to_division_id,
        d.status,
        d.reason,
        d.opened_at,
        d.opened_by,
        or_null(d.resolution).label("resolution"),
        d.closed_at,
        d.closed_by,
        d.version,
    ]


LIST = ListDefinition(
    table=disputes,
    columns=columns,
    fields={
        "id": compare("id"),
        "status": compare("status"),
        "division_id": compare_either_side,
        "from_division_id": compare("from_division_id"),
        "to_division_id": compare("to_division_id"),
        "billing_record_id": compare("billing_record_id"),
        "opened_at": compare("opened_at"),
    },
    orders={"OPENED_AT": "opened_at"},
    default_order=lambda filters: Order("OPENED_AT", "opened_at", descending=True),
    has_parties=True,
    branch_field="status",
)


def by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Select[Any]:
    return select(*columns(disputes, viewer)).where(one_of(disputes.c.id, ids), visible_to(viewer, disputes))


def of_records(viewer: Viewer, record_ids: Sequence[UUID]) -> Select[Any]:
    """The disputes of each record, the newest first."""
    return (
        select(*columns(disputes, viewer))
        .where(one_of(disputes.c.billing_record_id, record_ids), visible_to(viewer, disputes))
        .order_by(disputes.c.billing_record_id, disputes.c.opened_at.desc(), disputes.c.id.desc())
    )


async def find_record_id(tx: Transaction, viewer: Viewer, id: UUID) -> UUID | None:
    """The record of a dispute that the viewer may see; the record is what a change locks."""
    row = await tx.one(select(disputes.c.billing_record_id).where(disputes.c.id == id, visible_to(viewer, disputes)))
    return None if row is None else row.billing_record_id


async def lock_one(tx: Transaction, viewer: Viewer, id: UUID) -> Row | None:
    return await tx.one(select(disputes).where(disputes.c.id == id, visible_to(viewer, disputes)).with_for_update())


async def add(tx: Transaction, **values: Any) -> None:
    await tx.add(disputes, {"opened_at": tx.now, **values})


async def close(tx: Transaction, dispute: Row, status: DisputeStatus, *, by: UUID, resolution: str) -> None:
    await tx.change(disputes, dispute, status=status.value, closed_at=tx.now, closed_by=by, resolution=resolution)


async def open_ids_of(tx: Transaction, record_id: UUID) -> list[UUID]:
    rows = await tx.rows(
        select(disputes.c.id).where(
            disputes.c.billing_record_id == record_id, disputes.c.status == DisputeStatus.OPEN.value
        )
    )
    return [row.id for row in rows]
