"""Each invariant of the integrity check: sound books have no fault, and what is written past the service is found."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db.invariants import IDS_SHOWN_MAX, INVARIANTS, Invariant, look
from tests.db.corruptions import CORRUPTIONS, Corruption, cases
from tests.support.begun import as_ours
from tests.support.books import write_books
from tests.support.database import Database
from tests.support.integrity import assert_books_balance, findings
from tests.support.world import fill

Books = tuple[AsyncConnection, dict[str, Any]]


@pytest.fixture(scope="module")
async def books(database: Database) -> AsyncIterator[Books]:
    """Sound books in a transaction that is rolled back, and the ids in them."""
    async with database.owner.connect() as connection:
        yield connection, await write_books(connection, await fill(connection))
        await connection.rollback()


async def test_sound_books_have_no_fault(books: Books) -> None:
    connection, _ = books

    await assert_books_balance(connection)


async def test_sound_books_have_something_for_every_invariant_to_look_at(books: Books) -> None:
    found = await findings(books[0])

    assert [name for name, finding in found.items() if finding.rows_checked == 0] == []
    assert found["ledger_transactions_balance"].rows_checked == 18
    assert found["records_add_up"].rows_checked == 14


@pytest.mark.parametrize(
    ("invariant", "corruption"),
    [pytest.param(invariant, corruption, id=f"{invariant}-{index}") for invariant, index, corruption in cases()],
)
async def test_what_is_written_past_the_service_is_found(books: Books, invariant: str, corruption: Corruption) -> None:
    connection, ids = books
    savepoint = await connection.begin_nested()
    try:
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for statement in corruption.statements:
            await connection.exec_driver_sql(statement.format(**ids))
        found = {name: finding for name, finding in (await findings(connection)).items() if finding.fault_count}
    finally:
        await savepoint.rollback()

    assert set(found) == {invariant, *corruption.also}
    assert sorted(found[invariant].offending_ids) == sorted(id.format(**ids) for id in corruption.ids)


def test_every_invariant_has_a_corruption_that_it_finds() -> None:
    assert [invariant.name for invariant in INVARIANTS] == sorted(CORRUPTIONS)
    assert all(CORRUPTIONS.values())


async def test_the_first_ids_are_named_and_all_are_counted(books: Books) -> None:
    ids = "SELECT (ARRAY['b', 'a'])[1 + i % 2] || to_char(i, 'FM000') AS id, i > 2 AS wrong"

    finding = await look(
        await as_ours(books[0]), Invariant("small", "Small numbers.", f"{ids} FROM generate_series(1, 50) AS i")
    )

    assert (finding.rows_checked, finding.fault_count) == (50, 48)
    assert list(finding.offending_ids) == [f"a{i:03}" for i in range(3, 43, 2)]
    assert len(finding.offending_ids) == IDS_SHOWN_MAX


@pytest.mark.parametrize(("wrong", "fault_count"), [("false", 0), ("true", 1), ("NULL::boolean", 1)])
async def test_what_cannot_be_told_is_a_fault(books: Books, wrong: str, fault_count: int) -> None:
    finding = await look(
        await as_ours(books[0]), Invariant("one", "One thing.", f"SELECT NULL::uuid AS id, {wrong} AS wrong")
    )

    assert (finding.rows_checked, finding.fault_count) == (1, fault_count)
    assert list(finding.offending_ids) == [""] * fault_count
