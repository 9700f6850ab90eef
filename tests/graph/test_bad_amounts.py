"""Amounts that must not get in (B38 to B43, B48, B53, B58): refused by name, at their place, and nothing written."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.client import Client
from tests.support.forms import charge, line, pay
from tests.support.make import Make, key
from tests.support.refusals import assert_refused_by_schema
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]

BAD_AMOUNT = [("BAD_AMOUNT", ["amount"]), ("BAD_AMOUNT", ["allocations", "0", "amount"])]
TOTALS = {"JPY": "100", "USD": "100.00", "KWD": "100.000"}


@pytest.mark.parametrize(
    ("currency", "amount"),
    [
        pytest.param("USD", "0", id="B38-zero"),
        pytest.param("USD", "-0.00", id="B38-negative-zero"),
        pytest.param("USD", "-1.00", id="B38-below-zero"),
        pytest.param("JPY", "0", id="B38-zero-yen"),
        pytest.param("KWD", "-0.001", id="B38-below-zero-fils"),
        pytest.param("USD", "0.001", id="B39-a-tenth-of-a-cent"),
        pytest.param("USD", "1.005", id="B39-would-round"),
        pytest.param("USD", "1.000", id="B39-a-zero-too-many"),
        pytest.param("JPY", "0.50", id="B39-half-a-yen"),
        pytest.param("JPY", "1.0", id="B39-yen-with-a-point"),
        pytest.param("KWD", "0.0001", id="B39-a-tenth-of-a-fils"),
        pytest.param("USD", "1000000000000.01", id="B41-above-the-most"),
        pytest.param("JPY", "1000000000001", id="B41-above-the-most-yen"),
        pytest.param("USD", "9" * 40, id="B41-as-long-as-a-text-may-be"),
    ],
)
async def test_a_payment_of_such_an_amount_is_refused(
    client: People, make: Make, unchanged: Unchanged, currency: str, amount: str
) -> None:
    record = await make.record(TOTALS[currency], currency=currency)

    async with unchanged():
        answer = await client("coordinator-mkt").change("recordPayment", "payment { id }", **pay((record, amount)))

    assert answer.user_errors == BAD_AMOUNT
    assert answer.field["payment"] is None


@pytest.mark.parametrize(
    ("currency", "total", "part", "rest"),
    [
        pytest.param("JPY", "100", "33", "67", id="JPY"),
        pytest.param("USD", "100.00", "33.33", "66.67", id="USD"),
        pytest.param("KWD", "100.000", "33.333", "66.667", id="KWD"),
    ],
)
async def test_amounts_have_exactly_the_places_of_their_currency(
    make: Make, currency: str, total: str, part: str, rest: str
) -> None:
    record = await make.record("100", currency=currency)
    assert record["total"] == total

    await make.payment(record, part, confirmed_by="coordinator-it")

    paid = await make.read(record)
    assert (paid["confirmedAmount"], paid["outstanding"]) == (part, rest)
    assert paid["creditedAmount"] == paid["pendingAmount"] == ("0." + "0" * len(part.partition(".")[2])).rstrip(".")


async def test_fewer_places_than_the_currency_has_are_fine(make: Make) -> None:
    record = await make.record("100.00")

    payment = await make.payment(record, "1.5")

    assert payment["amount"] == "1.50"


@pytest.mark.parametrize(
    "amount",
    [
        *(pytest.param(text, id=f"B40-{text}") for text in ("NaN", "sNaN", "Infinity", "-Infinity")),
        *(pytest.param(text, id=f"B41-{text}") for text in ("1e30", "1E+999999", "1e2")),
        pytest.param("9" * 41, id="B41-too-long"),
        pytest.param(1, id="B42-integer"),
        pytest.param(1.5, id="B42-float"),
        pytest.param(True, id="B42-true"),
        pytest.param(["1"], id="B42-list"),
        pytest.param({}, id="B42-object"),
        pytest.param("", id="B43-empty"),
        pytest.param("1,000.00", id="B43-thousands"),
        pytest.param(" 1.00", id="B43-space"),
        pytest.param("1.00\n", id="B43-newline"),
        pytest.param("+1.00", id="B43-plus"),
        pytest.param("01.00", id="B43-leading-zero"),
        pytest.param("1.", id="B43-no-digit-after"),
        pytest.param(".5", id="B43-no-digit-before"),
        pytest.param("0x10", id="B43-hexadecimal"),
        pytest.param("１.00", id="B43-full-width"),
        pytest.param("١.00", id="B43-arabic"),
        pytest.param("\u22121.00", id="B43-minus-sign"),
        pytest.param("1\u200b.00", id="B43-zero-width"),
        pytest.param("1.00\0", id="B43-nul"),
        pytest.param("1_0", id="B43-underscore"),
    ],
)
async def test_what_is_no_amount_is_refused_by_the_schema(
    client: People, make: Make, world: World, unchanged: Unchanged, amount: Any
) -> None:
    marketing, it = client("coordinator-mkt"), client("coordinator-it")
    record = await make.record()

    async with unchanged():
        await assert_refused_by_schema(
            marketing, " at .amount:", "recordPayment", **pay((record, "1.00"), amount=amount)
        )
        await assert_refused_by_schema(
            marketing, " at .allocations[0].amount:", "recordPayment", **pay((record, amount), amount="1.00")
        )
        await assert_refused_by_schema(
            it, " at .lines[0].quantity:", "createBillingRecord", **charge(world, lines=[line(quantity=amount)])
        )
        await assert_refused_by_schema(
            it, " at .lines[0].unitPrice:", "createBillingRecord", **charge(world, lines=[line(amount)])
        )
        for place, mutation, input in _credits(record, amount):
            await assert_refused_by_schema(it, f" at {place}:", mutation, **input)
        one = charge(world, lines=[line(amount)])
        bulk = {"onError": "REJECT_ALL", "idempotencyKey": one.pop("idempotencyKey")}
        await assert_refused_by_schema(
            it, " at .records[0].lines[0].unitPrice:", "createBillingRecords", records=[one], **bulk
        )


def _credits(record: dict[str, Any], amount: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Where an amount stands in what credits something; the schema looks no further than at the amount."""
    note = {"billingRecordId": record["id"], "reason": "x", "idempotencyKey": key()}
    dispute = {"id": record["id"], "resolution": "UPHELD", "note": "x", "idempotencyKey": key()}
    lines = [{"lineItemId": record["id"], "amount": amount}]
    return [
        (".amount", "issueCreditNote", {**note, "amount": amount}),
        (".lines[0].amount", "issueCreditNote", {**note, "lines": lines}),
        (".creditAmount", "resolveDispute", {**dispute, "creditAmount": amount}),
        (".creditLines[0].amount", "resolveDispute", {**dispute, "creditLines": lines}),
    ]


