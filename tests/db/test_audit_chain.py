"""The audit trail is sealed in order, and nothing that was sealed is changed unseen."""

import asyncio
import os
import random
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing.db.audit_events import Act
from billing.db.database import Database
from billing.domain.errors import ErrorCode
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer
from billing.services.audit_chain import Head, current_head, keep_sealing, seal, stop, verify
from billing.services.changes import audit_refusal
from tests.support.client import Client
from tests.support.make import Make
from tests.support.world import World

TAMPERINGS = 1_000 if os.environ.get("FIGURES") == "full" else 50
SEED = 20261125
EVENTS = 12


@pytest.fixture
async def trail(database: Database, world: World, make: Make) -> Head:
    """Some changes and refusals, sealed; the head as it would have been logged."""
    record = await make.record()
    await make.payment(record, "40.00", confirmed_by="coordinator-it")
    viewer = Viewer(world.users["analyst"], "analyst", Role.ANALYST, None)
    for number in range(EVENTS - 3):
        await audit_refusal(database, Act(viewer, f"operation_{number}", f"request-{number}"), ErrorCode.FORBIDDEN)
    assert await seal(database) == EVENTS
    head = await current_head(database)
    assert head is not None
    return head


async def test_every_committed_event_is_sealed_once_in_the_order_of_transactions(
    trail: Head, database: Database, owner: AsyncEngine
) -> None:
    assert trail.sequence == EVENTS
    assert await seal(database) == 0
    assert (await verify(database, trail)).faults == ()

    async with owner.connect() as connection:
        in_order = (await connection.execute(text("SELECT id FROM audit_events ORDER BY xact_id, id"))).scalars().all()
        sealed = (
            (await connection.execute(text("SELECT audit_event_id FROM audit_chain ORDER BY sequence"))).scalars().all()
        )
    assert sealed == in_order


async def test_what_an_open_transaction_may_still_come_before_waits(
    trail: Head, database: Database, owner: AsyncEngine, make: Make
) -> None:
    async with owner.connect() as open_one:
        await open_one.execute(text("SELECT pg_current_xact_id()"))
        await make.record()

        assert await seal(database) == 0

        await open_one.rollback()
    assert await seal(database) == 1
    assert (await verify(database, trail)).faults == ()


async def test_two_who_seal_at_once_seal_each_event_once(trail: Head, database: Database, make: Make) -> None:
    for _ in range(3):
        await make.record()

    sealed = await asyncio.gather(*(seal(database) for _ in range(4)))

    assert sum(sealed) == 3
    assert (await verify(database, trail)).faults == ()


async def test_the_service_goes_on_sealing_by_itself(trail: Head, database: Database, make: Make) -> None:
    sealing = asyncio.create_task(keep_sealing(database))
    try:
        await make.record()
        async with asyncio.timeout(10):
            while (head := await current_head(database)) is None or head.sequence == trail.sequence:
                continue
    finally:
        await stop(sealing)

    assert head.sequence == trail.sequence + 1


async def _pick(connection: AsyncConnection, dice: random.Random) -> UUID:
    """Some sealed event."""
    ids = (await connection.execute(text("SELECT audit_event_id FROM audit_chain ORDER BY sequence"))).scalars().all()
    chosen: UUID = dice.choice(ids)
    return chosen


async def edit(connection: AsyncConnection, dice: random.Random) -> None:
    column, value = dice.choice(
        [
            ("operation", "'another'"),
            ("occurred_at", "occurred_at + interval '1 microsecond'"),
            ("actor_role", "'SUPERADMIN'"),
            ("request_id", "request_id || 'x'"),
            ("changes", "changes || '[{}]'::jsonb"),
            ("object_ids", "object_ids || gen_random_uuid()"),
            ("actor_id", "(SELECT id FROM users WHERE users.id <> actor_id LIMIT 1)"),
        ]
    )
    id = await _pick(connection, dice)
    await connection.execute(text(f"UPDATE audit_events SET {column} = {value} WHERE id = :id"), {"id": id})


async def delete(connection: AsyncConnection, dice: random.Random) -> None:
    """The event alone, its link alone, or both."""
    id, both = await _pick(connection, dice), dice.choice([("event",), ("link",), ("event", "link")])
    if "event" in both:
        await connection.execute(text("DELETE FROM audit_events WHERE id = :id"), {"id": id})
    if "link" in both:
        await connection.execute(text("DELETE FROM audit_chain WHERE audit_event_id = :id"), {"id": id})


