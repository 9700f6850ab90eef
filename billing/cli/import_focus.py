"""`billing import focus`: brings a FOCUS file in, and says what became of it or what is wrong with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from billing.cli import connecting
from billing.cli.import_report import show_faults, show_result
from billing.db.database import Database
from billing.domain.errors import Refused
from billing.services.focus_file import FileRefused, OnNegative
from billing.services.focus_file import Progress as Told
from billing.services.focus_import import import_focus


class NegativeChoice(StrEnum):
    FAIL = "fail"
    SKIP = "skip"


def focus(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV file in the FOCUS 1.0 format.")
    ],
    provider: Annotated[
        str, typer.Option(metavar="CODE", help="The code of the division that charges the others for it, such as IT.")
    ],
    on_negative: Annotated[
        NegativeChoice,
        typer.Option(help="What to do about a division whose period nets below zero: fail the file, or skip these."),
    ] = NegativeChoice.FAIL,
) -> None:
    """Make billing records of a file of cloud charges, all of it or nothing.

    One record per SubAccountName, currency and billing period, issued today; the same file again changes nothing.
    """
    settings = connecting.settings_or_exit()

    async def work() -> int:
        async with connecting.open_database(settings) as database:
            return await run(
                database, file, provider, on_negative.value, settings.payment_terms_days, connecting.console
            )

    raise typer.Exit(connecting.run(work()))


async def run(
    database: Database, path: Path, provider: str, on_negative: OnNegative, payment_terms_days: int, console: Console
) -> int:
    """Imports the file and reports on the console; returns the exit code."""
    try:
        content = path.read_bytes()  # noqa: ASYNC240 - nothing else runs in this process.
    except OSError as error:
        console.print(f"{path} cannot be read: {error.strerror}", style="red", markup=False, highlight=False)
        return 1
    name = _encodable(path.name)[:255]
    try:
        with progress_on(console) as told:
            result = await import_focus(
                database,
                content,
                file_name=name,
                provider_code=_encodable(provider).strip().upper(),
                on_negative=on_negative,
                payment_terms_days=payment_terms_days,
                progress=told,
            )
    except FileRefused as refused:
        show_faults(console, name, refused)
        return 1
    except Refused as refused:
        console.print(str(refused), style="red", markup=False, highlight=False)
        return 1
    show_result(console, result, database.zone)
    return 0


def _encodable(argument: str) -> str:
    """An argument of the command line may hold bytes that are no text; the database takes text only."""
    return argument.encode(errors="replace").decode()


@contextmanager
def progress_on(console: Console) -> Iterator[Told]:
    """A bar for each step on a terminal; elsewhere a line when a step is done."""
    if not console.is_terminal:
        yield lambda doing, done, total: console.print(f"{doing} … done") if done == total else None
        return
    bars: dict[str, TaskID] = {}
    columns = (
        TextColumn("{task.description:<9}"),
        BarColumn(),
        TextColumn("{task.fields[count]}", style="progress.download"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:

        def told(doing: str, done: int, total: int) -> None:
            count = "" if total == 1 else f"{done:,} of {total:,}"
            if doing not in bars:
                bars[doing] = progress.add_task(doing, count=count)
            pulsing = total == 1 and done == 0
            progress.update(bars[doing], completed=done, total=None if pulsing else total, count=count)

        yield told
