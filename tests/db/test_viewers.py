"""What is remembered of users is never older than a change that was heard of, nor than the seconds that are set."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from billing.db import user_changes, viewers
from billing.db.viewers import Viewers
from billing.domain.errors import Unavailable
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer
from tests.support.database import Database
from tests.support.world import World

ANALYST = Viewer(uuid4(), "analyst", Role.ANALYST, None)


class Table:
    """A users table of which every reading is counted, and can be held up after it has looked."""

    def __init__(self) -> None:
        self.users: dict[str, Viewer] = {"analyst": ANALYST}
        self.readings = 0
        self.asked: list[str] = []
        self.go = asyncio.Event()
        self.go.set()
        self.looked = asyncio.Event()
        self.now = 0.0

    async def read(self, names: Sequence[str]) -> Mapping[str, Viewer]:
        self.readings += 1
        self.asked = list(names)
        found = {name: self.users[name] for name in names if name in self.users}
        self.looked.set()
        await self.go.wait()
        return found


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def known(table: Table) -> Viewers:
    known = Viewers(table.read, 30, clock=lambda: table.now)
    known.hear()
    return known


async def test_a_user_is_read_once_and_again_when_the_seconds_are_over(table: Table, known: Viewers) -> None:
    assert [await known.find("analyst") for _ in range(5)] == [ANALYST] * 5
    table.now = 29.9
    assert (await known.find("analyst"), table.readings) == (ANALYST, 1)

    table.users.clear()
    table.now = 30

    assert (await known.find("analyst"), table.readings) == (None, 2)


async def test_the_seconds_count_from_before_the_reading(table: Table, known: Viewers) -> None:
    """What came back after 20 seconds may have been true 20 seconds ago for the last time."""
    table.go.clear()
    reading = asyncio.create_task(known.find("analyst"))
    await table.looked.wait()
    table.now = 20
    table.go.set()
    await reading

    table.now = 30
    await known.find("analyst")

    assert table.readings == 2


async def test_nobody_is_remembered_as_nobody_until_a_change(table: Table, known: Viewers) -> None:
    assert [await known.find("new") for _ in range(3)] == [None] * 3
    assert table.readings == 1

    new = table.users["new"] = Viewer(uuid4(), "new", Role.ADMIN, None)
    known.forget()

    assert await known.find("new") == new


async def test_what_was_read_before_a_change_is_not_remembered_after_it(table: Table, known: Viewers) -> None:
    table.go.clear()
    reading = asyncio.create_task(known.find("analyst"))
    await table.looked.wait()
    table.users.clear()
    known.forget()
    table.go.set()

    assert await reading == ANALYST, "it was asked before the change"
    assert await known.find("analyst") is None


@pytest.mark.parametrize("change", ["hear", "hear_no_more", "deaf"])
async def test_what_was_read_while_nothing_was_heard_is_not_remembered(
    change: str, table: Table, known: Viewers
) -> None:
    if change != "hear_no_more":
        known.hear_no_more()
    table.go.clear()
    reading = asyncio.create_task(known.find("analyst"))
    await table.looked.wait()
    if change != "deaf":
        getattr(known, change)()
    table.go.set()
    await reading

    await known.find("analyst")

    assert table.readings == 2


async def test_no_more_than_so_many_are_remembered_and_the_oldest_goes_first(
    table: Table, known: Viewers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewers, "REMEMBERED_MAX", 3)

    for name in ("a", "b", "c", "a", "d"):
        await known.find(name)
    assert table.readings == 4
    for name in ("a", "c", "d"):
        await known.find(name)
    assert table.readings == 4
    await known.find("b")
    assert table.readings == 5


async def test_those_who_asked_longest_ago_are_read_together(table: Table, known: Viewers) -> None:
    table.users |= {name: Viewer(uuid4(), name, Role.ANALYST, None) for name in "abcde"}
    for name in "abcde":
        await known.find(name)
    for name in "abce":
        assert known.known(name) == table.users[name]
    assert table.readings == 5
    del table.users["b"]

    table.now = 30
    assert await known.find("e") == table.users["e"]

    assert table.asked == ["e", "a", "b", "c"], "d has not been asked for since it was read"
    table.now = 59.9
    found = [await known.find(name) for name in "abc"]
    assert (found, table.readings) == ([table.users["a"], None, table.users["c"]], 6)
    await known.find("d")
    assert table.readings == 7


async def test_no_more_than_so_many_are_read_together(
    table: Table, known: Viewers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewers, "READ_TOGETHER_MAX", 3)
    for _ in range(2):
        for name in "abcde":
            await known.find(name)

    table.now = 30
    await known.find("e")

    assert table.asked == ["e", "a", "b"]


async def test_a_failed_reading_is_not_remembered(known: Viewers, table: Table) -> None:
    async def fail(names: Sequence[str]) -> Mapping[str, Viewer]:
        raise Unavailable

    known.read = fail
    with pytest.raises(Unavailable):
        await known.find("analyst")

    known.read = table.read
    assert await known.find("analyst") == ANALYST


class Heard(Viewers):
    """Counts what it is told."""

    def __init__(self) -> None:
        async def read(names: Sequence[str]) -> Mapping[str, Viewer]:
            return {}

        super().__init__(read, 30)
        self.told = 0
        self.news = asyncio.Condition()
        self.lost = asyncio.Event()

    def hear_no_more(self) -> None:
        super().hear_no_more()
        self.lost.set()

    def forget(self) -> None:
        super().forget()
        self.told += 1
        self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()

    async def told_more_than(self, count: int) -> None:
        async with asyncio.timeout(10), self.news:
            await self.news.wait_for(lambda: self.told > count)


@asynccontextmanager
async def hearing(database: Database) -> Any:
    heard = Heard()
    task = asyncio.create_task(user_changes.keep_hearing(database.service.url, heard))
    try:
        async with asyncio.timeout(10):
            await heard.hearing.wait()
        yield heard
    finally:
        task.cancel()
        await asyncio.wait([task])


Hearing = Callable[[Database], AbstractAsyncContextManager[Heard]]

CHANGES = {
    "added": "INSERT INTO users (id, name, display_name, role) VALUES (gen_random_uuid(), 'n', 'N', 'ADMIN')",
    "lowered": "UPDATE users SET role = 'ANALYST' WHERE name = 'admin'",
    "moved": "UPDATE users SET division_id = d.id FROM divisions d WHERE code = 'HR' AND users.name = 'coordinator-it'",
    "shut out": "UPDATE users SET active = false WHERE name = 'admin'",
    "removed": "DELETE FROM users WHERE name = 'analyst'",
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_is_told_with_its_commit_whoever_makes_it(change: str, database: Database, world: World) -> None:
    async with hearing(database) as heard:
        async with database.owner.connect() as connection:
            before = heard.told
            await connection.execute(text(CHANGES[change]))
            await connection.rollback()
            await connection.execute(text(CHANGES[change]))
            async with database.owner.connect() as other:
                await other.execute(text("NOTIFY users_changed"))
                await other.commit()
            await heard.told_more_than(before)
            assert heard.told == before + 1, "what is not committed is not told"
            await connection.commit()
        await heard.told_more_than(before + 1)


async def test_a_lost_connection_is_noticed_and_made_again(database: Database, world: World) -> None:
    async with hearing(database) as heard:
        async with database.owner.begin() as connection:
            await connection.execute(text(END_THE_LISTENERS))
        async with asyncio.timeout(10):
            await heard.lost.wait()
            await heard.hearing.wait()
        before = heard.told
        async with database.owner.begin() as connection:
            await connection.execute(text(CHANGES["lowered"]))
        await heard.told_more_than(before)


END_THE_LISTENERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'internal-billing changes of users'
"""


async def test_a_server_that_is_away_is_asked_again_and_again(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = asyncio.Semaphore(0)
    waited: list[float] = []
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def noted(seconds: float) -> None:
        waited.append(seconds)
        attempts.release()
        await sleep(0)

    monkeypatch.setattr("billing.db.user_changes.asyncio.sleep", noted)
    nowhere = database.service.url.set(query={"host": "/there/is/none"})
    task = asyncio.create_task(user_changes.keep_hearing(nowhere, heard := Heard()))
    for _ in range(9):
        await attempts.acquire()
    task.cancel()
    await asyncio.wait([task])

    assert waited == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10]
    assert not heard.hearing.is_set()
