"""Which settings of the server, and which rights of a login, would lose or show what they must not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import text

from billing.db.connections import Connection, Pool, connect
from billing.db.failures import typed_failures
from billing.db.logins import SCOPED, SERVICE
from billing.db.rows import Row

_OLDEST = 15
_CONNECT_SECONDS_MAX: Final = 60

# What each must be; of synchronous_commit every value but off waits until a commit is on disk.
_SAFE = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
    "zero_damaged_pages": ("off",),
    "ignore_checksum_failure": ("off",),
    "session_replication_role": ("origin",),
    "row_security": ("on",),
}
_SETTINGS = text("SELECT name, setting, source FROM pg_settings WHERE name = ANY (:names) ORDER BY name")

_LOGIN = text("""
    SELECT rolname, rolsuper, rolbypassrls,
           (SELECT count(*) FROM pg_class
            WHERE relowner = pg_roles.oid AND relkind IN ('r', 'p')) AS owned,
           EXISTS (SELECT FROM pg_roles AS granted WHERE granted.rolname = :service
                   AND pg_has_role(pg_roles.oid, granted.oid, 'USAGE')) AS sees_all,
           EXISTS (SELECT FROM pg_roles AS granted WHERE granted.rolname = :scoped
                   AND pg_has_role(pg_roles.oid, granted.oid, 'USAGE')) AS sees_own
    FROM pg_roles WHERE rolname = current_user
""")

_SERVER = text("""
    SELECT current_setting('server_version_num')::integer / 10000 AS version, current_setting('server_version') AS told,
           current_setting('server_encoding') AS encoding, current_setting('data_checksums') AS checksums,
           current_database() AS database, current_user AS login
""")


@dataclass
class Unsafe:
    """What to change before the service may start, and what would be better otherwise; a sentence for each."""

    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, other: "Unsafe") -> None:
        """Each sentence once, though several logins meet the same server."""
        self.faults += [fault for fault in other.faults if fault not in self.faults]
        self.warnings += [warning for warning in other.warnings if warning not in self.warnings]


async def find_unsafe_as_owner(url: str) -> Unsafe:
    """What is wrong with the server, before anything is written to it."""
    with typed_failures():
        connection = await connect(url, seconds_max=_CONNECT_SECONDS_MAX)
        try:
            return await _find(connection)
        finally:
            await connection.aclose()


async def find_unsafe_logins(service: Pool, scoped: Pool) -> Unsafe:
    """What is wrong with the server as each login meets it, since a setting can be a login's, and with the logins."""
    found = Unsafe()
    for pool, login in ((service, SERVICE), (scoped, SCOPED)):
        with typed_failures():
            async with pool.lent() as connection:
                found.add(await _find(connection, login))
    return found


async def _find(connection: Connection, login: str | None = None) -> Unsafe:
    (server,) = await connection.rows(_SERVER)
    settings = await connection.rows(_SETTINGS, {"names": list(_SAFE)})
    (rights,) = await connection.rows(_LOGIN, {"service": SERVICE, "scoped": SCOPED})
    faults = [*_of_server(server), *(fault for row in settings for fault in _of_setting(row, server))]
    if login is not None:
        faults += _of_login(rights, login)
    return Unsafe(faults, list(_warnings(server)))


def _of_server(server: Row) -> Iterator[str]:
    if server.version < _OLDEST:
        yield f"PostgreSQL {server.told} is too old: use {_OLDEST} or a newer one."
    if server.encoding != "UTF8":
        yield (
            f"server_encoding is {server.encoding}: make the database anew with "
            f"CREATE DATABASE {server.database} ENCODING 'UTF8' TEMPLATE template0."
        )


def _warnings(server: Row) -> Iterator[str]:
    if server.checksums != "on":
        yield "data_checksums is off, so a damaged page goes unnoticed: stop the server and run pg_checksums --enable."


def _of_setting(row: Row, server: Row) -> Iterator[str]:
    safe = _SAFE[row.name]
    if row.setting not in safe:
        yield f"{row.name} is {row.setting}, which is not safe: {_remedy(row, server, safe[0])}"


def _remedy(row: Row, server: Row, safe: str) -> str:
    if row.source == "user":
        return f"ALTER ROLE {server.login} RESET {row.name}."
    if row.source == "database":
        return f"ALTER DATABASE {server.database} RESET {row.name}."
    if row.source == "database user":
        return f"ALTER ROLE {server.login} IN DATABASE {server.database} RESET {row.name}."
    if row.source == "client":
        return "take it out of the options of the address, or of PGOPTIONS."
    return f"set {row.name} = {safe} in postgresql.conf, and start the server without another value."


def _of_login(rights: Row, login: str) -> Iterator[str]:
    name, variable = rights.rolname, "SERVICE_DATABASE_URL" if login == SERVICE else "SCOPED_DATABASE_URL"
    if rights.rolsuper:
        yield f"The login {name} of {variable} is a superuser, whom nothing is refused: ALTER ROLE {name} NOSUPERUSER."
    if rights.rolbypassrls:
        yield f"The login {name} of {variable} has BYPASSRLS: ALTER ROLE {name} NOBYPASSRLS."
    if rights.owned:
        yield (
            f"The login {name} of {variable} owns tables ({rights.owned}), and may undo what protects them: "
            f"REASSIGN OWNED BY {name} TO the owner of the others."
        )
    if login == SERVICE and not rights.sees_all:
        yield f"{variable} has the login {name}: use {SERVICE}."
    if login == SCOPED and (rights.sees_all or not rights.sees_own):
        yield f"{variable} has the login {name}, which is not limited to one division: use {SCOPED}."
