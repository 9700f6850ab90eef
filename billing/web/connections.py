"""One HTTP connection: uvicorn's, with limits, time-outs, one typed answer to bad HTTP, and an end with its client."""

import asyncio
from asyncio import CancelledError, Transport
from enum import Enum, auto
from typing import Any, ClassVar, Final

import httptools
import structlog
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from billing.domain.errors import BillingError, Unavailable
from billing.settings import Settings
from billing.web import answers
from billing.web.alarm import Alarm
from billing.web.bad_http import (
    HEAD_PER_HEADER,
    BadHttp,
    answer_bytes,
    cause,
    check_head,
    malformed,
    too_large,
    too_slow,
    typed_answer,
)

_log = structlog.get_logger(__name__)

_PIPELINED_MAX: Final = 32
"""Requests that wait behind one another; each takes a hundred times the memory of its bytes."""
_LINGER_SECONDS: Final = 2.0
"""How long what a refused client still sends is thrown away: closed at once, it could lose the answer to a reset."""


class _Reading(Enum):
    """What the next byte belongs to."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()


_NOTHING, _HEAD, _BODY = _Reading
"""Looked up in an Enum, a member takes ten times as long, and these are for every header."""


def protocol(settings: Settings) -> type["Connection"]:
    """What uvicorn makes for each connection, bound by the settings."""
    bounds = {
        "bounds": settings,
        "line_max": settings.header_bytes_max,
        "lines_max": settings.headers_max,
        "head_max": settings.header_bytes_max * HEAD_PER_HEADER,
    }
    return type("BoundConnection", (Connection,), bounds)


class Connection(HttpToolsProtocol):
    """Reads requests one behind another, runs one at a time, and answers in their order.

    Above `connections_max` a new connection is closed at once: each takes some 10 KiB when idle and 50 to 350 KiB
    when hostile, and whoever holds thousands of them shall not take the memory of those who are served.
    """

    bounds: ClassVar[Settings]
    line_max: ClassVar[int]
    lines_max: ClassVar[int]
    head_max: ClassVar[int]
    _crowded: ClassVar[bool] = False

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._reading = _NOTHING
        self._running: RequestResponseCycle | None = None
        self._task: asyncio.Task[None] | None = None
        self._refused = False
        self._upgrading = False
        # Since the last whole head, piece of a body or message: what was read, and what of it the parser has told. The
        # rest is an unfinished line, which the parser keeps.
        self._read_bytes = self._told_bytes = self._told_lines = 0
        self._arriving = Alarm(self.loop, self._arrived_too_slowly)
        self._is_timed = True
        """Whether that is set for what is being read. What has arrived whole needs none."""
        self._leaving = Alarm(self.loop, self._left_too_slowly)

    # What the transport tells.

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._is_one_too_many():
            transport.abort()
        else:
            self._arriving.set(self.bounds.header_timeout_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._give_up()
        self._arriving.stop()
        self._leaving.stop()
        super().connection_lost(exc)

    def eof_received(self) -> None:
        """The client is gone, or sends nothing more, which cannot be told apart; the transport closes."""
        self._give_up()
        self._leaving.set(self.bounds.write_timeout_seconds)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._leaving.set(self.bounds.write_timeout_seconds)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._running is None:
            self._leaving.set(self.bounds.write_timeout_seconds)
        else:
            self._leaving.unset()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._read_bytes += len(data)
        try:
            self._feed(data)
            if self._read_bytes - self._told_bytes > self.line_max:
                raise self._too_large("an unfinished line")
            if not self._is_timed:
                self._time()
        except httptools.HttpParserError as error:
            self._refuse(cause(error))
        except BadHttp as refused:
            self._refuse(refused)

    def _time(self) -> None:
        if self._reading is not _NOTHING:
            bounds, in_head = self.bounds, self._reading is _HEAD
            self._arriving.set(bounds.header_timeout_seconds if in_head else bounds.body_timeout_seconds)
            self._is_timed = True

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._read_without_upgrade(data[upgrade.args[0] :])

    def _read_without_upgrade(self, rest: bytes) -> None:
        """We change to no other protocol, so the request goes on as if it had not asked (RFC 9110, 7.8).

        The parser has left its body out, and would read it as a request of its own.
        """
        version = self.parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
        lines += [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        self._upgrading = False
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._feed(b"\r\n".join([*lines, b"", rest]))

    # What the parser tells; what is raised here comes out of `feed_data` as the context of its own error.

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reading = _HEAD
        self._told_bytes = self._told_lines = 0
        self._is_timed = self.cycle is None  # The first request has its time from the beginning of the connection.

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._told_bytes += len(url)
        if len(self.url) > self.line_max:
            raise self._too_large("a long address")

    def on_header(self, name: bytes, value: bytes) -> None:
        length = len(name) + len(value)
        self._told_bytes += length
        self._told_lines += 1
        if length > self.line_max or self._told_lines > self.lines_max or self._told_bytes > self.head_max:
            raise self._too_large("long or many headers")
        if self._reading is _HEAD:  # Trailers come when the request runs, and must not change it.
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.expect_100_continue = check_head(self.parser, self.headers)
        if self.parser.should_upgrade() and not self._should_upgrade():
            self._upgrading = True
            return
        if len(self.pipeline) >= _PIPELINED_MAX:
            raise malformed("too many requests behind one another")
        super().on_headers_complete()
        self._reading = _BODY
        self._read_bytes = self._told_bytes = 0
        self._is_timed = False

    def on_body(self, body: bytes) -> None:
        self._read_bytes = self._told_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._upgrading:
            return
        super().on_message_complete()
        self._reading = _NOTHING
        self._read_bytes = self._told_bytes = 0
        if self._running is None:  # It was answered before it was read.
            self._await_next()
        else:
            self._arriving.unset()

    # A request runs.

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if not self.flow.write_paused:
            self._leaving.unset()
        self._running = cycle
        self._task = self.loop.create_task(self._run(cycle, app))
        self.tasks.add(self._task)
        self._task.add_done_callback(self.tasks.discard)

    async def _run(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        try:
            await app(cycle.scope, cycle.receive, cycle.send)
            if not cycle.response_complete:
                await self._fail(cycle, 500, BillingError(answers.INTERNAL), answers.new_correlation_id())
        except CancelledError:  # Nobody waits any more, or the service stops.
            await self._fail(cycle, 503, Unavailable(), answers.new_correlation_id())
        except Exception:
            correlation_id = answers.new_correlation_id()
            _log.exception("request failed", correlation_id=correlation_id)
            await self._fail(cycle, 500, BillingError(answers.INTERNAL), correlation_id)
        finally:
            cycle.on_response = _nothing  # So that no circle is left for the garbage collector.

    async def _fail(self, cycle: RequestResponseCycle, status: int, error: BillingError, correlation_id: str) -> None:
        """A typed answer where none has begun; one that has begun is cut off."""
        if cycle.disconnected or cycle.response_complete:
            return
        if cycle.response_started:
            self.transport.close()
            return
        headers, body = typed_answer(status, error, correlation_id)
        await cycle.send({"type": "http.response.start", "status": status, "headers": headers})
        await cycle.send({"type": "http.response.body", "body": body, "more_body": False})

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        self._running = self._task = None
        if self.transport.is_closing():
            self._leaving.set(self.bounds.write_timeout_seconds)
        elif self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.flow.resume_reading()
            if self._reading is _NOTHING:
                self._await_next()

    def _await_next(self) -> None:
        self._leaving.set(self.bounds.write_timeout_seconds)
        self._arriving.set(self.bounds.keep_alive_timeout_seconds)

    def _give_up(self) -> None:
        """What is not answered yet is not answered any more."""
        self.pipeline.clear()
        if self._running is not None and self._task is not None:
            self._running.disconnected = True
            self._task.cancel()
        self._running = self._task = None

    # It ends.

    def _arrived_too_slowly(self) -> None:
        if self._refused or self.transport.is_closing():
            self.transport.abort()
        elif self._reading is _NOTHING:
            self.transport.close()
        elif self._reading is _BODY and self.flow.read_paused:  # It is ourselves who do not read.
            self._arriving.set(self.bounds.body_timeout_seconds)
        else:
            self._refuse(too_slow())

    def _left_too_slowly(self) -> None:
        if self.transport.is_closing() or self.transport.get_write_buffer_size():
            _log.info("connection aborted", reason="its client takes nothing")
            self.transport.abort()

    def _refuse(self, refused: BadHttp) -> None:
        """What came before the request is answered, the request itself if no answer has begun, nothing behind it."""
        self._refused = True
        self._arriving.unset()
        correlation_id = answers.new_correlation_id()
        _log.info("request refused", code=refused.code, reason=refused.reason, correlation_id=correlation_id)
        if self._reading is _BODY and self.pipeline:
            self.pipeline.popleft()  # It waits for those before it, and is the last.
            self._close_after_what_runs()
        elif self._reading is _BODY and self.cycle.response_started:
            self._give_up()
            self._close()
        elif self._reading is not _BODY and self._running is not None:
            self._close_after_what_runs()
        else:
            self._give_up()
            self._answer_last(refused, correlation_id)

    def _close_after_what_runs(self) -> None:
        assert self._running is not None
        last = self.pipeline[0][0] if self.pipeline else self._running
        last.keep_alive = False

    def _answer_last(self, refused: BadHttp, correlation_id: str) -> None:
        headers, body = typed_answer(refused.status, refused, correlation_id)
        self.transport.write(answer_bytes(refused.status, [*self.server_state.default_headers, *headers], body))
        if not self.transport.can_write_eof():
            self._close()
            return
        self.flow.resume_reading()
        self.transport.write_eof()
        self._arriving.set(_LINGER_SECONDS)

    def _close(self) -> None:
        self.transport.close()
        self._leaving.set(self.bounds.write_timeout_seconds)

    def _too_large(self, reason: str) -> BadHttp:
        return too_large(reason, self.lines_max, self.line_max)

    def _is_one_too_many(self) -> bool:
        """Said once, until there is room again."""
        kind, crowded = type(self), len(self.connections) > self.bounds.connections_max
        if crowded and not kind._crowded:
            _log.warning("too many connections", most=self.bounds.connections_max)
        kind._crowded = crowded
        return crowded


def _nothing() -> None:
    pass
