"""Retries that come while the first send is still running: one change, and the others wait, but not for ever."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.app import create_app
from billing.db.tables import billing_records, idempotency_keys, payment_records
from billing.settings import Settings
from tests.conftest import TOKENS
from tests.support.asgi import http_to
from tests.support.client import Answer, Client
from tests.support.database import Database, connect
from tests.support.forms import pay
from tests.support.make import Make
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]

PAYMENT = "payment { id status } billingRecords { pendingAmount }"


async def count_payments(database: Database) -> int:
    async with database.owner.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(payment_records))).scalar_one())


async def test_parallel_sends_of_one_key_make_one_payment(client: People, make: Make, database: Database) -> None:
    marketing, record = client("coordinator-mkt"), await make.record("100.00")
    form = pay((record, "10.00"))

    answers = await asyncio.gather(*(marketing.change("recordPayment", PAYMENT, **form) for _ in range(8)))

    assert await count_payments(database) == 1
    done = [answer for answer in answers if answer.user_errors == []]
    assert len({answer.field["payment"]["id"] for answer in done}) == 1
    assert [answer.field["replayed"] for answer in done].count(False) == 1
    for answer in answers:
        assert answer in done or answer.user_errors == [("IN_PROGRESS", ["idempotencyKey"])]
        assert ("retry-after" in answer.headers) == (answer not in done)
    assert (await make.read(record))["pendingAmount"] == "10.00"


@pytest.fixture
async def hasty(
    database: Database, database_url: str, settings: Settings, world: World
) -> AsyncIterator[Callable[[str], Client]]:
    """The service with little patience for locks."""
    own = connect(settings.model_copy(update={"lock_timeout_seconds": 0.2}), database_url)
    async with http_to(create_app(settings, replace(own, clock=database.clock), TOKENS)) as http:
        yield lambda name: Client(http, TOKENS, name)
    await own.close()


async def hold_key(connection: AsyncConnection, world: World, name: str, operation: str, text_: str) -> None:
    """What a send that is still running holds: its key, not yet committed."""
    await connection.execute(
        idempotency_keys.insert().values(
            user_id=world.users[name], operation=operation, key=text_, input_hash=bytes(32), changed={}
        )
    )


async def test_a_key_that_is_held_for_too_long_is_in_progress(
    hasty: People, make: Make, world: World, database: Database, unchanged: Unchanged
) -> None:
    marketing, record = hasty("coordinator-mkt"), await make.record()
    form = pay((record, "10.00"))

    async with unchanged(), database.owner.connect() as other:
        await hold_key(other, world, "coordinator-mkt", "record_payment", form["idempotencyKey"])
        answer = await marketing.change("recordPayment", PAYMENT, **form)
        await other.rollback()

    assert answer.status == 200
    assert answer.user_errors == [("IN_PROGRESS", ["idempotencyKey"])]
    assert (answer.field["payment"], answer.field["replayed"]) == (None, False)
    assert int(answer.headers["retry-after"]) >= 1
    again = await marketing.change("recordPayment", PAYMENT, **form)
    assert (again.user_errors, again.field["replayed"]) == ([], False)
    assert "retry-after" not in again.headers


async def test_a_replay_waits_for_nobody_who_holds_the_record(hasty: People, make: Make, database: Database) -> None:
    marketing, record = hasty("coordinator-mkt"), await make.record()
    form = pay((record, "10.00"))
    first = await marketing.change("recordPayment", PAYMENT, **form)

    async with database.owner.connect() as other:
        await other.execute(
            select(billing_records.c.id).where(billing_records.c.id == UUID(record["id"])).with_for_update()
        )
        again = await marketing.change("recordPayment", PAYMENT, **form)
        await other.rollback()

    assert again.field == {**first.field, "replayed": True}


async def test_a_record_that_is_held_for_too_long_makes_the_service_unavailable(
    hasty: People, make: Make, database: Database, unchanged: Unchanged
) -> None:
    """Not the key is in progress but another change of the record; the key is free for the next try."""
    marketing, record = hasty("coordinator-mkt"), await make.record()
    form = pay((record, "10.00"))

    async with unchanged(), database.owner.connect() as other:
        await other.execute(
            select(billing_records.c.id).where(billing_records.c.id == UUID(record["id"])).with_for_update()
        )
        answer = await marketing.change("recordPayment", PAYMENT, **form)
        await other.rollback()

    assert answer.codes == ["SERVICE_UNAVAILABLE"]
    assert answer.errors[0]["path"] == ["recordPayment"]
    assert int(answer.headers["retry-after"]) >= 1
    again = await marketing.change("recordPayment", PAYMENT, **form)
    assert (again.user_errors, again.field["replayed"]) == ([], False)


async def test_a_send_waits_for_the_one_before_it(client: People, make: Make, world: World, database: Database) -> None:
    """When the first gives up, the second makes the change; it never answers before it knows."""
    record = await make.record()
    form = pay((record, "10.00"))

    async with database.owner.connect() as other:
        await hold_key(other, world, "coordinator-mkt", "record_payment", form["idempotencyKey"])
        send = asyncio.ensure_future(client("coordinator-mkt").change("recordPayment", PAYMENT, **form))
        await until(lambda: waits_for_a_lock(database))
        assert not send.done()
        await other.rollback()

    answer: Answer = await send
    assert (answer.user_errors, answer.field["replayed"]) == ([], False)


async def waits_for_a_lock(database: Database) -> bool:
    async with database.owner.connect() as connection:
        waiting = await connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
        return bool(waiting.scalar_one())


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Asks again until it holds; fails after five seconds."""
    async with asyncio.timeout(5):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # The database tells nobody that somebody waits.
