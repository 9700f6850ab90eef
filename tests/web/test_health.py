"""/live and /ready: for anybody, on time whatever the database does, and telling nothing from inside."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import text
from starlette.applications import Starlette

from billing.app import create_app
from billing.cli.serving import _Server
from billing.db.embedded import guard, private_server
from billing.db.embedded.cluster import Cluster
from billing.db.migrate import migrate
from billing.settings import Settings
from tests.conftest import TOKENS
from tests.support.database import Database, connect
from tests.support.serving import Answer, Server, listening
from tests.torture.site import Postgres

SECONDS_MAX = 2.0
BACK_SECONDS_MAX = 5.0


@pytest.fixture(scope="module")
async def postgres(settings: Settings) -> AsyncIterator[tuple[Postgres, Database]]:
    with private_server() as url:
        await migrate(url)
        database = connect(settings, url)
        async with database.owner.connect() as connection:
            folder = Path(str(await connection.scalar(text("SHOW data_directory"))))
        await database.owner.dispose()
        yield Postgres(url, Cluster(folder, durable=False, temporary=True)), database
        await database.close()


@pytest.fixture
def own(postgres: tuple[Postgres, Database], settings: Settings) -> Starlette:
    return create_app(settings, postgres[1], TOKENS)


@pytest.fixture
async def server(own: Starlette, settings: Settings) -> AsyncIterator[Server]:
    async with listening(own, settings) as server:
        yield server


async def _ask(server: Server, path: str, method: str = "GET") -> Answer:
    began = time.monotonic()
    async with server.peer() as peer:
        peer.send(f"{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        if method == "HEAD":
            head = await peer.closed()
            assert head.endswith(b"\r\n\r\n")
            return Answer(int(head.split()[1]), {}, b"")
        answer = await peer.last_answer()
    assert time.monotonic() - began < SECONDS_MAX
    return answer


def _assert_unavailable(answer: Answer) -> None:
    assert (answer.status, answer.code) == (503, "SERVICE_UNAVAILABLE")
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["cache-control"] == "no-store"


async def _becomes_ready(server: Server) -> None:
    async with asyncio.timeout(BACK_SECONDS_MAX):
        while (await _ask(server, "/ready")).status != 200:
            pass


@pytest.mark.parametrize(("path", "body"), [("/live", b'{"status":"live"}'), ("/ready", b'{"status":"ready"}')])
async def test_anybody_is_told_that_it_runs_and_is_ready(path: str, body: bytes, server: Server) -> None:
    answer = await _ask(server, path)

    assert (answer.status, answer.body) == (200, body)
    assert answer.headers["cache-control"] == "no-store"
    assert (await _ask(server, path, "HEAD")).status == 200


@pytest.mark.parametrize("path", ["/live", "/ready"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_they_answer_get_and_head_alone(method: str, path: str, server: Server) -> None:
    answer = await _ask(server, path, method)

    assert (answer.status, answer.code) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("way", ["stopped", "killed", "frozen"])
async def test_without_its_database_it_lives_and_is_not_ready_until_the_database_is_back(
    way: str, postgres: tuple[Postgres, Database], server: Server
) -> None:
    machine, database = postgres
    await _becomes_ready(server)

    if way == "frozen":
        with machine.hung():
            away = [await _ask(server, "/ready") for _ in range(3)]
            live = await _ask(server, "/live")
    else:
        await asyncio.to_thread(machine.kill if way == "killed" else lambda: guard.stop(machine.cluster.folder))
        away = [await _ask(server, "/ready") for _ in range(3)]
        live = await _ask(server, "/live")
        await asyncio.to_thread(machine.start)

    for answer in away:
        _assert_unavailable(answer)
    assert live.status == 200
    await _becomes_ready(server)
    assert database.connections_in_use == 0


@pytest.mark.parametrize("login", ["service", "scoped"])
async def test_a_pool_that_is_used_up_is_not_ready(
    login: str, postgres: tuple[Postgres, Database], server: Server, settings: Settings
) -> None:
    pool = getattr(postgres[1], login)
    holders = [await pool.take() for _ in range(settings.pool_size)]
    try:
        answer = await _ask(server, "/ready")
    finally:
        for holder in holders:
            await pool.give_back(holder)

    _assert_unavailable(answer)
    await _becomes_ready(server)


async def test_however_many_ask_at_once_the_database_is_asked_once(
    postgres: tuple[Postgres, Database], own: Starlette, server: Server
) -> None:
    await _becomes_ready(server)
    with postgres[1].recorded() as statements:
        probes = await asyncio.gather(*(own.state.health._database_answers() for _ in range(100)))

    assert probes == [True] * 100
    assert len(statements) == 2, "one for each login"


async def test_those_who_ask_again_and_again_are_all_told(own: Starlette, server: Server) -> None:
    """The next probe begins before all who waited for the last one know of its end."""
    await _becomes_ready(server)

    async def ask() -> list[bool]:
        return [await own.state.health._database_answers() for _ in range(10)]

    assert await asyncio.gather(*(ask() for _ in range(20))) == [[True] * 10] * 20


async def test_it_is_not_ready_once_it_is_told_to_stop(own: Starlette, server: Server) -> None:
    _Server(uvicorn.Config(own), own.state.health, "").handle_exit(signal.SIGTERM, None)

    _assert_unavailable(await _ask(server, "/ready"))
    assert (await _ask(server, "/live")).status == 200
