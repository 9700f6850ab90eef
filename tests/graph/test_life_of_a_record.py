"""The everyday job over GraphQL: charged, paid, confirmed."""

from collections.abc import Callable

from tests.support.client import Client
from tests.support.make import Make, key
from tests.support.world import World

People = Callable[[str], Client]


async def test_a_record_is_charged_paid_and_confirmed(client: People, make: Make, world: World) -> None:
    it, marketing = client("coordinator-it"), client("coordinator-mkt")
    created = await it.change(
        "createBillingRecord",
        "billingRecord { id number status total outstanding fromDivision { code } toDivision { code } "
        "lineItems { position name quantity unitPrice amount catalogItem { sku } } }",
        toDivisionId=str(world.divisions["MKT"]),
        currency="USD",
        periodStart="2026-01-01",
        periodEnd="2026-01-31",
        lines=[{"catalogItemId": str(world.laptop), "quantity": "40"}],
        idempotencyKey=key(),
    )
    record = created.field["billingRecord"]
    assert created.field["userErrors"] == []
    assert record["number"].startswith("IT-")
    assert record["number"].endswith("-00001")
    assert (record["status"], record["total"], record["outstanding"]) == ("PENDING", "1996.00", "1996.00")
    assert record["lineItems"] == [
        {
            "position": 1,
            "name": "Laptop",
            "quantity": "40",
            "unitPrice": "49.9",
            "amount": "1996.00",
            "catalogItem": {"sku": "LAPTOP"},
        }
    ]

    payment = await make.payment(record, "1000.00")
    assert payment["status"] == "PENDING"
    assert (await make.read(record))["pendingAmount"] == "1000.00"
    assert (await make.read(record))["outstanding"] == "1996.00"

    confirmed = await it.change(
        "confirmPayment",
        "payment { status decidedBy { displayName } } billingRecords { status outstanding pendingAmount "
        "confirmedAmount }",
        id=payment["id"],
        idempotencyKey=key(),
    )
    assert confirmed.field == {
        "payment": {"status": "CONFIRMED", "decidedBy": {"displayName": "Coordinator-It"}},
        "billingRecords": [
            {"status": "PENDING", "outstanding": "996.00", "pendingAmount": "0.00", "confirmedAmount": "1000.00"}
        ],
        "replayed": False,
        "userErrors": [],
    }

    await make.payment(record, "996.00", confirmed_by="coordinator-it")
    assert (await make.read(record))["status"] == "PAID"
    assert (await marketing.run("{ me { name role division { code } } }")).field == {
        "name": "coordinator-mkt",
        "role": "COORDINATOR",
        "division": {"code": "MKT"},
    }
