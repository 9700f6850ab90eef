"""What the tests of the database share: a transaction that is rolled back, and rows in it."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

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
    await rows.add_room(connection)
    return rows


@pytest.fixture
async def empty_url(database_url: str) -> AsyncIterator[str]:
    """A database of its own, with nothing in it."""
    name = f"migrations_{uuid4().hex}"
    server = create_async_engine(database_url, isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(database_url).set(database=name).render_as_string(hide_password=False)
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await server.dispose()
