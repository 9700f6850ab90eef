"""The import of a CSV file: read in chunks, checked and written in one transaction, all of it or nothing."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from billing.db import audit_events, csv_imports, imports, users
from billing.db.database import Database
from billing.db.transaction import Transaction
from billing.domain.csv_files import CsvFile, Fault
from billing.domain.csv_kinds import COLUMNS, CsvKind
from billing.domain.errors import BillingError, ErrorCode
from billing.domain.identifiers import new_id
from billing.services.csv_imports.catalog import Catalog
from billing.services.csv_imports.divisions import Divisions
from billing.services.csv_imports.prices import Prices
from billing.services.csv_imports.records import Records
from billing.services.csv_imports.run import Kind, Run, Unit
from billing.services.focus_file import Progress, silent

CHUNK_ROWS = 2_000
"""How many rows are in memory at once, but for the last record among them."""

_BLOCK_BYTES = 1 << 20

KINDS: dict[CsvKind, Kind] = {
    CsvKind.DIVISIONS: Divisions(),
    CsvKind.CATALOG: Catalog(),
    CsvKind.PRICES: Prices(),
    CsvKind.RECORDS: Records(),
}


class CsvRefused(BillingError):
    """A file with faults, nothing of which was imported; `faults` are the first of `fault_count`, by line."""

    code = ErrorCode.BAD_INPUT

    def __init__(self, faults: Iterable[Fault], fault_count: int) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        self.fault_count = fault_count
        super().__init__(f"The file has {fault_count} faults; nothing was imported.")


@dataclass(frozen=True)
class CsvResult:
    """What an import made, or would make where `dry_run`; totals by currency, numbers as (first, last) by division."""

    kind: CsvKind
    dry_run: bool
    row_count: int
    created: int
    updated: int
    unchanged: int
    line_count: int
    record_counts: Mapping[str, int]
    totals: Mapping[str, Decimal]
    numbers: tuple[tuple[str, str], ...]
    imported_at: datetime


class _RollBack(Exception):
    """Ends the transaction of an import that changes nothing."""


async def import_csv(
    database: Database,
    path: Path,
    kind: CsvKind,
    *,
    file_name: str,
    payment_terms_days: int,
    dry_run: bool = False,
    progress: Progress = silent,
) -> CsvResult:
    """Imports all of the file or nothing; the same file again changes nothing.

    Raises CsvRefused with the faults of the file, and OSError for one that cannot be read.
    """
    content_hash, line_count = _look_at(path)
    result: CsvResult | None = None
    try:
        async with database.transaction() as tx:
            run = Run(tx, CsvFile(COLUMNS[kind]), new_id(), payment_terms_days, progress)
            await imports.allow_long_work(tx)
            await csv_imports.begin(tx, kind.value)
            await users.add_system_user_if_missing(tx)
            await csv_imports.note(
                tx,
                id=run.import_id,
                kind=kind.value.upper(),
                content_hash=content_hash,
                file_name=file_name,
                imported_by=users.SYSTEM_USER_ID,
            )
            row_count = await _write(run, KINDS[kind], path, line_count)
            faults = run.file.faults
            if faults.count:
                raise CsvRefused(faults.kept, faults.count)
            result = _result(run, tx, kind, row_count, dry_run)
            if dry_run or not (run.created or run.updated):
                raise _RollBack
            await audit_events.add_import(
                tx,
                run.import_id,
                f"import_{kind.value}",
                file_name=file_name,
                created=run.created,
                updated=run.updated,
            )
    except _RollBack:
        pass
    assert result is not None
    return result


async def _write(run: Run, kind: Kind, path: Path, line_count: int) -> int:
    """Passes the file through in chunks; returns the number of its rows."""
    row_count = 0
    run.progress("Checking", 0, line_count)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        for chunk in _chunks(kind.units(run.file.rows(lines))):
            await kind.write(run, chunk)
            row_count += sum(map(len, chunk))
            run.progress("Checking", min(run.file.line, line_count - 1), line_count)
    await kind.finish(run)
    run.progress("Checking", line_count, line_count)
    return row_count


def _chunks(units: Iterable[Unit]) -> Iterator[list[Unit]]:
    chunk: list[Unit] = []
    size = 0
    for unit in units:
        chunk.append(unit)
        size += len(unit)
        if size >= CHUNK_ROWS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _look_at(path: Path) -> tuple[bytes, int]:
    """The SHA-256 of the content, and how many lines it has."""
    digest, line_count = hashlib.sha256(), 1
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
            line_count += block.count(b"\n")
    return digest.digest(), line_count


def _result(run: Run, tx: Transaction, kind: CsvKind, row_count: int, dry_run: bool) -> CsvResult:
    return CsvResult(
        kind,
        dry_run,
        row_count,
        run.created,
        run.updated,
        run.unchanged,
        run.line_count,
        dict(run.record_counts),
        run.totals,
        () if dry_run else tuple(run.numbers),
        tx.now,
    )
