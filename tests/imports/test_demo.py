"""The demo is an organisation that keeps every rule of the service, and in which everything can be tried."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from billing.app import create_app
from billing.demo.organisation import DEMO_USERS, fill_demo, is_empty
from billing.settings import Settings
from tests.conftest import TOKENS
from tests.support.asgi import http_to
from tests.support.client import Client
from tests.support.database import Database
from tests.support.make import key
from tests.support.unchanged import Contents, Unchanged, contents

EVENING = datetime(2026, 3, 18, 20, 30, tzinfo=UTC)

People = Callable[[str], Client]
Empty = Callable[[], Awaitable[None]]
At = Callable[[datetime], None]


_demo: list[Contents] = []
"""What the demo of that evening holds, once it has been filled."""


@pytest.fixture
async def demo(empty: Empty, database: Database, at: At) -> Database:
    """A database with nothing but the demo of 18 March 2026; filled anew only where the last test changed it."""
    at(EVENING)
    if not _demo or await contents_of(database) != _demo[0]:
        await empty()
        await fill_demo(database, 30)
        _demo[:] = [await contents_of(database)]
    return database


@pytest.fixture
async def client(database: Database, settings: Settings) -> AsyncIterator[People]:
    """As the other tests' client, but whatever is in the database stays."""
    async with http_to(create_app(settings, database, TOKENS)) as http:
        yield lambda name: Client(http, TOKENS, name)


async def contents_of(database: Database) -> Contents:
    async with database.owner.connect() as connection:
        return await contents(connection)


