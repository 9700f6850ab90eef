"""`billing check` says of every invariant what was found, to a person and to a program, and keeps it."""

import io
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import typer
from rich.console import Console
from sqlalchemy import text
from typer.testing import CliRunner

from billing.cli.check import run
from billing.cli.main import app
from billing.db import integrity_checks
from billing.db.invariants import INVARIANTS
from billing.db.users import SYSTEM_USER_ID
from tests.support.books import write_books
from tests.support.database import Database
from tests.support.world import World

Command = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
async def books(database: Database, world: World) -> dict[str, Any]:
    async with database.owner.begin() as connection:
        return await write_books(connection, world)


@pytest.fixture
def command(database: Database) -> Command:
    """`await command()` is the exit code and what stands on the screen."""

    async def command(*, as_json: bool = False, terminal: bool = False, seconds_max: float = 60) -> tuple[int, str]:
        screen = io.StringIO()
        console = Console(file=screen, width=160, force_terminal=terminal, color_system=None)
        return await run(database, seconds_max, console, as_json=as_json), screen.getvalue()

    return command


async def corrupt(database: Database, books: dict[str, Any]) -> None:
    async with database.owner.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text(f"UPDATE billing_records SET total = 10.01 WHERE id = '{books['draft']}'"))


async def kept(database: Database) -> list[Any]:
    """The checks that are stored, with how many results and faults each has."""
    statement = text("""
        SELECT status, started_by, finished_at >= started_at, count(*), sum(fault_count)
        FROM integrity_checks AS c JOIN integrity_check_results AS r ON r.integrity_check_id = c.id GROUP BY c.id
    """)
    async with database.owner.connect() as connection:
        return [tuple(row) for row in await connection.execute(statement)]


@pytest.mark.parametrize("terminal", [False, True])
async def test_sound_books_end_with_a_green_line(
    command: Command, database: Database, books: dict[str, Any], terminal: bool
) -> None:
    code, screen = await command(terminal=terminal)

    assert code == 0
    rows = [line.split() for line in screen.splitlines()]
    assert ["records_add_up", "14", "0"] in rows
    assert {invariant.name for invariant in INVARIANTS} <= {row[0] for row in rows if row}
    assert screen.splitlines()[-1].startswith(f"All {len(INVARIANTS)} invariants hold, over ")
    assert "Checking" in screen
    assert await kept(database) == [("PASSED", SYSTEM_USER_ID, True, len(INVARIANTS), 0)]


async def test_faults_are_named_and_end_with_a_red_line(
    command: Command, database: Database, books: dict[str, Any]
) -> None:
    await corrupt(database, books)

    code, screen = await command()

    assert code == 1
    assert ["records_add_up", "14", "1", str(books["draft"])] in [line.split() for line in screen.splitlines()]
    assert screen.splitlines()[-1].startswith(f"1 of {len(INVARIANTS)} invariants do not hold: 1 fault among ")
    assert await kept(database) == [("FAILED", SYSTEM_USER_ID, True, len(INVARIANTS), 1)]


@pytest.mark.parametrize("terminal", [False, True])
async def test_a_program_gets_it_as_json(
    command: Command, database: Database, books: dict[str, Any], terminal: bool
) -> None:
    await corrupt(database, books)

    code, screen = await command(as_json=True, terminal=terminal)

    said = json.loads(screen)
    assert (code, said["status"], len(said["results"])) == (1, "FAILED", len(INVARIANTS))
    assert [each for each in said["results"] if each["faultCount"]] == [
        {
            "invariant": "records_add_up",
            "description": "The total of a record is the sum of its lines, of which it has one at least.",
            "rowsChecked": 14,
            "faultCount": 1,
            "offendingIds": [str(books["draft"])],
        }
    ]


async def test_while_another_check_runs_it_says_so(
    command: Command, database: Database, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    running = await integrity_checks.claim(database.owner.url, seconds_max=60)
    assert running is not None

    with pytest.raises(typer.Exit) as ended:
        await command()

    await running.aclose()
    assert ended.value.exit_code == 1
    assert "Another integrity check is running" in capsys.readouterr().err
    assert (await command())[0] == 0


async def test_a_check_that_takes_too_long_names_the_setting(
    command: Command, database: Database, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        await command(seconds_max=0.001)

    assert ended.value.exit_code == 1
    assert "raise INTEGRITY_CHECK_TIMEOUT_SECONDS" in capsys.readouterr().err
    async with database.owner.connect() as connection:
        assert (await connection.execute(text("SELECT status FROM integrity_checks"))).scalars().all() == ["ABORTED"]


def test_the_command_ends_with_its_status(database_url: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)

    sound = CliRunner().invoke(app, ["check"])
    as_json = CliRunner().invoke(app, ["check", "--json"])

    assert (sound.exit_code, as_json.exit_code) == (0, 0)
    assert "invariants hold" in sound.output
    assert json.loads(as_json.stdout)["status"] == "PASSED"
