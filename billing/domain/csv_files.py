"""A CSV file of an import: read row by row in flat memory, every value checked, every fault with its place.

Pure: the caller opens the file and writes what the rows say.
"""

import csv
import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from billing.domain.errors import ErrorCode
from billing.domain.money import parse_decimal

HEADER: Final = "(header)"
ROW: Final = "(row)"
"""What a fault names as its column when it concerns the whole header or a whole row."""

FAULTS_MAX: Final = 1_000
_SHOWN_MAX = 80
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_OTHER_DELIMITER = re.compile(r"[;\t|]")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a file: the line its row starts on (from 1), the column, the value fit to be printed."""

    line: int
    column: str
    value: str
    code: ErrorCode
    message: str
    remedy: str


@dataclass(slots=True)
class FileFaults:
    """The first 1,000 faults of a file, and how many there are; memory stays bounded whatever the file is."""

    kept: list[Fault] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, column: str, value: str, message: str, remedy: str, code: ErrorCode) -> None:
        self.count += 1
        if len(self.kept) < FAULTS_MAX:
            self.kept.append(Fault(line, printable(column), printable(value), code, message, remedy))


@dataclass(frozen=True)
class Column:
    """A column of a kind of file: what stands in it, and what to do about a value that is none."""

    name: str
    description: str
    remedy: str
    examples: tuple[str, str]
    required: bool = False
    parse: Callable[[str], Any] = str


@dataclass(slots=True)
class CsvRow:
    """A row by column: what was read of it, None where it is empty or wrong; `wrong` are the columns with a fault."""

    line: int
    texts: Mapping[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)

    def __getitem__(self, column: str) -> Any:
        return self.values.get(column)

    def text(self, column: str) -> str:
        return self.values.get(column) or ""


class CsvFile:
    """The rows of a file with these columns; faults of header and values are noted in `faults` as they are met."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = {column.name: column for column in columns}
        self.faults = FileFaults()
        self.header: tuple[str, ...] = ()
        self.line = 0

    def rows(self, lines: Iterable[str]) -> Iterator[CsvRow]:
        """Of physical lines with their ends, decoded with "surrogateescape"."""
        reader = csv.reader(lines, strict=True)
        while True:
            self.line = reader.line_num + 1
            try:
                fields = next(reader, None)
            except csv.Error as error:
                self._refuse_syntax(error)
                return
            if fields is None:
                break
            if not any(text.strip() for text in fields):
                continue
            if not self.header:
                self.header = tuple(name.strip() for name in fields)
                if not self._check_header():
                    return
            elif (row := self._row(fields)) is not None:
                yield row
        if not self.header:
            message, remedy = "The file is empty.", f"Begin it with the columns: {','.join(self.columns)}"
            self.faults.add(1, HEADER, "", message, remedy, ErrorCode.BAD_INPUT)

    def refuse(self, row: CsvRow, column: str, message: str, code: ErrorCode, remedy: str | None = None) -> None:
        """Notes what is wrong with a value, once for each column of a row."""
        if column in row.wrong:
            return
        row.wrong.add(column)
        if remedy is None:
            remedy = self.columns[column].remedy if column in self.columns else "Correct the row."
        self.faults.add(row.line, column, row.texts.get(column, ""), message, remedy, code)

    def _refuse_syntax(self, error: csv.Error) -> None:
        message = f"The row that starts here is no CSV: {error}."
        remedy = 'Close each quotation mark, and write a quotation mark inside quotes twice: "so ""called"".'
        self.faults.add(self.line, ROW, "", message, remedy, ErrorCode.BAD_INPUT)

    def _check_header(self) -> bool:
        """Whether the rows can be read at all; unknown and missing columns are faults, and the rows still checked."""
        header = self.header

        def refuse(column: str, value: str, message: str, remedy: str) -> None:
            self.faults.add(self.line, column, value, message, remedy, ErrorCode.BAD_INPUT)

        if any(map(_NO_TEXT.search, header)):
            refuse(HEADER, ",".join(header), "The file is not UTF-8 text.", "Save it as CSV in UTF-8.")
            return False
        if len(header) == 1 and (found := _OTHER_DELIMITER.search(header[0])):
            message = f"The columns are separated by {found[0]!r}."
            refuse(HEADER, header[0], message, "Save the file with commas between the columns.")
            return False
        for name in dict.fromkeys(header):
            if header.count(name) > 1:
                refuse(HEADER, name, "This column occurs more than once.", "Keep one of them.")
            if name not in self.columns:
                near = difflib.get_close_matches(name.lower(), self.columns, 1)
                remedy = f"Did you mean {near[0]}?" if near else f"Remove it; there are: {', '.join(self.columns)}."
                refuse(HEADER, name, "There is no such column.", remedy)
        for column in self.columns.values():
            if column.required and column.name not in header:
                refuse(HEADER, column.name, "This column is missing.", f"Add it: {column.description}")
        return True

    def _row(self, fields: Sequence[str]) -> CsvRow | None:
        if len(fields) != len(self.header):
            message = f"The row has {len(fields)} fields where the header has {len(self.header)}."
            remedy = "Write a comma for each column, and quotes around a value that contains commas."
            self.faults.add(self.line, ROW, ",".join(fields), message, remedy, ErrorCode.BAD_INPUT)
            return None
        row = CsvRow(self.line, dict(zip(self.header, fields, strict=True)))
        for name, text in row.texts.items():
            if (column := self.columns.get(name)) is not None:
                self._read(row, column, text.strip())
        return row

    def _read(self, row: CsvRow, column: Column, text: str) -> None:
        if not text:
            if column.required:
                self.refuse(row, column.name, "This must not be empty.", ErrorCode.BAD_INPUT)
        elif _NO_TEXT.search(text):
            remedy = "Save the file as CSV in UTF-8, without NUL bytes."
            self.refuse(row, column.name, "This is not UTF-8 text.", ErrorCode.BAD_INPUT, remedy)
        else:
            try:
                row.values[column.name] = column.parse(text)
            except ValueError as error:
                self.refuse(row, column.name, str(error), ErrorCode.BAD_INPUT)


def printable(text: str) -> str:
    """At most 80 characters on one line; what a terminal or log would act on is written as its escape."""
    shown = text if len(text) <= _SHOWN_MAX else f"{text[: _SHOWN_MAX - 1]}…"
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in shown)


def parse_day(text: str) -> date:
    """A day such as 2026-01-31; ValueError for any other notation, and for what is in no calendar."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError("This is no day of the calendar such as 2026-01-31.")


def parse_number(text: str) -> Decimal:
    """A quantity or a price in the one notation that the graph takes too."""
    try:
        return parse_decimal(text)
    except ValueError:
        raise ValueError("This is no number such as 1234.50 or -0.75.") from None


def parse_truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError("This is neither true nor false.")
    return text.lower() == "true"
