"""The database as the rest sees it: snapshots to read from, transactions to write in, and the clock of both."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, event, select
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from billing.db.failures import typed_failures
from billing.db.identity import begin_as
from billing.db.logins import Addresses
from billing.db.snapshot import Snapshot
from billing.db.transaction import Transaction
from billing.permissions.viewer import Viewer
from billing.settings import Settings

Clock = Callable[[datetime], datetime]


def database_clock(now: datetime) -> datetime:
    """The one source of `now`: what the database said at the start of the transaction."""
    return now


@dataclass
class Database:
    """A pool of connections for each login; `clock` is replaced by tests.

    Which login works for a viewer is decided here and nowhere else, and no connection ever changes its role.
    """

    service: AsyncEngine
    scoped: AsyncEngine
    zone: ZoneInfo
    clock: Clock = database_clock

    def __post_init__(self) -> None:
        self.read_at("REPEATABLE READ")

    def read_at(self, isolation_level: str) -> None:
        """The level of snapshots."""
        options = {"isolation_level": isolation_level, "postgresql_readonly": True}
        self._service_reading = self.service.execution_options(**options)
        self._scoped_reading = self.scoped.execution_options(**options)

    def snapshot(self, viewer: Viewer) -> Snapshot:
        engine = self._service_reading if viewer.sees_all else self._scoped_reading
        return Snapshot(engine, self._moment, self.zone, viewer)

    @asynccontextmanager
    async def transaction(self, viewer: Viewer | None = None) -> AsyncIterator[Transaction]:
        """Commits when the block ends, rolls back when it raises. Without a viewer the service works for itself."""
        engine = self.service if viewer is None or viewer.sees_all else self.scoped
        with typed_failures():
            async with engine.begin() as connection:
                now = self._moment(await begin_as(connection, viewer))
                yield Transaction(connection, now, now.astimezone(self.zone).date())

    async def read_one(self, statement: Select[Any]) -> Row[Any] | None:
        """One row outside any operation: who the viewer is must be known before there is a snapshot of theirs."""
        with typed_failures():
            async with self.service.connect() as connection:
                row: Row[Any] | None = (await connection.execute(statement)).one_or_none()
                return row

    async def answer(self) -> None:
        """Returns once the database answers both logins, each from its pool; Unavailable where it does not."""
        for engine in (self.service, self.scoped):
            with typed_failures():
                async with engine.connect() as connection:
                    await connection.execute(select(1))

    async def close(self) -> None:
        await self.service.dispose()
        await self.scoped.dispose()

    def _moment(self, now: datetime) -> datetime:
        return self.clock(now)


def connect(settings: Settings, addresses: Addresses) -> Database:
    """The pools of both logins."""
    return Database(_pool(settings, addresses.service), _pool(settings, addresses.scoped), ZoneInfo(settings.time_zone))


def _pool(settings: Settings, url: str) -> AsyncEngine:
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
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: Any, record: Any, proxy: Any) -> None:
    """What the server closed while it lay in the pool is replaced: no round trip, and no request that fails."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError
