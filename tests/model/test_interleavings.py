"""Two changes of one record meet: the second sees what the first did, and each pair, in each order, has its outcome.

The record is held from outside until both wait, the first one first; then they go on in that order.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.support.client import Answer, Client
from tests.support.integrity import assert_books_balance
from tests.support.make import Make, key

OK, INVALID, TOO_MUCH = "done", "INVALID_STATE", "OVERPAYMENT"

# A record of 100.00 with a payment of 60.00 pending. First and second change, what each answers, and then: confirmed,
# pending, credited, status.
OUTCOMES: dict[tuple[str, str], tuple[str, str, tuple[str, str, str, str]]] = {
    ("pay the rest", "credit the rest"): (OK, INVALID, ("0.00", "100.00", "0.00", "PENDING")),
    ("credit the rest", "pay the rest"): (OK, TOO_MUCH, ("0.00", "60.00", "40.00", "PENDING")),
    ("pay the rest", "pay the rest"): (OK, TOO_MUCH, ("0.00", "100.00", "0.00", "PENDING")),
    ("credit the rest", "credit the rest"): (OK, INVALID, ("0.00", "60.00", "40.00", "PENDING")),
    ("confirm", "cancel"): (OK, INVALID, ("60.00", "0.00", "0.00", "PENDING")),
    ("cancel", "confirm"): (OK, INVALID, ("0.00", "0.00", "0.00", "PENDING")),
    ("confirm", "reject"): (OK, INVALID, ("60.00", "0.00", "0.00", "PENDING")),
    ("reject", "confirm"): (OK, INVALID, ("0.00", "0.00", "0.00", "PENDING")),
    ("confirm", "credit the rest"): (OK, OK, ("60.00", "0.00", "40.00", "PAID")),
    ("credit the rest", "confirm"): (OK, OK, ("60.00", "0.00", "40.00", "PAID")),
    ("confirm", "pay the rest"): (OK, OK, ("60.00", "40.00", "0.00", "PENDING")),
    ("pay the rest", "confirm"): (OK, OK, ("60.00", "40.00", "0.00", "PENDING")),
    ("pay the rest", "dispute"): (OK, OK, ("0.00", "100.00", "0.00", "DISPUTED")),
    ("dispute", "pay the rest"): (OK, INVALID, ("0.00", "60.00", "0.00", "DISPUTED")),
    ("confirm", "dispute"): (OK, OK, ("60.00", "0.00", "0.00", "DISPUTED")),
    ("dispute", "confirm"): (OK, OK, ("60.00", "0.00", "0.00", "DISPUTED")),
    ("credit the rest", "dispute"): (OK, OK, ("0.00", "60.00", "40.00", "DISPUTED")),
    ("dispute", "credit the rest"): (OK, INVALID, ("0.00", "60.00", "0.00", "DISPUTED")),
    ("dispute", "dispute"): (OK, INVALID, ("0.00", "60.00", "0.00", "DISPUTED")),
    ("cancel", "void"): (OK, OK, ("0.00", "0.00", "0.00", "VOID")),
    ("void", "cancel"): (INVALID, OK, ("0.00", "0.00", "0.00", "PENDING")),
    ("pay the rest", "void"): (OK, INVALID, ("0.00", "100.00", "0.00", "PENDING")),
    ("void", "pay the rest"): (INVALID, OK, ("0.00", "100.00", "0.00", "PENDING")),
}


def _changes(
    client: Callable[[str], Client], record: dict[str, Any], payment: dict[str, Any]
) -> dict[str, Callable[[], Coroutine[Any, Any, Answer]]]:
    it, mkt = client("coordinator-it"), client("coordinator-mkt")
    about, ended = {"billingRecordId": record["id"]}, {"id": payment["id"]}
    part = [{**about, "amount": "40.00"}]
    return {
        "pay the rest": lambda: mkt.change(
            "recordPayment",
            "payment { id }",
            amount="40.00",
            method="CARD",
            reference=key(),
            allocations=part,
            idempotencyKey=key(),
        ),
        "credit the rest": lambda: it.change(
            "issueCreditNote", "creditNote { id }", **about, reason="Less.", idempotencyKey=key()
        ),
        "confirm": lambda: it.change("confirmPayment", "payment { id }", **ended, idempotencyKey=key()),
        "reject": lambda: it.change("rejectPayment", "payment { id }", **ended, reason="Gone.", idempotencyKey=key()),
        "cancel": lambda: mkt.change("cancelPayment", "payment { id }", **ended, idempotencyKey=key()),
        "dispute": lambda: mkt.change("openDispute", "dispute { id }", **about, reason="No.", idempotencyKey=key()),
        "void": lambda: it.change(
            "voidBillingRecord", "billingRecord { id }", id=record["id"], reason="Twice.", idempotencyKey=key()
        ),
    }


async def _until_waiting(owner: AsyncEngine, count: int) -> None:
    """Until so many of the service's connections wait for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'billing_scoped'"
    )
    async with owner.connect() as connection, asyncio.timeout(10):
        while (await connection.scalar(waiting)) != count:
            await connection.rollback()


def _said(answer: Answer) -> str:
    codes = {code for code, _ in answer.user_errors}
    return ", ".join(sorted(codes)) or OK


@pytest.mark.parametrize(("first", "second"), OUTCOMES, ids=lambda name: name.replace(" ", "_"))
async def test_two_changes_of_one_record_come_one_after_the_other(
    first: str, second: str, client: Callable[[str], Client], make: Make, owner: AsyncEngine
) -> None:
    record = await make.record("100.00")
    payment = await make.payment(record, "60.00")
    changes = _changes(client, record, payment)

    async with owner.connect() as holder:
        await holder.execute(text("SELECT FROM billing_records WHERE id = :id FOR UPDATE"), {"id": record["id"]})
        started = [asyncio.create_task(changes[first]())]
        await _until_waiting(owner, 1)
        started.append(asyncio.create_task(changes[second]()))
        await _until_waiting(owner, 2)
        await holder.rollback()
    answers = await asyncio.gather(*started)

    now = await make.read(record)
    left = (now["confirmedAmount"], now["pendingAmount"], now["creditedAmount"], now["status"])
    assert (_said(answers[0]), _said(answers[1]), left) == OUTCOMES[first, second]
    async with owner.connect() as connection:
        await assert_books_balance(connection)
