"""The service as a client meets it: over HTTP on a free port, with the demo of one evening in its database."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from billing.app import create_app
from billing.db.tables import metadata
from billing.demo.organisation import fill_demo
from billing.settings import Settings
from tests.conftest import TOKENS
from tests.support.asgi import http_to
from tests.support.client import Client
from tests.support.database import Database, connect
from tests.support.serving import serving

EVENING = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Service:
    """Where the service listens, and how to come in."""

    url: str
    token: Callable[[str], str]

    def environment(self, name: str) -> dict[str, str]:
        """What the examples read from the environment, for one person."""
        return {"BILLING_URL": self.url, "BILLING_TOKEN": self.token(name)}


@pytest.fixture(scope="module")
async def demo(database_url: str, settings: Settings) -> AsyncIterator[Database]:
    """A database with nothing but the demo of 22 November 2026, where it stays half past eight in the evening."""
    database = connect(settings, database_url)

    database.clock = lambda now: EVENING
    async with database.owner.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in metadata.tables:
            await connection.execute(text(f"DELETE FROM {table}"))
    await fill_demo(database, settings.payment_terms_days)
    yield database
    await database.close()


@pytest.fixture(scope="module")
async def service(demo: Database, settings: Settings) -> AsyncIterator[Service]:
    async with serving(create_app(settings, demo, TOKENS)) as address:
        yield Service(f"{address}/graphql", lambda name: TOKENS.issue(name, datetime.now(UTC), timedelta(hours=1)))


@pytest.fixture(scope="module")
async def person(demo: Database, settings: Settings) -> AsyncIterator[Callable[[str], Client]]:
    """`person("analyst")` asks the demo's service, without the way over the network."""
    async with http_to(create_app(settings, demo, TOKENS)) as http:
        yield lambda name: Client(http, TOKENS, name)
