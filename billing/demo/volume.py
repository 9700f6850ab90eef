"""Billing records in bulk: divisions of every size, and two years of charges, payments and disputes between them."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from importlib import resources
from itertools import accumulate
from math import ceil

from billing.db.connections import connect
from billing.db.database import Database
from billing.demo.bulk_load import Connection, Liftable, find_liftable, put_back, take_off
from billing.demo.past_postings import post

LARGE_TABLES = (
    "billing_records",
    "billing_line_items",
    "payment_records",
    "payment_allocations",
    "disputes",
    "ledger_transactions",
    "ledger_entries",
)
TABLES = (*LARGE_TABLES, "divisions", "users", "service_catalog", "service_catalog_prices", "number_counters")
BATCH = 50_000
_CONNECT_SECONDS_MAX = 60

_SQL = resources.files("billing.demo") / "volume_sql"
_FOR_ALL = ("draws", "parties", "staging")
_FOR_BATCH = ("records", "lines", "payments", "write")

_OF_BATCH = """
INSERT INTO past_records SELECT id FROM vol_records;
INSERT INTO past_payments SELECT DISTINCT a.payment_id
FROM payment_allocations AS a JOIN vol_records AS record ON record.id = a.billing_record_id;
"""

# Work takes minutes here, and none of it waits for anybody.
_SESSION = {
    "application_name": "internal-billing seed",
    "timezone": "UTC",
    "jit": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "work_mem": "128MB",
    "maintenance_work_mem": "256MB",
    "temp_buffers": "64MB",
}

_ALREADY_THERE = """
SELECT count(*) AS all_records,
       count(*) FILTER (WHERE from_division_id IN (SELECT id FROM divisions WHERE code LIKE 'VOL-%')) AS generated,
       (SELECT coalesce(max(substr(code, 5)::integer), 0) FROM divisions WHERE code ~ '^VOL-[0-9]{3,8}$') AS codes
FROM billing_records
"""

# The time ends with yesterday, so that nothing lies in the future, and one day's runs come out the same.
_PLAN = """
CREATE TEMP TABLE vol_plan (
    base bigint, codes integer, records integer, divisions integer, began timestamptz, now timestamptz, today date,
    zone text, from_shares double precision[], to_shares double precision[], largest_pays double precision,
    tenth integer, people integer, billing_admin_id uuid, first integer, last integer
) ON COMMIT DROP
"""
_FILL_PLAN = """
INSERT INTO vol_plan
    (base, codes, records, divisions, began, now, today, zone, from_shares, to_shares, largest_pays, tenth, people)
SELECT $1::bigint << 32, $1, $2, $3, midnight - interval '24 months', midnight, $4, $5, $6, $7, $8,
       greatest($2 / 10, 2), $9
FROM (SELECT $4::date::timestamp AT TIME ZONE $5) AS today (midnight)
"""

_AUDIT = """
INSERT INTO audit_events (id, xact_id, occurred_at, kind, operation, actor_id, actor_role, request_id)
SELECT gen_random_uuid(), 0, now(), 'CHANGE', 'seed', billing_admin_id, 'BILLING_ADMIN', '' FROM vol_plan
"""


@dataclass
class Steps:
    """Tells how far the work has got, in steps of a second or a few."""

    progress: Callable[[int, int], None]
    total: int
    done: int = 0

    def step(self) -> None:
        self.done += 1
        self.progress(self.done, self.total)


async def seed_records(
    database: Database, owner_url: str, records: int, progress: Callable[[int, int], None], *, people: int = 0
) -> None:
    """Tops the divisions VOL-… up to `records` billing records; does nothing where they have them already.

    A run adds divisions of its own, 4 to 200: the first takes part in 40 % of the run's records, the last in ten. Each
    has a coordinator, and they take turns in getting more until the run has added `people` of them. It leaves everybody
    else's rows alone, is written whole or not at all, and comes out the same for the same numbers on the same day.
    Whoever else needs the tables waits meanwhile. `progress` gets the steps done and the steps in all. The owner does
    it, since indexes and triggers are taken off meanwhile.
    """
    async with database.transaction() as tx:
        today = tx.today
    async with _own_connection(owner_url) as connection:
        async with connection.transaction():
            # Whoever seeds at the same time waits here, and then finds what is there.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('billing seed'))")
            there = await connection.fetchrow(_ALREADY_THERE)
            assert there is not None
            missing = records - there["generated"]
            if missing <= 0:
                return
            await _plan(connection, missing, people, there["codes"], today, database.zone.key)
            # On tables that are much larger than the load, putting indexes back takes longer than keeping them.
            lifted = await find_liftable(connection, LARGE_TABLES) if there["all_records"] < 4 * missing else []
            steps = Steps(progress, ceil(missing / BATCH) + len(lifted) + len(TABLES))
            await _load(connection, missing, database.zone.key, lifted, steps)
        for table in TABLES:
            await connection.execute(f"VACUUM (ANALYZE) {table}")
            steps.step()


async def _load(connection: Connection, records: int, zone: str, lifted: Sequence[Liftable], steps: Steps) -> None:
    await take_off(connection, lifted)
    await _generate(connection, records, zone, steps)
    await connection.execute(_AUDIT)
    await put_back(connection, lifted, steps.step)
    faults = await find_faults(connection)
    assert not faults, faults


async def find_faults(connection: Connection) -> list[str]:
    """What does not agree among the records of all VOL-… divisions: sums, numbers, dates, four eyes."""
    return [f"{row['found']} × {row['fault']}" for row in await connection.fetch(_read("check"))]


async def _plan(connection: Connection, records: int, people: int, codes: int, today: date, zone: str) -> None:
    divisions = min(200, max(4, records // 50))
    middle = range(2, divisions)
    from_shares = _shares([0.3, *_scaled([1 / k for k in middle], to=0.7)])
    to_shares = _shares(_scaled([(k + 3) ** -0.7 for k in middle], to=1))
    await connection.execute(_PLAN)
    # Of the records that the largest division does not charge, 70 %, it pays a seventh: 40 % in all.
    await connection.execute(_FILL_PLAN, codes, records, divisions, today, zone, from_shares, to_shares, 1 / 7, people)
    await connection.execute("ANALYZE vol_plan")


def _scaled(weights: Sequence[float], *, to: float) -> list[float]:
    return [to * weight / sum(weights) for weight in weights]


def _shares(parts: Sequence[float]) -> list[float]:
    """Where each part of 0 to 1 begins."""
    return list(accumulate(parts[:-1], initial=0.0))


async def _generate(connection: Connection, records: int, zone: str, steps: Steps) -> None:
    for name in _FOR_ALL:
        await connection.execute(_read(name))
    for first in range(1, records + 1, BATCH):
        await connection.execute("UPDATE vol_plan SET first = $1, last = $2", first, min(first + BATCH - 1, records))
        for name in _FOR_BATCH:
            await connection.execute(_read(name))
        await post(connection, zone, _OF_BATCH)
        await connection.execute(_read("clear"))
        steps.step()


def _read(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


@asynccontextmanager
async def _own_connection(owner_url: str) -> AsyncIterator[Connection]:
    """A connection outside the pool, without its time limits; the driver's, which takes whole scripts."""
    connection = await connect(owner_url, seconds_max=_CONNECT_SECONDS_MAX, **_SESSION)
    try:
        yield connection.driver
    finally:
        await connection.aclose()
