"""No request inherits another's identity: two divisions in turn on two connections, some requests broken off."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from itertools import cycle
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text

from billing.db import scope
from billing.db.billing_records import LIST
from billing.db.identity import TODAY, said_by_itself
from billing.db.lists import Page, page_of
from billing.db.loaders import LOADERS, nesting, statement_of
from billing.db.snapshot import SecondStatement
from billing.db.statements import sendable
from billing.db.tables import billing_records
from billing.db.transaction import Transaction
from billing.domain.conditions import EVERYTHING
from billing.domain.errors import TooSlow
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer
from billing.settings import Settings
from tests.access.asking import Asking, at_the_door
from tests.access.scene import Scene, Things, set_up
from tests.support.database import Database, connect
from tests.support.doors import Send
from tests.support.second_wall import OWN

REQUESTS = 500
AT_ONCE = 4
DOCUMENT = "{ billingRecords { nodes { id lineItems { id } } } payments { nodes { id } } disputes { nodes { id } } }"
ALONE = "{ billingRecords { nodes { id lineItems { id } } } }"
"""One statement, which says itself for whom it is."""
# Of 20 requests 3 commit, 4 are cancelled in mid-query, one meets the statement timeout. The last ones commit, since a
# connection that was broken off is not used again, and would show nobody's rows at the end.
_KINDS = [*(["cancelled"] + ["asked"] * 3) * 4, "too slow", *["committed"] * 3]


@pytest.fixture
async def scene(database: Database) -> Scene:
    async with database.owner.begin() as connection:
        return await set_up(connection)


@pytest.fixture
async def small(
    database_url: str, settings: Settings, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    """The service with two connections for each login, and without the statements' own scope."""
    monkeypatch.setattr(scope, "first_wall", False)
    database = connect(settings.model_copy(update={"pool_size": 2, "pool_timeout_seconds": 30}), database_url)
    yield database
    await database.close()


async def test_no_request_inherits_the_identity_of_another(
    small: Database, scene: Scene, settings: Settings, record_property: Callable[[str, object], None]
) -> None:
    people = [("coordinator-it", scene.ours), ("coordinator-hr", scene.theirs)]
    work = zip(range(REQUESTS), cycle(people), cycle(_KINDS), strict=False)
    done: Counter[str] = Counter()
    foreign: list[str] = []
    known = {own.code: await _ids_of(small, own) for _, own in people}
    alone = {own.code: await _ids_of(small, own, "billing_records", "billing_line_items") for _, own in people}

    async def requests(asking: Asking) -> None:
        for number, (name, own), kind in work:
            if kind == "asked":
                document, expected = (DOCUMENT, known) if number % 3 else (ALONE, alone)
                said = await asking(name, document)
                assert said.errors == [], said.text
                shown = set(said.all("id"))
                foreign.extend(shown - expected[own.code])
                assert shown >= expected[own.code], said.text
            elif kind == "committed":
                async with small.transaction(_coordinator(scene, name, own)) as tx:
                    foreign.extend({str(id) for id in await _seen(tx)} - known[own.code])
            elif kind == "cancelled":
                await _cancelled(small, _coordinator(scene, name, own))
            else:
                await _too_slow(small, _coordinator(scene, name, own))
            done[kind] += 1

    async with at_the_door(small, settings) as asking:
        await asyncio.gather(*(requests(asking) for _ in range(AT_ONCE)))

    assert foreign == []
    assert done == {"asked": 300, "committed": 75, "cancelled": 100, "too slow": 25}
    assert small.connections_in_use == 0
    assert await _seen_by_nobody(small) == {0}
    record_property("requests of two divisions in turn on two connections", sum(done.values()))


def _coordinator(scene: Scene, name: str, own: Things) -> Viewer:
    return Viewer(scene.world.users[name], name, Role.COORDINATOR, own.from_division)


