"""Whether the service runs, and whether it can be of use: for whoever starts it and sends requests to it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from secrets import token_hex
from typing import Final

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from billing.db.database import Database
from billing.domain.errors import BillingError, ErrorCode, Unavailable
from billing.web import answers

_log = structlog.get_logger(__name__)

_PROBE_SECONDS: Final = 1.0
_NOT_KEPT: Final = {"Cache-Control": "no-store"}


class _WrongMethod(BillingError):
    code = ErrorCode.METHOD_NOT_ALLOWED

    def __init__(self) -> None:
        super().__init__("Ask with GET or HEAD.")


class Health:
    """Asks the database once for all who ask at the same time, so that asking often costs nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._probe: asyncio.Task[bool] | None = None
        self.stopping = False
        """Set when the service begins to stop: it finishes what it has, and shall be sent nothing new."""

    def routes(self) -> list[Route]:
        return [Route("/live", _Page(self._live)), Route("/ready", _Page(self._ready))]

    async def _live(self) -> Response:
        return _respond({"status": "live"})

    async def _ready(self) -> Response:
        if not self.stopping and await self._database_answers():
            return _respond({"status": "ready"})
        return _refuse(503, Unavailable(), answers.RETRY_AFTER)

    async def _database_answers(self) -> bool:
        """Does not wait for a probe that was given up and has yet to end: an answer in a second is an answer."""
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._ask_database())
        probe = self._probe  # The next one may begin before we are woken.
        await asyncio.wait({probe}, timeout=_PROBE_SECONDS)
        return probe.done() and probe.result()

    async def _ask_database(self) -> bool:
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                await self._database.answer()
        except Exception as error:  # Whatever it is, those who are sent here would meet it.
            _log.warning("not ready", reason=type(error).__name__)
            return False
        return True


class _Page:
    """An application of its own for each address, since a route of Starlette refuses other methods in plain text."""

    def __init__(self, answer: Callable[[], Awaitable[Response]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if Request(scope).method in ("GET", "HEAD"):
            response = await self._answer()
        else:
            response = _refuse(405, _WrongMethod(), {"Allow": "GET, HEAD"})
        await response(scope, receive, send)


def _refuse(status: int, error: BillingError, headers: Mapping[str, str]) -> Response:
    return _respond(answers.refusal(error, token_hex(16)), status, headers)


def _respond(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, {**_NOT_KEPT, **(headers or {})}, media_type="application/json")
