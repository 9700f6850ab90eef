"""What stands in the ledger, read past the service, in the words of a bookkeeper."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.support.database import Database

Entry = tuple[str, str, str]
"""The code of the division, its account, and the amount: a debit positive, a credit negative."""

Postings = Callable[[], Awaitable[list["Posting"]]]


@dataclass(frozen=True)
class Posting:
    """One ledger transaction with its entries in their order; `corrects` is the kind of what it points at."""

    kind: str
    posted_on: str
    by: str
    entries: list[Entry]
    records: list[UUID]
    corrects: str | None = None
    of: UUID | None = None

    @property
    def amounts(self) -> list[str]:
        return [amount for _, _, amount in self.entries]


_ALL = text("""
    SELECT t.kind, t.posted_on::text, u.name AS by, c.kind AS corrects,
           coalesce(t.credit_note_id, t.payment_id, t.billing_record_id) AS of,
           array_agg(ARRAY[d.code, e.account, e.amount::text] ORDER BY e.position) AS entries,
           array_agg(e.billing_record_id ORDER BY e.position) AS records
    FROM ledger_transactions AS t
    JOIN ledger_entries AS e ON e.transaction_id = t.id
    JOIN divisions AS d ON d.id = e.division_id
    JOIN users AS u ON u.id = t.posted_by
    LEFT JOIN ledger_transactions AS c ON c.id = t.corrects_id
    GROUP BY t.id, u.name, c.kind ORDER BY t.id
""")


def _posting(row: Any) -> Posting:
    entries = [tuple(entry) for entry in row.entries]
    return Posting(row.kind, row.posted_on, row.by, entries, list(row.records), row.corrects, row.of)


@pytest.fixture
def postings(database: Database) -> Postings:
    """`await postings()` is the whole ledger, in the order in which it was written."""

    async def read() -> list[Posting]:
        async with database.owner.connect() as connection:
            return [_posting(row) for row in await connection.execute(_ALL)]

    return read
