"""The kinds of CSV files that can be imported, each with the table of its columns."""

from enum import StrEnum
from typing import Final

from billing.domain.csv_files import Column, parse_day, parse_number, parse_truth
from billing.domain.texts import normalised

_CODE = "Write the code of a division, such as IT; a division that is not there yet is imported first."
_DAY = "Write a day as year-month-day, such as 2026-01-31."
_NUMBER = "Write digits with a point, such as 1234.50, without separators of thousands, currency signs or exponents."
_CURRENCY = "Write the code of the currency in capitals, such as USD."
_LABEL = "Write at most 64 characters on one line."
_LONG = "Write at most 2000 characters, without control characters."
_SKU = "Write the SKU of an active item of the charging division's catalog; import the catalog first."


class CsvKind(StrEnum):
    DIVISIONS = "divisions"
    CATALOG = "catalog"
    PRICES = "prices"
    RECORDS = "records"


def _line(length_max: int) -> str:
    return f"Write 1 to {length_max} characters on one line, which nothing else has where it is a name or code."


COLUMNS: Final[dict[CsvKind, tuple[Column, ...]]] = {
    CsvKind.DIVISIONS: (
        Column(
            "code",
            "The code of the division, which never changes: at most 24 of A-Z and 0-9, in groups joined by dashes.",
            "Write a code such as IT or SALES-EU, once in the file.",
            ("DEMO-LAB", "DEMO-LAB-1"),
            required=True,
        ),
        Column(
            "name",
            "Its name, which no other division has: at most 200 characters.",
            "Write a name of at most 200 characters that no other division has.",
            ("Demo laboratory", "Demo laboratory, first floor"),
            required=True,
        ),
        Column(
            "parent_code",
            "The code of the division above it; empty at the top. It may come later in the file.",
            "Write the code of an active division that is neither this one nor below it, or leave it empty.",
            ("", "DEMO-LAB"),
        ),
        Column("cost_centre", "Its cost centre: at most 64 characters.", _LABEL, ("CC-900", "CC-901")),
        Column("gl_code", "Its account in the general ledger: at most 64 characters.", _LABEL, ("6900", "6901")),
    ),
    CsvKind.CATALOG: (
        Column(
            "sku",
            "The SKU of the item, which never changes: at most 64 characters.",
            "Write an SKU of at most 64 characters on one line, once in the file.",
            ("DEMO-DESK", "DEMO-ROOM"),
            required=True,
            parse=normalised,
        ),
        Column("name", "What is offered: at most 200 characters.", _line(200), ("Desk", "Meeting room"), required=True),
        Column("category", "Its category: at most 200 characters.", _line(200), ("Space", "Space"), required=True),
        Column("unit", "What is counted: at most 64 characters.", _line(64), ("month", "hour"), required=True),
        Column(
            "provider_code", "The code of the division that provides it; stays.", _CODE, ("IT", "IT"), required=True
        ),
        Column("description", "At most 2000 characters.", _LONG, ("A desk with a screen", "")),
    ),
    CsvKind.PRICES: (
        Column(
            "sku",
            "The SKU of the item.",
            "Write the SKU of an item of the catalog.",
            ("MONITOR", "MONITOR"),
            required=True,
            parse=normalised,
        ),
        Column("currency", "The currency (ISO 4217).", _CURRENCY, ("USD", "EUR"), required=True),
        Column(
            "valid_from",
            "The day from which the price is valid, until a later one starts.",
            _DAY,
            ("2030-01-01", "2030-01-01"),
            required=True,
            parse=parse_day,
        ),
        Column(
            "unit_price",
            "The price of one unit, with at most 10 decimal places; not below zero.",
            _NUMBER,
            ("55.00", "50.60"),
            required=True,
            parse=parse_number,
        ),
        Column("cost_price", "What a unit costs the provider.", _NUMBER, ("45.10", ""), parse=parse_number),
    ),
    CsvKind.RECORDS: (
        Column(
            "external_id",
            "Your id of the record, at most 64 characters. The rows of a record stand together under the same id; "
            "an id that the charging division has imported before is not imported again.",
            "Write an id of at most 64 characters, another for each record; keep the rows of a record together.",
            ("DEMO-0001", "DEMO-0001"),
            required=True,
            parse=normalised,
        ),
        Column("from_code", "The code of the division that charges.", _CODE, ("IT", "IT"), required=True),
        Column("to_code", "The code of the division that pays.", _CODE, ("HR", "HR"), required=True),
        Column("currency", "The currency (ISO 4217).", _CURRENCY, ("USD", "USD"), required=True),
        Column(
            "period_start", "The first day charged.", _DAY, ("2026-01-01", "2026-01-01"), required=True, parse=parse_day
        ),
        Column(
            "period_end", "The last day charged.", _DAY, ("2026-01-31", "2026-01-31"), required=True, parse=parse_day
        ),
        Column(
            "due_date",
            "When it is due; empty: the payment terms after the day of import.",
            "Write a day that is not before today, such as 2026-12-31, or leave it empty.",
            ("", ""),
            parse=parse_day,
        ),
        Column(
            "draft",
            "true: it stays a draft; false or empty: it is issued.",
            "Write true or false, or leave it empty.",
            ("true", "true"),
            parse=parse_truth,
        ),
        Column("from_note", "A note of the charging division: at most 2000 characters.", _LONG, ("", "")),
        Column("from_gl_code", "The charging division's account: at most 64 characters.", _LABEL, ("", "")),
        Column(
            "sku", "The catalog item that the line charges; empty for a line without.", _SKU, ("", ""), parse=normalised
        ),
        Column(
            "name",
            "What the line charges; empty: the item's name.",
            "Write at most 200 characters on one line; a line without sku needs a name.",
            ("Workshop", "Travel"),
        ),
        Column("unit", "What is counted; empty: the item's unit.", _LABEL, ("day", "trip")),
        Column(
            "quantity",
            "How many units, with at most 10 decimal places; below zero for a deduction.",
            _NUMBER,
            ("2", "1"),
            required=True,
            parse=parse_number,
        ),
        Column(
            "unit_price",
            "The price of one unit; empty: the catalog's price on the first day charged.",
            _NUMBER,
            ("450.00", "89.90"),
            parse=parse_number,
        ),
        Column("description", "More about the line: at most 2000 characters.", _LONG, ("Onboarding", "")),
        Column(
            "price_override_reason",
            "Why the price is not the catalog's, where it is not.",
            "Say why the price differs, or leave unit_price empty for the catalog's.",
            ("", ""),
        ),
    ),
}
