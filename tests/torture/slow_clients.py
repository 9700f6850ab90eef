"""P24: clients that drip their headers or bodies, or take no answer, are closed on time and slow nobody else down."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from statistics import quantiles
from typing import Final

from tests.torture.figures import Figures
from tests.torture.findings import Findings
from tests.torture.site import TOKENS, Service, Site

_OTHERS: Final = 4
_DROP_SECONDS: Final = 0.2
_LARGE: Final = b"GET /api/itsm/openapi.json HTTP/1.1\r\nHost: billing\r\n\r\n" * 20
_HEADERS: Final = b"GET /live HTTP/1.1\r\nHost: billing\r\nX-Slow: "
_QUERY: Final = "{ billingRecords(first: 25) { totalCount nodes { id number total outstanding status } } }"


async def crowd(site: Site, figures: Figures, seed: int) -> Findings:
    """The others are timed without slow clients, with them, and without them again."""
    findings = Findings(seed)
    make = site.make(await site.furnish())
    for _ in range(25):
        await make.record()
    service = Service(site.postgres.url, figures.slow_bounds)
    await service.start()
    try:
        others = _Others(service)
        await others.ask_until(_asked(figures.slow_others))
        before = others.taken()
        slow = _Slow(service.host, service.port)
        opened = asyncio.create_task(slow.run(figures))
        await others.ask_until(opened.done)
        beside = others.taken()
        await others.ask_until(_asked(figures.slow_others))
        _find(figures, slow, others, (before + others.taken(), beside), findings)
    finally:
        await service.stop()
    return findings


def _asked(most: int) -> Callable[[], bool]:
    """True after so many looks, one of which is taken before each request."""
    looks = iter(range(most))
    return lambda: next(looks, None) is None


@dataclass
class _Others:
    """People who ask for a page of records, one request after another."""

    service: Service
    failed: list[str] = field(default_factory=list)
    asked: int = 0
    _seconds: list[float] = field(default_factory=list)

    async def ask_until(self, over: Callable[[], bool]) -> None:
        async def ask() -> None:
            client = self.service.client("coordinator-it")
            while not over():
                began = time.monotonic()
                answer = await client.run(_QUERY)
                self._seconds.append(time.monotonic() - began)
                self.asked += 1
                if answer.status != 200 or answer.errors:
                    self.failed.append(f"{answer.status} {answer.codes}")

        await asyncio.gather(*(ask() for _ in range(_OTHERS)))

    def taken(self) -> list[float]:
        """The seconds that each answer took since this was asked last."""
        taken, self._seconds = self._seconds, []
        return taken


@dataclass
class _Slow:
    """How long each slow client was let be, and what it was told."""

    host: str
    port: int
    seconds: list[float] = field(default_factory=list)
    untyped: list[str] = field(default_factory=list)
    """Of those who drip: what they got instead of a typed 408."""

    async def run(self, figures: Figures) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(figures.slow_seconds_max * 2):
                await self._run_all(figures)

    async def _run_all(self, figures: Figures) -> None:
        body = _body_head()
        await asyncio.gather(
            *chain(
                (self._time(self._drip(_HEADERS)) for _ in range(figures.slow_headers)),
                (self._time(self._drip(body)) for _ in range(figures.slow_bodies)),
                (self._time(self._take_nothing()) for _ in range(figures.slow_readers)),
            )
        )

    async def _time(self, client: Awaitable[None]) -> None:
        began = time.monotonic()
        await client
        self.seconds.append(time.monotonic() - began)

    async def _drip(self, begun: bytes) -> None:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(begun)
        reading = asyncio.create_task(reader.read())
        while not reading.done():
            writer.write(b"x")
            await asyncio.wait({reading}, timeout=_DROP_SECONDS)
        writer.transport.abort()
        try:
            told = await reading
        except ConnectionError as error:
            told = repr(error).encode()
        if not told.startswith(b"HTTP/1.1 408 ") or b"REQUEST_TIMEOUT" not in told:
            self.untyped.append(told[:100].decode(errors="replace"))

    async def _take_nothing(self) -> None:
        """Asks for more and more, since the system keeps megabytes of answers; who never reads learns of the end so."""
        link = socket.socket()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.setblocking(False)
        loop = asyncio.get_running_loop()
        with link:
            await loop.sock_connect(link, (self.host, self.port))
            with suppress(ConnectionError):
                while True:
                    await loop.sock_sendall(link, _LARGE)
                    await asyncio.sleep(_DROP_SECONDS)


def _body_head() -> bytes:
    """Of somebody whom the service knows, since it does not wait for the body of anybody else."""
    token = TOKENS.issue("coordinator-it", datetime.now(UTC), timedelta(hours=1))
    return (
        "POST /graphql HTTP/1.1\r\nHost: billing\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: 100000\r\n\r\n"
    ).encode()


def _find(
    figures: Figures, slow: _Slow, others: _Others, taken: tuple[list[float], list[float]], findings: Findings
) -> None:
    count = figures.slow_headers + figures.slow_bodies + figures.slow_readers
    dripping = figures.slow_headers + figures.slow_bodies
    late = [f"{seconds:.1f} s" for seconds in slow.seconds if seconds > figures.slow_seconds_max]
    findings.equal("P24", "slow clients", count, len(slow.seconds))
    findings.none("P24", f"slow clients closed after {figures.slow_seconds_max:.0f} s", late, of=len(slow.seconds))
    findings.none("P24", "dripping clients without a typed 408", slow.untyped, of=dripping)
    findings.none("P24", "requests of others that failed", others.failed, of=others.asked)
    findings.told("P24", "longest time of a slow client", f"{max(slow.seconds, default=0):.1f} s")
    quiet, beside = (quantiles(seconds, n=20)[-1] for seconds in taken)
    told = f"{quiet * 1000:.1f} → {beside * 1000:.1f} ms: {beside / quiet:.2f} ×"
    if figures.slow_factor_max is None:
        findings.told("P24", "p95 of others", told)
    else:
        asked = f"< {figures.slow_factor_max:g} ×"
        findings.judged("P24", "p95 of others", asked, told, kept=beside < quiet * figures.slow_factor_max)
