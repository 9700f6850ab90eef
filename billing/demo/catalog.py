"""The demo's service catalog: its items, and prices that changed over the two years."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final
from uuid import UUID

from billing.demo.draws import Draws
from billing.demo.offers import OFFERS, Offer
from billing.demo.people import People

_NOTICE = timedelta(days=21)
_COST_SHARE = Decimal("0.82")
_CHANCE_OF_RISE: Final = {1: 0.8, 7: 0.35}
"""By month of the year."""


@dataclass(frozen=True)
class _Rate:
    """How many units of the currency a USD is, and how many more places its prices have."""

    per_usd: Decimal
    more_places: int


_RATES: Final = {
    "USD": _Rate(Decimal(1), 0),
    "EUR": _Rate(Decimal("0.92"), 0),
    "JPY": _Rate(Decimal(150), -2),
    "KWD": _Rate(Decimal("0.307"), 1),
}
_CURRENCIES: Final = {"IT": ("USD", "EUR", "JPY", "KWD")}
"""What a provider has prices in, where that is not USD and EUR."""


@dataclass(frozen=True)
class Price:
    """A price in a currency, from a day on until a later one starts."""

    offer: Offer
    currency: str
    valid_from: date
    unit_price: Decimal


class Catalog:
    """Items by SKU, and every price they had or are announced to have."""

    def __init__(self, items: dict[str, UUID], prices: Sequence[Price]) -> None:
        self.items = items
        self.prices = sorted(prices, key=lambda price: price.valid_from)
        self._dated: dict[tuple[str, str], list[Price]] = {}
        for price in self.prices:
            self._dated.setdefault((price.offer.sku, price.currency), []).append(price)

    def has_prices(self, offer: Offer, currency: str) -> bool:
        return (offer.sku, currency) in self._dated

    def unit_price(self, offer: Offer, currency: str, on: date) -> Decimal:
        dated = self._dated[offer.sku, currency]
        return dated[bisect_right(dated, on, key=lambda price: price.valid_from) - 1].unit_price


def catalog(draws: Draws, months: Sequence[date], founded_at: datetime) -> Catalog:
    """All offers, with prices from the first of the months on; most rise in January, some in July."""
    prices = [price for offer in OFFERS for price in _prices(draws, offer, months)]
    return Catalog({offer.sku: draws.id_at(founded_at) for offer in OFFERS}, prices)


def _prices(draws: Draws, offer: Offer, months: Sequence[date]) -> list[Price]:
    factor, prices = Decimal(1), []
    for month in months:
        rises = draws.chance(_CHANCE_OF_RISE.get(month.month, 0))
        if rises:
            factor *= 1 + Decimal(draws.random.randint(-30, 80)) / 1000
        if month == months[0] or (rises and draws.is_past(month - _NOTICE)):
            currencies = _CURRENCIES.get(offer.provider, ("USD", "EUR"))
            prices += [Price(offer, code, month, _unit_price(offer, code, factor)) for code in currencies]
    return prices


def _unit_price(offer: Offer, currency: str, factor: Decimal) -> Decimal:
    rate = _RATES[currency]
    exponent = offer.price.as_tuple().exponent
    assert isinstance(exponent, int)
    unit = Decimal(1).scaleb(min(0, exponent - rate.more_places))
    return (offer.price * rate.per_usd * factor).quantize(unit, ROUND_HALF_EVEN)


def item_rows(here: People, known: Catalog, founded_at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": known.items[offer.sku],
            "sku": offer.sku,
            "name": offer.name,
            "category": offer.category,
            "unit": offer.unit,
            "provider_division_id": here.divisions[offer.provider],
            "created_at": founded_at,
        }
        for offer in OFFERS
    ]


def price_rows(draws: Draws, here: People, known: Catalog, founded_at: datetime) -> list[dict[str, Any]]:
    """Set three weeks before they start, the first ones with the items; what they cost the provider is always less."""
    rows = []
    for price in known.prices:
        created_at = max(founded_at, draws.at_work(price.valid_from - _NOTICE))
        rows.append(
            {
                "id": draws.id_at(created_at),
                "catalog_item_id": known.items[price.offer.sku],
                "currency": price.currency,
                "valid_from": price.valid_from,
                "unit_price": price.unit_price,
                "cost_price": price.unit_price * _COST_SHARE,
                "created_at": created_at,
                "created_by": here.users["admin"],
            }
        )
    return rows
