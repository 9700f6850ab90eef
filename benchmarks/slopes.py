"""What a request costs the service's process, against rows and against fields: whether it grows in a straight line."""

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Final

import orjson
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.draw import Call
from benchmarks.measuring import Measurement, Meter
from benchmarks.operations import SCALARS, Operation, page_of
from benchmarks.posts import posts
from benchmarks.quantiles import Line
from benchmarks.report import progress
from benchmarks.servers import Server
from benchmarks.site import Site, site

_ROWS: Final = (1, 10, 50, 100, 250, 500, 1000)
_FIELDS: Final = (1, 2, 4, 8, 12, 16)
_FIELDS_OF_ROWS: Final = SCALARS[:10]
_ROWS_OF_FIELDS: Final = 200
_CONCURRENCY: Final = 4


@dataclass(frozen=True)
class Step:
    """A page of so many rows with so many fields."""

    rows: int
    fields: int

    @property
    def operation(self) -> Operation:
        return page_of(SCALARS[: self.fields])


_STEPS: Final = {
    "rows": [Step(rows, len(_FIELDS_OF_ROWS)) for rows in _ROWS],
    "fields": [Step(_ROWS_OF_FIELDS, fields) for fields in _FIELDS],
}


async def slopes(records: int, servers: Sequence[str], rounds: int, seconds: float, console: Console) -> None:
    """Prints the steps of each server, and the line through them."""
    async with site(records, servers, console) as where:
        meter = Meter(where.data.postmaster, seconds)
        found: list[Measurement] = []
        total = sum(map(len, _STEPS.values())) * len(where.servers) * (rounds + 1)
        with progress(console, "measuring", total) as advance:
            for round in range(rounds + 1):  # The first is the warm-up.
                for against, steps_of in _STEPS.items():
                    for step, server in itertools.product(steps_of, where.servers):
                        found.append(await _measure(where, meter, server, against, step, round))
                        advance()
        counted = [each for each in found if each.round]
        for against, steps in _STEPS.items():
            for server in where.servers:
                console.print(_table(counted, server, against, steps))
        path = where.data.folder / "slopes.json"
        path.write_bytes(orjson.dumps({**where.about, "measurements": [asdict(each) for each in counted]}))
        console.print(f"All figures: {path}")


async def _measure(where: Site, meter: Meter, server: Server, against: str, step: Step, round: int) -> Measurement:
    calls = [
        Call(call.caller, {**call.variables, "first": step.rows}) for call in where.sample.calls(step.operation)[:100]
    ]
    made = posts(step.operation, calls, where.issuer)
    return await meter.measure(server, _name(against, step), made, _CONCURRENCY, round)


def _name(against: str, step: Step) -> str:
    return f"{against} {step.rows} × {step.fields}"


def _table(found: Sequence[Measurement], server: Server, against: str, steps: Sequence[Step]) -> Table:
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"{server.name}: CPU against {against}")
    for heading in ("rows", "fields", "µs server", "µs PG", "line says", "off the line"):
        made.add_column(heading, justify="right")
    xs = [getattr(step, against) for step in steps]
    of_step = [
        [each for each in found if (each.server, each.operation) == (server.name, _name(against, step))]
        for step in steps
    ]
    ys = [median(each.server_cpu for each in group) for group in of_step]
    line = Line.through(xs, ys)
    for step, x, y, group in zip(steps, xs, ys, of_step, strict=True):
        says = line.slope * x + line.intercept
        postgresql = median(each.postgresql_cpu for each in group)
        made.add_row(
            f"{step.rows}", f"{step.fields}", f"{y:,.0f}", f"{postgresql:,.0f}", f"{says:,.0f}", f"{y / says - 1:+.1%}"
        )
    made.caption = f"{line.intercept:,.0f} µs + {line.slope:,.2f} µs for each of {against}; R² {line.fit:.4f}"
    return made
