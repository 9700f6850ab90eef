"""What the tests of imports and of the demo share beyond the service itself."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text

from billing.db.tables import metadata
from tests.support.database import Database
from tests.support.unchanged import unchanged

__all__ = ["empty", "unchanged"]

Empty = Callable[[], Awaitable[None]]


@pytest.fixture
def empty(database: Database) -> Empty:
    """`await empty()` leaves no row in any table."""

    async def delete_all() -> None:
        async with database.owner.begin() as connection:
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            for table in metadata.tables:
                await connection.execute(text(f"DELETE FROM {table}"))

    return delete_all
