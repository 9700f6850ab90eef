"""`billing import divisions|catalog|prices|records`: brings a CSV file in, or says all that is wrong with it."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from billing.cli import connecting
from billing.cli.csv_report import show_columns, show_csv_faults, show_csv_result
from billing.cli.import_focus import progress_on
from billing.db.database import Database
from billing.domain.csv_kinds import CsvKind
from billing.services.csv_imports.importing import CsvRefused, import_csv

_File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV file in UTF-8.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would happen.")]


def options(
    context: typer.Context,
    describe: Annotated[CsvKind | None, typer.Option(help="Show the columns of a kind of file.")] = None,
    template: Annotated[CsvKind | None, typer.Option(help="Print a file of a kind to begin with.")] = None,
) -> None:
    """Bring data in from files."""
    if describe is not None:
        show_columns(connecting.console, describe)
    if template is not None:
        typer.echo(template_of(template), nl=False)
    if context.invoked_subcommand is None and describe is None and template is None:
        typer.echo(context.get_help())


def divisions(file: _File, dry_run: _DryRun = False) -> None:
    """Add and change divisions, all of the file or nothing."""
    _command(CsvKind.DIVISIONS, file, dry_run)


def catalog(file: _File, dry_run: _DryRun = False) -> None:
    """Add and change items of the catalog, all of the file or nothing."""
    _command(CsvKind.CATALOG, file, dry_run)


def prices(file: _File, dry_run: _DryRun = False) -> None:
    """Set prices of the catalog, all of the file or nothing."""
    _command(CsvKind.PRICES, file, dry_run)


def records(file: _File, dry_run: _DryRun = False) -> None:
    """Issue billing records, or keep them as drafts, all of the file or nothing."""
    _command(CsvKind.RECORDS, file, dry_run)


def template_of(kind: CsvKind) -> str:
    """The columns of a kind and two example rows, which can be imported into the demo."""
    return (files("billing") / "templates" / f"import_{kind.value}.csv").read_text(encoding="utf-8")


def _command(kind: CsvKind, file: Path, dry_run: bool) -> None:
    settings = connecting.settings_or_exit()

    async def work() -> int:
        async with connecting.open_database(settings) as database:
            return await run(database, kind, file, settings.payment_terms_days, connecting.console, dry_run=dry_run)

    raise typer.Exit(connecting.run(work()))


async def run(
    database: Database, kind: CsvKind, path: Path, payment_terms_days: int, console: Console, *, dry_run: bool = False
) -> int:
    """Imports the file and reports on the console; returns the exit code."""
    name = path.name.encode(errors="replace").decode()[:255]
    try:
        with progress_on(console) as told:
            result = await import_csv(
                database,
                path,
                kind,
                file_name=name,
                payment_terms_days=payment_terms_days,
                dry_run=dry_run,
                progress=told,
            )
    except CsvRefused as refused:
        show_csv_faults(console, name, refused)
        return 1
    except OSError as error:
        console.print(f"{path} cannot be read: {error.strerror}", style="red", markup=False, highlight=False)
        return 1
    show_csv_result(console, name, result)
    return 0
