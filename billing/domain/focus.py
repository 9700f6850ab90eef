"""A file of charges in the FinOps FOCUS 1.0 format, read and checked; `focus_plan` makes records of them.

Pure: the caller opens the file and writes the records. Columns and what may be null:
https://focus.finops.org/focus-specification/v1-0/.
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Final, TypeVar

from billing.domain.currencies import places
from billing.domain.money import AMOUNT_MAX

REQUIRED_COLUMNS: Final = (
    "SubAccountName",
    "ServiceName",
    "BilledCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
)
OPTIONAL_COLUMNS: Final = ("SkuId", "ServiceCategory")
HEADER: Final = "(header)"
ROW: Final = "(row)"
"""What a fault names as its column when it concerns the whole header or a whole row."""

FAULTS_MAX: Final = 1_000
NAME_LENGTH_MAX: Final = 200
COST_PLACES: Final = 20
PERIOD_DAYS_MAX: Final = 366
_FIRST_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)
_LAST_INSTANT = datetime(2100, 1, 1, tzinfo=UTC)
_SHOWN_MAX = 80

_COST = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_COST_LENGTH_MAX = 60
_COST_CONTEXT = Context(prec=100, traps=[InvalidOperation, Inexact])
_COST_UNIT = Decimal(1).scaleb(-COST_PLACES)
_INSTANT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)"
    r" ?(?P<zone>Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
# Control characters, surrogates, line separators, bidirectional controls and what shows nothing at all. The two joiners
# (200C, 200D) stay allowed, because Persian and Indic names need them.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the file: the line its row starts on (from 1), the column, the value fit to be printed."""

    line: int
    column: str
    value: str
    message: str


@dataclass(frozen=True, slots=True)
class Charge:
    """One row: what a division consumed. Days are UTC dates, both included; `cost` is exact, with 20 places."""

    line: int
    division: str
    service: str
    sku_id: str | None
    category: str | None
    currency: str
    cost: Decimal
    period_start: date
    period_end: date


@dataclass(slots=True)
class ParsedFile:
    """The sound rows and everything wrong with the others; a file with a fault is not to be imported in part."""

    charges: list[Charge] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    """The first 1,000."""
    fault_count: int = 0

    def add_fault(self, line: int, column: str, value: str, message: str) -> None:
        self.fault_count += 1
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(Fault(line, printable(column) or ROW, printable(value), message))


def read_charges(lines: Iterable[str]) -> ParsedFile:
    """Read a FOCUS CSV: every sound row as a charge, and all faults of the file in one run; raises nothing of its own.

    `lines` are physical lines with their line ends: open(path, encoding="utf-8", errors="surrogateescape", newline="").
    Column order is free and further columns are ignored; NULL and empty mean missing.
    """
    parsed = ParsedFile()
    records = _csv_records(lines, parsed)
    line, header = next(records, (1, []))
    if not header and not parsed.fault_count:
        parsed.add_fault(1, HEADER, "", "is missing: the file is empty")
    header = [name.strip() for name in header]
    if parsed.fault_count or not _check_header(line, header, parsed):
        return parsed
    whole = not parsed.fault_count
    for line, values in records:
        charge = _read_row(line, header, values, parsed)
        if charge is not None and whole:
            parsed.charges.append(charge)
    return parsed


