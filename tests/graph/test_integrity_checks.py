"""Integrity checks over the graph: started by a mutation, in the background, one at a time, at one moment."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from structlog.testing import capture_logs

from billing.app import create_app
from billing.db.invariants import INVARIANTS
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer
from billing.services.integrity_checks import Checker, run_integrity_check
from billing.settings import Settings
from tests.conftest import TOKENS
from tests.support.asgi import http_to
from tests.support.books import write_books
from tests.support.client import Answer, Client
from tests.support.database import Database, connect
from tests.support.make import key
from tests.support.unchanged import Unchanged
from tests.support.world import World

CHECK = """id status startedAt finishedAt startedBy { displayName }
    results { invariant description rowsChecked faultCount offendingIds }"""
QUERY = f"{{ integrityCheck {{ {CHECK} }} }}"
ABORTED = {"status": "ABORTED", "results": []}


@pytest.fixture
def app(database: Database, settings: Settings) -> Starlette:
    return create_app(settings, database, TOKENS)


@pytest.fixture
def checker(app: Starlette) -> Checker:
    checker: Checker = app.state.checker
    return checker


@pytest.fixture
async def admin(app: Starlette, world: World, checker: Checker) -> AsyncIterator[Client]:
    async with http_to(app) as http:
        yield Client(http, TOKENS, "admin")
    await checker.stop()


@pytest.fixture
async def books(database: Database, world: World) -> dict[str, Any]:
    async with database.owner.begin() as connection:
        return await write_books(connection, world)


async def start(client: Client, idempotency_key: str | None = None) -> Answer:
    return await client.change(
        "runIntegrityCheck", f"integrityCheck {{ {CHECK} }}", idempotencyKey=idempotency_key or key()
    )


async def corrupt(database: Database, statement: str) -> None:
    async with database.owner.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text(statement))


@asynccontextmanager
async def held(database: Database, table: str) -> AsyncIterator[None]:
    """Nobody reads the table meanwhile, so that whoever checks waits there."""
    async with database.owner.begin() as connection:
        await connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        yield


async def until(database: Database, condition: str, expected: int) -> None:
    """Until so many sessions of integrity checks meet the condition; fails after a time."""
    count = text(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'internal-billing integrity check' "
        f"AND {condition}"
    )
    async with asyncio.timeout(20), database.owner.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        found = await connection.scalar(count)
        while found != expected:
            await asyncio.sleep(0.02)  # The database tells nobody that somebody waits, or is gone.
            found = await connection.scalar(count)


WAITING = "wait_event_type = 'Lock'"


async def test_a_check_of_sound_books_passes_in_the_background(
    admin: Client, checker: Checker, books: dict[str, Any]
) -> None:
    before = await admin.run(QUERY)

    started = await start(admin)
    await checker.until_idle()
    after = (await admin.run(QUERY)).field

    assert before.field is None
    assert started.user_errors == []
    assert started.field["replayed"] is False
    running = started.field["integrityCheck"]
    assert (running["status"], running["finishedAt"], running["results"]) == ("RUNNING", None, [])
    assert running["startedBy"] == {"displayName": "Admin"}
    assert (after["id"], after["status"], after["startedAt"]) == (running["id"], "PASSED", running["startedAt"])
    assert datetime.fromisoformat(after["finishedAt"]) > datetime.fromisoformat(after["startedAt"])
    assert [(each["invariant"], each["description"]) for each in after["results"]] == [
        (invariant.name, invariant.description) for invariant in INVARIANTS
    ]
    assert {(each["faultCount"], tuple(each["offendingIds"])) for each in after["results"]} == {("0", ())}
    assert next(each for each in after["results"] if each["invariant"] == "records_add_up")["rowsChecked"] == "14"


async def test_what_is_wrong_is_counted_named_and_logged(
    admin: Client, checker: Checker, database: Database, books: dict[str, Any]
) -> None:
    await corrupt(database, f"UPDATE billing_records SET total = 10.01 WHERE id = '{books['draft']}'")
    await corrupt(database, "UPDATE number_counters SET last_number = 9 WHERE last_number = 8")

    with capture_logs() as logs:
        await start(admin)
        await checker.until_idle()
    check = (await admin.run(QUERY)).field

    assert check["status"] == "FAILED"
    wrong = {each["invariant"]: each for each in check["results"] if each["faultCount"] != "0"}
    assert {name: (each["faultCount"], each["offendingIds"]) for name, each in wrong.items()} == {
        "record_numbers_have_no_gap": ("1", ["IT-2026"]),
        "records_add_up": ("1", [str(books["draft"])]),
    }
    assert [(log["event"], log["invariants"]) for log in logs if log["log_level"] == "error"] == [
        ("integrity check failed", ["record_numbers_have_no_gap", "records_add_up"])
    ]


async def test_a_second_one_is_refused_while_one_runs(admin: Client, checker: Checker, database: Database) -> None:
    async with held(database, "payment_allocations"):
        first = await start(admin)
        await until(database, WAITING, 1)
        second = await start(admin)
        running = (await admin.run("{ integrityCheck { id status } }")).field
    await checker.until_idle()

    assert second.user_errors == [("INVALID_STATE", None)]
    assert second.field["integrityCheck"] is None
    assert running == {"id": first.field["integrityCheck"]["id"], "status": "RUNNING"}
    assert (await admin.run(QUERY)).field["status"] == "PASSED"
    assert (await start(admin)).user_errors == []


async def test_of_many_at_once_one_starts(admin: Client, checker: Checker, database: Database) -> None:
    async with held(database, "payment_allocations"):
        answers = await asyncio.gather(*(start(admin) for _ in range(8)))
    await checker.until_idle()

    refused = [answer.user_errors for answer in answers if answer.field["integrityCheck"] is None]
    assert refused == [[("INVALID_STATE", None)]] * 7
    async with database.owner.connect() as connection:
        assert (await connection.execute(text("SELECT status FROM integrity_checks"))).scalars().all() == ["PASSED"]


async def test_the_same_key_starts_one_check(admin: Client, checker: Checker, database: Database) -> None:
    repeated = key()
    async with held(database, "payment_allocations"):
        first = await start(admin, repeated)
        again = await start(admin, repeated)
    await checker.until_idle()
    later = await start(admin, repeated)
    await checker.until_idle()

    ids = {answer.field["integrityCheck"]["id"] for answer in (first, again, later)}
    assert len(ids) == 1
    assert [answer.field["replayed"] for answer in (first, again, later)] == [False, True, True]
    assert [answer.field["integrityCheck"]["status"] for answer in (again, later)] == ["RUNNING", "PASSED"]


async def test_everything_is_looked_at_as_it_was_at_one_moment(
    admin: Client, checker: Checker, database: Database, books: dict[str, Any]
) -> None:
    """The check waits at the numbers; by then it has looked at payments, and not yet at the totals of records."""
    async with held(database, "number_counters"):
        await start(admin)
        await until(database, WAITING, 1)
        await corrupt(database, f"UPDATE billing_records SET total = 10.01 WHERE id = '{books['draft']}'")
    await checker.until_idle()
    first = (await admin.run(QUERY)).field
    await start(admin)
    await checker.until_idle()
    second = (await admin.run(QUERY)).field

    assert (first["status"], second["status"]) == ("PASSED", "FAILED")


async def test_a_start_that_is_not_committed_starts_nothing(
    admin: Client, checker: Checker, database: Database, world: World, unchanged: Unchanged
) -> None:
    viewer = Viewer(world.users["admin"], "admin", Role.ADMIN, None)

    async def started_and_rolled_back() -> None:
        async with database.transaction() as tx:
            await run_integrity_check(tx, viewer, checker=checker)
            raise ZeroDivisionError

    async with unchanged():
        async with held(database, "payment_allocations"), asyncio.timeout(5):
            with pytest.raises(ZeroDivisionError):
                await started_and_rolled_back()
            await checker.until_idle()
        await until(database, "true", 0)

    assert (await start(admin)).user_errors == []


async def test_a_check_that_gets_no_connection_of_its_own_is_not_started(
    admin: Client, checker: Checker, settings: Settings, unchanged: Unchanged
) -> None:
    there, checker.database = checker.database, connect(settings, "postgresql+asyncpg://nobody@127.0.0.1:1/none")

    async with unchanged():
        refused = await admin.change("runIntegrityCheck", "integrityCheck { id }", idempotencyKey=key())

    checker.database = there
    assert refused.codes == ["SERVICE_UNAVAILABLE"]
    assert (await start(admin)).user_errors == []


async def test_a_check_that_takes_too_long_is_broken_off(admin: Client, checker: Checker, database: Database) -> None:
    checker.seconds_max = 0.1
    async with held(database, "payment_allocations"):
        with capture_logs() as logs:
            await start(admin)
            await checker.until_idle()
        await until(database, "true", 0)

    assert (await admin.run("{ integrityCheck { status results { invariant } } }")).field == ABORTED
    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["integrity check aborted"]


async def test_a_check_ends_with_the_service(
    admin: Client, database: Database, settings: Settings, database_url: str
) -> None:
    app = create_app(settings, connect(settings, database_url), TOKENS)
    async with held(database, "payment_allocations"):
        async with (
            app.router.lifespan_context(app),
            http_to(app) as http,
        ):
            await start(Client(http, TOKENS, "admin"))
            await until(database, WAITING, 1)
        await until(database, "true", 0)

    assert (await admin.run("{ integrityCheck { status results { invariant } } }")).field == ABORTED


async def test_a_killed_check_hurts_nobody_and_is_seen_to_be_gone_by_the_next(
    admin: Client, checker: Checker, database: Database, database_url: str
) -> None:
    command = [sys.executable, "-c", "from billing.cli.main import app; app()", "check"]
    async with held(database, "payment_allocations"):
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, "DATABASE_URL": database_url}, stdout=asyncio.subprocess.DEVNULL
        )
        await until(database, WAITING, 1)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        # The server looks every five seconds whether someone is still there.
        await until(database, "true", 0)
        left = (await admin.run("{ integrityCheck { status startedBy { displayName } } }")).field
        await start(admin)
    await checker.until_idle()

    assert left == {"status": "RUNNING", "startedBy": {"displayName": "Internal Billing"}}
    async with database.owner.connect() as connection:
        statuses = text("SELECT status, finished_at IS NOT NULL FROM integrity_checks ORDER BY id")
        assert (await connection.execute(statuses)).all() == [("ABORTED", True), ("PASSED", True)]


async def test_a_start_takes_its_statements(admin: Client, checker: Checker, statements: list[str]) -> None:
    """Who asks, the beginning, the key, the announcement, what was left behind, the check, the payload with a beginning
    of its own; and in the background the beginning, the clock and the check, beside what was found."""
    started = await admin.change("runIntegrityCheck", "integrityCheck { id }", idempotencyKey=key())
    await checker.until_idle()

    assert started.user_errors == []
    assert len([each for each in statements if "integrity_check_results" not in each]) == 8 + 3
