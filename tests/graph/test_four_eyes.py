"""Four eyes: whoever recorded a payment cannot confirm or reject it, whatever their role."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.client import Answer, Client
from tests.support.make import Make, key
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]

MUTATIONS = ["confirmPayment", "rejectPayment", "confirmBillingRecordPayment"]


async def decide(client: Client, mutation: str, record: dict[str, Any], payment: dict[str, Any]) -> Answer:
    given: dict[str, dict[str, Any]] = {
        "confirmPayment": {"id": payment["id"]},
        "rejectPayment": {"id": payment["id"], "reason": "Because."},
        "confirmBillingRecordPayment": {"billingRecordId": record["id"]},
    }
    return await client.change(mutation, "", **given[mutation], idempotencyKey=key())


def refusal(mutation: str) -> list[tuple[str, list[str] | None]]:
    return [("FOUR_EYES", ["billingRecordId" if mutation == "confirmBillingRecordPayment" else "id"])]


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("who", ["billing-admin", "admin", "superadmin"])
async def test_no_role_decides_about_its_own_payment(
    client: People, make: Make, unchanged: Unchanged, who: str, mutation: str
) -> None:
    record = await make.record()
    payment = await make.payment(record, by=who)

    async with unchanged():
        answer = await decide(client(who), mutation, record, payment)

    assert answer.user_errors == refusal(mutation)


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_a_coordinator_who_changed_sides_does_not_decide_about_their_own_payment(
    client: People, make: Make, world: World, unchanged: Unchanged, mutation: str
) -> None:
    record = await make.record()
    payment = await make.payment(record, by="coordinator-mkt")
    moved = await client("admin").change(
        "assignRole",
        "",
        id=str(world.users["coordinator-mkt"]),
        version=1,
        role="COORDINATOR",
        divisionId=str(world.divisions["IT"]),
    )
    assert moved.user_errors == []

    async with unchanged():
        answer = await decide(client("coordinator-mkt"), mutation, record, payment)

    assert answer.user_errors == refusal(mutation)


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_an_own_payment_that_is_over_is_still_an_own_payment(
    client: People, make: Make, unchanged: Unchanged, mutation: str
) -> None:
    record = await make.record()
    payment = await make.payment(record, by="superadmin", confirmed_by="coordinator-it")

    async with unchanged():
        answer = await decide(client("superadmin"), mutation, record, payment)

    ended = [("INVALID_STATE", ["billingRecordId"])]
    assert answer.user_errors == (ended if mutation == "confirmBillingRecordPayment" else refusal(mutation))


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize(
    ("one", "other"),
    [("billing-admin", "billing-admin-2"), ("superadmin", "admin"), ("billing-admin", "coordinator-it")],
)
async def test_another_pair_of_eyes_decides(client: People, make: Make, one: str, other: str, mutation: str) -> None:
    record = await make.record()
    payment = await make.payment(record, by=one)

    answer = await decide(client(other), mutation, record, payment)

    assert answer.user_errors == []


async def test_an_own_payment_can_be_cancelled(client: People, make: Make) -> None:
    payment = await make.payment(await make.record(), by="superadmin")

    answer = await client("superadmin").change(
        "cancelPayment", "payment { status }", id=payment["id"], idempotencyKey=key()
    )

    assert answer.field["payment"] == {"status": "CANCELLED"}
