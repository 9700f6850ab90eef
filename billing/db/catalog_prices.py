"""Statements over the dated prices of the catalog."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, Text, Uuid, column, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from billing.db.identity import TODAY
from billing.db.lists import one_of
from billing.db.rows import Row
from billing.db.tables import service_catalog, service_catalog_prices
from billing.db.transaction import Transaction
from billing.permissions.viewer import Viewer

_price = service_catalog_prices.c
ItemCurrencyDay = tuple[UUID, str, date | None]
"""An item, a currency and a day; without one, today."""


def _rows() -> Select[Any]:
    return select(
        literal("CatalogPrice", Text).label("kind"),
        _price.id,
        _price.catalog_item_id,
        _price.currency,
        _price.valid_from,
        _price.unit_price,
        _price.cost_price,
        service_catalog.c.provider_division_id,
    ).join(service_catalog, service_catalog.c.id == _price.catalog_item_id)


def by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Select[Any]:
    return _rows().where(one_of(_price.id, ids))


def of_items(viewer: Viewer, item_ids: Sequence[UUID]) -> Select[Any]:
    """The prices of each item by currency, the latest first."""
    return (
        _rows()
        .where(one_of(_price.catalog_item_id, item_ids))
        .order_by(_price.catalog_item_id, _price.currency, _price.valid_from.desc())
    )


def valid_on(viewer: Viewer, keys: Sequence[ItemCurrencyDay]) -> Select[Any]:
    """For each item, currency and day the price that is valid then: the latest that starts on or before the day."""
    asked = (
        func.unnest(
            literal([item for item, _, _ in keys], ARRAY(Uuid())),
            literal([currency for _, currency, _ in keys], ARRAY(Text())),
            literal([day for _, _, day in keys], ARRAY(Date())),
        )
        .table_valued(column("item_id", Uuid()), column("currency", Text()), column("day", Date()))
        .render_derived("asked")
    )
    latest = (
        select(_price.id, _price.valid_from, _price.unit_price, _price.cost_price)
        .where(
            _price.catalog_item_id == asked.c.item_id,
            _price.currency == asked.c.currency,
            _price.valid_from <= func.coalesce(asked.c.day, TODAY),
        )
        .order_by(_price.valid_from.desc())
        .limit(1)
        .lateral("price")
    )
    return select(
        literal("CatalogPrice", Text).label("kind"),
        latest.c.id,
        asked.c.item_id,
        asked.c.currency,
        asked.c.day,
        latest.c.valid_from,
        latest.c.unit_price,
        latest.c.cost_price,
        service_catalog.c.provider_division_id,
    ).select_from(asked.join(latest, true()).join(service_catalog, service_catalog.c.id == asked.c.item_id))


async def find_valid(tx: Transaction, viewer: Viewer, keys: Sequence[ItemCurrencyDay]) -> dict[ItemCurrencyDay, Row]:
    if not keys:
        return {}
    rows = await tx.rows(valid_on(viewer, keys))
    return {(row.item_id, row.currency, row.day): row for row in rows}


async def exists(tx: Transaction, *, item_id: UUID, currency: str, valid_from: date) -> bool:
    statement = select(_price.id).where(
        _price.catalog_item_id == item_id, _price.currency == currency, _price.valid_from == valid_from
    )
    return await tx.one(statement) is not None


async def add(tx: Transaction, **values: Any) -> None:
    await tx.add(service_catalog_prices, {"created_at": tx.now, **values})
