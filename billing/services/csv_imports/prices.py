"""Prices from a CSV file: new ones are set; one that is set with other values is a fault, since it never changes."""

from collections.abc import Sequence
from typing import Any

from billing.db import bulk, catalog_items, csv_imports, tables
from billing.db.users import SYSTEM_USER_ID
from billing.domain.csv_files import CsvRow
from billing.domain.errors import ErrorCode, Faults
from billing.domain.identifiers import new_id
from billing.services.catalog_items import PRICE_IS_SET, check_price
from billing.services.csv_imports.run import RowByRow, Run, Unit

_KEY = ("sku", "currency", "valid_from")
_DIFFERENT_DAY = "Start the other price on another day, or leave the row out."


class Prices(RowByRow):
    async def write(self, run: Run, units: Sequence[Unit]) -> None:
        rows = [row for unit in units for row in unit]
        items = await catalog_items.find_by_skus(run.tx, sorted({row["sku"] for row in rows if row["sku"]}))
        for row in rows:
            _check(run, row)
            if row["sku"] and row["sku"] not in items:
                run.refuse(row, "sku", ErrorCode.NOT_FOUND, "No such catalog item.")
        keyed = [row for row in rows if not row.wrong & set(_KEY)]
        keys = [(row, "\n".join(str(row[column]) for column in _KEY)) for row in keyed]
        await run.claim(keys, "price", "valid_from", "This price stands on line {line} already.")
        sought = {row.line: (items[row["sku"]].id, row["currency"], row["valid_from"]) for row in keyed}
        there = await csv_imports.find_prices(run.tx, list(sought.values()))
        new: list[dict[str, Any]] = []
        for row in keyed:
            price = there.get(sought[row.line])
            if row.wrong:
                continue
            if price is None:
                new.append(_price(run, row, items[row["sku"]].id))
            elif (price.unit_price, price.cost_price) == (row["unit_price"], row["cost_price"]):
                run.unchanged += 1
            else:
                run.refuse(row, "valid_from", ErrorCode.ALREADY_EXISTS, PRICE_IS_SET, _DIFFERENT_DAY)
        await bulk.add_all(run.tx, tables.service_catalog_prices, new)
        run.created += len(new)


def _check(run: Run, row: CsvRow) -> None:
    faults = Faults()
    check_price(
        faults,
        currency=row.text("currency"),
        valid_from=row["valid_from"],
        unit_price=row["unit_price"],
        cost_price=row["cost_price"],
    )
    run.take_over(row, faults.found, {})


def _price(run: Run, row: CsvRow, item_id: Any) -> dict[str, Any]:
    return {
        "id": new_id(),
        "catalog_item_id": item_id,
        "currency": row["currency"],
        "valid_from": row["valid_from"],
        "unit_price": row["unit_price"],
        "cost_price": row["cost_price"],
        "created_at": run.tx.now,
        "created_by": SYSTEM_USER_ID,
    }
