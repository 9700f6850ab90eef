"""`billing import focus` says what it did, or where the file is wrong, to a person and to a program."""

import io
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from billing.cli.import_focus import run
from billing.cli.main import app
from billing.services.focus_file import OnNegative
from tests.support.database import Database
from tests.support.focus import focus_file
from tests.support.unchanged import Unchanged
from tests.support.world import World

REAL_FILE = Path(__file__).parents[2] / "billing/demo/focus_cloud_charges.csv"

Command = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def command(database: Database, world: World, at: Callable[[datetime], None], tmp_path: Path) -> Command:
    """`await command(content)` is the exit code and what stands on the screen."""
    at(datetime(2026, 3, 4, 12, tzinfo=UTC))

    async def command(
        content: bytes, provider: str = "IT", on_negative: OnNegative = "fail", *, terminal: bool = False
    ) -> tuple[int, str]:
        path = tmp_path / "cloud.csv"
        path.write_bytes(content)
        screen = io.StringIO()
        console = Console(file=screen, width=140, force_terminal=terminal, color_system=None)
        code = await run(database, path, provider, on_negative, 30, console)
        return code, screen.getvalue()

    return command


def words(screen: str) -> list[list[str]]:
    return [line.split() for line in screen.splitlines()]


@pytest.mark.parametrize("terminal", [False, True])
async def test_what_was_made_and_the_sums_are_shown(command: Command, terminal: bool) -> None:
    code, screen = await command(REAL_FILE.read_bytes(), terminal=terminal)

    assert code == 0
    assert "Imported cloud.csv for IT." in screen
    assert ["billing", "records", "issued", "64", "IT-2026-00001", "to", "IT-2026-00064"] in words(screen)
    assert ["new", "divisions", "64"] in words(screen)
    assert ["USD", "15.74376047009", "15.74"] in words(screen)
    for step in ("Reading", "Adding up", "Writing"):
        assert step in screen


async def test_the_same_file_again_is_said_to_be_in_already(command: Command, unchanged: Unchanged) -> None:
    await command(REAL_FILE.read_bytes())

    async with unchanged():
        code, screen = await command(REAL_FILE.read_bytes())

    assert code == 0
    assert screen == (
        "Nothing to do: this content was already imported for IT on 2026-03-04 at 12:00 UTC, as cloud.csv.\n"
    )


async def test_each_fault_is_a_line_for_programs(command: Command, unchanged: Unchanged) -> None:
    content = focus_file({}, {"BilledCost": "1,00"}, {"SubAccountName": "[b]\x1b[2J"})

    async with unchanged():
        code, screen = await command(content)

    assert code == 1
    assert screen.splitlines()[1:] == [
        "cloud.csv:3: BilledCost: '1,00' is not a decimal number such as 12.34, -0.05 or 4.137e-07",
        "cloud.csv:4: SubAccountName: '[b]\\\\u001b[2J' contains control, bidirectional or invisible characters, "
        "or bytes that are not UTF-8",
        "cloud.csv has 2 faults. Nothing was imported.",
    ]


async def test_each_fault_is_a_row_for_people_and_markup_is_text(command: Command) -> None:
    content = focus_file({}, {"BilledCost": "[red]1,00[/red]"}, *[{"BilledCost": "x"}] * 2_000)

    code, screen = await command(content, terminal=True)

    assert code == 1
    assert ["3", "BilledCost", "[red]1,00[/red]", "is"] in [line[:4] for line in words(screen)]
    assert "cloud.csv has 2,001 faults, of which the first 100 are shown. Nothing was imported." in screen
    assert "\x1b[2J" not in screen


async def test_what_nets_negative_fails_with_a_hint_or_is_left_out_with_its_sum(command: Command) -> None:
    content = focus_file({"BilledCost": "-1.005"}, {"SubAccountName": "Sales", "BilledCost": "2.50"})

    failed, failure = await command(content)
    skipped, result = await command(content, on_negative="skip")

    assert (failed, skipped) == (1, 0)
    assert "leave these divisions out with --on-negative skip" in failure
    assert "Left out, since they net below zero: 1." in result
    assert ["Legal", "2024-09-01", "to", "2024-09-30", "-1.005", "USD", "2"] in words(result)


async def test_an_unknown_provider_and_an_unreadable_file_are_messages(
    command: Command, database: Database, tmp_path: Path
) -> None:
    assert await command(focus_file({}), provider="nobody") == (1, "There is no division with the code NOBODY.\n")
    assert (await command(focus_file({}), provider="\udcff"))[0] == 1
    screen = io.StringIO()
    assert await run(database, tmp_path / "none.csv", "IT", "fail", 30, Console(file=screen, width=400)) == 1
    assert "none.csv cannot be read: No such file or directory" in screen.getvalue()


async def test_the_code_of_the_provider_may_be_written_small(command: Command) -> None:
    code, screen = await command(focus_file({}), provider=" it ")

    assert (code, "Imported cloud.csv for IT." in screen) == (0, True)


def test_the_command_takes_file_and_options(database_url: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    call = ["import", "focus", str(REAL_FILE), "--provider", "IT"]

    first = CliRunner().invoke(app, [*call, "--on-negative", "skip"])
    again = CliRunner().invoke(app, call)
    wrong = CliRunner().invoke(app, [*call, "--on-negative", "ignore"])

    assert (first.exit_code, again.exit_code, wrong.exit_code) == (0, 0, 2)
    assert "billing records issued" in first.output
    assert "already imported for IT" in again.output
