"""A database that is away, full, read-only, used up or slow: typed answers, on time, and recovery without a restart."""

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil  # type: ignore[import-untyped]
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.types import Message, Receive, Scope, Send

from billing.app import create_app
from billing.db.embedded import guard, private_server
from billing.db.embedded.cluster import Cluster
from billing.db.embedded.programs import server_account
from billing.db.migrate import migrate
from billing.domain.errors import TooSlow, Unavailable
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer
from billing.settings import Settings
from tests.access.asking import Asking, Said, at_the_door
from tests.access.introspection import mutation_document
from tests.access.scene import Scene, set_up
from tests.conftest import TOKENS
from tests.support.asgi import http_to
from tests.support.database import Database, connect
from tests.torture.site import Postgres

T = TypeVar("T")

ANSWER_SECONDS_MAX = 2.0
QUERY = "{ billingRecords { nodes { id lineItems { id } } } }"
# Each person's login has a pool of its own.
PEOPLE = ("coordinator-it", "billing-admin")
# Short, so that a test waits for them itself; every one is a setting.
BRIEF: dict[str, Any] = {
    "pool_size": 2,
    "pool_timeout_seconds": 0.5,
    "statement_timeout_seconds": 0.5,
    "lock_timeout_seconds": 0.2,
    "idle_in_transaction_timeout_seconds": 0.3,
}


@dataclass(frozen=True)
class Place:
    """PostgreSQL, the service over it, and two pairs of divisions in it."""

    postgres: Postgres
    database: Database
    scene: Scene
    asking: Asking

    async def stop(self) -> None:
        await asyncio.to_thread(guard.stop, self.postgres.cluster.folder)

    async def start(self) -> None:
        await asyncio.to_thread(self.postgres.start)
        await self.database.owner.dispose()  # What we look on with ourselves.

    async def read(self, person: str) -> Said:
        return await _on_time(self.asking(person, QUERY))

    async def write(self, person: str, note: str) -> Said:
        """A note on the record that owes all, whatever its version is."""
        found = await self.asking("superadmin", "query($id: ID!) { billingRecord(id: $id) { version } }", id=self.open)
        version = found.data["billingRecord"]["version"]
        change = {"id": self.open, "version": version, "fromNote": note}
        return await _on_time(self.asking(person, mutation_document("updateBillingRecord"), input=change))

    async def note(self) -> str:
        async with self.database.owner.connect() as connection:
            return str(
                await connection.scalar(text("SELECT from_note FROM billing_records WHERE id = :id"), {"id": self.open})
            )

    async def set(self, statement: str) -> None:
        """As the owner, for all connections that the service makes from now on; those that it has are ended."""
        async with self.database.owner.begin() as connection:
            await connection.execute(text(statement))
        async with self.database.owner.connect() as connection:
            await connection.execute(text(_END_THE_SERVICES))

    @property
    def open(self) -> str:
        return str(self.scene.ours.open)


