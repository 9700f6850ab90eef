"""The audit trail: a row for every change, which tells all that was written, and one for every right refused."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select, text

from billing.app import create_app
from billing.db.tables import (
    audit_chain,
    audit_events,
    billing_records,
    credit_note_counters,
    due_date_changes,
    idempotency_keys,
    ledger_entries,
    ledger_transactions,
    metadata,
    number_counters,
)
from billing.settings import Settings
from tests.access.asking import Asking, at_the_door
from tests.access.introspection import mutation_document
from tests.access.rows import MUTATIONS
from tests.access.scene import Scene, set_up
from tests.conftest import TOKENS
from tests.support.asgi import http_to
from tests.support.client import Client
from tests.support.database import Database
from tests.support.forms import charge
from tests.support.make import Make, key
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]
At = Callable[[datetime], None]
Row = dict[str, Any]
Contents = dict[tuple[str, UUID], Row]

_UNTOLD = {
    ledger_transactions: "posted of the facts that are told, and append-only itself",
    ledger_entries: "the same",
    due_date_changes: "append-only itself; the change of the record is told",
    number_counters: "the number is told",
    credit_note_counters: "the number is told",
    idempotency_keys: "about the request",
    audit_events: "the trail",
    audit_chain: "the seal of the trail",
}
"""Tables whose rows the trail does not repeat, and why."""

_CASES = [
    pytest.param(name.split(".")[1], row, id=f"{name.split('.')[1]}-{index}")
    for name, rows in MUTATIONS.items()
    for index, row in enumerate(rows)
]


@pytest.fixture
async def scene(database: Database) -> Scene:
    async with database.owner.begin() as connection:
        return await set_up(connection)


@pytest.fixture
async def asking(database: Database, settings: Settings) -> AsyncIterator[Asking]:
    async with at_the_door(database, settings) as asking:
        yield asking


async def contents(database: Database) -> Contents:
    """Every row that the trail may have to tell of."""
    found: Contents = {}
    async with database.owner.connect() as connection:
        for table in metadata.tables.values():
            if table not in _UNTOLD and "id" in table.c:
                for row in (await connection.execute(select(table))).mappings():
                    found[table.name, row["id"]] = dict(row)
    return found


async def trail(database: Database) -> list[Any]:
    """The rows of the trail in the order in which they were written."""
    async with database.owner.connect() as connection:
        return list(await connection.execute(select(audit_events).order_by(audit_events.c.xact_id, audit_events.c.id)))


async def defaults(database: Database) -> dict[str, set[str]]:
    """The columns of each table that a new row has by itself."""
    statement = text("""
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public'
          AND (column_default IS NOT NULL OR is_nullable = 'YES' OR is_generated = 'ALWAYS')
    """)
    found: dict[str, set[str]] = {}
    async with database.owner.connect() as connection:
        for table, column in await connection.execute(statement):
            found.setdefault(table, set()).add(column)
    return found


def read(table: str, told: Mapping[str, Any]) -> Row:
    """What the trail tells, as the table has it."""
    return {name: _typed(metadata.tables[table], name, value) for name, value in told.items()}


def _typed(table: Table, name: str, value: Any) -> Any:
    kind = table.c[name].type.python_type
    if value is None or kind in (bool, int):
        return value
    assert isinstance(value, str), f"{table}.{name}: {value!r} is no text"
    if kind is date:
        return date.max if value == "infinity" else date.fromisoformat(value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    return {Decimal: Decimal, UUID: UUID}.get(kind, str)(value)


@pytest.mark.parametrize(("mutation", "row"), _CASES)
async def test_nothing_is_written_that_is_not_told_and_nothing_told_that_is_not_so(
    database: Database, scene: Scene, asking: Asking, mutation: str, row: Any
) -> None:
    before, (known, own) = await contents(database), (len(await trail(database)), await defaults(database))

    said = await asking("superadmin", mutation_document(mutation), input=row.input(scene.ours))

    assert not any(said.all("userErrors")), said.text
    after, written = await contents(database), (await trail(database))[known:]
    (event,) = written
    assert (event.kind, event.code, event.actor_role) == ("CHANGE", "", "SUPERADMIN")
    assert event.actor_id == scene.world.users["superadmin"]
    assert "".join(part.capitalize() for part in event.operation.split("_")) == mutation[0].upper() + mutation[1:]
    told = {(change["table"], UUID(change["id"])): change for change in event.changes}
    assert len(told) == len(event.changes), "each row is told of once"
    assert event.object_ids == list(dict.fromkeys(id for _, id in told))
    touched = {place for place in before.keys() | after.keys() if before.get(place) != after.get(place)}
    assert set(told) == touched
    for (table, id), change in told.items():
        was, now = before.get((table, id)), after.get((table, id))
        if was is None or now is None:
            there, whole = (now, change["after"]) if was is None else (was, change["before"])
            assert (change["before"] is None, change["after"] is None) == (was is None, now is None)
            assert there is not None
            said_of_it = read(table, whole)
            assert said_of_it == {name: there[name] for name in said_of_it}
            left_out = there.keys() - said_of_it.keys()
            assert left_out <= own.get(table, set()), "what is left out comes by itself"
        else:
            assert read(table, change["before"]) == {name: was[name] for name in change["before"]}
            assert read(table, change["after"]) == {name: now[name] for name in change["after"]}
            changed = {name for name in was if was[name] != now[name]} - {"settlement"}
            assert changed <= change["before"].keys() == change["after"].keys()


async def test_the_start_of_an_integrity_check_is_told(database: Database, scene: Scene, settings: Settings) -> None:
    """What the check finds is written in the background, past the trail: it is no change of anybody's."""
    known = len(await trail(database))
    app = create_app(settings, database, TOKENS)
    async with http_to(app) as http:
        said = await Asking(http, TOKENS)(
            "admin", mutation_document("runIntegrityCheck"), input={"idempotencyKey": key()}
        )
    await app.state.checker.until_idle()

    (event,) = (await trail(database))[known:]

    id = said.data["runIntegrityCheck"]["integrityCheck"]["id"]
    assert (event.kind, event.operation) == ("CHANGE", "run_integrity_check")
    assert [str(touched) for touched in event.object_ids] == [id]
    assert [(change["table"], change["before"]) for change in event.changes] == [("integrity_checks", None)]
    assert event.changes[0]["after"]["status"] == "RUNNING"


