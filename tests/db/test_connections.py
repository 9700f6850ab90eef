"""The pool and its connections: none comes back in the middle of something, and coming back costs no round trip."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import Text, func, insert, literal, select, text

from billing.db.connections import Connection, Pool
from billing.db.failures import typed_failures
from billing.db.identity import opening
from billing.db.tables import divisions, idempotency_keys
from billing.domain.errors import TooSlow, Unavailable
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer
from billing.settings import Settings
from tests.support.begun import as_ours
from tests.support.database import Database, connect
from tests.support.doors import Send
from tests.support.world import World

BEGIN = "BEGIN; SELECT set_config('billing.division_id', 'somebody', true)"
PID = text("SELECT pg_backend_pid() AS pid")
XACT = text("SELECT pg_current_xact_id()::text AS id")
IDENTITY = text("SELECT coalesce(current_setting('billing.division_id', true), '') AS id")


@pytest.fixture
async def own(database_url: str, settings: Settings) -> AsyncIterator[Database]:
    """The service with one connection for each login, and brief waits."""
    brief = {"pool_size": 1, "pool_timeout_seconds": 1, "statement_timeout_seconds": 0.3}
    database = connect(settings.model_copy(update=brief), database_url)
    yield database
    await database.close()


@pytest.fixture
def pool(own: Database) -> Pool:
    return own.scoped


async def test_a_connection_comes_back_without_a_round_trip_and_is_the_next_ones(own: Database, pool: Pool) -> None:
    first = await _pid(pool)
    calls = _calls(own)

    connection = await pool.begin(BEGIN)
    await connection.rows(PID)
    await pool.end(connection, "COMMIT")

    assert calls == [BEGIN, str(PID), "COMMIT"]
    assert await _pid(pool) == first
    assert await _identity(pool) == ""


async def test_a_transaction_that_only_read_ends_where_the_next_begins(own: Database, pool: Pool) -> None:
    calls = _calls(own)

    for _ in range(2):
        connection = await pool.begin(BEGIN)
        await connection.rows(PID)
        await pool.rest(connection)
        assert pool.in_use == 0

    assert calls == [BEGIN, str(PID), f"COMMIT; {BEGIN}", str(PID)]
    assert await _identity(pool) == "", "it has ended before anything else runs"


async def test_a_transaction_that_only_read_ends_in_a_moment(own: Database, pool: Pool) -> None:
    ended = asyncio.Event()

    async def note(protocol: Any, statement: str, send: Send) -> Any:
        said = await send()
        if statement == "COMMIT":
            ended.set()
        return said

    with own.behind(note):
        connection = await pool.begin(BEGIN)
        await pool.rest(connection)
        async with asyncio.timeout(5):
            await ended.wait()

    assert not connection.driver.is_in_transaction()
    assert await _identity(pool) == ""


async def test_what_was_given_up_in_mid_query_is_closed(pool: Pool) -> None:
    first = await _pid(pool)
    connection = await pool.begin(BEGIN)
    asleep = asyncio.create_task(connection.rows(select(func.pg_sleep(30))))
    await asyncio.sleep(0.05)
    asleep.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asleep

    assert await pool.end(connection, "COMMIT") == ""
    assert connection.driver.is_closed()
    assert await _pid(pool) != first
    assert await _identity(pool) == ""


async def test_what_was_given_up_while_it_began_is_closed(own: Database, pool: Pool) -> None:
    begun = asyncio.Event()

    async def note(protocol: Any, statement: str, send: Send) -> Any:
        if statement == BEGIN:
            begun.set()
            await asyncio.sleep(30)
        return await send()

    with own.behind(note):
        beginning = asyncio.create_task(pool.begin(BEGIN))
        await begun.wait()
        beginning.cancel()
        with pytest.raises(asyncio.CancelledError):
            await beginning

    assert pool.in_use == 0
    assert await _identity(pool) == ""


async def test_a_statement_that_took_too_long_leaves_nothing_behind(pool: Pool) -> None:
    first = await _pid(pool)

    with pytest.raises(TooSlow), typed_failures():
        async with pool.transaction(BEGIN) as connection:
            await connection.rows(select(func.pg_sleep(30)))

    assert await _pid(pool) == first, "the server said how it ended, so the connection is used again"
    assert await _identity(pool) == ""


async def test_a_backend_that_is_killed_is_replaced(own: Database, pool: Pool) -> None:
    connection = await pool.begin(BEGIN)
    (row,) = await connection.rows(PID)
    async with own.owner.connect() as owner:
        await owner.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": row.pid})

    with pytest.raises(Unavailable), typed_failures():
        await connection.rows(PID)
    assert await pool.end(connection, "COMMIT") == ""

    assert await _pid(pool) != row.pid
    assert await _identity(pool) == ""


@pytest.mark.parametrize("said", [asyncpg.InternalClientError("unknown state"), RuntimeError("handler is closed")])
async def test_whatever_is_said_of_a_lost_connection_the_database_is_away(
    said: Exception, own: Database, pool: Pool
) -> None:
    """The protocol is taken by surprise, uvloop's transport is closed: neither is an error of PostgreSQL's."""

    async def lose(protocol: Any, statement: str, send: Send) -> Any:
        protocol.protocol.abort()
        raise said

    connection = await pool.begin(BEGIN)
    with own.behind(lose), pytest.raises(Unavailable), typed_failures():
        await connection.rows(PID)
    await pool.leave(connection, "COMMIT")

    assert pool.in_use == 0
    assert await _identity(pool) == ""


async def test_whoever_waits_is_not_lent_what_is_lost_meanwhile(pool: Pool) -> None:
    first = await pool.take()
    waiting = asyncio.create_task(pool.take())
    await asyncio.sleep(0)
    assert not waiting.done()

    await pool.give_back(first)
    first.driver.terminate()  # Before it is the other's turn.

    second = await waiting
    assert await second.say("SELECT 1") == "SELECT 1"
    await pool.give_back(second)


async def test_an_end_that_the_server_does_not_answer_is_not_waited_for(own: Database, pool: Pool) -> None:
    async def hang(protocol: Any, statement: str, send: Send) -> Any:
        return await (asyncio.sleep(30) if statement == "ROLLBACK" else send())

    async def give_up() -> None:
        async with pool.transaction(BEGIN):
            raise RuntimeError("given up")

    with own.behind(hang), pytest.raises(RuntimeError):
        async with asyncio.timeout(5):
            await give_up()

    assert pool.in_use == 0
    assert await _identity(pool) == ""


async def test_nobody_gets_a_connection_that_is_in_a_transaction(pool: Pool) -> None:
    async with pool.lent() as connection:
        await connection.say(BEGIN)

    assert connection.driver.is_closed()
    assert await _identity(pool) == ""


async def test_a_transaction_that_the_server_has_given_up_is_not_said_to_be_committed(pool: Pool) -> None:
    """Nobody in the service goes on after a statement that failed; if somebody did, it would be told."""

    async def go_on_after_a_failure() -> None:
        async with pool.transaction(BEGIN) as connection:
            with pytest.raises(asyncpg.DivisionByZeroError):
                await connection.rows(select(literal(1) / func.length("")))

    with pytest.raises(Unavailable):
        await go_on_after_a_failure()
    assert pool.in_use == 0


async def test_a_transaction_ends_and_the_next_begins_in_one_round_trip(own: Database, pool: Pool) -> None:
    calls = _calls(own)

    async with pool.transaction(BEGIN, BEGIN) as connection:
        first = await connection.rows(XACT)
    second = await connection.rows(XACT)
    await pool.end(connection, "COMMIT")

    assert calls == [BEGIN, str(XACT), f"SELECT; COMMIT; {BEGIN}", str(XACT), "COMMIT"]
    assert first != second
    assert pool.in_use == 0


async def test_a_transaction_that_the_server_has_given_up_is_followed_by_no_other(pool: Pool) -> None:
    async def go_on_after_a_failure() -> None:
        async with pool.transaction(BEGIN, BEGIN) as connection:
            with pytest.raises(asyncpg.DivisionByZeroError):
                await connection.rows(select(literal(1) / func.length("")))

    with pytest.raises(Unavailable), typed_failures():
        await go_on_after_a_failure()
    assert pool.in_use == 0
    assert await _identity(pool) == ""


async def test_an_opening_that_fails_costs_no_connection(pool: Pool) -> None:
    first = await _pid(pool)

    with pytest.raises(asyncpg.DivisionByZeroError):
        await pool.begin(f"{BEGIN}; SELECT 1 / 0")

    assert pool.in_use == 0
    assert (await _pid(pool), await _identity(pool)) == (first, "")


async def test_whoever_waits_too_long_for_a_connection_is_told(pool: Pool) -> None:
    connection = await pool.take()

    with pytest.raises(Unavailable), typed_failures():
        await pool.take()

    await pool.give_back(connection)
    assert pool.in_use == 0
    assert await _pid(pool)


@pytest.mark.parametrize("place", ["division", "user"])
def test_nothing_but_an_id_is_written_into_an_opening(place: str, settings: Settings, database: Database) -> None:
    id: Any = "'); DROP TABLE users; --"
    user, division = (uuid4(), id) if place == "division" else (id, uuid4())

    with pytest.raises(AttributeError):
        opening("", Viewer(user, "x", Role.COORDINATOR, division), database.zone)


async def test_a_row_has_its_columns_as_attributes_and_as_items(database: Database) -> None:
    async with database.service.lent() as connection:
        rows = await connection.rows(select(literal(7).label("seven"), literal("x").label("keys")))
        other = await connection.rows(select(literal(8).label("eight")))

    for row in rows * 2:
        assert (row.seven, row["seven"], row[0]) == (7, 7, 7)
        assert tuple(row) == (7, "x")
        assert not hasattr(row, "eight")
    assert (other[0].eight, hasattr(other[0], "seven")) == (8, False)


async def test_a_failure_does_not_quote_the_row(database: Database, world: World) -> None:
    """As the owner, to whom PostgreSQL quotes what it keeps from those under row-level security."""
    row = {"id": world.divisions["IT"], "code": "SECRET", "name": "Secret"}

    async with database.owner.connect() as connection:
        with pytest.raises(asyncpg.UniqueViolationError) as refused:
            await (await as_ours(connection)).change(insert(divisions), [row])

    assert refused.value.constraint_name == "divisions_pkey"
    assert str(world.divisions["IT"]) not in str(refused.value)


async def test_json_comes_back_as_it_was_given(database: Database, world: World) -> None:
    given = {"a": [1, 2**70, "é'\"\\", None, {"b": 0.1}]}
    key = {"user_id": world.users["admin"], "operation": "x", "key": "k", "input_hash": bytes(32)}

    async with database.transaction() as tx:
        await tx.execute(insert(idempotency_keys).values(**key, changed=given))
        kept = await tx.value(select(idempotency_keys.c.changed))

    assert kept == given


async def test_a_change_says_how_many_rows_it_touched(database: Database, world: World) -> None:
    keys = [
        {"user_id": world.users["admin"], "operation": "x", "key": key, "input_hash": bytes(32), "changed": {}}
        for key in "abc"
    ]
    async with database.transaction() as tx:
        assert await tx.execute(insert(idempotency_keys), keys[:1]) == 1
        await tx.execute(insert(idempotency_keys), keys[1:])
        assert await tx.value(select(func.count()).select_from(idempotency_keys)) == 3


async def test_constants_stand_in_the_text_and_lists_are_as_long_as_they_are(database: Database) -> None:
    """They have a text for each value, however often the shape was met before."""
    async with database.service.lent() as connection:
        for constant, among in (("PENDING", ["A"]), ("PAID", ["B", "C"]), ("O'Neill\\", []), ("PENDING", ["C", "B"])):
            written = literal(constant, Text, literal_execute=True).label("constant")
            (row,) = await connection.rows(select(written, literal("B").in_(among).label("among")))
            assert (row.constant, row.among) == (constant, "B" in among)


def _calls(database: Database) -> list[str]:
    calls: list[str] = []

    async def note(protocol: Any, statement: str, send: Send) -> Any:
        calls.append(statement)
        return await send()

    database.doors.append(note)
    return calls


async def _pid(pool: Pool) -> int:
    async with pool.lent() as connection:
        return int((await connection.rows(PID))[0].pid)


async def _identity(pool: Pool) -> str:
    """Whose rows whoever says nothing would see."""

    async def ask(connection: Connection) -> str:
        return str((await connection.rows(IDENTITY))[0].id)

    async with pool.lent() as connection:
        return await ask(connection)
