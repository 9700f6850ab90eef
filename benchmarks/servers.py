"""The servers that are compared: this service with every guard on, and three yardsticks over the same tables."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from benchmarks import issuer, processes
from benchmarks.cores import Cores
from benchmarks.data import Data
from billing.settings import Settings

ROOT: Final = Path(__file__).resolve().parents[1]
SERVICE: Final = "service"
FLOOR: Final = "rows_floor"
MERCURIUS: Final = "mercurius"
_MERCURIUS_FOLDER: Final = ROOT / "benchmarks" / "yardsticks" / "mercurius"
_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 10
_LISTENS: Final = re.compile(r"Serving GraphQL on http://([\w.]+):(\d+)/")

# The limits that the operations and the load need higher; all others stay as they are by default. 64 requests that are
# always under way wait longer for a connection than users should: the load is to be measured, not shed.
_RAISED: Final = {
    "PAGE_SIZE_MAX": "1000",
    "RATE_COST_PER_SECOND": "1000000000",
    "RATE_COST_BURST": "1000000000",
    "POOL_TIMEOUT_SECONDS": "60",
    "REQUEST_TIMEOUT_SECONDS": "300",
    "IDLE_IN_TRANSACTION_TIMEOUT_SECONDS": "300",
}


class NoServer(Exception):
    """A server does not start; the text says why."""


@dataclass(frozen=True)
class Server:
    """One process with one worker, which listens."""

    name: str
    host: str
    port: int
    pid: int


def _service(data: Data, issued_by: issuer.Issuer) -> tuple[list[str], dict[str, str]]:
    """As in production: no login of the owner, keys of an issuer, no demo, every guard on."""
    environment = {
        "ENVIRONMENT": "production",
        "SERVICE_DATABASE_URL": data.addresses.service.replace("+asyncpg", ""),
        "SCOPED_DATABASE_URL": data.addresses.scoped.replace("+asyncpg", ""),
        "JWKS": str(issued_by.jwks),
        "JWT_ISSUER": issuer.NAME,
        "JWT_AUDIENCE": issuer.AUDIENCE,
        "PORT": "0",
        **_RAISED,
    }
    return [sys.executable, "-c", "from billing.cli.main import app; app(['serve'])"], environment


def _python(module: str) -> Callable[[Data, issuer.Issuer], tuple[list[str], dict[str, str]]]:
    def command(data: Data, issued_by: issuer.Issuer) -> tuple[list[str], dict[str, str]]:
        return [sys.executable, "-m", f"benchmarks.yardsticks.{module}"], {"DATABASE_URL": data.owner}

    return command


def _mercurius(data: Data, issued_by: issuer.Issuer) -> tuple[list[str], dict[str, str]]:
    url = make_url(data.owner)
    environment = {
        "NODE_ENV": "production",
        "PGHOST": str(url.query["host"]),
        "PGPORT": str(url.query["port"]),
        "PGUSER": url.username or "",
        "PGDATABASE": url.database or "",
    }
    return [_node(), str(_MERCURIUS_FOLDER / "server.mjs")], environment


def _node() -> str:
    """The Node.js that runs it, its packages installed."""
    tool = [sys.executable, str(ROOT / "tools" / "node.py"), str(_MERCURIUS_FOLDER)]
    done = subprocess.run(tool, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoServer(f"mercurius: {done.stderr.strip()}")
    return done.stdout.strip()


COMMANDS: Final[Mapping[str, Callable[[Data, issuer.Issuer], tuple[list[str], dict[str, str]]]]] = {
    SERVICE: _service,
    "textbook": _python("textbook"),
    FLOOR: _python("rows_floor"),
    MERCURIUS: _mercurius,
}


@asynccontextmanager
async def running(
    names: Sequence[str], data: Data, issued_by: issuer.Issuer, cores: Cores
) -> AsyncIterator[list[Server]]:
    """All of them at once; only one has something to do at a time."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(_running(name, data, issued_by, cores)) for name in names]


@asynccontextmanager
async def _running(name: str, data: Data, issued_by: issuer.Issuer, cores: Cores) -> AsyncIterator[Server]:
    command, environment = COMMANDS[name](data, issued_by)
    log = data.folder / f"{name}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env={**_inherited(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        host, port = await _address(name, process, log)
        processes.pin(process.pid, cores.server)
        yield Server(name, host, port, process.pid)
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Whoever still answers what nobody waits for any more is not waited for either."""
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


async def _address(name: str, process: asyncio.subprocess.Process, log: Path) -> tuple[str, int]:
    for _ in range(_START_SECONDS * 20):
        if found := _LISTENS.search(_read(log)):
            return found[1], int(found[2])
        if process.returncode is not None:
            break
        await asyncio.sleep(0.05)
    raise NoServer(f"{name} does not start:\n{_read(log)[-4000:]}")


def _read(log: Path) -> str:
    return log.read_text(errors="replace")


def _inherited() -> dict[str, str]:
    """The environment without the settings of a service, which may be those of a developer."""
    settings = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in os.environ.items() if name.upper() not in settings}