async def swap(connection: AsyncConnection, dice: random.Random) -> None:
    """Two events change places: what one said, the other says."""
    first, second = await _pick(connection, dice), await _pick(connection, dice)
    while second == first:
        second = await _pick(connection, dice)
    columns = "occurred_at, kind, operation, actor_id, actor_role, request_id, code, object_ids, changes"
    await connection.execute(
        text(
            f"UPDATE audit_events AS e SET ({columns}) = (SELECT {columns} FROM audit_events AS o WHERE o.id = "
            "CASE e.id WHEN :first THEN :second ELSE :first END) "
            "WHERE e.id IN (:first, :second)"
        ).bindparams(bindparam("first", type_=Uuid()), bindparam("second", type_=Uuid())),
        {"first": first, "second": second},
    )


async def insert(connection: AsyncConnection, dice: random.Random) -> None:
    """An event that claims to have been written with an earlier one."""
    id = await _pick(connection, dice)
    await connection.execute(
        text(
            "INSERT INTO audit_events SELECT '00000000-0000-7000-8000-00000000ffff', xact_id, occurred_at, kind, "
            "'slipped_in', actor_id, actor_role, request_id, code, object_ids, changes FROM audit_events WHERE id = :id"
        ),
        {"id": id},
    )


async def cut_the_tail(connection: AsyncConnection, dice: random.Random) -> None:
    from_ = dice.randint(1, EVENTS)
    gone = (
        await connection.execute(
            text("DELETE FROM audit_chain WHERE sequence >= :from RETURNING audit_event_id"), {"from": from_}
        )
    ).scalars()
    await connection.execute(text("DELETE FROM audit_events WHERE id = ANY (:ids)"), {"ids": list(gone)})


async def edit_and_seal_anew(connection: AsyncConnection, dice: random.Random) -> None:
    """The most careful one: everything behind the edited event gets a hash that fits, which the logged head betrays."""
    await edit(connection, dice)
    await connection.execute(
        text("""
        DO $$
        DECLARE
            previous bytea := decode(repeat('00', 32), 'hex');
            link record;
        BEGIN
            FOR link IN SELECT c.sequence, audit_digest(e) AS digest
                        FROM audit_chain AS c JOIN audit_events AS e ON e.id = c.audit_event_id ORDER BY c.sequence
            LOOP
                previous := sha256(previous || link.digest);
                UPDATE audit_chain SET hash = previous WHERE sequence = link.sequence;
            END LOOP;
        END $$
        """)
    )


KINDS = (edit, delete, swap, insert, cut_the_tail, edit_and_seal_anew)


async def test_every_tampering_with_what_was_sealed_is_found(
    trail: Head, database: Database, owner: AsyncEngine, record_property: Callable[[str, object], None]
) -> None:
    """Each by itself, undone before the next; any of the kinds, anywhere in the chain."""
    dice = random.Random(SEED)
    async with owner.begin() as connection:
        for table in ("audit_events", "audit_chain"):
            await connection.execute(text(f"CREATE TABLE {table}_kept AS TABLE {table}"))
    unseen = []
    try:
        for number in range(TAMPERINGS):
            kind = KINDS[number % len(KINDS)]
            async with owner.begin() as connection:
                await connection.execute(text("SET LOCAL session_replication_role = replica"))
                await kind(connection, dice)
            if not (await verify(database, trail)).faults:
                unseen.append(f"{number}: {kind.__name__}")
            async with owner.begin() as connection:
                await connection.execute(text("SET LOCAL session_replication_role = replica"))
                for table in ("audit_events", "audit_chain"):
                    await connection.execute(text(f"DELETE FROM {table}"))
                    await connection.execute(text(f"INSERT INTO {table} SELECT * FROM {table}_kept"))
    finally:
        async with owner.begin() as connection:
            await connection.execute(text("DROP TABLE audit_events_kept, audit_chain_kept"))

    record_property("tamperings found", TAMPERINGS - len(unseen))
    assert unseen == [], f"seed {SEED}"
    assert (await verify(database, trail)).faults == ()


async def test_the_request_of_an_event_can_be_found(trail: Head, client: Callable[[str], Client]) -> None:
    answer = await client("analyst").run(
        '{ auditEvents(filter: {requestId: {eq: "request-3"}}) { nodes { operation code actor { displayName } } } }'
    )

    assert answer.field == {
        "nodes": [{"operation": "operation_3", "code": "FORBIDDEN", "actor": {"displayName": "Analyst"}}]
    }


@pytest.mark.parametrize("text_", ["", "12", "0:" + "00" * 32, "3:" + "00" * 31, "x:" + "00" * 32])
def test_what_is_no_head_is_told_so(text_: str) -> None:
    with pytest.raises(ValueError):
        Head.parse(text_)


def test_a_head_is_read_as_it_was_written() -> None:
    head = Head(1234, bytes(range(32)))

    assert Head.parse(str(head)) == head
