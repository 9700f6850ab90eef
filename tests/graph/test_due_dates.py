"""Due dates: each change of an issued record's is kept as a dated row, so that any past day can be answered for."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select, text

from billing.db.tables import due_date_changes
from tests.support.berlin import Berlin
from tests.support.client import Answer, Client
from tests.support.database import Database
from tests.support.make import Make, key
from tests.support.unchanged import Unchanged

People = Callable[[str], Client]
At = Callable[[datetime], None]

_VALID_ON = text("""
    SELECT coalesce(
        (SELECT c.due_date_before FROM due_date_changes AS c
         WHERE c.billing_record_id = r.id AND c.changed_on > :day ORDER BY c.id LIMIT 1), r.due_date)
    FROM billing_records AS r WHERE r.id = :record
""")
"""The due date that was valid at the end of a day."""


async def move(client: Client, record: dict[str, Any], version: int, due_date: str, **also: Any) -> Answer:
    given = {"id": record["id"], "version": version, "dueDate": due_date, **also}
    return await client.change("updateBillingRecord", "billingRecord { dueDate version }", **given)


async def kept(database: Database) -> list[tuple[Any, ...]]:
    c = due_date_changes.c
    columns = (c.billing_record_id, c.due_date_before, c.due_date, c.changed_on, c.changed_at, c.changed_by)
    async with database.owner.connect() as connection:
        return [tuple(row) for row in await connection.execute(select(*columns).order_by(c.id))]


async def valid_on(database: Database, record: dict[str, Any], day: date) -> date:
    async with database.owner.connect() as connection:
        found: date = await connection.scalar(_VALID_ON, {"record": record["id"], "day": day})
        return found


async def test_a_change_is_kept_with_its_day_and_who_made_it(
    client: People, make: Make, database: Database, at: At
) -> None:
    at(datetime(2026, 1, 10, 9, tzinfo=UTC))
    record = await make.record(dueDate="2026-01-31")
    moment = datetime(2026, 1, 12, 9, tzinfo=UTC)
    at(moment)

    answer = await move(client("coordinator-it"), record, 1, "2026-02-28")

    assert answer.field["billingRecord"] == {"dueDate": "2026-02-28", "version": 2}
    ((of, before, after, day, moved_at, by),) = await kept(database)
    assert (str(of), before, after) == (record["id"], date(2026, 1, 31), date(2026, 2, 28))
    assert (day, moved_at) == (date(2026, 1, 12), moment)
    assert by is not None


async def test_today_and_any_past_day_can_be_told(client: People, make: Make, database: Database, at: At) -> None:
    it = client("coordinator-it")
    at(datetime(2026, 1, 10, tzinfo=UTC))
    record, untouched = await make.record(dueDate="2026-01-31"), await make.record(dueDate="2026-01-31")
    at(datetime(2026, 1, 20, tzinfo=UTC))
    await move(it, record, 1, "2026-02-28")
    await move(it, record, 2, "2026-03-31")
    at(datetime(2026, 2, 5, tzinfo=UTC))
    await move(it, record, 3, "2026-01-15")

    days = [date(2026, 1, 10), date(2026, 1, 19), date(2026, 1, 20), date(2026, 2, 4), date(2026, 2, 5)]

    assert [await valid_on(database, record, day) for day in days] == [
        date(2026, 1, 31),
        date(2026, 1, 31),
        date(2026, 3, 31),
        date(2026, 3, 31),
        date(2026, 1, 15),
    ]
    assert {await valid_on(database, untouched, day) for day in days} == {date(2026, 1, 31)}


async def test_the_day_of_a_change_is_the_local_one(berlin: Berlin, database: Database) -> None:
    berlin.at("2026-07-01 00:30:00")
    record = await berlin.make.record(dueDate="2026-07-31")
    berlin.at("2026-07-02 00:30:00")

    await move(berlin.client("coordinator-it"), record, 1, "2026-08-31")

    assert [row[3] for row in await kept(database)] == [date(2026, 7, 2)]


async def test_what_leaves_the_due_date_as_it_is_keeps_nothing(client: People, make: Make, database: Database) -> None:
    record = await make.record(dueDate="2099-01-31")

    await move(client("coordinator-it"), record, 1, "2099-01-31")
    await client("coordinator-it").change("updateBillingRecord", "", id=record["id"], version=2, fromNote="Ours.")

    assert await kept(database) == []


async def test_a_draft_has_no_past(client: People, make: Make, database: Database) -> None:
    """What counts is from when it is issued."""
    draft = await make.record(draft=True, dueDate="2099-01-31")
    await move(client("coordinator-it"), draft, 1, "2099-02-28")
    await client("coordinator-it").change("issueBillingRecord", "", id=draft["id"], idempotencyKey=key())

    assert await kept(database) == []


async def test_a_change_that_is_refused_keeps_nothing(client: People, make: Make, unchanged: Unchanged, at: At) -> None:
    at(datetime(2026, 1, 10, tzinfo=UTC))
    record = await make.record(dueDate="2026-01-31")

    async with unchanged():
        early = await move(client("coordinator-it"), record, 1, "2026-01-09")
        stale = await move(client("coordinator-it"), record, 2, "2026-02-28")
        payer = await move(client("coordinator-mkt"), record, 1, "2026-02-28")

    assert early.user_errors == [("BAD_DATES", ["dueDate"])]
    assert stale.user_errors == [("CONFLICT", ["version"])]
    assert payer.codes == ["FORBIDDEN"]
