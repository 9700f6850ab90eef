"""A transaction of one mutation: its connection, its moment, how statements run in it, and what it changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Row, Select, Table
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True)
class RowChange:
    """One row that was written: its columns before (none of a new row) and after (none of a deleted one)."""

    table: str
    id: UUID
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True)
class Transaction:
    """`now` is the database's clock at the start; `today` is its day in the organisation's zone.

    `changes` is what the audit trail will say of it: every function of `db/` that writes a row of a noun notes it.
    """

    connection: AsyncConnection
    now: datetime
    today: date
    changes: list[RowChange] = field(default_factory=list)

    async def rows(self, statement: Select[Any]) -> list[Row[Any]]:
        return list((await self.connection.execute(statement, {"today": self.today})).all())

    async def one(self, statement: Select[Any]) -> Row[Any] | None:
        row: Row[Any] | None = (await self.connection.execute(statement, {"today": self.today})).one_or_none()
        return row

    async def value(self, statement: Executable) -> Any:
        return (await self.connection.execute(statement)).scalar_one_or_none()

    async def execute(self, statement: Executable, parameters: list[dict[str, Any]] | None = None) -> int:
        """Runs a change and returns the number of rows it touched; with parameters, once for each."""
        return (await self.connection.execute(statement, parameters)).rowcount

    def note_added(self, table: Table, id: UUID, values: Mapping[str, Any]) -> None:
        self.changes.append(RowChange(table.name, id, None, values))

    def note_changed(self, table: Table, row: Row[Any], values: Mapping[str, Any]) -> None:
        """What the row, as it was locked, had in the columns that now have these values."""
        before = {name: getattr(row, name) for name in values}
        self.changes.append(RowChange(table.name, row.id, before, values))

    def note_deleted(self, table: Table, row: Row[Any]) -> None:
        """The row as it was locked; only the columns of the table, whatever else the statement computed."""
        self.changes.append(RowChange(table.name, row.id, {name: getattr(row, name) for name in table.c.keys()}, None))
