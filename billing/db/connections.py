"""Connections to PostgreSQL: a pool for each login, and what runs on a connection that it lends."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, TypeVar

import asyncpg
from sqlalchemy import URL, Executable
from sqlalchemy.engine import make_url

from billing.db.failures import FAILURES
from billing.db.rows import Row
from billing.db.statements import Given, Sendable, driver_arguments, sendable
from billing.deadline import Deadline
from billing.domain.errors import Held, Unavailable
from billing.settings import Settings

T = TypeVar("T")

_CLOSE_SECONDS_MAX: Final = 0.5
_REST_SECONDS: Final = 0.005
_RANDOM_PAGE_COST: Final = "1.1"
"""For disks without heads, and pages that are in memory: by default PostgreSQL reads a small table whole for each row
that names one of its."""
_STATEMENTS_KEPT: Final = 200
"""So many statements stay prepared on each connection; each costs the server some tens of kilobytes."""


class DriverConnection(asyncpg.Connection):
    """A request that is given up waits for its statement to be cancelled, but not long for a server that hangs."""

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 -- as asyncpg has it
        await super().close(timeout=_CLOSE_SECONDS_MAX)


class Connection:
    """Runs statements, one at a time, in whatever transaction it was told to begin.

    It is `clear` while we know what the server knows of that: not after a call that was given up, timed out or lost.
    """

    def __init__(self, driver: DriverConnection) -> None:
        self.driver = driver
        self.opened = ""
        """The tag of the last statement that went out with BEGIN."""
        self._clear = True

    @property
    def is_clear(self) -> bool:
        return self._clear and not self.driver.is_closed()

    def rows(self, statement: Executable | Sendable, given: Given | None = None) -> Coroutine[Any, Any, list[Row]]:
        if isinstance(statement, Sendable):
            sent = statement
        else:
            sent = sendable(statement) if given is None else sendable(statement, given)
        return self._call(self.driver.fetch(sent.text, *sent.arguments[0], record_class=sent.row))

    async def change(self, statement: Executable, given: Sequence[Given] = ()) -> int:
        """Runs a change, once for each of the given, and answers how many rows the only run touched."""
        sent = sendable(statement, *given)
        if len(sent.arguments) > 1:
            await self._call(self.driver.executemany(sent.text, sent.arguments))
            return -1
        tag = await self._call(self.driver.execute(sent.text, *sent.arguments[0]))
        count = tag.rpartition(" ")[2]
        return int(count) if count.isdecimal() else -1

    async def say(self, text: str) -> str:
        """Runs a text of our own, of several statements perhaps, in one round trip; answers the tag of the last."""
        return await self._call(self.driver.execute(text))

    async def aclose(self) -> None:
        """To its end, also when whoever waits for it is given up."""
        closing = asyncio.ensure_future(self.driver.close())
        closing.add_done_callback(_take_note)
        with suppress(*FAILURES):
            await asyncio.shield(closing)

    async def _call(self, answer: Awaitable[T]) -> T:
        try:
            return await answer
        except BaseException as error:
            if isinstance(error, asyncpg.PostgresError):
                # It quotes rows; a failure's text goes to the log, which shows no amounts and no names.
                error.detail = None
            else:
                self._clear = False
            # Of a lost connection the driver, its protocol and the transport each speak in their own way.
            if isinstance(error, Exception) and self.driver.is_closed():
                raise Unavailable from error
            raise


def _take_note(closing: "asyncio.Future[None]") -> None:
    """How a connection ended interests nobody, also where nobody waits for it any more."""
    if not closing.cancelled():
        closing.exception()


class Pool:
    """The connections of one login, opened when they are needed; every wait is bounded by the settings.

    Giving one back takes no round trip: every transaction ends by COMMIT or ROLLBACK, and what it sets ends with it.
    One that only read may end together with the beginning of the next, so that it takes no round trip of its own.
    """

    def __init__(self, address: str, settings: Settings) -> None:
        self.url = make_url(address)
        self.connection_class = DriverConnection
        self._wait_seconds = settings.pool_timeout_seconds
        self._waiting = Deadline(self._wait_seconds)
        milliseconds = {
            "statement_timeout": settings.statement_timeout_seconds,
            "lock_timeout": settings.lock_timeout_seconds,
            "idle_in_transaction_session_timeout": settings.idle_in_transaction_timeout_seconds,
        }
        self._server_settings = {
            "application_name": "internal-billing",
            "timezone": "UTC",
            "jit": "off",
            "random_page_cost": _RANDOM_PAGE_COST,
            **{name: str(round(seconds * 1000)) for name, seconds in milliseconds.items()},
        }
        self._idle: list[Connection] = []
        self._resting: dict[Connection, float] = {}
        self._waking: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(settings.pool_size)
        self.in_use = 0

    async def take(self) -> Connection:
        """A connection outside of a transaction."""
        connection = await self._take()
        if self._resting.pop(connection, None) is not None:
            try:
                await connection.say("COMMIT")
            except BaseException:
                await self.give_back(connection)
                raise
        return connection

    async def _take(self) -> Connection:
        """What the server closed while it lay here is replaced: no round trip, and no request that fails."""
        while self._idle and not self._idle[-1].is_clear:
            self._resting.pop(self._idle.pop(), None)
        if self._idle and not self._places.locked():
            await self._places.acquire()  # At once.
            connection = self._idle.pop()
        else:
            connection = await self._wait()
        self.in_use += 1
        return connection

    async def _wait(self) -> Connection:
        """For a place, and for a connection where none lies here."""
        with self._waiting():
            await self._places.acquire()
        try:
            while self._idle:
                if (connection := self._idle.pop()).is_clear:
                    return connection
                self._resting.pop(connection, None)
            return Connection(await _open(self.url, self._wait_seconds, self._server_settings, self.connection_class))
        except BaseException:
            self._places.release()
            raise

    async def give_back(self, connection: Connection) -> None:
        """Nobody meets it in the middle of a transaction: where it may be in one, it is closed."""
        try:
            if connection.is_clear and not connection.driver.is_in_transaction():
                self._idle.append(connection)
            else:
                await connection.aclose()
        finally:
            self.in_use -= 1
            self._places.release()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Connection]:
        """A connection outside of a transaction, for a statement that is one by itself."""
        connection = await self.take()
        try:
            yield connection
        finally:
            await self.give_back(connection)

    async def rows(self, statement: Sendable) -> list[Row]:
        """Of a statement that is a transaction by itself."""
        connection = await self.take()
        try:
            return await connection.rows(statement)
        finally:
            await self.give_back(connection)

    async def begin(self, opening: str) -> Connection:
        """A connection in a transaction: `opening` is its BEGIN and what else goes with it.

        Held where that waits too long for a lock.
        """
        connection = await self._take()
        rested = self._resting.pop(connection, None) is not None
        try:
            connection.opened = await connection.say(f"COMMIT; {opening}" if rested else opening)
        except BaseException as error:
            await self.leave(connection, "ROLLBACK")
            if isinstance(error, asyncpg.LockNotAvailableError):
                raise Held from error
            raise
        return connection

    async def go_on(self, connection: Connection, opening: str) -> None:
        """Commits and begins the next transaction on the connection, in one round trip.

        Where the transaction failed, the server refuses the empty SELECT, and does not come to the COMMIT that would
        only end it.
        """
        try:
            if not connection.is_clear:
                raise Unavailable
            await connection.say(f"SELECT; COMMIT; {opening}")
        except BaseException:
            await self.leave(connection, "ROLLBACK")
            raise

    async def end(self, connection: Connection, word: str) -> str:
        """Ends the transaction and gives the connection back; answers what became of it, '' where nobody knows."""
        try:
            return await connection.say(word) if connection.is_clear else ""
        finally:
            await self.give_back(connection)

    async def rest(self, connection: Connection) -> None:
        """Gives a connection back whose transaction only read, which ends when the next begins here, or in a moment."""
        if not connection.is_clear:
            await self.leave(connection, "ROLLBACK")
            return
        loop = asyncio.get_running_loop()
        self._resting[connection] = loop.time()
        self._idle.append(connection)
        self.in_use -= 1
        self._places.release()
        if self._waking is None:
            self._waking = loop.call_later(_REST_SECONDS, self._wake, loop)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ends the transactions of those that nobody has taken for a moment, until none rests."""
        latest = loop.time() - _REST_SECONDS
        resting = [connection for connection, since in self._resting.items() if since <= latest]
        if resting:
            ending = loop.create_task(self._end_rests(resting))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)
        self._waking = loop.call_later(_REST_SECONDS, self._wake, loop) if self._resting else None

    async def _end_rests(self, connections: Sequence[Connection]) -> None:
        for connection in connections:
            if connection in self._resting and connection in self._idle and not self._places.locked():
                await self._end_rest(connection)

    async def _end_rest(self, connection: Connection) -> None:
        await self._places.acquire()  # At once.
        self._idle.remove(connection)
        del self._resting[connection]
        try:
            with suppress(*FAILURES):
                async with asyncio.timeout(_CLOSE_SECONDS_MAX):
                    await connection.say("COMMIT")
        finally:
            if connection.is_clear:
                self._idle.append(connection)
            else:
                await connection.aclose()
            self._places.release()

    async def leave(self, connection: Connection, word: str) -> None:
        """The same where nothing hangs on how it ends: not waited for long, and not told when it fails."""
        with suppress(*FAILURES):
            async with asyncio.timeout(_CLOSE_SECONDS_MAX):
                await self.end(connection, word)

    @asynccontextmanager
    async def transaction(self, opening: str, following: str = "") -> AsyncIterator[Connection]:
        """Commits when the block ends, rolls back when it raises.

        With the opening of a following transaction, that has then begun on the connection, which stays the caller's.
        """
        connection = await self.begin(opening)
        try:
            yield connection
        except BaseException:
            await self.leave(connection, "ROLLBACK")
            raise
        if following:
            await self.go_on(connection, following)
        elif await self.end(connection, "COMMIT") != "COMMIT":
            raise Unavailable

    async def close(self) -> None:
        """Closes all that lie here; whoever asks afterwards gets a new one."""
        if self._waking is not None:
            self._waking.cancel()
            self._waking = None
        for ending in self._ending:
            ending.cancel()
        await asyncio.gather(*self._ending, return_exceptions=True)
        idle, self._idle = self._idle, []
        self._resting.clear()
        await asyncio.gather(*(connection.aclose() for connection in idle))


async def connect(address: str | URL, *, seconds_max: float, **server_settings: str) -> Connection:
    """A connection in no pool; the caller closes it."""
    return Connection(await _open(make_url(address), seconds_max, {"timezone": "UTC", **server_settings}))


async def _open(
    url: URL,
    seconds_max: float,
    server_settings: dict[str, str],
    connection_class: type[DriverConnection] = DriverConnection,
) -> DriverConnection:
    driver: DriverConnection = await asyncpg.connect(
        **driver_arguments(url),
        connection_class=connection_class,
        timeout=seconds_max,
        server_settings=server_settings,
        statement_cache_size=_STATEMENTS_KEPT,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=0,
    )
    try:
        # JSON goes out as the text that a statement's types make of it, and comes back as what it says.
        codec = driver.set_type_codec("jsonb", schema="pg_catalog", encoder=str, decoder=json.loads, format="text")
        await Connection(driver)._call(codec)
    except BaseException:
        driver.terminate()
        raise
    return driver
