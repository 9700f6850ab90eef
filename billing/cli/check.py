"""`billing check`: looks whether all data agrees, and says of each invariant what was found."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from billing.cli.connecting import failure
from billing.cli.import_focus import progress_on
from billing.cli.import_report import new_table, say
from billing.db.database import Database
from billing.db.invariants import Finding
from billing.services.integrity_checks import Check, Progress, check_now


async def run(database: Database, seconds_max: float, console: Console, *, as_json: bool) -> int:
    """Checks, stores and shows the result; returns the exit code, 1 on faults."""
    try:
        with _told(console, quiet=as_json) as progress:
            check = await check_now(database, seconds_max, progress)
    except TimeoutError:
        raise failure(
            f"The check was broken off after {seconds_max:,.0f} seconds: raise INTEGRITY_CHECK_TIMEOUT_SECONDS."
        ) from None
    if check is None:
        raise failure("Another integrity check is running; try again when it has ended.")
    if as_json:
        console.print_json(json.dumps(_as_json(check)))
    else:
        _show(console, check)
    return 1 if any(finding.fault_count for finding in check.findings) else 0


@contextmanager
def _told(console: Console, *, quiet: bool) -> Iterator[Progress]:
    if quiet:
        yield lambda done, total: None
        return
    with progress_on(console) as told:
        yield lambda done, total: told("Checking", done, total)


def _show(console: Console, check: Check) -> None:
    """The table, and a last line that tells it all."""
    console.print(_table(check.findings))
    took = f"{(check.finished_at - check.started_at).total_seconds():,.1f} s"
    rows = sum(finding.rows_checked for finding in check.findings)
    faulty = [finding for finding in check.findings if finding.fault_count]
    if not faulty:
        say(console, f"All {len(check.findings)} invariants hold, over {rows:,} rows, in {took}.", style="green")
        return
    faults = sum(finding.fault_count for finding in faulty)
    broken = f"{len(faulty)} of {len(check.findings)} invariants do not hold"
    count = "1 fault" if faults == 1 else f"{faults:,} faults"
    say(console, f"{broken}: {count} among {rows:,} rows, in {took}.", style="red")


def _table(findings: list[Finding]) -> Table:
    table = new_table("Invariant", "Rows checked", "Faults", "Which")
    table.columns[1].justify = table.columns[2].justify = "right"
    for finding in findings:
        more = finding.fault_count - len(finding.offending_ids)
        ids = ", ".join(finding.offending_ids) + (f" and {more:,} more" if more else "")
        table.add_row(
            finding.invariant.name,
            f"{finding.rows_checked:,}",
            f"{finding.fault_count:,}",
            Text(ids),
            style="red" if finding.fault_count else None,
        )
    return table


def _as_json(check: Check) -> dict[str, Any]:
    """The same names as in the graph."""
    return {
        "id": str(check.id),
        "status": check.status,
        "startedAt": check.started_at.isoformat(),
        "finishedAt": check.finished_at.isoformat(),
        "results": [
            {
                "invariant": finding.invariant.name,
                "description": finding.invariant.description,
                "rowsChecked": finding.rows_checked,
                "faultCount": finding.fault_count,
                "offendingIds": list(finding.offending_ids),
            }
            for finding in check.findings
        ],
    }
