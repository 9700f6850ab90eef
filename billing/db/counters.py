"""Gapless series of numbers, one per division and year."""

from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert

from billing.db.transaction import Transaction


async def next_number(tx: Transaction, counters: Table, division_id: UUID, year: int, count: int = 1) -> int:
    """The next number of the division in the year, or the first of `count`; gapless, since the row stays locked."""
    statement = (
        insert(counters)
        .values(division_id=division_id, year=year, last_number=count)
        .on_conflict_do_update(
            index_elements=[counters.c.division_id, counters.c.year],
            set_={"last_number": counters.c.last_number + count},
        )
        .returning(counters.c.last_number)
    )
    return int(await tx.value(statement)) - count + 1
