"""Reversals: a confirmed payment undone by a counter-posting, by billing admins and above, and what is due again."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.client import Answer, Client
from tests.support.forms import pay
from tests.support.make import RECORD, Make, key
from tests.support.unchanged import Unchanged

People = Callable[[str], Client]
At = Callable[[datetime], None]

REVERSED = f"""payment {{ id status version reversedAt reversedBy {{ displayName }} reversalReason
                decidedAt decidedBy {{ displayName }} decisionReason }} billingRecords {{ {RECORD} }}"""


def money(record: dict[str, Any]) -> tuple[str, ...]:
    """Status, outstanding, pending, confirmed."""
    return tuple(record[name] for name in ("status", "outstanding", "pendingAmount", "confirmedAmount"))


async def reverse(client: Client, payment: dict[str, Any], reason: str = "Sent back.") -> Answer:
    return await client.change("reversePayment", REVERSED, id=payment["id"], reason=reason, idempotencyKey=key())


async def test_a_confirmed_payment_is_reversed_and_its_record_is_due_again(client: People, make: Make, at: At) -> None:
    at(datetime(2026, 1, 10, tzinfo=UTC))
    record = await make.record("100.00", dueDate="2026-01-31")
    payment = await make.payment(record, confirmed_by="coordinator-it")
    assert (await make.read(record))["status"] == "PAID"
    at(datetime(2026, 1, 20, 8, tzinfo=UTC))

    answer = await reverse(client("billing-admin"), payment)

    assert answer.user_errors == []
    assert answer.field["payment"] == {
        "id": payment["id"],
        "status": "REVERSED",
        "version": 3,
        "reversedAt": "2026-01-20T08:00:00Z",
        "reversedBy": {"displayName": "Billing-Admin"},
        "reversalReason": "Sent back.",
        "decidedAt": "2026-01-10T00:00:00Z",
        "decidedBy": {"displayName": "Coordinator-It"},
        "decisionReason": None,
    }
    assert [money(touched) for touched in answer.field["billingRecords"]] == [("PENDING", "100.00", "0.00", "0.00")]
    at(datetime(2026, 2, 1, tzinfo=UTC))
    assert (await make.read(record))["status"] == "OVERDUE"


async def test_every_record_that_it_paid_is_due_again_and_no_other_money_moves(client: People, make: Make) -> None:
    one, two = await make.record("10.00"), await make.record("20.00")
    recorded = await client("coordinator-mkt").change(
        "recordPayment", "payment { id }", **pay((two, "15.00"), (one, "10.00"), amount="25.00")
    )
    payment = recorded.field["payment"]
    await client("coordinator-it").change("confirmPayment", "", id=payment["id"], idempotencyKey=key())
    await make.payment(two, "3.00", confirmed_by="coordinator-it")
    await make.payment(two, "1.00")
    await make.credit(two, "0.50")

    answer = await reverse(client("billing-admin"), payment)

    assert {record["id"]: money(record) for record in answer.field["billingRecords"]} == {
        one["id"]: ("PENDING", "10.00", "0.00", "0.00"),
        two["id"]: ("PENDING", "16.50", "1.00", "3.00"),
    }


@pytest.mark.parametrize("who", ["billing-admin", "admin", "superadmin"])
async def test_billing_admins_and_above_reverse(client: People, make: Make, who: str) -> None:
    payment = await make.payment(await make.record(), confirmed_by="coordinator-it")

    assert (await reverse(client(who), payment)).field["payment"]["status"] == "REVERSED"


@pytest.mark.parametrize("who", ["coordinator-it", "coordinator-mkt", "coordinator-hr", "analyst"])
async def test_nobody_below_reverses(client: People, make: Make, unchanged: Unchanged, who: str) -> None:
    payment = await make.payment(await make.record(), confirmed_by="coordinator-it")

    async with unchanged():
        answer = await reverse(client(who), payment)

    assert answer.codes == ["FORBIDDEN"]
    assert answer.body["data"] == {"reversePayment": None}


async def test_whoever_recorded_or_confirmed_a_payment_may_reverse_it(client: People, make: Make) -> None:
    """Four eyes are asked of money that arrives, not of a mistake that is undone."""
    recorder = await make.payment(await make.record(), by="billing-admin", confirmed_by="billing-admin-2")
    confirmer = await make.payment(await make.record(), by="billing-admin-2", confirmed_by="billing-admin")

    for payment in (recorder, confirmer):
        assert (await reverse(client("billing-admin"), payment)).field["payment"]["status"] == "REVERSED"


@pytest.mark.parametrize("state", ["PENDING", "REJECTED", "CANCELLED", "REVERSED"])
async def test_only_what_is_confirmed_is_reversed(client: People, make: Make, unchanged: Unchanged, state: str) -> None:
    record = await make.record()
    payment = await make.payment(record, confirmed_by="coordinator-it" if state == "REVERSED" else None)
    admin = client("billing-admin")
    match state:
        case "REJECTED":
            await admin.change("rejectPayment", "", id=payment["id"], reason="No.", idempotencyKey=key())
        case "CANCELLED":
            await admin.change("cancelPayment", "", id=payment["id"], idempotencyKey=key())
        case "REVERSED":
            await make.reversal(payment)

    async with unchanged():
        answer = await reverse(admin, payment)

    assert answer.user_errors == [("INVALID_STATE", ["id"])]
    assert answer.field["userErrors"][0]["message"] == f"The payment is {state}, not CONFIRMED."
    assert answer.field["billingRecords"] == []


@pytest.mark.parametrize("mutation", ["confirmPayment", "rejectPayment", "cancelPayment"])
async def test_what_is_reversed_is_over(client: People, make: Make, unchanged: Unchanged, mutation: str) -> None:
    payment = await make.payment(await make.record(), confirmed_by="coordinator-it")
    await make.reversal(payment)
    also = {"reason": "No."} if mutation == "rejectPayment" else {}

    async with unchanged():
        answer = await client("billing-admin").change(mutation, "", id=payment["id"], idempotencyKey=key(), **also)

    assert answer.user_errors == [("INVALID_STATE", ["id"])]
    assert answer.field["userErrors"][0]["message"] == "The payment is REVERSED, no longer PENDING."


async def test_a_missing_payment_is_not_found(client: People, make: Make, unchanged: Unchanged) -> None:
    record = await make.record()

    async with unchanged():
        answer = await reverse(client("billing-admin"), record)

    assert answer.user_errors == [("NOT_FOUND", ["id"])]


async def test_the_reference_is_free_again(client: People, make: Make, unchanged: Unchanged) -> None:
    record = await make.record("100.00")
    payment = await make.payment(record, "10.00", confirmed_by="coordinator-it")
    again = pay((record, "10.00"), reference=payment["reference"])
    async with unchanged():
        taken = await client("coordinator-mkt").change("recordPayment", "", **again)
    assert taken.user_errors == [("DUPLICATE_REFERENCE", ["reference"])]

    await make.reversal(payment)

    assert (await client("coordinator-mkt").change("recordPayment", "", **again)).user_errors == []


async def test_what_is_due_again_can_be_paid_disputed_credited_and_void(client: People, make: Make) -> None:
    records = [await make.record("100.00") for _ in range(4)]
    for record in records:
        await make.reversal(await make.payment(record, confirmed_by="coordinator-it"))
    paid, disputed, credited, void = records

    await make.payment(paid, "100.00", confirmed_by="coordinator-it")
    await make.dispute(disputed)
    await make.credit(credited, "100.00")
    await make.void(void)

    assert [(await make.read(record))["status"] for record in records] == ["PAID", "DISPUTED", "PAID", "VOID"]


async def test_a_record_that_was_paid_beside_a_credit_owes_what_was_paid_again(make: Make) -> None:
    record = await make.record("100.00")
    payment = await make.payment(record, "60.00", confirmed_by="coordinator-it")
    await make.credit(record)
    assert (await make.read(record))["status"] == "PAID"

    await make.reversal(payment)

    read = await make.read(record)
    assert (*money(read), read["creditedAmount"]) == ("PENDING", "60.00", "0.00", "0.00", "40.00")


async def test_a_payment_of_a_disputed_record_is_reversed_and_the_dispute_stays_open(make: Make) -> None:
    record = await make.record("100.00")
    payment = await make.payment(record, "60.00", confirmed_by="coordinator-it")
    await make.dispute(record)

    await make.reversal(payment)

    assert money(await make.read(record)) == ("DISPUTED", "100.00", "0.00", "0.00")


async def test_both_sides_see_why(client: People, make: Make) -> None:
    payment = await make.payment(await make.record(), confirmed_by="coordinator-it")
    await make.reversal(payment)

    for who in ("coordinator-it", "coordinator-mkt"):
        answer = await client(who).run(
            "query($id: ID!) { payment(id: $id) { reversalReason reversedBy { displayName } } "
            "payments(filter: {status: {eq: REVERSED}}) { totalCount } }",
            id=payment["id"],
        )

        assert answer.data == {
            "payment": {"reversalReason": "Sent back.", "reversedBy": {"displayName": "Billing-Admin"}},
            "payments": {"totalCount": 1},
        }
