"""What `billing seed` generates keeps every rule of the service, and leaves everything else as it was."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.demo.volume import find_faults, seed_records
from tests.support.client import Client
from tests.support.database import Database
from tests.support.make import Make, key
from tests.support.world import World

EVENING = datetime(2026, 3, 18, 20, 30, tzinfo=UTC)

People = Callable[[str], Client]
At = Callable[[datetime], None]

_DEFINITIONS = """
SELECT 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid::text FROM pg_index
 WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid), convalidated::text
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger', tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled::text
  FROM pg_trigger WHERE NOT tgisinternal
ORDER BY 1, 2, 3
"""
_DIGEST = """
SELECT md5(string_agg(row, '' ORDER BY row)) FROM (
    SELECT billing_records::text FROM billing_records UNION ALL SELECT billing_line_items::text FROM billing_line_items
    UNION ALL SELECT payment_records::text FROM payment_records
    UNION ALL SELECT payment_allocations::text FROM payment_allocations UNION ALL SELECT disputes::text FROM disputes
) AS rows (row)
"""


@pytest.fixture
async def connection(database: Database, world: World) -> AsyncIterator[AsyncConnection]:
    """Sees what is committed; what a test changes here is rolled back."""
    async with database.owner.connect() as connection:
        yield connection


async def seed(database: Database, records: int) -> None:
    await seed_records(database, database.owner_url, records, lambda done, total: None)


async def values(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.owner.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def value(database: Database, query: str) -> Any:
    ((found,),) = await values(database, query)
    return found


async def faults(connection: AsyncConnection) -> list[str]:
    driver: Any = (await connection.get_raw_connection()).driver_connection
    return await find_faults(driver)


@pytest.mark.parametrize("records", [1, 7, 40, 3000])
async def test_any_number_of_records_agrees_in_every_sum_number_and_date(
    database: Database, connection: AsyncConnection, records: int
) -> None:
    await seed(database, records)

    assert await value(database, "SELECT count(*) FROM billing_records") == records
    assert await faults(connection) == []


async def test_records_of_every_kind_are_among_them(database: Database, world: World) -> None:
    await seed(database, 3000)

    records = await values(
        database, "SELECT DISTINCT lifecycle, disputed, settlement, due_date < current_date FROM billing_records"
    )
    lines = await value(database, "SELECT count(*) / 3000.0 FROM billing_line_items")
    payments = await value(database, "SELECT count(*) / 3000.0 FROM payment_records")
    assert {(record[0], record[2]) for record in records} == {
        ("DRAFT", "OPEN"),
        ("VOID", "OPEN"),
        ("ISSUED", "OPEN"),
        ("ISSUED", "PARTIAL"),
        ("ISSUED", "SETTLED"),
    }
    assert {late for *_, settlement, late in records if settlement == "OPEN"} == {False, True}
    assert any(disputed for _, disputed, *_ in records)
    assert 2.8 < lines < 3.2
    assert 1.1 < payments < 1.3
    assert await values(database, "SELECT DISTINCT currency FROM billing_records ORDER BY 1") == [
        (code,) for code in ("EUR", "JPY", "KWD", "USD")
    ]
    assert await values(database, "SELECT DISTINCT status FROM payment_records ORDER BY 1") == [
        (status,) for status in ("CANCELLED", "CONFIRMED", "PENDING", "REJECTED")
    ]
    assert await value(
        database, "SELECT count(*) FROM (SELECT FROM payment_allocations GROUP BY payment_id HAVING count(*) > 1) AS p"
    )


async def test_ids_are_uuids_of_version_7_in_the_order_of_creation(database: Database, world: World) -> None:
    await seed(database, 500)

    rows = await values(database, "SELECT id, created_at FROM billing_records ORDER BY id")
    moments = [moment for _, moment in rows]
    assert {id.version for id, _ in rows} == {7}
    assert moments == sorted(moments)
    assert all(abs((id.int >> 80) / 1000 - moment.timestamp()) < 0.002 for id, moment in rows)


async def test_the_same_number_on_the_same_day_gives_the_same(database: Database, at: At, world: World) -> None:
    at(EVENING)
    await seed(database, 300)
    first = await value(database, _DIGEST)
    await empty_of_volume(database)

    await seed(database, 300)

    assert await value(database, _DIGEST) == first


async def test_nothing_lies_after_the_day_of_seeding(database: Database, at: At, world: World) -> None:
    at(EVENING)
    await seed(database, 500)

    assert await value(database, "SELECT max(created_at) FROM billing_records") < EVENING
    assert await value(database, "SELECT max(issue_date) FROM billing_records WHERE number <> ''") < EVENING.date()
    assert await value(database, "SELECT max(decided_at) FROM payment_records") < EVENING
    assert await value(database, "SELECT min(issue_date) FROM billing_records") >= EVENING.date().replace(year=2024)


async def test_it_tops_up_and_then_has_nothing_to_do(database: Database, connection: AsyncConnection) -> None:
    await seed(database, 1000)
    before = await value(database, "SELECT count(*) FROM divisions")

    await seed(database, 1100)
    await seed(database, 1100)
    await seed(database, 50)

    assert await value(database, "SELECT count(*) FROM billing_records") == 1100
    assert await value(database, "SELECT count(*) FROM divisions") > before
    assert await faults(connection) == []


async def test_what_was_there_stays_and_gets_no_partner(database: Database, make: Make, world: World) -> None:
    paid = await make.record()
    await make.payment(paid, confirmed_by="coordinator-it")
    seen = (
        "SELECT r::text FROM billing_records AS r JOIN divisions AS d ON d.id IN (from_division_id, to_division_id) "
        "WHERE d.code NOT LIKE 'VOL-%' UNION ALL SELECT users::text FROM users WHERE name NOT LIKE '%-vol-%'"
    )
    before = await values(database, seen)

    await seed(database, 200)

    assert await values(database, seen) == before
    assert await value(database, "SELECT count(*) FROM users WHERE role <> 'COORDINATOR'") == 5


async def test_somebody_has_each_role_afterwards(database: Database, connection: AsyncConnection) -> None:
    await connection.execute(text("DELETE FROM service_catalog_prices"))
    await connection.execute(text("DELETE FROM users WHERE role <> 'COORDINATOR'"))
    await connection.execute(text("UPDATE users SET name = 'analyst' WHERE name = 'coordinator-hr'"))
    await connection.commit()

    await seed(database, 20)

    assert await values(database, "SELECT name, role FROM users WHERE role <> 'COORDINATOR' ORDER BY name") == [
        ("admin", "ADMIN"),
        ("billing-admin", "BILLING_ADMIN"),
        ("superadmin", "SUPERADMIN"),
        ("volume-analyst", "ANALYST"),
    ]


async def test_divisions_take_turns_in_getting_more_people(database: Database, world: World) -> None:
    await seed_records(database, database.owner_url, 200, lambda done, total: None, people=10)

    people = "SELECT name FROM users WHERE name LIKE 'coordinator-vol-%' ORDER BY name"
    assert [name for (name,) in await values(database, people)] == [
        *("coordinator-vol-001", "coordinator-vol-001-2", "coordinator-vol-001-3"),
        *("coordinator-vol-002", "coordinator-vol-002-2", "coordinator-vol-002-3"),
        *("coordinator-vol-003", "coordinator-vol-003-2", "coordinator-vol-004", "coordinator-vol-004-2"),
    ]


async def test_the_service_goes_on_where_the_numbers_end(database: Database, client: People, world: World) -> None:
    await seed(database, 400)
    year = datetime.now(UTC).year
    last = await value(
        database,
        "SELECT last_number FROM number_counters JOIN divisions ON id = division_id "
        f"WHERE code = 'VOL-001' AND year = {year}",
    )

    created = await client("coordinator-vol-001").change(
        "createBillingRecord",
        "billingRecord { number status }",
        toDivisionId=str(await value(database, "SELECT id FROM divisions WHERE code = 'VOL-002'")),
        currency="USD",
        periodStart=f"{year}-01-01",
        periodEnd=f"{year}-01-31",
        lines=[{"name": "Support", "unit": "hour", "quantity": "1", "unitPrice": "10.00"}],
        idempotencyKey=key(),
    )

    assert created.field["billingRecord"] == {"number": f"VOL-001-{year}-{last + 1:05d}", "status": "PENDING"}


async def test_a_pending_payment_can_be_confirmed_by_the_other_side(
    database: Database, client: People, world: World
) -> None:
    await seed(database, 400)
    ((id, charging),) = await values(
        database,
        "SELECT p.id, u.name FROM payment_records AS p JOIN users AS u ON u.division_id = p.from_division_id "
        "WHERE p.status = 'PENDING' ORDER BY p.id LIMIT 1",
    )

    confirmed = await client(charging).change("confirmPayment", "payment { status }", id=str(id), idempotencyKey=key())

    assert confirmed.user_errors == []
    assert confirmed.field["payment"] == {"status": "CONFIRMED"}


@pytest.mark.parametrize("there", [0, 1000])
async def test_indexes_foreign_keys_and_triggers_are_there_afterwards(
    database: Database, world: World, there: int
) -> None:
    before = await values(database, _DEFINITIONS)
    await seed(database, there)

    await seed(database, there + 60)

    assert await values(database, _DEFINITIONS) == before


async def test_a_run_that_is_broken_off_leaves_nothing_behind(database: Database, world: World) -> None:
    before = await values(database, _DEFINITIONS)

    def break_off(done: int, total: int) -> None:
        if done == total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await seed_records(database, database.owner_url, 100, break_off)

    assert await values(database, _DEFINITIONS) == before
    assert await value(database, "SELECT count(*) FROM billing_records") == 0
    assert await value(database, "SELECT count(*) FROM divisions") == 3


_TAMPERINGS = {
    "UPDATE billing_records SET total = total + 1 WHERE lifecycle = 'DRAFT'": "a total is not the sum",
    "UPDATE billing_line_items SET unrounded_amount = amount + 0.0001": "an amount of a line",
    "UPDATE billing_records SET confirmed_amount = total - total": "a stored total is not",
    "UPDATE billing_records SET pending_amount = total - total": "a stored total is not",
    "UPDATE payment_records SET amount = amount + 1": "a payment is not the sum",
    "UPDATE payment_records SET paid_on = paid_on - 800": "a payment is of a day before",
    "UPDATE payment_records SET decided_by = recorded_by WHERE status = 'CANCELLED'": "recorded and decided",
    "UPDATE billing_records SET number = 'X' || number WHERE lifecycle <> 'DRAFT'": "is not of its division",
    "UPDATE number_counters SET last_number = last_number + 1": "numbers of a division and year",
    "UPDATE billing_records SET disputed = false WHERE disputed": "a record is disputed without",
    "UPDATE disputes SET opened_at = opened_at - interval '2 years'": "while its record was disputed",
}


async def test_the_check_finds_whatever_does_not_agree(database: Database, connection: AsyncConnection) -> None:
    await seed(database, 800)

    for tampering, fault in _TAMPERINGS.items():
        await connection.execute(text(tampering))
        assert fault in "".join(await faults(connection)), tampering
        await connection.rollback()


async def empty_of_volume(database: Database) -> None:
    """Takes away all that a run added to an organisation without records."""
    async with database.owner.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text("TRUNCATE billing_records, payment_records, number_counters CASCADE"))
        for table, whose in (
            ("service_catalog_prices", "true"),
            ("service_catalog", "sku LIKE 'VOL-%'"),
            ("users", "name LIKE '%-vol-%'"),
            ("divisions", "code LIKE 'VOL-%'"),
        ):
            await connection.execute(text(f"DELETE FROM {table} WHERE {whose}"))
