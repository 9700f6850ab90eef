"""An operation ends by its deadline, with its SQL; what it held is free at once."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from billing.deadline import Deadline
from tests.support.client import Answer, Client
from tests.support.database import Database
from tests.support.make import Make
from tests.web.test_limits import Door, door

__all__ = ["door"]

WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE usename IN ('billing_service', 'billing_scoped') AND state <> 'idle' AND pid <> pg_backend_pid()
"""
SECONDS = 0.4


@asynccontextmanager
async def locked(database: Database) -> AsyncIterator[None]:
    """Nobody reads or writes billing records meanwhile."""
    async with database.owner.begin() as connection:
        await connection.execute(text("LOCK TABLE billing_records IN ACCESS EXCLUSIVE MODE"))
        yield


async def none_at_work(database: Database) -> bool:
    """Whether every statement of the service is over, within the second that PostgreSQL may take to notice."""
    async with database.owner.connect() as connection:
        for _ in range(100):
            if await connection.scalar(text(WAITING)) == 0:
                return True
            await asyncio.sleep(0.01)
    return False


async def timed(answer: asyncio.Future[Answer]) -> tuple[Answer, float]:
    started = time.monotonic()
    return await answer, time.monotonic() - started


@pytest.mark.parametrize("name", ["coordinator-it", "analyst"])
@pytest.mark.parametrize("kind", ["application/json", "application/graphql-response+json"])
async def test_a_query_is_stopped_with_its_sql(door: Door, database: Database, name: str, kind: str) -> None:
    async with door(request_timeout_seconds=SECONDS) as client, locked(database):
        asked = client(name).accepting(kind).run("{ billingRecords { nodes { id } } payments { nodes { id } } }")
        answer, seconds = await timed(asyncio.ensure_future(asked))

        assert (answer.status, answer.codes) == (503, ["DEADLINE_EXCEEDED"])
        assert ("data" in answer.body, answer.headers["retry-after"]) == (False, "1")
        assert SECONDS <= seconds < SECONDS + 1
        assert database.connections_in_use == 0
        assert await none_at_work(database)
    async with door() as client:
        assert (await client(name).run("{ billingRecords { nodes { id } } }")).data


async def test_a_change_that_is_stopped_has_written_nothing(door: Door, database: Database, make: Make) -> None:
    record = await make.record()
    update = {"id": record["id"], "version": record["version"], "fromNote": "Late."}
    async with door(request_timeout_seconds=SECONDS) as client:
        async with locked(database):
            answer = await client("coordinator-it").change("updateBillingRecord", "billingRecord { id }", **update)
            assert (answer.status, answer.codes) == (503, ["DEADLINE_EXCEEDED"])
            assert database.connections_in_use == 0
            assert await none_at_work(database)
        again = await change(client("coordinator-it"), update)

    assert again.field["billingRecord"] == {"fromNote": "Late.", "version": record["version"] + 1}


async def test_every_block_has_the_time_of_its_own() -> None:
    deadline, ended = Deadline(0.2), []

    async def block(number: int, begins: float, takes: float) -> None:
        await asyncio.sleep(begins)
        started = time.monotonic()
        try:
            with deadline():
                await asyncio.sleep(takes)
        except TimeoutError:
            ended.append((number, round(time.monotonic() - started, 1)))

    await asyncio.gather(block(1, 0, 9), block(2, 0.05, 0.01), block(3, 0.1, 9), block(4, 0.15, 0.1), block(5, 0.5, 9))

    assert ended == [(1, 0.2), (3, 0.2), (5, 0.2)]


async def test_who_is_cancelled_by_somebody_else_has_not_met_the_deadline() -> None:
    async def block() -> None:
        with Deadline(60)():
            await asyncio.sleep(9)

    task = asyncio.create_task(block())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def change(client: Client, update: dict[str, object]) -> Answer:
    document = """
        mutation($input: UpdateBillingRecordInput!) {
            updateBillingRecord(input: $input) { billingRecord { fromNote version } userErrors { code } }
        }
    """
    return await client.run(document, input=update)
