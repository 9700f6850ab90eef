"""The database as the rest sees it: snapshots to read from, transactions to write in, and the clock of both."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import Select

from billing.db import tables, users
from billing.db.connections import Connection, Pool
from billing.db.failures import typed_failures
from billing.db.identity import opening, said_by_itself, set_today
from billing.db.logins import Addresses
from billing.db.moments import ask_first, ask_the_moment
from billing.db.rows import Row
from billing.db.snapshot import Snapshot
from billing.db.statements import Sendable, sendable
from billing.db.transaction import RowChange, Transaction
from billing.db.user_changes import keep_hearing
from billing.db.viewers import Viewers
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer
from billing.settings import Settings

_WRITING: Final = "ISOLATION LEVEL READ COMMITTED"

Clock = Callable[[datetime], datetime]
First: TypeAlias = Callable[[str], Sendable | None]
"""What a transaction asks first, which may hang on the tag of what went out with its BEGIN."""


def database_clock(now: datetime) -> datetime:
    """The one source of `now`: what the database said at the start of the transaction."""
    return now


def nothing(opened: str) -> None:
    """Asks for the moment alone."""


@dataclass
class Database:
    """A pool of connections for each login; `clock` is replaced by tests.

    Which login works for a viewer is decided here and nowhere else, and no connection ever changes its role.
    """

    service: Pool
    scoped: Pool
    zone: ZoneInfo
    user_cache_seconds: float
    clock: Clock = database_clock

    def __post_init__(self) -> None:
        self.viewers = Viewers(self._read_viewers, self.user_cache_seconds)
        self.read_at("REPEATABLE READ")

    def read_at(self, isolation_level: str) -> None:
        """The level of snapshots."""
        self._reading = f"ISOLATION LEVEL {isolation_level} READ ONLY"

    def snapshot(self, viewer: Viewer) -> Snapshot:
        # Another clock is told in a transaction.
        by_itself = self._said_by_itself if self.clock is database_clock else None
        return Snapshot(viewer, self._pool_for(viewer), self._begin, by_itself)

    @asynccontextmanager
    async def transaction(
        self, viewer: Viewer | None = None, *, claim: str = "", first: First = nothing, then: Snapshot | None = None
    ) -> AsyncIterator[Transaction]:
        """Commits when the block ends, rolls back when it raises. Without a viewer the service works for itself.

        The claim goes out with its BEGIN; it is Held where another transaction has the same. Where a snapshot of the
        viewer is read from `then`, that begins with the COMMIT.
        """
        changes: list[RowChange] = []
        begin = opening(_WRITING, viewer, self.zone)
        if claim:
            begin = f"{begin}; {claim}"
        following = "" if then is None else opening(self._reading, viewer, self.zone, by_ids=True)
        try:
            with typed_failures():
                async with self._pool_for(viewer).transaction(begin, following) as connection:
                    tx = await self._opened(connection, first, changes)
                    yield tx
                    await tx.flush()
                if then is not None:
                    then.go_on_with(connection)
                    await self._tell_the_day(connection)
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

    async def read_one(self, statement: Select[Any]) -> Row | None:
        """One row outside any operation: who asks, and what, must be known before there is a snapshot of theirs."""
        return next(iter(await self._read(statement)), None)

    async def answer(self) -> None:
        """Returns once the database answers both logins, each from its pool; Unavailable where it does not."""
        for pool in (self.service, self.scoped):
            with typed_failures():
                async with pool.lent() as connection:
                    await connection.say("SELECT 1")

    async def close(self) -> None:
        await self.service.close()
        await self.scoped.close()

    async def _begin(self, viewer: Viewer) -> Connection:
        """A connection in the transaction of a snapshot."""
        pool = self._pool_for(viewer)
        connection = await pool.begin(opening(self._reading, viewer, self.zone))
        try:
            await self._tell_the_day(connection)
        except BaseException:
            await pool.give_back(connection)
            raise
        return connection

    def _said_by_itself(self, viewer: Viewer, sent: Sendable) -> Sendable:
        return said_by_itself(viewer, self.zone, sent)

    async def _read(self, statement: Select[Any]) -> Sequence[Row]:
        with typed_failures():
            return await self.service.rows(sendable(statement))

    def _pool_for(self, viewer: Viewer | None) -> Pool:
        return self.service if viewer is None or viewer.sees_all else self.scoped

    async def _opened(self, connection: Connection, first: First, changes: list[RowChange]) -> Transaction:
        asked = first(connection.opened)
        if asked is None:
            moment, ahead = await ask_the_moment(connection), []
        else:
            moment, answered = await ask_first(connection, asked)
            ahead = [answered]
        now, today = await self._tell(connection, moment)
        return Transaction(connection, now, today, changes, connection.opened, ahead)

    async def _tell_the_day(self, connection: Connection) -> None:
        """Of a snapshot, which asks for no moment."""
        if self.clock is not database_clock:
            await self._tell(connection, await ask_the_moment(connection))

    async def _tell(self, connection: Connection, moment: Row) -> tuple[datetime, date]:
        """The clock and the day of a transaction; where tests replace the clock, the database is told the day."""
        if self.clock is database_clock:
            return moment.now, moment.today
        now = self.clock(moment.now)
        today = now.astimezone(self.zone).date()
        await connection.say(set_today(today))
        return now, today

    async def _read_viewers(self, names: Sequence[str]) -> Mapping[str, Viewer]:
        found = await self._read(users.active_by_names(names))
        return {each.name: Viewer(each.id, each.name, Role(each.role), each.division_id) for each in found}


def connect(settings: Settings, addresses: Addresses) -> Database:
    """The pools of both logins."""
    service, scoped = (Pool(address, settings) for address in (addresses.service, addresses.scoped))
    return Database(service, scoped, ZoneInfo(settings.time_zone), settings.user_cache_seconds)
