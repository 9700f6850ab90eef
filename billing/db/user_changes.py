"""News of changed users, wherever they were changed: a connection of its own that listens to PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, NoReturn

import structlog
from sqlalchemy import URL

from billing.db.connections import DriverConnection, connect
from billing.db.failures import FAILURES
from billing.db.viewers import Viewers

CHANNEL: Final = "users_changed"
"""What the trigger on `users` notifies (migration 0006)."""

_ANSWER_SECONDS_MAX: Final = 3
_PROOF_SECONDS: Final = 10
_RETRY_SECONDS_MIN: Final = 0.1
_RETRY_SECONDS_MAX: Final = 10
_log = structlog.get_logger(__name__)


async def keep_hearing(url: URL, viewers: Viewers) -> NoReturn:
    """Until it is cancelled; connects again when the connection is lost, each time after a longer while."""
    retry_seconds = _RETRY_SECONDS_MIN
    while True:
        try:
            async with _hearing(url, viewers) as (connection, lost):
                retry_seconds = _RETRY_SECONDS_MIN
                await _until(lost, connection)
        except FAILURES as error:
            _log.warning("changes of users not heard, users are read for each request", cause=type(error).__name__)
        await asyncio.sleep(retry_seconds)
        retry_seconds = min(retry_seconds * 2, _RETRY_SECONDS_MAX)


@asynccontextmanager
async def _hearing(url: URL, viewers: Viewers) -> AsyncIterator[tuple[DriverConnection, asyncio.Event]]:
    """A connection over which every change is told to `viewers`; the event says when it is lost."""
    own = await connect(url, seconds_max=_ANSWER_SECONDS_MAX, application_name="internal-billing changes of users")
    lost = asyncio.Event()

    def lose(_: object) -> None:
        viewers.hear_no_more()
        lost.set()

    try:
        own.driver.add_termination_listener(lose)
        await own.driver.add_listener(CHANNEL, lambda *_: viewers.forget())
        viewers.hear()
        yield own.driver, lost
    finally:
        viewers.hear_no_more()
        await own.aclose()


async def _until(lost: asyncio.Event, connection: DriverConnection) -> NoReturn:
    """Raises once the connection is lost. One whose other end is gone says nothing, so it has to prove itself."""
    while not lost.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(_PROOF_SECONDS):
                await lost.wait()
        if not lost.is_set():
            await connection.execute("SELECT 1", timeout=_ANSWER_SECONDS_MAX)
    raise ConnectionResetError
