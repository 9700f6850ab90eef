"""The service of an organisation in Berlin, with a clock that tests set by the clocks on Berlin's walls."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from billing.app import create_app
from billing.settings import Settings
from billing.web.tokens import Tokens
from tests.conftest import TOKENS
from tests.support.asgi import http_to
from tests.support.client import Client
from tests.support.database import Database
from tests.support.make import Make
from tests.support.world import World

ZONE = ZoneInfo("Europe/Berlin")


@dataclass
class Berlin:
    """The same tables as the other tests', seen by a service of another zone."""

    database: Database
    http: httpx.AsyncClient
    tokens: Tokens
    world: World

    def at(self, local: str) -> datetime:
        """Sets the clock to a local time such as "2026-03-29 00:00:00"; it stands still until it is set again."""
        moment = datetime.fromisoformat(local).replace(tzinfo=ZONE)

        self.database.clock = lambda now: moment
        return moment

    def client(self, name: str) -> Client:
        return Client(self.http, self.tokens, name)

    @property
    def make(self) -> Make:
        return Make(self.client, self.world)


@pytest.fixture
async def berlin(database: Database, settings: Settings, world: World) -> AsyncIterator[Berlin]:
    own = replace(database, zone=ZONE)
    async with http_to(create_app(settings, own, TOKENS)) as http:
        yield Berlin(own, http, TOKENS, world)
