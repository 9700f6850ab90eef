"""A credit note by lines is the sum of lines of its own record, or it is not committed."""

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from billing.db.tables import billing_line_items, credit_note_lines, credit_notes
from tests.support.database import Database
from tests.support.refused import constraint
from tests.support.rows import Row, Rows, add
from tests.support.world import World


class Credited(Rows):
    """A committed credit note of 1.00 of a record's first line, and lines that it does not credit."""

    second_line: Row
    line_of_another: Row


@pytest.fixture
async def credited(database: Database, world: World) -> Credited:
    rows = Credited(world)
    async with database.owner.begin() as connection:
        await rows.add_one_of_each(connection)
        rows.second_line = rows.new(billing_line_items)
        rows.line_of_another = rows.new(billing_line_items, billing_record_id=rows.spare_record["id"])
        await add(connection, billing_line_items, rows.second_line, rows.line_of_another)
    return rows


def line(rows: Rows, note: Row, item: Row, position: int = 1, amount: str = "1.00") -> Row:
    return {
        "credit_note_id": note["id"],
        "line_count": note["line_count"],
        "position": position,
        "billing_line_item_id": item["id"],
        "amount": Decimal(amount),
    }


async def credit(database: Database, rows: Rows, note: Row, *lines: Row) -> None:
    async with database.owner.begin() as connection:
        await add(connection, credit_notes, note)
        for given in lines:
            await add(connection, credit_note_lines, {**rows.there[credit_note_lines], "id": note["id"], **given})


async def count(database: Database) -> int:
    async with database.owner.connect() as connection:
        return len((await connection.execute(select(credit_notes.c.id))).all())


async def test_the_sum_of_two_lines_is_committed(database: Database, credited: Credited) -> None:
    note = credited.new(credit_notes, line_count=2, amount=Decimal("1.50"))
    first = line(credited, note, credited.there[billing_line_items])
    second = {**line(credited, note, credited.second_line, 2, "0.50"), "id": credited.second_line["id"]}

    await credit(database, credited, note, first, second)

    assert await count(database) == 2


async def test_a_note_without_lines_credits_the_record_as_a_whole(database: Database, credited: Credited) -> None:
    await credit(database, credited, credited.new(credit_notes, amount=Decimal("7.00")))

    assert await count(database) == 2


@pytest.mark.parametrize("amount", ["0.99", "1.01"])
async def test_an_amount_that_is_not_the_sum_of_its_lines_is_not_committed(
    database: Database, credited: Credited, amount: str
) -> None:
    note = credited.new(credit_notes, line_count=1)

    with pytest.raises(IntegrityError) as refused:
        await credit(database, credited, note, line(credited, note, credited.there[billing_line_items], amount=amount))

    assert constraint(refused.value) == "credit_note_is_sum_of_lines"
    assert await count(database) == 1


async def test_a_line_of_another_record_is_not_credited(database: Database, credited: Credited) -> None:
    """Between the same divisions and in the same currency, so that the keys alone would let it pass."""
    note = credited.new(credit_notes, line_count=1)

    with pytest.raises(IntegrityError) as refused:
        await credit(database, credited, note, line(credited, note, credited.line_of_another))

    assert constraint(refused.value) == "credit_note_is_sum_of_lines"
    assert await count(database) == 1


async def test_a_note_with_fewer_lines_than_it_says_is_not_committed(database: Database, credited: Credited) -> None:
    note = credited.new(credit_notes, line_count=2)

    with pytest.raises(IntegrityError) as refused:
        await credit(database, credited, note, line(credited, note, credited.there[billing_line_items]))

    assert constraint(refused.value) == "credit_note_is_sum_of_lines"


async def test_no_line_is_added_to_what_is_committed(database: Database, credited: Credited) -> None:
    there = credited.there[credit_notes]
    added = {
        **credited.there[credit_note_lines],
        **line(credited, there, credited.second_line, position=2),
        "id": credited.second_line["id"],
    }

    with pytest.raises(IntegrityError) as refused:
        async with database.owner.begin() as connection:
            await add(connection, credit_note_lines, added)

    assert constraint(refused.value) == "none_beyond_the_count"
