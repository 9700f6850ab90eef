"""The service catalog: items and their dated prices."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from billing.db import catalog_items, catalog_prices, divisions
from billing.db.rows import Row
from billing.db.transaction import Transaction
from billing.domain.errors import ErrorCode, Faults, not_found, refuse, stale
from billing.domain.identifiers import new_id
from billing.domain.money import QUANTITY_PLACES
from billing.permissions.viewer import Viewer
from billing.services import checks
from billing.services.changes import Changed

SKU_LENGTH_MAX = 64
PRICE_IS_SET = "A price from this day is set; a set price never changes."


async def create_catalog_item(
    tx: Transaction,
    viewer: Viewer,
    *,
    sku: str,
    name: str,
    description: str | None,
    category: str,
    unit: str,
    provider_division_id: UUID,
) -> Changed:
    """Offer a service; it can be charged once it has a price, or with a price of its own and a reason."""
    faults = Faults()
    checked_sku = checks.name(faults, sku, "sku", length_max=SKU_LENGTH_MAX)
    if not faults.found and await catalog_items.sku_in_use(tx, checked_sku):
        faults.add(ErrorCode.ALREADY_EXISTS, "Another catalog item has this SKU.", "sku")
    values = check_item(faults, name=name, description=description, category=category, unit=unit)
    check_provider(faults, (await divisions.find_all(tx, [provider_division_id])).get(provider_division_id))
    faults.refuse_if_any()
    item_id = new_id()
    await catalog_items.add(tx, id=item_id, sku=checked_sku, provider_division_id=provider_division_id, **values)
    return {"catalog_item": item_id}


def check_item(
    faults: Faults, *, name: str | None, description: str | None, category: str | None, unit: str | None
) -> dict[str, str]:
    """What is said about an item, as it will be kept."""
    return {
        "name": checks.name(faults, name, "name"),
        "description": checks.note(faults, description, "description"),
        "category": checks.name(faults, category, "category"),
        "unit": checks.name(faults, unit, "unit", length_max=64),
    }


def check_provider(faults: Faults, division: Row | None) -> None:
    """A new item is provided by a division that is active."""
    if division is None or not division.active:
        faults.add(ErrorCode.UNKNOWN_DIVISION, "There is no such active division.", "provider_division_id")


async def update_catalog_item(
    tx: Transaction,
    viewer: Viewer,
    id: UUID,
    *,
    version: int,
    name: str | None,
    description: str | None,
    category: str | None,
    unit: str | None,
) -> Changed:
    """Change what is given; lines that were charged keep the name and unit they were written with."""
    item = await _lock(tx, id, version)
    faults = Faults()
    changes: dict[str, str] = {}
    if name is not None:
        changes["name"] = checks.name(faults, name, "name")
    if description is not None:
        changes["description"] = checks.note(faults, description, "description")
    if category is not None:
        changes["category"] = checks.name(faults, category, "category")
    if unit is not None:
        changes["unit"] = checks.name(faults, unit, "unit", length_max=64)
    faults.refuse_if_any()
    await catalog_items.change(tx, item, **changes)
    return {"catalog_item": id}


async def retire_catalog_item(tx: Transaction, viewer: Viewer, id: UUID, *, version: int) -> Changed:
    """No new line charges it from now on."""
    item = await _lock(tx, id, version)
    if not item.active:
        raise refuse(ErrorCode.INVALID_STATE, "The catalog item is retired already.", "id")
    await catalog_items.change(tx, item, active=False)
    return {"catalog_item": id}


async def set_catalog_price(
    tx: Transaction,
    viewer: Viewer,
    catalog_item_id: UUID,
    *,
    currency: str,
    valid_from: date,
    unit_price: Decimal,
    cost_price: Decimal | None,
) -> Changed:
    """The price from a day on, until a later one starts. A price once set never changes: history is not re-priced."""
    item = await catalog_items.lock_one(tx, catalog_item_id)
    if item is None:
        raise not_found("catalog item", "catalog_item_id")
    faults = Faults()
    check_price(faults, currency=currency, valid_from=valid_from, unit_price=unit_price, cost_price=cost_price)
    faults.refuse_if_any()
    if await catalog_prices.exists(tx, item_id=catalog_item_id, currency=currency, valid_from=valid_from):
        raise refuse(ErrorCode.ALREADY_EXISTS, PRICE_IS_SET, "valid_from")
    price_id = new_id()
    await catalog_prices.add(
        tx,
        id=price_id,
        catalog_item_id=catalog_item_id,
        currency=currency,
        valid_from=valid_from,
        unit_price=unit_price,
        cost_price=cost_price,
        created_by=viewer.user_id,
    )
    return {"catalog_price": price_id, "catalog_item": catalog_item_id}


def check_price(
    faults: Faults, *, currency: str, valid_from: date | None, unit_price: Decimal | None, cost_price: Decimal | None
) -> None:
    """Whether a price can be one; what is None is not looked at."""
    checks.currency(faults, currency, "currency")
    checks.day(faults, valid_from, "valid_from")
    for value, field in ((unit_price, "unit_price"), (cost_price, "cost_price")):
        if value is not None and checks.decimal(faults, value, QUANTITY_PLACES, field) and value < 0:
            faults.add(ErrorCode.BAD_AMOUNT, "A price is not below zero.", field)


async def _lock(tx: Transaction, id: UUID, version: int) -> Row:
    """The item, held, in the version the caller knows."""
    item = await catalog_items.lock_one(tx, id)
    if item is None:
        raise not_found("catalog item", "id")
    if item.version != version:
        raise stale(item.version)
    return item
