"""The lines of the demo's records: how much a division used of each service in a month, at the price of that month."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from billing.demo.catalog import Catalog
from billing.demo.draws import Draws
from billing.demo.offers import Offer
from billing.demo.people import BY_CODE, Division
from billing.domain.money import line_amount

_CHANCE_OF_DISCOUNT = 0.01
_CHANCE_OF_CORRECTION = 0.01
_GROWTH_PER_MONTH = 0.01


@dataclass
class Usage:
    """What a division uses of the services of one category, and in which currency it is charged for them."""

    draws: Draws
    known: Catalog
    offers: Sequence[Offer]
    consumer: Division
    usual: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.usual = [
            self.consumer.heads * offer.per_head * self.draws.random.uniform(0.7, 1.3) for offer in self.offers
        ]
        wanted = self.consumer.currency
        self.currency = wanted if self.known.has_prices(self.offers[0], wanted) else "USD"

    @property
    def provider(self) -> Division:
        return BY_CODE[self.offers[0].provider]


def lines_of(usage: Usage, month: date, months_before: int) -> list[dict[str, Any]]:
    """What was used, a line per service; now and then a discount, or a correction of the month before."""
    lines: list[dict[str, Any]] = []
    for offer, usual in zip(usage.offers, usage.usual, strict=True):
        quantity = _quantity(usage.draws, offer, usual * (1 + _GROWTH_PER_MONTH * months_before))
        if quantity:
            lines += _lines(usage, offer, quantity, usage.known.unit_price(offer, usage.currency, month))
    return lines


def _quantity(draws: Draws, offer: Offer, expected: float) -> Decimal:
    """About as much as expected; less than one whole piece becomes one of them now and then."""
    units = int(expected * draws.random.uniform(0.95, 1.05) * 10**offer.places + draws.random.random())
    return Decimal(units).scaleb(-offer.places)


def _lines(usage: Usage, offer: Offer, quantity: Decimal, price: Decimal) -> Iterator[dict[str, Any]]:
    draws = usage.draws
    if draws.chance(_CHANCE_OF_DISCOUNT):
        yield _line(usage, offer, quantity, price * Decimal("0.9"), reason="Agreed discount of 10 %.")
    else:
        yield _line(usage, offer, quantity, price)
    too_much = (quantity / 10).quantize(Decimal(1).scaleb(-offer.places), ROUND_DOWN)
    if too_much and draws.chance(_CHANCE_OF_CORRECTION):
        yield _line(usage, offer, -too_much, price, description="Too much was charged in the month before.")


def _line(
    usage: Usage, offer: Offer, quantity: Decimal, price: Decimal, *, reason: str = "", description: str = ""
) -> dict[str, Any]:
    amount, unrounded = line_amount(quantity, price, usage.currency)
    return {
        "catalog_item_id": usage.known.items[offer.sku],
        "name": offer.name,
        "description": description,
        "unit": offer.unit,
        "quantity": quantity,
        "unit_price": price,
        "price_override_reason": reason,
        "amount": amount,
        "unrounded_amount": unrounded,
    }
