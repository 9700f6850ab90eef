"""A ledger transaction is complete and balanced, division by division, or it is not committed."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from billing.db.tables import billing_records, ledger_entries, ledger_transactions
from tests.support.database import Database
from tests.support.refused import constraint
from tests.support.rows import A_DAY, Row, Rows, add, entries, fact
from tests.support.world import World

Change = Callable[[Rows, list[Row]], Any]


@pytest.fixture
async def posted(database: Database, world: World) -> Rows:
    """A committed issue of 100.00 with its four entries."""
    rows = Rows(world)
    async with database.owner.begin() as connection:
        await rows.add_one_of_each(connection)
    return rows


async def post(database: Database, transaction: Row, given: list[Row]) -> None:
    async with database.owner.begin() as connection:
        await add(connection, ledger_transactions, transaction)
        await add(connection, ledger_entries, *given)


def void(rows: Rows) -> Row:
    return rows.new(ledger_transactions, **fact(rows, "VOID"))


async def count(database: Database) -> tuple[int, int]:
    async with database.owner.connect() as connection:
        transactions = (await connection.execute(select(ledger_transactions.c.id))).all()
        return len(transactions), len((await connection.execute(select(ledger_entries.c.transaction_id))).all())


async def test_a_balanced_transaction_is_committed(database: Database, posted: Rows) -> None:
    transaction = void(posted)

    await post(database, transaction, entries(posted, transaction))

    assert await count(database) == (2, 8)


def _one_cent_more(rows: Rows, given: list[Row]) -> None:
    given[1]["amount"] = Decimal("-100.01")


def _divisions_balance_each_other_only(rows: Rows, given: list[Row]) -> None:
    """The sum over all is zero, that of each division is not."""
    given[1]["amount"], given[3]["amount"] = Decimal("-50.00"), Decimal("-150.00")


def _settlement_across(rows: Rows, given: list[Row]) -> None:
    """The same with the one account that both sides have."""
    given[1].update(account="SETTLEMENT", division_id=rows.world.divisions["MKT"])


def _all_missing(rows: Rows, given: list[Row]) -> None:
    given.clear()


def _one_side_missing(rows: Rows, given: list[Row]) -> None:
    """What is there is balanced."""
    del given[2:]


def _another_day(rows: Rows, given: list[Row]) -> None:
    given[0]["posted_on"] = A_DAY + timedelta(days=1)


@pytest.mark.parametrize(
    "change",
    [
        _one_cent_more,
        _divisions_balance_each_other_only,
        _settlement_across,
        _all_missing,
        _one_side_missing,
        _another_day,
    ],
)
async def test_a_transaction_that_does_not_stand_by_itself_is_not_committed(
    database: Database, posted: Rows, change: Change
) -> None:
    transaction = void(posted)
    given = entries(posted, transaction)
    change(posted, given)

    with pytest.raises(IntegrityError) as refused:
        await post(database, transaction, given)

    assert constraint(refused.value) == "ledger_transaction_is_balanced"
    assert await count(database) == (1, 4)


async def test_entries_between_other_divisions_than_the_transaction_are_not_committed(
    database: Database, posted: Rows
) -> None:
    """They refer to a record of their own parties, and are balanced among themselves."""
    transaction = void(posted)
    other = posted.new(billing_records, to_division_id=posted.world.divisions["HR"])
    given = entries(posted, transaction)
    for entry in given:
        entry.update(billing_record_id=other["id"], to_division_id=posted.world.divisions["HR"])
        if entry["account"] in ("EXPENSE", "PAYABLE"):
            entry["division_id"] = posted.world.divisions["HR"]

    async with database.owner.begin() as connection:
        await add(connection, billing_records, other)
    with pytest.raises(IntegrityError) as refused:
        await post(database, transaction, given)

    assert constraint(refused.value) == "ledger_transaction_is_balanced"


@pytest.mark.parametrize("position", [1, 5])
async def test_no_entry_is_added_to_what_is_committed(database: Database, posted: Rows, position: int) -> None:
    """Each place is taken, and there is none beyond the count, which is in the key that entries refer to."""
    entry = {**entries(posted, posted.there[ledger_transactions])[0], "position": position}

    with pytest.raises(IntegrityError) as refused:
        async with database.owner.begin() as connection:
            await add(connection, ledger_entries, entry)

    assert constraint(refused.value) == {1: "ledger_entries_pkey", 5: "none_beyond_the_count"}[position]


async def test_no_entry_is_added_under_another_count(database: Database, posted: Rows) -> None:
    entry = {**entries(posted, posted.there[ledger_transactions])[0], "position": 5, "entry_count": 8}

    with pytest.raises(IntegrityError) as refused:
        async with database.owner.begin() as connection:
            await add(connection, ledger_entries, entry)

    assert constraint(refused.value) == "ledger_entries_transaction_id_entry_count_fkey"
