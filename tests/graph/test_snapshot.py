"""One operation, one moment: all its reads are of one snapshot, whose connection is back before the answer is sent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from starlette.types import Message, Receive, Scope
from starlette.types import Send as Sending
from structlog.testing import capture_logs

from billing.app import create_app
from billing.db.lists import Cursor
from billing.db.snapshot import Snapshot
from billing.db.tables import billing_records
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer
from billing.settings import Settings
from tests.access.asking import Asking, Said, at_the_door
from tests.access.introspection import mutation_document
from tests.access.scene import Scene, set_up
from tests.conftest import TOKENS
from tests.support.asgi import http_to
from tests.support.database import Database, connect
from tests.support.doors import Send
from tests.support.make import key

Change = Callable[[], Awaitable[None]]

_SHAPES: dict[str, tuple[str, dict[str, list[Any]]]] = {
    "a record, its lines, and the record again through its payment": (
        """query($id: ID!) { billingRecord(id: $id) { total lineItems { amount }
           payments { allocations { billingRecord { total lineItems { amount } } } } } }""",
        {"total": ["100.00", "100.00"], "amount": ["100.00", "100.00"]},
    ),
    "a page and its count": ("{ billingRecords(first: 1) { totalCount } }", {"totalCount": [16]}),
    "a node found by its id and then read": (
        "query($id: ID!) { node(id: $id) { ... on BillingRecord { total lineItems { amount } } } }",
        {"total": ["100.00"], "amount": ["100.00"]},
    ),
    "a payment and the record behind it": (
        """query($payment: ID!) { node(id: $payment) {
           ... on PaymentRecord { allocations { billingRecord { total } } } } }""",
        {"total": ["100.00"]},
    ),
}


@pytest.fixture
async def scene(database: Database) -> Scene:
    async with database.owner.begin() as connection:
        return await set_up(connection)


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Somebody else's connections to the same database."""
    engine = create_async_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.mark.parametrize("shape", _SHAPES)
async def test_what_is_committed_between_two_loads_of_an_operation_is_not_seen_by_it(
    shape: str, scene: Scene, database: Database, settings: Settings, other: AsyncEngine
) -> None:
    document, before = _SHAPES[shape]

    with _after_the_first_statement(lambda: _raise_the_total(other, scene)) as committed:
        said = await _ask(database, settings, scene, document)

    assert committed == [True]
    assert {name: said.all(name) for name in before} == before
    after = await _ask(database, settings, scene, document)
    assert {name: after.all(name) for name in before} != before


@pytest.mark.parametrize("shape", _SHAPES)
async def test_at_a_weaker_level_the_same_operation_would_be_torn(
    shape: str, scene: Scene, database: Database, settings: Settings, other: AsyncEngine
) -> None:
    """What shows that the test above can fail."""
    document, before = _SHAPES[shape]
    weaker = replace(database)
    weaker.read_at("READ COMMITTED")

    with _after_the_first_statement(lambda: _raise_the_total(other, scene)):
        said = await _ask(weaker, settings, scene, document)

    assert {name: said.all(name) for name in before} != before


async def test_the_clock_of_an_operation_stands_still(scene: Scene, database: Database, settings: Settings) -> None:
    """Every statement of an operation has the same today, though midnight passes between them."""
    asked: list[int] = []
    ticking = replace(database)

    def clock(now: datetime) -> datetime:
        asked.append(1)
        return now

    ticking.clock = clock
    await _ask(ticking, settings, scene, "{ billingRecords { nodes { status lineItems { id } } totalCount } }")

    assert asked == [1]


async def test_two_mutations_of_one_document_each_show_their_own_effect(
    scene: Scene, database: Database, settings: Settings
) -> None:
    record = str(scene.ours.open)
    document = """mutation($a: UpdateBillingRecordInput!, $b: RecordPaymentInput!, $c: RecordPaymentInput!) {
        noted: updateBillingRecord(input: $a) { billingRecord { fromNote version pendingAmount } }
        first: recordPayment(input: $b) { billingRecords { version pendingAmount payments { amount } } }
        second: recordPayment(input: $c) { billingRecords { version pendingAmount payments { amount } } }
    }"""

    def payment(amount: str) -> dict[str, Any]:
        parts = [{"billingRecordId": record, "amount": amount}]
        about = {"method": "JOURNAL", "reference": amount, "idempotencyKey": key()}
        return {"amount": amount, "allocations": parts, **about}

    async with at_the_door(database, settings) as asking:
        said = await asking(
            "billing-admin",
            document,
            a={"id": record, "version": 1, "fromNote": "new"},
            b=payment("30.00"),
            c=payment("20.00"),
        )

    assert said.body == {
        "extensions": {"cost": 224},
        "data": {
            "noted": {"billingRecord": {"fromNote": "new", "version": 2, "pendingAmount": "0.00"}},
            "first": {"billingRecords": [{"version": 3, "pendingAmount": "30.00", "payments": [{"amount": "30.00"}]}]},
            "second": {
                "billingRecords": [
                    {"version": 4, "pendingAmount": "50.00", "payments": [{"amount": "20.00"}, {"amount": "30.00"}]}
                ]
            },
        },
    }


