"""The migration to the ledger posts what was there before: everything, on the local days of the facts."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from billing.db import tables
from billing.db.migrate import migrate
from tests.support.rows import add, parties, payment, record
from tests.support.world import World, populate

# In Berlin the next day has begun already.
LATE_IN_THE_EVENING = datetime(2026, 2, 10, 23, 30, tzinfo=UTC)
THE_NEXT_DAY = date(2026, 2, 11)
A_TOTAL, A_PART = Decimal("100.00"), Decimal("40.00")

_ENTRIES = """
    SELECT t.kind, t.posted_on, r.number, d.code, e.account, e.amount
    FROM ledger_transactions AS t
    JOIN ledger_entries AS e ON e.transaction_id = t.id
    JOIN billing_records AS r ON r.id = e.billing_record_id
    JOIN divisions AS d ON d.id = e.division_id
    ORDER BY t.id, e.position
"""


@pytest.fixture
async def before_the_ledger(empty_url: str) -> str:
    """Revision 0002 with a draft, an issued record that is paid in part, and a void one."""
    await migrate(empty_url, "0002")
    engine = create_async_engine(empty_url)
    async with engine.begin() as connection:
        await _write(connection, await populate(connection))
    await engine.dispose()
    return empty_url


async def _write(connection: AsyncConnection, world: World) -> None:
    paid = record(world, number="IT-2026-00001", total=A_TOTAL, confirmed_amount=A_PART)
    void = record(world, "VOID", number="IT-2026-00002", voided_at=LATE_IN_THE_EVENING)
    await add(connection, tables.billing_records, record(world, "DRAFT"), paid, void)
    confirmed = payment(
        world,
        amount=A_PART,
        status="CONFIRMED",
        decided_at=LATE_IN_THE_EVENING,
        decided_by=world.users["coordinator-it"],
    )
    waiting = payment(world, amount=A_PART)
    for each in (confirmed, waiting):
        await add(connection, tables.payment_records, each)
        part: dict[str, Any] = {"payment_id": each["id"], "billing_record_id": paid["id"], "amount": A_PART}
        await add(connection, tables.payment_allocations, {"id": each["id"], **parties(world), **part})


@pytest.mark.parametrize(("zone", "day"), [("Europe/Berlin", THE_NEXT_DAY), ("UTC", LATE_IN_THE_EVENING.date())])
async def test_what_was_there_is_posted_on_the_days_of_its_facts(before_the_ledger: str, zone: str, day: date) -> None:
    issued = date(2026, 1, 15)

    await migrate(before_the_ledger, zone=zone)

    engine = create_async_engine(before_the_ledger)
    async with engine.connect() as connection:
        entries = [tuple(row) for row in await connection.execute(text(_ENTRIES))]
    await engine.dispose()
    charge = [("IT", "RECEIVABLE", 1), ("IT", "REVENUE", -1), ("MKT", "EXPENSE", 1), ("MKT", "PAYABLE", -1)]
    settle = [("IT", "SETTLEMENT", 1), ("IT", "RECEIVABLE", -1), ("MKT", "PAYABLE", 1), ("MKT", "SETTLEMENT", -1)]
    assert entries == [
        *(("ISSUE", issued, "IT-2026-00001", code, account, sign * A_TOTAL) for code, account, sign in charge),
        *(("ISSUE", issued, "IT-2026-00002", code, account, sign * A_TOTAL) for code, account, sign in charge),
        *(("VOID", day, "IT-2026-00002", code, account, -sign * A_TOTAL) for code, account, sign in charge),
        *(("CONFIRMATION", day, "IT-2026-00001", code, account, sign * A_PART) for code, account, sign in settle),
    ]
