"""The service catalog: items and their dated prices, kept by admins."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.support.client import Answer, Client
from tests.support.forms import charge
from tests.support.make import key
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]


async def set_price(client: Client, world: World, valid_from: str, unit_price: str, **also: Any) -> Answer:
    return await client.change(
        "setCatalogPrice",
        "catalogPrice { validFrom unitPrice costPrice } catalogItem { sku }",
        **{
            "catalogItemId": str(world.laptop),
            "currency": "USD",
            "validFrom": valid_from,
            "unitPrice": unit_price,
            "idempotencyKey": key(),
            **also,
        },
    )


async def create_item(client: Client, world: World, **changes: Any) -> Answer:
    return await client.change(
        "createCatalogItem",
        "catalogItem { id sku name category unit active version provider { code } prices { unitPrice } }",
        **{
            "sku": "CLOUD",
            "name": "Cloud",
            "category": "Hosting",
            "unit": "hour",
            "providerDivisionId": str(world.divisions["IT"]),
            "idempotencyKey": key(),
            **changes,
        },
    )


@pytest.mark.parametrize("id", [str(uuid4()), "LAPTOP"], ids=["missing", "malformed"])
async def test_an_unknown_item_is_refused(client: People, world: World, unchanged: Unchanged, id: str) -> None:
    admin = client("admin")

    async with unchanged():
        charged = await client("coordinator-it").change(
            "createBillingRecord", "", **charge(world, lines=[{"catalogItemId": id, "quantity": "2"}])
        )
        priced = await set_price(admin, world, "2026-01-01", "1", catalogItemId=id)
        changed = await admin.change("updateCatalogItem", "", id=id, version=1, name="x")

    assert charged.user_errors == [("UNKNOWN_CATALOG_ITEM", ["lines", "0", "catalogItemId"])]
    assert priced.user_errors == [("NOT_FOUND", ["catalogItemId"])]
    assert changed.user_errors == [("NOT_FOUND", ["id"])]


async def test_an_item_is_created_priced_and_shown(
    client: People, world: World, at: Callable[[datetime], None]
) -> None:
    at(datetime(2026, 3, 10, tzinfo=UTC))
    admin = client("admin")

    created = await create_item(admin, world)
    item = created.field["catalogItem"]
    priced = await set_price(
        admin, world, "2026-03-11", "0.0123456789", catalogItemId=item["id"], currency="KWD", costPrice="0.01"
    )
    prices = await admin.run(
        'query($id: ID!) { catalogItem(id: $id) { now: price(currency: "KWD") { unitPrice } '
        'then: price(currency: "KWD", on: "2026-03-11") { unitPrice } other: price(currency: "USD") { unitPrice } } }',
        id=item["id"],
    )

    assert (item["sku"], item["provider"], item["active"], item["version"]) == ("CLOUD", {"code": "IT"}, True, 1)
    assert priced.field["catalogPrice"] == {
        "validFrom": "2026-03-11",
        "unitPrice": "0.0123456789",
        "costPrice": "0.01",
    }
    assert prices.field == {"now": None, "then": {"unitPrice": "0.0123456789"}, "other": None}


async def test_a_sku_stands_once(client: People, world: World, unchanged: Unchanged) -> None:
    async with unchanged():
        answer = await create_item(client("admin"), world, sku="LAPTOP")

    assert answer.user_errors == [("ALREADY_EXISTS", ["sku"])]


async def test_several_faults_of_an_item_come_back_together(client: People, world: World, unchanged: Unchanged) -> None:
    async with unchanged():
        answer = await create_item(
            client("admin"), world, sku="LAPTOP", name="", unit="x" * 65, providerDivisionId=str(uuid4())
        )

    assert answer.user_errors == [
        ("ALREADY_EXISTS", ["sku"]),
        ("BAD_INPUT", ["name"]),
        ("BAD_INPUT", ["unit"]),
        ("UNKNOWN_DIVISION", ["providerDivisionId"]),
    ]


async def test_a_price_once_set_never_changes(client: People, world: World, unchanged: Unchanged) -> None:
    async with unchanged():
        answer = await set_price(client("admin"), world, "2020-01-01", "1")

    assert answer.user_errors == [("ALREADY_EXISTS", ["validFrom"])]
    assert (await set_price(client("admin"), world, "2020-01-01", "1", currency="EUR")).user_errors == []


async def test_several_faults_of_a_price_come_back_together(client: People, world: World, unchanged: Unchanged) -> None:
    async with unchanged():
        answer = await set_price(
            client("admin"), world, "1999-12-31", "-0.01", currency="usd", costPrice="0.00000000001"
        )

    assert answer.user_errors == [
        ("BAD_CURRENCY", ["currency"]),
        ("BAD_DATES", ["validFrom"]),
        ("BAD_AMOUNT", ["unitPrice"]),
        ("BAD_AMOUNT", ["costPrice"]),
    ]


@pytest.mark.parametrize("who", ["coordinator-it", "analyst", "billing-admin"])
async def test_the_catalog_is_kept_by_admins(client: People, world: World, unchanged: Unchanged, who: str) -> None:
    async with unchanged():
        created = await create_item(client(who), world)
        priced = await set_price(client(who), world, "2026-01-01", "1")

    assert created.codes == priced.codes == ["FORBIDDEN"]
