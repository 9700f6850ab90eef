"""One CSV import on its way: where it is written, what speaks against it, and what it has made so far."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from billing.db import csv_imports
from billing.db.transaction import Transaction
from billing.domain.csv_files import CsvFile, CsvRow
from billing.domain.errors import ErrorCode, Fault
from billing.services.focus_file import Progress, silent

Unit = Sequence[CsvRow]
"""Rows that become one thing: a row by itself, or all rows of a record."""

_REMEDIES = {
    ErrorCode.ALREADY_EXISTS: "Leave the row out, or correct it to what is there.",
    ErrorCode.NO_PRICE: "Import a price that is valid then, or give unit_price (and price_override_reason).",
    ErrorCode.REASON_REQUIRED: "Say why in price_override_reason, or leave unit_price empty for the catalog's price.",
    ErrorCode.SAME_DIVISION: "Name another division as to_code, or leave the record out.",
    ErrorCode.WRONG_PROVIDER: "Name the division that provides the item, or another item.",
}


@dataclass
class Run:
    """The import of one file within one transaction; `created`, `updated` and `unchanged` count things, not rows."""

    tx: Transaction
    file: CsvFile
    import_id: UUID
    payment_terms_days: int
    progress: Progress = silent
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    line_count: int = 0
    record_counts: Counter[str] = field(default_factory=Counter)
    totals: dict[str, Decimal] = field(default_factory=dict)
    numbers: list[tuple[str, str]] = field(default_factory=list)

    def has(self, column: str) -> bool:
        return column in self.file.header

    def refuse(self, row: CsvRow, column: str, code: ErrorCode, message: str, remedy: str | None = None) -> None:
        self.file.refuse(row, column, message, code, remedy or _REMEDIES.get(code))

    def take_over(self, row: CsvRow, faults: Iterable[Fault], columns: Mapping[str, str]) -> None:
        """The faults that a service found in a row; `columns` names those that are not called like the field."""
        for fault in faults:
            name = str(fault.field[-1])
            self.refuse(row, columns.get(name, name), fault.code, fault.message)

    async def claim(self, units: Sequence[tuple[CsvRow, str]], scope: str, column: str, message: str) -> None:
        """Refuses each row whose key another row of the file has already."""
        firsts: dict[str, int] = {}
        for row, key in units:
            if key in firsts:
                self.refuse(row, column, ErrorCode.ALREADY_EXISTS, message.format(line=firsts[key]))
            firsts.setdefault(key, row.line)
        earlier = await csv_imports.claim_keys(self.tx, scope, firsts)
        for row, key in units:
            if key in earlier:
                self.refuse(row, column, ErrorCode.ALREADY_EXISTS, message.format(line=earlier[key]))


class Kind(Protocol):
    """What a kind of file does with its rows."""

    def units(self, rows: Iterable[CsvRow]) -> Iterable[Unit]:
        """The rows, together where they become one thing."""

    async def write(self, run: Run, units: Sequence[Unit]) -> None:
        """Checks the units, writes those without a fault, and counts."""

    async def finish(self, run: Run) -> None:
        """What can be done only when all rows are known."""


class RowByRow:
    """A kind whose every row is a thing of its own."""

    def units(self, rows: Iterable[CsvRow]) -> Iterable[Unit]:
        return ([row] for row in rows)

    async def finish(self, run: Run) -> None:
        """Nothing is left to do."""
