"""The load generator: a few connections that are kept, each with one request under way, all in one thread."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

_HEAD_END = b"\r\n\r\n"
_GOOD = b"HTTP/1.1 200"
_LENGTH = b"content-length:"
_FAULTS = (b'"errors":[', b'"data":null', b'"userErrors":[{')
_ANSWER_SECONDS_MAX = 300


class BadAnswer(Exception):
    """A server that is measured answered something else than data."""


@dataclass
class Measured:
    """What came of a load; latencies in seconds."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    answer_bytes: int = 0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


class _Connection(asyncio.Protocol):
    """Sends the next request when an answer is whole; reads of it no more than its length and whether it is data."""

    transport: asyncio.Transport

    def __init__(self, load: "Load") -> None:
        self._load = load
        self._head = b""
        self._missing = 0
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods only.

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(BadAnswer(f"The server closed a connection: {error}"))

    def send(self) -> None:
        self._sent_at = time.perf_counter()
        self.transport.write(next(self._load.requests))

    def data_received(self, data: bytes) -> None:
        if not self._missing:
            data = self._head + data
            end = data.find(_HEAD_END)
            if end < 0:
                self._head = data
                return
            self._head = b""
            self._missing = end + len(_HEAD_END) + _content_length(data[:end])
            if not data.startswith(_GOOD):
                self._fail(data)
                return
        if any(fault in data for fault in _FAULTS):
            self._fail(data)
            return
        self._missing -= len(data)
        self._load.measured.answer_bytes += len(data)
        if self._missing <= 0:
            self._answered()

    def _answered(self) -> None:
        now = time.perf_counter()
        self._load.measured.latencies.append(now - self._sent_at)
        if now < self._load.until:
            self.send()
        elif not self.done.done():
            self.done.set_result(None)

    def _fail(self, data: bytes) -> None:
        if not self.done.done():
            self.done.set_exception(BadAnswer(data[:2000].decode(errors="replace")))


def _content_length(head: bytes) -> int:
    lower = head.lower()
    begin = lower.index(_LENGTH) + len(_LENGTH)
    end = lower.find(b"\r\n", begin)
    return int(lower[begin : end if end > 0 else None])


class Load:
    """Puts a server under load for some seconds; what is under way then is waited for, and counted."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.requests = requests
        self.measured = Measured()
        self.until = 0.0

    async def run(self, host: str, port: int, concurrency: int, seconds: float) -> Measured:
        """Raises BadAnswer. At least `concurrency` requests are sent, however short the time."""
        loop = asyncio.get_running_loop()
        made = [(await loop.create_connection(lambda: _Connection(self), host, port))[1] for _ in range(concurrency)]
        begin = time.perf_counter()
        self.until = begin + seconds
        for connection in made:
            connection.send()
        try:
            async with asyncio.timeout(seconds + _ANSWER_SECONDS_MAX):
                await asyncio.gather(*(connection.done for connection in made))
            self.measured.seconds = time.perf_counter() - begin
        finally:
            for connection in made:
                connection.done.cancel()
                connection.transport.abort()
        return self.measured
