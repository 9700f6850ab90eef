"""The second wall: what each login may do, and that a division's rows are hidden from all others by the database."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db.embedded import private_server
from billing.db.embedded.programs import Version
from billing.db.logins import SCOPED, SERVICE
from billing.db.migrate import migrate
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer
from billing.settings import Settings
from tests.access.scene import Scene, Things, set_up
from tests.support import needs
from tests.support.begun import begin_as
from tests.support.database import Database, connect
from tests.support.refused import INSUFFICIENT_PRIVILEGE, sqlstate
from tests.support.second_wall import OWN, add_the_rest

READER, BACKUP = "billing_reader", "billing_backup"
LOGINS = (SERVICE, SCOPED, READER, BACKUP)

_OF_A_DIVISION = """
    SELECT DISTINCT c.relname, c.relrowsecurity, c.relforcerowsecurity,
           has_any_column_privilege('billing_scoped', c.oid, 'SELECT, INSERT, UPDATE') AS scoped_comes_near
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND (a.attname IN ('from_division_id', 'to_division_id') OR (a.attname = 'division_id' AND c.relname <> 'users'))
"""
_POLICIES = """
    SELECT c.relname, p.polname, p.polcmd, p.polpermissive,
           ARRAY(SELECT rolname FROM pg_roles WHERE oid = ANY (p.polroles)) AS roles, 0 = ANY (p.polroles) AS public,
           pg_get_expr(p.polqual, p.polrelid) AS using, pg_get_expr(p.polwithcheck, p.polrelid) AS "check"
    FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
"""
_GRANTED = """
    SELECT c.relname, r.rolname, privilege FROM pg_class AS c, pg_roles AS r,
           unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND r.rolname = ANY (:logins)
      AND CASE WHEN privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
               THEN has_any_column_privilege(r.oid, c.oid, privilege)
               ELSE has_table_privilege(r.oid, c.oid, privilege) END
"""
_OF_PUBLIC = """
    SELECT c.relname::text AS object, privilege_type FROM pg_class AS c, aclexplode(c.relacl) AS acl
        WHERE c.relnamespace = 'public'::regnamespace AND acl.grantee = 0
    UNION ALL
    SELECT p.proname::text, privilege_type FROM pg_proc AS p,
           aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS acl
        WHERE p.pronamespace = 'public'::regnamespace AND acl.grantee = 0
    UNION ALL
    SELECT n.nspname::text, privilege_type FROM pg_namespace AS n,
           aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS acl
        WHERE n.nspname = 'public' AND acl.grantee = 0
    UNION ALL
    SELECT d.datname::text, privilege_type FROM pg_database AS d,
           aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS acl
        WHERE d.datname = current_database() AND acl.grantee = 0
"""


@pytest.fixture(scope="module", params=[18, 15], ids=["PostgreSQL 18", "PostgreSQL 15"])
async def database(request: pytest.FixtureRequest, settings: Settings) -> AsyncIterator[Database]:
    version: Version = needs.postgresql(request.param)
    with private_server(version=version) as url:
        await migrate(url)
        database = connect(settings, url)
        yield database
        await database.close()


@pytest.fixture(scope="module")
async def scene(database: Database) -> Scene:
    """Two pairs of divisions, with a row of each in every table that is not everybody's."""
    async with database.owner.begin() as connection:
        scene = await set_up(connection)
        for things in (scene.ours, scene.theirs):
            await add_the_rest(connection, things)
    return scene


async def test_the_logins_can_log_in_and_nothing_else(database: Database) -> None:
    rows = await _rows(
        database,
        "SELECT rolname, rolcanlogin, "
        "rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication AS more, "
        "(SELECT count(*) FROM pg_auth_members WHERE member = r.oid OR roleid = r.oid) AS memberships, "
        "(SELECT count(*) FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid "
        "AND deptype = 'o') AS owned FROM pg_roles AS r WHERE rolname LIKE 'billing%' ORDER BY rolname",
    )

    assert [tuple(row) for row in rows] == [(login, True, False, 0, 0) for login in sorted(LOGINS)]


