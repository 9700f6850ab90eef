"""The people of the access tests, those without a token among them, and the scene they look at."""

from collections.abc import AsyncIterator

import pytest

from billing.settings import Settings
from tests.access.asking import Asking, at_the_door
from tests.access.scene import Scene, set_up
from tests.support.database import Database


@pytest.fixture
async def scene(database: Database) -> Scene:
    async with database.owner.begin() as connection:
        return await set_up(connection)


@pytest.fixture
async def asking(database: Database, settings: Settings) -> AsyncIterator[Asking]:
    """`await asking(name, document, **variables)` is what that person is answered; None sends no token."""
    async with at_the_door(database, settings) as asking:
        yield asking
