"""What a line is charged with: the catalog's price of the period's first day, or one of its own with a reason."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.client import Answer, Client
from tests.support.forms import charge, line
from tests.support.make import key
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]

LINES = "billingRecord { id total version lineItems { name unit quantity unitPrice amount priceOverrideReason } }"


def of_catalog(world: World, **also: Any) -> dict[str, Any]:
    """A line of two laptops, which cost 49.90 USD a month since 2020."""
    return {"catalogItemId": str(world.laptop), "quantity": "2", **also}


async def charge_line(client: Client, world: World, line_: dict[str, Any], **also: Any) -> Answer:
    return await client.change("createBillingRecord", LINES, **charge(world, lines=[line_], **also))


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


async def test_a_line_takes_name_unit_and_price_from_the_catalog(client: People, world: World) -> None:
    answer = await charge_line(client("coordinator-it"), world, of_catalog(world))

    assert answer.field["billingRecord"]["lineItems"] == [
        {
            "name": "Laptop",
            "unit": "month",
            "quantity": "2",
            "unitPrice": "49.9",
            "amount": "99.80",
            "priceOverrideReason": None,
        }
    ]


@pytest.mark.parametrize(
    ("period_start", "unit_price"),
    [
        ("2025-12-31", "49.9"),
        ("2026-01-01", "55"),
        ("2026-01-31", "55"),
        ("2026-02-01", "60.123"),
        ("2026-02-02", "60.123"),
    ],
)
async def test_the_price_is_the_one_valid_on_the_first_day_of_the_period(
    client: People, world: World, period_start: str, unit_price: str
) -> None:
    for valid_from, price in (("2026-02-01", "60.123"), ("2026-01-01", "55")):
        assert (await set_price(client("admin"), world, valid_from, price)).user_errors == []

    answer = await charge_line(
        client("coordinator-it"), world, of_catalog(world), periodStart=period_start, periodEnd="2026-03-31"
    )

    assert answer.field["billingRecord"]["lineItems"][0]["unitPrice"] == unit_price


async def test_a_later_price_does_not_price_again_what_was_charged(client: People, world: World) -> None:
    it = client("coordinator-it")
    issued = (await charge_line(it, world, of_catalog(world))).field["billingRecord"]
    draft = (await charge_line(it, world, of_catalog(world), draft=True)).field["billingRecord"]

    await set_price(client("admin"), world, "2026-01-01", "1000")
    await client("admin").change("updateCatalogItem", "", id=str(world.laptop), version=1, name="Notebook", unit="week")
    noted = await it.change("updateBillingRecord", LINES, id=draft["id"], version=1, fromNote="Later.")
    issued_draft = await it.change("issueBillingRecord", LINES, id=draft["id"], idempotencyKey=key())
    read = await it.run(f"query($id: ID!) {{ {LINES.replace('{', '(id: $id) {', 1)} }}", id=issued["id"])

    assert read.field == issued
    assert noted.field["billingRecord"]["lineItems"] == draft["lineItems"]
    assert issued_draft.field["billingRecord"]["lineItems"] == draft["lineItems"]
    assert draft["total"] == "99.80"


async def test_a_redrafted_line_is_priced_by_its_new_period(client: People, world: World) -> None:
    it = client("coordinator-it")
    await set_price(client("admin"), world, "2026-02-01", "60")
    draft = (await charge_line(it, world, of_catalog(world), draft=True)).field["billingRecord"]

    answer = await it.change(
        "updateBillingRecord",
        LINES,
        id=draft["id"],
        version=1,
        periodStart="2026-02-01",
        periodEnd="2026-02-28",
        lines=[of_catalog(world)],
    )

    assert answer.field["billingRecord"]["total"] == "120.00"


@pytest.mark.parametrize("currency", ["USD", "JPY"])
async def test_a_price_of_ones_own_needs_a_reason_and_keeps_it(
    client: People, world: World, unchanged: Unchanged, currency: str
) -> None:
    """Whether the catalog has another price (USD) or none (JPY)."""
    it = client("coordinator-it")
    own_price = of_catalog(world, unitPrice="40")

    async with unchanged():
        refused = await charge_line(it, world, own_price, currency=currency)
        blank = await charge_line(it, world, {**own_price, "priceOverrideReason": " "}, currency=currency)
    accepted = await charge_line(it, world, {**own_price, "priceOverrideReason": "Used."}, currency=currency)

    assert refused.user_errors == blank.user_errors == [("REASON_REQUIRED", ["lines", "0", "priceOverrideReason"])]
    charged = accepted.field["billingRecord"]["lineItems"][0]
    assert (charged["unitPrice"], charged["priceOverrideReason"]) == ("40", "Used.")


@pytest.mark.parametrize("reason", [None, "Just so."])
async def test_the_catalogs_own_price_needs_no_reason_and_keeps_none(
    client: People, world: World, reason: str | None
) -> None:
    answer = await charge_line(
        client("coordinator-it"), world, of_catalog(world, unitPrice="49.900", priceOverrideReason=reason)
    )

    charged = answer.field["billingRecord"]["lineItems"][0]
    assert (charged["unitPrice"], charged["priceOverrideReason"]) == ("49.9", None)


@pytest.mark.parametrize(
    ("line_", "also"),
    [
        pytest.param("catalog", {"currency": "EUR"}, id="in-the-currency"),
        pytest.param("catalog", {"periodStart": "2019-12-31", "periodEnd": "2020-01-31"}, id="on-the-day"),
        pytest.param("free", {}, id="of-a-free-line"),
    ],
)
async def test_a_line_without_a_price_is_refused(
    client: People, world: World, unchanged: Unchanged, line_: str, also: dict[str, str]
) -> None:
    given = of_catalog(world) if line_ == "catalog" else line(None)

    async with unchanged():
        answer = await charge_line(client("coordinator-it"), world, given, **also)

    assert answer.user_errors == [("NO_PRICE", ["lines", "0", "unitPrice"])]


async def test_an_item_is_charged_by_its_provider(client: People, world: World, unchanged: Unchanged) -> None:
    async with unchanged():
        answer = await charge_line(
            client("coordinator-hr"), world, of_catalog(world), fromDivisionId=str(world.divisions["HR"])
        )

    assert answer.user_errors == [("WRONG_PROVIDER", ["lines", "0", "catalogItemId"])]


async def test_a_retired_item_is_charged_no_more(client: People, world: World, unchanged: Unchanged) -> None:
    retired = await client("admin").change(
        "retireCatalogItem", "catalogItem { active version }", id=str(world.laptop), version=1
    )
    assert retired.field["catalogItem"] == {"active": False, "version": 2}

    async with unchanged():
        charged = await charge_line(client("coordinator-it"), world, of_catalog(world))
        again = await client("admin").change("retireCatalogItem", "", id=str(world.laptop), version=2)

    assert charged.user_errors == [("UNKNOWN_CATALOG_ITEM", ["lines", "0", "catalogItemId"])]
    assert again.user_errors == [("INVALID_STATE", ["id"])]