def _csv_records(lines: Iterable[str], parsed: ParsedFile) -> Iterator[tuple[int, list[str]]]:
    """Each record with the physical line it starts on; what is no CSV becomes a fault, blank lines are passed over."""
    reader = csv.reader(_without_byte_order_mark(lines), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            parsed.add_fault(line, ROW, "", f"is not well-formed CSV: {error}")
        except UnicodeDecodeError:
            parsed.add_fault(line, ROW, "", "is not UTF-8, or one of the next rows is not")
        else:
            if values:
                yield line, values


def _without_byte_order_mark(lines: Iterable[str]) -> Iterator[str]:
    for index, line in enumerate(lines):
        yield line if index else line.removeprefix("\ufeff")


def _check_header(line: int, header: Sequence[str], parsed: ParsedFile) -> bool:
    """Whether the rows can be read at all; a missing column is a fault, and the others are still checked."""
    if len(header) == 1 and (found := re.search(r"[;\t|]", header[0])):
        parsed.add_fault(line, HEADER, header[0], f"is separated by {found[0]!r}, where FOCUS has commas")
        return False
    if any(map(_UNPRINTABLE.search, header)):
        parsed.add_fault(line, HEADER, ",".join(header), "contains control characters, or bytes that are not UTF-8")
        return False
    spelled = {_letters(name): name for name in header}
    for column in REQUIRED_COLUMNS + OPTIONAL_COLUMNS:
        similar = spelled.get(_letters(column), "")
        if header.count(column) > 1:
            parsed.add_fault(line, column, column, "occurs more than once")
        elif column not in header and similar:
            parsed.add_fault(line, column, similar, f"must be written exactly {column}")
        elif column not in header and column in REQUIRED_COLUMNS:
            parsed.add_fault(line, column, "", "is missing")
    return True


def _letters(column: str) -> str:
    return re.sub("[^a-z]", "", column.lower())


@dataclass(slots=True)
class _Row:
    """One row by column; reading a value that is missing or wrong notes a fault and gives None."""

    line: int
    values: Mapping[str, str]
    parsed: ParsedFile

    def fault(self, column: str, message: str) -> None:
        self.parsed.add_fault(self.line, column, self.values.get(column, ""), message)

    def read(self, column: str, parse: Callable[[str], _T]) -> _T | None:
        text = self.values.get(column, "").strip()
        if text in ("", "NULL"):
            if column in self.values and column in REQUIRED_COLUMNS:
                self.fault(column, "is missing")
            return None
        try:
            return parse(text)
        except ValueError as error:
            self.fault(column, str(error))
            return None


def _read_row(line: int, header: Sequence[str], values: Sequence[str], parsed: ParsedFile) -> Charge | None:
    if len(values) != len(header):
        message = f"has {len(values)} fields where the header has {len(header)}"
        parsed.add_fault(line, ROW, ",".join(values), message)
        return None
    row = _Row(line, dict(zip(header, values, strict=True)), parsed)
    if "\0" in "".join(values):
        for column in (column for column, value in row.values.items() if "\0" in value):
            row.fault(column, "contains a NUL byte")
        return None
    return _read_charge(row)


def _read_charge(row: _Row) -> Charge | None:
    """The row as a charge, or None with all its faults noted."""
    faults_before = row.parsed.fault_count
    division = row.read("SubAccountName", _name)
    service = row.read("ServiceName", _name)
    sku_id = row.read("SkuId", _name)
    category = row.read("ServiceCategory", _name)
    currency = row.read("BillingCurrency", _currency)
    cost = row.read("BilledCost", _cost)
    start, end = row.read("BillingPeriodStart", _instant), row.read("BillingPeriodEnd", _instant)
    if start is not None and end is not None:
        _check_period(row, start, end)
    if division is None or service is None or currency is None or cost is None or start is None or end is None:
        return None
    if row.parsed.fault_count > faults_before:
        return None
    last_day = end.date() - timedelta(days=1)
    return Charge(row.line, division, service, sku_id, category, currency, cost, start.date(), last_day)


def _check_period(row: _Row, start: datetime, end: datetime) -> None:
    if end.date() <= start.date():
        row.fault("BillingPeriodEnd", "must be on a later UTC day than BillingPeriodStart; it is exclusive")
    elif end.date() - start.date() > timedelta(days=PERIOD_DAYS_MAX):
        row.fault("BillingPeriodEnd", f"ends a period of more than {PERIOD_DAYS_MAX} days")
    elif end.time() >= time(23, 59, 59):
        row.fault("BillingPeriodEnd", "is exclusive: a period to the end of a day ends at 00:00 of the next")


def _name(text: str) -> str:
    name = normalised_name(text)
    if _UNPRINTABLE.search(name):
        raise ValueError("contains control, bidirectional or invisible characters, or bytes that are not UTF-8")
    if len(name) > NAME_LENGTH_MAX:
        raise ValueError(f"is longer than {NAME_LENGTH_MAX} characters")
    return name


def normalised_name(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip())


def _currency(text: str) -> str:
    if places(text) is None:
        raise ValueError("is not an ISO 4217 currency code with minor units, such as USD")
    return text


def _cost(text: str) -> Decimal:
    if len(text) > _COST_LENGTH_MAX or not _COST.fullmatch(text):
        raise ValueError("is not a decimal number such as 12.34, -0.05 or 4.137e-07")
    cost = Decimal(text)
    if cost.copy_abs() > AMOUNT_MAX:
        raise ValueError(f"is beyond {AMOUNT_MAX}")
    try:
        return cost.quantize(_COST_UNIT, context=_COST_CONTEXT)
    except Inexact:
        raise ValueError(f"has more than {COST_PLACES} decimal places") from None


def _instant(text: str) -> datetime:
    """An ISO 8601 instant in UTC; without an offset it is UTC, without a time of day midnight."""
    written = _INSTANT.fullmatch(text)
    if not written:
        raise ValueError("is not a date or an ISO 8601 time such as 2024-10-01T00:00:00Z")
    zone = (written["zone"] or "Z").replace("UTC", "Z")
    try:
        instant = datetime.fromisoformat(f"{written['day']}T{written['clock'] or '00:00'}{zone}")
    except ValueError:
        raise ValueError("is not a day and time that exists") from None
    if not _FIRST_INSTANT <= instant <= _LAST_INSTANT:
        raise ValueError("is outside the years 2000 to 2099")
    return instant.astimezone(UTC)


def printable(text: str) -> str:
    """At most 80 characters on one line; what a terminal or log would act on is written as its escape."""
    shown = text if len(text) <= _SHOWN_MAX else f"{text[: _SHOWN_MAX - 1]}…"
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in shown)
