"""Payments: over one or several records, confirmed, rejected or cancelled as a whole."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.client import Answer, Client
from tests.support.forms import pay
from tests.support.make import RECORD, Make, key
from tests.support.unchanged import Unchanged

People = Callable[[str], Client]

MONEY = ("status", "outstanding", "pendingAmount", "confirmedAmount")
WITH_RECORDS = (
    f"payment {{ id status amount allocations {{ amount billingRecord {{ id }} }} }} billingRecords {{ {RECORD} }}"
)


def money(record: dict[str, Any]) -> tuple[str, ...]:
    """Status, outstanding, pending, confirmed."""
    return tuple(record[name] for name in MONEY)


async def confirm_all_of(client: Client, record: dict[str, Any]) -> Answer:
    return await client.change(
        "confirmBillingRecordPayment",
        f"billingRecord {{ {RECORD} }} payments {{ id status }} otherBillingRecords {{ {RECORD} }}",
        billingRecordId=record["id"],
        idempotencyKey=key(),
    )


async def test_one_payment_pays_several_records(client: People, make: Make) -> None:
    one, two, three = await make.record("10.00"), await make.record("20.00"), await make.record("30.00")

    recorded = await client("coordinator-mkt").change(
        "recordPayment", WITH_RECORDS, **pay((two, "20.00"), (one, "10.00"), (three, "5.50"), amount="35.5")
    )

    payment = recorded.field["payment"]
    assert (payment["status"], payment["amount"]) == ("PENDING", "35.50")
    assert payment["allocations"] == [
        {"amount": "20.00", "billingRecord": {"id": two["id"]}},
        {"amount": "10.00", "billingRecord": {"id": one["id"]}},
        {"amount": "5.50", "billingRecord": {"id": three["id"]}},
    ]
    assert [money(record) for record in recorded.field["billingRecords"]] == [
        ("PENDING", "20.00", "20.00", "0.00"),
        ("PENDING", "10.00", "10.00", "0.00"),
        ("PENDING", "30.00", "5.50", "0.00"),
    ]

    confirmed = await client("coordinator-it").change(
        "confirmPayment", WITH_RECORDS, id=payment["id"], idempotencyKey=key()
    )

    assert confirmed.field["payment"]["status"] == "CONFIRMED"
    assert sorted(money(record) for record in confirmed.field["billingRecords"]) == [
        ("PAID", "0.00", "0.00", "10.00"),
        ("PAID", "0.00", "0.00", "20.00"),
        ("PENDING", "24.50", "0.00", "5.50"),
    ]


async def test_a_record_is_paid_in_parts(make: Make) -> None:
    record = await make.record("100.00")
    states = []

    for part in ("60.00", "30.00", "10.00"):
        await make.payment(record, part, confirmed_by="coordinator-it")
        states.append(money(await make.read(record)))

    assert states == [
        ("PENDING", "40.00", "0.00", "60.00"),
        ("PENDING", "10.00", "0.00", "90.00"),
        ("PAID", "0.00", "0.00", "100.00"),
    ]


async def test_confirming_a_record_confirms_every_pending_payment_on_it_and_shows_what_else_changed(
    client: People, make: Make
) -> None:
    record, other, untouched = [await make.record("100.00") for _ in range(3)]
    await make.payment(untouched, "1.00")
    alone = await make.payment(record, "40.00")
    shared = await client("coordinator-mkt").change(
        "recordPayment", "payment { id }", **pay((record, "60.00"), (other, "100.00"), amount="160.00")
    )

    answer = await confirm_all_of(client("coordinator-it"), record)

    assert money(answer.field["billingRecord"]) == ("PAID", "0.00", "0.00", "100.00")
    assert answer.field["payments"] == [
        {"id": payment["id"], "status": "CONFIRMED"} for payment in (alone, shared.field["payment"])
    ]
    assert [(one["id"], money(one)) for one in answer.field["otherBillingRecords"]] == [
        (other["id"], ("PAID", "0.00", "0.00", "100.00"))
    ]
    assert money(await make.read(untouched)) == ("PENDING", "100.00", "1.00", "0.00")


async def test_confirming_a_record_without_a_pending_payment_is_refused(
    client: People, make: Make, unchanged: Unchanged
) -> None:
    record = await make.record()
    await make.payment(record, "10.00", confirmed_by="coordinator-it")

    async with unchanged():
        answer = await confirm_all_of(client("coordinator-it"), record)

    assert answer.user_errors == [("INVALID_STATE", ["billingRecordId"])]
    assert (answer.field["billingRecord"], answer.field["payments"], answer.field["otherBillingRecords"]) == (
        None,
        [],
        [],
    )


async def test_confirming_a_record_is_all_or_nothing(client: People, make: Make, unchanged: Unchanged) -> None:
    """One of two payments was recorded by whoever confirms: neither is confirmed."""
    record = await make.record()
    await make.payment(record, "10.00")
    await make.payment(record, "10.00", by="billing-admin")

    async with unchanged():
        answer = await confirm_all_of(client("billing-admin"), record)

    assert answer.user_errors == [("FOUR_EYES", ["billingRecordId"])]


async def test_a_rejected_payment_frees_its_amount_and_its_reference(client: People, make: Make) -> None:
    record = await make.record("100.00")
    payment = await make.payment(record, reference="TRANSFER-1")

    answer = await client("coordinator-it").change(
        "rejectPayment",
        "payment { status decisionReason decidedAt decidedBy { displayName } } billingRecords { status outstanding "
        "pendingAmount confirmedAmount }",
        id=payment["id"],
        reason="It never arrived.",
        idempotencyKey=key(),
    )

    rejected = answer.field["payment"]
    assert (rejected["status"], rejected["decisionReason"]) == ("REJECTED", "It never arrived.")
    assert rejected["decidedBy"] == {"displayName": "Coordinator-It"}
    assert rejected["decidedAt"] is not None
    assert [money(one) for one in answer.field["billingRecords"]] == [("PENDING", "100.00", "0.00", "0.00")]
    assert (await make.payment(record, reference="TRANSFER-1"))["status"] == "PENDING"


async def test_a_cancelled_payment_frees_its_amount_and_its_reference(client: People, make: Make) -> None:
    record = await make.record("100.00")
    payment = await make.payment(record, reference="TRANSFER-1")

    answer = await client("coordinator-mkt").change(
        "cancelPayment",
        "payment { status decisionReason } billingRecords { status outstanding pendingAmount confirmedAmount }",
        id=payment["id"],
        idempotencyKey=key(),
    )

    assert answer.field["payment"] == {"status": "CANCELLED", "decisionReason": None}
    assert [money(one) for one in answer.field["billingRecords"]] == [("PENDING", "100.00", "0.00", "0.00")]
    assert (await make.payment(record, reference="TRANSFER-1"))["status"] == "PENDING"


async def test_several_faults_of_a_payment_come_back_together(client: People, make: Make, unchanged: Unchanged) -> None:
    record, small = await make.record("100.00"), await make.record("1.00")

    async with unchanged():
        answer = await client("coordinator-mkt").change(
            "recordPayment",
            "payment { id }",
            **pay(
                (record, "0.001"), (small, "2.00"), amount="-1.00", reference="", paidOn="9999-12-31", note="x" * 2001
            ),
        )

    assert answer.user_errors == [
        ("BAD_INPUT", ["reference"]),
        ("BAD_INPUT", ["note"]),
        ("BAD_DATES", ["paidOn"]),
        ("BAD_AMOUNT", ["amount"]),
        ("BAD_AMOUNT", ["allocations", "0", "amount"]),
        ("OVERPAYMENT", ["allocations", "1", "amount"]),
    ]


async def test_a_missing_record_is_named_by_its_place(client: People, make: Make, unchanged: Unchanged) -> None:
    """Also one that the payer does not see."""
    record, foreign = await make.record(), await make.record(to="HR")

    async with unchanged():
        answer = await client("coordinator-mkt").change(
            "recordPayment",
            "payment { id }",
            **pay((foreign, "1.00"), (record, "1.00"), ({"id": "no uuid"}, "1.00"), amount="3.00"),
        )

    assert answer.user_errors == [
        ("NOT_FOUND", ["allocations", "0", "billingRecordId"]),
        ("NOT_FOUND", ["allocations", "2", "billingRecordId"]),
    ]


@pytest.mark.parametrize("who", ["coordinator-it", "analyst"])
async def test_a_payment_is_the_paying_sides_to_record_and_cancel(
    client: People, make: Make, unchanged: Unchanged, who: str
) -> None:
    record = await make.record()
    payment = await make.payment(record, "1.00")

    async with unchanged():
        recorded = await client(who).change("recordPayment", "payment { id }", **pay((record, "1.00")))
        cancelled = await client(who).change("cancelPayment", "payment { id }", id=payment["id"], idempotencyKey=key())

    assert recorded.codes == cancelled.codes == ["FORBIDDEN"]
    assert recorded.errors[0]["path"] == ["recordPayment"]


@pytest.mark.parametrize("mutation", ["confirmPayment", "rejectPayment"])
async def test_a_payment_is_the_receiving_sides_to_confirm_and_reject(
    client: People, make: Make, unchanged: Unchanged, mutation: str
) -> None:
    """Marketing pays what an admin recorded for it: the coordinator has four other eyes, but the wrong side."""
    payment = await make.payment(await make.record(), by="billing-admin")
    reason = {"reason": "Because."} if mutation == "rejectPayment" else {}

    async with unchanged():
        answer = await client("coordinator-mkt").change(
            mutation, "payment { id }", id=payment["id"], idempotencyKey=key(), **reason
        )

    assert answer.codes == ["FORBIDDEN"]
    assert answer.errors[0]["path"] == [mutation]