def test_every_table_is_told_of_or_says_why_not() -> None:
    """One with another key than an id could not be told of."""
    without_id = {table.name for table in metadata.tables.values() if "id" not in table.c and table not in _UNTOLD}

    assert without_id == {"imported_records", "integrity_check_results"}  # Written by commands and in the background.


async def test_a_change_and_its_row_are_of_one_transaction(database: Database, client: People, make: Make) -> None:
    record = await make.record()
    await make.payment(record, "1.00")

    (event,) = (await trail(database))[1:]

    async with database.owner.connect() as connection:
        written_by = await connection.execute(
            select(text("xmin::text::bigint")).select_from(billing_records).where(billing_records.c.id == record["id"])
        )
        assert written_by.scalar_one() == event.xact_id % 2**32
    assert event.operation == "record_payment"


async def test_a_right_that_the_role_has_not_is_on_record(
    database: Database, client: People, make: Make, at: At, world: World
) -> None:
    moment = datetime(2026, 3, 1, 9, tzinfo=UTC)
    at(moment)
    record = await make.record()

    answer = await client("analyst").change(
        "voidBillingRecord", "", id=record["id"], reason="Twice.", idempotencyKey=key()
    )

    event = (await trail(database))[-1]
    assert answer.codes == ["FORBIDDEN"]
    assert (event.kind, event.code, event.operation) == ("REFUSAL", "FORBIDDEN", "void_billing_record")
    assert (event.actor_id, event.actor_role) == (world.users["analyst"], "ANALYST")
    assert (event.occurred_at, event.object_ids, event.changes) == (moment, [], [])
    assert event.request_id == answer.errors[0]["extensions"]["correlationId"]


