"""What is changed and refused over REST stands in the audit trail as what it is in the graph."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from billing.db.tables import audit_events
from tests.support.database import Database
from tests.support.forms import charge
from tests.support.make import Make, key
from tests.support.rest import RestClient
from tests.support.world import World

People = Callable[[str], RestClient]


async def last(database: Database, count: int) -> list[Any]:
    """The last rows of the trail, in the order in which they were written."""
    e = audit_events.c
    async with database.owner.connect() as connection:
        rows = await connection.execute(select(audit_events).order_by(e.xact_id.desc(), e.id.desc()).limit(count))
        return list(rows)[::-1]


async def test_a_change_leaves_its_row_and_a_repetition_none(rest: People, database: Database, world: World) -> None:
    form = charge(world)
    once = form.pop("idempotencyKey")

    made = await rest("coordinator-it").post("/billing", form, key=once)
    again = await rest("coordinator-it").post("/billing", form, key=once)

    (event,) = await last(database, 5)
    assert (made.status, again.data["id"]) == (201, made.data["id"])
    assert (event.kind, event.operation, event.actor_id) == (
        "CHANGE",
        "create_billing_record",
        world.users["coordinator-it"],
    )
    assert str(event.object_ids[0]) == made.data["id"]
    assert len(event.request_id) == 32


async def test_a_refused_role_a_refused_side_and_ones_own_payment_are_on_record(
    rest: People, database: Database, make: Make, world: World
) -> None:
    record = await make.record()
    await make.payment(record, by="billing-admin")
    path = f"/billing/{record['id']}/confirm-payment"

    refused = [await rest(who).post(path, key=key()) for who in ("analyst", "coordinator-mkt", "billing-admin")]

    events = await last(database, 3)
    assert [answer.status for answer in refused] == [403, 403, 403]
    assert [(event.kind, event.operation, event.code, event.actor_role) for event in events] == [
        ("REFUSAL", "confirm_billing_record_payment", "FORBIDDEN", "ANALYST"),
        ("REFUSAL", "confirm_billing_record_payment", "FORBIDDEN", "COORDINATOR"),
        ("REFUSAL", "confirm_billing_record_payment", "FOUR_EYES", "BILLING_ADMIN"),
    ]
    assert [event.request_id for event in events] == [answer.body["correlationId"] for answer in refused]
