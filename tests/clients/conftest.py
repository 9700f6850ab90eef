"""The service over HTTP with five records in it, and programs that use it with the clients of others."""

import asyncio
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from billing.app import create_app
from billing.settings import Settings
from tests.conftest import TOKENS
from tests.support import needs
from tests.support.asgi import http_to
from tests.support.client import Client
from tests.support.database import Database
from tests.support.make import Make
from tests.support.recorder import Exchange, Recorder
from tests.support.serving import serving
from tests.support.world import fill

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
SECONDS_MAX = 60

Command = Callable[[str, str], list[str | Path]]


@dataclass(frozen=True)
class Site:
    """A service that listens, the numbers of its records, the newest first, and what goes over the network."""

    url: str
    numbers: list[str]
    marketing: str
    exchanges: list[Exchange]

    async def told(self, *command: str | Path, person: str = "coordinator-it") -> Any:
        """What a program prints, as JSON, run by that person; it must end in time and without complaints."""
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env={**os.environ, **self._environment(person)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            printed, complaints = await asyncio.wait_for(process.communicate(), SECONDS_MAX)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
        assert (process.returncode, complaints.decode()) == (0, "")
        return json.loads(printed)

    def _environment(self, person: str) -> dict[str, str]:
        charge = {
            "toDivisionId": self.marketing,
            "currency": "USD",
            "periodStart": "2026-01-01",
            "periodEnd": "2026-01-31",
            "lines": [{"name": "Support", "unit": "hour", "quantity": "12", "unitPrice": "11.42"}],
            "idempotencyKey": "one charge",
        }
        return {
            "BILLING_URL": self.url,
            "BILLING_TOKEN": TOKENS.issue(person, datetime.now(UTC), timedelta(hours=1)),
            "BILLING_NUMBER": self.numbers[0],
            "BILLING_CHARGE": json.dumps(charge),
        }


@asynccontextmanager
async def site(database: Database, settings: Settings) -> AsyncIterator[Site]:
    """A service of its own over the small organisation, where IT has charged Marketing five times."""
    async with database.owner.begin() as connection:
        world = await fill(connection)
    app = create_app(settings, database, TOKENS)
    async with http_to(app) as http:
        make = Make(lambda name: Client(http, TOKENS, name), world)
        numbers = [(await make.record())["number"] for _ in range(5)]
    recorder = Recorder(app)
    async with serving(recorder) as address:
        yield Site(f"{address}/graphql", numbers[::-1], str(world.divisions["MKT"]), recorder.exchanges)


@pytest.fixture(scope="session")
def node() -> Path:
    """The Node.js of the programs, their packages installed, and Relay's documents compiled against the schema."""
    found = needs.node(FOLDER)
    with _alone():
        (FOLDER / "relay" / "__generated__").mkdir(exist_ok=True)
        compiler = FOLDER / "node_modules" / "relay-compiler" / "cli.js"
        compiled = subprocess.run(
            [found, compiler, "relay.config.json"], cwd=FOLDER, capture_output=True, text=True, check=False, timeout=60
        )
    assert compiled.returncode == 0, compiled.stdout + compiled.stderr
    return found


@contextmanager
def _alone() -> Iterator[None]:
    """One worker compiles, the others wait for it."""
    folder = os.open(FOLDER, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@pytest.fixture(scope="module")
def command(request: pytest.FixtureRequest) -> Command:
    """`command("apollo", "story")` runs that program. Node.js is only asked for where the client needs it."""

    def found(client: str, program: str) -> list[str | Path]:
        if client == "gql":
            return [sys.executable, "-W", "error", "-m", f"tests.clients.gql.{program}"]
        return [request.getfixturevalue("node"), FOLDER / client / f"{program}.mjs"]

    return found
