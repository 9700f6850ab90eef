"""References of payments: compared as bookkeepers do, and standing once between two divisions and a method."""

from collections.abc import Callable

import pytest

from tests.support.client import Client
from tests.support.forms import pay
from tests.support.make import Make
from tests.support.unchanged import Unchanged

People = Callable[[str], Client]

TWINS = [
    pytest.param("Café", "Cafe\u0301", id="NFD"),
    pytest.param("INV-1", "ＩＮＶ－１", id="full-width"),
    pytest.param("IV", "Ⅳ", id="roman-number"),
    pytest.param("fi", "ﬁ", id="ligature"),
    pytest.param("x2", "x²", id="superscript"),
    pytest.param("A B", " A\u00a0 \u3000B ", id="spaces"),
    *(
        pytest.param("AB", f"A{char}B", id=f"U+{ord(char):04X}")
        for char in "\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f\U000e0041"
    ),
]


@pytest.mark.parametrize("confirmed_by", [None, "coordinator-it"], ids=["B47-pending", "B47-confirmed"])
async def test_a_reference_stands_once_between_two_divisions_and_a_method(
    client: People, make: Make, unchanged: Unchanged, confirmed_by: str | None
) -> None:
    record, other = await make.record(), await make.record()
    await make.payment(record, "10.00", reference="TRANSFER-1", confirmed_by=confirmed_by)

    async with unchanged():
        answer = await client("coordinator-mkt").change(
            "recordPayment", "payment { id }", **pay((other, "10.00"), reference="TRANSFER-1")
        )

    assert answer.user_errors == [("DUPLICATE_REFERENCE", ["reference"])]


async def test_the_same_reference_may_stand_elsewhere(make: Make) -> None:
    reference = "TRANSFER-1"
    await make.payment(await make.record(), reference=reference)

    others = [
        await make.payment(await make.record(), reference=reference, method="BANK_TRANSFER"),
        await make.payment(await make.record(from_="HR"), reference=reference),
        await make.payment(await make.record(to="HR"), reference=reference, by="coordinator-hr"),
        await make.payment(await make.record(from_="MKT", to="IT"), reference=reference, by="coordinator-it"),
        await make.payment(await make.record(), reference=reference.lower()),
    ]

    assert {payment["status"] for payment in others} == {"PENDING"}


@pytest.mark.parametrize(("one", "other"), TWINS)
async def test_twins_of_a_reference_collide(
    client: People, make: Make, unchanged: Unchanged, one: str, other: str
) -> None:
    record = await make.record()
    payment = await make.payment(record, "1.00", reference=other)
    assert payment["reference"] == one

    async with unchanged():
        answer = await client("coordinator-mkt").change(
            "recordPayment", "payment { id }", **pay((record, "1.00"), reference=one)
        )

    assert answer.user_errors == [("DUPLICATE_REFERENCE", ["reference"])]


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param("", id="empty"),
        pytest.param(" \u00a0", id="spaces"),
        pytest.param("\u200b\ufeff", id="invisible"),
        pytest.param("A" + " " * 300 + "B", id="would-be-cut"),
        pytest.param("\ufdfa" * 10, id="too-long-once-folded"),
    ],
)
async def test_such_a_reference_is_refused(client: People, make: Make, unchanged: Unchanged, reference: str) -> None:
    record = await make.record()

    async with unchanged():
        answer = await client("coordinator-mkt").change(
            "recordPayment", "payment { id }", **pay((record, "1.00"), reference=reference)
        )

    assert answer.user_errors == [("BAD_INPUT", ["reference"])]
