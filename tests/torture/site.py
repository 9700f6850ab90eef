"""A service as it is run, `billing serve` over a PostgreSQL of its own, both of which can be killed."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import psutil  # type: ignore[import-untyped]
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from billing.db.embedded import guard, private_server
from billing.db.embedded.cluster import Cluster
from billing.web.tokens import Tokens
from tests.support.client import Client
from tests.support.leaks import assert_says_nothing_of_the_inside
from tests.support.make import Make
from tests.support.rest import RestClient
from tests.support.world import World, fill
from tests.torture.wire import Wire

ROOT = Path(__file__).resolve().parents[2]
TOKENS = Tokens("a secret of the torture, long enough for HS256", "internal-billing", "internal-billing")

# The service of this tree, whichever tree `billing` was installed from: `make prove` runs it in a copy.
_SERVE: Final = "from billing.cli.main import app; app(['serve'])"
_START_SECONDS: Final = 60
_ANSWER_SECONDS: Final = 30


@dataclass
class Postgres:
    """A private PostgreSQL."""

    url: str
    cluster: Cluster

    def kill(self) -> None:
        """SIGKILL to the server and all its processes at once, so that none writes another page."""
        server = guard.running(self.cluster.folder)
        assert server is not None, "PostgreSQL runs until it is killed"
        postmaster = psutil.Process(server.pid)
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs(processes, timeout=_START_SECONDS)

    def stop(self) -> None:
        """As one stops it; who is connected is sent away."""
        guard.stop(self.cluster.folder)

    def start(self) -> None:
        assert self.cluster.ensure_started() == self.url

    @contextmanager
    def hung(self) -> Iterator[None]:
        """All its processes stand still: it takes connections and bytes, and says nothing."""
        server = guard.running(self.cluster.folder)
        assert server is not None, "PostgreSQL runs"
        postmaster = psutil.Process(server.pid)
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):  # It had ended, or was about to.
                process.suspend()
        try:
            yield
        finally:
            for process in processes:
                with suppress(psutil.NoSuchProcess):
                    process.resume()


@dataclass
class Service:
    """`billing serve` in a process of its own, on a free port."""

    url: str
    bounds: Mapping[str, str] = field(default_factory=dict)
    """Settings that are others than usual, by their variables."""
    log: list[str] = field(default_factory=list)
    """What the service wrote, all its processes one after another."""

    async def start(self) -> None:
        """Returns when the service listens."""
        environment = {
            **{name: value for name, value in os.environ.items() if name.upper() not in ("PORT", "SEED")},
            "DATABASE_URL": self.url.replace("+asyncpg", ""),
            "ENVIRONMENT": "development",
            "DEMO": "false",
            "GRAPHIQL": "false",
            "JWT_SECRET": TOKENS.secret,
            # The tables are filled anew past the service; it would hear that its users are others a moment too late.
            "USER_CACHE_SECONDS": "0",
            "PORT": "0",
            "LOG_LEVEL": "WARNING",
            # A storm asks for more in a second than its few users are due.
            "RATE_COST_PER_SECOND": "1000000000",
            "RATE_COST_BURST": "1000000000",
            **self.bounds,
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _SERVE,
            cwd=ROOT,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(_START_SECONDS):
            self.host, self.port = await self._address()
        self._reading = asyncio.create_task(self._read())
        self._wire = Wire(self.host, self.port, _ANSWER_SECONDS)
        watched: dict[str, list[Callable[..., Any]]] = {"response": [assert_says_nothing_of_the_inside]}
        address = f"http://{self.host}:{self.port}"
        self.http = httpx.AsyncClient(base_url=address, transport=self._wire, event_hooks=watched)
        self._clients: dict[str, Client] = {}

    @property
    def pid(self) -> int:
        return self._process.pid

    async def kill(self) -> None:
        """SIGKILL; what was under way is never answered."""
        self._process.kill()
        await self._ended()

    async def stop(self) -> None:
        self._process.terminate()
        await self._ended()

    @property
    def process_id(self) -> int:
        return self._process.pid

    def client(self, name: str) -> Client:
        """That person at the service as it runs now."""
        if name not in self._clients:
            self._clients[name] = Client(self.http, TOKENS, name)
        return self._clients[name]

    def rest(self, name: str) -> RestClient:
        return RestClient(self.http, TOKENS, name)

    async def _address(self) -> tuple[str, int]:
        while line := await self._line():
            if found := re.search(r"Serving GraphQL on http://([\w.]+):(\d+)/", line):
                return found[1], int(found[2])
        raise AssertionError("the service does not start:\n" + "\n".join(self.log[-40:]))

    async def _line(self) -> str:
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode()
        if line:
            self.log.append(line.rstrip())
        return line

    async def _read(self) -> None:
        while await self._line():
            pass

    async def _ended(self) -> None:
        await self._process.wait()
        await self._reading
        await self._wire.aclose()  # Whoever sends now is refused by the machine, as when a service is away.


@dataclass
class Site:
    """PostgreSQL, the service over it, and a way of our own into the database, past the service."""

    postgres: Postgres
    service: Service
    engine: AsyncEngine

    async def furnish(self) -> World:
        """Empties every table and makes the small organisation anew."""
        async with self.engine.begin() as connection:
            return await fill(connection)

    def make(self, world: World) -> Make:
        return Make(self.service.client, world)


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    """A running site. Its PostgreSQL is durable, since the service starts on no other, and sees deadlocks soon."""
    with private_server(durable=True) as url:
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.execute(text("ALTER DATABASE billing SET deadlock_timeout = '50ms'"))
            folder = await connection.scalar(text("SHOW data_directory"))
        cluster = Cluster(Path(folder), temporary=True)
        service = Service(url)
        await service.start()
        try:
            yield Site(Postgres(url, cluster), service, engine)
        finally:
            await service.stop()
            await engine.dispose()
