"""A transaction of one mutation: its connection, its moment, and how statements run in it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Executable, Row, Select
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True)
class Transaction:
    """`now` is the database's clock at the start; `today` is its day in the organisation's zone."""

    connection: AsyncConnection
    now: datetime
    today: date

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
