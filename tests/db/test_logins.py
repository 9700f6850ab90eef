"""The logins as a migration makes them: for several databases at once, with a password, by an owner of few rights."""

import asyncio
import base64
import hashlib
import hmac
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from typer.testing import CliRunner

from billing.cli.main import app
from billing.db.embedded import private_server
from billing.db.embedded.programs import Version
from billing.db.migrate import migrate
from billing.settings import Settings
from tests.support import needs
from tests.support.database import connect

Address = Callable[..., str]

ROOT = Path(__file__).resolve().parents[2]
_MIGRATE = """
import asyncio, sys
from billing.db.migrate import migrate
asyncio.run(migrate(sys.argv[1], login_password=sys.argv[2]))
"""
PASSWORD = 'it\'s :secret \\ "and" $1'


@pytest.fixture(params=[18, 15], ids=["PostgreSQL 18", "PostgreSQL 15"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[AsyncEngine]:
    """A server that knows none of the logins."""
    version: Version = needs.postgresql(request.param)
    with private_server(version=version) as url:
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        yield engine
        await engine.dispose()


@pytest.fixture
def address(server: AsyncEngine) -> Address:
    return lambda **changes: server.url.set(**changes).render_as_string(hide_password=False)


async def test_two_databases_that_are_migrated_at_once_share_the_logins(server: AsyncEngine, address: Address) -> None:
    """The first one's passwords stay, and each database has its own rights."""
    await _run(server, "CREATE DATABASE one", "CREATE DATABASE two")

    processes = [await _migrating(address(database=name)) for name in ("one", "two")]
    assert [await process.wait() for process in processes] == [0, 0]
    await migrate(address(), login_password="another")

    verifiers = "SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE 'billing%' ORDER BY 1"
    async with server.connect() as connection:
        known = {row.rolname: row.rolpassword for row in await connection.execute(text(verifiers))}
    assert sorted(known) == ["billing_backup", "billing_reader", "billing_scoped", "billing_service"]
    assert [name for name, stored in known.items() if not _is_of(PASSWORD, stored)] == []
    for database in ("one", "two", "billing"):
        service = create_async_engine(address(database=database, username="billing_service"))
        async with service.connect() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM billing_records")) == 0
        await service.dispose()


async def test_a_login_that_is_told_no_password_has_none(server: AsyncEngine, address: Address) -> None:
    await migrate(address())

    async with server.connect() as connection:
        stored = "SELECT count(rolpassword) FROM pg_authid WHERE rolname LIKE 'billing%'"
        assert await connection.scalar(text(stored)) == 0


async def test_an_owner_who_is_no_superuser_migrates_and_works_under_its_own_policies(
    server: AsyncEngine, address: Address, settings: Settings
) -> None:
    await _run(server, "CREATE ROLE billing_owner LOGIN CREATEROLE", "CREATE DATABASE owned OWNER billing_owner")
    owned = address(database="owned", username="billing_owner")

    await migrate(owned)

    database = connect(settings, owned)
    async with database.owner.begin() as connection:
        await connection.execute(text("INSERT INTO divisions (id, code, name) VALUES (gen_random_uuid(), 'IT', 'IT')"))
        held = await connection.execute(text("UPDATE divisions SET name = 'Information' RETURNING name"))
        assert held.scalars().all() == ["Information"]
    service = database.beside_as("billing_service")
    async with service.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM divisions")) == 1
        with pytest.raises(Exception, match="permission denied"):
            await connection.execute(text("CREATE TABLE mine (id uuid)"))
    await service.dispose()
    await database.close()


async def test_an_owner_who_may_not_make_logins_is_told_who_may(server: AsyncEngine, address: Address) -> None:
    await _run(server, "CREATE ROLE billing_owner LOGIN", "CREATE DATABASE owned OWNER billing_owner")
    owned = address(database="owned", username="billing_owner")

    result = await asyncio.to_thread(CliRunner().invoke, app, ["migrate"], env={"DATABASE_URL": owned})

    assert result.exit_code == 1
    assert "The login billing_service is missing, and billing_owner may not make it." in " ".join(result.stderr.split())
    logins = ("billing_service", "billing_scoped", "billing_reader", "billing_backup")
    await _run(server, *(f"CREATE ROLE {login} LOGIN" for login in logins))
    await migrate(owned)


async def _migrating(url: str) -> asyncio.subprocess.Process:
    """In a process of its own, since Alembic can do one migration at a time in each."""
    return await asyncio.create_subprocess_exec(sys.executable, "-c", _MIGRATE, url, PASSWORD, cwd=ROOT)


def _is_of(password: str, stored: str) -> bool:
    """Whether a verifier of PostgreSQL, SCRAM-SHA-256$iterations:salt$stored:server, is that of the password."""
    _, parameters, keys = stored.split("$")
    iterations, salt = parameters.split(":")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(iterations))
    client = hmac.digest(salted, b"Client Key", "sha256")
    return base64.b64encode(hashlib.sha256(client).digest()).decode() == keys.split(":")[0]


async def _run(engine: AsyncEngine, *statements: str) -> None:
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