_END_THE_SERVICES = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename IN ('billing_service', 'billing_scoped')
"""


@pytest.fixture(scope="module")
async def running(settings: Settings) -> AsyncIterator[tuple[Postgres, Database]]:
    with private_server() as url:
        await migrate(url)
        database = connect(settings.model_copy(update=BRIEF), url)
        async with database.owner.connect() as connection:
            folder = Path(str(await connection.scalar(text("SHOW data_directory"))))
        yield Postgres(url, Cluster(folder, durable=False, temporary=True)), database
        await database.close()


@pytest.fixture
async def place(running: tuple[Postgres, Database], settings: Settings) -> AsyncIterator[Place]:
    postgres, database = running
    async with database.owner.begin() as connection:
        scene = await set_up(connection)
    async with at_the_door(database, settings) as asking:
        yield Place(postgres, database, scene, asking)
        assert database.connections_in_use == 0


@pytest.mark.parametrize("way", ["stopped", "killed"])
async def test_a_database_that_is_away_is_said_at_once_and_is_used_again_once_it_is_back(
    way: str, place: Place
) -> None:
    for person in PEOPLE:
        assert _served(await place.read(person))

    await (place.stop() if way == "stopped" else asyncio.to_thread(place.postgres.kill))
    away = [await place.read(person) for person in PEOPLE * 3]
    await place.start()
    back = [await place.read(person) for person in PEOPLE]

    assert [_refused(said) for said in away] == [True] * len(away)
    assert [_served(said) for said in back] == [True, True]


async def test_while_the_database_is_away_nobody_is_remembered(place: Place) -> None:
    """Whoever was let in a moment ago is told that it is away, and not taken for whom they were."""
    ask = "{ me { name } }"  # Reads nothing but who is asking.
    hearing = asyncio.create_task(place.database.keep_hearing())
    await _on_time(place.database.viewers.hearing.wait())
    await place.asking("billing-admin", ask)
    with place.database.recorded() as statements:
        remembered = await place.asking("billing-admin", ask)

    await place.stop()
    away = [await place.asking(person, ask) for person in ("billing-admin", "nobody")]
    await place.start()
    async with asyncio.timeout(10):
        await place.database.viewers.hearing.wait()
    back = await place.asking("billing-admin", ask)
    hearing.cancel()
    await asyncio.wait([hearing])

    assert (remembered.status, statements) == (200, [])
    assert [(said.status, _refused(said)) for said in away] == [(503, True)] * 2
    assert (back.status, back.data) == (200, {"me": {"name": "billing-admin"}})


async def test_a_restart_between_two_requests_fails_none_of_them(place: Place) -> None:
    """What lay in the pools was closed meanwhile, and is replaced without a request noticing."""
    for person in PEOPLE:
        await asyncio.gather(place.read(person), place.read(person))

    await place.stop()
    await place.start()
    after = [await place.read(person) for person in PEOPLE * 2]

    assert [_served(said) for said in after] == [True] * 4


async def test_a_server_that_takes_nobody_in_any_more_is_said(place: Place) -> None:
    """It shuts down as soon as the last one leaves."""
    async with place.database.owner.connect() as last:
        await last.execute(text("SELECT 1"))
        server = guard.running(place.postgres.cluster.folder)
        assert server is not None
        process = psutil.Process(server.pid)
        process.terminate()
        await place.database.scoped.close()
        await place.database.service.close()
        while _served(said := await place.read("coordinator-it")):  # The signal is on its way.
            await place.database.scoped.close()
    await place.database.owner.dispose()
    await asyncio.to_thread(psutil.wait_procs, [process])
    await place.start()

    assert _refused(said)
    assert _served(await place.read("coordinator-it"))


async def test_a_restart_in_the_middle_of_a_query_and_of_a_change_is_said(place: Place) -> None:
    snapshot = place.database.snapshot(_coordinator(place))
    await snapshot.rows(select(func.set_config("statement_timeout", "0", True)))
    reading = asyncio.create_task(snapshot.rows(select(func.pg_sleep(60))))
    await _until(
        place, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND wait_event = 'PgSleep'"
    )

    with pytest.raises(Unavailable):
        await _change_twice(place, place.stop())
    with pytest.raises(Unavailable):
        await reading
    await snapshot.close()
    await place.start()

    assert await place.note() == "from-note-of-IT"
    assert _served(await place.read("coordinator-it"))


@pytest.mark.parametrize("person", PEOPLE)
async def test_a_read_only_database_answers_questions_and_refuses_changes(person: str, place: Place) -> None:
    await place.set("ALTER DATABASE billing SET default_transaction_read_only = on")
    try:
        read, written = await place.read(person), await place.write(person, "new")
    finally:
        async with place.database.owner.connect() as connection:
            await connection.execute(text("SET TRANSACTION READ WRITE"))
            await connection.execute(text("ALTER DATABASE billing RESET default_transaction_read_only"))
            await connection.commit()
            await connection.execute(text(_END_THE_SERVICES))

    assert _served(read)
    assert written.errors == [("SERVICE_UNAVAILABLE", ["updateBillingRecord"])]
    assert await place.note() == "from-note-of-IT"
    assert (await place.write(person, "new")).all("userErrors") == [[]]
    assert await place.note() == "new"


@pytest.mark.parametrize("person", PEOPLE)
async def test_a_pool_that_is_used_up_refuses_on_time_and_serves_again_once_one_is_back(
    person: str, place: Place
) -> None:
    pool = place.database.service if person == "billing-admin" else place.database.scoped
    holders = [await pool.take() for _ in range(BRIEF["pool_size"])]
    try:
        refused = await place.read(person)
    finally:
        for holder in holders:
            await pool.give_back(holder)

    assert _refused(refused)
    assert _served(await place.read(person))


@pytest.mark.parametrize(
    ("login", "person"), [("billing_service", "billing-admin"), ("billing_scoped", "coordinator-it")]
)
async def test_a_server_that_has_no_connection_left_is_said(login: str, person: str, place: Place) -> None:
    await place.set(f"ALTER ROLE {login} CONNECTION LIMIT 0")
    try:
        refused = await place.read(person)
    finally:
        await place.set(f"ALTER ROLE {login} CONNECTION LIMIT -1")

    assert _refused(refused)
    assert _served(await place.read(person))


@pytest.mark.parametrize("person", PEOPLE)
async def test_a_lock_that_somebody_holds_is_not_waited_for_longer_than_said(person: str, place: Place) -> None:
    async with place.database.owner.connect() as holder:
        await holder.execute(text("SELECT FROM billing_records WHERE id = :id FOR UPDATE"), {"id": place.open})
        refused = await place.write(person, "new")
        served = await place.read(person)

    assert refused.errors == [("SERVICE_UNAVAILABLE", ["updateBillingRecord"])]
    assert "took too long" not in refused.text, "the statement was given up, not the wait for the lock"
    assert _served(served)
    assert await place.note() == "from-note-of-IT"


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("known", [True, False], ids=["a known user", "a user who must be looked up"])
async def test_a_database_that_hangs_is_not_waited_for_longer_than_the_deadline(
    person: str, known: bool, place: Place, settings: Settings
) -> None:
    """No limit inside of it holds then, and nothing tells that it hangs but that it does not answer."""
    async with at_the_door(place.database, settings, request_timeout_seconds=0.5) as asking:
        assert _served(await asking(person, QUERY))
        if known:
            place.database.viewers.hear()
            assert _served(await asking(person, QUERY))
        with place.postgres.hung():
            answers = await asyncio.gather(*(_on_time(asking(person, QUERY)) for _ in range(4)))
        for refused in answers:
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")
            assert {code for code, _ in refused.errors} <= {"DEADLINE_EXCEEDED", "SERVICE_UNAVAILABLE"}
        place.database.viewers.hear_no_more()
    assert _served(await place.read(person))


async def test_a_query_that_takes_too_long_ends_at_the_server_too(place: Place) -> None:
    snapshot = place.database.snapshot(_coordinator(place))

    with pytest.raises(TooSlow):
        await _on_time(snapshot.rows(select(func.pg_sleep(60))))
    await snapshot.close()

    asleep = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND wait_event = 'PgSleep'"
    assert await _count(place, asleep) == 0
    assert _served(await place.read("coordinator-it"))


async def test_a_transaction_that_does_nothing_is_ended(place: Place) -> None:
    ended = "SELECT 1 - count(*) FROM pg_stat_activity WHERE usename = 'billing_service' AND state LIKE 'idle in %'"

    with pytest.raises(Unavailable):
        await _change_twice(place, _until(place, ended))

    assert await place.note() == "from-note-of-IT"
    assert (await place.write("billing-admin", "new")).all("userErrors") == [[]]


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("disk", ["a full one", "one that is said to be full"])
async def test_a_full_disk_refuses_the_change_and_takes_it_once_there_is_room(
    disk: str, person: str, place: Place
) -> None:
    async with _full(place) if disk == "a full one" else _said_to_be_full(place):
        refused = await place.write(person, "new")
        read = await place.read(person)

    assert refused.errors == [("SERVICE_UNAVAILABLE", ["updateBillingRecord"])]
    assert _served(read)
    assert await place.note() == "from-note-of-IT"
    assert (await place.write(person, "new")).all("userErrors") == [[]]


async def test_readers_that_take_no_bytes_hold_no_connection(place: Place, settings: Settings) -> None:
    """Three of them, over a pool of two, and others are served meanwhile."""
    taken, arrived = asyncio.Event(), asyncio.Semaphore(0)
    app = create_app(settings, place.database, TOKENS)

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            arrived.release()
            await taken.wait()
            await send(message)

        await app(scope, receive, sending)

    async with http_to(slow) as http:
        readers = [asyncio.create_task(Asking(http, TOKENS)("coordinator-it", QUERY)) for _ in range(3)]
        for _ in readers:
            await arrived.acquire()
        others = [await place.read("coordinator-it") for _ in range(3)]
        taken.set()

        assert [_served(said) for said in others] == [True] * 3
        assert [_served(said) for said in await asyncio.gather(*readers)] == [True] * 3


def _served(said: Said) -> bool:
    return said.status == 200 and said.errors == [] and len(said.all("id")) > 0


def _refused(said: Said) -> bool:
    """503 before anything ran; the operation's own answer once it did."""
    codes = {code for code, _ in said.errors}
    return codes == {"SERVICE_UNAVAILABLE"} and int(said.headers["retry-after"]) >= 1


