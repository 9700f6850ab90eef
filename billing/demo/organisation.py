"""The demo: an organisation whose divisions have charged and paid each other for two years, and a real cloud bill."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from sqlalchemy import Table

from billing.db import audit_events, bulk, divisions, imports, tables, users
from billing.db.database import Database
from billing.db.transaction import Transaction
from billing.demo.catalog import catalog, item_rows, price_rows
from billing.demo.disputes import dispute_rows, disputes
from billing.demo.draws import Draws, first_of_month
from billing.demo.past_postings import post_all
from billing.demo.payments import allocation_rows, payment_rows, payments
from billing.demo.people import DEMO_USERS, division_rows, people, user_rows
from billing.demo.records import counter_rows, line_rows, record_rows, records
from billing.services.focus_file import Progress, read_focus_file, silent
from billing.services.focus_import import write_focus_file

__all__ = ["DEMO_USERS", "fill_demo", "is_empty"]

MONTHS = 24
FOCUS_FILE = "focus_cloud_charges.csv"
FOCUS_PROVIDER = "IT"


async def is_empty(database: Database) -> bool:
    async with database.transaction() as tx:
        return await _is_empty(tx)


async def fill_demo(database: Database, payment_terms_days: int = 30, progress: Progress = silent) -> None:
    """Fills an empty database in one transaction, and leaves any other as it is.

    Everything but the day is the same each time, ids included.
    """
    async with database.transaction() as tx:
        await imports.allow_long_work(tx)
        await bulk.lock_alone(tx, tables.divisions)
        if not await _is_empty(tx):
            return
        draws = Draws(tx.today, database.zone)
        await _write(tx, _organisation(draws, payment_terms_days), progress)
        await _post(tx.at(draws.midnight()), database.zone.key)
        await _import_cloud_charges(tx, draws, payment_terms_days)


async def _is_empty(tx: Transaction) -> bool:
    return not await divisions.count(tx) and not await users.count(tx)


def _organisation(draws: Draws, payment_terms_days: int) -> list[tuple[Table, Sequence[dict[str, Any]]]]:
    """The rows of every table, in an order in which each finds what it refers to."""
    months = [first_of_month(draws.today, ago) for ago in range(-MONTHS, 2)]
    founded_at = draws.at_work(first_of_month(months[0], -1))
    here = people(draws, founded_at)
    known = catalog(draws, months, founded_at)
    charged = records(draws, known, months[:-1], payment_terms_days)
    opened = disputes(draws, charged)
    paid = payments(draws, charged, opened)
    return [
        (tables.divisions, division_rows(here, founded_at)),
        (tables.users, user_rows(here, founded_at)),
        (tables.service_catalog, item_rows(here, known, founded_at)),
        (tables.service_catalog_prices, price_rows(draws, here, known, founded_at)),
        (tables.billing_records, record_rows(here, charged)),
        (tables.billing_line_items, line_rows(draws, here, charged)),
        (tables.number_counters, counter_rows(here, charged)),
        (tables.payment_records, payment_rows(here, paid)),
        (tables.payment_allocations, allocation_rows(draws, here, paid)),
        (tables.disputes, dispute_rows(here, opened)),
    ]


async def _write(
    tx: Transaction, organisation: Sequence[tuple[Table, Sequence[dict[str, Any]]]], progress: Progress
) -> None:
    total, done = sum(len(rows) for _, rows in organisation), 0
    for table, rows in organisation:
        await bulk.add_all(tx, table, rows)
        done += len(rows)
        progress("Filling", done, total)


async def _post(tx: Transaction, zone: str) -> None:
    """The ledger of it all, and one row in the audit trail for the whole."""
    await post_all(tx.connection.driver, zone)
    await users.add_system_user_if_missing(tx)
    await audit_events.add_change(tx, audit_events.Act(users.SYSTEM, "fill_demo", request_id=""))


async def _import_cloud_charges(tx: Transaction, draws: Draws, payment_terms_days: int) -> None:
    """The sample of real cloud charges, imported as the day begins."""
    midnight = draws.midnight()
    content = (files("billing.demo") / FOCUS_FILE).read_bytes()
    file = read_focus_file(content, name=FOCUS_FILE, provider_name=FOCUS_PROVIDER, on_negative="fail")
    await write_focus_file(
        tx.at(midnight),
        file,
        provider_code=FOCUS_PROVIDER,
        payment_terms_days=payment_terms_days,
        make_id=lambda: draws.id_at(midnight),
    )
