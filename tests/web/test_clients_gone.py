"""Clients that send bad HTTP, drip, or go: nothing is done twice or in halves, and nothing is held for them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text

from billing.app import create_app
from billing.settings import Settings
from tests.conftest import TOKENS
from tests.support.bad_http import BAD, TOO_LARGE
from tests.support.client import Client
from tests.support.database import Database
from tests.support.make import Make, key
from tests.support.serving import Server, listening
from tests.support.world import World

RELEASED_SECONDS_MAX: Final = 1.0
ROUNDS: Final = 24
_PAY: Final = """
    mutation($input: RecordPaymentInput!) {
        recordPayment(input: $input) { replayed payment { id } userErrors { code message } }
    }
"""


@pytest.fixture
async def server(settings: Settings, database: Database, world: World) -> AsyncIterator[Server]:
    short = settings.model_copy(update={"body_timeout_seconds": 0.3})
    async with listening(create_app(short, database, TOKENS), short) as server:
        yield server
        await _released(server, database)


def _request(document: str, variables: dict[str, Any], by: str = "coordinator-mkt") -> bytes:
    token = TOKENS.issue(by, datetime.now(UTC), timedelta(hours=1))
    body = json.dumps({"query": document, "variables": variables}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: billing\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _payment(record: dict[str, Any], amount: str = "1.00") -> dict[str, Any]:
    return {
        "amount": amount,
        "method": "INTERNAL_TRANSFER",
        "reference": key(),
        "allocations": [{"billingRecordId": record["id"], "amount": amount}],
        "idempotencyKey": key(),
    }


async def _released(server: Server, database: Database) -> None:
    """No request runs, no connection is out, and PostgreSQL works for nobody."""
    async with asyncio.timeout(RELEASED_SECONDS_MAX):
        while server.state.tasks or database.connections_in_use:  # noqa: ASYNC110 -- neither tells when it changes
            await asyncio.sleep(0)
        while await _count_sessions(database, "state <> 'idle'"):
            pass


async def _count_sessions(database: Database, which: str) -> int:
    """Of the service. In a transaction PostgreSQL would say the same again and again."""
    count = f"""
        SELECT count(*) FROM pg_stat_activity WHERE usename IN ('billing_service', 'billing_scoped') AND {which}
    """
    async with database.owner.connect() as connection:
        return int(await connection.scalar(text(count)) or 0)


async def _payments(database: Database) -> int:
    async with database.owner.connect() as connection:
        return int(await connection.scalar(text("SELECT count(*) FROM payment_records")) or 0)


async def test_a_change_behind_bad_http_is_not_made(
    server: Server, database: Database, make: Make, statements: list[str]
) -> None:
    change = _request(_PAY, {"input": _payment(await make.record())})
    statements.clear()

    for wrong, sent in {**BAD, **TOO_LARGE}.items():
        async with server.peer() as peer:
            peer.send(sent + change)
            answer = await peer.last_answer()
            peer.send(change)
        assert answer.status == (400 if wrong in BAD else 431), wrong
        assert statements == [], wrong

    assert await _payments(database) == 0


async def test_a_change_whose_chunks_turn_out_bad_is_not_made(server: Server, database: Database, make: Make) -> None:
    head, _, body = _request(_PAY, {"input": _payment(await make.record())}).partition(b"\r\n\r\n")
    chunked = head.replace(b"Content-Length: %d" % len(body), b"Transfer-Encoding: chunked")

    async with server.peer() as peer:
        peer.send(chunked + b"\r\n\r\n%x\r\n%s\r\n" % (len(body), body))
        await asyncio.sleep(0.02)  # Who is asking is known by now, and the rest is waited for.
        peer.send(b"ZZ\r\n")
        answer = await peer.last_answer()

    assert (answer.status, answer.code) == (400, "BAD_INPUT")
    assert await _payments(database) == 0


async def test_a_dripping_body_ends_typed_and_on_time(server: Server, database: Database, make: Make) -> None:
    request = _request(_PAY, {"input": _payment(await make.record())})

    async with server.peer() as peer:
        peer.send(request[:-30])
        answering = asyncio.create_task(peer.last_answer())
        async with asyncio.timeout(2):
            for drop in range(len(request) - 30, len(request)):
                if answering.done():
                    break
                peer.send(request[drop : drop + 1])
                await asyncio.wait({answering}, timeout=0.05)
        answer = await answering

    assert (answer.status, answer.code) == (408, "REQUEST_TIMEOUT")
    assert await _payments(database) == 0


async def test_a_change_that_waits_is_given_up_with_its_client(server: Server, database: Database, make: Make) -> None:
    record = await make.record()

    async with database.owner.begin() as holder:
        await holder.execute(text("SELECT FROM billing_records FOR UPDATE"))
        async with server.peer() as peer:
            peer.send(_request(_PAY, {"input": _payment(record)}))
            await _waits_for_a_lock(database)
        await _released(server, database)  # The one who holds the lock is still there.

    assert await _payments(database) == 0


async def test_half_a_body_holds_nothing(server: Server, database: Database, make: Make, statements: list[str]) -> None:
    request = _request(_PAY, {"input": _payment(await make.record())})
    statements.clear()

    async with server.peer() as peer:
        peer.send(request[:-10])
        while not statements:  # noqa: ASYNC110 -- a list tells nobody
            await asyncio.sleep(0)
    await _released(server, database)

    assert await _payments(database) == 0


async def test_a_large_answer_that_is_not_taken_holds_nothing(server: Server, database: Database, make: Make) -> None:
    for _ in range(20):
        await make.record()
    lists = "billingRecords(first: 20) { nodes { id number total outstanding status lineItems { id name amount } } }"
    document = "{" + " ".join(f"a{n}: {lists}" for n in range(4)) + "}"

    for taken in (0, 100):
        async with server.peer() as peer:
            peer.send(_request(document, {}, by="billing-admin") * 20)
            await peer.reader.readexactly(taken or 1)
        await _released(server, database)


async def test_a_change_is_made_once_or_not_at_all_whenever_its_client_goes(
    server: Server, database: Database, make: Make, client: Callable[[str], Client], seconds: list[float]
) -> None:
    """Each is sent again with its key by somebody who waits: it is there then, and there once."""
    record = await make.record("1000.00")
    already = False

    for made, wait in enumerate(seconds, start=1):
        payment = _payment(record)
        async with server.peer() as peer:
            peer.send(_request(_PAY, {"input": payment}))
            with suppress(TimeoutError):
                await asyncio.wait_for(peer.reader.read(1), wait)
        await _released(server, database)
        already = await _payments(database) == made
        again = await client("coordinator-mkt").run(_PAY, input=payment)
        assert again.field["userErrors"] == []
        assert again.field["replayed"] == already
        assert await _payments(database) == made
    assert already, "the last one waited for its answer"


@pytest.fixture
def seconds() -> list[float]:
    """From at once to after the answer, and more of them in between."""
    return [*(0.001 * n for n in range(ROUNDS)), 5]


async def _waits_for_a_lock(database: Database) -> None:
    async with asyncio.timeout(5):
        while not await _count_sessions(database, "wait_event_type = 'Lock'"):
            pass
