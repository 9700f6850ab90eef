"""Days that must not get in (B46, B60): out of order, out of bounds, in the future of the configured zone."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.berlin import Berlin
from tests.support.client import Client
from tests.support.forms import charge, pay
from tests.support.make import Make, key
from tests.support.refusals import assert_refused_by_schema
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]
At = Callable[[datetime], None]

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY, YESTERDAY, TOMORROW = "2026-03-10", "2026-03-09", "2026-03-11"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param("2026-01-31", "2026-01-30", id="B46-ends-before-it-starts"),
        pytest.param("2024-01-01", "2025-01-01", id="B46-367-days"),
        pytest.param("0001-01-01", "0001-01-31", id="B46-year-0001"),
        pytest.param("9999-01-01", "9999-12-31", id="B46-year-9999"),
        pytest.param("1999-12-31", "2000-01-01", id="B46-starts-before-all-days"),
        pytest.param("2099-12-31", "2100-01-01", id="B46-ends-after-all-days"),
        pytest.param("0001-01-01", "9999-12-31", id="B46-for-ever"),
    ],
)
async def test_such_a_period_is_refused(
    client: People, make: Make, world: World, unchanged: Unchanged, start: str, end: str
) -> None:
    it = client("coordinator-it")
    draft = await make.record(draft=True)

    async with unchanged():
        created = await it.change(
            "createBillingRecord", "billingRecord { id }", **charge(world, periodStart=start, periodEnd=end)
        )
        changed = await it.change(
            "updateBillingRecord",
            "billingRecord { id }",
            id=draft["id"],
            version=draft["version"],
            periodStart=start,
            periodEnd=end,
            lines=charge(world)["lines"],
        )

    assert created.user_errors == changed.user_errors == [("BAD_DATES", ["periodEnd"])]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param("2026-01-31", "2026-01-31", id="one-day"),
        pytest.param("2024-01-01", "2024-12-31", id="a-leap-year"),
        pytest.param("2000-01-01", "2000-12-31", id="the-first"),
        pytest.param("2099-01-01", "2099-12-31", id="the-last"),
    ],
)
async def test_such_a_period_is_accepted(make: Make, start: str, end: str) -> None:
    record = await make.record(periodStart=start, periodEnd=end)

    assert (record["periodStart"], record["periodEnd"]) == (start, end)


@pytest.mark.parametrize(
    "day",
    [
        pytest.param("2026-02-30", id="no-such-day"),
        pytest.param("2026-1-1", id="short"),
        pytest.param("20260101", id="basic"),
        pytest.param("2026-01-01T00:00:00Z", id="a-moment"),
        pytest.param(" 2026-01-01", id="space"),
        pytest.param("２026-01-01", id="full-width"),
        pytest.param("0000-01-01", id="year-0000"),
        pytest.param("infinity", id="infinity"),
        pytest.param("now", id="now"),
        pytest.param("", id="empty"),
        pytest.param(20260101, id="integer"),
        pytest.param(True, id="true"),
    ],
)
async def test_what_is_no_day_is_refused_by_the_schema(
    client: People, make: Make, world: World, unchanged: Unchanged, day: Any
) -> None:
    record = await make.record()

    async with unchanged():
        await assert_refused_by_schema(
            client("coordinator-it"), " at .periodStart:", "createBillingRecord", **charge(world, periodStart=day)
        )
        await assert_refused_by_schema(
            client("coordinator-mkt"), " at .paidOn:", "recordPayment", **pay((record, "1.00"), paidOn=day)
        )


@pytest.mark.parametrize(
    "due",
    [
        pytest.param(YESTERDAY, id="B46-before-issue"),
        pytest.param("0001-01-01", id="B46-year-0001"),
        pytest.param("9999-12-31", id="B46-year-9999"),
        pytest.param("2100-01-01", id="B46-after-all-days"),
    ],
)
async def test_such_a_due_date_is_refused(
    client: People, make: Make, world: World, unchanged: Unchanged, at: At, due: str
) -> None:
    at(NOON)
    it = client("coordinator-it")
    issued = await make.record()

    async with unchanged():
        created = await it.change("createBillingRecord", "billingRecord { id }", **charge(world, dueDate=due))
        changed = await it.change(
            "updateBillingRecord", "billingRecord { id }", id=issued["id"], version=issued["version"], dueDate=due
        )

    assert created.user_errors == changed.user_errors == [("BAD_DATES", ["dueDate"])]


async def test_a_record_can_be_due_the_day_it_is_issued(make: Make, at: At) -> None:
    at(NOON)

    record = await make.record(dueDate=TODAY)

    assert (record["issueDate"], record["dueDate"], record["status"]) == (TODAY, TODAY, "PENDING")


async def test_a_draft_that_is_due_before_today_cannot_be_issued(
    client: People, make: Make, unchanged: Unchanged, at: At
) -> None:
    at(NOON)
    draft = await make.record(draft=True, dueDate=YESTERDAY)

    async with unchanged():
        answer = await client("coordinator-it").change(
            "issueBillingRecord", "billingRecord { id }", id=draft["id"], idempotencyKey=key()
        )

    assert answer.user_errors == [("BAD_DATES", ["id"])]


@pytest.mark.parametrize(
    "paid_on",
    [
        pytest.param(TOMORROW, id="B60-in-the-future"),
        pytest.param(YESTERDAY, id="B60-before-issue"),
        pytest.param("0001-01-01", id="B60-year-0001"),
        pytest.param("9999-12-31", id="B60-year-9999"),
    ],
)
async def test_such_a_day_of_payment_is_refused(
    client: People, make: Make, unchanged: Unchanged, at: At, paid_on: str
) -> None:
    at(NOON)
    record = await make.record()

    async with unchanged():
        answer = await client("coordinator-mkt").change(
            "recordPayment", "payment { id }", **pay((record, "1.00"), paidOn=paid_on)
        )

    assert answer.user_errors == [("BAD_DATES", ["paidOn"])]


async def test_a_payment_is_of_today_when_nothing_else_is_said(client: People, make: Make, at: At) -> None:
    at(NOON)
    record = await make.record()

    answer = await client("coordinator-mkt").change("recordPayment", "payment { paidOn }", **pay((record, "1.00")))

    assert answer.field["payment"] == {"paidOn": TODAY}


async def test_the_terms_of_payment_end_with_the_last_of_all_days(make: Make, at: At) -> None:
    """30 days after the 15th of December 2099 would be out of bounds; the record is due at their end."""
    at(datetime(2099, 12, 15, tzinfo=UTC))

    record = await make.record(periodStart="2099-12-01", periodEnd="2099-12-15")

    assert record["dueDate"] == "2099-12-31"


@pytest.mark.parametrize(
    ("now", "paid_on", "refused"),
    [
        pytest.param("2026-03-10 00:30:00", "2026-03-10", False, id="B60-today-there-yesterday-in-UTC"),
        pytest.param("2026-03-10 00:30:00", "2026-03-11", True, id="B60-tomorrow-there"),
        pytest.param("2026-03-10 23:59:59", "2026-03-11", True, id="B60-tomorrow-there-today-in-Kiribati"),
        pytest.param("2026-03-29 23:30:00", "2026-03-29", False, id="B60-the-day-of-23-hours"),
        pytest.param("2026-03-29 23:30:00", "2026-03-30", True, id="B60-after-the-day-of-23-hours"),
        pytest.param("2026-10-25 23:30:00", "2026-10-26", True, id="B60-after-the-day-of-25-hours"),
    ],
)
async def test_the_future_begins_at_midnight_of_the_configured_zone(
    berlin: Berlin, unchanged: Unchanged, now: str, paid_on: str, refused: bool
) -> None:
    berlin.at("2026-01-01 12:00:00")
    record = await berlin.make.record()
    berlin.at(now)

    async with unchanged() if refused else nullcontext():
        answer = await berlin.client("coordinator-mkt").change(
            "recordPayment", "payment { paidOn }", **pay((record, "1.00"), paidOn=paid_on)
        )

    assert answer.user_errors == ([("BAD_DATES", ["paidOn"])] if refused else [])


async def test_a_record_is_issued_on_the_day_of_the_configured_zone(berlin: Berlin) -> None:
    berlin.at("2026-01-01 00:30:00")

    record = await berlin.make.record()

    assert record["issueDate"] == "2026-01-01"
    assert record["number"] == "IT-2026-00001"
