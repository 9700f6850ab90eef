"""Many at once on a real pool: a record is never paid above its amount, a payment ends once, numbers have no gaps."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from billing.db.tables import payment_records
from tests.support.client import Answer, Client
from tests.support.database import Database
from tests.support.forms import charge, pay
from tests.support.make import Make, key
from tests.support.world import World

People = Callable[[str], Client]

PAYMENT = "payment { id status }"


def outcomes(answers: list[Answer]) -> Counter[str]:
    """How many went through ("done"), and how many were refused with which code."""
    return Counter(",".join(code for code, _ in answer.user_errors) or "done" for answer in answers)


async def at_once(sends: list[Awaitable[Answer]]) -> list[Answer]:
    return list(await asyncio.gather(*sends))


async def test_payments_at_once_do_not_pay_a_record_above_its_amount(client: People, make: Make) -> None:
    record = await make.record("100.00")
    marketing = client("coordinator-mkt")

    answers = await at_once([marketing.change("recordPayment", PAYMENT, **pay((record, "30.00"))) for _ in range(16)])

    assert outcomes(answers) == {"done": 3, "OVERPAYMENT": 13}
    assert (await make.read(record))["pendingAmount"] == "90.00"


async def test_payments_of_several_records_at_once_leave_each_within_its_amount(client: People, make: Make) -> None:
    """In either order of the records: all wait for the same one first, so none for each other."""
    one, other = await make.record("100.00"), await make.record("100.00")
    marketing = client("coordinator-mkt")
    forms = [
        pay(*pair, amount="60.00") for pair in (((one, "30.00"), (other, "30.00")), ((other, "30.00"), (one, "30.00")))
    ]

    answers = await at_once(
        [
            marketing.change("recordPayment", PAYMENT, **{**form, "reference": key(), "idempotencyKey": key()})
            for form in forms * 8
        ]
    )

    assert outcomes(answers) == {"done": 3, "OVERPAYMENT,OVERPAYMENT": 13}
    assert [(await make.read(record))["pendingAmount"] for record in (one, other)] == ["90.00", "90.00"]


async def test_of_a_confirmation_and_a_cancellation_at_once_one_wins(client: People, make: Make) -> None:
    it, marketing = client("coordinator-it"), client("coordinator-mkt")
    record = await make.record("100.00")
    confirmed = Decimal(0)

    for turn in range(20):
        payment = await make.payment(record, "1.00")
        confirm = it.change("confirmPayment", PAYMENT, id=payment["id"], idempotencyKey=key())
        cancel = marketing.change("cancelPayment", PAYMENT, id=payment["id"], idempotencyKey=key())
        answers = await at_once([confirm, cancel] if turn % 2 else [cancel, confirm])

        assert outcomes(answers) == {"done": 1, "INVALID_STATE": 1}
        (status,) = (answer.field["payment"]["status"] for answer in answers if answer.field["payment"])
        confirmed += status == "CONFIRMED"
        read = await make.read(record)
        assert (read["confirmedAmount"], read["pendingAmount"]) == (f"{confirmed}.00", "0.00")


async def test_confirming_a_payment_at_once_by_itself_and_by_its_record_confirms_it_once(
    client: People, make: Make
) -> None:
    it = client("coordinator-it")
    record = await make.record("100.00")
    payments = [await make.payment(record, "10.00") for _ in range(5)]

    answers = await at_once(
        [
            *(it.change("confirmPayment", "", id=payment["id"], idempotencyKey=key()) for payment in payments),
            *(
                it.change("confirmBillingRecordPayment", "", billingRecordId=record["id"], idempotencyKey=key())
                for _ in range(3)
            ),
        ]
    )

    assert set(outcomes(answers)) <= {"done", "INVALID_STATE"}
    read = await make.read(record)
    assert (read["confirmedAmount"], read["pendingAmount"]) == ("50.00", "0.00")


async def test_one_reference_at_once_makes_one_payment(client: People, make: Make, database: Database) -> None:
    """B47: 32 in parallel, on two records, so that it is not their rows that they wait for."""
    records = [await make.record("100.00"), await make.record("100.00")]
    marketing = client("coordinator-mkt")

    answers = await at_once(
        [
            marketing.change("recordPayment", PAYMENT, **pay((records[turn % 2], "1.00"), reference="TRANSFER-1"))
            for turn in range(32)
        ]
    )

    assert outcomes(answers) == {"done": 1, "DUPLICATE_REFERENCE": 31}
    refused = [answer for answer in answers if answer.user_errors]
    assert all(answer.user_errors == [("DUPLICATE_REFERENCE", ["reference"])] for answer in refused)
    async with database.owner.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(payment_records)) == 1


async def test_issues_at_once_take_numbers_without_gaps(client: People, make: Make, world: World) -> None:
    """Drafts issued and records charged, of which some are refused."""
    it = client("coordinator-it")
    drafts = [await make.record(draft=True) for _ in range(8)]

    answers = await at_once(
        [
            *(
                it.change("issueBillingRecord", "billingRecord { number }", id=draft["id"], idempotencyKey=key())
                for draft in drafts
            ),
            *(
                it.change("createBillingRecord", "billingRecord { number }", **charge(world, currency=currency))
                for currency in ["USD", "usd"] * 8
            ),
        ]
    )

    assert outcomes(answers) == {"done": 16, "BAD_CURRENCY": 8}
    numbers = sorted(answer.field["billingRecord"]["number"] for answer in answers if answer.field["billingRecord"])
    assert [number.rpartition("-")[2] for number in numbers] == [f"{sequence:05d}" for sequence in range(1, 17)]


@pytest.mark.parametrize("mutation", ["issueBillingRecord", "deleteDraftBillingRecord"])
async def test_a_draft_is_issued_or_deleted_once(client: People, make: Make, mutation: str) -> None:
    it, draft = client("coordinator-it"), await make.record(draft=True)

    answers = await at_once([it.change(mutation, "", id=draft["id"], idempotencyKey=key()) for _ in range(8)])

    refusal = {"issueBillingRecord": "INVALID_STATE", "deleteDraftBillingRecord": "NOT_FOUND"}[mutation]
    assert outcomes(answers) == {"done": 1, refusal: 7}


async def test_of_changes_at_once_of_one_version_one_wins(client: People, make: Make) -> None:
    record = await make.record()

    answers = await at_once(
        [
            client("coordinator-it").change(
                "updateBillingRecord", "", id=record["id"], version=1, fromNote=f"Note {turn}."
            )
            for turn in range(8)
        ]
    )

    assert outcomes(answers) == {"done": 1, "CONFLICT": 7}
    assert (await make.read(record))["version"] == 2


async def test_of_two_superadmins_who_leave_at_once_one_stays(client: People, world: World) -> None:
    added = await client("superadmin").change(
        "addUser", "user { id }", name="second", displayName="Second", role="SUPERADMIN", idempotencyKey=key()
    )
    first, second = str(world.users["superadmin"]), added.field["user"]["id"]

    answers = await at_once(
        [
            client("superadmin").change("deactivateUser", "", id=first, version=1),
            client("second").change("assignRole", "", id=second, version=1, role="ANALYST"),
        ]
    )

    assert outcomes(answers) == {"done": 1, "LAST_SUPERADMIN": 1}


async def test_a_record_is_void_or_paid_never_both(client: People, make: Make) -> None:
    for turn in range(10):
        record = await make.record()
        void = client("coordinator-it").change(
            "voidBillingRecord", "", id=record["id"], reason="Twice.", idempotencyKey=key()
        )
        payment = client("coordinator-mkt").change("recordPayment", "", **pay((record, "1.00")))

        answers = await at_once([void, payment] if turn % 2 else [payment, void])

        assert outcomes(answers) == {"done": 1, "INVALID_STATE": 1}
