"""The billing records that an imported FOCUS file becomes, written with their lines and issued."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.db import billing_records, bulk, imports, ledger
from billing.db.users import SYSTEM_USER_ID
from billing.domain.focus_plan import PlannedLine, PlannedRecord
from billing.domain.money import to_currency_places
from billing.domain.numbering import record_number
from billing.domain.periods import due_date
from billing.services.focus_matches import UNIT, Writing, describe


async def write_records(
    writing: Writing,
    records: Sequence[PlannedRecord],
    division_ids: Mapping[str, UUID],
    item_ids: Mapping[str, UUID],
    progress: Callable[[int, int], None],
) -> list[UUID]:
    """The planned records as drafts with their lines; tells how many rows of how many are written."""
    drafts = [_draft(writing, record, division_ids[record.division]) for record in records]
    lines = [
        _line(writing, draft, position, line, item_ids[line.sku])
        for draft, record in zip(drafts, records, strict=True)
        for position, line in enumerate(record.lines, start=1)
    ]
    total, done = len(drafts) + len(lines), 0

    def written(count: int) -> None:
        nonlocal done
        done += count
        progress(done, total)

    await imports.add_drafts(writing.tx, drafts, written)
    await imports.add_lines(writing.tx, lines, written)
    return [draft["id"] for draft in drafts]


async def issue_all(writing: Writing, ids: Sequence[UUID], payment_terms_days: int) -> tuple[str, ...]:
    """Issues the drafts in their order, and returns their numbers.

    It is the last step, because from the first number to the commit nobody else can issue for the provider.
    """
    if not ids:
        return ()
    tx, provider = writing.tx, writing.provider
    year = tx.today.year
    first = await billing_records.next_number(tx, provider.id, year, count=len(ids))
    numbers = {id: record_number(provider.code, year, sequence) for sequence, id in enumerate(ids, start=first)}
    await imports.issue(tx, numbers, issue_date=tx.today, due_date=due_date(tx.today, payment_terms_days))
    for chunk in bulk.in_chunks(list(numbers)):
        await ledger.post_issues(tx, chunk, by=SYSTEM_USER_ID)
    return tuple(numbers.values())


def _draft(writing: Writing, record: PlannedRecord, to_division_id: UUID) -> dict[str, Any]:
    nothing = to_currency_places(Decimal(0), record.currency)
    return {
        "id": writing.make_id(),
        "from_division_id": writing.provider.id,
        "to_division_id": to_division_id,
        "currency": record.currency,
        "period_start": record.period_start,
        "period_end": record.period_end,
        "total": to_currency_places(record.total, record.currency),
        "credited_amount": nothing,
        "confirmed_amount": nothing,
        "pending_amount": nothing,
        "import_id": writing.import_id,
        "created_by": SYSTEM_USER_ID,
    }


def _line(
    writing: Writing, draft: Mapping[str, Any], position: int, line: PlannedLine, item_id: UUID
) -> dict[str, Any]:
    """Once the rounded amount, with the exact sum beside it."""
    amount = to_currency_places(line.amount, draft["currency"])
    return {
        "id": writing.make_id(),
        "billing_record_id": draft["id"],
        "from_division_id": draft["from_division_id"],
        "to_division_id": draft["to_division_id"],
        "currency": draft["currency"],
        "position": position,
        "catalog_item_id": item_id,
        "name": line.service,
        "description": describe(line),
        "unit": UNIT,
        "quantity": Decimal(1),
        "unit_price": amount,
        "amount": amount,
        "unrounded_amount": line.unrounded,
    }
