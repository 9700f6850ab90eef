"""The first question of a transaction: answered together with the moment, once, and only where it is the same."""

from uuid import UUID

import pytest

from billing.db import billing_records
from billing.db.tables import billing_records as table
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer
from tests.support.database import Database
from tests.support.make import Make
from tests.support.world import World


@pytest.fixture
async def ids(make: Make) -> list[UUID]:
    """Of a record that IT charges to Marketing."""
    return [UUID((await make.record())["id"])]


@pytest.fixture
def it(world: World) -> Viewer:
    return Viewer(world.users["coordinator-it"], "coordinator-it", Role.COORDINATOR, world.divisions["IT"])


async def test_what_is_asked_first_comes_with_the_moment(database: Database, ids: list[UUID], it: Viewer) -> None:
    with database.recorded() as statements:
        async with database.transaction(it, first=lambda _: billing_records.locking(it, ids=ids)) as tx:
            found = await billing_records.lock(tx, it, ids)
            asked = len(statements)
            again = await billing_records.lock(tx, it, ids)

    assert [(row.id, row.now, row.today) for row in found] == [(ids[0], tx.now, tx.today)]
    assert [row.id for row in again] == ids
    assert (asked, len(statements)) == (2, 3), "BEGIN, the moment and the lock; the second time it is asked"


async def test_another_question_is_asked_itself(database: Database, ids: list[UUID], it: Viewer) -> None:
    async with database.transaction(it, first=lambda _: billing_records.locking(it, ids=ids)) as tx:
        assert await billing_records.lock(tx, it, []) == []


async def test_where_there_is_no_row_there_is_a_moment(database: Database, it: Viewer) -> None:
    async with database.transaction(it, first=lambda _: billing_records.locking(it, ids=[])) as tx:
        assert await billing_records.lock(tx, it, []) == []

    assert tx.today == tx.now.astimezone(database.zone).date()


async def test_what_was_written_since_is_seen(database: Database, ids: list[UUID], it: Viewer) -> None:
    async with database.transaction(it) as tx:
        (record,) = await billing_records.lock(tx, it, ids)
    async with database.transaction(it, first=lambda _: billing_records.locking(it, ids=ids)) as tx:
        await tx.change(table, record, from_note="anew")
        (seen,) = await billing_records.lock(tx, it, ids)

    assert (seen.version, seen.from_note) == (record.version + 1, "anew")


async def test_the_lock_of_one_viewer_is_not_that_of_another(
    database: Database, world: World, ids: list[UUID], it: Viewer
) -> None:
    """Viewers of a role share its text, and nothing else."""
    other = Viewer(world.users["coordinator-hr"], "coordinator-hr", Role.COORDINATOR, world.divisions["HR"])

    found = []
    for viewer in (it, other, it):
        async with database.transaction(viewer) as tx:
            found.append([row.id for row in await billing_records.lock(tx, viewer, ids)])

    assert found == [ids, [], ids]