async def test_each_table_of_a_division_has_a_policy_that_nobody_steps_around(database: Database) -> None:
    tables = {row.relname: row for row in await _rows(database, _OF_A_DIVISION)}
    policies = [row for row in await _rows(database, _POLICIES) if SCOPED in row.roles]

    assert sorted(tables) == sorted({*OWN, "imported_records"} - {"idempotency_keys", "audit_events"})
    assert [name for name, row in tables.items() if not (row.relrowsecurity and row.relforcerowsecurity)] == []
    assert [name for name, row in tables.items() if not row.scoped_comes_near] == ["imported_records"]
    for name, setting in OWN.items():
        own = [policy for policy in policies if policy.relname == name]
        assert [(policy.polcmd, policy.polpermissive) for policy in own] == [(b"*", True)], name
        assert own[0].using == own[0].check, name
        assert re.fullmatch(r"\(NULLIF\(.*, false\) IS NOT NULL\)", own[0].using), (
            f"{name}: the planner must not look into it"
        )
        assert f"current_setting('{setting}'" in own[0].using, name


async def test_no_policy_is_for_everybody_and_each_says_what_may_be_written(database: Database) -> None:
    policies = await _rows(database, _POLICIES)

    assert [policy.relname for policy in policies if policy.public] == []
    assert [(p.relname, p.polname) for p in policies if p.polcmd != b"r" and p.check is None] == []
    writers = {login for p in policies if p.polcmd != b"r" for login in p.roles}
    assert writers & {READER, BACKUP} == set()


async def test_what_is_appended_to_is_changed_by_no_login(database: Database) -> None:
    append_only = await _column(
        database, "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'is_append_only'"
    )
    granted = await _granted(database)

    assert len(append_only) >= 7
    for table in append_only:
        for login in LOGINS:
            assert granted.get((table, login), set()) <= {"SELECT", "INSERT"}, (table, login)


async def test_each_login_has_what_it_needs_and_no_more(database: Database) -> None:
    granted = await _granted(database)
    tables = {table for table, _ in granted}
    by_login = {login: {table: granted.get((table, login), set()) for table in tables} for login in LOGINS}

    assert {privilege for had in granted.values() for privilege in had} == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert {t for t, had in by_login[SERVICE].items() if "SELECT" not in had} == set(), "grant it to the service"
    assert {t for t, had in by_login[BACKUP].items() if had != {"SELECT"}} == set(), "a dump needs it"
    assert {t for t, had in by_login[READER].items() if had != {"SELECT"}} == {"idempotency_keys"}
    drafts = {"billing_records", "billing_line_items"}
    assert {t for t, had in by_login[SERVICE].items() if "DELETE" in had} == {*drafts, "trusted_documents"}
    assert {t for t, had in by_login[SCOPED].items() if "DELETE" in had} == drafts
    assert by_login[SCOPED]["audit_events"] == {"INSERT"}
    kept = {"imports", "imported_records", "audit_chain", "trusted_documents"}
    assert {t for t, had in by_login[SCOPED].items() if not had} == {
        *kept,
        "integrity_checks",
        "integrity_check_results",
    }


async def test_public_makes_nothing_and_reads_nothing(database: Database) -> None:
    assert [tuple(row) for row in await _rows(database, _OF_PUBLIC)] == [("billing", "CONNECT")]


async def test_no_function_works_with_the_rights_of_its_owner(database: Database) -> None:
    """Should there be one some day, list it here with the search_path that it fixes."""
    definers = "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"

    assert await _column(database, definers) == []


async def test_a_connection_without_an_identity_reads_no_row(database: Database, scene: Scene) -> None:
    async with _login(database, SCOPED) as connection:
        assert await _counts(connection) == dict.fromkeys(_readable(), 0)
    async with _login(database, SERVICE) as connection:
        assert all(count >= 2 for count in (await _counts(connection)).values())


