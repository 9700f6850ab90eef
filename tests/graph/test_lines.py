"""Lines: bounded, rounded once, and together the total."""

from collections.abc import Callable

import pytest

from tests.support.client import Client
from tests.support.forms import charge, line
from tests.support.make import RECORD
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]


@pytest.mark.parametrize(
    ("quantity", "unit_price", "fields"),
    [
        pytest.param("1.00000000001", "1", ["quantity"], id="B39-quantity-of-11-places"),
        pytest.param("1", "1.00000000001", ["unitPrice"], id="B39-price-of-11-places"),
        pytest.param("1000000000000.1", "1", ["quantity"], id="B41-quantity-above-the-most"),
        pytest.param("1", "-1000000000001", ["unitPrice"], id="B41-price-below-the-least"),
        pytest.param("0.00000000001", "1000000000001", ["unitPrice", "quantity"], id="both"),
        pytest.param("1000000", "1000000", ["quantity"], id="B41-the-amount-of-the-line"),
    ],
)
async def test_a_line_beyond_the_bounds_is_refused(
    client: People, world: World, unchanged: Unchanged, quantity: str, unit_price: str, fields: list[str]
) -> None:
    async with unchanged():
        answer = await client("coordinator-it").change(
            "createBillingRecord", "billingRecord { id }", **charge(world, lines=[line(unit_price, quantity)])
        )

    assert answer.user_errors == [("BAD_AMOUNT", ["lines", "0", field]) for field in fields]


@pytest.mark.parametrize(
    "amounts",
    [
        pytest.param(["-0.01"], id="below-zero"),
        pytest.param(["5", "-5.01"], id="together-below-zero"),
        pytest.param(["999999999999.99", "0.01", "0.01"], id="together-above-the-most"),
    ],
)
async def test_lines_that_add_up_to_no_total_are_refused(
    client: People, world: World, unchanged: Unchanged, amounts: list[str]
) -> None:
    async with unchanged():
        answer = await client("coordinator-it").change(
            "createBillingRecord", "billingRecord { id }", **charge(world, lines=[line(amount) for amount in amounts])
        )

    assert answer.user_errors == [("BAD_AMOUNT", ["lines"])]


@pytest.mark.parametrize("count", [0, 101])
async def test_a_record_has_1_to_100_lines(client: People, world: World, unchanged: Unchanged, count: int) -> None:
    async with unchanged():
        answer = await client("coordinator-it").change(
            "createBillingRecord", "billingRecord { id }", **charge(world, lines=[line()] * count)
        )

    assert answer.user_errors == [("BAD_INPUT", ["lines"])]


async def test_lines_add_up_to_the_total(client: People, world: World) -> None:
    """Each line is rounded once, half to even, and keeps its exact value; the total is the sum of the rounded."""
    lines = [line("33.335", "1"), line("0.125", "1"), line("0.0000000001", "3"), line("0.005", "-1")]

    answer = await client("coordinator-it").change(
        "createBillingRecord",
        f"billingRecord {{ {RECORD} lineItems {{ amount unroundedAmount }} }}",
        **charge(world, lines=lines),
    )

    record = answer.field["billingRecord"]
    assert record["lineItems"] == [
        {"amount": "33.34", "unroundedAmount": "33.335"},
        {"amount": "0.12", "unroundedAmount": "0.125"},
        {"amount": "0.00", "unroundedAmount": "0.0000000003"},
        {"amount": "0.00", "unroundedAmount": "-0.005"},
    ]
    assert record["total"] == "33.46"
