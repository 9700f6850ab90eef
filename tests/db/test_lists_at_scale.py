"""What lists read where one division has 40 % of all records and another ten."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db import billing_records
from billing.db.lists import Page
from billing.db.logins import SCOPED, SERVICE
from billing.db.scope import visible_to
from billing.db.tables import billing_records as records_table
from billing.domain.conditions import EVERYTHING, Compare
from billing.permissions.viewer import Viewer
from billing.settings import Settings
from tests.support.begun import begin_as
from tests.support.database import Database
from tests.support.plans import PLAN_MODES, PlanMode, Reading, read
from tests.support.scale import (
    PAGE_SIZE,
    Asked,
    Division,
    by_size,
    large_organisation,
    lists_asked,
    pages_of,
    viewers,
)

RECORDS = 60_000
ROWS_READ_MAX = 4 * PAGE_SIZE
# Each row may lie in a block of its own; what is more was read on the way to the page.
BLOCKS_READ_MAX = 4 * PAGE_SIZE


AsLogin = Callable[[Viewer], Awaitable[AsyncConnection]]


@dataclass(frozen=True)
class Case:
    """A page of a list, and what it read under custom or generic plans."""

    asked: Asked
    page: str
    mode: PlanMode
    reading: Reading

    @property
    def too_much(self) -> bool:
        return self.reading.rows > ROWS_READ_MAX or self.reading.blocks > BLOCKS_READ_MAX

    def __str__(self) -> str:
        what = f"{self.asked}, {self.page}, {self.mode}: {self.reading.rows:g} rows, {self.reading.blocks} blocks"
        return f"{what}\n{self.reading.plan}"


@pytest.fixture(scope="session")
async def organisation(database_url: str, settings: Settings) -> AsyncIterator[Database]:
    async with large_organisation(database_url, settings, RECORDS) as database:
        yield database


@pytest.fixture
async def connection(organisation: Database) -> AsyncIterator[AsyncConnection]:
    """Changes nothing: what a test does to the schema is rolled back."""
    async with organisation.owner.connect() as connection:
        await begin_as(connection, None)
        yield connection


@pytest.fixture
async def as_login(organisation: Database) -> AsyncIterator[AsLogin]:
    """`await as_login(viewer)` is a connection of the login that works for the viewer, begun as theirs."""
    engines = [organisation.beside_as(login) for login in (SERVICE, SCOPED)]
    async with engines[0].connect() as service, engines[1].connect() as scoped:

        async def begun(viewer: Viewer) -> AsyncConnection:
            connection = service if viewer.sees_all else scoped
            await connection.rollback()
            await begin_as(connection, viewer)
            return connection

        yield begun


@pytest.fixture
async def divisions(connection: AsyncConnection) -> dict[str, Division]:
    found = await by_size(connection)
    return {"the largest": found[0], "the median": found[len(found) // 2], "the smallest": found[-1]}


async def test_the_organisation_is_skewed(divisions: dict[str, Division]) -> None:
    assert 0.38 * RECORDS < divisions["the largest"].records < 0.42 * RECORDS
    assert divisions["the smallest"].records == 10


async def test_every_page_of_every_list_reads_at_most_four_pages_of_rows(
    as_login: AsLogin, divisions: dict[str, Division], record_property: Callable[[str, object], None]
) -> None:
    """Each as the login that works for whoever asks, coordinators under row-level security."""
    cases = []
    for viewer in viewers(divisions):
        connection = await as_login(viewer)
        cases += [
            Case(asked, name, mode, await read_page(connection, asked, page, mode))
            for asked in lists_asked(viewer, divisions)
            for name, page in (await pages_of(connection, asked)).items()
            for mode in PLAN_MODES
        ]

    record_property("cases", len(cases))
    excess = [str(case) for case in cases if case.too_much]
    assert not excess, "\n".join([f"{len(excess)} of {len(cases)} pages read too much:", *excess[:10]])
    assert len(cases) > 1900


async def test_row_level_security_costs_at_most_a_tenth_of_the_rows_read(
    connection: AsyncConnection,
    as_login: AsLogin,
    divisions: dict[str, Division],
    record_property: Callable[[str, object], None],
) -> None:
    """The same pages as the owner, for whom there is no second wall."""
    with_it = without = 0.0
    for viewer in viewers(divisions):
        if viewer.sees_all:
            continue
        scoped = await as_login(viewer)
        for asked in lists_asked(viewer, divisions):
            for mode in PLAN_MODES:
                under = await read_page(scoped, asked, Page(PAGE_SIZE), mode)
                bare = await read_page(connection, asked, Page(PAGE_SIZE), mode)
                with_it, without = with_it + under.rows, without + bare.rows

    record_property("rows read by coordinators' first pages", round(without))
    record_property("rows read by them under row-level security", round(with_it))
    assert 0 < with_it <= 1.1 * without


async def test_the_figure_shows_a_policy_that_the_planner_sees_through(
    connection: AsyncConnection, divisions: dict[str, Division]
) -> None:
    coordinator = next(viewers(divisions))
    asked = Asked("billingRecords", billing_records.LIST, coordinator, "", EVERYTHING)
    mine = "(SELECT current_setting('billing.division_id')::uuid)"
    own = f"from_division_id = {mine} OR to_division_id = {mine}"
    await connection.execute(text("DROP POLICY billing_scoped ON billing_records"))
    await connection.execute(text(f"CREATE POLICY billing_scoped ON billing_records TO billing_scoped USING ({own})"))
    await begin_as(connection, coordinator)
    await connection.execute(text("SET LOCAL ROLE billing_scoped"))

    reading = await read_page(connection, asked, Page(PAGE_SIZE), "force_custom_plan")

    assert reading.rows > ROWS_READ_MAX, reading.plan


async def test_the_figure_shows_an_index_that_is_missing(
    connection: AsyncConnection, divisions: dict[str, Division]
) -> None:
    coordinator = next(viewers(divisions))
    overdue = Asked("billingRecords", billing_records.LIST, coordinator, "", Compare("status", "eq", "OVERDUE"))
    await connection.execute(text("DROP INDEX billing_records_from_open, billing_records_to_open"))

    reading = await read_page(connection, overdue, Page(PAGE_SIZE), "force_custom_plan")

    assert reading.rows > ROWS_READ_MAX


async def test_the_figure_shows_a_union_that_is_written_as_or(
    connection: AsyncConnection, divisions: dict[str, Division]
) -> None:
    coordinator = next(viewers(divisions))
    r = records_table.c
    either_side = select(r.id).where(visible_to(coordinator, records_table)).order_by(r.issue_date, r.id)

    reading = await read(connection, either_side.limit(PAGE_SIZE + 1), "force_custom_plan")

    assert reading.rows > ROWS_READ_MAX


async def read_page(connection: AsyncConnection, asked: Asked, page: Page, mode: PlanMode) -> Reading:
    return await read(connection, asked.definition.page(asked.viewer, asked.condition, asked.order, page), mode)
