"""`billing users`: the same changes as the graph's, under the same rules, by whoever has the database at hand."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from billing.cli.main import app
from billing.db.users import SYSTEM_USER_ID
from billing.settings import Settings
from tests.support.database import Database
from tests.support.running import running
from tests.support.unchanged import Contents, contents
from tests.support.world import World

Command = Callable[..., Awaitable[Result]]
User = tuple[str, str | None, str, bool]

_USERS = text("SELECT u.*, d.code FROM users u LEFT JOIN divisions d ON d.id = u.division_id")
_AUDITED = text("SELECT kind, operation, actor_id FROM audit_events ORDER BY xact_id")


@pytest.fixture
def command(database_url: str, world: World, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`await command("add", …)` is what `billing users add …` does."""
    monkeypatch.setenv("DATABASE_URL", database_url)

    async def command(*arguments: str) -> Result:
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, ["users", *arguments]))

    return command


async def _user(database: Database, name: str) -> User | None:
    """Role, division, how the user is shown, whether active."""
    async with database.owner.connect() as connection:
        rows = {row.name: row for row in await connection.execute(_USERS)}
    row = rows.get(name)
    return row and (row.role, row.code, row.display_name, row.active)


async def _audited(database: Database) -> list[tuple[Any, ...]]:
    async with database.owner.connect() as connection:
        return [tuple(row) for row in await connection.execute(_AUDITED)]


async def _contents(database: Database) -> Contents:
    """All but the system's user, which a command adds before it does anything."""
    async with database.owner.connect() as connection:
        found = await contents(connection)
        others = text("SELECT count(*), md5(string_agg(u::text, chr(10) ORDER BY id)) FROM users u WHERE id <> :system")
        count, digest = (await connection.execute(others, {"system": SYSTEM_USER_ID})).one()
    return {**found, "users": (count, digest)}


async def test_without_a_command_the_users_are_listed(command: Command, world: World) -> None:
    listed = await command()

    assert listed.exit_code == 0
    rows = [line.replace("│", " ").split() for line in listed.stdout.splitlines()]
    assert ["coordinator-it", "COORDINATOR", "IT", "yes"] in rows
    assert ["superadmin", "SUPERADMIN", "–", "yes"] in rows


async def test_the_first_superadmin_is_made_by_the_command(command: Command, database: Database) -> None:
    async with database.owner.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text("DELETE FROM users"))

    made = await command("add", "ada", "--role", "superadmin", "--display-name", "Ada L.")

    assert (made.exit_code, made.stdout) == (0, "ada is SUPERADMIN now.\n")
    assert await _user(database, "ada") == ("SUPERADMIN", None, "Ada L.", True)
    assert await _audited(database) == [("CHANGE", "add_user", SYSTEM_USER_ID)]


async def test_a_life_of_a_user(command: Command, database: Database) -> None:
    seen = []
    for arguments in (
        ("add", "new", "--role", "COORDINATOR", "--division", "IT"),
        ("role", "new", "Coordinator", "--division", "HR"),
        ("role", "new", "ANALYST"),
        ("disable", "new"),
    ):
        done = await command(*arguments)
        assert (done.exit_code, done.stderr) == (0, "")
        seen.append(await _user(database, "new"))

    assert seen == [
        ("COORDINATOR", "IT", "new", True),
        ("COORDINATOR", "HR", "new", True),
        ("ANALYST", None, "new", True),
        ("ANALYST", None, "new", False),
    ]
    operations = ["add_user", "assign_role", "assign_role", "deactivate_user"]
    assert await _audited(database) == [("CHANGE", operation, SYSTEM_USER_ID) for operation in operations]


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "a name twice": (("add", "admin", "--role", "ANALYST"), "Another user has this name."),
    "the system's name": (("add", "system", "--role", "ANALYST"), "Another user has this name."),
    "no name": (("add", "", "--role", "ANALYST"), "This must not be empty."),
    "a name with a line break": (("add", "a\nb", "--role", "ANALYST"), ""),
    "a coordinator of no division": (("add", "new", "--role", "COORDINATOR"), "A coordinator belongs to a division."),
    "an unknown division": (
        ("add", "new", "--role", "COORDINATOR", "--division", "NO"),
        "There is no division NO.",
    ),
    "a division with markup": (("add", "new", "--role", "ANALYST", "--division", "[/x]"), "There is no division [/x]."),
    "nobody's role": (("role", "nobody", "ANALYST"), "There is no user nobody; `billing users` lists them."),
    "nobody with markup": (("disable", "[/x]"), "There is no user [/x]; `billing users` lists them."),
    "no text": (("disable", "\udcff"), "There is no user"),
    "the system's user": (("disable", "system"), "There is no user system; `billing users` lists them."),
    "the system's role": (("role", "system", "SUPERADMIN"), "There is no user system; `billing users` lists them."),
    "coordinator without a division": (("role", "analyst", "COORDINATOR"), "A coordinator belongs to a division."),
    "the last superadmin lowered": (("role", "superadmin", "ADMIN"), "This is the last active superadmin;"),
    "the last superadmin shut out": (("disable", "superadmin"), "This is the last active superadmin;"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_the_graph_refuses_is_refused_here_in_words(name: str, command: Command, database: Database) -> None:
    arguments, said = REFUSED[name]
    await command("disable", "system")  # The system's user is there from the first command on.
    before = await _contents(database)

    refused = await command(*arguments)

    assert refused.exit_code == 1
    assert isinstance(refused.exception, SystemExit), "no traceback"
    assert said in refused.stderr.replace("\n", " ")
    assert refused.stdout == ""
    assert await _contents(database) == before


async def test_a_user_is_shut_out_once(command: Command) -> None:
    first, second = await command("disable", "analyst"), await command("disable", "analyst")

    assert (first.exit_code, second.exit_code) == (0, 1)
    assert second.stderr == "The user is not active.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "new"),
        ("add", "new", "--role", "OWNER"),
        ("role", "admin"),
        ("role", "admin", "KING"),
        ("enable", "admin"),
    ],
)
async def test_what_cannot_be_meant_is_explained(arguments: tuple[str, ...], command: Command) -> None:
    refused = await command(*arguments)

    assert refused.exit_code == 2
    assert "Usage: " in refused.stderr


async def test_a_database_that_is_away_is_said(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@127.0.0.1:1/billing")

    refused = await command("disable", "analyst")

    assert refused.exit_code == 1
    assert refused.stderr.startswith("The database cannot be reached: ")


async def test_a_running_service_hears_of_the_command(
    database_url: str, settings: Settings, world: World, database: Database
) -> None:
    """In a process of its own, as an operator runs it."""
    ask = "{ me { role } }"
    async with running(settings, database_url) as service:
        assert (await service.asking("coordinator-it", ask)).status == 200
        assert (await service.asking("new", ask)).status == 401

        await _run(database_url, "disable", "coordinator-it")
        await _run(database_url, "add", "new", "--role", "ANALYST")

        async with asyncio.timeout(5):
            while (await service.asking("coordinator-it", ask)).status == 200:
                pass
            while (await service.asking("new", ask)).status == 401:
                pass


async def _run(database_url: str, *arguments: str) -> None:
    code = "import sys; from billing.cli.main import app; app(['users', *sys.argv[1:]])"
    environment = {**os.environ, "DATABASE_URL": database_url, "ENVIRONMENT": "development"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, *arguments, env=environment)
    assert await process.wait() == 0
