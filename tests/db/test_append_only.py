"""What is posted, credited or on record is never changed, never taken away, not even by whoever owns the tables."""

import pytest
from sqlalchemy import Table, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db.tables import (
    audit_chain,
    audit_events,
    credit_note_lines,
    credit_notes,
    due_date_changes,
    ledger_entries,
    ledger_transactions,
)
from tests.support.database import Database
from tests.support.refused import constraint
from tests.support.rows import Rows
from tests.support.world import World

_APPEND_ONLY = (
    audit_chain,
    audit_events,
    credit_note_lines,
    credit_notes,
    due_date_changes,
    ledger_entries,
    ledger_transactions,
)
_CHANGES = {
    "an update": "UPDATE {table} SET {column} = {column}",
    "an update of no row": "UPDATE {table} SET {column} = {column} WHERE false",
    "an update instead of an insert": (
        "INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {table} WHERE true "
        "ON CONFLICT ({key}) DO UPDATE SET {column} = excluded.{column}"
    ),
    "a merge": (
        "MERGE INTO {table} AS kept USING {table} AS given ON kept.{column} = given.{column} "
        "WHEN MATCHED THEN UPDATE SET {column} = given.{column}"
    ),
    "a delete": "DELETE FROM {table}",
    "a delete of no row": "DELETE FROM {table} WHERE false",
    "a truncate": "TRUNCATE {table} CASCADE",
}


@pytest.fixture
async def committed(database: Database, world: World) -> None:
    """A row of every table."""
    async with database.owner.begin() as connection:
        await Rows(world).add_one_of_each(connection)


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("change", _CHANGES)
@pytest.mark.parametrize("table", _APPEND_ONLY, ids=str)
async def test_the_owner_is_refused_whatever_takes_away_what_stands(
    connection: AsyncConnection, table: Table, change: str
) -> None:
    key = ", ".join(column.name for column in table.primary_key)
    column = next(column.name for column in table.columns if not column.primary_key)
    statement = text(_CHANGES[change].format(table=table, column=column, key=key))

    with pytest.raises(IntegrityError) as refused:
        await connection.execute(statement)

    assert constraint(refused.value) == "is_append_only"


async def test_no_other_table_is_append_only(connection: AsyncConnection) -> None:
    """What the list above leaves out would be told here, and the other way round."""
    there = await connection.execute(
        text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'is_append_only' AND tgenabled = 'O'")
    )

    assert {row[0] for row in there} == {table.name for table in _APPEND_ONLY}
