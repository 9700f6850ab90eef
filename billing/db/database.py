"""The database as the rest sees it: snapshots to read from, transactions to write in, and the clock of both."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import Row, Select, event, select
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from billing.db import tables, users
from billing.db.failures import typed_failures
from billing.db.identity import begin_as
from billing.db.logins import Addresses
from billing.db.snapshot import Snapshot
from billing.db.transaction import RowChange, Transaction
from billing.db.user_changes import keep_hearing
from billing.db.viewers import Viewers
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer
from billing.settings import Settings

_CLOSE_SECONDS_MAX: Final = 0.5

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
    user_cache_seconds: float
    clock: Clock = database_clock

    def __post_init__(self) -> None:
        self.viewers = Viewers(self._read_viewer, self.user_cache_seconds)
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
        changes: list[RowChange] = []
        try:
            with typed_failures():
                async with engine.begin() as connection:
                    now = self._moment(await begin_as(connection, viewer))
                    yield Transaction(connection, now, now.astimezone(self.zone).date(), changes)
        finally:
            # Whatever became of it: a commit whose answer was lost may have been made all the same.
            if any(change.table == tables.users.name for change in changes):
                self.viewers.forget()

    async def viewer(self, name: str) -> Viewer | None:
        """The active user of that name; a change of users is seen at once, at the latest after the set seconds."""
        return await self.viewers.find(name)

    async def keep_hearing(self) -> None:
        """Keeps listening to changes of users until it is cancelled; until then nothing of them is remembered."""
        if self.user_cache_seconds > 0:
            await keep_hearing(self.service.url, self.viewers)

    async def read_one(self, statement: Select[Any]) -> Row[Any] | None:
        """One row outside any operation: who asks, and what, must be known before there is a snapshot of theirs."""
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

    async def _read_viewer(self, name: str) -> Viewer | None:
        user = await self.read_one(users.active_by_name(name))
        return None if user is None else Viewer(user.id, user.name, Role(user.role), user.division_id)

    async def close(self) -> None:
        await self.service.dispose()
        await self.scoped.dispose()

    def _moment(self, now: datetime) -> datetime:
        return self.clock(now)


def connect(settings: Settings, addresses: Addresses) -> Database:
    """The pools of both logins."""
    service, scoped = (_pool(settings, address) for address in (addresses.service, addresses.scoped))
    return Database(service, scoped, ZoneInfo(settings.time_zone), settings.user_cache_seconds)


class _Connection(asyncpg.Connection):
    """A request that is given up waits for its statement to be cancelled, but not long for a server that hangs."""

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 -- as asyncpg has it
        await super().close(timeout=_CLOSE_SECONDS_MAX)


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
            "connection_class": _Connection,
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
