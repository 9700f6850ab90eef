"""Whatever the service does, the books agree afterwards: every change, and after each of them every invariant."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from billing.services import audit_chain
from tests.support.client import Client
from tests.support.database import Database
from tests.support.integrity import assert_books_balance, findings
from tests.support.make import Make, key
from tests.support.world import World

People = Callable[[str], Client]
Change = Callable[..., Awaitable[Any]]


@pytest.fixture
def change(client: People, database: Database) -> Change:
    """`await change(person, mutation, fields, **input)`: done, sealed, and sound."""

    async def change(person: str, mutation: str, fields: str, **input: Any) -> Any:
        given = input if "version" in input else {"idempotencyKey": key(), **input}
        answer = await client(person).change(mutation, fields, **given)
        assert answer.user_errors == [], answer.body
        await sealed_and_sound(database)
        return answer.field

    return change


async def sealed_and_sound(database: Database) -> None:
    await audit_chain.seal(database)
    async with database.owner.connect() as connection:
        await assert_books_balance(connection)


def charge(world: World, *prices: str, **also: Any) -> dict[str, Any]:
    """From IT to Marketing, of half a unit for each price, so that there is something to round."""
    return {
        "fromDivisionId": str(world.divisions["IT"]),
        "toDivisionId": str(world.divisions["MKT"]),
        "currency": "USD",
        "periodStart": "2026-01-01",
        "periodEnd": "2026-01-31",
        "lines": [{"name": "Support", "unit": "hour", "quantity": "0.5", "unitPrice": price} for price in prices],
        **also,
    }


async def test_the_life_of_drafts_keeps_the_books(change: Change, world: World) -> None:
    draft = {"draft": True}
    first = await change(
        "coordinator-it", "createBillingRecord", "billingRecord { id version }", **charge(world, "9.99", **draft)
    )
    again = await change(
        "coordinator-it", "createBillingRecord", "billingRecord { id }", **charge(world, "0.01", **draft)
    )
    await change(
        "coordinator-it",
        "updateBillingRecord",
        "billingRecord { id }",
        id=first["billingRecord"]["id"],
        version=1,
        currency="KWD",
        lines=[{"name": "Support", "unit": "hour", "quantity": "1.0005", "unitPrice": "1.001"}],
    )
    await change("coordinator-it", "issueBillingRecord", "billingRecord { id }", id=first["billingRecord"]["id"])
    await change("coordinator-it", "deleteDraftBillingRecord", "deletedId", id=again["billingRecord"]["id"])


async def test_payments_keep_the_books(change: Change, make: Make, world: World) -> None:
    first, second = await make.record("60.00"), await make.record("40.00")
    parts = [{"billingRecordId": record["id"], "amount": "30.00"} for record in (first, second)]
    pay = {"amount": "60.00", "method": "JOURNAL", "allocations": parts}
    paid = [(await change("coordinator-mkt", "recordPayment", "payment { id }", reference="1", **pay))["payment"]["id"]]
    await change("coordinator-mkt", "cancelPayment", "payment { id }", id=paid[0])
    for reference in ("2", "3"):
        made = await change("coordinator-mkt", "recordPayment", "payment { id }", reference=reference, **pay)
        paid.append(made["payment"]["id"])
        verb = {"2": "rejectPayment", "3": "confirmPayment"}[reference]
        reason = {"reason": "It never came."} if verb == "rejectPayment" else {}
        await change("coordinator-it", verb, "payment { id }", id=paid[-1], **reason)
    await change("billing-admin", "reversePayment", "payment { status }", id=paid[-1], reason="It was another's.")
    await make.payment(first, "60.00")
    await change(
        "coordinator-it", "confirmBillingRecordPayment", "billingRecord { status }", billingRecordId=first["id"]
    )
    await change(
        "coordinator-it",
        "updateBillingRecord",
        "billingRecord { dueDate }",
        id=second["id"],
        version=(await make.read(second))["version"],
        dueDate="2099-01-31",
    )


async def test_credits_disputes_and_what_replaces_a_void_record_keep_the_books(
    change: Change, make: Make, client: People, world: World
) -> None:
    made = await change(
        "coordinator-it",
        "createBillingRecord",
        "billingRecord { id lineItems { id } }",
        **charge(world, "80.00", "20.01"),
    )
    record = made["billingRecord"]
    await change(
        "coordinator-it",
        "issueCreditNote",
        "creditNote { number }",
        billingRecordId=record["id"],
        reason="Half of it.",
        lines=[{"lineItemId": record["lineItems"][0]["id"], "amount": "20.00"}],
    )
    await change(
        "coordinator-it", "issueCreditNote", "creditNote { id }", billingRecordId=record["id"], reason="The rest."
    )
    upheld, void = await make.record("70.00"), await make.record("55.00")
    await make.payment(upheld, "10.00")
    for resolution, credit in (("REJECTED", {}), ("UPHELD", {"creditAmount": "25.00"})):
        dispute = await make.dispute(upheld)
        await change(
            "coordinator-it",
            "resolveDispute",
            "dispute { status }",
            id=dispute["id"],
            resolution=resolution,
            note="So.",
            **credit,
        )
    dispute = await make.dispute(upheld)
    await change("coordinator-mkt", "withdrawDispute", "dispute { status }", id=dispute["id"])
    await change("coordinator-it", "voidBillingRecord", "billingRecord { status }", id=void["id"], reason="Twice.")
    await change(
        "coordinator-it", "createBillingRecord", "billingRecord { id }", **charge(world, "54.99", replacesId=void["id"])
    )


async def test_many_at_once_keep_the_books(change: Change, make: Make, world: World) -> None:
    wrong = {**charge(world, "1.00"), "toDivisionId": str(world.divisions["IT"])}
    records = [charge(world, "0.03"), wrong, charge(world, "0.00"), charge(world, "7.00", draft=True)]
    made = await change(
        "coordinator-it",
        "createBillingRecords",
        "results { billingRecord { id total } userErrors { code } }",
        records=records,
        onError="SKIP_FAILED",
    )
    payments = [await make.payment(await make.record("5.00")) for _ in range(2)]
    ids = [payments[0]["id"], str(world.laptop), payments[1]["id"]]
    await change("coordinator-it", "confirmPayments", "results { userErrors { code } }", ids=ids, onError="SKIP_FAILED")

    assert [len(each["userErrors"]) for each in made["results"]] == [0, 1, 0, 0]


async def test_every_invariant_has_seen_what_the_service_does(
    change: Change, make: Make, client: People, database: Database, world: World
) -> None:
    """The tests above prove nothing of an invariant that found nothing to look at."""
    await test_the_life_of_drafts_keeps_the_books(change, world)
    await test_payments_keep_the_books(change, make, world)
    await test_credits_disputes_and_what_replaces_a_void_record_keep_the_books(change, make, client, world)
    await test_many_at_once_keep_the_books(change, make, world)

    async with database.owner.connect() as connection:
        found = await findings(connection)

    assert [name for name, finding in found.items() if finding.rows_checked == 0] == []
