"""What a state does not allow (B51, B52, B54, B56, B57): refused, with the state or what blocks it by name."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.support.client import Answer, Client
from tests.support.forms import line, pay
from tests.support.make import Make, key
from tests.support.refusals import assert_refused_by_schema
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]

ENDINGS = {"confirmPayment": "CONFIRMED", "rejectPayment": "REJECTED", "cancelPayment": "CANCELLED"}


async def end(client: People, mutation: str, payment: dict[str, Any], by: str | None = None) -> Answer:
    """Confirms, rejects or cancels a payment, as the side that may."""
    who = by or ("coordinator-mkt" if mutation == "cancelPayment" else "coordinator-it")
    reason = {} if mutation == "confirmPayment" else {"reason": "Because."}
    return await client(who).change(mutation, "payment { status }", id=payment["id"], idempotencyKey=key(), **reason)


async def record_in(state: str, make: Make, client: People) -> dict[str, Any]:
    """A record that has come to be in the state."""
    if state == "DRAFT":
        return await make.record(draft=True)
    record = await make.record()
    if state == "DISPUTED":
        await make.dispute(record)
    elif state == "PAID":
        await make.payment(record, confirmed_by="coordinator-it")
    elif state == "VOID":
        await client("coordinator-it").change(
            "voidBillingRecord", "billingRecord { id }", id=record["id"], reason="Twice.", idempotencyKey=key()
        )
    return await make.read(record)


@pytest.mark.parametrize("second", ENDINGS)
@pytest.mark.parametrize("first", ENDINGS)
async def test_a_payment_ends_once(client: People, make: Make, unchanged: Unchanged, first: str, second: str) -> None:
    """B51: confirm twice, after cancel; cancel after confirm."""
    payment = await make.payment(await make.record())
    ended = await end(client, first, payment)
    assert ended.field["payment"] == {"status": ENDINGS[first]}

    async with unchanged():
        answer = await end(client, second, payment)

    assert answer.user_errors == [("INVALID_STATE", ["id"])]
    assert f" {ENDINGS[first]}," in answer.field["userErrors"][0]["message"]
    assert answer.field["payment"] is None


@pytest.mark.parametrize("mutation", ENDINGS)
async def test_a_payment_of_others_is_not_there(
    client: People, make: Make, unchanged: Unchanged, mutation: str
) -> None:
    """B52: another division's payment answers like one that is missing."""
    payment = await make.payment(await make.record())

    async with unchanged():
        foreign = await end(client, mutation, payment, by="coordinator-hr")
        missing = await end(client, mutation, {"id": str(uuid4())}, by="coordinator-hr")
        malformed = await end(client, mutation, {"id": "1 OR 1=1"}, by="coordinator-hr")

    assert foreign.user_errors == [("NOT_FOUND", ["id"])]
    assert foreign.body == missing.body == malformed.body


@pytest.mark.parametrize("mutation", ["confirmPayment", "rejectPayment"])
async def test_the_payer_cannot_end_their_own_payment_as_the_receiver(
    client: People, make: Make, unchanged: Unchanged, mutation: str
) -> None:
    """B52: own payment."""
    payment = await make.payment(await make.record())

    async with unchanged():
        answer = await end(client, mutation, payment, by="coordinator-mkt")

    assert answer.user_errors == [("FOUR_EYES", ["id"])]


@pytest.mark.parametrize("state", ["DRAFT", "DISPUTED", "VOID", "PAID"])
async def test_a_record_in_such_a_state_cannot_be_paid(
    client: People, make: Make, unchanged: Unchanged, state: str
) -> None:
    """B54, naming the state."""
    record = await record_in(state, make, client)
    assert record["status"] == state

    async with unchanged():
        answer = await client("coordinator-mkt").change("recordPayment", "payment { id }", **pay((record, "1.00")))

    assert answer.user_errors == [("INVALID_STATE", ["allocations", "0", "billingRecordId"])]
    assert f" is {state}." in answer.field["userErrors"][0]["message"]


CONTENTS: dict[str, Any] = {
    "lines": [line("1.00")],
    "currency": "EUR",
    "toDivisionId": "HR",
    "periodStart": "2026-01-02",
    "periodEnd": "2026-01-30",
}


