"""`make bench`: every operation on every server, interleaved, round after round."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console

from benchmarks import report
from benchmarks.agreement import assert_agreement
from benchmarks.measuring import Measurement, Meter
from benchmarks.operations import OPERATIONS, Operation
from benchmarks.report import progress
from benchmarks.servers import COMMANDS, SERVICE, Server
from benchmarks.site import Site, site

CONCURRENCIES: Final = (1, 16, 64)
_WARM_UP_CONCURRENCY: Final = 16
_SEALING_SECONDS: Final = 2.0
"""In which the service seals the audit trail of what it changed, so that nobody else is charged for it."""


@dataclass(frozen=True)
class Plan:
    """What is measured, how often and how long."""

    records: int
    operations: Sequence[str] = tuple(OPERATIONS)
    servers: Sequence[str] = tuple(COMMANDS)
    rounds: int = 5
    seconds: float = 3.0


async def compare(plan: Plan, console: Console) -> None:
    """Prints the table and writes results.json. Raises Disagreement, BadAnswer."""
    async with site(plan.records, plan.servers, console) as where:
        chosen = [OPERATIONS[name] for name in plan.operations]
        await _agree(where, chosen, console)
        measurements = await _measure(where, plan, chosen, console)
        summaries = report.summarised(measurements)
        console.print(report.table(summaries, plan.servers, plan.operations, CONCURRENCIES))
        console.print(
            f"Rounds: {plan.rounds} of {plan.seconds:g} s. One process each, 10 connections a pool and login."
        )
        console.print("Ratios and CPU at 16 connections. Peak memory: the most of all loads of the operation.")
        console.print(report.noise(summaries))
        results = where.data.folder / "results.json"
        report.write(results, {**where.about, "rounds": plan.rounds, "seconds": plan.seconds}, measurements, summaries)
        console.print(f"All figures: {results}")


async def _agree(where: Site, operations: Sequence[Operation], console: Console) -> None:
    with progress(console, "comparing the answers", len(operations)) as advance:
        for operation in operations:
            await assert_agreement(where.servers, operation, where.sample.calls(operation), where.issuer)
            advance()
    names = ", ".join(server.name for server in where.servers if server.name != SERVICE)
    console.print(f"The same answers as the service's: {names or 'nobody asked'}.")


async def _measure(where: Site, plan: Plan, operations: Sequence[Operation], console: Console) -> list[Measurement]:
    """The order of the servers changes from round to round, so that none always follows the same one."""
    meter = Meter(where.data.postmaster, plan.seconds)
    made = {operation.name: where.requests(operation) for operation in operations}
    found: list[Measurement] = []
    steps = len(operations) * len(where.servers) * (1 + plan.rounds * len(CONCURRENCIES))
    with progress(console, "measuring", steps) as advance:
        for operation in operations:
            for server in where.servers:
                await meter.measure(server, operation.name, made[operation.name], _WARM_UP_CONCURRENCY, 0)
                advance()
        await where.data.take_back_payments()
        for round in range(plan.rounds):
            for operation in operations:
                for concurrency, server in itertools.product(CONCURRENCIES, _turned(where.servers, round)):
                    found.append(await meter.measure(server, operation.name, made[operation.name], concurrency, round))
                    advance()
                    if operation.changes:
                        await asyncio.sleep(_SEALING_SECONDS)
                if operation.changes:
                    await where.data.take_back_payments()
    return sorted(found, key=lambda each: (plan.operations.index(each.operation), plan.servers.index(each.server)))


def _turned(servers: Sequence[Server], by: int) -> list[Server]:
    by %= len(servers)
    return [*servers[by:], *servers[:by]]