async def test_the_connection_is_back_before_the_answer_is_sent(
    scene: Scene, database: Database, settings: Settings
) -> None:
    held: list[int] = []
    app = create_app(settings, database, TOKENS)

    async def watched(scope: Scope, receive: Receive, send: Sending) -> None:
        async def sending(message: Message) -> None:
            held.append(database.connections_in_use)
            await send(message)

        await app(scope, receive, sending)

    async with http_to(watched) as http:
        statuses = [
            (await Asking(http, TOKENS)(person, document, **variables)).status
            for person, document, variables in _requests(scene)
        ]

    assert set(statuses) == {200, 401}
    assert held == [0] * (2 * len(statuses))


async def test_nothing_is_checked_out_after_many_requests(scene: Scene, database: Database, settings: Settings) -> None:
    async with at_the_door(database, settings) as asking:
        for _ in range(5):
            await asyncio.gather(
                *(asking(person, document, **variables) for person, document, variables in _requests(scene))
            )

    assert database.connections_in_use == 0


async def test_nothing_is_checked_out_after_requests_that_were_given_up(
    scene: Scene, database: Database, settings: Settings, other: AsyncEngine
) -> None:
    """Cut off while their statement waits for a lock that somebody else holds."""
    requests: list[tuple[str, str, dict[str, Any]]] = [
        ("billing-admin", "{ billingRecords { nodes { id fromDivision { code } } totalCount } }", {}),
        ("coordinator-it", "{ billingRecords { totalCount } payments { totalCount } me { division { code } } }", {}),
        ("billing-admin", *_void(scene)),
    ]
    async with at_the_door(database, settings) as asking, other.begin() as holder:
        await holder.execute(text("LOCK TABLE billing_records IN ACCESS EXCLUSIVE MODE"))
        for person, document, variables in requests:
            request = asyncio.ensure_future(asking(person, document, **variables))
            await _someone_waits(holder)
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request

            assert database.connections_in_use == 0


async def test_a_pool_of_one_connection_is_enough(scene: Scene, database_url: str, settings: Settings) -> None:
    """No request waits for a second connection while it holds one, so that they cannot wait for each other."""
    lonely = connect(settings.model_copy(update={"pool_size": 1, "pool_timeout_seconds": 5}), database_url)
    document, variables = _void(scene)
    changes = mutation_document("updateBillingRecord").replace("mutation(", "mutation Two(").removesuffix("}")
    two = f"{changes} again: {changes.split('{ ', 1)[1]} }}"

    try:
        async with at_the_door(lonely, settings) as asking:
            answers = await asyncio.gather(
                *(asking(person, ask, **given) for person, ask, given in _requests(scene) if person is not None),
                asking("admin", document, **variables),
                asking("admin", two, input={"id": str(scene.theirs.open), "version": 1, "fromNote": "new"}),
            )
        assert {said.status for said in answers} == {200, 401}
        assert not [code for said in answers for code, _ in said.errors if code == "SERVICE_UNAVAILABLE"]
        assert answers[-1].all("userErrors")[0] == []
        assert lonely.connections_in_use == 0
    finally:
        await lonely.close()


async def test_a_connection_that_is_lost_after_the_answer_fails_nothing(
    scene: Scene, database_url: str, settings: Settings
) -> None:
    """Its transaction has not ended yet, since that is left to the next one."""
    own = connect(settings, database_url)
    document = "query($id: ID!) { billingRecord(id: $id) { total } me { name } }"
    sent: list[Any] = []

    async def note(protocol: Any, statement: str, send: Send) -> Any:
        sent.append(protocol)
        return await send()

    try:
        async with at_the_door(own, settings) as asking:
            with own.behind(note):
                whole = await asking("analyst", document, id=str(scene.ours.open))
            for protocol in sent:
                protocol.abort()
            found = await asking("analyst", document, id=str(scene.ours.open))
        assert whole.data == found.data == {"billingRecord": {"total": "100.00"}, "me": {"name": "analyst"}}
        assert found.errors == []
        assert own.connections_in_use == 0
    finally:
        await own.close()


