"""Disputes: opened by the side that pays, and what holds until they are settled."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.client import Answer, Client
from tests.support.forms import pay
from tests.support.make import Make, key
from tests.support.unchanged import Unchanged

People = Callable[[str], Client]

DISPUTE = """dispute { status resolution closedBy { displayName } version }
             billingRecord { status disputes { status } }"""
CLOSINGS: dict[str, dict[str, str]] = {
    "withdrawDispute": {},
    "resolveDispute": {"resolution": "REJECTED", "note": "We looked it up."},
}
SIDES = {"withdrawDispute": "coordinator-mkt", "resolveDispute": "coordinator-it"}


async def dispute(client: Client, record: dict[str, Any], reason: str = "We never ordered this.") -> Answer:
    return await client.change(
        "openDispute",
        "dispute { status reason openedBy { displayName } } billingRecord { status version }",
        billingRecordId=record["id"],
        reason=reason,
        idempotencyKey=key(),
    )


async def close(client: Client, mutation: str, opened: dict[str, Any]) -> Answer:
    return await client.change(mutation, DISPUTE, id=opened["id"], idempotencyKey=key(), **CLOSINGS[mutation])


async def test_the_paying_side_opens_a_dispute(client: People, make: Make) -> None:
    record = await make.record()

    answer = await dispute(client("coordinator-mkt"), record)

    assert answer.field["dispute"] == {
        "status": "OPEN",
        "reason": "We never ordered this.",
        "openedBy": {"displayName": "Coordinator-Mkt"},
    }
    assert answer.field["billingRecord"] == {"status": "DISPUTED", "version": 2}


@pytest.mark.parametrize("who", ["coordinator-it", "analyst"])
async def test_nobody_else_opens_one(client: People, make: Make, unchanged: Unchanged, who: str) -> None:
    record = await make.record()

    async with unchanged():
        answer = await dispute(client(who), record)
        stranger = await dispute(client("coordinator-hr"), record)

    assert answer.codes == ["FORBIDDEN"]
    assert stranger.user_errors == [("NOT_FOUND", ["billingRecordId"])]


@pytest.mark.parametrize("mutation", CLOSINGS)
async def test_a_settled_dispute_leaves_the_record_due_again(client: People, make: Make, mutation: str) -> None:
    record = await make.record()
    opened = await make.dispute(record)

    answer = await close(client(SIDES[mutation]), mutation, opened)

    status = {"withdrawDispute": "WITHDRAWN", "resolveDispute": "REJECTED"}[mutation]
    closed = answer.field["dispute"]
    assert (closed["status"], closed["version"]) == (status, 2)
    assert closed["closedBy"]["displayName"] == SIDES[mutation].title()
    assert closed["resolution"] == CLOSINGS[mutation].get("note")
    assert answer.field["billingRecord"] == {"status": "PENDING", "disputes": [{"status": status}]}
    assert (await make.payment(record))["status"] == "PENDING"


async def test_a_record_can_be_overdue_again_after_a_dispute(
    client: People, make: Make, at: Callable[[datetime], None]
) -> None:
    at(datetime(2026, 3, 1, tzinfo=UTC))
    opened = await make.dispute(await make.record(dueDate="2026-03-01"))
    at(datetime(2026, 3, 2, tzinfo=UTC))

    answer = await close(client("coordinator-mkt"), "withdrawDispute", opened)

    assert answer.field["billingRecord"]["status"] == "OVERDUE"


@pytest.mark.parametrize("mutation", CLOSINGS)
async def test_a_dispute_is_settled_by_its_own_side(
    client: People, make: Make, unchanged: Unchanged, mutation: str
) -> None:
    opened = await make.dispute(await make.record())
    (other_side,) = set(SIDES.values()) - {SIDES[mutation]}

    async with unchanged():
        wrong_side = await close(client(other_side), mutation, opened)
        stranger = await close(client("coordinator-hr"), mutation, opened)

    assert wrong_side.codes == ["FORBIDDEN"]
    assert wrong_side.errors[0]["path"] == [mutation]
    assert stranger.user_errors == [("NOT_FOUND", ["id"])]


@pytest.mark.parametrize("mutation", CLOSINGS)
async def test_a_billing_admin_opens_and_settles_for_either_side(client: People, make: Make, mutation: str) -> None:
    opened = await make.dispute(await make.record(), by="billing-admin")

    answer = await close(client("billing-admin"), mutation, opened)

    assert answer.user_errors == []


@pytest.mark.parametrize("second", CLOSINGS)
@pytest.mark.parametrize("first", CLOSINGS)
async def test_a_dispute_ends_once(client: People, make: Make, unchanged: Unchanged, first: str, second: str) -> None:
    opened = await make.dispute(await make.record())
    assert (await close(client("billing-admin"), first, opened)).user_errors == []

    async with unchanged():
        answer = await close(client("billing-admin"), second, opened)

    assert answer.user_errors == [("INVALID_STATE", ["id"])]


async def test_a_record_can_be_disputed_again(client: People, make: Make) -> None:
    record = await make.record()
    await close(client("coordinator-mkt"), "withdrawDispute", await make.dispute(record))

    assert (await dispute(client("coordinator-mkt"), record)).field["billingRecord"]["status"] == "DISPUTED"


async def test_only_what_is_outstanding_can_be_disputed(client: People, make: Make, unchanged: Unchanged) -> None:
    """Not a draft, not what is disputed, paid or void; a missing reason is told along."""
    disputed, paid, void = await make.record(), await make.record(), await make.record()
    await make.dispute(disputed)
    await make.payment(paid, confirmed_by="coordinator-it")
    await client("coordinator-it").change("voidBillingRecord", "", id=void["id"], reason="Twice.", idempotencyKey=key())
    records = {"DRAFT": await make.record(draft=True), "DISPUTED": disputed, "PAID": paid, "VOID": void}

    async with unchanged():
        answers = {state: await dispute(client("coordinator-mkt"), record, "") for state, record in records.items()}

    for state, answer in answers.items():
        assert answer.user_errors == [("REASON_REQUIRED", ["reason"]), ("INVALID_STATE", ["billingRecordId"])]
        assert answer.field["userErrors"][1]["message"].endswith(f" is {state}.")


async def test_while_a_record_is_disputed_nothing_is_paid_but_what_was_pending_is_decided(
    client: People, make: Make, unchanged: Unchanged
) -> None:
    it, marketing = client("coordinator-it"), client("coordinator-mkt")
    record = await make.record("100.00")
    first, second, third = [await make.payment(record, "10.00") for _ in range(3)]
    await make.dispute(record)

    async with unchanged():
        refused = await marketing.change("recordPayment", "payment { id }", **pay((record, "10.00")))
    assert refused.user_errors == [("INVALID_STATE", ["allocations", "0", "billingRecordId"])]

    for client_, mutation, payment, reason in (
        (it, "confirmPayment", first, {}),
        (it, "rejectPayment", second, {"reason": "No."}),
        (marketing, "cancelPayment", third, {}),
    ):
        answer = await client_.change(
            mutation, "billingRecords { status }", id=payment["id"], idempotencyKey=key(), **reason
        )
        assert answer.field["billingRecords"] == [{"status": "DISPUTED"}]
    read = await make.read(record)
    assert (read["status"], read["outstanding"], read["pendingAmount"]) == ("DISPUTED", "90.00", "0.00")


async def test_a_record_paid_in_full_during_its_dispute_is_paid_once_that_is_settled(
    client: People, make: Make
) -> None:
    record = await make.record()
    payment = await make.payment(record)
    opened = await make.dispute(record)
    confirmed = await client("coordinator-it").change(
        "confirmPayment", "billingRecords { status }", id=payment["id"], idempotencyKey=key()
    )
    assert confirmed.field["billingRecords"] == [{"status": "DISPUTED"}]

    answer = await close(client("coordinator-mkt"), "withdrawDispute", opened)

    assert answer.field["billingRecord"]["status"] == "PAID"
