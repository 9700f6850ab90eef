"""Billing records from a CSV file, each of the rows that stand together under one external id."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from billing.db import bulk, catalog_items, catalog_prices, csv_imports, ledger, tables
from billing.db.billing_records import next_number
from billing.db.rows import Row
from billing.db.users import SYSTEM, SYSTEM_USER_ID
from billing.domain.csv_files import CsvRow
from billing.domain.currencies import places
from billing.domain.errors import ErrorCode, Faults
from billing.domain.identifiers import NOBODY, new_id
from billing.domain.money import exact_sum
from billing.domain.numbering import record_number
from billing.domain.periods import due_date
from billing.services import checks
from billing.services.csv_imports.run import Run, Unit
from billing.services.lines import PricedLines, price_each
from billing.services.new_billing_records import (
    Parties,
    check_different,
    check_due_date,
    check_party,
    check_period,
    new_record,
)

_SHARED = (
    "to_code",
    "currency",
    "period_start",
    "period_end",
    "due_date",
    "draft",
    "from_note",
    "from_gl_code",
)
"""What all rows of a record say alike."""

_LINE = ("sku", "name", "unit", "quantity", "unit_price", "description", "price_override_reason")
_COLUMNS = {"from_division_id": "from_code", "to_division_id": "to_code", "catalog_item_id": "sku"}
_TOGETHER = "A record of this id stands on line {line} already; the rows of a record stand together."
_OTHER_CONTENTS = "The division has a record of this external id with other contents."
_ANOTHER_ID = "Give the record another external_id, or leave its rows out; what was imported is changed in the service."


@dataclass
class _Line:
    """A line as the service takes it."""

    catalog_item_id: UUID | None
    name: str | None
    description: str | None
    unit: str | None
    quantity: Decimal
    unit_price: Decimal | None
    price_override_reason: str | None


@dataclass(frozen=True)
class _Known:
    """What the rows of a chunk refer to, looked up at once."""

    divisions: Mapping[str, Row]
    items: Mapping[str, Row]
    items_by_id: Mapping[UUID, Row]
    prices: Mapping[catalog_prices.ItemCurrencyDay, Row]
    imported: Mapping[tuple[UUID, str], bytes]

    def division_id(self, code: str) -> UUID | None:
        return self.divisions[code].id if code in self.divisions else None


class Records:
    def units(self, rows: Iterable[CsvRow]) -> Iterator[Unit]:
        """The rows of each record; of one with too many only so many as show that."""
        for _, group in groupby(rows, lambda row: (row.texts.get("from_code"), row.texts.get("external_id"))):
            unit: list[CsvRow] = []
            for row in group:
                if len(unit) <= checks.LIST_LENGTH_MAX:
                    unit.append(row)
            yield unit

    async def write(self, run: Run, units: Sequence[Unit]) -> None:
        known = await _look_up(run, units)
        keys = [(unit[0], f"{unit[0].text('from_code')}\n{unit[0].text('external_id')}") for unit in units]
        await run.claim([key for key in keys if key[0]["external_id"]], "record", "external_id", _TOGETHER)
        records: list[dict[str, Any]] = []
        lines: list[dict[str, Any]] = []
        imported: list[dict[str, Any]] = []
        issues: list[dict[str, Any]] = []
        for unit in units:
            first = unit[0]
            digest = _digest(unit)
            if _is_there(run, unit, known, digest):
                continue
            made = _make(run, unit, known)
            if made is None:
                continue
            record, priced = made
            records.append(record)
            parties = record["from_division_id"], record["to_division_id"]
            lines += priced.rows(record["id"], *parties)
            imported.append(
                {
                    "from_division_id": parties[0],
                    "external_id": first["external_id"],
                    "billing_record_id": record["id"],
                    "content_hash": digest,
                }
            )
            if not first["draft"]:
                issues.append({"line": first.line, "id": record["id"], "division_id": parties[0]})
        await bulk.add_all(run.tx, tables.billing_records, records)
        await bulk.add_all(run.tx, tables.billing_line_items, lines)
        await bulk.add_all(run.tx, tables.imported_records, imported)
        await csv_imports.note_issues(run.tx, issues)
        run.created += len(records)
        run.line_count += len(lines)
        for record in records:
            currency = record["currency"]
            run.record_counts[currency] += 1
            run.totals[currency] = exact_sum([run.totals.get(currency, Decimal(0)), record["total"]])

    async def finish(self, run: Run) -> None:
        """Issues, in the order of the file, what is no draft.

        It is the last step, because from the first number to the commit nobody else can issue for these divisions.
        """
        if run.file.faults.count:
            return
        year = run.tx.today.year
        sequences: dict[UUID, Iterator[int]] = {}
        codes: dict[UUID, str] = {}
        total = 0
        for division in await csv_imports.issues_by_division(run.tx):
            first = await next_number(run.tx, division.id, year, count=division.issue_count)
            last = first + division.issue_count - 1
            sequences[division.id], codes[division.id] = iter(range(first, last + 1)), division.code
            run.numbers.append((record_number(division.code, year, first), record_number(division.code, year, last)))
            total += division.issue_count
        line = done = 0
        while chunk := await csv_imports.issues_after(run.tx, line):
            numbers = {
                row.id: record_number(codes[row.division_id], year, next(sequences[row.division_id])) for row in chunk
            }
            await csv_imports.issue(run.tx, numbers)
            await ledger.post_issues(run.tx, list(numbers), by=SYSTEM_USER_ID)
            line, done = chunk[-1].line, done + len(chunk)
            run.progress("Issuing", done, total)


async def _look_up(run: Run, units: Sequence[Unit]) -> _Known:
    rows = [row for unit in units for row in unit]
    codes = {row[column] for row in rows for column in ("from_code", "to_code") if row[column]}
    divisions = await csv_imports.find_divisions(run.tx, sorted(codes))
    items = await catalog_items.find_by_skus(run.tx, sorted({row["sku"] for row in rows if row["sku"]}))
    dated = {
        (items[row["sku"]].id, unit[0]["currency"], unit[0]["period_start"])
        for unit in units
        if unit[0]["currency"] and unit[0]["period_start"]
        for row in unit
        if row["sku"] in items
    }
    ids = {
        (divisions[unit[0]["from_code"]].id, unit[0]["external_id"])
        for unit in units
        if unit[0]["from_code"] in divisions and unit[0]["external_id"]
    }
    return _Known(
        divisions,
        items,
        {item.id: item for item in items.values()},
        await catalog_prices.find_valid(run.tx, SYSTEM, sorted(dated)),
        await csv_imports.find_imported_records(run.tx, sorted(ids)),
    )


def _digest(unit: Unit) -> bytes:
    """What the rows of a record say; the same for the same contents, however its numbers are written."""
    said = [[_said(row[column]) for column in (*_SHARED, *_LINE)] for row in unit]
    return hashlib.sha256(repr(said).encode(errors="replace")).digest()


def _said(value: object) -> str:
    if isinstance(value, Decimal):
        written = f"{value:f}"
        return written.rstrip("0").rstrip(".") if "." in written else written
    return str(value) if value else ""


def _is_there(run: Run, unit: Unit, known: _Known, digest: bytes) -> bool:
    """Whether the record came in before; with other contents that is a fault."""
    first = unit[0]
    from_id = known.division_id(first.text("from_code"))
    before = None if from_id is None else known.imported.get((from_id, first.text("external_id")))
    if before is None or any(row.wrong for row in unit):
        return False
    if before == digest:
        run.unchanged += 1
    else:
        run.refuse(first, "external_id", ErrorCode.ALREADY_EXISTS, _OTHER_CONTENTS, _ANOTHER_ID)
    return True


def _make(run: Run, unit: Unit, known: _Known) -> tuple[dict[str, Any], PricedLines] | None:
    """The record and its lines, or None with all faults of its rows noted."""
    first = unit[0]
    _refuse_differences(run, unit)
    head = Faults()
    parties = _parties(head, first, known)
    start, end = first["period_start"], first["period_end"]
    if start is not None and end is not None:
        check_period(head, start, end)
    check_due_date(head, first["due_date"], draft=bool(first["draft"]), today=run.tx.today)
    texts = {
        "from_note": checks.note(head, first["from_note"], "from_note"),
        "from_gl_code": checks.label(head, first["from_gl_code"], "from_gl_code"),
    }
    checks.label(head, first["external_id"], "external_id")
    checks.currency(head, first.text("currency"), "currency")
    run.take_over(first, head.found, _COLUMNS)
    priced = _price(run, unit, known)
    if parties is None or priced is None or any(row.wrong for row in unit):
        return None
    due = first["due_date"] or (date.max if first["draft"] else due_date(run.tx.today, run.payment_terms_days))
    record = {
        "id": new_id(),
        **new_record(parties, first["currency"], start, end, priced.total),
        **texts,
        "due_date": due,
        "import_id": run.import_id,
        "created_at": run.tx.now,
        "created_by": SYSTEM_USER_ID,
    }
    return record, priced


def _refuse_differences(run: Run, unit: Unit) -> None:
    first = unit[0]
    for row in unit[1:]:
        for column in _SHARED:
            if row[column] != first[column] and column not in first.wrong:
                message = f"This differs from line {first.line}, which is of the same record."
                remedy = "Write the same in all rows of a record, or give the rows another external_id."
                run.refuse(row, column, ErrorCode.BAD_INPUT, message, remedy)


def _parties(faults: Faults, first: CsvRow, known: _Known) -> Parties | None:
    from_code, to_code = first.text("from_code"), first.text("to_code")
    check_party(faults, known.divisions.get(from_code), "from_division_id")
    check_party(faults, known.divisions.get(to_code), "to_division_id")
    from_id, to_id = known.division_id(from_code), known.division_id(to_code)
    if from_id is None or to_id is None:
        return None
    check_different(faults, from_id, to_id)
    return Parties(from_id, to_id)


def _price(run: Run, unit: Unit, known: _Known) -> PricedLines | None:
    """The lines by the catalog; where division, currency or day are wrong, what can be checked without them."""
    first = unit[0]
    from_id = known.division_id(first.text("from_code"))
    priceable = from_id is not None and not first.wrong & {"from_code", "currency", "period_start"}
    lines = [_line(row, known) if priceable else _free_line(row) for row in unit]
    currency = first["currency"] if places(first.text("currency")) is not None else "USD"
    on = first["period_start"] or run.tx.today
    faults = Faults()
    checks.list_length(faults, lines, "lines")
    priced = price_each(faults, lines, known.items_by_id, known.prices, from_id or NOBODY, currency, on)
    for fault in faults.found:
        if len(fault.field) > 1:
            run.take_over(unit[int(fault.field[1])], [fault], _COLUMNS)
        elif not any(row.wrong for row in unit):
            column = "external_id" if fault.code == ErrorCode.BAD_INPUT else "quantity"
            run.refuse(first, column, fault.code, fault.message, "Split the record, or correct its lines.")
    return None if faults.found else priced


def _line(row: CsvRow, known: _Known) -> _Line:
    item = known.items.get(row.text("sku"))
    item_id = None if not row["sku"] else NOBODY if item is None else item.id
    return _Line(
        item_id,
        row["name"],
        row["description"],
        row["unit"],
        row["quantity"] or Decimal(0),
        row["unit_price"],
        row["price_override_reason"],
    )


def _free_line(row: CsvRow) -> _Line:
    """The row as if it charged no item, so that its own values are checked."""
    given = row["unit_price"] or Decimal(0)
    name = row["name"] or ("-" if row["sku"] else None)
    return _Line(
        None, name, row["description"], row["unit"], row["quantity"] or Decimal(0), given, row["price_override_reason"]
    )
