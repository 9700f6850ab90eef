"""A file of charges in the FinOps FOCUS 1.0 format: read, checked, and planned as billing records.

Pure: the caller opens the file and writes the records. Columns and what may be null:
https://focus.finops.org/focus-specification/v1-0/.
"""

import csv
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation
from itertools import chain, groupby
from typing import Final, Literal, NamedTuple, TypeVar

from billing.domain.currencies import minor_unit, places
from billing.domain.money import AMOUNT_MAX, exact_sum, format_money
from billing.domain.splitting import largest_remainder

REQUIRED_COLUMNS: Final = (
    "SubAccountName",
    "ServiceName",
    "BilledCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
)
OPTIONAL_COLUMNS: Final = ("SkuId", "ServiceCategory")
CATEGORY_UNKNOWN: Final = "Other"
"""The category of a service that the file gives none for; FOCUS's own word."""

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
_LINES_SHOWN_MAX = 20

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

_CODE_LENGTH_MAX = 24
_CODE_HASH_LENGTH = 8
# Latin letters that Unicode does not take apart into a base letter and a mark.
_LATIN = str.maketrans({"Æ": "AE", "Œ": "OE", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH", "Ħ": "H", "Ŧ": "T"})
_SKU_LENGTH_MAX = 64
_SKU_HASH_LENGTH = 16
# Printable ASCII; a service without "-" and "/", which stand for a space and the border here, and neither with "~".
_SKU_SERVICE = re.compile("[ !-,.0-}]+")
_SKU_ID = re.compile("[!-}]*")
_SKU_UNFIT = re.compile("[^!-}]+")

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
            self.faults.append(Fault(line, _printable(column) or ROW, _printable(value), message))


class RecordKey(NamedTuple):
    """What makes one billing record; records stand in this order."""

    currency: str
    division: str
    period_start: date
    period_end: date


class ItemKey(NamedTuple):
    """What makes one catalog item of the provider, and one line of a record; lines stand in this order."""

    service: str
    sku_id: str


_K = TypeVar("_K", RecordKey, ItemKey)


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line of one times `amount`; `unrounded`, the exact sum, differs from it by less than one minor unit."""

    sku: str
    service: str
    sku_id: str | None
    category: str
    amount: Decimal
    unrounded: Decimal


@dataclass(frozen=True, slots=True)
class PlannedRecord:
    """A billing record to write; `total` is the sum of its lines, `unrounded` the exact sum of its charges."""

    division: str
    currency: str
    period_start: date
    period_end: date
    total: Decimal
    unrounded: Decimal
    lines: tuple[PlannedLine, ...]


@dataclass(frozen=True, slots=True)
class Negative:
    """A division whose period nets below zero by `net`, from the rows at `line_numbers`; it cannot be a record."""

    division: str
    currency: str
    period_start: date
    period_end: date
    net: Decimal
    line_numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CurrencyTotal:
    """What the planned records of a currency come to: the exact sum, and that rounded once, half to even."""

    currency: str
    unrounded: Decimal
    rounded: Decimal


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The records to write, none if there is a fault; `negatives` failed the file or were skipped, as was asked."""

    records: tuple[PlannedRecord, ...]
    negatives: tuple[Negative, ...]
    totals: tuple[CurrencyTotal, ...]
    faults: tuple[Fault, ...]


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
    name = _normalised(text)
    if _UNPRINTABLE.search(name):
        raise ValueError("contains control, bidirectional or invisible characters, or bytes that are not UTF-8")
    if len(name) > NAME_LENGTH_MAX:
        raise ValueError(f"is longer than {NAME_LENGTH_MAX} characters")
    return name


def _normalised(name: str) -> str:
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


def _printable(text: str) -> str:
    """At most 80 characters on one line; what a terminal or log would act on is written as its escape."""
    shown = text if len(text) <= _SHOWN_MAX else f"{text[: _SHOWN_MAX - 1]}…"
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in shown)


def plan_import(charges: Iterable[Charge], on_negative: Literal["fail", "skip"] = "fail") -> ImportPlan:
    """One billing record per division, currency and period, one line per catalog item, whatever the order of the rows.

    Amounts are rounded by largest remainder per currency: first the records of the file, then the lines within each
    record; so the records add up to the exact sum rounded once, and lines to their record. Zeros stay. A record below
    zero fails the plan or, with "skip", is left out before anything is rounded.
    """
    charges = list(charges)
    groups = _grouped(charges, _record_key)
    negatives = tuple(_negative(key, group) for key, group in groups.items() if _net(group) < 0)
    kept = {key: group for key, group in groups.items() if _net(group) >= 0}
    faults = [fault for key, group in kept.items() for fault in _too_large(key, group)]
    if on_negative == "fail":
        faults += map(_negative_fault, negatives)
    if faults:
        return ImportPlan((), negatives, (), tuple(sorted(faults, key=lambda fault: fault.line)))
    categories = {item: _category(group) for item, group in _grouped(charges, _item_key).items()}
    by_currency = [dict(groups) for _, groups in groupby(kept.items(), lambda group: group[0].currency)]
    planned = [_plan_currency(groups, categories) for groups in by_currency]
    return ImportPlan(tuple(chain.from_iterable(planned)), negatives, tuple(map(_total, planned)), ())


def _record_key(charge: Charge) -> RecordKey:
    return RecordKey(charge.currency, charge.division, charge.period_start, charge.period_end)


def _item_key(charge: Charge) -> ItemKey:
    return ItemKey(charge.service, charge.sku_id or "")


def _grouped(charges: Iterable[Charge], key: Callable[[Charge], _K]) -> dict[_K, list[Charge]]:
    """The charges by key, keys in ascending order."""
    groups: dict[_K, list[Charge]] = {}
    for charge in charges:
        groups.setdefault(key(charge), []).append(charge)
    return dict(sorted(groups.items()))


def _net(charges: Iterable[Charge]) -> Decimal:
    return exact_sum(charge.cost for charge in charges)


def _negative(key: RecordKey, group: Sequence[Charge]) -> Negative:
    line_numbers = tuple(sorted(charge.line for charge in group))
    return Negative(key.division, key.currency, key.period_start, key.period_end, _net(group), line_numbers)


def _negative_fault(negative: Negative) -> Fault:
    named = ", ".join(map(str, negative.line_numbers[:_LINES_SHOWN_MAX]))
    more = len(negative.line_numbers) - _LINES_SHOWN_MAX
    period = f"{negative.period_start} to {negative.period_end}"
    message = (
        f"{_printable(negative.division)} nets below zero in {negative.currency} for {period}, "
        f"over the rows at {named}{f' and {more} more' if more > 0 else ''}"
    )
    return Fault(min(negative.line_numbers), "BilledCost", _shortest(negative.net), message)


def _too_large(key: RecordKey, group: Sequence[Charge]) -> Iterator[Fault]:
    """A fault for a record, or else each of its lines, that no amount can hold."""
    by_item = _grouped(group, _item_key)
    for charges in [group] if _net(group) > AMOUNT_MAX else by_item.values():
        net = _net(charges)
        if net.copy_abs() > AMOUNT_MAX:
            message = f"{_printable(key.division)} has charges that add up to more than {AMOUNT_MAX} {key.currency}"
            yield Fault(min(charge.line for charge in charges), "BilledCost", _shortest(net), message)


def _shortest(value: Decimal) -> str:
    """Fixed notation without the zeros at the end."""
    written = format_money(value)
    return written.rstrip("0").rstrip(".") if "." in written else written


def _category(group: Iterable[Charge]) -> str:
    """The first in order of what the rows say, since a catalog item has one."""
    return min((charge.category for charge in group if charge.category), default=CATEGORY_UNKNOWN)


def _plan_currency(
    groups: Mapping[RecordKey, Sequence[Charge]], categories: Mapping[ItemKey, str]
) -> list[PlannedRecord]:
    """The records of one currency, their totals rounded together."""
    unit = minor_unit(next(iter(groups)).currency)
    totals = largest_remainder([_net(group) for group in groups.values()], unit)
    return [
        _plan_record(key, group, total, categories) for (key, group), total in zip(groups.items(), totals, strict=True)
    ]


def _plan_record(
    key: RecordKey, group: Sequence[Charge], total: Decimal, categories: Mapping[ItemKey, str]
) -> PlannedRecord:
    """A record whose lines are rounded together to its total."""
    exact = {item: _net(charges) for item, charges in _grouped(group, _item_key).items()}
    amounts = largest_remainder(list(exact.values()), minor_unit(key.currency), total)
    lines = tuple(
        _plan_line(item, categories[item], amount, unrounded)
        for (item, unrounded), amount in zip(exact.items(), amounts, strict=True)
    )
    return PlannedRecord(
        key.division, key.currency, key.period_start, key.period_end, total, exact_sum(exact.values()), lines
    )


def _plan_line(item: ItemKey, category: str, amount: Decimal, unrounded: Decimal) -> PlannedLine:
    sku_id = item.sku_id or None
    return PlannedLine(catalog_sku(item.service, sku_id), item.service, sku_id, category, amount, unrounded)


def _total(records: Sequence[PlannedRecord]) -> CurrencyTotal:
    unrounded = exact_sum(record.unrounded for record in records)
    return CurrencyTotal(records[0].currency, unrounded, exact_sum(record.total for record in records))


def division_code(name: str) -> str:
    """A code for the division's name, the same each time: `[A-Z][A-Z0-9]*(-[A-Z0-9]+)*`, at most 24 characters.

    "Atlas Orion" is ATLAS-ORION, "Zürich" ZURICH, "3rd line" DIV-3RD-LINE. A name that this form cannot hold whole (too
    long, letters outside Latin) takes the code with a hash. Names that differ only in case or signs share their code.
    """
    code, complete = _code_of(name)
    return code if complete and len(code) <= _CODE_LENGTH_MAX else division_code_with_hash(name)


def division_code_with_hash(name: str) -> str:
    """The code to take when another division has `division_code(name)` already; its hash tells the names apart."""
    code, _ = _code_of(name)
    digest = _digest(_normalised(name), _CODE_HASH_LENGTH).upper()
    return f"{code[: _CODE_LENGTH_MAX - 1 - _CODE_HASH_LENGTH].rstrip('-')}-{digest}"


def _code_of(name: str) -> tuple[str, bool]:
    """The name as a code of any length, and whether every letter and digit of it is in there."""
    folded = unicodedata.normalize("NFKD", _normalised(name)).upper().translate(_LATIN)
    letters = "".join(char for char in folded if not unicodedata.combining(char))
    code = re.sub("[^A-Z0-9]+", "-", letters).strip("-")
    complete = code != "" and not any(char.isalnum() and not char.isascii() for char in letters)
    return code if code[:1].isalpha() else f"DIV-{code}", complete


def catalog_sku(service_name: str, sku_id: str | None) -> str:
    """The catalog item's SKU, the same each time and another for every pair: at most 64 printable ASCII characters.

    "Amazon CloudFront" with B92307 is Amazon-CloudFront/B92307, without SkuId Amazon-CloudFront. What this form cannot
    hold without loss is cut and takes "~" and a hash; "~" occurs in no other SKU.
    """
    sku = "/".join(filter(None, (service_name.replace(" ", "-"), sku_id)))
    if len(sku) <= _SKU_LENGTH_MAX and _SKU_SERVICE.fullmatch(service_name) and _SKU_ID.fullmatch(sku_id or ""):
        return sku
    ascii_only = unicodedata.normalize("NFKD", sku).encode("ascii", "ignore").decode()
    readable = _SKU_UNFIT.sub("-", ascii_only).strip("-/")[: _SKU_LENGTH_MAX - 1 - _SKU_HASH_LENGTH]
    digest = _digest(f"{service_name}\0{sku_id or ''}", _SKU_HASH_LENGTH)
    return f"{readable}~{digest}"


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