async def values(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.owner.connect() as connection:
        return [tuple(row) for row in (await connection.execute(text(query))).all()]


async def statuses(client: Client) -> dict[str, int]:
    """How many records there are in each status."""
    wanted = ("DRAFT", "PENDING", "OVERDUE", "DISPUTED", "PAID", "VOID")
    counts = " ".join(
        f"{name}: billingRecords(first: 1, filter: {{status: {{eq: {name}}}}}) {{ totalCount }}" for name in wanted
    )
    found = (await client.run(f"{{ {counts} }}")).data
    return {name: found[name]["totalCount"] for name in wanted}


# What is there


async def test_every_status_has_its_records(demo: Database, client: People) -> None:
    count = await statuses(client("analyst"))

    assert 2_900 <= sum(count.values()) <= 3_200
    assert count["PAID"] > 2_500
    assert all(count[name] >= 5 for name in count), count
    assert dict(await values(demo, "SELECT status, count(*) FROM payment_records GROUP BY 1")).keys() == {
        "PENDING",
        "CONFIRMED",
        "REJECTED",
        "CANCELLED",
    }
    assert dict(await values(demo, "SELECT status, count(*) FROM disputes GROUP BY 1")).keys() == {
        "OPEN",
        "REJECTED",
        "WITHDRAWN",
    }


@pytest.mark.parametrize("day", ["2027-01-01", "2028-02-29"])
async def test_every_status_has_its_records_on_whatever_day(
    client: People, empty: Empty, database: Database, at: At, day: str
) -> None:
    at(datetime.fromisoformat(f"{day}T09:00:00Z"))
    await empty()

    await fill_demo(database, 30)

    count = await statuses(client("analyst"))
    assert all(count[name] >= 5 for name in count), count
    assert (await values(database, "SELECT count(*) FROM payment_records WHERE status = 'PENDING'"))[0][0] >= 5
    partial = "SELECT count(*) FROM billing_records WHERE settlement = 'PARTIAL'"
    assert (await values(database, partial))[0][0] >= 3
    await assert_sound(database)


async def test_the_organisation_is_a_tree_of_twelve_and_those_of_the_cloud_bill(demo: Database) -> None:
    assert await values(demo, "SELECT count(*) FROM divisions WHERE cost_centre <> ''") == [(12,)]
    assert await values(demo, "SELECT code FROM divisions WHERE cost_centre <> '' AND parent_id IS NULL") == [
        ("HEAD-OFFICE",)
    ]
    assert await values(demo, "SELECT count(*) FROM divisions") == [(76,)]
    assert await values(demo, "SELECT count(*) FROM service_catalog WHERE unit <> 'charge'") == [(60,)]
    changes = "SELECT count(*) FROM service_catalog_prices GROUP BY catalog_item_id, currency"
    assert 2 <= max(await values(demo, changes))[0] <= 6
    currencies = dict(await values(demo, "SELECT currency, count(*) FROM billing_records GROUP BY 1"))
    assert currencies["USD"] > currencies["EUR"] > currencies["JPY"] > 50
    assert currencies["KWD"] > 50


async def test_the_demo_users_have_the_roles_of_their_names(demo: Database, client: People) -> None:
    me = {name: (await client(name).run("{ me { role division { code } } }")).field for name in DEMO_USERS}

    assert {name: user["role"] for name, user in me.items()} == {
        name: "COORDINATOR" if name.startswith("coordinator-") else name.upper().replace("-", "_")
        for name in DEMO_USERS
    }
    assert me["coordinator-it"]["division"] == {"code": "IT"}
    assert me["coordinator-marketing"]["division"] == {"code": "MARKETING"}
    assert me["analyst"]["division"] is None
    providers = await values(
        demo, "SELECT DISTINCT code FROM divisions d JOIN service_catalog s ON s.provider_division_id = d.id"
    )
    assert {f"coordinator-{code.lower()}" for (code,) in providers} <= set(DEMO_USERS)


# What it keeps to


async def assert_sound(database: Database) -> None:
    """Each query finds rows that break a rule."""
    for rule, query in _BROKEN_RULES.items():
        assert await values(database, query) == [], rule


_BROKEN_RULES = {
    "a total is the sum of its lines": """
        SELECT r.id FROM billing_records r JOIN billing_line_items l ON l.billing_record_id = r.id
        GROUP BY r.id HAVING r.total <> sum(l.amount)""",
    "stored amounts are those of the allocations": """
        SELECT r.id FROM billing_records r
        LEFT JOIN payment_allocations a ON a.billing_record_id = r.id
        LEFT JOIN payment_records p ON p.id = a.payment_id
        GROUP BY r.id
        HAVING r.confirmed_amount <> coalesce(sum(a.amount) FILTER (WHERE p.status = 'CONFIRMED'), 0)
            OR r.pending_amount <> coalesce(sum(a.amount) FILTER (WHERE p.status = 'PENDING'), 0)
            OR r.credited_amount <> 0""",
    "numbers are gapless by provider and year, in the order of time": """
        SELECT number FROM (
            SELECT r.number, d.code || '-' || extract(year FROM issue_date) || '-' || lpad(row_number() OVER (
                PARTITION BY from_division_id, extract(year FROM issue_date) ORDER BY r.created_at, r.id)::text, 5, '0')
                AS wanted
            FROM billing_records r JOIN divisions d ON d.id = r.from_division_id WHERE lifecycle <> 'DRAFT') numbered
        WHERE number <> wanted AND number NOT IN (
            SELECT number FROM billing_records WHERE import_id IS NOT NULL)""",
    "the counters stand at the last number": """
        SELECT from_division_id FROM billing_records r
        LEFT JOIN number_counters c ON c.division_id = from_division_id AND c.year = extract(year FROM issue_date)
        WHERE lifecycle <> 'DRAFT' GROUP BY from_division_id, c.year, c.last_number
        HAVING c.last_number IS DISTINCT FROM count(*)""",
    "a line charges the price of its period's first day, or says why not": """
        SELECT l.id FROM billing_line_items l
        JOIN billing_records r ON r.id = l.billing_record_id AND r.import_id IS NULL
        CROSS JOIN LATERAL (
            SELECT unit_price FROM service_catalog_prices p
            WHERE p.catalog_item_id = l.catalog_item_id AND p.currency = l.currency AND valid_from <= r.period_start
            ORDER BY valid_from DESC LIMIT 1) listed
        WHERE l.unit_price <> listed.unit_price AND price_override_reason = ''""",
    "a line charges an item of the record's provider": """
        SELECT l.id FROM billing_line_items l LEFT JOIN service_catalog s ON s.id = l.catalog_item_id
        WHERE s.provider_division_id IS DISTINCT FROM l.from_division_id""",
    "payments come after the issue and are decided after that, by another": """
        SELECT p.id FROM payment_records p JOIN payment_allocations a ON a.payment_id = p.id
        JOIN billing_records r ON r.id = a.billing_record_id
        WHERE p.paid_on < r.issue_date OR p.recorded_at < r.created_at OR p.decided_at <= p.recorded_at
            OR p.paid_on > p.recorded_at::date OR (p.decided_by = p.recorded_by AND p.status <> 'CANCELLED')""",
    "the paying side records, the receiving side decides": """
        SELECT p.id FROM payment_records p JOIN users r ON r.id = p.recorded_by LEFT JOIN users d ON d.id = p.decided_by
        WHERE r.division_id <> p.to_division_id
            OR (d.division_id <> p.from_division_id AND p.status IN ('CONFIRMED', 'REJECTED'))""",
    "no payment is recorded while a dispute is open": """
        SELECT d.id FROM disputes d JOIN payment_allocations a ON a.billing_record_id = d.billing_record_id
        JOIN payment_records p ON p.id = a.payment_id
        WHERE p.recorded_at BETWEEN d.opened_at AND coalesce(d.closed_at, 'infinity')""",
    "a record is disputed while its dispute is open": """
        SELECT r.id FROM billing_records r
        LEFT JOIN disputes d ON d.billing_record_id = r.id AND d.status = 'OPEN'
        WHERE r.disputed <> (d.id IS NOT NULL)""",
    "ids bear the time of what they name": """
        SELECT id FROM (
            SELECT id, created_at FROM billing_records UNION ALL SELECT id, recorded_at FROM payment_records
            UNION ALL SELECT id, opened_at FROM disputes UNION ALL SELECT id, created_at FROM divisions
            UNION ALL SELECT id, created_at FROM service_catalog UNION ALL SELECT id, imported_at FROM imports) made
        WHERE ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint
            <> floor(extract(epoch FROM created_at) * 1000) OR substr(id::text, 15, 1) <> '7'""",
    "nothing comes from the future": """
        SELECT 1 FROM (SELECT max(created_at) AS latest FROM billing_records UNION ALL
            SELECT max(decided_at) FROM payment_records UNION ALL SELECT max(closed_at) FROM disputes UNION ALL
            SELECT max(created_at) FROM service_catalog_prices) moments
        WHERE latest > (SELECT imported_at FROM imports)""",
}


async def test_the_demo_keeps_the_rules_of_the_service(demo: Database) -> None:
    await assert_sound(demo)


async def test_each_of_these_rules_can_be_broken(demo: Database) -> None:
    """Else the queries above would prove nothing."""
    assert _BREAKING.keys() == _BROKEN_RULES.keys()
    for rule, change in _BREAKING.items():
        async with demo.owner.connect() as connection:
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            await connection.execute(text(change))
            assert (await connection.execute(text(_BROKEN_RULES[rule]))).all(), rule
            await connection.rollback()


_BREAKING = {
    "a total is the sum of its lines": "UPDATE billing_records SET total = total + 1",
    "stored amounts are those of the allocations": """
        UPDATE billing_records SET confirmed_amount = confirmed_amount - confirmed_amount""",
    "numbers are gapless by provider and year, in the order of time": """
        UPDATE billing_records SET number = number || '0' WHERE number LIKE 'IT-2025-%'""",
    "the counters stand at the last number": "UPDATE number_counters SET last_number = last_number + 1",
    "a line charges the price of its period's first day, or says why not": """
        UPDATE service_catalog_prices SET unit_price = unit_price + 1""",
    "a line charges an item of the record's provider": """
        UPDATE service_catalog SET provider_division_id = (SELECT id FROM divisions WHERE code = 'LEGAL')""",
    "payments come after the issue and are decided after that, by another": """
        UPDATE payment_records SET paid_on = '2020-01-01'""",
    "the paying side records, the receiving side decides": """
        UPDATE payment_records SET recorded_by = (SELECT id FROM users WHERE name = 'coordinator-legal')""",
    "no payment is recorded while a dispute is open": """
        UPDATE disputes SET closed_at = '2099-01-01' WHERE closed_at IS NOT NULL""",
    "a record is disputed while its dispute is open": "DELETE FROM disputes",
    "ids bear the time of what they name": "UPDATE disputes SET opened_at = opened_at - interval '1 second'",
    "nothing comes from the future": "UPDATE service_catalog_prices SET created_at = '2099-01-01'",
}


# How it comes about


async def test_the_same_day_gives_the_same_demo(demo: Database, empty: Empty, at: At) -> None:
    before = await contents_of(demo)

    at(EVENING.replace(hour=1))
    await empty()
    await fill_demo(demo, 30)

    after = await contents_of(demo)
    for table in ("ledger_transactions", "ledger_entries", "audit_events"):
        # Their ids go on counting, or are drawn; the ledger follows from the rows that are the same.
        assert after.pop(table)[0] == before.pop(table)[0] > 0
    assert after == before


async def test_only_an_empty_database_is_filled(demo: Database, empty: Empty, unchanged: Unchanged) -> None:
    assert not await is_empty(demo)
    async with unchanged():
        await fill_demo(demo, 30)

    await empty()
    assert await is_empty(demo)


async def test_two_who_fill_at_once_fill_once(empty: Empty, database: Database) -> None:
    await empty()

    await asyncio.gather(fill_demo(database), fill_demo(database))

    assert await values(database, "SELECT count(*) FROM imports") == [(1,)]
    await assert_sound(database)


async def test_a_crash_leaves_the_database_empty(
    empty: Empty, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the power fails")

    await empty()
    monkeypatch.setattr("billing.demo.organisation.write_focus_file", crash)
    with pytest.raises(RuntimeError):
        await fill_demo(database)

    assert await is_empty(database)


# What one can do in it


async def test_a_coordinator_goes_on_charging_with_the_next_number(demo: Database, client: People) -> None:
    it = client("coordinator-it")
    marketing = (await it.run('{ division(code: "MARKETING") { id } }')).field["id"]
    laptop = (await it.run('{ catalogItem(sku: "LAPTOP-STANDARD") { id } }')).field["id"]
    [(last,)] = await values(
        demo,
        "SELECT last_number FROM number_counters c JOIN divisions d ON d.id = division_id "
        "WHERE code = 'IT' AND year = 2026",
    )

    numbers = []
    for _ in range(2):
        answer = await it.change(
            "createBillingRecord",
            "billingRecord { number status dueDate }",
            toDivisionId=marketing,
            currency="USD",
            periodStart="2026-03-01",
            periodEnd="2026-03-31",
            lines=[{"catalogItemId": laptop, "quantity": "40"}],
            idempotencyKey=key(),
        )
        assert answer.user_errors == []
        assert answer.field["billingRecord"]["status"] == "PENDING"
        numbers.append(answer.field["billingRecord"]["number"])

    assert numbers == [f"IT-2026-{last + 1:05d}", f"IT-2026-{last + 2:05d}"]


async def test_a_coordinator_finds_pending_payments_to_confirm(demo: Database, client: People) -> None:
    waiting = "{ payments(first: 50, filter: {status: {eq: PENDING}}) { nodes { id fromDivision { code } } } }"
    found = (await client("analyst").run(waiting)).field["nodes"]
    provider, _ = Counter(payment["fromDivision"]["code"] for payment in found).most_common(1)[0]
    payment = next(payment for payment in found if payment["fromDivision"]["code"] == provider)

    answer = await client(f"coordinator-{provider.lower()}").change(
        "confirmPayment", "payment { status }", id=payment["id"], idempotencyKey=key()
    )

    assert answer.user_errors == []
    assert answer.field["payment"] == {"status": "CONFIRMED"}
    await assert_stored_amounts(demo)


async def assert_stored_amounts(database: Database) -> None:
    assert await values(database, _BROKEN_RULES["stored amounts are those of the allocations"]) == []
