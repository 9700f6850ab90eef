"""A FOCUS file becomes issued records to the cent, once, or nothing at all."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Row, insert, select, update

from billing.db import tables
from billing.db.users import SYSTEM_USER_ID
from billing.domain.errors import ErrorCode, Refused
from billing.domain.focus_codes import division_code_with_hash
from billing.domain.focus_plan import Negative
from billing.domain.identifiers import new_id
from billing.services.focus_file import FileRefused, OnNegative
from billing.services.focus_import import ImportResult, import_focus
from tests.support.client import Client
from tests.support.database import Database
from tests.support.focus import SOUND, Expected, RecordKey, expected_records, focus_file
from tests.support.unchanged import Unchanged
from tests.support.world import World

REAL_FILE = Path(__file__).parents[2] / "billing/demo/focus_cloud_charges.csv"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)

Import = Callable[..., Awaitable[ImportResult]]
People = Callable[[str], Client]


@pytest.fixture
def bring(database: Database, world: World, at: Callable[[datetime], None]) -> Import:
    """`await bring(content)` imports for IT on 4 March 2026, with terms of 30 days."""
    at(NOON)

    async def bring(
        content: bytes, provider: str = "IT", on_negative: OnNegative = "fail", name: str = "cloud.csv"
    ) -> ImportResult:
        return await import_focus(
            database,
            content,
            file_name=name,
            provider_code=provider,
            on_negative=on_negative,
            payment_terms_days=30,
        )

    return bring


@pytest.fixture
def real() -> bytes:
    return REAL_FILE.read_bytes()


async def rows_of(database: Database, table: Any, *columns: Any) -> Sequence[Row[Any]]:
    async with database.owner.connect() as connection:
        return (await connection.execute(select(*columns).select_from(table) if columns else select(table))).all()


async def written_records(database: Database) -> dict[RecordKey, Row[Any]]:
    """Every record there is, with the name of who pays, by what makes it one record."""
    joined = tables.billing_records.join(
        tables.divisions, tables.divisions.c.id == tables.billing_records.c.to_division_id
    )
    found = await rows_of(database, joined, *tables.billing_records.c, tables.divisions.c.name.label("division"))
    return {(row.currency, row.division, str(row.period_start), str(row.period_end)): row for row in found}


async def written_lines(database: Database) -> dict[Any, dict[tuple[str, str], Row[Any]]]:
    """By record the lines by service and SkuId."""
    lines: dict[Any, dict[tuple[str, str], Row[Any]]] = {}
    for row in await rows_of(database, tables.billing_line_items):
        lines.setdefault(row.billing_record_id, {})[row.name, row.description.removeprefix("SKU ")] = row
    return lines


async def assert_written(database: Database, expected: dict[RecordKey, Expected]) -> None:
    """The records are exactly the expected ones, total by total and line by line."""
    records, lines = await written_records(database), await written_lines(database)
    assert {key: Fraction(record.total) for key, record in records.items()} == {
        key: record.total for key, record in expected.items()
    }
    for key, record in expected.items():
        found = lines[records[key].id]
        assert {item: Fraction(line.amount) for item, line in found.items()} == record.amounts
        assert {item: Fraction(line.unrounded_amount) for item, line in found.items()} == dict(record.exact)
        assert sorted(line.position for line in found.values()) == [*range(1, len(found) + 1)]
        assert all((line.quantity, line.unit) == (1, "charge") for line in found.values())
        assert all(line.unit_price == line.amount for line in found.values())
        assert sum(Fraction(line.amount) for line in found.values()) == record.total


def line_and_column(refused: FileRefused) -> list[tuple[int, str]]:
    return [(fault.line, fault.column) for fault in refused.faults]


# The real file


async def test_every_amount_of_the_real_file_is_that_of_the_csv(bring: Import, database: Database, real: bytes) -> None:
    result = await bring(real)

    expected = expected_records(real)
    await assert_written(database, expected)
    assert (result.row_count, len(expected), len(result.numbers)) == (600, 64, 64)
    exact = sum(sum(record.exact.values()) for record in expected.values())
    [total] = result.totals
    assert (total.currency, Fraction(total.unrounded), str(total.rounded)) == ("USD", exact, "15.74")
    assert sum(record.total for record in expected.values()) == Fraction(round(exact * 100), 100)


async def test_records_are_issued_on_the_day_of_import_and_due_by_the_terms(
    bring: Import, database: Database, real: bytes, world: World
) -> None:
    result = await bring(real)

    records = (await written_records(database)).values()
    assert {record.lifecycle for record in records} == {"ISSUED"}
    assert {record.issue_date for record in records} == {date(2026, 3, 4)}
    assert {record.due_date for record in records} == {date(2026, 4, 3)}
    assert {record.from_division_id for record in records} == {world.divisions["IT"]}
    assert {record.created_by for record in records} == {SYSTEM_USER_ID}
    assert {(record.period_start, record.period_end) for record in records} == {
        (date(2024, 9, 1), date(2024, 9, 30)),
        (date(2024, 10, 1), date(2024, 10, 31)),
    }
    [imported] = await rows_of(database, tables.imports)
    assert {record.import_id for record in records} == {imported.id}
    assert (imported.file_name, imported.imported_by) == ("cloud.csv", SYSTEM_USER_ID)
    numbers = sorted(record.number for record in records)
    assert numbers == [f"IT-2026-{sequence:05d}" for sequence in range(1, 65)] == list(result.numbers)


async def test_a_record_of_zero_stays_and_is_paid(
    bring: Import, database: Database, real: bytes, client: People
) -> None:
    await bring(real)

    answer = await client("coordinator-it").run(
        "{ billingRecords(first: 100) { totalCount nodes { number status total outstanding dueDate "
        "lineItems { amount unroundedAmount catalogItem { sku category provider { code } } } } } }"
    )
    records = answer.field["nodes"]
    assert answer.field["totalCount"] == len(records) == 64
    assert {record["status"] for record in records if record["total"] == "0.00"} == {"PAID"}
    assert {record["status"] for record in records if record["total"] != "0.00"} == {"PENDING"}
    assert 0 < sum(record["total"] == "0.00" for record in records) < 64
    lines = [line for record in records for line in record["lineItems"]]
    assert len(lines) == 348
    assert {line["catalogItem"]["provider"]["code"] for line in lines} == {"IT"}
    assert sum(Fraction(line["amount"]) for line in lines) == Fraction("15.74")


async def test_divisions_and_items_are_made_once(bring: Import, database: Database, real: bytes, world: World) -> None:
    result = await bring(real)

    divisions = {row.name: row.code for row in await rows_of(database, tables.divisions)}
    assert (result.division_count, len(divisions)) == (64, 67)
    assert divisions["Atlas Nimbus"] == "ATLAS-NIMBUS"
    items = {row.sku: row for row in await rows_of(database, tables.service_catalog)}
    assert (result.catalog_item_count, len(items)) == (225, 226)
    item = items["Amazon-Simple-Queue-Service/G95FST5FTYV3JSRX"]
    assert (item.name, item.category, item.unit) == ("Amazon Simple Queue Service", "Integration", "charge")
    assert item.provider_division_id == world.divisions["IT"]


async def test_the_same_file_again_changes_nothing(bring: Import, real: bytes, unchanged: Unchanged) -> None:
    first = await bring(real)

    async with unchanged():
        again = await bring(real, name="another name.csv", on_negative="skip")

    assert (again.already_imported, again.imported_at, again.file_name) == (True, first.imported_at, "cloud.csv")
    assert (again.numbers, again.division_count) == ((), 0)


async def test_two_imports_of_the_same_file_at_once_are_one(bring: Import, database: Database, real: bytes) -> None:
    results = await asyncio.gather(*(bring(real) for _ in range(4)))

    assert sorted(result.already_imported for result in results) == [False, True, True, True]
    await assert_written(database, expected_records(real))


async def test_two_files_with_the_same_new_divisions_at_once_share_them(bring: Import, database: Database) -> None:
    rows = [{"SubAccountName": f"Team {number}"} for number in range(50)]
    files = [focus_file(*rows, {"SubAccountName": f"File {number}"}) for number in range(4)]

    results = await asyncio.gather(*(bring(content) for content in files))

    assert sum(result.division_count for result in results) == 54
    numbers = sorted(number for result in results for number in result.numbers)
    assert numbers == [f"IT-2026-{sequence:05d}" for sequence in range(1, 205)]


# Other files


async def test_another_file_makes_further_records(bring: Import, database: Database, real: bytes) -> None:
    await bring(real)

    result = await bring(focus_file({"SubAccountName": "Atlas Nimbus"}))

    assert (result.division_count, result.catalog_item_count, result.numbers) == (0, 1, ("IT-2026-00065",))
    [counter] = await rows_of(database, tables.number_counters)
    assert counter.last_number == 65


async def test_currencies_and_periods_make_records_of_their_own(bring: Import, database: Database) -> None:
    thirds = {"BilledCost": "0.3335"}
    yen = {"BillingCurrency": "JPY", "BilledCost": "10.5"}
    dinar = {"BillingCurrency": "KWD", "BilledCost": "0.00005"}
    content = focus_file(
        *({"SubAccountName": name, **thirds} for name in ("Legal", "Sales", "Marketing")),
        *({"SubAccountName": name, "ServiceName": "Storage", **yen} for name in ("Legal", "Sales", "Legal")),
        *({"SkuId": sku, **dinar} for sku in ("B1", "B2", "B3")),
        {"BillingPeriodStart": "2024-10-01T00:00:00Z", "BillingPeriodEnd": "2024-11-01T00:00:00Z"},
        {"BillingPeriodStart": "2024-10-01", "BillingPeriodEnd": "2025-01-01", "BilledCost": "-0.40"},
        {"BillingPeriodStart": "2024-10-01", "BillingPeriodEnd": "2025-01-01", "BilledCost": "0.40", "SkuId": "B2"},
    )

    result = await bring(content)

    await assert_written(database, expected_records(content))
    assert [(total.currency, str(total.rounded)) for total in result.totals] == [
        ("JPY", "32"),
        ("KWD", "0.000"),
        ("USD", "2.00"),
    ]
    assert ("USD", "Legal", "2024-10-01", "2024-12-31") in await written_records(database)


@pytest.mark.parametrize("seed", range(3))
async def test_made_up_files_come_out_to_the_unit(bring: Import, database: Database, seed: int) -> None:
    random = Random(seed)
    rows = [
        {
            "SubAccountName": f"Team {random.randrange(12)}",
            "ServiceName": random.choice(("Compute", "Storage, fast", 'The "cloud"', "Speicher für Ärzte")),
            "SkuId": random.choice(("", "NULL", "S1", "S2", "s1")),
            "BilledCost": f"{random.choice((9, 9, 9, -1)) * random.random() / 10 ** random.randrange(9):.11f}",
            "BillingCurrency": random.choice(("USD", "EUR", "JPY", "KWD")),
            "BillingPeriodStart": random.choice(("2024-09-01 00:00:00", "2024-09-01T00:00:00Z")),
            "ChargeDescription": random.choice(("", "two\nlines", "a, b")),
        }
        for _ in range(600)
    ]
    content = focus_file(*rows, columns=random.sample([*SOUND, "ChargeDescription"], len(SOUND) + 1))

    result = await bring(content, on_negative="skip")

    expected = expected_records(content, without=[(each.currency, each.division) for each in result.skipped])
    await assert_written(database, expected)
    for total in result.totals:
        nets = [sum(record.exact.values()) for key, record in expected.items() if key[0] == total.currency]
        assert Fraction(total.unrounded) == sum(nets)


async def test_a_negative_net_fails_the_file_with_its_rows(bring: Import, unchanged: Unchanged) -> None:
    content = focus_file({"BilledCost": "1.00"}, {"SubAccountName": "Sales"}, {"BilledCost": "-1.001", "SkuId": "B2"})

    async with unchanged():
        with pytest.raises(FileRefused) as refused:
            await bring(content)

    [fault] = refused.value.faults
    assert (fault.line, fault.column, fault.value) == (2, "BilledCost", "-0.001")
    assert "the rows at 2, 4" in fault.message
    assert refused.value.skippable


async def test_a_negative_net_can_be_left_out(bring: Import, database: Database) -> None:
    kept = [{"SubAccountName": "Sales", "BilledCost": "2.005"}, {"SubAccountName": "Marketing", "BilledCost": "3.00"}]
    content = focus_file({"BilledCost": "1.00"}, *kept, {"BilledCost": "-1.001"})

    result = await bring(content, on_negative="skip")

    await assert_written(database, expected_records(focus_file(*kept)))
    [negative] = result.skipped
    assert isinstance(negative, Negative)
    assert (negative.division, str(negative.net.normalize()), negative.line_numbers) == ("Legal", "-0.001", (2, 5))
    assert "Legal" not in {row.name for row in await rows_of(database, tables.divisions)}


async def test_nothing_to_bill_is_imported_as_nothing(bring: Import, database: Database) -> None:
    result = await bring(focus_file({"BilledCost": "-1.00"}), on_negative="skip")

    assert (result.numbers, result.totals, len(result.skipped)) == ((), (), 1)
    assert await rows_of(database, tables.number_counters) == []


async def test_divisions_match_by_their_exact_name(bring: Import, database: Database, world: World) -> None:
    names = ["Marketing", "MARKETING", "Zürich", "Zu\u0308rich", "Zurich", "3rd line", "財務部", "R&D"]
    content = focus_file(*({"SubAccountName": name} for name in names))

    result = await bring(content)

    codes = {row.name: row.code for row in await rows_of(database, tables.divisions)}
    assert result.division_count == 6
    assert codes["Marketing"] == "MKT"
    assert codes["MARKETING"] == "MARKETING"
    assert {codes["R&D"], codes["3rd line"], codes["Zurich"]} == {"R-D", "DIV-3RD-LINE", "ZURICH"}
    assert codes["Zürich"].startswith("ZURICH-")
    assert codes["財務部"].startswith("DIV-")
    records = await written_records(database)
    assert Counter(key[1] for key in records) == dict.fromkeys(
        codes.keys() - {"Information Technology", "Human Resources"}, 1
    )
    assert records["USD", "Zürich", "2024-09-01", "2024-09-30"].total == 2
    assert records["USD", "Marketing", "2024-09-01", "2024-09-30"].to_division_id == world.divisions["MKT"]


async def test_a_code_that_is_taken_gets_a_hash_and_keeps_it(bring: Import, database: Database) -> None:
    content = focus_file({"SubAccountName": "Mkt"})
    await bring(content)
    await bring(focus_file({"SubAccountName": "Mkt", "SkuId": "B2"}))

    [code] = [row.code for row in await rows_of(database, tables.divisions) if row.name == "Mkt"]
    assert code.startswith("MKT-")
    assert len(await rows_of(database, tables.divisions)) == 4


async def test_an_item_needs_neither_sku_id_nor_category_nor_a_short_name(bring: Import, database: Database) -> None:
    long = "Service " + "x" * 192
    content = focus_file(
        {"SkuId": ""}, {"SkuId": "NULL"}, {"ServiceName": long, "BilledCost": "1.1e-3"}, {"ServiceCategory": ""}
    )

    await bring(content)

    items = {row.sku: (row.name, row.category) for row in await rows_of(database, tables.service_catalog)}
    assert items["Compute"] == ("Compute", "Compute")
    assert items["Compute/B1"] == ("Compute", "Other")
    [long_sku] = [sku for sku, (name, _) in items.items() if name == long]
    assert len(long_sku) == 64
    [record] = (await written_records(database)).values()
    assert record.total == 3


async def test_columns_that_are_not_ours_may_hold_newlines(bring: Import, database: Database) -> None:
    text = focus_file({}, {"SubAccountName": "Sales", "BilledCost": "x"}).decode().replace("\r\n", "\n")
    header, first, second = text.splitlines()
    content = f'{header},Tags\n{first},"{{""a"":\n""b""}}"\n{second},\n'.encode()

    with pytest.raises(FileRefused) as refused:
        await bring(content)

    assert line_and_column(refused.value) == [(4, "BilledCost")]


async def test_another_provider_of_the_same_skus_has_items_of_its_own(
    bring: Import, database: Database, world: World
) -> None:
    content = focus_file({}, {"SkuId": ""})
    await bring(content)

    result = await bring(content, provider="HR")
    again = await bring(focus_file({}, {"SkuId": ""}, {"BilledCost": "5.00"}), provider="HR")

    assert (result.catalog_item_count, again.catalog_item_count) == (2, 0)
    assert result.numbers == ("HR-2026-00001",)
    items = {row.sku: row.provider_division_id for row in await rows_of(database, tables.service_catalog)}
    assert items == {
        "LAPTOP": world.divisions["IT"],
        "Compute": world.divisions["IT"],
        "Compute/B1": world.divisions["IT"],
        "Compute~HR": world.divisions["HR"],
        "Compute/B1~HR": world.divisions["HR"],
    }


# Faults


async def test_every_fault_names_its_line_and_column_and_nothing_is_written(
    bring: Import, unchanged: Unchanged, world: World
) -> None:
    content = focus_file(
        {},
        {"BilledCost": "1,00"},
        {"BillingCurrency": "usd", "BillingPeriodEnd": "2024-09-01"},
        {"SubAccountName": "Information Technology"},
        {"SubAccountName": "", "ServiceName": "a\x07b"},
        {"SubAccountName": "Information Technology"},
    )

    async with unchanged():
        with pytest.raises(FileRefused) as refused:
            await bring(content)

    assert line_and_column(refused.value) == [
        (3, "BilledCost"),
        (4, "BillingCurrency"),
        (4, "BillingPeriodEnd"),
        (5, "SubAccountName"),
        (6, "SubAccountName"),
        (6, "ServiceName"),
    ]
    assert refused.value.fault_count == 6
    assert "lines 5, 7" in refused.value.faults[3].message


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (b"", 1, "(header)"),
        (b"a,b\n1,2\n", 1, "SubAccountName"),
        (focus_file({}).replace(b"Legal", b"L\xffgal"), 2, "SubAccountName"),
        (focus_file({}) + b"a,b\r\n", 3, "(row)"),
        (focus_file({}) + b'"open\r\n', 3, "(row)"),
    ],
    ids=["empty", "no FOCUS", "no UTF-8", "too few fields", "an open quote"],
)
async def test_a_file_that_is_no_focus_file_is_refused(
    bring: Import, unchanged: Unchanged, content: bytes, line: int, column: str
) -> None:
    async with unchanged():
        with pytest.raises(FileRefused) as refused:
            await bring(content)

    assert (line, column) in line_and_column(refused.value)


async def test_inactive_divisions_and_retired_items_are_faults(
    bring: Import, database: Database, unchanged: Unchanged, world: World
) -> None:
    await bring(focus_file({}, {"ServiceName": "Storage", "SkuId": ""}))
    async with database.owner.begin() as connection:
        await connection.execute(update(tables.divisions).where(tables.divisions.c.code == "MKT").values(active=False))
        await connection.execute(update(tables.service_catalog).values(active=False))

    async with unchanged():
        with pytest.raises(FileRefused) as refused:
            await bring(
                focus_file(
                    {"ServiceName": "New"},
                    {"SubAccountName": "Marketing", "ServiceName": "New"},
                    {},
                    {"ServiceName": "Storage", "SkuId": ""},
                    {},
                )
            )

    assert line_and_column(refused.value) == [(3, "SubAccountName"), (4, "SkuId"), (5, "ServiceName")]
    assert "lines 4, 6" in refused.value.faults[1].message


async def test_a_provider_that_cannot_charge_is_refused(
    bring: Import, database: Database, unchanged: Unchanged
) -> None:
    async with database.owner.begin() as connection:
        await connection.execute(update(tables.divisions).where(tables.divisions.c.code == "HR").values(active=False))

    async with unchanged():
        for code, message in (
            ("NO", "There is no division with the code NO."),
            ("HR", "The division HR is not active."),
        ):
            with pytest.raises(Refused, match=message) as refused:
                await bring(focus_file({}), provider=code)
            assert refused.value.code == ErrorCode.UNKNOWN_DIVISION


async def test_codes_and_skus_that_are_all_taken_are_faults(
    bring: Import, database: Database, unchanged: Unchanged, world: World
) -> None:
    async with database.owner.begin() as connection:
        await connection.execute(
            insert(tables.divisions),
            [
                {"id": new_id(), "code": code, "name": f"Not {code}"}
                for code in ("LEGAL", division_code_with_hash("Legal"))
            ],
        )
        await connection.execute(
            insert(tables.service_catalog),
            [
                {
                    "id": new_id(),
                    "sku": sku,
                    "name": "Other",
                    "category": "Other",
                    "unit": "piece",
                    "provider_division_id": world.divisions["HR"],
                }
                for sku in ("Compute/B1", "Compute/B1~IT")
            ],
        )

    async with unchanged():
        with pytest.raises(FileRefused) as refused:
            await bring(focus_file({"SubAccountName": "Sales"}, {}))

    assert line_and_column(refused.value) == [(2, "SkuId"), (3, "SubAccountName")]


async def test_a_crash_in_the_middle_leaves_nothing(
    bring: Import, real: bytes, unchanged: Unchanged, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*args: Any, **kwargs: Any) -> int:
        raise RuntimeError("the power fails")

    monkeypatch.setattr("billing.db.billing_records.next_number", crash)
    async with unchanged():
        with pytest.raises(RuntimeError):
            await bring(real)


async def test_progress_is_told_from_first_to_last(database: Database, world: World, real: bytes) -> None:
    told: list[tuple[str, int, int]] = []

    await import_focus(
        database,
        real,
        file_name="cloud.csv",
        provider_code="IT",
        on_negative="fail",
        payment_terms_days=30,
        progress=lambda *news: told.append(news),
    )

    assert list(dict.fromkeys(doing for doing, _, _ in told)) == ["Reading", "Adding up", "Writing"]
    for doing in ("Reading", "Adding up", "Writing"):
        done = [(done, total) for what, done, total in told if what == doing]
        assert done == sorted(done)
        assert done[-1][0] == done[-1][1]