def _coordinator(place: Place) -> Viewer:
    world = place.scene.world
    return Viewer(world.users["coordinator-it"], "coordinator-it", Role.COORDINATOR, world.divisions["IT"])


async def _change_twice(place: Place, meanwhile: Awaitable[None]) -> None:
    """A transaction of two changes, between which something happens."""
    async with place.database.transaction() as tx:
        await tx.execute(text("UPDATE billing_records SET from_note = 'half'"))
        await meanwhile
        await tx.execute(text("UPDATE billing_records SET to_note = 'half'"))


async def _on_time(answer: Awaitable[T]) -> T:
    began = time.monotonic()
    try:
        return await answer
    finally:
        assert time.monotonic() - began < ANSWER_SECONDS_MAX


async def _count(place: Place, query: str) -> int:
    async with place.database.owner.connect() as connection:
        return int(await connection.scalar(text(query)))


async def _until(place: Place, query: str) -> None:
    """Until the count is 1; PostgreSQL tells nobody, so it is asked again and again."""
    until = time.monotonic() + 10
    while await _count(place, query) != 1:
        assert time.monotonic() < until, query


@asynccontextmanager
async def _full(place: Place) -> AsyncIterator[None]:
    """The audit trail on a disk of its own, a few pages large, and full."""
    with _small_disk() as folder:
        async with _as_owner(place) as connection:
            await connection.execute(text("SET session_replication_role = replica"))
            await connection.execute(text("TRUNCATE audit_events CASCADE"))  # So that the next row needs a new page.
            await connection.execute(text("SET session_replication_role = origin"))
            await connection.execute(text(f"CREATE TABLESPACE small LOCATION '{folder}'"))
            await connection.execute(text("ALTER TABLE audit_events SET TABLESPACE small"))
            (folder / "filling").write_bytes(b"")
            with (folder / "filling").open("wb", buffering=0) as filling:
                while True:
                    try:
                        filling.write(bytes(4096))
                    except OSError:
                        break
        try:
            yield
        finally:
            async with _as_owner(place) as connection:
                (folder / "filling").unlink()
                await connection.execute(text("ALTER TABLE audit_events SET TABLESPACE pg_default"))
                await connection.execute(text("DROP TABLESPACE small"))


@contextmanager
def _small_disk() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="billing-disk-"))
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0777", "tmpfs", folder]).returncode
    ):
        folder.rmdir()
        pytest.skip("Only root can make a small disk.")
    try:
        inside = folder / "tablespace"
        inside.mkdir()
        if (account := server_account()) is not None:
            os.chown(inside, account.pw_uid, account.pw_gid)
        yield inside
    finally:
        subprocess.run(["umount", folder], check=True)
        folder.rmdir()


@asynccontextmanager
async def _said_to_be_full(place: Place) -> AsyncIterator[None]:
    async with _as_owner(place) as connection:
        await connection.execute(
            text("""
            CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE disk_full USING MESSAGE = 'could not extend file: No space left on device';
            END $$
            """)
        )
        await connection.execute(
            text("CREATE TRIGGER is_full BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION is_full()")
        )
    try:
        yield
    finally:
        async with _as_owner(place) as connection:
            await connection.execute(text("DROP FUNCTION is_full() CASCADE"))


@asynccontextmanager
async def _as_owner(place: Place) -> AsyncIterator[AsyncConnection]:
    """Each statement by itself, as tablespaces need it."""
    engine = place.database.owner.execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        yield connection
