"""The database as the rest sees it: snapshots to read from, transactions to write in, and the clock of both."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from billing.db.failures import typed_failures
from billing.db.snapshot import Snapshot
from billing.db.transaction import Transaction
from billing.permissions.viewer import Viewer
from billing.settings import Settings

Clock = Callable[[AsyncConnection], Awaitable[datetime]]


async def database_clock(connection: AsyncConnection) -> datetime:
    """The one source of `now`: the database, at the start of the transaction."""
    return (await connection.execute(text("SELECT now()"))).scalar_one()  # type: ignore[no-any-return]


@dataclass
class Database:
    """One pool of connections; `clock` is replaced by tests."""

    engine: AsyncEngine
    zone: ZoneInfo
    clock: Clock = database_clock

    def __post_init__(self) -> None:
        self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def snapshot(self, viewer: Viewer) -> Snapshot:
        return Snapshot(self._reading, self._now, self.zone, viewer)

    @asynccontextmanager
    async def transaction(self, viewer: Viewer | None = None) -> AsyncIterator[Transaction]:
        """Commits when the block ends, rolls back when it raises."""
        with typed_failures():
            async with self.engine.begin() as connection:
                now = await self._now(connection)
                yield Transaction(connection, now, now.astimezone(self.zone).date())

    async def read_one(self, statement: Select[Any]) -> Row[Any] | None:
        """One row outside any operation: who the viewer is must be known before there is a snapshot of theirs."""
        with typed_failures():
            async with self.engine.connect() as connection:
                row: Row[Any] | None = (await connection.execute(statement)).one_or_none()
                return row

    async def close(self) -> None:
        await self.engine.dispose()

    async def _now(self, connection: AsyncConnection) -> datetime:
        return await self.clock(connection)


def connect(settings: Settings, url: str) -> Database:
    """A pool whose every wait is bounded by the settings."""
    milliseconds = {
        "statement_timeout": settings.statement_timeout_seconds,
        "lock_timeout": settings.lock_timeout_seconds,
        "idle_in_transaction_session_timeout": settings.idle_in_transaction_timeout_seconds,
    }
    engine = create_async_engine(
        url,
        pool_size=settings.pool_size,
        max_overflow=0,
        hide_parameters=True,  # A failure's text goes to the log, which shows no amounts and no names.
        pool_timeout=settings.pool_timeout_seconds,
        connect_args={
            "timeout": settings.pool_timeout_seconds,
            "server_settings": {
                "application_name": "internal-billing",
                "timezone": "UTC",
                "jit": "off",
                **{name: str(round(seconds * 1000)) for name, seconds in milliseconds.items()},
            },
        },
    )
    return Database(engine, ZoneInfo(settings.time_zone))
