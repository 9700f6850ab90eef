"""Void: an issued record taken back while nothing is on it; it keeps its number and is history from then on."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.client import Answer, Client
from tests.support.make import RECORD, Make, key
from tests.support.unchanged import Unchanged

People = Callable[[str], Client]


async def void(client: Client, record: dict[str, Any], reason: str = "Charged twice.") -> Answer:
    return await client.change(
        "voidBillingRecord",
        f"billingRecord {{ {RECORD} voidedAt voidReason }}",
        id=record["id"],
        reason=reason,
        idempotencyKey=key(),
    )


async def test_a_void_record_keeps_its_number_and_owes_nothing(client: People, make: Make) -> None:
    record = await make.record("100.00")

    answer = await void(client("coordinator-it"), record)

    voided = answer.field["billingRecord"]
    assert (voided["status"], voided["number"], voided["voidReason"]) == ("VOID", record["number"], "Charged twice.")
    assert (voided["total"], voided["outstanding"], voided["version"]) == ("100.00", "0.00", 2)
    assert voided["voidedAt"] is not None
    assert (await make.record())["number"].endswith("-00002")


async def test_a_record_of_zero_can_be_void(client: People, make: Make) -> None:
    record = await make.record("0.00")
    assert record["status"] == "PAID"

    assert (await void(client("coordinator-it"), record)).field["billingRecord"]["status"] == "VOID"


async def test_void_is_the_end(client: People, make: Make, unchanged: Unchanged) -> None:
    record = await make.record()
    await void(client("coordinator-it"), record)

    async with unchanged():
        again = await void(client("coordinator-it"), record)
        due = await client("coordinator-it").change(
            "updateBillingRecord", "billingRecord { id }", id=record["id"], version=2, dueDate="2099-01-01"
        )

    assert again.user_errors == [("INVALID_STATE", ["id"])]
    assert due.user_errors == [("INVALID_STATE", ["dueDate"])]


async def test_the_notes_of_a_void_record_can_still_be_written(client: People, make: Make) -> None:
    record = await make.record()
    await void(client("coordinator-it"), record)

    answer = await client("coordinator-it").change(
        "updateBillingRecord", "billingRecord { status fromNote }", id=record["id"], version=2, fromNote="See IT-2."
    )

    assert answer.field["billingRecord"] == {"status": "VOID", "fromNote": "See IT-2."}


async def test_a_draft_is_deleted_not_void(client: People, make: Make, unchanged: Unchanged) -> None:
    draft = await make.record(draft=True)

    async with unchanged():
        answer = await void(client("coordinator-it"), draft)

    assert answer.user_errors == [("INVALID_STATE", ["id"])]
    assert answer.field["userErrors"][0]["message"].endswith(" is DRAFT.")


async def test_a_disputed_record_is_not_void_and_the_refusal_names_the_dispute(
    client: People, make: Make, unchanged: Unchanged
) -> None:
    record = await make.record()
    opened = await make.dispute(record)

    async with unchanged():
        answer = await void(client("coordinator-it"), record)

    assert answer.user_errors == [("INVALID_STATE", ["id"])]
    assert answer.field["userErrors"][0]["message"] == f"Settle the dispute first: {opened['id']}."


@pytest.mark.parametrize("confirmed_by", [None, "coordinator-it"], ids=["pending", "confirmed"])
async def test_a_record_with_money_on_it_is_not_void_and_the_refusal_names_the_payment(
    client: People, make: Make, unchanged: Unchanged, confirmed_by: str | None
) -> None:
    record = await make.record()
    payment = await make.payment(record, confirmed_by=confirmed_by)

    async with unchanged():
        answer = await void(client("coordinator-it"), record)

    assert answer.user_errors == [("INVALID_STATE", ["id"])]
    assert answer.field["userErrors"][0]["message"].endswith(f", by payment or credit note: {payment['id']}.")


@pytest.mark.parametrize("mutation", ["rejectPayment", "cancelPayment"])
async def test_once_its_payments_are_taken_off_a_record_can_be_void(client: People, make: Make, mutation: str) -> None:
    record = await make.record()
    payment = await make.payment(record)
    who = {"rejectPayment": "coordinator-it", "cancelPayment": "coordinator-mkt"}[mutation]
    await client(who).change(mutation, "", id=payment["id"], reason="No.", idempotencyKey=key())

    assert (await void(client("coordinator-it"), record)).field["billingRecord"]["status"] == "VOID"


async def test_a_record_is_the_charging_sides_to_take_back(client: People, make: Make, unchanged: Unchanged) -> None:
    record = await make.record()

    async with unchanged():
        payer = await void(client("coordinator-mkt"), record)
        analyst = await void(client("analyst"), record)
        stranger = await void(client("coordinator-hr"), record)

    assert payer.codes == analyst.codes == ["FORBIDDEN"]
    assert stranger.user_errors == [("NOT_FOUND", ["id"])]
