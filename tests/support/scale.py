"""A large organisation of skewed divisions in a database of its own, and everybody's ways to ask for its lists."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import make_url, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from billing.db import billing_records, catalog_items, disputes, divisions, payments, users
from billing.db.lists import Cursor, ListDefinition, Order, Page
from billing.db.migrate import migrate
from billing.demo.volume import seed_records
from billing.domain.conditions import EVERYTHING, AllOf, Compare, Condition
from billing.domain.states import DisputeStatus, PaymentStatus, RecordStatus
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer
from billing.settings import Settings
from tests.support.database import Database, connect

PAGE_SIZE = 25
TODAY = datetime.now(UTC).date()

Conditions = dict[str, Condition]

# Divisions, users and items are few, and few rows are best read whole: enough of them, so that an index is worth it.
_CROWD = """
CREATE FUNCTION pg_temp.id_of(n integer) RETURNS uuid LANGUAGE sql
RETURN ('019c0000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid;
INSERT INTO divisions (id, code, name)
SELECT pg_temp.id_of(n), 'CROWD-' || n, 'Crowd ' || n FROM generate_series(1, 5000) AS n;
INSERT INTO users (id, name, display_name, role)
SELECT pg_temp.id_of(n), 'crowd-' || n, 'Crowd ' || n, 'ANALYST' FROM generate_series(1, 5000) AS n;
INSERT INTO service_catalog (id, sku, name, category, unit, provider_division_id)
SELECT pg_temp.id_of(n), 'CROWD-' || n, 'Item ' || n, 'Category ' || n % 8, 'piece', pg_temp.id_of(n)
FROM generate_series(1, 5000) AS n;
ANALYZE divisions, users, service_catalog
"""


@dataclass(frozen=True)
class Division:
    """A division of the organisation; on `records` billing records it is one of the two sides."""

    id: UUID
    code: str
    records: int


@dataclass(frozen=True)
class Asked:
    """A list as someone asks for it: which one, who, under which filter, in the order documented for that."""

    noun: str
    definition: ListDefinition
    viewer: Viewer
    filter: str
    condition: Condition

    @property
    def order(self) -> Order:
        return self.definition.order(None, False, self.condition)

    def __str__(self) -> str:
        return f"{self.noun}, {self.viewer.name}, {self.filter}"


@asynccontextmanager
async def large_organisation(url: str, settings: Settings, records: int) -> AsyncIterator[Database]:
    """A second database on the server of the tests, filled; removed at the end."""
    server = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text("CREATE DATABASE scale"))
    own_url = make_url(url).set(database="scale").render_as_string(hide_password=False)
    database = connect(settings, own_url)
    try:
        await migrate(own_url)
        await seed_records(database, own_url, records, lambda done, total: None)
        async with database.owner.begin() as connection:
            for statement in _CROWD.split(";"):
                await connection.execute(text(statement))
        yield database
    finally:
        await database.close()
        async with server.connect() as connection:
            await connection.execute(text("DROP DATABASE scale"))
        await server.dispose()


async def by_size(connection: AsyncConnection) -> list[Division]:
    """The divisions that have records, the one with the most first."""
    rows = await connection.execute(
        text(
            "SELECT d.id, d.code, count(*) AS records FROM divisions AS d "
            "JOIN billing_records AS r ON d.id IN (r.from_division_id, r.to_division_id) "
            "GROUP BY d.id ORDER BY count(*) DESC, d.code"
        )
    )
    return [Division(row.id, row.code, row.records) for row in rows]


def viewers(divisions_by_name: Mapping[str, Division]) -> Iterator[Viewer]:
    """A coordinator of each division, and one who sees all; what the others who see all send is the same."""
    for name, division in divisions_by_name.items():
        yield Viewer(UUID(int=0), f"coordinator of {name}", Role.COORDINATOR, division.id)
    yield Viewer(UUID(int=0), "analyst", Role.ANALYST, None)


def lists_asked(viewer: Viewer, partners: Mapping[str, Division]) -> Iterator[Asked]:
    """Every list, unfiltered and under each filter that is documented to be served from an index.

    Divisions, catalog items and users are the same statement for everybody, and asked for once.
    """
    for noun, (definition, conditions) in _filters(partners).items():
        if not (definition.has_parties or viewer.sees_all):
            continue
        for name, condition in {"unfiltered": EVERYTHING, **conditions}.items():
            yield Asked(noun, definition, viewer, name, condition)


def _filters(partners: Mapping[str, Division]) -> dict[str, tuple[ListDefinition, Conditions]]:
    between = _between(partners)
    now = datetime.now(UTC)
    return {
        "billingRecords": (billing_records.LIST, between | _of_records(partners.values())),
        "payments": (payments.LIST, between | _statuses(PaymentStatus) | _days("paid_on")),
        "disputes": (disputes.LIST, between | _statuses(DisputeStatus) | _ranges("opened_at", now)),
        "divisions": (divisions.LIST, _prefixes("code", "VOL-", "VOL-01") | _prefixes("name", "Volume 0")),
        "catalogItems": (
            catalog_items.LIST,
            _prefixes("sku", "VOL-", "VOL-001-")
            | _prefixes("name", "L", "Training")
            | {f"category = {name}": Compare("category", "eq", name) for name in ("Cloud", "Category 3")},
        ),
        "users": (users.LIST, _prefixes("name", "coordinator-", "coordinator-vol-01")),
    }


def _of_records(partners: Iterable[Division]) -> Conditions:
    return (
        _statuses(RecordStatus)
        | _days("period_start")
        | _days("issue_date")
        | _days("due_date")
        | _prefixes("number", "VOL-", *(f"{division.code}-{TODAY.year}-" for division in partners))
    )


def _statuses(statuses: Iterable[StrEnum]) -> Conditions:
    return {f"status = {status}": Compare("status", "eq", status.value) for status in statuses}


def _between(partners: Mapping[str, Division]) -> Conditions:
    return {
        f"{field} = {name}": Compare(field, "eq", division.id)
        for field in ("division_id", "from_division_id", "to_division_id")
        for name, division in partners.items()
    }


def _days(field: str) -> Conditions:
    first_of_month = (TODAY - timedelta(days=365)).replace(day=1)
    return {f"{field} of one day": Compare(field, "eq", first_of_month), **_ranges(field, TODAY)}


def _ranges(field: str, now: date) -> Conditions:
    """Two bounds, a lower one, an upper one."""
    year, month, week = (now - timedelta(days=days) for days in (365, 335, 7))
    return {
        f"{field} in a month": AllOf((Compare(field, "gte", year), Compare(field, "lt", month))),
        f"{field} of late": Compare(field, "gte", week),
        f"{field} long ago": Compare(field, "lte", year),
    }


def _prefixes(field: str, *prefixes: str) -> Conditions:
    return {f"{field} starts with {prefix}": Compare(field, "starts_with", prefix) for prefix in prefixes}


async def pages_of(connection: AsyncConnection, asked: Asked) -> dict[str, Page]:
    """The first page, the last one, and those on both sides of the middle row, where the list has one."""
    pages = {"first": Page(PAGE_SIZE), "last": Page(PAGE_SIZE, backwards=True)}
    count = (await connection.execute(asked.definition.count(asked.viewer, asked.condition))).scalar_one()
    if count:
        everything = asked.definition.page(asked.viewer, asked.condition, asked.order, Page(count)).subquery()
        middle = select(everything.c.cursor_value, everything.c.id).offset(count // 2).limit(1)
        row = (await connection.execute(middle)).one()
        cursor = Cursor(asked.order.name, row.cursor_value, row.id)
        pages |= {"after the middle": Page(PAGE_SIZE, cursor), "before the middle": Page(PAGE_SIZE, cursor, True)}
    return pages
