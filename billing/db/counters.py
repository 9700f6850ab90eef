"""Gapless series of numbers, one per division and year."""

from functools import cache
from uuid import UUID

from sqlalchemy import Table, text

from billing.db.prepared import Prepared
from billing.db.transaction import Transaction


async def next_number(tx: Transaction, counters: Table, division_id: UUID, year: int, count: int = 1) -> int:
    """The next number of the division in the year, or the first of `count`; gapless, since the row stays locked."""
    return int(await tx.value(_take(counters).of(division_id=division_id, year=year, count=count))) - count + 1


@cache
def _take(counters: Table) -> Prepared:
    return Prepared(
        text(f"""
            INSERT INTO {counters.name} AS taken (division_id, year, last_number) VALUES (:division_id, :year, :count)
            ON CONFLICT (division_id, year) DO UPDATE SET last_number = taken.last_number + excluded.last_number
            RETURNING last_number
        """)  # noqa: S608 -- put together from the name of a table
    )
