"""A refusal changes nothing but the audit trail, where a refused right is noted: what every table holds."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.database import Database

_TABLES = text("""
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname
""")

Contents = dict[str, tuple[int, str]]
"""The number of rows of each table, and a digest of them all."""

Unchanged = Callable[[], AbstractAsyncContextManager[None]]


async def contents(connection: AsyncConnection) -> Contents:
    """What every table of the database holds, whatever tables there are by then, but for the refusals on record."""
    tables = (await connection.execute(_TABLES)).scalars().all()
    digests = " UNION ALL ".join(
        f"SELECT '{table}', count(*), coalesce(md5(string_agg(t::text, chr(10) ORDER BY t::text)), '') FROM {table} t"
        + (" WHERE kind <> 'REFUSAL'" if table == "audit_events" else "")
        for table in tables
    )
    return {table: (rows, digest) for table, rows, digest in await connection.execute(text(digests))}


@pytest.fixture
def unchanged(database: Database) -> Unchanged:
    """`async with unchanged():` fails when any row of any table differs at its end."""

    @asynccontextmanager
    async def watch() -> AsyncIterator[None]:
        async with database.owner.connect() as connection:
            before = await contents(connection)
        yield
        async with database.owner.connect() as connection:
            assert await contents(connection) == before

    return watch
