"""The service over a real PostgreSQL: one private server for each worker, emptied and filled anew for each test."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from billing.app import create_app
from billing.db.database import database_clock
from billing.db.embedded import private_server
from billing.db.migrate import migrate
from billing.settings import Settings
from billing.web.tokens import Tokens
from tests.support.asgi import http_to
from tests.support.client import Client
from tests.support.database import Database, connect
from tests.support.make import Make
from tests.support.world import World, fill

TOKENS = Tokens("a secret of the tests, long enough for HS256", "internal-billing", "internal-billing")


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    with private_server() as url:
        asyncio.run(migrate(url))
        yield url


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(_env_file=None, demo=False, environment="development")  # type: ignore[call-arg]


@pytest.fixture(scope="session")
async def database(database_url: str, settings: Settings) -> AsyncIterator[Database]:
    database = connect(settings, database_url)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def owner(database: Database) -> AsyncEngine:
    """The database past the service: as the login that owns the tables."""
    return database.owner


@pytest.fixture
async def world(database: Database) -> World:
    """The small organisation of the test; nothing else is in the database."""
    async with database.owner.begin() as connection:
        return await fill(connection)


@pytest.fixture
async def client(database: Database, settings: Settings, world: World) -> AsyncIterator[Callable[[str], Client]]:
    """`client("coordinator-it")` is that person at the service."""
    async with http_to(create_app(settings, database, TOKENS)) as http:
        yield lambda name: Client(http, TOKENS, name)


@pytest.fixture
def make(client: Callable[[str], Client], world: World) -> Make:
    return Make(client, world)


@pytest.fixture
def at(database: Database) -> Iterator[Callable[[datetime], None]]:
    """`at(moment)` replaces the database's clock until the test ends."""

    def set_clock(moment: datetime) -> None:
        database.clock = lambda now: moment

    yield set_clock
    database.clock = database_clock


@pytest.fixture
def statements(database: Database) -> Iterator[list[str]]:
    """Every statement that the service sends while the test runs; clear it before the part that counts."""
    with database.recorded() as sent:
        yield sent


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what the tests counted: the sum of each number they recorded as a property, of all workers."""
    counted: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        counted.update({name: value for name, value in report.user_properties if isinstance(value, int)})
    for name, count in sorted(counted.items()):
        terminalreporter.write_line(f"{name}: {count}")
