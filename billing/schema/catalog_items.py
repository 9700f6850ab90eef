"""The service catalog as clients see it."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from billing.domain.currencies import places
from billing.domain.errors import BadInput
from billing.permissions.fields import requires_as_provider
from billing.permissions.grants import Permission
from billing.schema.context import Info
from billing.schema.divisions import Division
from billing.schema.fields import described, relation
from billing.schema.nodes import Node
from billing.schema.scalars import Id, Quantity


@strawberry.type(description="What one unit of a catalog item costs from a day on, in one currency.")
class CatalogPrice:
    id: Id = strawberry.field(description="The id, a UUID.")
    currency: str = strawberry.field(description="The currency by ISO 4217.")
    valid_from: date = strawberry.field(
        description="The first day the price is valid; it ends where a later one starts."
    )
    unit_price: Quantity = strawberry.field(description="What one unit is charged with.")
    cost_price: Quantity | None = strawberry.field(
        description="What one unit costs the provider, where that is known. Coordinators see it for what their own "
        "division "
        "provides.",
        extensions=[requires_as_provider(Permission.COST_PRICE_READ)],
    )


@strawberry.type(description="A service that a division provides to others.")
class CatalogItem(Node):
    sku: str = strawberry.field(description="Its stock keeping unit, unique in the catalog.")
    name: str = strawberry.field(description="Its name.")
    description: str | None = strawberry.field(description="What it is.")
    category: str = strawberry.field(description="The kind of service.")
    unit: str = strawberry.field(description="What a quantity of it counts, e.g. month, GB, device.")
    active: bool = strawberry.field(description="Whether new lines may charge it; a retired item is not active.")
    version: int = strawberry.field(description="Counts its changes; send it with an update.")
    created_at: datetime = strawberry.field(description="When it was created.")
    provider: Division = relation(
        "divisions_by_id", key="provider_division_id", description="The division that provides and charges it."
    )
    prices: list[CatalogPrice] = relation(
        "catalog_prices_by_item_id", key="id", size=20, description="All its prices by currency, the latest first."
    )

    @strawberry.field(description="The price that is valid on a day; null when there is none.")
    async def price(
        self,
        info: Info,
        currency: Annotated[str, described("The currency by ISO 4217.")],
        on: Annotated[date | None, described("The day; today when left out.")] = None,
    ) -> CatalogPrice | None:
        if places(currency) is None:
            raise BadInput("This is no currency of ISO 4217; write it like USD.")
        return await info.context.read.load(  # type: ignore[no-any-return]
            "catalog_price_by_item_currency_day", (self.id, currency, on)
        )