async def test_a_statement_that_is_all_knows_for_whom_and_which_day_it_is(
    small: Database, scene: Scene, settings: Settings
) -> None:
    viewer = _coordinator(scene, "coordinator-it", scene.ours)
    names = ("billing.division_id", "billing.user_id", "transaction_isolation")
    asked = select(*(func.current_setting(name, True) for name in names), TODAY)
    snapshot = small.snapshot(viewer)
    snapshot.read_once()

    (row,) = await snapshot.rows(asked)
    await snapshot.close()

    day = datetime.now(ZoneInfo(settings.time_zone)).date()
    assert tuple(row) == (str(viewer.division_id), str(viewer.user_id), "read committed", day)
    (left,) = await small.scoped.rows(sendable(select(*(func.current_setting(name, True) for name in names[:2]))))
    assert set(left) <= {"", None}


@pytest.mark.parametrize("keys", [1, 3])
async def test_for_whom_a_statement_is_is_told_before_any_row_is_read(
    keys: int, small: Database, scene: Scene, settings: Settings
) -> None:
    """PostgreSQL does not promise it; here it shows how it runs them."""
    viewer = _coordinator(scene, "coordinator-it", scene.ours)
    by_ids = statement_of(LOADERS["billing_records_by_id"], viewer, [scene.ours.open] * keys, None)
    page = Page(keys, None, backwards=False)
    listed = page_of(LIST, viewer, EVERYTHING, LIST.order(None, False, EVERYTHING), page, None, nesting)

    for statement in (by_ids, listed):
        sent = said_by_itself(viewer, ZoneInfo(settings.time_zone), statement)
        lines = await small.scoped.rows(sent._replace(text=f"EXPLAIN (COSTS off) {sent.text}"))
        told = [line[0].strip() for line in lines]
        assert (told[0], told[1][:17]) == ("Result", "One-Time Filter: "), "\n".join(told)


async def test_what_is_read_beside_the_statement_that_was_to_be_all_is_read_anew(small: Database, scene: Scene) -> None:
    snapshot = small.snapshot(_coordinator(scene, "coordinator-it", scene.ours))
    snapshot.read_once()
    await snapshot.rows(select(billing_records.c.id))

    with pytest.raises(SecondStatement):
        await snapshot.rows(select(billing_records.c.id))

    snapshot.forget()
    isolation = select(func.current_setting("transaction_isolation"))
    assert [await snapshot.value(isolation) for _ in range(2)] == ["repeatable read"] * 2
    await snapshot.close()
    assert small.connections_in_use == 0


async def _ids_of(database: Database, things: Things, *of: str) -> set[str]:
    """The records, lines, payments and disputes of a pair, or what is in those tables, as the owner finds them."""
    tables = of or ("billing_records", "billing_line_items", "payment_records", "disputes")
    query = " UNION ALL ".join(f"SELECT id FROM {table} WHERE from_division_id = :division" for table in tables)
    async with database.owner.connect() as connection:
        found = await connection.execute(text(query), {"division": things.from_division})
        return {str(id) for id in found.scalars()}


async def _seen(tx: Transaction) -> list[UUID]:
    return [row.id for row in await tx.rows(select(billing_records.c.id))]


async def _cancelled(database: Database, viewer: Viewer) -> None:
    """Given up while the database is at work on it."""
    snapshot = database.snapshot(viewer)
    at_work = asyncio.Event()

    async def note(protocol: Any, statement: str, send: Send) -> Any:
        if "pg_sleep" in statement:
            at_work.set()
        return await send()

    with database.behind(note):
        reading = asyncio.create_task(snapshot.rows(select(func.pg_sleep(30))))
        await at_work.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await snapshot.close()


async def _too_slow(database: Database, viewer: Viewer) -> None:
    """Ended by the server after 20 ms."""
    snapshot = database.snapshot(viewer)
    try:
        await snapshot.rows(select(func.set_config("statement_timeout", "20", True)))
        with pytest.raises(TooSlow):
            await snapshot.rows(select(func.pg_sleep(30)))
    finally:
        await snapshot.close()


async def _seen_by_nobody(database: Database) -> set[int]:
    """What the connections of the pool, all of which have worked for somebody, show to whoever says nothing."""
    connections = [await database.scoped.take() for _ in range(2)]
    try:
        return {
            (await connection.rows(text(f"SELECT count(*) FROM {table}")))[0][0]
            for connection in connections
            for table in OWN
            if table != "audit_events"
        }
    finally:
        for connection in connections:
            await database.scoped.give_back(connection)
