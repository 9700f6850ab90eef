"""What `billing import focus` says at its end: what was made, or each fault with line and column."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from billing.domain.focus_plan import CurrencyTotal, Negative
from billing.domain.money import format_money, shortest
from billing.services.focus_file import FileRefused
from billing.services.focus_import import ImportResult

_LINES_SHOWN_MAX = 10
FAULTS_SHOWN_MAX = 100


def show_result(console: Console, result: ImportResult, zone: ZoneInfo) -> None:
    """A table of what was made and one of the sums; what was left out comes last."""
    if result.already_imported:
        when = result.imported_at.astimezone(zone)
        say(
            console,
            f"Nothing to do: this content was already imported for {result.provider_code} "
            f"on {when:%Y-%m-%d at %H:%M %Z}, as {result.file_name}.",
        )
        return
    say(console, f"Imported {result.file_name} for {result.provider_code}.", style="green")
    console.print(_counts(result))
    if result.totals:
        console.print(_totals(result.totals))
    if result.skipped:
        say(console, f"Left out, since they net below zero: {len(result.skipped)}.", style="yellow")
        console.print(_skipped(result.skipped))


def show_faults(console: Console, file_name: str, refused: FileRefused) -> None:
    """A table on a terminal; elsewhere a line per fault, which other programs can read."""
    shown = refused.faults[:FAULTS_SHOWN_MAX]
    if console.is_terminal:
        table = new_table("Line", "Column", "Value", "What is wrong")
        table.columns[0].justify = "right"
        for fault in shown:
            table.add_row(str(fault.line), Text(fault.column), Text(fault.value), Text(fault.message))
        console.print(table)
    else:
        for fault in shown:
            say(console, f"{file_name}:{fault.line}: {fault.column}: {fault.value!r} {fault.message}")
    more = refused.fault_count - len(shown)
    count = "1 fault" if refused.fault_count == 1 else f"{refused.fault_count:,} faults"
    rest = f", of which the first {len(shown)} are shown" if more else ""
    say(console, f"{file_name} has {count}{rest}. Nothing was imported.", style="red")
    if refused.skippable:
        say(console, "To import the rest of it, leave these divisions out with --on-negative skip.")


def _counts(result: ImportResult) -> Table:
    table = new_table("", "Count", "")
    table.columns[1].justify = "right"
    numbers = "" if not result.numbers else f"{result.numbers[0]} to {result.numbers[-1]}"
    for noun, count, note in (
        ("rows read", result.row_count, ""),
        ("billing records issued", len(result.numbers), numbers),
        ("lines", result.line_count, ""),
        ("new divisions", result.division_count, ""),
        ("new catalog items", result.catalog_item_count, ""),
    ):
        table.add_row(noun, f"{count:,}", note)
    return table


def _totals(totals: Iterable[CurrencyTotal]) -> Table:
    table = new_table("Currency", "Exact sum", "Billed")
    table.columns[1].justify = table.columns[2].justify = "right"
    for total in totals:
        table.add_row(total.currency, shortest(total.unrounded), format_money(total.rounded))
    return table


def _skipped(negatives: Iterable[Negative]) -> Table:
    table = new_table("Division", "Period", "Net", "", "Lines of the file")
    table.columns[2].justify = "right"
    for negative in negatives:
        lines = ", ".join(map(str, negative.line_numbers[:_LINES_SHOWN_MAX]))
        more = len(negative.line_numbers) - _LINES_SHOWN_MAX
        table.add_row(
            Text(negative.division),
            f"{negative.period_start} to {negative.period_end}",
            shortest(negative.net),
            negative.currency,
            lines + (f" and {more} more" if more > 0 else ""),
        )
    return table


def new_table(*columns: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


def say(console: Console, text: str, style: str | None = None) -> None:
    console.print(Text(text, style=style or ""), soft_wrap=not console.is_terminal)
