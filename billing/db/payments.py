"""Statements over payment records."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, Text, any_, literal, select

from billing.db.columns import or_null
from billing.db.lists import ListDefinition, Order, compare, compare_either_side, one_of
from billing.db.prepared import IDS, for_viewer
from billing.db.rows import Row
from billing.db.scope import visible_to
from billing.db.tables import payment_allocations, payment_records
from billing.db.transaction import Transaction
from billing.domain.states import PaymentStatus
from billing.permissions.viewer import Viewer


def columns(payment: FromClause, viewer: Viewer) -> list[ColumnElement[Any]]:
    """A column per field that clients see."""
    p = payment.c
    return [
        literal("PaymentRecord", Text).label("kind"),
        p.id,
        p.from_division_id,
        p.to_division_id,
        p.currency,
        p.amount,
        p.status,
        p.method,
        p.reference,
        p.paid_on,
        or_null(p.note).label("note"),
        p.recorded_at,
        p.recorded_by,
        p.decided_at,
        p.decided_by,
        or_null(p.decision_reason).label("decision_reason"),
        p.reversed_at,
        p.reversed_by,
        or_null(p.reversal_reason).label("reversal_reason"),
        p.version,
    ]


LIST = ListDefinition(
    table=payment_records,
    columns=columns,
    fields={
        "id": compare("id"),
        "status": compare("status"),
        "division_id": compare_either_side,
        "from_division_id": compare("from_division_id"),
        "to_division_id": compare("to_division_id"),
        "currency": compare("currency"),
        "method": compare("method"),
        "reference": compare("reference"),
        "paid_on": compare("paid_on"),
        "amount": compare("amount"),
        "recorded_at": compare("recorded_at"),
    },
    orders={"PAID_ON": "paid_on", "RECORDED_AT": "recorded_at", "AMOUNT": "amount"},
    default_order=lambda filters: Order("PAID_ON", "paid_on", descending=True),
    has_parties=True,
    branch_field="status",
)


def by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Select[Any]:
    return select(*columns(payment_records, viewer)).where(
        one_of(payment_records.c.id, ids), visible_to(viewer, payment_records)
    )


def of_records(viewer: Viewer, record_ids: Sequence[UUID]) -> Select[Any]:
    """The payments that touch each record, the newest first."""
    allocation = payment_allocations.c
    return (
        select(*columns(payment_records, viewer), allocation.billing_record_id)
        .join(payment_allocations, allocation.payment_id == payment_records.c.id)
        .where(one_of(allocation.billing_record_id, record_ids), visible_to(viewer, payment_records))
        .order_by(allocation.billing_record_id, payment_records.c.paid_on.desc(), payment_records.c.id.desc())
    )


@for_viewer
def locking(viewer: Viewer) -> Select[Any]:
    """Those of the payments of the `ids` that the viewer may see, held until the transaction ends, in id order."""
    return (
        select(payment_records)
        .where(payment_records.c.id == any_(IDS), visible_to(viewer, payment_records))
        .order_by(payment_records.c.id)
        .with_for_update()
    )


async def lock(tx: Transaction, viewer: Viewer, ids: Sequence[UUID]) -> list[Row]:
    return await tx.rows(locking(viewer, ids=ids))


async def lock_one(tx: Transaction, viewer: Viewer, id: UUID) -> Row | None:
    return next(iter(await lock(tx, viewer, [id])), None)


async def pending_ids_of(tx: Transaction, record_id: UUID) -> list[UUID]:
    """The pending payments that touch a record, in id order."""
    return await _ids_of(tx, record_id, [PaymentStatus.PENDING])


async def live_ids_of(tx: Transaction, record_id: UUID) -> list[UUID]:
    """The payments whose money is or may come to be on a record: pending or confirmed, in id order."""
    return await _ids_of(tx, record_id, [PaymentStatus.PENDING, PaymentStatus.CONFIRMED])


async def _ids_of(tx: Transaction, record_id: UUID, statuses: Sequence[PaymentStatus]) -> list[UUID]:
    rows = await tx.rows(
        select(payment_records.c.id)
        .join(payment_allocations, payment_allocations.c.payment_id == payment_records.c.id)
        .where(
            payment_allocations.c.billing_record_id == record_id,
            payment_records.c.status.in_([status.value for status in statuses]),
        )
        .order_by(payment_records.c.id)
    )
    return [row.id for row in rows]


async def reference_in_use(
    tx: Transaction, *, from_division_id: UUID, to_division_id: UUID, method: str, reference: str
) -> bool:
    """Whether a pending or confirmed payment between the two bears the reference for the method."""
    p = payment_records.c
    statement = select(p.id).where(
        p.to_division_id == to_division_id,
        p.from_division_id == from_division_id,
        p.method == method,
        p.reference == reference,
        p.status.in_([PaymentStatus.PENDING.value, PaymentStatus.CONFIRMED.value]),
    )
    return await tx.one(statement) is not None


async def add(tx: Transaction, allocations: Sequence[dict[str, Any]], **values: Any) -> None:
    """A payment and the parts of it that go to each record."""
    await tx.add(payment_records, {"recorded_at": tx.now, **values})
    await tx.add(payment_allocations, *allocations)


async def mark(tx: Transaction, ended: Sequence[Row], status: PaymentStatus, *, by: UUID, reason: str = "") -> None:
    """Ends pending payments: confirmed, rejected or cancelled, by whom and why."""
    decision = {"status": status.value, "decided_at": tx.now, "decided_by": by, "decision_reason": reason}
    await tx.change_all(payment_records, [(payment, decision) for payment in ended])


async def mark_reversed(tx: Transaction, payment: Row, *, by: UUID, reason: str) -> None:
    """Undoes a confirmed payment; who confirmed it and when stays."""
    await tx.change(
        payment_records,
        payment,
        status=PaymentStatus.REVERSED.value,
        reversed_at=tx.now,
        reversed_by=by,
        reversal_reason=reason,
    )
