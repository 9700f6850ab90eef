"""What every benchmark begins with: data, running servers on their cores, and what is drawn from the data."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn

from benchmarks import processes, servers
from benchmarks.cores import Cores
from benchmarks.data import Data, filled, folder_for
from benchmarks.draw import Sample
from benchmarks.issuer import Issuer
from benchmarks.operations import Operation
from benchmarks.posts import posts
from benchmarks.report import machine
from benchmarks.servers import Server

SEED: Final = 5
DRAWN: Final = 1_000


@dataclass(frozen=True)
class Site:
    """Servers that wait for load, and the ways to make it."""

    data: Data
    servers: Sequence[Server]
    issuer: Issuer
    sample: Sample
    about: dict[str, Any]

    def requests(self, operation: Operation) -> list[bytes]:
        return posts(operation, self.sample.calls(operation), self.issuer)


@asynccontextmanager
async def site(records: int, names: Sequence[str], console: Console) -> AsyncIterator[Site]:
    """The order of cores: all servers on the first, PostgreSQL on the second, we on the third or with PostgreSQL."""
    about = machine()
    data = await _filled(records, console)
    cores = Cores.shared_out(sorted(os.sched_getaffinity(0)))
    data.pin(cores)
    processes.pin(os.getpid(), cores.load)
    async with data.connection() as connection:
        sample = await Sample.of(connection, SEED, DRAWN)
        version = await connection.fetchval("SHOW server_version")
    counts = await data.counts()
    told = ", ".join(f"{count:,} {table.replace('_', ' ')}" for table, count in counts.items())
    console.print(f"{data.folder}: {told}; PostgreSQL {version}.")
    console.print(f"{about['processor']}, {about['cores']} cores, load {about['load_at_start']}: {cores.told}.")
    if about["niceness"] or about["load_at_start"] > 1:
        console.print(
            "Others use this machine, or this runs niced: trust the CPU figures, not the times.", style="yellow"
        )
    issued_by = Issuer(data.folder)
    async with servers.running(names, data, issued_by, cores) as started:
        yield Site(data, started, issued_by, sample, {**about, "cores_of": cores.told, "counts": counts})


async def _filled(records: int, console: Console) -> Data:
    with Progress(*Progress.get_default_columns(), TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task(f"{records:,} records", total=None)
        return await filled(
            folder_for(records), records, lambda done, total: progress.update(task, completed=done, total=total)
        )
