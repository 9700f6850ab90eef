"""P21: while the database is stopped every answer is typed and quick; when it is back the service serves by itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from math import inf
from typing import Final

import httpx

from tests.support.client import Answer
from tests.torture.figures import Figures
from tests.torture.findings import Findings
from tests.torture.sending import pay
from tests.torture.site import Site

_ANSWER_SECONDS_MAX: Final = 2.0
_BACK_SECONDS_MAX: Final = 5.0
_CALM_SECONDS: Final = 1.0
_RECORDS: Final = 50
"""So many that those who pay do not wait for one another."""
_PROBES_PER_SECOND: Final = 4
_QUERY: Final = "{ billingRecords(first: 10) { nodes { id number outstanding } } }"


async def outages(site: Site, figures: Figures, seed: int) -> Findings:
    """Requests come at their own pace, whether or not those before them are answered."""
    findings = Findings(seed)
    make = site.make(await site.furnish())
    load = _Load(site, [(await make.record("1000000.00"))["id"] for _ in range(_RECORDS)])
    process = site.service.process_id
    coming = [
        asyncio.create_task(load.come(figures.outage_requests_per_second, load.request)),
        asyncio.create_task(load.come(_PROBES_PER_SECOND, load.probe)),
    ]
    for _ in range(figures.outages):
        await asyncio.sleep(_CALM_SECONDS)
        await load.outage(figures.outage_seconds)
    await asyncio.sleep(_CALM_SECONDS)
    load.over = True
    await asyncio.gather(*coming)
    _find(figures, load, findings)
    findings.equal("P21", "the service is the same process", process, site.service.process_id)
    return findings


@dataclass(frozen=True)
class _Seen:
    """An answer, when it was asked for and when it was there."""

    what: str
    status: int
    typed: bool
    """SERVICE_UNAVAILABLE with Retry-After; with 200 where part of the operation was done, as GraphQL has it."""
    asked_at: float
    answered_at: float

    def __str__(self) -> str:
        return f"{self.what}: {self.status} after {self.answered_at - self.asked_at:.1f} s"


@dataclass(frozen=True)
class _Outage:
    """The moments of one: it is stopped between the inner two, and comes and goes between the outer ones."""

    stopping_at: float
    stopped_at: float
    starting_at: float
    started_at: float


@dataclass
class _Load:
    site: Site
    records: list[str]
    seen: list[_Seen] = field(default_factory=list)
    outages: list[_Outage] = field(default_factory=list)
    over: bool = False
    _sent: int = 0

    async def outage(self, seconds: float) -> None:
        """Ends when requests are served again, or should be."""
        stopping_at = time.monotonic()
        await asyncio.to_thread(self.site.postgres.stop)
        stopped_at = time.monotonic()
        await asyncio.sleep(seconds)
        starting_at = time.monotonic()
        await asyncio.to_thread(self.site.postgres.start)
        await self.site.engine.dispose()
        self.outages.append(_Outage(stopping_at, stopped_at, starting_at, time.monotonic()))
        await asyncio.sleep(_BACK_SECONDS_MAX)

    async def come(self, per_second: int, ask: Callable[[], Awaitable[None]]) -> None:
        asked: set[asyncio.Task[None]] = set()
        while not self.over:
            task = asyncio.ensure_future(ask())
            asked.add(task)
            task.add_done_callback(asked.discard)
            await asyncio.sleep(1 / per_second)
        await asyncio.gather(*asked)

    async def request(self) -> None:
        """Reads and writes in turn."""
        self._sent += 1
        if self._sent % 2:
            await self._note("read", lambda: self.site.service.client("coordinator-it").run(_QUERY))
            return
        change = pay([self.records[self._sent % _RECORDS]], "0.01", "0.01")
        client = self.site.service.client(change.by)
        await self._note("write", lambda: client.change(change.mutation, "payment { id }", **change.input))

    async def probe(self) -> None:
        for path in ("/live", "/ready"):
            await self._note(path, lambda path=path: self._get(path))  # type: ignore[misc]

    async def _get(self, path: str) -> Answer:
        response = await self.site.service.http.get(path)
        return Answer(response.status_code, response.json(), response.headers)

    async def _note(self, what: str, ask: Callable[[], Awaitable[Answer]]) -> None:
        asked_at = time.monotonic()
        try:
            answer = await ask()
        except httpx.TransportError as error:
            self.seen.append(_Seen(f"{what} {error!r}", 0, False, asked_at, time.monotonic()))
            return
        typed = set(answer.codes) == {"SERVICE_UNAVAILABLE"} and "retry-after" in answer.headers
        status = 0 if answer.status == 200 and answer.errors else answer.status
        self.seen.append(_Seen(what, status, typed, asked_at, time.monotonic()))


def _find(figures: Figures, load: _Load, findings: Findings) -> None:
    during = [seen for seen in load.seen if any(_within(seen, outage) for outage in load.outages)]
    people = [seen for seen in load.seen if seen.what not in ("/live", "/ready")]
    live = [seen for seen in load.seen if seen.what == "/live"]
    away = [seen for seen in during if seen.what != "/live"]
    slow = [seen for seen in during if seen.answered_at - seen.asked_at >= _ANSWER_SECONDS_MAX]
    asked_for = round(figures.outages * figures.outage_seconds * figures.outage_requests_per_second / 2)
    findings.equal("P21", "outages", figures.outages, len(load.outages))
    findings.at_least("P21", "answers without a database", asked_for, len(away))
    findings.none("P21", "of them not 503, typed", (s for s in away if not s.typed or s.status != 503), of=len(away))
    findings.none("P21", f"answers after {_ANSWER_SECONDS_MAX:.0f} s or more", slow, of=len(during))
    findings.none("P21", "answers neither whole nor typed", (s for s in people if s.status != 200 and not s.typed))
    findings.none("P21", "/live other than 200", (s for s in live if s.status != 200), of=len(live))
    for what in ("read", "write", "/ready"):
        for outage in load.outages:
            _find_back(what, load, outage, findings)


def _find_back(what: str, load: _Load, outage: _Outage, findings: Findings) -> None:
    served = (s.answered_at for s in load.seen if s.what == what and s.status == 200 and s.asked_at > outage.stopped_at)
    seconds = min(served, default=inf) - outage.started_at
    asked, seen = f"≤ {_BACK_SECONDS_MAX:.0f} s", f"{max(seconds, 0):.1f} s"
    findings.judged("P21", f"{what} served again", asked, seen, kept=seconds <= _BACK_SECONDS_MAX)


def _within(seen: _Seen, outage: _Outage) -> bool:
    """Asked while the database was stopped, and due while it was."""
    return outage.stopped_at <= seen.asked_at <= outage.starting_at - _ANSWER_SECONDS_MAX
