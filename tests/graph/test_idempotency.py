"""Retries: one key, one change. The same send again answers what was done; another input is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.db.tables import payment_records
from tests.support.client import Client
from tests.support.database import Database
from tests.support.forms import charge, line, pay
from tests.support.make import Make, key
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]

PAYMENT = "payment { id status } billingRecords { pendingAmount }"


async def count_payments(database: Database) -> int:
    async with database.owner.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(payment_records))).scalar_one())


async def test_the_same_send_again_answers_the_same_payment_as_it_is_now(
    client: People, make: Make, unchanged: Unchanged
) -> None:
    """B49: same key twice."""
    marketing, record = client("coordinator-mkt"), await make.record()
    form = pay((record, "10.00"))
    first = await marketing.change("recordPayment", PAYMENT, **form)
    await client("coordinator-it").change("confirmPayment", "", id=first.field["payment"]["id"], idempotencyKey=key())

    async with unchanged():
        second = await marketing.change("recordPayment", PAYMENT, **form)

    assert first.field["replayed"] is False
    assert second.field == {
        "payment": {"id": first.field["payment"]["id"], "status": "CONFIRMED"},
        "billingRecords": [{"pendingAmount": "0.00"}],
        "replayed": True,
        "userErrors": [],
    }


async def test_the_same_key_with_another_input_is_refused(client: People, make: Make, unchanged: Unchanged) -> None:
    """B49: same key, other amount, or anything else that is another."""
    marketing, record = client("coordinator-mkt"), await make.record()
    form = pay((record, "10.00"))
    await marketing.change("recordPayment", PAYMENT, **form)
    others = [
        pay((record, "11.00"), reference=form["reference"]),
        {**form, "method": "CARD"},
        {**form, "reference": "another"},
        {**form, "paidOn": "2026-01-01"},
        {**form, "note": ""},
        {**form, "allocations": form["allocations"] * 2},
    ]

    async with unchanged():
        answers = [
            await marketing.change("recordPayment", PAYMENT, **{**other, "idempotencyKey": form["idempotencyKey"]})
            for other in others
        ]

    for answer in answers:
        assert answer.user_errors == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]
        assert (answer.field["payment"], answer.field["replayed"]) == (None, False)


async def test_the_keys_of_two_users_are_independent(client: People, make: Make) -> None:
    """B49: same key, other user."""
    record = await make.record()
    form = pay((record, "10.00"))

    answers = [
        await client("coordinator-mkt").change("recordPayment", PAYMENT, **form),
        await client("billing-admin").change("recordPayment", PAYMENT, **{**form, "reference": "another"}),
    ]

    assert [answer.field["replayed"] for answer in answers] == [False, False]
    assert len({answer.field["payment"]["id"] for answer in answers}) == 2


async def test_the_keys_of_two_operations_are_independent(client: People, make: Make) -> None:
    it, payment = client("coordinator-it"), await make.payment(await make.record())
    draft = await make.record(draft=True)
    one_key = key()

    answers = [
        await it.change("confirmPayment", "", id=payment["id"], idempotencyKey=one_key),
        await it.change("issueBillingRecord", "", id=draft["id"], idempotencyKey=one_key),
    ]

    assert [answer.field for answer in answers] == [{"replayed": False, "userErrors": []}] * 2


async def test_a_refusal_is_not_remembered(client: People, make: Make, database: Database) -> None:
    marketing, record = client("coordinator-mkt"), await make.record("10.00")
    form = pay((record, "10.01"))
    refused = await marketing.change("recordPayment", PAYMENT, **form)
    assert refused.user_errors == [("OVERPAYMENT", ["allocations", "0", "amount"])]

    corrected = await marketing.change(
        "recordPayment", PAYMENT, **pay((record, "10.00"), idempotencyKey=form["idempotencyKey"])
    )

    assert (corrected.user_errors, corrected.field["replayed"]) == ([], False)
    assert await count_payments(database) == 1


async def test_a_forbidden_try_is_not_remembered(client: People, make: Make, world: World) -> None:
    draft, one_key = await make.record(draft=True), key()
    form = {"id": draft["id"], "idempotencyKey": one_key}
    forbidden = await client("coordinator-mkt").change("issueBillingRecord", "", **form)
    assert forbidden.codes == ["FORBIDDEN"]
    await client("admin").change(
        "assignRole", "", id=str(world.users["coordinator-mkt"]), version=1, role="BILLING_ADMIN"
    )

    answer = await client("coordinator-mkt").change("issueBillingRecord", "", **form)

    assert answer.field == {"replayed": False, "userErrors": []}


SAME: dict[str, dict[str, Any]] = {
    "other places": {"lines": [line("1.50", "2.0")]},
    "fewest places": {"lines": [line("1.5", "2")]},
    "nulls": {"lines": [line("1.5", "2", description=None, catalogItemId=None)], "dueDate": None, "fromNote": None},
    "defaults": {"lines": [line("1.5", "2")], "draft": False},
    "another order": {"lines": [dict(reversed(line("1.5", "2").items()))]},
    "ids in capitals": {"lines": [line("1.5", "2")], "toDivisionId": "CAPITALS"},
}


@pytest.mark.parametrize("spelling", SAME)
async def test_the_same_input_in_another_spelling_is_the_same(
    client: People, world: World, unchanged: Unchanged, spelling: str
) -> None:
    it = client("coordinator-it")
    form = charge(world, lines=[line("1.500", "2.00")])
    first = await it.change("createBillingRecord", "billingRecord { id }", **form)
    again = {**form, **SAME[spelling]}
    if again["toDivisionId"] == "CAPITALS":
        again["toDivisionId"] = str(world.divisions["MKT"]).upper()

    async with unchanged():
        second = await it.change("createBillingRecord", "billingRecord { id }", **dict(reversed(again.items())))

    assert second.field["replayed"] is True
    assert second.field["billingRecord"] == first.field["billingRecord"]


@pytest.mark.parametrize(
    "lines", [[line("1", name="b"), line("1", name="a")], [line("1", name="a")], [line("1", name="a")] * 2]
)
async def test_lines_in_another_order_or_number_are_another_input(
    client: People, world: World, unchanged: Unchanged, lines: list[dict[str, Any]]
) -> None:
    it = client("coordinator-it")
    form = charge(world, lines=[line("1", name="a"), line("1", name="b")])
    await it.change("createBillingRecord", "", **form)

    async with unchanged():
        answer = await it.change("createBillingRecord", "", **{**form, "lines": lines})

    assert answer.user_errors == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]


async def test_numbers_that_differ_in_the_thirtieth_digit_are_another_input(client: People, world: World) -> None:
    it = client("coordinator-it")
    form = charge(world, lines=[line("1", "1")])
    await it.change("createBillingRecord", "", **form)

    answer = await it.change("createBillingRecord", "", **{**form, "lines": [line("1", "1." + "0" * 28 + "1")]})

    assert answer.user_errors == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param("", id="B50-empty"),
        pytest.param("k" * 256, id="B50-256-characters"),
        pytest.param("k\0", id="B50-nul"),
        pytest.param("k\n", id="B50-newline"),
        pytest.param("\u202ek", id="B50-bidi"),
    ],
)
async def test_such_a_key_is_refused(client: People, world: World, unchanged: Unchanged, bad: str) -> None:
    async with unchanged():
        answer = await client("coordinator-it").change(
            "createBillingRecord", "billingRecord { id }", **charge(world, idempotencyKey=bad)
        )

    assert answer.user_errors == [("BAD_KEY", ["idempotencyKey"])]


@pytest.mark.parametrize("good", ["k", "k" * 255, " ", "schlüssel-🔑", "'; DROP TABLE idempotency_keys; --"])
async def test_such_a_key_is_accepted(client: People, world: World, good: str) -> None:
    form = charge(world, idempotencyKey=good)

    answers = [await client("coordinator-it").change("createBillingRecord", "", **form) for _ in range(2)]

    assert [answer.field for answer in answers] == [
        {"replayed": False, "userErrors": []},
        {"replayed": True, "userErrors": []},
    ]


async def test_keys_are_compared_as_they_are(client: People, world: World) -> None:
    """Neither case nor Unicode forms are folded: another text is another key."""
    it = client("coordinator-it")

    answers = [
        await it.change("createBillingRecord", "", **charge(world, idempotencyKey=text))
        for text in ("é", "e\u0301", "É", "é ")
    ]

    assert [answer.field["replayed"] for answer in answers] == [False] * 4
