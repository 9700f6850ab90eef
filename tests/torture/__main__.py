"""`python -m tests.torture run` and `prove`, which are `make torture` and `make prove`."""

import asyncio
import secrets
import time
from typing import Annotated, Literal

import structlog
import typer
from rich.console import Console

from tests.torture.counted import COUNTED, count
from tests.torture.figures import FULL, GATE, Figures
from tests.torture.findings import Finding, table
from tests.torture.loads import LOADS
from tests.torture.prove import prove as prove_mutations

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="What the service withstands.")
console = Console()

Only = Annotated[str, typer.Option(help="Only what is about these, such as P1,P20.")]


@app.command()
def run(
    only: Only = "",
    seed: Annotated[int | None, typer.Option(help="To draw again what was drawn before.")] = None,
    figures: Annotated[
        Literal["full", "gate"], typer.Option(help="Those of PROMISES, or those of make check.")
    ] = "full",
) -> None:
    """Run the loads one after another and print one table; status 1 when a promise is not kept."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # What is provoked here is counted, not logged.
    wanted = frozenset(filter(None, only.upper().split(",")))
    started = time.monotonic()
    chosen = FULL if figures == "full" else GATE
    drawn = secrets.randbelow(2**31) if seed is None else seed
    rows = [*_run_loads(wanted, chosen, drawn), *_run_counted(wanted, full=chosen is FULL)]
    console.print(table(rows))
    console.print(f"It took {(time.monotonic() - started) / 60:.1f} minutes.")
    if not all(row.kept for row in rows):
        raise typer.Exit(1)


@app.command()
def prove(only: Annotated[str, typer.Option(help="Only the mutations whose name has this in it.")] = "") -> None:
    """Break the code in a copy, one mutation at a time; status 1 when a test stays green."""
    if not prove_mutations(only, console):
        raise typer.Exit(1)


def _run_loads(wanted: frozenset[str], figures: Figures, seed: int) -> list[Finding]:
    rows: list[Finding] = []
    book_checks = 0
    for load in LOADS:
        if wanted and not wanted & load.promises:
            continue
        started = time.monotonic()
        with console.status(f"{load.name} …"):
            findings = asyncio.run(load.run(figures, seed))
        console.print(f"{load.name}: {time.monotonic() - started:.0f} s, {len(findings.broken)} figures missed")
        rows += findings.rows
        book_checks += findings.book_checks
    if not wanted:
        kept = book_checks >= figures.book_checks
        rows.append(
            Finding("P2", "checks of the books in all", f"≥ {figures.book_checks:,}", f"{book_checks:,}", kept, seed)
        )
    return rows


def _run_counted(wanted: frozenset[str], *, full: bool) -> list[Finding]:
    counted = [each for each in COUNTED if not wanted or each.promise in wanted]
    if not counted:
        return []
    with console.status("the tests of the other promises …"):
        return count(counted, full=full)


if __name__ == "__main__":
    app()
