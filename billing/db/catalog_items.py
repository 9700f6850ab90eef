"""Statements over the service catalog; everyone reads it."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, Text, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from billing.db.columns import or_null
from billing.db.lists import ListDefinition, Order, compare, one_of, text_is
from billing.db.prepared import IDS, Prepared
from billing.db.rows import Row
from billing.db.tables import service_catalog
from billing.db.transaction import Transaction
from billing.domain.conditions import Compare
from billing.permissions.viewer import Viewer


def columns(item: FromClause, viewer: Viewer) -> list[ColumnElement[Any]]:
    """A column per field that clients see."""
    i = item.c
    return [
        literal("CatalogItem", Text).label("kind"),
        i.id,
        i.sku,
        i.name,
        or_null(i.description).label("description"),
        i.category,
        i.unit,
        i.provider_division_id,
        i.active,
        i.version,
        i.created_at,
    ]


_ORDERS = {"SKU": "sku", "NAME": "name", "CATEGORY": "category", "CREATED_AT": "created_at"}


def _default_order(filters: Sequence[Compare]) -> Order:
    """The order in which the filter is served from one index."""
    fields = {part.field for part in filters}
    name = next((order for order, column in _ORDERS.items() if column in fields), "SKU")
    return Order(name, _ORDERS[name])


LIST = ListDefinition(
    table=service_catalog,
    columns=columns,
    fields={
        "id": compare("id"),
        "sku": compare("sku"),
        "name": compare("name"),
        "category": compare("category"),
        "provider_division_id": compare("provider_division_id"),
        "active": compare("active"),
    },
    orders=_ORDERS,
    default_order=_default_order,
)


def find(viewer: Viewer, *, sku: str) -> Select[Any]:
    """One item by its SKU."""
    return select(*columns(service_catalog, viewer)).where(text_is(service_catalog.c.sku, sku))


def by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Select[Any]:
    return select(*columns(service_catalog, viewer)).where(one_of(service_catalog.c.id, ids))


_FIND_ALL: Final = Prepared(select(service_catalog).where(service_catalog.c.id == any_(IDS)))


async def find_all(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, Row]:
    if not ids:
        return {}
    return {row.id: row for row in await tx.rows(_FIND_ALL.of(ids=ids))}


async def lock_one(tx: Transaction, id: UUID) -> Row | None:
    return await tx.one(select(service_catalog).where(service_catalog.c.id == id).with_for_update())


async def sku_in_use(tx: Transaction, sku: str) -> bool:
    return await tx.one(select(service_catalog.c.id).where(service_catalog.c.sku == sku)) is not None


async def find_by_skus(tx: Transaction, skus: Sequence[str]) -> dict[str, Row]:
    """The items that exist among the SKUs, held so that none is retired meanwhile."""
    rows = await tx.rows(
        select(service_catalog)
        .where(service_catalog.c.sku == any_(literal(list(skus), ARRAY(Text))))
        .order_by(service_catalog.c.id)
        .with_for_update(key_share=True, read=True)
    )
    return {row.sku: row for row in rows}


async def add(tx: Transaction, **values: Any) -> None:
    await tx.add(service_catalog, {"created_at": tx.now, **values})


async def change(tx: Transaction, row: Row, **values: Any) -> None:
    await tx.change(service_catalog, row, **values)
