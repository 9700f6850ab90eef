"""P14: documents made to cost much are refused for little, whoever sends how many, and nobody else notices."""

import asyncio
import itertools
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil  # type: ignore[import-untyped]

from tests.support.client import Answer, Client
from tests.support.hostile_documents import BODY, DOCUMENTS, Hostile
from tests.support.refusals import ANSWER_BYTES_MAX, GRAPHQL
from tests.torture.books import watched
from tests.torture.figures import Figures
from tests.torture.findings import Findings
from tests.torture.site import Service, Site

_CPU_MILLISECONDS_MAX: Final = 50
_P95_MILLISECONDS_MAX: Final = 1_000
_GROWTH_MEBIBYTES_MAX: Final = 50
_WORST_TOLD: Final = 10
_RECORDS: Final = 30
_ATTACKERS: Final = (
    "coordinator-it", "coordinator-it-2", "coordinator-mkt", "coordinator-hr", "coordinator-none", "billing-admin",
    "billing-admin-2", "admin", "superadmin",
)  # fmt: skip
_BYSTANDER: Final = "analyst"
_NORMAL: Final = (
    "{ billingRecords(first: 25) { totalCount nodes { id number total outstanding toDivision { name } } } }"
)
_READ: Final = [document for document in DOCUMENTS if document.code != BODY]
"""Bodies above the limit are not documents: they are never read."""


async def storm(site: Site, figures: Figures, seed: int) -> Findings:
    findings = Findings(seed)
    make = site.make(await site.furnish())
    for _ in range(_RECORDS):
        await make.record()
    attack = _Attack(site.service, itertools.count(seed * 1_000_000))
    async with watched(site, figures, findings):
        costs = [await attack.measure(document, figures.hostile_sends) for document in _READ]
        await _flood(site.service, attack, figures, findings)
    findings.none("P14", "hostile documents not refused as they should be", attack.wrong, of=attack.sent)
    findings.none("P14", f"answers to them above {ANSWER_BYTES_MAX:,} bytes", attack.large, of=attack.sent)
    findings.told("P14", "the largest answer to one", f"{attack.largest:,} bytes")
    _tell_costs(costs, figures, findings)
    return findings


@dataclass
class _Cost:
    """The CPU time of the service for one document, of several sends."""

    document: Hostile
    milliseconds: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)

    def __str__(self) -> str:
        return f"{self.document} {self.median:.0f} ms (at most {max(self.milliseconds):.0f})"


@dataclass
class _Attack:
    """Those who send hostile documents in turn, no document twice as the same text."""

    service: Service
    numbers: Iterator[int]
    sent: int = 0
    largest: int = 0
    wrong: list[str] = field(default_factory=list)
    large: list[str] = field(default_factory=list)

    async def measure(self, document: Hostile, sends: int) -> _Cost:
        spent = []
        for _ in range(sends):
            before = cpu_milliseconds(self.service.pid)
            await self.send(document)
            spent.append(cpu_milliseconds(self.service.pid) - before)
        return _Cost(document, spent)

    async def send(self, document: Hostile) -> None:
        number = next(self.numbers)
        client = self.service.client(_ATTACKERS[number % len(_ATTACKERS)]).accepting(GRAPHQL)
        self._note(document, await client.run(document.made_unique(number), **document.variables))

    def _note(self, document: Hostile, answer: Answer) -> None:
        size = int(answer.headers["content-length"])
        self.sent, self.largest = self.sent + 1, max(self.largest, size)
        if (answer.status, set(answer.codes), "data" in answer.body) != (400, {document.code}, False):
            self.wrong.append(f"{document} {answer.status} {answer.codes[:1]}")
        if size > ANSWER_BYTES_MAX:
            self.large.append(f"{document} {size:,}")


async def _flood(service: Service, attack: _Attack, figures: Figures, findings: Findings) -> None:
    """So many hostile requests, so many at a time, while somebody else reads a list again and again."""
    bystander = service.client(_BYSTANDER)
    quiet = [await _timed(bystander) for _ in range(figures.hostile_reads)]
    before = _resident_mebibytes(service)
    waiting = itertools.cycle(_READ)
    remaining = iter(range(figures.hostile_requests))

    async def attacker() -> None:
        for _ in remaining:
            await attack.send(next(waiting))

    flood = asyncio.gather(*(attacker() for _ in range(figures.hostile_clients)))
    beside = []
    while not flood.done():
        beside.append(await _timed(bystander))
    await flood
    growth = _resident_mebibytes(service) - before
    wrong = [answer.body for _, answer in beside if answer.body != quiet[0][1].body]
    findings.none("P14", "answers to others changed by it", wrong, of=len(beside))
    _below(
        figures, findings, f"ms, p95 of others beside {figures.hostile_clients}", _P95_MILLISECONDS_MAX, _p95(beside)
    )
    findings.told("P14", "ms, p95 of others in quiet", f"{_p95(quiet):.0f}")
    text = f"MiB that the service grew by {figures.hostile_requests:,}"
    _below(figures, findings, text, _GROWTH_MEBIBYTES_MAX, growth)
    findings.told("P14", "MiB of the service before and after", f"{before:.0f}, {before + growth:.0f}")


async def _timed(client: Client) -> tuple[float, Answer]:
    started = time.monotonic()
    answer = await client.run(_NORMAL)
    return (time.monotonic() - started) * 1_000, answer


def _p95(timed: Sequence[tuple[float, Any]]) -> float:
    """With few values the largest."""
    return sorted(milliseconds for milliseconds, _ in timed)[min(len(timed) - 1, round(0.95 * len(timed)))]


def _tell_costs(costs: Sequence[_Cost], figures: Figures, findings: Findings) -> None:
    dearest = sorted(costs, key=lambda cost: cost.median, reverse=True)
    _below(figures, findings, "ms of CPU for the dearest document", _CPU_MILLISECONDS_MAX, dearest[0].median)
    findings.told(
        "P14", f"documents, ms of CPU for the median one of {len(costs)}", f"{dearest[len(costs) // 2].median:.1f}"
    )
    for cost in dearest[:_WORST_TOLD]:
        findings.told("P14", "one of the dearest", cost)


def _below(figures: Figures, findings: Findings, what: str, most: int, seen: float) -> None:
    """Times and memory are asked of a quiet machine only."""
    if figures.measured:
        findings.below("P14", what, most, seen)
    else:
        findings.told("P14", what, f"{seen:.0f}")


def cpu_milliseconds(pid: int) -> float:
    """What all threads of a process have used, to the nanosecond; /proc/<pid>/stat counts in hundredths of a second."""
    used = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        used += int((task / "schedstat").read_text().split()[0])
    return used / 1e6


def _resident_mebibytes(service: Service) -> float:
    resident: int = psutil.Process(service.pid).memory_info().rss
    return resident / 2**20
