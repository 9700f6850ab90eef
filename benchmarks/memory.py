"""What a server needs of memory: for one wide answer over idle, and after many requests with many operations."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks import processes
from benchmarks.load import Load
from benchmarks.operations import OPERATIONS, one_of_many
from benchmarks.posts import endless, post
from benchmarks.report import progress
from benchmarks.servers import FLOOR, Server
from benchmarks.site import Site, site

OPERATIONS_DISTINCT: Final = 1_000
_WIDE_ANSWERS: Final = 10
_CONCURRENCY: Final = 16
_FOREVER_SECONDS: Final = 86_400


@dataclass(frozen=True)
class Wide:
    """Bytes: before, and at the peak of the first wide answer and of those after it."""

    idle: int
    first: int
    later: int


async def measure_memory(records: int, servers: Sequence[str], requests: int, console: Console) -> None:
    """Prints both; the rows floor has no other operations than its five, and is left out of the second."""
    async with site(records, servers, console) as where:
        wide = {server.name: await _wide(where, server) for server in where.servers}
        console.print(_table_of_wide(wide))
        for server in where.servers:
            if server.name != FLOOR:
                console.print(await _growth(where, server, requests, console))


async def _wide(where: Site, server: Server) -> Wide:
    """After a hundred small requests, so that what is made once is there."""
    await _send(server, where.requests(OPERATIONS["byId"]), 100, 1)
    idle = processes.memory(server.pid)["VmRSS"]
    made = where.requests(OPERATIONS["wide"])
    peaks = []
    for place in range(_WIDE_ANSWERS):
        processes.forget_peak(server.pid)
        await _send(server, made[place:], 1, 1)
        peaks.append(processes.memory(server.pid)["VmHWM"])
    return Wide(idle, peaks[0], round(median(peaks[1:])))


async def _growth(where: Site, server: Server, requests: int, console: Console) -> Table:
    """A tenth of the requests a row; each operation comes again after all others have come."""
    calls = where.sample.calls(OPERATIONS["byId"])
    operations = [one_of_many(number) for number in range(OPERATIONS_DISTINCT)]
    made = [post(operation, call, where.issuer) for operation, call in zip(itertools.cycle(operations), calls)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"{server.name}: {len(set(made))} operations in turn")
    for heading in ("requests", "resident MB", "over the second row MB"):
        table.add_column(heading, justify="right")
    table.add_row("0", f"{processes.memory(server.pid)['VmRSS'] / 1e6:,.1f}", "")
    settled = None
    with progress(console, f"{requests:,} requests to {server.name}", 10) as advance:
        for done in range(requests // 10, requests + 1, requests // 10):
            await _send(server, made, requests // 10, _CONCURRENCY)
            resident = processes.memory(server.pid)["VmRSS"]
            settled = settled or resident
            table.add_row(f"{done:,}", f"{resident / 1e6:,.1f}", f"{(resident - settled) / 1e6:+,.1f}")
            advance()
    return table


async def _send(server: Server, made: Sequence[bytes], count: int, concurrency: int) -> None:
    load = Load(endless(made, 0))
    load.requests = _stopping(load, load.requests, count)
    await load.run(server.host, server.port, concurrency, _FOREVER_SECONDS)


def _stopping(load: Load, requests: Iterator[bytes], count: int) -> Iterator[bytes]:
    """Ends the load when so many have been sent; each connection sends at least one."""
    for sent, made in enumerate(requests, start=1):
        if sent >= count:
            load.until = 0.0
        yield made


def _table_of_wide(found: dict[str, Wide]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="A wide answer of 1,000 records over idle")
    table.add_column("server")
    for heading in ("idle MB", "first answer MB over", "later answers MB over"):
        table.add_column(heading, justify="right")
    for name, wide in found.items():
        over = [(peak - wide.idle) / 1e6 for peak in (wide.first, wide.later)]
        table.add_row(name, f"{wide.idle / 1e6:,.1f}", *(f"{each:+,.1f}" for each in over))
    return table
