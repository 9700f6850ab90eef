"""What the import of a CSV file says: its columns beforehand; at its end what was made, or each fault."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from billing.cli.import_report import FAULTS_SHOWN_MAX, new_table, say
from billing.domain.csv_kinds import COLUMNS, CsvKind
from billing.domain.money import format_money
from billing.services.csv_imports.importing import CsvRefused, CsvResult

_NOUNS = {
    CsvKind.DIVISIONS: "divisions",
    CsvKind.CATALOG: "catalog items",
    CsvKind.PRICES: "prices",
    CsvKind.RECORDS: "billing records",
}


def show_columns(console: Console, kind: CsvKind) -> None:
    """The table of what a file of the kind consists of."""
    table = new_table("Column", "Required", "What stands in it", "Example")
    for column in COLUMNS[kind]:
        example = next(filter(None, column.examples), "")
        table.add_row(column.name, "yes" if column.required else "", Text(column.description), Text(example))
    console.print(table)


def columns_as_markdown(kind: CsvKind) -> str:
    """The same table for docs/imports.md."""
    rows = [
        f"| `{column.name}` | {'yes' if column.required else ''} | {column.description} "
        f"| {' '.join(f'`{example}`' for example in [*filter(None, column.examples)][:1])} |"
        for column in COLUMNS[kind]
    ]
    return "\n".join(["| Column | Required | What stands in it | Example |", "| --- | --- | --- | --- |", *rows, ""])


def show_csv_result(console: Console, file_name: str, result: CsvResult) -> None:
    """What was made of the file or, in a dry run, what would be; for records the totals by currency."""
    changes = result.created or result.updated
    if result.dry_run:
        say(console, f"Dry run of {file_name}: nothing was written. This would happen:", style="yellow")
    elif not changes:
        say(console, f"Nothing to do: everything in {file_name} is there already.")
    else:
        say(console, f"Imported {file_name}.", style="green")
    console.print(_counts(result))
    if result.record_counts:
        console.print(_totals(result))
    if result.numbers:
        say(console, "Numbers: " + ", ".join(f"{first} to {last}" for first, last in result.numbers))


def show_csv_faults(console: Console, file_name: str, refused: CsvRefused) -> None:
    """A table on a terminal; elsewhere a line per fault, which other programs can read."""
    shown = refused.faults[:FAULTS_SHOWN_MAX] if console.is_terminal else refused.faults
    if console.is_terminal:
        table = new_table("Line", "Column", "Value", "What is wrong", "What to do")
        table.columns[0].justify = "right"
        for fault in shown:
            table.add_row(
                str(fault.line), Text(fault.column), Text(fault.value), Text(fault.message), Text(fault.remedy)
            )
        console.print(table)
    else:
        for fault in shown:
            place = f"{file_name}:{fault.line}: {fault.column}: {fault.value!r}"
            say(console, f"{place}: {fault.code}: {fault.message} {fault.remedy}")
    more = refused.fault_count - len(shown)
    count = "1 fault" if refused.fault_count == 1 else f"{refused.fault_count:,} faults"
    rest = f", of which the first {len(shown):,} are shown" if more else ""
    say(console, f"{file_name} has {count}{rest}. Nothing was imported.", style="red")


def _counts(result: CsvResult) -> Table:
    table = new_table("", "Created", "Updated", "Unchanged")
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row(_NOUNS[result.kind], f"{result.created:,}", f"{result.updated:,}", f"{result.unchanged:,}")
    if result.line_count:
        table.add_row("their lines", f"{result.line_count:,}", "", "")
    return table


def _totals(result: CsvResult) -> Table:
    table = new_table("Currency", "Records", "Total")
    table.columns[1].justify = table.columns[2].justify = "right"
    for currency in sorted(result.record_counts):
        table.add_row(currency, f"{result.record_counts[currency]:,}", format_money(result.totals[currency]))
    return table
