"""Connections: what is no HTTP, too long, too slow or gone is refused or ended on time, and nobody else notices."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from billing.settings import Settings
from tests.support.bad_http import BAD, BEHIND, GET, LINE, POST, TOO_LARGE
from tests.support.serving import Peer, Server, listening, listening_on_uvloop

# Short, so that a test waits for them itself.
BRIEF: dict[str, Any] = {
    "header_timeout_seconds": 0.3,
    "body_timeout_seconds": 0.3,
    "write_timeout_seconds": 0.3,
    "keep_alive_timeout_seconds": 0.6,
}
LONG: dict[str, Any] = dict.fromkeys(BRIEF, 60)


@dataclass
class Echo:
    """Answers with the body that it was sent; with megabytes at /large, without an end at /stream, never at /never."""

    ran: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    read: int = 0
    _ended: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0), init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        self.ran.append(path)
        try:
            await self._answer(scope, receive, send)
        except asyncio.CancelledError:
            self.gone.append(path)
            raise
        finally:
            self._ended.release()

    async def ended(self) -> None:
        """Once all that ran has ended, in whichever thread."""
        for _ in self.ran:
            assert await asyncio.to_thread(self._ended.acquire, timeout=10)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == "/fails":
            raise LookupError("something from inside")
        if path == "/early":
            await _send(send, b"early")
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            self.read = len(body)
            more = message.get("more_body", False)
        if path == "/never":
            await asyncio.Event().wait()
        if path == "/stream":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while True:
                await send({"type": "http.response.body", "body": bytes(2**16), "more_body": True})
                await asyncio.sleep(0)
        if path == "/headers":
            body = b"\n".join(name + b"=" + value for name, value in scope["headers"])
        await _send(send, bytes(2**25) if path == "/large" else body)


async def _send(send: Send, body: bytes) -> None:
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture(params=["asyncio", "uvloop"])
async def serve(request: pytest.FixtureRequest, settings: Settings, echo: Echo) -> Callable[..., Any]:
    """`async with serve(header_timeout_seconds=0.3) as server`: the other waits are long."""

    @asynccontextmanager
    async def serve(**bounds: Any) -> AsyncIterator[Server]:
        bound = settings.model_copy(update={**LONG, **bounds})
        if request.param == "asyncio":
            async with listening(echo, bound) as server:
                yield server
        else:
            with listening_on_uvloop(echo, bound) as server:
                yield server

    return serve


@pytest.fixture
async def peer(serve: Callable[..., Any]) -> AsyncIterator[Peer]:
    """At a server whose waits are all long."""
    async with serve() as server, server.peer() as peer:
        yield peer


REFUSED = [
    *(pytest.param(sent, 400, "BAD_INPUT", id=name) for name, sent in BAD.items()),
    *(pytest.param(sent, 431, "HEADERS_TOO_LARGE", id=name) for name, sent in TOO_LARGE.items()),
]


@pytest.mark.parametrize(("sent", "status", "code"), REFUSED)
@pytest.mark.parametrize("pieces", ["at once", "in pieces"])
async def test_bad_http_gets_one_typed_answer_and_nothing_behind_it_runs(
    sent: bytes, status: int, code: str, pieces: str, peer: Peer, echo: Echo
) -> None:
    for piece in [sent + BEHIND] if pieces == "at once" else [sent[:40], sent[40:], BEHIND]:
        peer.send(piece)
        await asyncio.sleep(0)

    answer = await peer.last_answer()

    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["content-type"] == "application/json"
    assert "server" not in answer.headers
    assert "/behind" not in echo.ran
    assert echo.ran in ([], ["/one"])  # Its body may turn out bad when it runs already; it is cancelled then.
    await echo.ended()
    assert echo.gone == echo.ran


@pytest.mark.parametrize("sent", [sent for sent in BAD.values() if b"chunk" in sent or b"\r\n\r\n" in sent])
async def test_requests_before_bad_http_are_answered_and_nothing_behind_them(
    sent: bytes, peer: Peer, echo: Echo
) -> None:
    peer.send(GET + POST + b"Content-Length: 3\r\n\r\nabc" + sent + BEHIND)

    first, last = await peer.answer(), await peer.last_answer()

    assert (first.status, first.body) == (200, b"")
    assert (last.status, last.body) == (200, b"abc")
    assert echo.ran == ["/one", "/one"]


@pytest.mark.parametrize(
    "line",
    [b"GET /", b"GET / HTTP/1.1\r\nX", b"GET / HTTP/1.1\r\nX: ", POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX:"],
)
async def test_a_line_that_never_ends_is_refused_once_it_is_too_long(line: bytes, peer: Peer) -> None:
    peer.send(line)
    answering = asyncio.create_task(peer.last_answer())
    sent = 0
    while not answering.done() and sent < 2**22:
        peer.send(b"x" * 1000)
        sent += 1000
        await asyncio.sleep(0.001)

    assert (await answering).code == "HEADERS_TOO_LARGE"
    assert sent < 2**21


async def test_many_requests_at_once_are_not_all_taken_in(peer: Peer, echo: Echo) -> None:
    """One of them is 30 bytes, and a hundred times that once it waits."""
    peer.send(GET * 1_000)

    answers = await peer.closed()

    assert 1 < answers.count(b"HTTP/1.1 200 OK") < 100
    assert answers.count(b"HTTP/1.1 ") == answers.count(b"HTTP/1.1 200 OK") == len(echo.ran)


async def test_the_largest_request_that_is_allowed_is_answered(peer: Peer) -> None:
    lines = [b"Host: a", b"X: " + b"x" * (LINE - 1), *[b"X: x"] * 97, b"Content-Length: 3", b"", b"abc"]
    peer.send(b"\r\n".join([b"POST /" + b"y" * (LINE - 1) + b" HTTP/1.1", *lines]))

    assert (await peer.answer()).body == b"abc"


async def test_a_body_in_many_small_chunks_is_no_line_without_an_end(peer: Peer, echo: Echo) -> None:
    peer.send(POST + b"Transfer-Encoding: chunked\r\n\r\n")
    for thousands in range(1, 21):
        peer.send(b"1\r\nx\r\n" * 1_000)
        await _until(lambda read=thousands * 1_000: echo.read == read)  # type: ignore[misc]
    peer.send(b"0\r\n\r\n")

    assert (await peer.answer()).body == b"x" * 20_000


async def test_trailers_change_no_request(peer: Peer) -> None:
    chunks = b"3\r\nabc\r\n0\r\nAuthorization: Bearer x\r\n\r\n"
    peer.send(b"POST /headers HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + GET)

    assert (await peer.answer()).body == b"host=a\ntransfer-encoding=chunked"
    assert (await peer.answer()).status == 200


@pytest.mark.parametrize("to", [b"h2c", b"websocket", b"TLS/1.0"])
@pytest.mark.parametrize("pieces", ["at once", "in pieces"])
async def test_a_request_that_asks_for_another_protocol_is_answered_in_this_one(
    to: bytes, pieces: str, peer: Peer, echo: Echo
) -> None:
    """Its body is its body, and not the next request; Java asks with every first request of a client."""
    head = POST + b"Connection: Upgrade\r\nUpgrade: " + to + b"\r\nContent-Length: %d\r\n\r\n" % len(BEHIND)
    peer.send(head + (BEHIND + GET if pieces == "at once" else b""))
    if pieces == "in pieces":
        await _until(lambda: echo.ran == ["/one"])
        peer.send(BEHIND)
        peer.send(GET)

    assert (await peer.answer()).body == BEHIND
    assert (await peer.answer()).body == b""
    assert echo.ran == ["/one", "/one"]


async def test_what_fails_is_answered_typed_and_closed(peer: Peer) -> None:
    peer.send(b"GET /fails HTTP/1.1\r\nHost: a\r\n\r\n" + BEHIND)

    answer = await peer.last_answer()

    assert (answer.status, answer.code) == (500, "INTERNAL")
    assert b"inside" not in answer.body


# Too slow.


@pytest.mark.parametrize("begun", [b"G", GET[:-2], GET + GET[:-2]])
async def test_headers_that_do_not_come_are_not_waited_for(begun: bytes, serve: Callable[..., Any]) -> None:
    async with serve(header_timeout_seconds=0.3) as server, server.peer() as peer:
        peer.send(begun)
        if begun.startswith(GET):
            assert (await peer.answer()).status == 200
        answer = await peer.last_answer()

    assert (answer.status, answer.code) == (408, "REQUEST_TIMEOUT")


async def test_dripping_headers_win_no_time(serve: Callable[..., Any]) -> None:
    async with serve(header_timeout_seconds=0.3) as server, server.peer() as peer:
        peer.send(GET[:-2])
        answering = asyncio.create_task(peer.last_answer())
        async with asyncio.timeout(3):
            while not answering.done():
                peer.send(b"X: x\r\n")
                await asyncio.sleep(0.05)

    assert (await answering).code == "REQUEST_TIMEOUT"


async def test_a_connection_that_says_nothing_is_closed(serve: Callable[..., Any]) -> None:
    async with serve(header_timeout_seconds=0.3) as server, server.peer() as peer:
        assert await peer.closed() == b""


async def test_a_connection_that_says_nothing_more_is_closed(serve: Callable[..., Any]) -> None:
    async with serve(keep_alive_timeout_seconds=0.3) as server, server.peer() as peer:
        for _ in range(2):
            peer.send(GET)
            assert (await peer.answer()).status == 200
        assert await peer.closed() == b""


@pytest.mark.parametrize("head", [b"Content-Length: 100\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
@pytest.mark.parametrize("drop", [b"", b"1\r\nx\r\n"], ids=["silent", "dripping"])
async def test_a_body_that_does_not_come_is_not_waited_for(
    head: bytes, drop: bytes, serve: Callable[..., Any], echo: Echo
) -> None:
    async with serve(body_timeout_seconds=0.3) as server, server.peer() as peer:
        peer.send(POST + head)
        answering = asyncio.create_task(peer.last_answer())
        async with asyncio.timeout(3):
            while not answering.done():
                peer.send(drop)
                await asyncio.sleep(0.05)

        await _until(lambda: echo.gone == ["/one"])
    answer = await answering
    assert (answer.status, answer.code) == (408, "REQUEST_TIMEOUT")


async def test_a_body_that_does_not_come_after_the_answer_gets_no_second_one(serve: Callable[..., Any]) -> None:
    async with serve(body_timeout_seconds=0.3) as server, server.peer() as peer:
        peer.send(b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx")

        assert (await peer.answer()).body == b"early"
        assert await peer.closed() == b""


async def test_a_body_that_comes_after_the_answer_is_thrown_away(serve: Callable[..., Any]) -> None:
    async with serve(keep_alive_timeout_seconds=0.3) as server, server.peer() as peer:
        peer.send(b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nx")
        assert (await peer.answer()).body == b"early"
        peer.send(b"x" * 99_999)

        assert await peer.closed() == b"", "the connection waits for the next request, and no longer than others"


async def test_a_long_body_that_came_before_the_answer_does_not_stop_the_connection(serve: Callable[..., Any]) -> None:
    async with serve() as server, server.peer() as peer:
        peer.send(b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200_000)
        assert (await peer.answer()).body == b"early"
        peer.send(GET)

        assert (await peer.answer()).body == b""


@pytest.mark.parametrize("last", [b"", b"Connection: close\r\n"], ids=["kept", "closing"])
async def test_an_answer_that_nobody_takes_is_not_kept(last: bytes, serve: Callable[..., Any]) -> None:
    async with serve(write_timeout_seconds=0.3) as server, server.peer() as peer:
        peer.reader._transport.pause_reading()
        peer.send(b"GET /large HTTP/1.1\r\nHost: a\r\n" + last + b"\r\n")

        await _until(lambda: server.state.total_requests == 1)
        await _until(lambda: not server.state.connections)


async def test_an_answer_that_goes_on_ends_when_nobody_takes_it(serve: Callable[..., Any], echo: Echo) -> None:
    async with serve(write_timeout_seconds=0.3) as server, server.peer() as peer:
        peer.reader._transport.pause_reading()
        peer.send(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")

        await _until(lambda: echo.gone == ["/stream"])
        await _until(lambda: not server.state.connections)


async def test_a_client_that_takes_its_answer_in_time_gets_all_of_it(serve: Callable[..., Any]) -> None:
    async with serve(write_timeout_seconds=5) as server, server.peer() as peer:
        for _ in range(2):
            peer.send(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            assert len((await peer.answer()).body) == 2**25


async def test_a_request_that_takes_long_is_no_slow_client(serve: Callable[..., Any], echo: Echo) -> None:
    async with serve(**BRIEF) as server, server.peer() as peer:
        peer.send(b"GET /never HTTP/1.1\r\nHost: a\r\n\r\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(peer.reader.read(1), 1.5)

    assert echo.ran == ["/never"]


# Gone.


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /never HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /never HTTP/1.1\r\nHost: a\r\n\r\n" + BEHIND,
        POST + b"Content-Length: 100\r\n\r\nhalf",
    ],
    ids=["after sending", "with another behind", "after half a body"],
)
@pytest.mark.parametrize("way", ["closed", "reset"])
async def test_a_request_ends_with_its_client(sent: bytes, way: str, serve: Callable[..., Any], echo: Echo) -> None:
    async with serve() as server:
        async with server.peer() as peer:
            peer.send(sent)
            await _until(lambda: len(echo.ran) == 1)
            if way == "closed":
                peer.writer.close()
                await peer.writer.wait_closed()

        await _until(lambda: len(echo.gone) == 1, seconds=1)
        await _until(lambda: not server.state.connections and not server.state.tasks)
    assert "/behind" not in echo.ran


async def test_connections_above_the_most_are_closed_at_once_and_taken_again_when_there_is_room(
    serve: Callable[..., Any],
) -> None:
    async with serve(connections_max=2) as server:
        async with server.peer() as first, server.peer() as second:
            for peer in (first, second):
                peer.send(GET)
                assert (await peer.answer()).status == 200
            async with server.peer() as third:
                third.send(GET)
                assert await third.closed() == b""
            first.send(GET)
            assert (await first.answer()).status == 200
        await _until(lambda: not server.state.connections)
        async with server.peer() as again:
            again.send(GET)
            assert (await again.answer()).status == 200


async def _until(true: Callable[[], bool], seconds: float = 5) -> None:
    """The server runs in a thread, which tells nobody; so it is asked again and again."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 -- an event of the other thread's loop cannot be waited for
            await asyncio.sleep(0.005)