@pytest.mark.parametrize("code", ["IT", "MKT"])
async def test_each_side_reads_what_is_its_own_and_nothing_else(database: Database, scene: Scene, code: str) -> None:
    user = scene.ours.user if code == "IT" else scene.world.users["recorder-mkt"]

    async with _as(database, _coordinator(scene, code, user)) as connection:
        seen = await _counts(connection)
        foreign = await _foreign(connection, scene.theirs)

    assert foreign == dict.fromkeys(foreign, 0)
    of_the_other_side = {"number_counters", "credit_note_counters", "idempotency_keys"} if code == "MKT" else set()
    assert {table for table, count in seen.items() if count == 0} == of_the_other_side


async def test_the_readers_see_all_and_write_nothing(database: Database, scene: Scene) -> None:
    for login in (READER, BACKUP):
        async with _login(database, login) as connection:
            counts = {table: await _count(connection, table) for table in _readable() if table != "idempotency_keys"}
            assert all(count >= 2 for count in counts.values()), login
            assert await _refused(connection, "UPDATE billing_records SET from_note = ''") == INSUFFICIENT_PRIVILEGE


async def test_an_identity_ends_with_its_transaction(database: Database, scene: Scene) -> None:
    async with _login(database, SCOPED) as connection:
        for end in (connection.commit, connection.rollback):
            await begin_as(connection, _coordinator(scene, "IT", scene.ours.user))
            assert await _count(connection, "billing_records") == 8
            await end()
            assert await _count(connection, "billing_records") == 0
            await connection.rollback()


_FOREIGN = {
    "a foreign line": "INSERT INTO billing_line_items SELECT gen_random_uuid(), :record, :from, :to, 'USD', 9, NULL, "
    "'x', '', 'x', 1, 1, '', 1.00, 1",
    "a foreign counter": "INSERT INTO number_counters VALUES (:from, 2050, 1)",
    "a foreign key": "INSERT INTO idempotency_keys VALUES (:user, 'x', 'x', decode(repeat('00', 32), 'hex'), '{}')",
    "an act of somebody else": "INSERT INTO audit_events (id, xact_id, occurred_at, kind, operation, actor_id, "
    "actor_role, request_id) VALUES (gen_random_uuid(), 0, now(), 'CHANGE', 'x', :user, 'x', 'x')",
    "a record given away": "UPDATE billing_records SET from_division_id = :from, to_division_id = :to "
    "WHERE id = :draft",
    "a division": "UPDATE divisions SET id = id",
    "the own role": "UPDATE users SET role = 'SUPERADMIN'",
    "a price": "UPDATE service_catalog_prices SET unit_price = 0",
    "a deleted payment": "DELETE FROM payment_records",
    "a changed posting": "UPDATE ledger_entries SET amount = 0",
    "the audit trail": "SELECT * FROM audit_events",
    "the chain": "INSERT INTO audit_chain VALUES (1, gen_random_uuid(), 1, decode(repeat('00', 32), 'hex'))",
    "a temporary table": "CREATE TEMPORARY TABLE payment_allocations (id uuid)",
    "a table": "CREATE TABLE mine (id uuid)",
    "its own role": "SET ROLE billing_service",
    "a replica's trigger": "SET session_replication_role = replica",
}


@pytest.mark.parametrize("what", _FOREIGN)
async def test_the_scoped_login_is_refused(what: str, database: Database, scene: Scene) -> None:
    given = {
        "record": scene.theirs.open,
        "from": scene.theirs.from_division,
        "to": scene.theirs.to_division,
        "user": scene.theirs.user,
        "draft": scene.ours.draft,
    }
    used = {name: value for name, value in given.items() if f":{name}" in _FOREIGN[what]}

    async with _as(database, _coordinator(scene, "IT", scene.ours.user)) as connection:
        assert await _refused(connection, _FOREIGN[what], used) == INSUFFICIENT_PRIVILEGE


