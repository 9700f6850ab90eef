"""Root fields over the service catalog."""

from typing import Annotated

import strawberry

from billing.db import catalog_items as statements
from billing.domain.errors import BadInput
from billing.permissions.fields import requires
from billing.permissions.grants import Permission
from billing.schema.catalog_items import CatalogItem
from billing.schema.connections import After, Before, Connection, First, Last, list_page
from billing.schema.context import Info
from billing.schema.fields import described
from billing.schema.filters import CatalogItemFilter
from billing.schema.inputs import (
    CreateCatalogItemInput,
    RetireCatalogItemInput,
    SetCatalogPriceInput,
    UpdateCatalogItemInput,
)
from billing.schema.orders import CatalogItemOrder
from billing.schema.payloads import (
    CreateCatalogItemPayload,
    RetireCatalogItemPayload,
    SetCatalogPricePayload,
    UpdateCatalogItemPayload,
)
from billing.schema.scalars import Id
from billing.services import catalog_items as service


@strawberry.type
class CatalogItemQuery:
    @strawberry.field(description="One catalog item, by id or by SKU.")
    async def catalog_item(
        self,
        info: Info,
        id: Annotated[Id | None, described("The id.")] = None,
        sku: Annotated[str | None, described("The SKU; instead of the id.")] = None,
    ) -> CatalogItem | None:
        if (id is None) == (sku is None):
            raise BadInput("Send id or sku, one of them.")
        if sku is None:
            assert id is not None
            return await info.context.one(info, CatalogItem, "catalog_items_by_id", id)
        return await info.context.read.one(CatalogItem, statements.find(info.context.viewer, sku=sku))

    @strawberry.field(description="All catalog items; everyone sees them.")
    async def catalog_items(
        self,
        info: Info,
        filter: Annotated[CatalogItemFilter | None, described("Which ones.")] = None,
        order_by: Annotated[CatalogItemOrder | None, described("In which order; by SKU when left out.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CatalogItem]:
        return await list_page(info, statements.LIST, filter, order_by, first, after, last, before)


@strawberry.type
class CatalogItemMutation:
    @strawberry.mutation(description="Offer a service in the catalog.", extensions=[requires(Permission.CATALOG_WRITE)])
    async def create_catalog_item(
        self, info: Info, input: Annotated[CreateCatalogItemInput, described("The item.")]
    ) -> CreateCatalogItemPayload | None:
        return await info.context.write(CreateCatalogItemPayload, service.create_catalog_item, input)

    @strawberry.mutation(
        description="Change how a catalog item is described; lines that were charged keep what they say.",
        extensions=[requires(Permission.CATALOG_WRITE)],
    )
    async def update_catalog_item(
        self, info: Info, input: Annotated[UpdateCatalogItemInput, described("The changes.")]
    ) -> UpdateCatalogItemPayload | None:
        return await info.context.write(UpdateCatalogItemPayload, service.update_catalog_item, input)

    @strawberry.mutation(
        description="Keep a catalog item out of new lines.", extensions=[requires(Permission.CATALOG_WRITE)]
    )
    async def retire_catalog_item(
        self, info: Info, input: Annotated[RetireCatalogItemInput, described("The item.")]
    ) -> RetireCatalogItemPayload | None:
        return await info.context.write(RetireCatalogItemPayload, service.retire_catalog_item, input)

    @strawberry.mutation(
        description="Set the price of a catalog item from a day on. A price once set never changes; a later one ends "
        "it.",
        extensions=[requires(Permission.CATALOG_WRITE)],
    )
    async def set_catalog_price(
        self, info: Info, input: Annotated[SetCatalogPriceInput, described("The price.")]
    ) -> SetCatalogPricePayload | None:
        return await info.context.write(SetCatalogPricePayload, service.set_catalog_price, input)
