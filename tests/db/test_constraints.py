"""The database refuses too: each constraint, tried with rows that are right but for what it is about."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Table, null, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db.tables import (
    audit_events,
    billing_line_items,
    billing_records,
    disputes,
    divisions,
    imports,
    ledger_transactions,
    metadata,
    payment_records,
    service_catalog,
    service_catalog_prices,
    users,
)
from tests.db.violations import CASES, ELSEWHERE, HUGE, INFINITY, decided
from tests.support.refused import constraint, sqlstate
from tests.support.rows import Rows, add, fact

NOT_NULL_VIOLATION, FOREIGN_KEY_VIOLATION, NUMERIC_VALUE_OUT_OF_RANGE = "23502", "23503", "22003"


@pytest.mark.parametrize("table", CASES, ids=str)
async def test_a_row_as_it_should_be_is_accepted(connection: AsyncConnection, rows: Rows, table: Table) -> None:
    await add(connection, table, rows.new(table))


@pytest.mark.parametrize(
    ("table", "name"),
    [pytest.param(table, name, id=f"{table}-{name}") for table, names in CASES.items() for name in names],
)
async def test_a_row_that_violates_a_constraint_is_refused_by_its_name(
    connection: AsyncConnection, rows: Rows, table: Table, name: str
) -> None:
    for changes in CASES[table][name]:
        given = changes if isinstance(changes, dict) else changes(rows)
        savepoint = await connection.begin_nested()

        with pytest.raises(IntegrityError) as refused:
            await add(connection, table, rows.new(table, **given))

        assert constraint(refused.value) == name, given
        await savepoint.rollback()


async def test_every_constraint_is_tried(connection: AsyncConnection) -> None:
    """Also unique indexes, which stand for constraints that hold for some rows only."""
    there = await connection.execute(
        text("""
            SELECT conrelid::regclass::text, conname FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'p', 't', 'u', 'x')
            UNION SELECT indrelid::regclass::text, indexrelid::regclass::text FROM pg_index
            WHERE indisunique AND indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
        """)
    )
    tried = {(table.name, name) for table, names in CASES.items() for name in names}

    assert tried.isdisjoint(ELSEWHERE)
    assert {tuple(row) for row in there} == tried | set(ELSEWHERE)
    assert set(CASES) == set(metadata.tables.values())


@pytest.mark.parametrize(
    ("kind", "name"),
    [("VOID", "void"), ("CONFIRMATION", "confirmed"), ("REVERSAL", "reversed"), ("CREDIT", "credited")],
)
async def test_a_fact_is_posted_once(connection: AsyncConnection, rows: Rows, kind: str, name: str) -> None:
    if kind != "VOID":  # Which is there, and waits for its entries.
        await add(connection, ledger_transactions, rows.new(ledger_transactions, **fact(rows, kind)))

    with pytest.raises(IntegrityError) as refused:
        await add(connection, ledger_transactions, rows.new(ledger_transactions, **fact(rows, kind)))

    assert constraint(refused.value) == f"{name}_once"


async def test_a_record_is_replaced_once(connection: AsyncConnection, rows: Rows) -> None:
    replaced = rows.id_of(billing_records)
    await add(connection, billing_records, rows.new(billing_records, replaces_id=replaced))

    with pytest.raises(IntegrityError) as refused:
        await add(connection, billing_records, rows.new(billing_records, replaces_id=replaced))

    assert constraint(refused.value) == "replaced_once"


async def test_a_record_has_one_open_dispute(connection: AsyncConnection, rows: Rows) -> None:
    first, second = (rows.new(disputes, status="OPEN", closed_at=None, closed_by=None) for _ in range(2))
    await add(connection, disputes, first)

    with pytest.raises(IntegrityError) as refused:
        await add(connection, disputes, second)

    assert constraint(refused.value) == "one_open_dispute"


@pytest.mark.parametrize(
    ("table", "column"),
    [
        (billing_line_items, "quantity"),
        (billing_line_items, "unit_price"),
        (billing_line_items, "unrounded_amount"),
        (service_catalog_prices, "unit_price"),
        (service_catalog_prices, "cost_price"),
    ],
    ids=str,
)
@pytest.mark.parametrize("value", [INFINITY, -INFINITY, HUGE], ids=str)
async def test_the_type_of_a_quantity_holds_nothing_endless(
    connection: AsyncConnection, rows: Rows, table: Table, column: str, value: Decimal
) -> None:
    with pytest.raises(DBAPIError) as refused:
        await add(connection, table, rows.new(table, **{column: value}))

    assert sqlstate(refused.value) == NUMERIC_VALUE_OUT_OF_RANGE


@pytest.mark.parametrize("table", CASES, ids=str)
async def test_what_must_be_there_is_there(connection: AsyncConnection, rows: Rows, table: Table) -> None:
    computed = {billing_records.c.settlement, audit_events.c.xact_id}
    for column in (column for column in table.columns if not column.nullable and column not in computed):
        savepoint = await connection.begin_nested()

        with pytest.raises(IntegrityError) as refused:
            await add(connection, table, rows.new(table, **{column.name: null()}))

        assert sqlstate(refused.value) == NOT_NULL_VIOLATION, column
        await savepoint.rollback()


@pytest.mark.parametrize("amount", ["0.00", "0.01", "0.005"])
async def test_a_line_may_round_a_half_either_way(connection: AsyncConnection, rows: Rows, amount: str) -> None:
    """The service rounds to even; an import may have it the other way."""
    line = {"quantity": Decimal("0.005"), "amount": Decimal(amount), "unrounded_amount": Decimal("0.005")}

    if amount == "0.005":
        with pytest.raises(IntegrityError):
            await add(connection, billing_line_items, rows.new(billing_line_items, **line))
    else:
        await add(connection, billing_line_items, rows.new(billing_line_items, **line))


async def test_whoever_cancels_a_payment_may_have_recorded_it(connection: AsyncConnection, rows: Rows) -> None:
    await add(connection, payment_records, rows.new(payment_records, **decided(rows, "CANCELLED", "coordinator-mkt")))


@pytest.mark.parametrize("status", ["REJECTED", "CANCELLED", "REVERSED"])
async def test_a_reference_is_free_again_once_its_payment_is_over(
    connection: AsyncConnection, rows: Rows, status: str
) -> None:
    reference = rows.there[payment_records]["reference"]

    await add(connection, payment_records, rows.new(payment_records, reference=reference, **decided(rows, status)))


@pytest.mark.parametrize(
    ("table", "blocked_by"),
    [
        (divisions, "divisions_parent_id_fkey"),
        (users, "billing_records_created_by_fkey"),
        (service_catalog, "billing_line_items_catalog_item_id_fkey"),
        (imports, "billing_records_import_id_fkey"),
        (billing_records, "billing_line_items_billing_record_id_from_division_id_to_d_fkey"),
        (payment_records, "payment_allocations_payment_id_from_division_id_to_divisio_fkey"),
    ],
    ids=str,
)
async def test_what_others_point_at_is_not_deleted(
    connection: AsyncConnection, rows: Rows, table: Table, blocked_by: str
) -> None:
    """B56."""
    id = rows.id_of(table)
    pointing: dict[Table, tuple[Table, dict[str, Any]]] = {
        divisions: (divisions, {"parent_id": id}),
        users: (billing_records, {"created_by": id}),
        service_catalog: (billing_line_items, {"catalog_item_id": id}),
        imports: (billing_records, {"import_id": id}),
    }
    if table in pointing:
        other, changes = pointing[table]
        await add(connection, other, rows.new(other, **changes))

    with pytest.raises(IntegrityError) as refused:
        await connection.execute(table.delete().where(table.c.id == id))

    assert constraint(refused.value) == blocked_by


@pytest.mark.parametrize("changes", [{"currency": "EUR"}, {"to_division_id": "HR"}], ids=str)
@pytest.mark.parametrize("table", [billing_records, payment_records], ids=str)
async def test_the_parties_and_currency_of_what_others_point_at_stay(
    connection: AsyncConnection, rows: Rows, table: Table, changes: dict[str, str]
) -> None:
    given = {name: rows.world.divisions.get(value, value) for name, value in changes.items()}

    with pytest.raises(IntegrityError) as refused:
        await connection.execute(table.update().where(table.c.id == rows.id_of(table)).values(**given))

    assert sqlstate(refused.value) == FOREIGN_KEY_VIOLATION
