"""A server on a free port of this machine, as `billing serve` makes it, and what a client says to it byte by byte."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import uvicorn
import uvloop
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from billing.settings import Settings
from billing.web.connections import protocol

ANSWER_SECONDS_MAX = 10


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, taken apart."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """Of its one error, which is formed as everywhere."""
        (error,) = orjson.loads(self.body)["errors"]
        assert error["message"]
        assert len(error["extensions"]["correlationId"]) == 32
        return str(error["extensions"]["code"])


@dataclass
class Peer:
    """A client that sends what it likes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> Answer:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            head = await self.reader.readuntil(b"\r\n\r\n")
            answer = _parsed(head)
            body = await self.reader.readexactly(int(answer.headers.get("content-length", "0")))
        return Answer(answer.status, answer.headers, body)

    async def closed(self) -> bytes:
        """All that still comes until the server closes, which it must."""
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def last_answer(self) -> Answer:
        """One answer, and then nothing more on this connection."""
        answer = await self.answer()
        assert await self.closed() == b""
        assert answer.headers["connection"] == "close"
        return answer


@dataclass
class Server:
    """Where it listens, and its connections as it sees them."""

    port: int
    state: ServerState = field(repr=False)

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[Peer]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**26)
        try:
            yield Peer(reader, writer)
        finally:
            writer.transport.abort()


@asynccontextmanager
async def listening(app: ASGIApp, settings: Settings) -> AsyncIterator[Server]:
    """In the loop of the test, where the database is."""
    config = uvicorn.Config(app, http=protocol(settings), ws="none", lifespan="off", log_config=None, access_log=False)
    config.load()
    state = ServerState()

    def connection() -> asyncio.Protocol:
        made: Any = config.http_protocol_class
        connection: asyncio.Protocol = made(config=config, server_state=state, app_state={})
        return connection

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    try:
        yield Server(server.sockets[0].getsockname()[1], state)
    finally:
        server.close()
        for each in list(state.connections):
            each.transport.abort()
        for task in state.tasks:
            task.cancel()  # A test that found one that should have ended must end itself.
        await asyncio.gather(*state.tasks, return_exceptions=True)


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """The address it listens at, with the settings that it has by itself."""
    async with listening(app, Settings(_env_file=None, environment="development")) as server:  # type: ignore[call-arg]
        yield f"http://127.0.0.1:{server.port}"


@contextmanager
def listening_on_uvloop(app: ASGIApp, settings: Settings) -> Iterator[Server]:
    """In a thread of its own, on the loop that `billing serve` runs on."""
    started: Future[Server] = Future()
    stopped = asyncio.Event()

    async def serve() -> None:
        async with listening(app, settings) as server:
            loops.append(asyncio.get_running_loop())
            started.set_result(server)
            await stopped.wait()

    loops: list[asyncio.AbstractEventLoop] = []
    thread = threading.Thread(target=uvloop.run, args=(serve(),))
    thread.start()
    try:
        yield started.result(ANSWER_SECONDS_MAX)
    finally:
        loops[0].call_soon_threadsafe(stopped.set)
        thread.join(ANSWER_SECONDS_MAX)


def _parsed(head: bytes) -> Answer:
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    return Answer(int(status.split()[1]), headers, b"")
