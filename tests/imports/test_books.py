"""The demo, seeding and the imports leave books in which every invariant holds."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from billing.demo.organisation import fill_demo
from billing.demo.volume import seed_records
from billing.domain.csv_kinds import CsvKind
from billing.services.csv_imports.importing import import_csv
from billing.services.focus_import import import_focus
from tests.imports.conftest import Empty
from tests.support.database import Database
from tests.support.integrity import assert_books_balance, findings
from tests.support.world import World

EVENING = datetime(2026, 3, 18, 20, 30, tzinfo=UTC)
CLOUD_CHARGES = Path(__file__).parents[2] / "billing/demo/focus_cloud_charges.csv"
RECORDS = """\
external_id,from_code,to_code,currency,period_start,period_end,name,unit,quantity,unit_price,draft
1,IT,MKT,USD,2026-01-01,2026-01-31,Support,hour,0.5,0.01,
1,IT,MKT,USD,2026-01-01,2026-01-31,Travel,trip,1,89.90,
2,IT,HR,KWD,2026-01-01,2026-01-31,Support,hour,0.5,0.001,
3,IT,HR,JPY,2026-01-01,2026-01-31,Support,hour,2,45,true
"""


async def assert_sound(database: Database, **rows_checked: int) -> None:
    async with database.owner.connect() as connection:
        await assert_books_balance(connection)
        found = await findings(connection)
    assert {name: found[name].rows_checked for name in rows_checked} == rows_checked


async def test_the_demo_leaves_sound_books(database: Database, empty: Empty, at: Callable[[datetime], None]) -> None:
    at(EVENING)
    await empty()

    await fill_demo(database)

    await assert_sound(database, records_are_not_overpaid=3_049)


async def test_seeding_leaves_sound_books(database: Database, world: World, at: Callable[[datetime], None]) -> None:
    at(EVENING)

    await seed_records(database, database.owner_url, 500, lambda done, total: None)

    await assert_sound(database, records_add_up=500)


async def test_imports_leave_sound_books(database: Database, world: World, tmp_path: Path) -> None:
    path = tmp_path / "records.csv"
    path.write_text(RECORDS)

    await import_focus(
        database,
        CLOUD_CHARGES.read_bytes(),
        file_name="cloud.csv",
        provider_code="IT",
        on_negative="skip",
        payment_terms_days=30,
    )
    await import_csv(database, path, CsvKind.RECORDS, file_name="records.csv", payment_terms_days=30, dry_run=False)

    await assert_sound(database, records_add_up=64 + 3, records_are_issued_once=64 + 2)