@pytest.mark.parametrize("state", ["PENDING", "DISPUTED", "VOID", "PAID"])
@pytest.mark.parametrize("field", [pytest.param(field, id=f"B56-{field}") for field in CONTENTS])
async def test_what_was_issued_keeps_its_contents(
    client: People, make: Make, world: World, unchanged: Unchanged, state: str, field: str
) -> None:
    record = await record_in(state, make, client)
    value = str(world.divisions["HR"]) if field == "toDivisionId" else CONTENTS[field]

    async with unchanged():
        answer = await client("coordinator-it").change(
            "updateBillingRecord", "billingRecord { id }", id=record["id"], version=record["version"], **{field: value}
        )

    assert answer.user_errors == [("INVALID_STATE", [field])]
    assert f" is {state}." in answer.field["userErrors"][0]["message"]


@pytest.mark.parametrize("state", ["PENDING", "DISPUTED", "VOID", "PAID"])
@pytest.mark.parametrize("mutation", ["deleteDraftBillingRecord", "issueBillingRecord"])
async def test_only_a_draft_is_issued_or_deleted(
    client: People, make: Make, unchanged: Unchanged, mutation: str, state: str
) -> None:
    record = await record_in(state, make, client)

    async with unchanged():
        answer = await client("coordinator-it").change(mutation, "", id=record["id"], idempotencyKey=key())

    assert answer.user_errors == [("INVALID_STATE", ["id"])]
    assert f" is {state}." in answer.field["userErrors"][0]["message"]


async def test_a_record_with_money_on_it_is_not_void(client: People, make: Make, unchanged: Unchanged) -> None:
    """B56, with the blocking ids; what was rejected or cancelled blocks no more."""
    record = await make.record()
    await end(client, "rejectPayment", await make.payment(record))
    await end(client, "cancelPayment", await make.payment(record))
    live = [
        await make.payment(record, "10.00"),
        await make.payment(record, "10.00", confirmed_by="coordinator-it"),
    ]

    async with unchanged():
        answer = await client("coordinator-it").change(
            "voidBillingRecord", "billingRecord { id }", id=record["id"], reason="Twice.", idempotencyKey=key()
        )

    assert answer.user_errors == [("INVALID_STATE", ["id"])]
    ids = ", ".join(sorted(payment["id"] for payment in live))
    assert (
        answer.field["userErrors"][0]["message"] == f"There is money on this record, by payment or credit note: {ids}."
    )


async def test_a_refusal_names_ten_of_many_blocking_payments(client: People, make: Make) -> None:
    record = await make.record()
    ids = sorted([(await make.payment(record, "1.00"))["id"] for _ in range(12)])

    answer = await client("coordinator-it").change(
        "voidBillingRecord", "billingRecord { id }", id=record["id"], reason="Twice.", idempotencyKey=key()
    )

    assert answer.field["userErrors"][0]["message"].endswith(f": {', '.join(ids[:10])} and 2 more.")


CHANGES: dict[str, Callable[[World], dict[str, Any]]] = {
    "updateDivision": lambda world: {"id": str(world.divisions["HR"]), "name": "People"},
    "deactivateDivision": lambda world: {"id": str(world.divisions["HR"])},
    "updateCatalogItem": lambda world: {"id": str(world.laptop), "name": "Notebook"},
    "retireCatalogItem": lambda world: {"id": str(world.laptop)},
    "assignRole": lambda world: {"id": str(world.users["analyst"]), "role": "BILLING_ADMIN"},
    "deactivateUser": lambda world: {"id": str(world.users["analyst"])},
}


@pytest.mark.parametrize(
    "version", [pytest.param(0, id="B57-stale"), pytest.param(-1, id="B57-negative"), 2, 2**31 - 1]
)
@pytest.mark.parametrize("mutation", ["updateBillingRecord", *CHANGES])
async def test_a_change_based_on_another_version_is_refused(
    client: People, make: Make, world: World, unchanged: Unchanged, mutation: str, version: int
) -> None:
    record = await make.record()
    input = CHANGES[mutation](world) if mutation in CHANGES else {"id": record["id"], "fromNote": "Mine."}

    async with unchanged():
        answer = await client("superadmin").change(mutation, "", **input, version=version)

    assert answer.user_errors == [("CONFLICT", ["version"])]
    assert answer.field["userErrors"][0]["message"].endswith(" the current version is 1.")


@pytest.mark.parametrize("mutation", ["updateBillingRecord", *CHANGES])
async def test_a_change_without_a_version_is_refused_by_the_schema(
    client: People, make: Make, world: World, unchanged: Unchanged, mutation: str
) -> None:
    """B57: missing."""
    record = await make.record()
    input = CHANGES[mutation](world) if mutation in CHANGES else {"id": record["id"], "fromNote": "Mine."}

    async with unchanged():
        await assert_refused_by_schema(client("superadmin"), "required field 'version'", mutation, **input)