async def test_a_right_that_the_side_has_not_is_on_record(
    database: Database, client: People, make: Make, world: World
) -> None:
    record = await make.record()

    answer = await client("coordinator-mkt").change(
        "issueCreditNote", "", billingRecordId=record["id"], amount="1.00", reason="Ours.", idempotencyKey=key()
    )

    event = (await trail(database))[-1]
    assert answer.codes == ["FORBIDDEN"]
    assert (event.kind, event.code, event.operation) == ("REFUSAL", "FORBIDDEN", "issue_credit_note")
    assert (event.actor_id, event.actor_role) == (world.users["coordinator-mkt"], "COORDINATOR")
    assert event.request_id == answer.errors[0]["extensions"]["correlationId"]


@pytest.mark.parametrize("mutation", ["confirmPayment", "rejectPayment"])
async def test_ones_own_payment_is_on_record(database: Database, client: People, make: Make, mutation: str) -> None:
    payment = await make.payment(await make.record(), by="billing-admin")
    also = {"reason": "No."} if mutation == "rejectPayment" else {}

    answer = await client("billing-admin").change(mutation, "", id=payment["id"], idempotencyKey=key(), **also)

    event = (await trail(database))[-1]
    assert answer.user_errors == [("FOUR_EYES", ["id"])]
    assert (event.kind, event.code, event.actor_role) == ("REFUSAL", "FOUR_EYES", "BILLING_ADMIN")


async def test_a_refusal_is_written_by_a_transaction_of_its_own(database: Database, client: People, make: Make) -> None:
    """Of which nothing else is left, and which stays when the change is rolled back."""
    payment = await make.payment(await make.record(), by="billing-admin")
    await client("billing-admin").change("confirmPayment", "", id=payment["id"], idempotencyKey=key())

    *changes, refusal = await trail(database)

    assert refusal.xact_id > max(event.xact_id for event in changes)
    assert [event.kind for event in changes] == ["CHANGE", "CHANGE"]


async def test_other_refusals_leave_no_row(
    database: Database, client: People, make: Make, unchanged: Unchanged
) -> None:
    record = await make.record()
    known = len(await trail(database))
    it = client("coordinator-it")

    async with unchanged():
        await it.change("issueCreditNote", "", billingRecordId=record["id"], reason="", idempotencyKey=key())
        await it.change("updateBillingRecord", "", id=record["id"], version=9, fromNote="Ours.")
        await it.change("confirmPayment", "", id=record["id"], idempotencyKey=key())
        await client("coordinator-hr").change("voidBillingRecord", "", id=record["id"], reason="x", idempotencyKey="")
        await client("coordinator-hr").run("{ users { nodes { id } } auditEvents { nodes { id } } }")

    assert len(await trail(database)) == known


async def test_a_change_sent_again_leaves_no_second_row(
    database: Database, client: People, world: World, unchanged: Unchanged
) -> None:
    form = charge(world)
    await client("coordinator-it").change("createBillingRecord", "", **form)

    async with unchanged():
        again = await client("coordinator-it").change("createBillingRecord", "", **form)

    assert again.field["replayed"] is True
    assert len(await trail(database)) == 1


async def test_each_mutation_of_a_document_has_a_row_and_all_have_the_request(
    database: Database, client: People, make: Make
) -> None:
    record = await make.record()
    known = len(await trail(database))
    document = """mutation($a: UpdateBillingRecordInput!, $b: UpdateBillingRecordInput!) {
        made: updateBillingRecord(input: $a) { userErrors { code } }
        refused: updateBillingRecord(input: $b) { userErrors { code } }
    }"""
    id = record["id"]

    answer = await client("coordinator-it").run(
        document, a={"id": id, "version": 1, "fromNote": "ours"}, b={"id": id, "version": 2, "toNote": "theirs"}
    )

    made, refused = (await trail(database))[known:]
    assert (made.kind, refused.kind) == ("CHANGE", "REFUSAL")
    assert made.request_id == refused.request_id == answer.errors[0]["extensions"]["correlationId"]
    assert made.request_id not in {event.request_id for event in (await trail(database))[:known]}
