"""Divisions and currencies that do not go together (B44, B45), and payments across them."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.support.client import Client
from tests.support.forms import charge, line, pay
from tests.support.make import Make, key
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]


@pytest.mark.parametrize(
    "currency",
    [
        *(pytest.param(text, id=f"B44-{text}") for text in ("usd", "XXX", "USDX", "US", "XAU", "BTC")),
        pytest.param("", id="B44-empty"),
        pytest.param("USD ", id="B44-space"),
        pytest.param("ＵＳＤ", id="B44-full-width"),
        pytest.param("USD\0", id="B44-nul"),
        pytest.param("U" * 10_000, id="B44-long"),
    ],
)
async def test_what_is_no_currency_is_refused(
    client: People, make: Make, world: World, unchanged: Unchanged, currency: str
) -> None:
    it, admin = client("coordinator-it"), client("admin")
    draft = await make.record(draft=True)

    async with unchanged():
        created = await it.change(
            "createBillingRecord", "billingRecord { id }", **charge(world, currency=currency, lines=[line("1.00")])
        )
        changed = await it.change(
            "updateBillingRecord",
            "billingRecord { id }",
            id=draft["id"],
            version=draft["version"],
            currency=currency,
            lines=[line("1.00")],
        )
        priced = await admin.change(
            "setCatalogPrice",
            "catalogPrice { id }",
            catalogItemId=str(world.laptop),
            currency=currency,
            validFrom="2026-01-01",
            unitPrice="1",
            idempotencyKey=key(),
        )

    assert created.user_errors == changed.user_errors == priced.user_errors == [("BAD_CURRENCY", ["currency"])]


async def test_records_of_two_currencies_are_not_paid_together(
    client: People, make: Make, unchanged: Unchanged
) -> None:
    """B44: another than the record's."""
    dollars, yen = await make.record("100.00"), await make.record("100", currency="JPY")

    async with unchanged():
        answer = await client("coordinator-mkt").change(
            "recordPayment", "payment { id }", **pay((dollars, "10.00"), (yen, "10"), amount="20.00")
        )

    assert answer.user_errors == [("CURRENCY_MISMATCH", ["allocations", "1", "billingRecordId"])]


@pytest.mark.parametrize(
    ("from_", "to"),
    [
        pytest.param("IT", "HR", id="another-payer"),
        pytest.param("HR", "MKT", id="another-receiver"),
        pytest.param("MKT", "IT", id="the-other-way-round"),
    ],
)
async def test_records_of_other_parties_are_not_paid_together(
    client: People, make: Make, unchanged: Unchanged, from_: str, to: str
) -> None:
    first, other = await make.record(), await make.record(from_=from_, to=to)

    async with unchanged():
        answer = await client("billing-admin").change(
            "recordPayment", "payment { id }", **pay((first, "10.00"), (other, "10.00"), amount="20.00")
        )

    assert answer.user_errors == [("DIFFERENT_PARTIES", ["allocations", "1", "billingRecordId"])]


async def test_a_division_cannot_charge_itself(client: People, world: World, unchanged: Unchanged) -> None:
    async with unchanged():
        answer = await client("coordinator-it").change(
            "createBillingRecord", "billingRecord { id }", **charge(world, toDivisionId=str(world.divisions["IT"]))
        )

    assert answer.user_errors == [("SAME_DIVISION", ["toDivisionId"])]


@pytest.mark.parametrize("side", ["fromDivisionId", "toDivisionId"])
@pytest.mark.parametrize(
    "division", [pytest.param(str(uuid4()), id="B45-missing"), pytest.param("no uuid", id="B45-malformed")]
)
async def test_an_unknown_division_is_refused(
    client: People, world: World, unchanged: Unchanged, side: str, division: str
) -> None:
    async with unchanged():
        answer = await client("coordinator-it").change(
            "createBillingRecord", "billingRecord { id }", **charge(world, **{side: division})
        )

    assert answer.user_errors == [("UNKNOWN_DIVISION", [side])]


@pytest.mark.parametrize(("code", "side"), [("IT", "fromDivisionId"), ("MKT", "toDivisionId")])
async def test_an_inactive_division_is_refused(
    client: People, world: World, unchanged: Unchanged, code: str, side: str
) -> None:
    deactivated = await client("admin").change(
        "deactivateDivision", "division { active }", id=str(world.divisions[code]), version=1
    )
    assert deactivated.field["division"] == {"active": False}

    async with unchanged():
        answer = await client("billing-admin").change("createBillingRecord", "billingRecord { id }", **charge(world))

    assert answer.user_errors == [("UNKNOWN_DIVISION", [side])]


async def test_those_of_no_division_name_the_one_that_charges(
    client: People, world: World, unchanged: Unchanged
) -> None:
    async with unchanged():
        answer = await client("billing-admin").change(
            "createBillingRecord", "billingRecord { id }", **charge(world, fromDivisionId=None)
        )

    assert answer.user_errors == [("UNKNOWN_DIVISION", ["fromDivisionId"])]


async def test_several_faults_of_one_form_come_back_together(
    client: People, world: World, unchanged: Unchanged
) -> None:
    lines = [
        line("1.00", name=""),
        line(None),
        line("1.00", quantity="0.00000000001"),
        {"quantity": "1", "name": "x" * 201},
    ]

    async with unchanged():
        answer = await client("coordinator-it").change(
            "createBillingRecord",
            "billingRecord { id }",
            **charge(world, periodEnd="2025-12-31", dueDate="1999-01-01", fromNote="x" * 2001, lines=lines),
        )

    assert answer.user_errors == [
        ("BAD_DATES", ["periodEnd"]),
        ("BAD_DATES", ["dueDate"]),
        ("BAD_INPUT", ["fromNote"]),
        ("BAD_INPUT", ["lines", "0", "name"]),
        ("NO_PRICE", ["lines", "1", "unitPrice"]),
        ("BAD_AMOUNT", ["lines", "2", "quantity"]),
        ("BAD_INPUT", ["lines", "3", "name"]),
        ("NO_PRICE", ["lines", "3", "unitPrice"]),
    ]


async def test_the_faults_of_a_form_come_back_with_those_of_its_parties(
    client: People, world: World, unchanged: Unchanged
) -> None:
    it = str(world.divisions["IT"])

    async with unchanged():
        answer = await client("coordinator-it").change(
            "createBillingRecord",
            "billingRecord { id }",
            **charge(world, toDivisionId=it, currency="usd", periodEnd="2025-12-31", fromGlCode="x" * 65),
        )

    assert answer.user_errors == [
        ("SAME_DIVISION", ["toDivisionId"]),
        ("BAD_DATES", ["periodEnd"]),
        ("BAD_INPUT", ["fromGlCode"]),
        ("BAD_CURRENCY", ["currency"]),
    ]