async def test_what_a_failed_operation_still_wanted_to_load_takes_no_connection(
    scene: Scene, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The edges fail at once; the loads of the nodes beside them are under way by then."""
    document = """{ billingRecords {
        nodes { fromDivision { code } lineItems { catalogItem { sku } } payments { id } } edges { cursor }
    } }"""
    monkeypatch.setattr(Cursor, "encode", _fail)

    before = asyncio.all_tasks()
    async with _closed_afterwards(monkeypatch):
        with capture_logs():
            said = await _ask(database, settings, scene, document)
        await _settled(before)

        assert said.errors == [("INTERNAL", ["billingRecords", "edges"])]
        assert database.connections_in_use == 0


async def test_a_field_that_fails_takes_no_other_with_it(
    scene: Scene, database: Database, settings: Settings, other: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two records share the loads of what both name; one record's fault is not the other's."""
    async with other.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        nobody = text("UPDATE billing_records SET created_by = gen_random_uuid() WHERE id = :id")
        await connection.execute(nobody, {"id": scene.ours.open})
    record = "createdBy { id } fromDivision { code } lineItems { catalogItem { provider { code children { code } } } }"
    document = f"""query($id: ID!, $open: ID!) {{
        broken: billingRecord(id: $open) {{ {record} }}
        whole: billingRecord(id: $id) {{ {record} }}
    }}"""

    before = asyncio.all_tasks()
    async with _closed_afterwards(monkeypatch):
        with capture_logs():
            said = await _ask(database, settings, scene, document)
        await _settled(before)

    assert said.errors == [("INTERNAL", ["broken", "createdBy"])]
    assert said.data["broken"] is None
    assert said.data["whole"]["fromDivision"] == {"code": "IT"}


async def test_an_object_that_is_missing_within_another_is_told_of(
    scene: Scene, database: Database, settings: Settings, other: AsyncEngine
) -> None:
    """One statement makes the text of both, and makes none where a part may not be missing."""
    async with other.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        nobody = text("UPDATE payment_records SET recorded_by = gen_random_uuid() WHERE id = :id")
        await connection.execute(nobody, {"id": scene.ours.payment})
        without = text("UPDATE billing_line_items SET catalog_item_id = NULL WHERE billing_record_id = :id")
        await connection.execute(without, {"id": scene.ours.awaiting})
    record = "query($id: ID!) {{ billingRecord(id: $id) {{ {} }} }}"
    with capture_logs():
        broken = await _ask(database, settings, scene, record.format("number payments { id recordedBy { id } }"))
    plain = await _ask(database, settings, scene, record.format("number lineItems { name catalogItem { sku } }"))

    assert broken.errors == [("INTERNAL", ["billingRecord", "payments", 0, "recordedBy"])]
    assert broken.data == {"billingRecord": None}
    assert plain.errors == []
    assert [line["catalogItem"] for line in plain.data["billingRecord"]["lineItems"]] == [None]


async def test_a_field_that_is_given_up_leaves_the_others_their_connection(
    scene: Scene, database: Database, other: AsyncEngine
) -> None:
    """It is given up while its statement runs: the driver closes the connection of one that is cancelled."""
    snapshot = database.snapshot(Viewer(scene.world.users["analyst"], "analyst", Role.ANALYST, None))
    records = select(func.count()).select_from(billing_records)

    async with other.begin() as holder:
        await holder.execute(text("LOCK TABLE billing_records IN ACCESS EXCLUSIVE MODE"))
        field = asyncio.create_task(snapshot.rows(records))
        await _someone_waits(holder)
        field.cancel()
        with pytest.raises(asyncio.CancelledError):
            await field

    assert await snapshot.value(records) > 0
    await snapshot.close()


def _requests(scene: Scene) -> list[tuple[str | None, str, dict[str, Any]]]:
    """All that can become of a request: answered, changed, replayed, refused, failed."""
    id = str(scene.ours.open)
    update = mutation_document("updateBillingRecord")
    return [
        (
            "billing-admin",
            "{ billingRecords { nodes { lineItems { catalogItem { provider { code } } } } totalCount } }",
            {},
        ),
        ("coordinator-it", "query($id: ID!) { node(id: $id) { id } me { division { code } } }", {"id": id}),
        ("coordinator-none", "{ a: billingRecords { totalCount } b: payments { totalCount } }", {}),
        ("coordinator-it", update, {"input": {"id": id, "version": 1, "fromNote": "a"}}),
        ("coordinator-mkt", update, {"input": {"id": id, "version": 1, "fromNote": "a"}}),
        ("coordinator-hr", update, {"input": {"id": id, "version": 1, "fromNote": "a"}}),
        ("analyst", update, {"input": {"id": id, "version": 1, "fromNote": "a"}}),
        ("coordinator-it", "{ users { totalCount } billingRecords { nodes { createdBy { name } } } }", {}),
        (
            "analyst",
            "{ billingRecords { nodes { id } } payments(first: 0) { totalCount } me { division { code } } }",
            {},
        ),
        ("analyst", '{ billingRecords { nodes { payments { id } } } disputes(after: "nowhere") { totalCount } }', {}),
        ("analyst", '{ catalogItems { nodes { provider { code } price(currency: "XXX") { unitPrice } } } }', {}),
        ("analyst", "{ nothing }", {}),
        ("analyst", "{", {}),
        ("no such person", "{ me { name } }", {}),
        (None, "{ me { name } }", {}),
    ]


def _void(scene: Scene) -> tuple[str, dict[str, Any]]:
    given = {"id": str(scene.ours.open), "reason": "Wrong.", "idempotencyKey": key()}
    return mutation_document("voidBillingRecord"), {"input": given}


async def _ask(database: Database, settings: Settings, scene: Scene, document: str) -> Said:
    values = {"id": scene.ours.awaiting, "open": scene.ours.open, "payment": scene.ours.payment}
    variables = {name: str(value) for name, value in values.items() if f"${name}:" in document}
    async with at_the_door(database, settings) as asking:
        return await asking("billing-admin", document, **variables)


async def _raise_the_total(other: AsyncEngine, scene: Scene) -> None:
    """Another fifty on the record, as one more line of it, and a record more: committed at once."""
    async with other.begin() as connection:
        await connection.execute(
            text("UPDATE billing_records SET total = total + 50 WHERE id = :id"), {"id": scene.ours.awaiting}
        )
        await connection.execute(
            text("""
                INSERT INTO billing_line_items (id, billing_record_id, from_division_id, to_division_id, currency,
                    position, name, unit, quantity, unit_price, amount, unrounded_amount)
                SELECT gen_random_uuid(), billing_record_id, from_division_id, to_division_id, currency,
                    2, 'one more', 'month', 1, 50, 50.00, 50
                FROM billing_line_items WHERE billing_record_id = :id
            """),
            {"id": scene.ours.awaiting},
        )
        await connection.execute(
            text("""
                INSERT INTO billing_records (id, from_division_id, to_division_id, currency, period_start, period_end,
                    total, credited_amount, confirmed_amount, pending_amount, created_by)
                SELECT gen_random_uuid(), from_division_id, to_division_id, currency, period_start, period_end,
                    total, credited_amount, confirmed_amount, pending_amount, created_by
                FROM billing_records WHERE id = :id
            """),
            {"id": scene.ours.draft},
        )


@contextmanager
def _after_the_first_statement(change: Change) -> Iterator[list[bool]]:
    """Runs the change once, when the first rows of an operation have come and before anything goes on from them."""
    committed: list[bool] = []
    rows = Snapshot.rows

    async def interrupted(self: Snapshot, statement: Any) -> Any:
        found = await rows(self, statement)
        if not committed:
            committed.append(True)
            await change()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Snapshot, "rows", interrupted)
        yield committed


@asynccontextmanager
async def _closed_afterwards(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Closes whatever snapshot was opened meanwhile, so that what one test loses is not missing in the next."""
    made: list[Snapshot] = []
    snapshot = Database.snapshot
    before = asyncio.all_tasks()

    def noted(self: Database, viewer: Viewer) -> Snapshot:
        made.append(snapshot(self, viewer))
        return made[-1]

    monkeypatch.setattr(Database, "snapshot", noted)
    try:
        yield
    finally:
        await _settled(before)
        for opened in made:
            await opened.close()


def _fail(cursor: Cursor) -> str:
    raise RuntimeError("provoked")


async def _settled(before: set[asyncio.Task[Any]]) -> None:
    """Until no task is left that was not there before."""
    while others := asyncio.all_tasks() - before:
        await asyncio.wait(others)


async def _someone_waits(holder: AsyncConnection) -> None:
    """Until a statement waits for a lock; the server is asked again and again."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while not (await holder.execute(waiting)).scalar_one():
        pass