async def test_what_is_not_seen_is_neither_changed_nor_locked(database: Database, scene: Scene) -> None:
    async with _as(database, _coordinator(scene, "IT", scene.ours.user)) as connection:
        changed = await connection.execute(text("UPDATE billing_records SET from_note = 'x'"))
        locked = await connection.execute(
            text("SELECT id FROM payment_records WHERE id = :id FOR UPDATE"), {"id": scene.theirs.payment}
        )
        deleted = await connection.execute(text("DELETE FROM billing_line_items WHERE name = 'line-of-HR'"))

        assert (changed.rowcount, locked.all(), deleted.rowcount) == (8, [], 0)
        await connection.rollback()


async def test_what_everybody_reads_can_be_held_by_the_scoped_login(database: Database, scene: Scene) -> None:
    async with _as(database, _coordinator(scene, "IT", scene.ours.user)) as connection:
        for table in ("divisions", "users", "service_catalog"):
            held = (await connection.execute(text(f"SELECT id FROM {table} FOR KEY SHARE"))).all()
            assert len(held) == await _count(connection, table) > 0


async def test_imports_hold_whole_tables_and_change_nothing_in_them(database: Database, scene: Scene) -> None:
    for table in ("service_catalog_prices", "imported_records"):
        async with _login(database, SERVICE) as connection:
            await connection.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))
    async with _login(database, SERVICE) as connection:
        change = "UPDATE service_catalog_prices SET unit_price = 0"
        assert await _refused(connection, change) == INSUFFICIENT_PRIVILEGE


def _readable() -> list[str]:
    return sorted(set(OWN) - {"audit_events"})


def _coordinator(scene: Scene, code: str, user: Any) -> Viewer:
    return Viewer(user, "coordinator", Role.COORDINATOR, scene.world.divisions[code])


@asynccontextmanager
async def _as(database: Database, viewer: Viewer) -> AsyncIterator[AsyncConnection]:
    async with _login(database, SCOPED) as connection:
        await begin_as(connection, viewer)
        yield connection


@asynccontextmanager
async def _login(database: Database, login: str) -> AsyncIterator[AsyncConnection]:
    engine = database.beside_as(login)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def _counts(connection: AsyncConnection) -> dict[str, int]:
    return {table: await _count(connection, table) for table in _readable()}


async def _count(connection: AsyncConnection, table: str) -> int:
    return int((await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def _foreign(connection: AsyncConnection, theirs: Things) -> Mapping[str, int]:
    """How many rows of the other pair are seen."""
    counts = {}
    for table in _readable():
        row = f"to_jsonb({table})"
        statement = text(f"SELECT count(*) FROM {table} WHERE {row}::text ~ :ids")
        ids = "|".join(str(id) for id in (theirs.from_division, theirs.to_division, theirs.user))
        counts[table] = int((await connection.execute(statement, {"ids": ids})).scalar_one())
    return counts


async def _refused(connection: AsyncConnection, statement: str, given: Mapping[str, Any] | None = None) -> str:
    """The SQLSTATE with which a statement is refused; it is undone in any case."""
    savepoint = await connection.begin_nested()
    try:
        await connection.execute(text(statement), dict(given or {}))
    except DBAPIError as error:
        return sqlstate(error)
    finally:
        await savepoint.rollback()
    return "accepted"


async def _rows(database: Database, query: str, **given: Any) -> list[Any]:
    async with database.owner.connect() as connection:
        return list((await connection.execute(text(query), given)).all())


async def _column(database: Database, query: str) -> list[Any]:
    return [row[0] for row in await _rows(database, query)]


async def _granted(database: Database) -> dict[tuple[str, str], set[str]]:
    """What each login may do with each table, in any of its columns."""
    granted: dict[tuple[str, str], set[str]] = {}
    for table, login, privilege in await _rows(database, _GRANTED, logins=list(LOGINS)):
        granted.setdefault((table, login), set()).add(privilege)
    return granted
