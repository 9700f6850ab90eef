"""`python -m benchmarks run`, `memory`, `slopes` and `flame`, which are `make bench` with MODE."""

import sys
from collections.abc import Coroutine
from typing import Annotated, Any

import typer
import uvloop

from benchmarks import report
from benchmarks.agreement import Disagreement
from benchmarks.comparison import Plan, compare
from benchmarks.flame import flame as draw_flame
from benchmarks.load import BadAnswer
from benchmarks.memory import measure_memory
from benchmarks.operations import OPERATIONS
from benchmarks.servers import COMMANDS, SERVICE, NoServer
from benchmarks.slopes import slopes as measure_slopes

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="How fast the service is.")
console = report.console()

Records = Annotated[int, typer.Option(min=5_000, help="How many billing records the data has.")]
Servers = Annotated[str, typer.Option(help="Only these, such as service,rows_floor.")]
Rounds = Annotated[int, typer.Option(min=1, help="How often each is measured.")]
Seconds = Annotated[float, typer.Option(min=0.1, help="How long each is measured.")]


@app.command()
def run(
    records: Records = 1_000_000,
    only: Annotated[str, typer.Option(help="Only these operations, such as dashboard,byId.")] = "",
    servers: Servers = "",
    rounds: Rounds = 5,
    seconds: Seconds = 3.0,
) -> None:
    """Compare the service with the yardsticks, and print one table."""
    plan = Plan(records, _chosen(only, OPERATIONS), _chosen(servers, COMMANDS), rounds, seconds)
    _run(compare(plan, console))


@app.command()
def memory(
    records: Records = 1_000_000,
    servers: Servers = SERVICE,
    requests: Annotated[int, typer.Option(min=1_000, help="How many requests memory may grow with.")] = 100_000,
) -> None:
    """Memory of a wide answer over idle, and its growth over many requests with 1,000 operations."""
    _run(measure_memory(records, _chosen(servers, COMMANDS), requests, console))


@app.command()
def slopes(
    records: Records = 1_000_000, servers: Servers = SERVICE, rounds: Rounds = 3, seconds: Seconds = 2.0
) -> None:
    """Processor time a request against rows and against fields."""
    _run(measure_slopes(records, _chosen(servers, COMMANDS), rounds, seconds, console))


@app.command()
def flame(
    records: Records = 1_000_000,
    only: Annotated[str, typer.Option(help="The one operation.")] = "byId",
    seconds: Annotated[float, typer.Option(min=1, help="How long it is looked at.")] = 15.0,
) -> None:
    """A flame graph of the service under one operation, and whose code takes how much."""
    (name, *others) = _chosen(only, OPERATIONS)
    if others:
        raise typer.BadParameter("Name one operation.")
    _run(draw_flame(records, OPERATIONS[name], seconds, console))


def _chosen(names: str, among: Any) -> tuple[str, ...]:
    """Those named, in their usual order; all where none is."""
    wanted = {name.strip() for name in names.split(",") if name.strip()}
    if unknown := wanted - set(among):
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: there are {', '.join(among)}.")
    return tuple(name for name in among if not wanted or name in wanted)


def _run(work: Coroutine[Any, Any, None]) -> None:
    if sys.platform != "linux":
        work.close()
        raise typer.BadParameter("the benchmarks read /proc, which only Linux has.")
    try:
        uvloop.run(work)
    except (Disagreement, BadAnswer, NoServer) as reason:
        console.print(f"{type(reason).__name__}: {reason}", style="red", markup=False, highlight=False)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    app()
