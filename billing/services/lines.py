"""What is charged: lines checked, priced from the catalog and rounded, each once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from billing.db import catalog_items, catalog_prices
from billing.db.rows import Row
from billing.db.transaction import Transaction
from billing.domain.currencies import minor_unit
from billing.domain.errors import ErrorCode, Faults
from billing.domain.identifiers import new_id
from billing.domain.money import AMOUNT_MAX, QUANTITY_PLACES, exact_sum, line_amount, to_currency_places
from billing.permissions.viewer import Viewer
from billing.services import checks


class LineInput(Protocol):
    """A line as it is asked for. With a catalog item, name, unit and price are the item's unless given here."""

    catalog_item_id: UUID | None
    name: str | None
    description: str | None
    unit: str | None
    quantity: Decimal
    unit_price: Decimal | None
    price_override_reason: str | None


@dataclass(frozen=True)
class PricedLines:
    """Lines ready to be written, and their total, Σ amounts."""

    currency: str
    lines: tuple[dict[str, Any], ...]

    @property
    def total(self) -> Decimal:
        return to_currency_places(exact_sum(line["amount"] for line in self.lines), self.currency)

    def rows(self, record_id: UUID, from_division_id: UUID, to_division_id: UUID) -> list[dict[str, Any]]:
        """The rows of a record, numbered from 1."""
        shared = {
            "billing_record_id": record_id,
            "from_division_id": from_division_id,
            "to_division_id": to_division_id,
            "currency": self.currency,
        }
        return [
            {"id": new_id(), **shared, "position": position, **line}
            for position, line in enumerate(self.lines, start=1)
        ]


async def price_lines(
    tx: Transaction,
    viewer: Viewer,
    faults: Faults,
    lines: Sequence[LineInput],
    from_division_id: UUID,
    currency: str,
    on: date,
) -> PricedLines:
    """Prices every line by the catalog price valid on a day; adds a fault for each that cannot be."""
    if not checks.list_length(faults, lines, "lines"):
        return PricedLines(currency, ())
    item_ids = {line.catalog_item_id for line in lines if line.catalog_item_id is not None}
    items = await catalog_items.find_all(tx, list(item_ids))
    prices = await catalog_prices.find_valid(tx, viewer, [(item_id, currency, on) for item_id in items])
    return price_each(faults, lines, items, prices, from_division_id, currency, on)


def price_each(
    faults: Faults,
    lines: Sequence[LineInput],
    items: Mapping[UUID, Row],
    prices: Mapping[catalog_prices.ItemCurrencyDay, Row],
    from_division_id: UUID,
    currency: str,
    on: date,
) -> PricedLines:
    """`price_lines` over items and prices that were looked up before, for one record or for many."""
    priced = []
    for index, line in enumerate(lines):
        item = None if line.catalog_item_id is None else items.get(line.catalog_item_id)
        if line.catalog_item_id is not None and not _may_charge(faults, item, from_division_id, index):
            continue
        listed = None if item is None else prices.get((item.id, currency, on))
        priced.append(_line(faults, line, item, listed, currency, on, index))
    result = PricedLines(currency, tuple(line for line in priced if line is not None))
    if not faults.found and not 0 <= result.total <= AMOUNT_MAX:
        faults.add(
            ErrorCode.BAD_AMOUNT, f"The lines add up to {result.total}; a record totals 0 to {AMOUNT_MAX}.", "lines"
        )
    return result


def _may_charge(faults: Faults, item: Row | None, from_division_id: UUID, index: int) -> bool:
    field = ("lines", index, "catalog_item_id")
    if item is None:
        faults.add(ErrorCode.UNKNOWN_CATALOG_ITEM, "There is no such catalog item.", *field)
    elif not item.active:
        faults.add(ErrorCode.UNKNOWN_CATALOG_ITEM, f"The catalog item {item.sku} is retired.", *field)
    elif item.provider_division_id != from_division_id:
        faults.add(ErrorCode.WRONG_PROVIDER, f"The catalog item {item.sku} is provided by another division.", *field)
    else:
        return True
    return False


def _line(
    faults: Faults,
    line: LineInput,
    item: Row | None,
    listed: Row | None,
    currency: str,
    on: date,
    index: int,
) -> dict[str, Any] | None:
    at = ("lines", index)
    before = len(faults.found)
    name = checks.name(faults, line.name or (None if item is None else item.name), *at, "name")
    unit = checks.label(faults, line.unit or (None if item is None else item.unit), *at, "unit")
    description = checks.note(faults, line.description, *at, "description")
    reason = checks.note(faults, line.price_override_reason, *at, "price_override_reason")
    unit_price = _unit_price(faults, line, item, listed, reason, currency, on, at)
    checks.decimal(faults, line.quantity, QUANTITY_PLACES, *at, "quantity")
    if unit_price is None or len(faults.found) > before:
        return None
    amount, unrounded = line_amount(line.quantity, unit_price, currency)
    if abs(amount) > AMOUNT_MAX - minor_unit(currency):
        faults.add(ErrorCode.BAD_AMOUNT, f"The amount of a line is below {AMOUNT_MAX}.", *at, "quantity")
        return None
    return {
        "catalog_item_id": None if item is None else item.id,
        "name": name,
        "unit": unit,
        "description": description,
        "quantity": line.quantity,
        "unit_price": unit_price,
        "price_override_reason": reason if _differs(item, listed, unit_price) else "",
        "amount": amount,
        "unrounded_amount": unrounded,
    }


def _unit_price(
    faults: Faults,
    line: LineInput,
    item: Row | None,
    listed: Row | None,
    reason: str,
    currency: str,
    on: date,
    at: tuple[str | int, ...],
) -> Decimal | None:
    """The price given here, or the catalog's; one that differs from the catalog's needs a reason."""
    if line.unit_price is not None:
        if not checks.decimal(faults, line.unit_price, QUANTITY_PLACES, *at, "unit_price"):
            return None
        if _differs(item, listed, line.unit_price) and not reason:
            faults.add(
                ErrorCode.REASON_REQUIRED,
                "Say why the price differs from the catalog's.",
                *at,
                "price_override_reason",
            )
        return line.unit_price
    if item is None:
        faults.add(ErrorCode.NO_PRICE, "A line without a catalog item needs a unit price.", *at, "unit_price")
    elif listed is None:
        faults.add(
            ErrorCode.NO_PRICE,
            f"The catalog has no price in {currency} for {item.sku} on {on}. Set one, or give a price and a reason.",
            *at,
            "unit_price",
        )
    else:
        return Decimal(listed.unit_price)
    return None


def _differs(item: Row | None, listed: Row | None, unit_price: Decimal) -> bool:
    """Whether the price is not the catalog's, also where the catalog has none; a free line differs from nothing."""
    return item is not None and (listed is None or unit_price != listed.unit_price)
