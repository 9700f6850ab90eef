"""The status of a record: one definition for output and one for filters, equal; and it turns at midnight by itself."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain, combinations, product
from typing import Any

import pytest
from sqlalchemy import Boolean, Date, FromClause, Integer, Text, case, column, literal, or_, select, values

from billing.db.billing_records import has_status, status
from billing.db.lists import Reached
from billing.db.tables import billing_records
from billing.domain.states import Lifecycle, RecordStatus
from tests.support.begun import begin_as
from tests.support.berlin import Berlin
from tests.support.database import Database
from tests.support.rows import add, record
from tests.support.world import World

TODAYS = [date(2026, 3, 10), date(2024, 2, 29), date(2099, 12, 31)]
ALL = [status.value for status in RecordStatus]


def expected(lifecycle: str, settlement: str, disputed: bool, due: date, *, today: date) -> str:
    """The precedence of DESIGN: VOID > DRAFT > DISPUTED > PAID > OVERDUE > PENDING."""
    holds = {
        "VOID": lifecycle == "VOID",
        "DRAFT": lifecycle == "DRAFT",
        "DISPUTED": disputed,
        "PAID": settlement == "SETTLED",
        "OVERDUE": due < today,
        "PENDING": True,
    }
    return next(name for name, held in holds.items() if held)


def all_facts(today: date) -> tuple[list[tuple[Any, ...]], FromClause]:
    """Every combination of the facts, also those that the constraints keep out, as rows of a statement."""
    day = timedelta(days=1)
    dues = [today - day, today, today + day, date.min, date.max]
    facts = product(Lifecycle, ["OPEN", "PARTIAL", "SETTLED"], [False, True], dues)
    rows = [(number, lifecycle.value, *rest) for number, (lifecycle, *rest) in enumerate(facts)]
    columns = (
        column("number", Integer),
        column("lifecycle", Text),
        column("settlement", Text),
        column("disputed", Boolean),
        column("due_date", Date),
    )
    return rows, values(*columns, name="facts").data(rows)


@pytest.mark.parametrize("today", TODAYS, ids=str)
async def test_the_status_is_the_first_that_holds(database: Database, today: date) -> None:
    rows, facts = all_facts(today)

    async with database.owner.connect() as connection:
        await begin_as(connection, None, today)
        found = await connection.execute(select(facts.c.number, status(facts)))
        statuses: dict[int, str] = dict(found.all())

    assert statuses == {number: expected(*row, today=today) for number, *row in rows}
    assert set(statuses.values()) == set(ALL)


@pytest.mark.parametrize("today", TODAYS, ids=str)
async def test_the_predicates_of_any_statuses_say_the_same_as_the_status(database: Database, today: date) -> None:
    """A row is in exactly one branch of each filter that names its status, and in none of the others."""
    _, facts = all_facts(today)
    filters = list(chain.from_iterable(combinations(ALL, size) for size in range(1, len(ALL) + 1)))
    branches = [
        sum((case((branch, 1), else_=0) for branch in has_status(facts, wanted)), start=literal(0))
        for wanted in filters
    ]

    async with database.owner.connect() as connection:
        await begin_as(connection, None, today)
        rows = (await connection.execute(select(status(facts), *branches))).all()

    for shown, *counts in rows:
        assert dict(zip(filters, counts, strict=True)) == {wanted: int(shown in wanted) for wanted in filters}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("days", [-1, 0, 1])
async def test_the_predicates_agree_behind_a_cursor_too(database: Database, days: int, descending: bool) -> None:
    """A list that has passed a day drops the bound on it; the rows from the cursor on are told apart as before."""
    today = TODAYS[0]
    _, facts = all_facts(today)
    reached = Reached("due_date", today + timedelta(days=days), descending)
    behind = facts.c.due_date <= reached.value if descending else facts.c.due_date >= reached.value
    branches = [or_(*has_status(facts, [name], reached)) for name in ALL]

    async with database.owner.connect() as connection:
        await begin_as(connection, None, today)
        rows = (await connection.execute(select(status(facts), *branches).where(behind))).all()

    assert rows
    for shown, *agreeing in rows:
        assert [name for name, agrees in zip(ALL, agreeing, strict=True) if agrees] == [shown]


@pytest.mark.parametrize("lifecycle", Lifecycle)
async def test_a_record_is_settled_when_nothing_is_left_of_its_total(
    database: Database, world: World, lifecycle: Lifecycle
) -> None:
    """The settlement is computed by the database from the stored totals, and never for a draft."""
    amounts = [Decimal(text) for text in ("0.00", "0.01", "99.99", "100.00")]
    totals = [Decimal("0.00"), Decimal("0.01"), Decimal("100.00")]
    money = [
        parts
        for parts in product(totals, amounts, amounts)
        if sum(parts[1:]) <= parts[0] and (lifecycle is Lifecycle.ISSUED or not sum(parts[1:]))
    ]

    async with database.owner.connect() as connection:
        for total, credited, confirmed in money:
            row = record(world, lifecycle, total=total, credited_amount=credited, confirmed_amount=confirmed)
            await add(connection, billing_records, row)
            found = await connection.scalar(
                select(billing_records.c.settlement).where(billing_records.c.id == row["id"])
            )
            settled = lifecycle is not Lifecycle.DRAFT and credited + confirmed == total
            assert found == ("SETTLED" if settled else "PARTIAL" if credited + confirmed else "OPEN")


LISTED = """query($filter: BillingRecordFilter) {
    billingRecords(filter: $filter, first: 100) { nodes { id status } totalCount } }"""
FILTERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "eq": lambda name: {"status": {"eq": name}},
    "in": lambda name: {"status": {"in": [name, name]}},
    "or": lambda name: {"or": [{"status": {"eq": name}}, {"number": {"eq": "none"}}]},
    "not others": lambda name: {"not": {"status": {"in": [other for other in ALL if other != name]}}},
}


@pytest.mark.parametrize("who", ["billing-admin", "coordinator-it", "coordinator-mkt", "coordinator-hr"])
async def test_the_filter_by_status_and_the_status_shown_agree(
    database: Database, berlin: Berlin, world: World, who: str
) -> None:
    today = berlin.at("2026-02-14 00:00:00").date()
    await fill_with_every_record(database, world, today)
    client = berlin.client(who)

    everything = (await client.run(LISTED)).field
    sees_any = who != "coordinator-hr"
    assert {node["status"] for node in everything["nodes"]} == (set(ALL) if sees_any else set())
    assert everything["totalCount"] == len(everything["nodes"])
    for name in ALL:
        ids = {node["id"] for node in everything["nodes"] if node["status"] == name}
        for filter in FILTERS.values():
            listed = (await client.run(LISTED, filter=filter(name))).field
            assert [node["status"] for node in listed["nodes"]] == [name] * len(ids)
            assert {node["id"] for node in listed["nodes"]} == ids
            assert listed["totalCount"] == len(ids)


@pytest.mark.parametrize("size", [2, 3, 5, 6])
async def test_a_filter_by_several_statuses_lists_each_record_once(
    database: Database, berlin: Berlin, world: World, size: int
) -> None:
    today = berlin.at("2026-02-14 23:59:59").date()
    await fill_with_every_record(database, world, today)
    client = berlin.client("coordinator-it")
    everything = (await client.run(LISTED)).field["nodes"]

    for wanted in combinations(ALL, size):
        listed = (await client.run(LISTED, filter={"status": {"in": wanted}})).field
        ids = sorted(node["id"] for node in everything if node["status"] in wanted)
        assert sorted(node["id"] for node in listed["nodes"]) == ids
        assert listed["totalCount"] == len(ids)


async def fill_with_every_record(database: Database, world: World, today: date) -> None:
    """Every combination of the facts that the database lets in."""
    day = timedelta(days=1)
    issued: dict[str, Any] = {"issue_date": today - 2 * day}
    money: list[dict[str, Any]] = [
        {},
        {"confirmed_amount": Decimal("40.00")},
        {"confirmed_amount": Decimal("100.00")},
        {"total": Decimal("0.00")},
    ]
    async with database.owner.begin() as connection:
        for due in (today - day, today, today + day):
            facts = product(money, [False, True])
            rows = [record(world, **issued, due_date=due, disputed=disputed, **paid) for paid, disputed in facts]
            void = record(world, "VOID", **issued, due_date=due)
            await add(connection, billing_records, *rows, void, record(world, "DRAFT", due_date=due))


MIDNIGHTS = [
    pytest.param("2026-01-15", id="P31-winter"),
    pytest.param("2026-07-15", id="P31-summer"),
    pytest.param("2026-03-28", id="P31-before-the-day-of-23-hours"),
    pytest.param("2026-03-29", id="P31-after-the-day-of-23-hours"),
    pytest.param("2026-10-24", id="P31-before-the-day-of-25-hours"),
    pytest.param("2026-10-25", id="P31-after-the-day-of-25-hours"),
    pytest.param("2026-12-31", id="P31-the-end-of-a-year"),
]


@pytest.fixture(params=["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
def local_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the machine thinks it is: UTC, fourteen hours before and twelve hours behind it."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


@pytest.mark.parametrize("due", MIDNIGHTS)
async def test_a_record_turns_overdue_at_midnight_of_the_configured_zone(
    berlin: Berlin, local_zone: str, due: str
) -> None:
    """Without any job: only the clock moves, by a second."""
    next_day = str(date.fromisoformat(due) + timedelta(days=1))
    berlin.at("2026-01-02 12:00:00")
    made = await berlin.make.record(dueDate=due)
    overdue = {"status": {"eq": "OVERDUE"}}

    for now, status_ in ((f"{due} 23:59:59", "PENDING"), (f"{next_day} 00:00:00", "OVERDUE")):
        berlin.at(now)
        assert (await berlin.make.read(made))["status"] == status_
        for who in ("billing-admin", "coordinator-it", "coordinator-mkt"):
            listed = (await berlin.client(who).run(LISTED, filter=overdue)).field["nodes"]
            assert listed == ([{"id": made["id"], "status": "OVERDUE"}] if status_ == "OVERDUE" else [])


async def test_an_overdue_record_is_paid_like_any_other(berlin: Berlin) -> None:
    berlin.at("2026-01-02 12:00:00")
    made = await berlin.make.record(dueDate="2026-01-15")
    berlin.at("2026-01-16 00:00:00")

    await berlin.make.payment(made, confirmed_by="coordinator-it")

    assert (await berlin.make.read(made))["status"] == "PAID"
