"""Statements over imports: which files came in, and the many rows that one brings."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from billing.db import bulk
from billing.db.rows import Row
from billing.db.tables import billing_line_items, billing_records, divisions, imports, service_catalog
from billing.db.transaction import Transaction
from billing.domain.states import Lifecycle

FOCUS = "FOCUS"
_TIMEOUTS = {"statement_timeout": "10min", "lock_timeout": "5min", "idle_in_transaction_session_timeout": "1min"}
_file = imports.c


async def allow_long_work(tx: Transaction) -> None:
    """Until the transaction ends, the limits of an import instead of those of a request."""
    await tx.rows(select(*(func.set_config(name, limit, True) for name, limit in _TIMEOUTS.items())))


async def find(tx: Transaction, *, provider_division_id: UUID, content_hash: bytes) -> Row | None:
    """The import of a FOCUS file with this content for this provider."""
    return await tx.one(
        select(imports).where(
            _file.kind == FOCUS,
            _file.provider_division_id == provider_division_id,
            _file.content_hash == content_hash,
        )
    )


async def claim(tx: Transaction, **values: Any) -> bool:
    """Notes the import; waits for another one of the same file, False when that one was committed."""
    statement = insert(imports).values(kind=FOCUS, imported_at=tx.now, **values).on_conflict_do_nothing()
    return await tx.execute(statement) == 1


async def add_divisions(tx: Transaction, rows: Sequence[bulk.Row]) -> None:
    await bulk.add_all(tx, divisions, [{"created_at": tx.now, **row} for row in rows])


async def add_catalog_items(tx: Transaction, rows: Sequence[bulk.Row]) -> None:
    await bulk.add_all(tx, service_catalog, [{"created_at": tx.now, **row} for row in rows])


async def add_drafts(tx: Transaction, rows: Sequence[bulk.Row], written: Callable[[int], None]) -> None:
    await bulk.add_all(tx, billing_records, [{"created_at": tx.now, **row} for row in rows], written)


async def add_lines(tx: Transaction, rows: Sequence[bulk.Row], written: Callable[[int], None]) -> None:
    await bulk.add_all(tx, billing_line_items, rows, written)


async def issue(tx: Transaction, numbers: Mapping[UUID, str], *, issue_date: date, due_date: date) -> None:
    """Issues drafts of this transaction, each under its number."""
    rows = [{"id": id, "number": number} for id, number in numbers.items()]
    for chunk in bulk.in_chunks(rows):
        numbered = bulk.given(billing_records, chunk)
        await tx.execute(
            update(billing_records)
            .where(billing_records.c.id == numbered.c.id)
            .values(
                lifecycle=Lifecycle.ISSUED.value,
                number=numbered.c.number,
                issue_date=issue_date,
                due_date=due_date,
            )
        )
