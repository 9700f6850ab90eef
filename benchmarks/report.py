"""What was measured, as a table for people and as JSON for programs."""

import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from rich import box
from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn
from rich.table import Table

from benchmarks.measuring import Measurement
from benchmarks.quantiles import Spread
from benchmarks.servers import FLOOR, MERCURIUS

WIDTH_MIN = 165
_COMPARED_AT = 16
_FIGURES = ("per_second", "p50", "p99", "server_cpu", "postgresql_cpu", "load_cpu", "peak_memory", "answer_bytes")


@dataclass(frozen=True)
class Summary:
    """The median over rounds of each figure, and how far the rounds were from it."""

    server: str
    operation: str
    concurrency: int
    figures: Mapping[str, Spread]

    def __getitem__(self, figure: str) -> float:
        return self.figures[figure].median


Summaries = dict[tuple[str, str, int], Summary]


def summarised(measurements: Sequence[Measurement]) -> Summaries:
    """By operation, server and concurrency, in the order measured first."""
    groups: dict[tuple[str, str, int], list[Measurement]] = {}
    for each in measurements:
        groups.setdefault((each.operation, each.server, each.concurrency), []).append(each)
    return {
        key: Summary(
            key[1], key[0], key[2], {name: Spread.of([getattr(each, name) for each in group]) for name in _FIGURES}
        )
        for key, group in groups.items()
    }


def console() -> Console:
    """Wide enough for the table, whatever it is printed to."""
    found = Console()
    return found if found.width >= WIDTH_MIN else Console(width=WIDTH_MIN)


@contextmanager
def progress(console: Console, told: str, total: int) -> Iterator[Callable[[], None]]:
    """Drawn only when a step is done, since a thread that draws would take from what is measured."""
    columns = (*Progress.get_default_columns(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as drawn:
        task = drawn.add_task(told, total=total)
        drawn.refresh()

        def advance() -> None:
            drawn.update(task, advance=1, refresh=True)

        yield advance


def table(summaries: Summaries, servers: Sequence[str], operations: Sequence[str], levels: Sequence[int]) -> Table:
    """A row for each operation and server; the ratios are those at 16 connections."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    made.add_column("operation", no_wrap=True)
    made.add_column("server", no_wrap=True)
    headings = [
        *(f"req/s\n@ {level}" for level in levels),
        *(f"p50/p99 ms\n@ {level}" for level in levels),
        *("CPU µs\nserver", "CPU µs\nPG", "peak\nMB", "answer\nkB"),
        *("req/s\n÷ floor", "req/s\n÷ Merc.", "CPU\n÷ floor", "CPU\n÷ Merc."),
    ]
    for heading in headings:
        made.add_column(heading, justify="right", no_wrap=True)
    for operation in operations:
        for server in servers:
            made.add_row(*_row(summaries, operation, server, levels, servers), end_section=server == servers[-1])
    return made


def _row(summaries: Summaries, operation: str, server: str, levels: Sequence[int], servers: Sequence[str]) -> list[str]:
    at = {level: summaries[operation, server, level] for level in levels}
    middle = _COMPARED_AT if _COMPARED_AT in levels else levels[-1]
    return [
        operation if server == servers[0] else "",
        server,
        *(f"{at[level]['per_second']:,.0f}" for level in levels),
        *(f"{_short(at[level]['p50'])}/{_short(at[level]['p99'])}" for level in levels),
        f"{at[middle]['server_cpu']:,.0f}",
        f"{at[middle]['postgresql_cpu']:,.0f}",
        f"{max(each['peak_memory'] for each in at.values()) / 1e6:,.0f}",
        f"{at[middle]['answer_bytes'] / 1e3:,.1f}",
        *(_ratio(summaries, operation, at[middle], other, "per_second") for other in (FLOOR, MERCURIUS)),
        *(_ratio(summaries, operation, at[middle], other, "server_cpu") for other in (FLOOR, MERCURIUS)),
    ]


def _short(milliseconds: float) -> str:
    """With three figures, which is more than two runs agree in."""
    places = 0 if milliseconds >= 100 else 1 if milliseconds >= 10 else 2
    return f"{milliseconds:,.{places}f}"


def _ratio(summaries: Summaries, operation: str, mine: Summary, other: str, figure: str) -> str:
    theirs = summaries.get((operation, other, mine.concurrency))
    if theirs is None or not theirs[figure] or other == mine.server:
        return "–"
    return f"{mine[figure] / theirs[figure]:.2f}"


def noise(summaries: Summaries) -> str:
    """How far the rounds were apart, so that nobody reads more into a figure than it says."""
    told = {
        "per_second": "requests per second",
        "server_cpu": "CPU of the server",
        "postgresql_cpu": "CPU of PostgreSQL",
    }
    parts = [
        f"{name} ± {median(each.figures[figure].noise for each in summaries.values()):.1%}"
        for figure, name in told.items()
    ]
    load = median(each["load_cpu"] for each in summaries.values())
    return (
        f"Rounds were from their median by (half of highest − lowest, median over all rows): {', '.join(parts)}. "
        f"The load generator took {load:,.0f} µs a request (median)."
    )


def machine() -> dict[str, Any]:
    """Where it was measured."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.release(),
        "python": platform.python_version(),
        "load_at_start": round(os.getloadavg()[0], 2),
        "niceness": os.nice(0),
    }


def write(path: Path, about: Mapping[str, Any], measurements: Sequence[Measurement], summaries: Summaries) -> None:
    content = {
        **about,
        "summary": [asdict(each) for each in summaries.values()],
        "measurements": [asdict(each) for each in measurements],
    }
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
