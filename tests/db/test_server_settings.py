"""Settings and logins that would lose or show what they must not: each is found, and told how to be mended."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from typer.testing import CliRunner

from billing.cli.main import app
from billing.db import server_settings
from billing.db.connections import Pool
from billing.db.embedded import private_server
from billing.db.logins import beside
from billing.db.migrate import migrate
from billing.db.server_settings import Unsafe, find_unsafe_as_owner, find_unsafe_logins
from billing.settings import Settings

PRODUCTION = {"ENVIRONMENT": "production", "JWKS": "/there/are/none.json", "PORT": "0"}


@pytest.fixture(scope="module")
def owner_url() -> Iterator[str]:
    """A server that keeps what it acknowledges, as the embedded one does."""
    with private_server(durable=True) as url:
        yield url


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(owner_url, isolation_level="AUTOCOMMIT")
    await migrate(owner_url)
    yield engine
    await engine.dispose()


async def find(url: str, scoped_url: str | None = None) -> Unsafe:
    addresses = beside(url)
    settings = Settings(_env_file=None, demo=False, environment="development")  # type: ignore[call-arg]
    service, scoped = Pool(addresses.service, settings), Pool(scoped_url or addresses.scoped, settings)
    try:
        return await find_unsafe_logins(service, scoped)
    finally:
        await service.close()
        await scoped.close()


async def run(engine: AsyncEngine, *statements: str) -> None:
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def test_the_embedded_server_and_its_logins_are_safe(owner: AsyncEngine, owner_url: str) -> None:
    assert await find_unsafe_as_owner(owner_url) == Unsafe()
    assert await find(owner_url) == Unsafe()


async def test_a_server_that_forgets_what_it_acknowledged_is_refused(database_url: str) -> None:
    """The private servers of the tests are such ones."""
    unsafe = await find_unsafe_as_owner(database_url)

    assert unsafe.faults == [
        "fsync is off, which is not safe: set fsync = on in postgresql.conf, and start the server without another "
        "value.",
        "full_page_writes is off, which is not safe: set full_page_writes = on in postgresql.conf, and start the "
        "server without another value.",
    ]


_SETTINGS = {
    "synchronous_commit": ("off", "synchronous_commit is off, which is not safe"),
    "zero_damaged_pages": ("on", "zero_damaged_pages is on, which is not safe"),
    "ignore_checksum_failure": ("on", "ignore_checksum_failure is on, which is not safe"),
    "session_replication_role": ("replica", "session_replication_role is replica, which is not safe"),
    "row_security": ("off", "row_security is off, which is not safe"),
}
_PLACES = (
    "ALTER ROLE billing_service",
    "ALTER ROLE billing_scoped",
    "ALTER DATABASE billing",
    "ALTER ROLE billing_scoped IN DATABASE billing",
)


@pytest.mark.parametrize("place", _PLACES)
@pytest.mark.parametrize("name", _SETTINGS)
async def test_a_setting_of_a_login_or_a_database_is_found_and_told_where_it_is(
    name: str, place: str, owner: AsyncEngine, owner_url: str
) -> None:
    value, fault = _SETTINGS[name]
    await run(owner, f"{place} SET {name} = {value}")
    try:
        unsafe = await find(owner_url)
    finally:
        await run(owner, f"{place} RESET {name}")

    assert unsafe.faults == [f"{fault}: {place} RESET {name}."]
    assert await find(owner_url) == Unsafe()


@pytest.mark.parametrize("login", ["billing_service", "billing_scoped"])
@pytest.mark.parametrize(
    ("spoil", "mend", "fault"),
    [
        ("ALTER ROLE {} SUPERUSER", "ALTER ROLE {} NOSUPERUSER", "is a superuser"),
        ("ALTER ROLE {} BYPASSRLS", "ALTER ROLE {} NOBYPASSRLS", "has BYPASSRLS"),
        ("ALTER TABLE disputes OWNER TO {}", "ALTER TABLE disputes OWNER TO postgres", "owns tables (1)"),
        ("ALTER TABLE disputes OWNER TO {}", "ALTER TABLE disputes OWNER TO postgres", "REASSIGN OWNED BY"),
    ],
)
async def test_a_login_that_nothing_is_refused_is_refused_itself(
    login: str, spoil: str, mend: str, fault: str, owner: AsyncEngine, owner_url: str
) -> None:
    await run(owner, spoil.format(login))
    try:
        unsafe = await find(owner_url)
    finally:
        await run(owner, mend.format(login))

    assert [text for text in unsafe.faults if f"The login {login} of " in text and fault in text] != []


async def test_a_login_in_the_others_place_is_refused(owner: AsyncEngine, owner_url: str) -> None:
    """The worst of mistakes: with both addresses alike the second wall would stand open, and nothing would fail."""
    twice = await find(owner_url, scoped_url=beside(owner_url).service)
    member = "GRANT billing_service TO billing_scoped"
    await run(owner, member)
    try:
        inherited = await find(owner_url)
    finally:
        await run(owner, member.replace("GRANT", "REVOKE").replace(" TO ", " FROM "))

    assert twice.faults == [
        "SCOPED_DATABASE_URL has the login billing_service, which is not limited to one division: use billing_scoped."
    ]
    assert inherited.faults == [
        "SCOPED_DATABASE_URL has the login billing_scoped, which is not limited to one division: use billing_scoped."
    ]


async def test_an_old_server_another_encoding_and_pages_without_checksums(
    owner: AsyncEngine, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(owner, "CREATE DATABASE latin ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    latin = make_url(owner_url).set(database="latin").render_as_string(hide_password=False)
    monkeypatch.setattr(server_settings, "_OLDEST", 19)
    try:
        old, encoding = (await find_unsafe_as_owner(latin)).faults
    finally:
        await run(owner, "DROP DATABASE latin")

    assert re.fullmatch(r"PostgreSQL 18\.\S+ is too old: use 19 or a newer one\.", old)
    assert encoding == (
        "server_encoding is SQL_ASCII: make the database anew with "
        "CREATE DATABASE latin ENCODING 'UTF8' TEMPLATE template0."
    )


def test_serving_stops_before_it_writes_anything(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty database stays empty: not even the migrations have run."""
    empty = make_url(database_url).set(database="unsafe").render_as_string(hide_password=False)
    asyncio.run(_server(database_url, "CREATE DATABASE unsafe"))
    try:
        result = CliRunner().invoke(app, ["serve"], env={"DATABASE_URL": empty, "PORT": "0", "DEMO": "false"})
        tables = asyncio.run(_tables(empty))
    finally:
        asyncio.run(_server(database_url, "DROP DATABASE unsafe"))

    assert result.exit_code == 1
    assert "The service does not start on this database:" in result.stderr
    assert "set fsync = on in postgresql.conf" in result.stderr
    assert tables == 0


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({**PRODUCTION, "DATABASE_URL": "{owner}"}, "SERVICE_DATABASE_URL and SCOPED_DATABASE_URL: set both"),
        ({**PRODUCTION, "SERVICE_DATABASE_URL": "{service}"}, "SERVICE_DATABASE_URL and SCOPED_DATABASE_URL: set both"),
        ({"SCOPED_DATABASE_URL": "{scoped}"}, "SERVICE_DATABASE_URL and SCOPED_DATABASE_URL: set both"),
        (
            {**PRODUCTION, "SERVICE_DATABASE_URL": "{service}", "SCOPED_DATABASE_URL": "{scoped}"},
            "The database is not at the newest revision: run `billing migrate` as its owner (DATABASE_URL).",
        ),
    ],
)
def test_serving_says_which_address_is_missing(
    variables: dict[str, str], said: str, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the owner's address nothing is migrated, and an older database is refused."""
    asyncio.run(_server(owner_url, "CREATE DATABASE early"))
    early = make_url(owner_url).set(database="early").render_as_string(hide_password=False)
    addresses = beside(early)
    given = {"owner": early, "service": addresses.service, "scoped": addresses.scoped}
    try:
        asyncio.run(migrate(early, "0004"))
        result = CliRunner().invoke(
            app, ["serve"], env={name: text.format(**given) for name, text in variables.items()}
        )
    finally:
        asyncio.run(_server(owner_url, "DROP DATABASE early"))

    assert result.exit_code == 1
    assert said in " ".join(result.stderr.split())


def test_the_owner_is_needed_to_seed_and_to_migrate(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = beside("postgresql://u@127.0.0.1:1/billing")
    env = {**PRODUCTION, "SERVICE_DATABASE_URL": addresses.service, "SCOPED_DATABASE_URL": addresses.scoped}

    for command in (["migrate"], ["seed", "--records", "10"]):
        result = CliRunner().invoke(app, command, env=env)

        assert result.exit_code == 1
        assert "DATABASE_URL: set it; this command needs the login that owns the tables." in result.stderr


def test_an_address_that_is_refused_is_a_message(monkeypatch: pytest.MonkeyPatch, owner_url: str) -> None:
    unknown = make_url(owner_url).set(username="nobody").render_as_string(hide_password=False)

    result = CliRunner().invoke(app, ["users"], env={"DATABASE_URL": unknown, "DEMO": "false"})

    assert result.exit_code == 1
    assert 'role "nobody" does not exist' in result.stderr


@pytest.fixture(autouse=True)
def _environment_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


async def _server(url: str, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    await run(engine, statement)
    await engine.dispose()


async def _tables(url: str) -> int:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = await connection.scalar(
            text("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        )
    await engine.dispose()
    return int(found)
