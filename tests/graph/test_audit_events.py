"""Reading the audit trail: who may, what it shows of a change, and how it is searched."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.client import Client
from tests.support.make import Make, key
from tests.support.world import World

People = Callable[[str], Client]
At = Callable[[datetime], None]

EVENT = """id occurredAt kind operation code actorRole requestId actor { displayName }
           changes { table objectId columns { name before after } }"""


async def events(client: Client, filter: str = "{}", **variables: Any) -> list[dict[str, Any]]:
    declared = "".join(f"${name}: {'DateTime!' if name == 'at' else 'ID!'}" for name in variables)
    answer = await client.run(
        f"query{f'({declared})' if declared else ''} {{ auditEvents(filter: {filter}, first: 20) "
        f"{{ nodes {{ {EVENT} }} totalCount }} }}",
        **variables,
    )
    found: list[dict[str, Any]] = answer.field["nodes"]
    assert answer.field["totalCount"] == len(found)
    return found


def told(event: dict[str, Any], table: str) -> dict[str, tuple[str | None, str | None]]:
    """Before and after of each column of the only row of a table."""
    (row,) = [row for row in event["changes"] if row["table"] == table]
    return {column["name"]: (column["before"], column["after"]) for column in row["columns"]}


async def test_a_change_is_shown_with_what_was_before_and_after(client: People, make: Make, at: At) -> None:
    at(datetime(2026, 1, 10, 9, tzinfo=UTC))
    record = await make.record("100.00", dueDate="2026-01-31")
    at(datetime(2026, 1, 11, 9, tzinfo=UTC))
    payment = await make.payment(record, "40.00", by="coordinator-mkt")

    event = (await events(client("analyst")))[0]

    assert {name: event[name] for name in ("occurredAt", "kind", "operation", "code", "actorRole", "actor")} == {
        "occurredAt": "2026-01-11T09:00:00Z",
        "kind": "CHANGE",
        "operation": "record_payment",
        "code": None,
        "actorRole": "COORDINATOR",
        "actor": {"displayName": "Coordinator-Mkt"},
    }
    assert [row["table"] for row in event["changes"]] == [
        "payment_records",
        "payment_allocations",
        "billing_records",
    ]
    assert event["changes"][0]["objectId"] == payment["id"]
    assert event["changes"][2]["objectId"] == record["id"]
    assert told(event, "billing_records") == {"pending_amount": ("0.00", "40.00"), "version": ("1", "2")}
    added = told(event, "payment_records")
    assert (added["amount"], added["paid_on"]) == ((None, "40.00"), (None, "2026-01-11"))
    assert all(before is None for before, _ in added.values())
    assert list(added) == sorted(added)


async def test_a_row_that_is_gone_is_shown_with_what_it_was(client: People, make: Make) -> None:
    draft = await make.record("7.00", draft=True)
    await client("coordinator-it").change("deleteDraftBillingRecord", "", id=draft["id"], idempotencyKey=key())

    event = (await events(client("analyst")))[0]

    gone = told(event, "billing_records")
    assert (gone["total"], gone["lifecycle"], gone["disputed"]) == (("7.00", None), ("DRAFT", None), ("false", None))
    assert (gone["issue_date"], gone["import_id"]) == (("infinity", None), (None, None))
    assert told(event, "billing_line_items")["name"] == ("Support", None)


async def test_a_refusal_is_shown_with_its_code_and_no_changes(client: People, make: Make) -> None:
    record = await make.record()
    await client("analyst").change("voidBillingRecord", "", id=record["id"], reason="x", idempotencyKey=key())

    event = (await events(client("billing-admin"), "{kind: {eq: REFUSAL}}"))[0]

    assert (event["kind"], event["code"], event["changes"]) == ("REFUSAL", "FORBIDDEN", [])
    assert (event["operation"], event["actor"]["displayName"]) == ("void_billing_record", "Analyst")


@pytest.mark.parametrize("who", ["analyst", "billing-admin", "admin", "superadmin"])
async def test_those_who_see_all_read_the_trail(client: People, make: Make, who: str) -> None:
    await make.record()

    assert [event["operation"] for event in await events(client(who))] == ["create_billing_record"]


@pytest.mark.parametrize("who", ["coordinator-it", "coordinator-none"])
async def test_no_coordinator_reads_it_not_even_of_what_they_did(client: People, make: Make, who: str) -> None:
    await make.record(by="coordinator-it")

    answer = await client(who).run("{ auditEvents { nodes { id } totalCount } }")

    assert (answer.codes, answer.body["data"]) == (["FORBIDDEN"], {"auditEvents": None})


async def test_the_trail_is_searched_by_what_was_touched_by_whom_how_and_when(
    client: People, make: Make, world: World, at: At
) -> None:
    admin = client("admin")
    at(datetime(2026, 1, 10, tzinfo=UTC))
    record = await make.record(by="coordinator-it")
    at(datetime(2026, 1, 11, tzinfo=UTC))
    other = await make.record(by="billing-admin")
    at(datetime(2026, 1, 12, tzinfo=UTC))
    payment = await make.payment(record, "1.00")
    await client("analyst").change("cancelPayment", "", id=payment["id"], idempotencyKey=key())

    async def found(filter: str, **variables: Any) -> list[tuple[str, str]]:
        return [(event["operation"], event["kind"]) for event in await events(admin, filter, **variables)]

    made, paid, refused = (
        ("create_billing_record", "CHANGE"),
        ("record_payment", "CHANGE"),
        ("cancel_payment", "REFUSAL"),
    )
    assert await found("{}") == [refused, paid, made, made]
    assert await found("{objectId: {eq: $record}}", record=record["id"]) == [paid, made]
    assert await found("{objectId: {in: [$payment]}}", payment=payment["id"]) == [paid]
    assert await found("{objectId: {eq: $other}}", other=other["id"]) == [made]
    assert await found("{actorId: {eq: $who}}", who=str(world.users["billing-admin"])) == [made]
    assert await found('{operation: {startsWith: "record_"}}') == [paid]
    assert await found("{kind: {eq: REFUSAL}}") == [refused]
    assert await found("{not: {kind: {eq: REFUSAL}}}") == [paid, made, made]
    assert await found("{occurredAt: {lt: $at}}", at="2026-01-11T00:00:00Z") == [made]
    assert await found("{occurredAt: {gte: $at}}", at="2026-01-12T00:00:00Z") == [refused, paid]


async def test_a_request_is_found_by_its_correlation_id(client: People, make: Make) -> None:
    record = await make.record()
    answer = await client("analyst").change("voidBillingRecord", "", id=record["id"], reason="x", idempotencyKey=key())
    correlation_id = answer.errors[0]["extensions"]["correlationId"]

    found = await events(client("admin"), f'{{requestId: {{eq: "{correlation_id}"}}}}')

    assert [event["requestId"] for event in found] == [correlation_id]


async def test_the_role_is_the_one_that_somebody_had_then(client: People, make: Make, world: World) -> None:
    await make.record(by="billing-admin")
    id = str(world.users["billing-admin"])
    await client("superadmin").change("assignRole", "", id=id, version=1, role="ADMIN")
    await make.record(by="billing-admin")

    found = await events(client("analyst"), "{actorId: {eq: $who}}", who=id)

    assert [event["actorRole"] for event in found] == ["ADMIN", "BILLING_ADMIN"]


async def test_the_trail_is_read_in_pages_of_one_order(client: People, make: Make) -> None:
    records = [await make.record(f"{number}.00") for number in range(1, 6)]
    document = """query($after: String, $direction: OrderDirection!) {
        auditEvents(first: 2, after: $after, orderBy: {field: OCCURRED_AT, direction: $direction}) {
            nodes { changes { objectId table } } pageInfo { hasNextPage endCursor } } }"""

    async def read(direction: str) -> list[str]:
        ids, after, more = [], None, True
        while more:
            page = (await client("analyst").run(document, after=after, direction=direction)).field
            ids += [node["changes"][0]["objectId"] for node in page["nodes"]]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        return ids

    assert await read("ASC") == [record["id"] for record in records]
    assert await read("DESC") == [record["id"] for record in reversed(records)]