@pytest.mark.parametrize("literal", ["1", "1.5", "true", "[1]", "{}", "USD", '"1e2"', '"１"', '"""1,0"""'])
async def test_what_is_no_amount_is_refused_in_the_document_too(
    client: People, make: Make, unchanged: Unchanged, literal: str
) -> None:
    record = await make.record()
    allocations = f'[{{ billingRecordId: "{record["id"]}", amount: "1.00" }}]'

    async with unchanged():
        answer = await client("coordinator-mkt").run(
            f'mutation {{ recordPayment(input: {{ amount: {literal}, method: CARD, reference: "x", '
            f'allocations: {allocations}, idempotencyKey: "k" }}) {{ replayed }} }}'
        )

    assert "data" not in answer.body
    assert set(answer.codes) == {"GRAPHQL_VALIDATION_FAILED"}


async def test_the_most_can_be_charged_and_paid(make: Make) -> None:
    most = "999999999999.99"
    record = await make.record(lines=[line(most), line("0.01")])
    assert record["total"] == "1000000000000.00"

    await make.payment(record, confirmed_by="coordinator-it")

    assert (await make.read(record))["status"] == "PAID"


async def test_a_record_is_never_paid_above_what_is_owed(client: People, make: Make, unchanged: Unchanged) -> None:
    """B48: 0.01 too much; two halves + 0.01; the exact rest."""
    marketing = client("coordinator-mkt")
    record = await make.record("100.00")
    overpaid = [("OVERPAYMENT", ["allocations", "0", "amount"])]

    async with unchanged():
        answer = await marketing.change("recordPayment", "payment { id }", **pay((record, "100.01")))
    assert answer.user_errors == overpaid

    await make.payment(record, "50.00", confirmed_by="coordinator-it")
    async with unchanged():
        answer = await marketing.change("recordPayment", "payment { id }", **pay((record, "50.01")))
    assert answer.user_errors == overpaid

    await make.payment(record, "49.99")
    async with unchanged():
        answer = await marketing.change("recordPayment", "payment { id }", **pay((record, "0.02")))
    assert answer.user_errors == overpaid
    assert "At most 0.01 " in answer.field["userErrors"][0]["message"]

    await make.payment(record, "0.01")
    await client("coordinator-it").change(
        "confirmBillingRecordPayment", "billingRecord { id }", billingRecordId=record["id"], idempotencyKey=key()
    )
    paid = await make.read(record)
    assert (paid["status"], paid["outstanding"], paid["pendingAmount"]) == ("PAID", "0.00", "0.00")


@pytest.mark.parametrize(
    ("amount", "parts"),
    [
        pytest.param("3.01", ["1.00", "2.00"], id="B53-more"),
        pytest.param("2.99", ["1.00", "2.00"], id="B53-less"),
    ],
)
async def test_allocations_add_up_to_the_amount(
    client: People, make: Make, unchanged: Unchanged, amount: str, parts: list[str]
) -> None:
    records = [(await make.record(), part) for part in parts]

    async with unchanged():
        answer = await client("coordinator-mkt").change(
            "recordPayment", "payment { id }", **pay(*records, amount=amount)
        )

    assert answer.user_errors == [("AMOUNT_MISMATCH", ["amount"])]


async def test_a_record_stands_once_in_a_payment(client: People, make: Make, unchanged: Unchanged) -> None:
    """B53: twice the same record."""
    record = await make.record()

    async with unchanged():
        answer = await client("coordinator-mkt").change(
            "recordPayment", "payment { id }", **pay((record, "1.00"), (record, "1.00"), amount="2.00")
        )

    assert answer.user_errors == [("BAD_INPUT", ["allocations", "1", "billingRecordId"])]


@pytest.mark.parametrize("count", [pytest.param(0, id="B53-none"), pytest.param(101, id="B53-101")])
async def test_a_payment_has_1_to_100_allocations(client: People, make: Make, unchanged: Unchanged, count: int) -> None:
    record = await make.record()

    async with unchanged():
        answer = await client("coordinator-mkt").change(
            "recordPayment", "payment { id }", **pay(*[(record, "0.01")] * count, amount="1.01")
        )

    assert answer.user_errors == [("BAD_INPUT", ["allocations"])]


async def test_what_thirds_leave_open_stays_and_is_shown(client: People, make: Make) -> None:
    """B58: 33.33 × 3 of 100.00."""
    record = await make.record("100.00")

    for _ in range(3):
        await make.payment(record, "33.33", confirmed_by="coordinator-it")

    paid = await make.read(record)
    assert (paid["outstanding"], paid["confirmedAmount"]) == ("0.01", "99.99")
    assert paid["status"] != "PAID"
