"""What the tests of the database share: a transaction that is rolled back, and rows in it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.database import Database
from tests.support.rows import Rows
from tests.support.world import World


@pytest.fixture
async def connection(database: Database, world: World) -> AsyncIterator[AsyncConnection]:
    """In a transaction that is rolled back."""
    async with database.owner.connect() as connection:
        yield connection
        await connection.rollback()


@pytest.fixture
async def rows(connection: AsyncConnection, world: World) -> Rows:
    rows = Rows(world)
    await rows.add_one_of_each(connection)
    return rows
