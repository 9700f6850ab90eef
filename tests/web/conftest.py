"""The REST routes over the world of the test."""

from collections.abc import AsyncIterator, Callable

import pytest
from starlette.applications import Starlette

from billing.app import create_app
from billing.settings import Settings
from billing.web.tokens import Tokens
from tests.support.asgi import http_to
from tests.support.database import Database
from tests.support.rest import RestClient
from tests.support.world import World

TOKENS = Tokens("another secret of the tests, long enough for HS256", "internal-billing", "internal-billing")


@pytest.fixture
def app(database: Database, settings: Settings) -> Starlette:
    return create_app(settings, database, TOKENS)


@pytest.fixture
async def rest(app: Starlette, world: World) -> AsyncIterator[Callable[[str], RestClient]]:
    """`rest("coordinator-it")` is that person at the REST routes."""
    async with http_to(app) as http:
        yield lambda name: RestClient(http, TOKENS, name)
