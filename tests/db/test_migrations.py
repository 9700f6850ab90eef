"""Migrations: up, down and up again; what they make is what `tables.py` says."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.types import TypeEngine

from billing.db.migrate import MIGRATIONS, migrate
from billing.db.tables import metadata

_OBJECTS = """
    SELECT 'relation', c.oid::regclass::text, c.relkind::text, coalesce(pg_get_indexdef(i.indexrelid), '')
      FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'column', a.attrelid::regclass::text || '.' || a.attname,
             format_type(a.atttypid, a.atttypmod) || a.attnotnull::text, coalesce(pg_get_expr(d.adbin, d.adrelid), '')
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'function', oid::regprocedure::text, '', pg_get_functiondef(oid)
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger', tgrelid::regclass::text, '', pg_get_triggerdef(oid)
      FROM pg_trigger WHERE NOT tgisinternal
    ORDER BY 1, 2, 3, 4
"""


@pytest.fixture
async def engine(empty_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(empty_url)
    yield engine
    await engine.dispose()


async def objects(engine: AsyncEngine) -> list[tuple[str, ...]]:
    """Everything that a schema is made of, as its definition."""
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(_OBJECTS))]


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, revision)

    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()


BEFORE_THE_LEDGER = "0002"
"""What is posted is never taken away: from the next revision on there is no way back."""


async def test_up_down_and_up_again_makes_the_same(engine: AsyncEngine, empty_url: str) -> None:
    await migrate(empty_url, BEFORE_THE_LEDGER)
    first = await objects(engine)

    await downgrade(engine, "base")
    nothing = [kind for kind, name, *_ in await objects(engine) if not name.startswith("alembic_version")]
    await migrate(empty_url, BEFORE_THE_LEDGER)

    assert nothing == []
    assert await objects(engine) == first


async def test_every_revision_goes_up_and_down_by_itself(engine: AsyncEngine, empty_url: str) -> None:
    revisions = [revision.revision for revision in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
    before: list[list[tuple[str, ...]]] = []

    for revision in revisions[: revisions.index(BEFORE_THE_LEDGER) + 1]:
        before.append(await objects(engine))
        await migrate(empty_url, revision)
    for then in before[:0:-1]:
        await downgrade(engine, "-1")
        assert await objects(engine) == then


async def test_the_ledger_is_not_taken_away(engine: AsyncEngine, empty_url: str) -> None:
    revisions = [revision.revision for revision in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]

    for revision in reversed(revisions[: revisions.index(BEFORE_THE_LEDGER)]):
        await migrate(empty_url, revision)
        there = await objects(engine)
        with pytest.raises(RuntimeError, match="restore a backup"):
            await downgrade(engine, "-1")
        assert await objects(engine) == there


async def test_migrating_again_changes_nothing(engine: AsyncEngine, empty_url: str) -> None:
    await migrate(empty_url)
    first = await objects(engine)
    async with engine.connect() as connection:
        transactions = await connection.scalar(text("SELECT xmin FROM alembic_version"))

    await migrate(empty_url)

    assert await objects(engine) == first
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT xmin FROM alembic_version")) == transactions


Column = tuple[str, str, bool, bool]
"""Name, type, whether it may be null, whether it is part of the key."""


async def test_the_tables_of_the_statements_are_those_of_the_database(engine: AsyncEngine, empty_url: str) -> None:
    await migrate(empty_url)

    async with engine.connect() as connection:
        migrated = await connection.run_sync(tables_of)

    stated = {
        table.name: [(c.name, type_of(c.type), bool(c.nullable), c.primary_key) for c in table.columns]
        for table in metadata.tables.values()
    }
    assert stated == migrated


def tables_of(connection: Connection) -> dict[str, list[Column]]:
    inspector = inspect(connection)
    found = {}
    for table in set(inspector.get_table_names()) - {"alembic_version"}:
        key = inspector.get_pk_constraint(table)["constrained_columns"]
        found[table] = [
            (column["name"], type_of(column["type"]), column["nullable"], column["name"] in key)
            for column in inspector.get_columns(table)
        ]
    return found


def type_of(kind: TypeEngine[Any]) -> str:
    """As PostgreSQL writes it; the order of texts (COLLATE) is the migration's alone."""
    return kind.compile(_DIALECT).partition(" COLLATE")[0]


_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
