"""CSV files become divisions, items, prices and records: all of a file or nothing, once, by the rules of the API."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import select, text, update
from typer.testing import CliRunner

from billing.cli.csv_report import columns_as_markdown
from billing.cli.import_csv import run, template_of
from billing.cli.main import app
from billing.db import tables
from billing.domain.csv_kinds import COLUMNS, CsvKind
from billing.services.csv_imports import importing
from billing.services.csv_imports.importing import CsvRefused, CsvResult, import_csv
from tests.support.client import Client
from tests.support.database import Database
from tests.support.make import key
from tests.support.unchanged import Unchanged
from tests.support.world import World

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
DOCS = Path(__file__).parents[2] / "docs/imports.md"

DIVISION = {"code": "LAB", "name": "Laboratory", "parent_code": "IT", "cost_centre": "CC-9", "gl_code": "69"}
ITEM = {"sku": "DESK", "name": "Desk", "category": "Space", "unit": "month", "provider_code": "IT", "description": "d"}
PRICE = {"sku": "LAPTOP", "currency": "EUR", "valid_from": "2026-01-01", "unit_price": "45.5", "cost_price": "40"}
RECORD = {
    "external_id": "A-1",
    "from_code": "IT",
    "to_code": "MKT",
    "currency": "USD",
    "period_start": "2026-01-01",
    "period_end": "2026-01-31",
    "due_date": "",
    "draft": "",
    "sku": "LAPTOP",
    "name": "",
    "unit": "",
    "quantity": "3",
    "unit_price": "",
    "description": "",
    "price_override_reason": "",
}
SOUND = {CsvKind.DIVISIONS: DIVISION, CsvKind.CATALOG: ITEM, CsvKind.PRICES: PRICE, CsvKind.RECORDS: RECORD}

Bring = Callable[..., Awaitable[CsvResult]]
Faulty = Callable[..., Awaitable[list[tuple[int, str, str, str]]]]
People = Callable[[str], Client]


def csv_file(kind: CsvKind, *rows: dict[str, str]) -> bytes:
    """A file with one row for each of the given differences from a sound one; the rows stand on lines 2, 3, …"""
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, list(SOUND[kind]))
    writer.writeheader()
    writer.writerows(SOUND[kind] | row for row in rows)
    return written.getvalue().encode()


@pytest.fixture
def bring(database: Database, world: World, at: Callable[[datetime], None], tmp_path: Path) -> Bring:
    """`await bring(kind, *rows)`, or with `content=`, imports on 4 March 2026 with terms of 30 days."""
    at(NOON)

    async def bring(
        kind: CsvKind, *rows: dict[str, str], content: bytes | None = None, dry_run: bool = False
    ) -> CsvResult:
        path = tmp_path / "file.csv"
        path.write_bytes(csv_file(kind, *rows) if content is None else content)
        return await import_csv(database, path, kind, file_name="file.csv", payment_terms_days=30, dry_run=dry_run)

    return bring


@pytest.fixture
def faulty(bring: Bring, unchanged: Unchanged) -> Faulty:
    """`await faulty(kind, *rows)` are line, column, value and code of every fault; nothing was written."""

    async def faulty(kind: CsvKind, *rows: dict[str, str], content: bytes | None = None) -> Any:
        async with unchanged():
            with pytest.raises(CsvRefused) as refused:
                await bring(kind, *rows, content=content)
        assert all(fault.message and fault.remedy for fault in refused.value.faults)
        return [(fault.line, fault.column, fault.value, fault.code.value) for fault in refused.value.faults]

    return faulty


def counts(result: CsvResult) -> tuple[int, int, int]:
    return result.created, result.updated, result.unchanged


async def rows_of(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.owner.connect() as connection:
        return [tuple(row) for row in (await connection.execute(text(query))).all()]


_DIVISIONS = """SELECT d.code, d.name, coalesce(p.code, ''), d.cost_centre, d.gl_code, d.version
                FROM divisions d LEFT JOIN divisions p ON p.id = d.parent_id ORDER BY d.code"""


async def test_divisions_are_added_and_changed_and_parents_may_come_later(bring: Bring, database: Database) -> None:
    rows = [
        {"code": "LAB-1", "name": "First floor", "parent_code": "LAB"},
        {},
        {"code": "HR", "name": "People", "parent_code": "LAB-1", "cost_centre": "CC-HR", "gl_code": "GL-HR"},
        {"code": "IT", "name": "Information Technology", "parent_code": "", "cost_centre": "CC-IT", "gl_code": "GL-IT"},
    ]

    result = await bring(CsvKind.DIVISIONS, *rows)

    assert counts(result) == (2, 1, 1)
    assert await rows_of(database, _DIVISIONS) == [
        ("HR", "People", "LAB-1", "CC-HR", "GL-HR", 2),
        ("IT", "Information Technology", "", "CC-IT", "GL-IT", 1),
        ("LAB", "Laboratory", "IT", "CC-9", "69", 1),
        ("LAB-1", "First floor", "LAB", "CC-9", "69", 1),
        ("MKT", "Marketing", "", "CC-MKT", "GL-MKT", 1),
    ]


async def test_a_column_that_is_missing_leaves_what_is_there(bring: Bring, database: Database) -> None:
    result = await bring(CsvKind.DIVISIONS, content=b"code,name\nHR,People\n")

    assert counts(result) == (0, 1, 0)
    assert ("HR", "People", "", "CC-HR", "GL-HR", 2) in await rows_of(database, _DIVISIONS)


async def test_items_are_added_and_changed(bring: Bring, database: Database) -> None:
    laptop = {"sku": "LAPTOP", "name": "Notebook", "category": "Devices", "description": ""}

    result = await bring(CsvKind.CATALOG, {}, laptop)

    assert counts(result) == (1, 1, 0)
    assert await rows_of(database, "SELECT sku, name, description, version FROM service_catalog ORDER BY sku") == [
        ("DESK", "Desk", "d", 1),
        ("LAPTOP", "Notebook", "", 2),
    ]


async def test_prices_are_set_and_equal_ones_are_unchanged(bring: Bring, database: Database) -> None:
    there = {"currency": "USD", "valid_from": "2020-01-01", "unit_price": "49.900", "cost_price": "41.2"}

    result = await bring(CsvKind.PRICES, {}, there, {"valid_from": "2027-01-01", "cost_price": ""})

    assert counts(result) == (2, 0, 1)
    found = await rows_of(database, "SELECT currency, unit_price, cost_price FROM service_catalog_prices ORDER BY 1, 3")
    assert found == [
        ("EUR", Decimal("45.5"), Decimal(40)),
        ("EUR", Decimal("45.5"), None),
        ("USD", Decimal("49.9"), Decimal("41.2")),
    ]


async def test_records_are_issued_in_the_order_of_the_file_without_gaps(bring: Bring, database: Database) -> None:
    rows = [
        {},
        {"sku": "", "name": "Support", "unit": "hour", "quantity": "0.5", "unit_price": "100.01"},
        {"external_id": "A-2", "draft": "true"},
        {"external_id": "B-1", "from_code": "HR", "sku": "", "name": "Course", "quantity": "1", "unit_price": "7"},
        {"external_id": "A-3", "to_code": "HR", "due_date": "2026-03-04"},
    ]

    result = await bring(CsvKind.RECORDS, *rows)

    assert counts(result) == (4, 0, 0)
    assert (result.line_count, result.record_counts, result.totals) == (5, {"USD": 4}, {"USD": Decimal("506.10")})
    assert sorted(result.numbers) == [("HR-2026-00001", "HR-2026-00001"), ("IT-2026-00001", "IT-2026-00002")]
    records = await rows_of(
        database,
        """SELECT i.external_id, r.number, r.lifecycle, r.total, r.due_date::text, r.issue_date::text,
                  r.import_id IS NOT NULL
           FROM billing_records r JOIN imported_records i ON i.billing_record_id = r.id ORDER BY 1""",
    )
    assert records == [
        ("A-1", "IT-2026-00001", "ISSUED", Decimal("199.70"), "2026-04-03", "2026-03-04", True),
        ("A-2", "", "DRAFT", Decimal("149.70"), "infinity", "infinity", True),
        ("A-3", "IT-2026-00002", "ISSUED", Decimal("149.70"), "2026-03-04", "2026-03-04", True),
        ("B-1", "HR-2026-00001", "ISSUED", Decimal("7.00"), "2026-04-03", "2026-03-04", True),
    ]
    assert await rows_of(database, "SELECT max(last_number), count(*) FROM number_counters") == [(2, 2)]


async def test_a_record_by_file_is_the_record_by_api(bring: Bring, client: People, world: World) -> None:
    fields = """total dueDate issueDate status periodStart currency settled: confirmedAmount
                lineItems { position name unit quantity unitPrice amount unroundedAmount priceOverrideReason }"""
    made = await client("billing-admin").change(
        "createBillingRecord",
        f"billingRecord {{ number {fields} }}",
        fromDivisionId=str(world.divisions["IT"]),
        toDivisionId=str(world.divisions["MKT"]),
        currency="USD",
        periodStart="2026-01-01",
        periodEnd="2026-01-31",
        lines=[{"catalogItemId": str(world.laptop), "quantity": "0.333"}],
        idempotencyKey=key(),
    )

    assert made.user_errors == [], made.body
    result = await bring(CsvKind.RECORDS, {"quantity": "0.333"})

    assert result.numbers == (("IT-2026-00002", "IT-2026-00002"),)
    read = await client("billing-admin").run(f'{{ billingRecord(number: "IT-2026-00002") {{ {fields} }} }}')
    by_api = made.field["billingRecord"]
    assert by_api.pop("number") == "IT-2026-00001"
    assert read.field == by_api


@pytest.mark.parametrize("kind", CsvKind)
async def test_the_same_file_again_changes_nothing(bring: Bring, unchanged: Unchanged, kind: CsvKind) -> None:
    first = await bring(kind, {})

    async with unchanged():
        again = await bring(kind, {})

    assert (counts(first), counts(again)) == ((1, 0, 0), (0, 0, 1))


async def test_a_record_stays_imported_whatever_became_of_prices_and_item(
    bring: Bring, unchanged: Unchanged, database: Database
) -> None:
    await bring(CsvKind.RECORDS, {"due_date": "2026-03-04"})
    async with database.owner.begin() as connection:
        await connection.execute(update(tables.service_catalog).values(active=False))

    async with unchanged():
        again = await bring(CsvKind.RECORDS, {"due_date": "2026-03-04", "quantity": "3.00"})

    assert counts(again) == (0, 0, 1)


async def test_a_draft_that_was_deleted_comes_in_again(bring: Bring, client: People, database: Database) -> None:
    await bring(CsvKind.RECORDS, {"draft": "true"})
    ((id,),) = await rows_of(database, "SELECT id::text FROM billing_records")

    deleted = await client("billing-admin").change("deleteDraftBillingRecord", "deletedId", id=id, idempotencyKey=key())

    assert deleted.user_errors == []
    assert counts(await bring(CsvKind.RECORDS, {"draft": "true"})) == (1, 0, 0)


@pytest.mark.parametrize("kind", CsvKind)
async def test_of_two_imports_at_once_one_writes(bring: Bring, kind: CsvKind) -> None:
    results = await asyncio.gather(bring(kind, {}), bring(kind, {}))

    assert sorted(map(counts, results)) == [(0, 0, 1), (1, 0, 0)]


async def test_twins_of_a_text_are_one_id_and_one_sku(bring: Bring) -> None:
    composed, apart = "É" * 64, "E\N{COMBINING ACUTE ACCENT}" * 64
    await bring(CsvKind.CATALOG, {"sku": composed})
    record = {"external_id": composed, "sku": composed, "unit_price": "1", "price_override_reason": "new"}
    await bring(CsvKind.RECORDS, record)

    assert counts(await bring(CsvKind.CATALOG, {"sku": apart})) == (0, 0, 1)
    assert counts(await bring(CsvKind.RECORDS, {**record, "external_id": apart, "sku": apart})) == (0, 0, 1)
    assert counts(await bring(CsvKind.PRICES, {"sku": apart})) == (1, 0, 0)


@pytest.mark.parametrize("kind", CsvKind)
async def test_a_dry_run_says_the_same_and_writes_nothing(bring: Bring, unchanged: Unchanged, kind: CsvKind) -> None:
    async with unchanged():
        dry = await bring(kind, {}, dry_run=True)

    result = await bring(kind, {})
    assert (counts(dry), dry.totals, dry.record_counts) == (counts(result), result.totals, result.record_counts)


async def test_every_fault_of_divisions_in_one_run(faulty: Faulty) -> None:
    rows = [
        {"code": "lab", "name": "", "cost_centre": "x" * 65},
        {"name": "Marketing"},
        {"code": "LAB-2", "name": "Second", "parent_code": "NONE"},
        {"code": "LAB-3", "name": "Third", "parent_code": "LAB-3"},
        {"code": "LAB-3", "name": "Third\x07"},
        {"code": "C1", "name": "C 1", "parent_code": "C2"},
        {"code": "C2", "name": "C 2", "parent_code": "C1"},
        {"code": "C3", "name": "C 3", "parent_code": "C2"},
    ]

    assert await faulty(CsvKind.DIVISIONS, *rows) == [
        (2, "name", "", "BAD_INPUT"),
        (2, "code", "lab", "BAD_INPUT"),
        (2, "cost_centre", "x" * 65, "BAD_INPUT"),
        (3, "name", "Marketing", "ALREADY_EXISTS"),
        (4, "parent_code", "NONE", "UNKNOWN_DIVISION"),
        (5, "parent_code", "LAB-3", "BAD_INPUT"),
        (6, "name", "Third\\u0007", "BAD_INPUT"),
        (6, "code", "LAB-3", "ALREADY_EXISTS"),
        (7, "parent_code", "C2", "BAD_INPUT"),
        (8, "parent_code", "C1", "BAD_INPUT"),
    ]


async def test_every_fault_of_a_catalog_in_one_run(faulty: Faulty) -> None:
    rows = [
        {"sku": "x" * 65, "unit": "", "provider_code": "NONE"},
        {"sku": "LAPTOP", "provider_code": "HR"},
        {},
        {"name": "x" * 201},
    ]

    assert await faulty(CsvKind.CATALOG, *rows) == [
        (2, "unit", "", "BAD_INPUT"),
        (2, "sku", "x" * 65, "BAD_INPUT"),
        (2, "provider_code", "NONE", "UNKNOWN_DIVISION"),
        (3, "provider_code", "HR", "WRONG_PROVIDER"),
        (5, "name", "x" * 79 + "…", "BAD_INPUT"),
        (5, "sku", "DESK", "ALREADY_EXISTS"),
    ]


async def test_every_fault_of_prices_in_one_run(faulty: Faulty) -> None:
    rows = [
        {"sku": "NONE", "currency": "usd", "valid_from": "1.1.2026", "unit_price": "1,50", "cost_price": "-1"},
        {"currency": "USD", "valid_from": "2020-01-01"},
        {},
        {"unit_price": "0.12345678901", "valid_from": "1999-01-01"},
        {"unit_price": "46"},
    ]

    assert await faulty(CsvKind.PRICES, *rows) == [
        (2, "valid_from", "1.1.2026", "BAD_INPUT"),
        (2, "unit_price", "1,50", "BAD_INPUT"),
        (2, "currency", "usd", "BAD_CURRENCY"),
        (2, "cost_price", "-1", "BAD_AMOUNT"),
        (2, "sku", "NONE", "NOT_FOUND"),
        (3, "valid_from", "2020-01-01", "ALREADY_EXISTS"),
        (5, "valid_from", "1999-01-01", "BAD_DATES"),
        (5, "unit_price", "0.12345678901", "BAD_AMOUNT"),
        (6, "valid_from", "2026-01-01", "ALREADY_EXISTS"),
    ]


async def test_every_fault_of_records_in_one_run(faulty: Faulty, database: Database) -> None:
    async with database.owner.begin() as connection:
        marketing = update(tables.divisions).where(tables.divisions.c.code == "MKT")
        await connection.execute(marketing.values(active=False))
    rows = [
        {"to_code": "MKT", "period_end": "2025-12-31", "due_date": "2026-03-03"},
        {"external_id": "A-2", "to_code": "IT", "sku": "NONE", "quantity": "x"},
        {"external_id": "A-3", "to_code": "HR", "currency": "EUR"},
        {"external_id": "A-3", "to_code": "HR", "unit_price": "1"},
        {"external_id": "A-4", "to_code": "HR", "unit_price": "1"},
        {"external_id": "A-5", "to_code": "HR", "from_code": "NONE", "name": "x\x00", "description": "x\x07"},
        {"external_id": "A-6", "to_code": "HR", "sku": "", "name": ""},
        {"external_id": "A-7", "to_code": "HR", "quantity": "-1"},
        {"external_id": "A-2", "to_code": "HR", "draft": "maybe"},
        {"external_id": "A-8", "from_code": "HR", "to_code": "IT"},
    ]

    assert await faulty(CsvKind.RECORDS, *rows) == [
        (2, "to_code", "MKT", "UNKNOWN_DIVISION"),
        (2, "period_end", "2025-12-31", "BAD_DATES"),
        (2, "due_date", "2026-03-03", "BAD_DATES"),
        (3, "quantity", "x", "BAD_INPUT"),
        (3, "to_code", "IT", "SAME_DIVISION"),
        (3, "sku", "NONE", "UNKNOWN_CATALOG_ITEM"),
        (4, "unit_price", "", "NO_PRICE"),
        (5, "currency", "USD", "BAD_INPUT"),
        (5, "price_override_reason", "", "REASON_REQUIRED"),
        (6, "price_override_reason", "", "REASON_REQUIRED"),
        (7, "name", "x\\u0000", "BAD_INPUT"),
        (7, "from_code", "NONE", "UNKNOWN_DIVISION"),
        (7, "description", "x\\u0007", "BAD_INPUT"),
        (8, "name", "", "BAD_INPUT"),
        (8, "unit_price", "", "NO_PRICE"),
        (9, "quantity", "-1", "BAD_AMOUNT"),
        (10, "draft", "maybe", "BAD_INPUT"),
        (10, "external_id", "A-2", "ALREADY_EXISTS"),
        (11, "sku", "LAPTOP", "WRONG_PROVIDER"),
    ]


async def test_a_record_with_other_contents_or_too_many_lines_is_a_fault(bring: Bring, faulty: Faulty) -> None:
    await bring(CsvKind.RECORDS, {})

    many = [{"external_id": "A-2"}] * 250
    assert await faulty(CsvKind.RECORDS, {"quantity": "4"}, *many) == [
        (2, "external_id", "A-1", "ALREADY_EXISTS"),
        (3, "external_id", "A-2", "BAD_INPUT"),
    ]


async def test_faults_have_the_words_of_the_api(bring: Bring, client: People, world: World) -> None:
    bad: dict[str, Any] = {"quantity": "1.12345678901", "unitPrice": "1"}
    answer = await client("billing-admin").change(
        "createBillingRecord",
        "billingRecord { id }",
        fromDivisionId=str(world.divisions["IT"]),
        toDivisionId=str(world.divisions["IT"]),
        currency="USD",
        periodStart="2026-02-01",
        periodEnd="2026-01-31",
        lines=[{"catalogItemId": str(world.laptop), **bad}],
        idempotencyKey=key(),
    )
    again = await client("billing-admin").change(
        "createBillingRecord",
        "billingRecord { id }",
        fromDivisionId=str(world.divisions["IT"]),
        toDivisionId=str(world.divisions["MKT"]),
        currency="USD",
        periodStart="2026-01-01",
        periodEnd="2026-01-31",
        lines=[{"catalogItemId": str(world.laptop), **bad}],
        idempotencyKey=key(),
    )
    said = {(error["code"], error["message"]) for each in (answer, again) for error in each.field["userErrors"]}

    with pytest.raises(CsvRefused) as refused:
        await bring(
            CsvKind.RECORDS,
            {"to_code": "IT", "period_start": "2026-02-01", "quantity": bad["quantity"], "unit_price": "1"},
        )

    assert len(said) == 4
    assert {(fault.code.value, fault.message) for fault in refused.value.faults} == said


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", (1, "(header)", "", "The file is empty.")),
        (b"code;name\nA;B\n", (1, "(header)", "code;name", "The columns are separated by ';'.")),
        (b"code,name,naem\nA,B,C\n", (1, "(header)", "naem", "There is no such column.")),
        (b"code\nA\n", (1, "(header)", "name", "This column is missing.")),
        (b"code,name,name\nA,B,B\n", (1, "(header)", "name", "This column occurs more than once.")),
        ("code,name\n".encode("utf-16"), (1, "(header)", None, "The file is not UTF-8 text.")),
        (b'code,name\n\nA,"B\nC",\n', (3, "(row)", "A,B\\u000aC,", "The row has 3 fields where the header has 2.")),
        (b'code,name\nA,"B\nC\n', (2, "(row)", "", "The row that starts here is no CSV: unexpected end of data.")),
        (b"code,name\nA,B\xff\n", (2, "name", "B\\udcff", "This is not UTF-8 text.")),
    ],
)
async def test_what_is_no_such_file_is_said_with_its_place(
    bring: Bring, unchanged: Unchanged, content: bytes, fault: tuple[Any, ...]
) -> None:
    async with unchanged():
        with pytest.raises(CsvRefused) as refused:
            await bring(CsvKind.DIVISIONS, content=content)

    first = refused.value.faults[0]
    assert (first.line, first.column, fault[2] and first.value, first.message) == fault
    assert first.remedy


async def test_a_mark_of_byte_order_and_quoted_line_ends_are_read(bring: Bring, database: Database) -> None:
    content = b'\xef\xbb\xbfsku,name,category,unit,provider_code,description\r\nA,Aa,C,u,IT,"one\r\ntwo"\r\n\r\n'

    result = await bring(CsvKind.CATALOG, content=content)

    assert counts(result) == (1, 0, 0)
    assert ("one\ntwo",) in await rows_of(database, "SELECT description FROM service_catalog")


async def test_chunks_change_nothing(bring: Bring, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK_ROWS", 2)
    records = [{"external_id": f"A-{number // 3}"} for number in range(20)]

    assert counts(await bring(CsvKind.RECORDS, *records)) == (7, 0, 0)
    numbers = await rows_of(database, "SELECT number FROM billing_records ORDER BY number")
    assert numbers == [(f"IT-2026-{number:05d}",) for number in range(1, 8)]
    with pytest.raises(CsvRefused) as refused:
        await bring(CsvKind.DIVISIONS, *[{"code": f"D{n % 9}", "name": f"N {n}"} for n in range(10)])
    assert [(fault.line, fault.message) for fault in refused.value.faults] == [
        (11, "This code stands on line 2 already.")
    ]


async def test_a_file_of_many_faults_keeps_the_first_and_counts_all(bring: Bring) -> None:
    with pytest.raises(CsvRefused) as refused:
        await bring(CsvKind.PRICES, *[{"unit_price": "x", "valid_from": "x"}] * 1_500)

    assert (len(refused.value.faults), refused.value.fault_count) == (1_000, 3_000)


async def test_the_command_says_what_was_made_and_each_fault(
    database: Database, world: World, at: Callable[[datetime], None], tmp_path: Path
) -> None:
    at(NOON)

    async def command(*rows: dict[str, str], dry_run: bool = False, terminal: bool = False) -> tuple[int, str]:
        path = tmp_path / "records.csv"
        path.write_bytes(csv_file(CsvKind.RECORDS, *rows))
        screen = io.StringIO()
        console = Console(file=screen, width=160, force_terminal=terminal, color_system=None)
        return await run(database, CsvKind.RECORDS, path, 30, console, dry_run=dry_run), screen.getvalue()

    wrong, faults = await command({}, {"external_id": "A-2", "quantity": "[b]1,5"})
    dry, would = await command({}, dry_run=True)
    right, made = await command({}, terminal=True)
    again, nothing = await command({})

    assert (wrong, dry, right, again) == (1, 0, 0, 0)
    assert (
        "records.csv:3: quantity: '[b]1,5': BAD_INPUT: This is no number such as 1234.50 or -0.75. Write digits"
    ) in faults
    assert "records.csv has 1 fault. Nothing was imported." in faults
    assert "Dry run of records.csv: nothing was written." in would
    assert ["billing", "records", "1", "0", "0"] in [line.split() for line in would.splitlines()]
    assert ["USD", "1", "149.70"] in [line.split() for line in would.splitlines()]
    assert "Numbers: IT-2026-00001 to IT-2026-00001" in made
    assert "Nothing to do: everything in records.csv is there already." in nothing


def test_the_command_takes_file_and_options(
    database_url: str, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    path = tmp_path / "prices.csv"
    path.write_bytes(csv_file(CsvKind.PRICES, {}))
    call = ["import", "prices", str(path)]

    dry, first, again = (CliRunner().invoke(app, each) for each in ([*call, "--dry-run"], call, call))
    path.write_bytes(csv_file(CsvKind.PRICES, {"unit_price": "46"}))
    wrong = CliRunner().invoke(app, call)

    assert [each.exit_code for each in (dry, first, again, wrong)] == [0, 0, 0, 1]
    assert "nothing was written" in dry.output
    assert "Imported prices.csv." in first.output
    assert "Nothing to do" in again.output
    assert "a set price never changes" in wrong.output


@pytest.mark.parametrize("kind", CsvKind)
def test_describe_and_template_say_all_columns(kind: CsvKind) -> None:
    described = CliRunner().invoke(app, ["import", "--describe", kind.value])
    printed = CliRunner().invoke(app, ["import", "--template", kind.value])

    assert (described.exit_code, printed.exit_code) == (0, 0)
    header, *rows = csv.reader(io.StringIO(printed.output))
    assert header == [column.name for column in COLUMNS[kind]]
    assert rows == [[column.examples[index] for column in COLUMNS[kind]] for index in (0, 1)]
    assert all(column.name[:8] in described.output for column in COLUMNS[kind])


@pytest.mark.parametrize("kind", CsvKind)
def test_the_page_for_people_has_the_columns(kind: CsvKind) -> None:
    assert columns_as_markdown(kind) in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", CsvKind)
async def test_the_templates_can_be_imported_into_the_demo(bring: Bring, database: Database, kind: CsvKind) -> None:
    async with database.owner.begin() as connection:
        laptop = update(tables.service_catalog).where(tables.service_catalog.c.sku == "LAPTOP")
        await connection.execute(laptop.values(sku="MONITOR"))  # as the demo names an item of IT

    result = await bring(kind, content=template_of(kind).encode())

    assert counts(result) == ((1 if kind is CsvKind.RECORDS else 2), 0, 0)
    async with database.owner.connect() as connection:
        kinds = (await connection.execute(select(tables.imports.c.kind))).scalars().all()
    assert kinds == [kind.value.upper()]
