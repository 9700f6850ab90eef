"""A transaction of one mutation: its connection, its moment, how statements run in it, and what it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Table

from billing.db.connections import Connection
from billing.db.moments import Ahead
from billing.db.rows import Row
from billing.db.statements import Given, Sendable
from billing.db.writes import Write, added, changed, send


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

    `changes` is what the audit trail will say of it: whatever is written by `add`, `change` and `delete` is noted.
    `opened` is the tag of what went out with BEGIN; what is asked first may have been answered `ahead`. Writes are kept
    until something is read or the transaction ends, and go out together.
    """

    connection: Connection
    now: datetime
    today: date
    changes: list[RowChange] = field(default_factory=list)
    opened: str = ""
    _ahead: list[Ahead] = field(default_factory=list)
    _kept: list[Write] = field(default_factory=list)

    def at(self, now: datetime) -> "Transaction":
        """The same transaction at another moment, whose changes are another entry of the audit trail."""
        return replace(self, now=now, changes=[])

    async def rows(self, statement: Executable | Sendable, given: Given | None = None) -> list[Row]:
        """The rows of a query, or those that a change says it touched."""
        if self._ahead and not self._kept:
            asked, rows = self._ahead.pop()
            if asked == statement:
                return rows
        await self.flush()
        return await self.connection.rows(statement, given)

    async def one(self, statement: Executable | Sendable) -> Row | None:
        rows = await self.rows(statement)
        assert len(rows) <= 1
        return rows[0] if rows else None

    async def value(self, statement: Executable | Sendable) -> Any:
        row = await self.one(statement)
        return None if row is None else row[0]

    async def execute(self, statement: Executable, parameters: Sequence[Given] = ()) -> int:
        """Runs a change and returns the number of rows it touched; with parameters, once for each."""
        await self.flush()
        return await self.connection.change(statement, parameters)

    async def write(self, *writes: Write) -> None:
        """Keeps them; a table that is written to already is done with first."""
        for write in writes:
            if any(kept.table == write.table for kept in self._kept):
                await self.flush()
            self._kept.append(write)

    async def flush(self) -> None:
        """Sends what is kept."""
        self._ahead.clear()
        if self._kept:
            kept = self._kept.copy()
            self._kept.clear()
            await send(self.connection, kept)

    async def add(self, table: Table, *rows: Mapping[str, Any]) -> None:
        """Adds rows that all have the same columns, an `id` among them."""
        await self.write(added(table, rows))
        self.changes.extend(RowChange(table.name, row["id"], None, row) for row in rows)

    async def change(self, table: Table, row: Row, **values: Any) -> None:
        """Gives a locked row new values and counts its version up."""
        await self.change_all(table, [(row, values)])

    async def change_all(self, table: Table, changes: Sequence[tuple[Row, Mapping[str, Any]]]) -> None:
        """The same for several rows and the same columns of each."""
        await self.write(changed(table, [{"id": row.id, **values} for row, values in changes]))
        for row, values in changes:
            self.note_changed(table, row, {"version": row.version + 1, **values})

    def note_changed(self, table: Table, row: Row, values: Mapping[str, Any]) -> None:
        """That a row, as it was read, has these values now."""
        before = {name: getattr(row, name) for name in values}
        self.changes.append(RowChange(table.name, row.id, before, values))

    def note_deleted(self, table: Table, row: Row) -> None:
        """That a row is gone, of which these were the columns of the table."""
        before = {str(column.name): getattr(row, column.name) for column in table.c}
        self.changes.append(RowChange(table.name, row.id, before, None))
