"""Statements over allocations: how much of a payment goes to which record."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, literal, select

from billing.db.lists import one_of
from billing.db.scope import visible_to
from billing.db.tables import payment_allocations
from billing.permissions.viewer import Viewer

_allocation = payment_allocations.c


def of_records(viewer: Viewer, record_ids: Sequence[UUID]) -> Select[Any]:
    return _columns().where(one_of(_allocation.billing_record_id, record_ids), visible_to(viewer, payment_allocations))


def of_payments(viewer: Viewer, payment_ids: Sequence[UUID]) -> Select[Any]:
    return _columns().where(one_of(_allocation.payment_id, payment_ids), visible_to(viewer, payment_allocations))


def _columns() -> Select[Any]:
    shown: list[ColumnElement[Any]] = [
        literal("PaymentAllocation", Text).label("kind"),
        _allocation.id,
        _allocation.payment_id,
        _allocation.billing_record_id,
        _allocation.currency,
        _allocation.amount,
    ]
    return select(*shown).order_by(_allocation.id)
