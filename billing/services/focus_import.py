"""The import of a FOCUS file: cloud charges become issued billing records of the division that passes them on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from asyncpg import UniqueViolationError

from billing.db import audit_events, divisions, imports, users
from billing.db.database import Database
from billing.db.rows import Row
from billing.db.transaction import Transaction
from billing.domain.errors import ErrorCode, refuse
from billing.domain.focus_plan import CurrencyTotal, Negative
from billing.domain.identifiers import new_id
from billing.services.focus_file import (
    FileRefused,
    FocusFile,
    OnNegative,
    Progress,
    content_hash,
    read_focus_file,
    silent,
)
from billing.services.focus_matches import Writing, find_or_add_divisions, find_or_add_items, own_charges
from billing.services.focus_records import issue_all, write_records

_ATTEMPTS_MAX = 5


@dataclass(frozen=True)
class ImportResult:
    """What an import made. Of a file that was `already_imported`, only name, provider and the time then are told."""

    file_name: str
    provider_code: str
    imported_at: datetime
    already_imported: bool = False
    row_count: int = 0
    division_count: int = 0
    catalog_item_count: int = 0
    line_count: int = 0
    numbers: tuple[str, ...] = ()
    totals: tuple[CurrencyTotal, ...] = ()
    skipped: tuple[Negative, ...] = ()


async def import_focus(
    database: Database,
    content: bytes,
    *,
    file_name: str,
    provider_code: str,
    on_negative: OnNegative,
    payment_terms_days: int,
    progress: Progress = silent,
) -> ImportResult:
    """Imports all of the file or nothing; the same content again for the same provider changes nothing.

    Raises FileRefused with the faults of the file, and Refused for a provider that cannot charge.
    """
    async with database.transaction() as tx:
        provider = await _provider(tx, provider_code)
        earlier = await imports.find(tx, provider_division_id=provider.id, content_hash=content_hash(content))
    if earlier is not None:
        return _already_imported(earlier, provider)
    file = read_focus_file(
        content, name=file_name, provider_name=provider.name, on_negative=on_negative, progress=progress
    )
    for attempt in range(1, _ATTEMPTS_MAX + 1):
        try:
            async with database.transaction() as tx:
                return await write_focus_file(
                    tx, file, provider_code=provider_code, payment_terms_days=payment_terms_days, progress=progress
                )
        except UniqueViolationError:
            # Somebody took a code, a name or an SKU between our look and our insert: look again.
            if attempt == _ATTEMPTS_MAX:
                raise
    raise AssertionError("the last attempt returns or raises")


async def write_focus_file(
    tx: Transaction,
    file: FocusFile,
    *,
    provider_code: str,
    payment_terms_days: int,
    progress: Progress = silent,
    make_id: Callable[[], UUID] = new_id,
) -> ImportResult:
    """Writes what the file was planned to become, within a transaction of the caller's. Raises as `import_focus`."""
    await imports.allow_long_work(tx)
    provider = await _provider(tx, provider_code)
    await users.add_system_user_if_missing(tx)
    import_id = make_id()
    identity = {"provider_division_id": provider.id, "content_hash": file.content_hash}
    if not await imports.claim(tx, id=import_id, file_name=file.name, imported_by=users.SYSTEM_USER_ID, **identity):
        earlier = await imports.find(tx, **identity)
        assert earlier is not None, "a file that could not be claimed is there"
        return _already_imported(earlier, provider)

    writing = Writing(tx, provider, import_id, make_id, file.charges, list(own_charges(file.charges, provider.name)))
    records = file.plan.records
    division_ids = await find_or_add_divisions(writing, records)
    item_ids = await find_or_add_items(writing, records)
    if writing.faults:
        raise FileRefused(writing.faults)
    ids = await write_records(writing, records, division_ids, item_ids, partial(progress, "Writing"))
    numbers = await issue_all(writing, ids, payment_terms_days)
    await audit_events.add_import(
        tx, import_id, "import_focus", file_name=file.name, records=len(ids), first_number=numbers[0] if numbers else ""
    )
    return ImportResult(
        file_name=file.name,
        provider_code=provider.code,
        imported_at=tx.now,
        row_count=len(file.charges),
        division_count=writing.division_count,
        catalog_item_count=writing.item_count,
        line_count=sum(len(record.lines) for record in records),
        numbers=numbers,
        totals=file.plan.totals,
        skipped=file.plan.negatives,
    )


async def _provider(tx: Transaction, code: str) -> Row:
    """The division that charges, held so that it is not deactivated meanwhile."""
    found = await divisions.find_by_code_or_name(tx, code=code)
    held = {} if found is None else await divisions.find_all(tx, [found.id])
    if found is None or found.id not in held:
        raise refuse(ErrorCode.UNKNOWN_DIVISION, f"There is no division with the code {code}.", "provider")
    if not held[found.id].active:
        raise refuse(ErrorCode.UNKNOWN_DIVISION, f"The division {code} is not active.", "provider")
    return held[found.id]


def _already_imported(earlier: Row, provider: Row) -> ImportResult:
    return ImportResult(earlier.file_name, provider.code, earlier.imported_at, already_imported=True)
