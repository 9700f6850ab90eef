"""News of changed users, wherever they were changed: a connection of its own that listens to PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, NoReturn, TypeAlias

import asyncpg
import structlog
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from billing.db.viewers import Viewers

CHANNEL: Final = "users_changed"
"""What the trigger on `users` notifies (migration 0006)."""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_ANSWER_SECONDS_MAX: Final = 3
_PROOF_SECONDS: Final = 10
_RETRY_SECONDS_MIN: Final = 0.1
_RETRY_SECONDS_MAX: Final = 10
_CONNECT: Final[dict[str, Any]] = {
    "timeout": _ANSWER_SECONDS_MAX,
    "server_settings": {"application_name": "internal-billing changes of users"},
}

_log = structlog.get_logger(__name__)


async def keep_hearing(url: URL, viewers: Viewers) -> NoReturn:
    """Until it is cancelled; connects again when the connection is lost, each time after a longer while."""
    retry_seconds = _RETRY_SECONDS_MIN
    while True:
        try:
            async with _hearing(url, viewers) as (connection, lost):
                retry_seconds = _RETRY_SECONDS_MIN
                await _until(lost, connection)
        except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            _log.warning("changes of users not heard, users are read for each request", cause=type(error).__name__)
        await asyncio.sleep(retry_seconds)
        retry_seconds = min(retry_seconds * 2, _RETRY_SECONDS_MAX)


@asynccontextmanager
async def _hearing(url: URL, viewers: Viewers) -> AsyncIterator[tuple[Connection, asyncio.Event]]:
    """A connection over which every change is told to `viewers`; the event says when it is lost."""
    engine = create_async_engine(url, poolclass=NullPool, connect_args=_CONNECT)
    async with engine.connect() as pooled:
        connection = (await pooled.get_raw_connection()).driver_connection
        assert isinstance(connection, asyncpg.Connection)
        lost = asyncio.Event()

        def lose(_: object) -> None:
            viewers.hear_no_more()
            lost.set()

        connection.add_termination_listener(lose)
        await connection.add_listener(CHANNEL, lambda *_: viewers.forget())
        viewers.hear()
        try:
            yield connection, lost
        finally:
            viewers.hear_no_more()
            if lost.is_set():
                await pooled.invalidate()


async def _until(lost: asyncio.Event, connection: Connection) -> NoReturn:
    """Raises once the connection is lost. One whose other end is gone says nothing, so it has to prove itself."""
    while not lost.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(_PROOF_SECONDS):
                await lost.wait()
        if not lost.is_set():
            await connection.execute("SELECT 1", timeout=_ANSWER_SECONDS_MAX)
    raise ConnectionResetError
