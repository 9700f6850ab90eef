"""A payment is allocated in full, to records of its own parties and currency: the database sees to both."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db.tables import billing_records, payment_allocations, payment_records
from tests.support.database import Database
from tests.support.refused import constraint
from tests.support.rows import Rows, add, payment, record
from tests.support.world import World

Change = Callable[[AsyncConnection, Rows], Any]


@pytest.fixture
async def paid(database: Database, world: World) -> Rows:
    """A committed payment of 10.00 on one record, and a second record beside it."""
    rows = Rows(world)
    async with database.owner.begin() as connection:
        await rows.add_one_of_each(connection)
    return rows


async def commit(database: Database, change: Change, rows: Rows) -> None:
    async with database.owner.begin() as connection:
        await change(connection, rows)


async def nothing_allocated(connection: AsyncConnection, rows: Rows) -> None:
    await add(connection, payment_records, payment(rows.world))


async def less_allocated(connection: AsyncConnection, rows: Rows, amount: str = "9.99") -> None:
    row = payment(rows.world)
    await add(connection, payment_records, row)
    allocation = rows.new(payment_allocations, payment_id=row["id"], amount=Decimal(amount))
    await add(connection, payment_allocations, allocation)


async def more_allocated(connection: AsyncConnection, rows: Rows) -> None:
    await less_allocated(connection, rows, "10.01")


async def allocated_once_more(connection: AsyncConnection, rows: Rows) -> None:
    await add(connection, payment_allocations, rows.new(payment_allocations))


async def amount_changed(connection: AsyncConnection, rows: Rows) -> None:
    await connection.execute(
        update(payment_records)
        .where(payment_records.c.id == rows.id_of(payment_records))
        .values(amount=Decimal("9.00"))
    )


async def allocation_changed(connection: AsyncConnection, rows: Rows) -> None:
    await connection.execute(update(payment_allocations).values(amount=Decimal("9.00")))


async def allocation_deleted(connection: AsyncConnection, rows: Rows) -> None:
    await connection.execute(delete(payment_allocations))


async def allocation_moved_to_another_payment(connection: AsyncConnection, rows: Rows) -> None:
    other = payment(rows.world)
    await add(connection, payment_records, other)
    await connection.execute(update(payment_allocations).values(payment_id=other["id"]))


@pytest.mark.parametrize(
    "change",
    [
        nothing_allocated,
        less_allocated,
        more_allocated,
        allocated_once_more,
        amount_changed,
        allocation_changed,
        allocation_deleted,
        allocation_moved_to_another_payment,
    ],
)
async def test_a_payment_that_is_not_allocated_in_full_is_refused_at_commit(
    database: Database, paid: Rows, change: Change
) -> None:
    with pytest.raises(IntegrityError) as refused:
        await commit(database, change, paid)

    assert constraint(refused.value) == "payment_is_fully_allocated"


async def test_within_a_transaction_a_payment_may_be_allocated_piece_by_piece(database: Database, paid: Rows) -> None:
    async def spread(connection: AsyncConnection, rows: Rows) -> None:
        await allocation_changed(connection, rows)
        await add(connection, payment_allocations, rows.new(payment_allocations, amount=Decimal("1.00")))

    await commit(database, spread, paid)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"to_division_id": "HR"}, id="another-payer"),
        pytest.param({"from_division_id": "HR"}, id="another-receiver"),
        pytest.param({"from_division_id": "MKT", "to_division_id": "IT"}, id="the-other-way-round"),
        pytest.param({"currency": "EUR"}, id="another-currency"),
    ],
)
@pytest.mark.parametrize("as_the", ["payment", "record"])
async def test_a_payment_pays_records_of_its_own_parties_and_currency(
    connection: AsyncConnection, rows: Rows, changes: dict[str, str], as_the: str
) -> None:
    """Whichever of the two the allocation names."""
    given: dict[str, Any] = {name: rows.world.divisions.get(value, value) for name, value in changes.items()}
    other = record(rows.world, **given)
    await add(connection, billing_records, other)
    named = given if as_the == "record" else {}

    with pytest.raises(IntegrityError) as refused:
        await add(
            connection, payment_allocations, rows.new(payment_allocations, billing_record_id=other["id"], **named)
        )

    assert (
        constraint(refused.value)
        == {
            "record": "payment_allocations_payment_id_from_division_id_to_divisio_fkey",
            "payment": "payment_allocations_billing_record_id_from_division_id_to__fkey",
        }[as_the]
    )
