"""Catalog items from a CSV file: new ones are added, known ones changed where the file differs."""

from collections.abc import Mapping, Sequence

from billing.db import bulk, catalog_items, csv_imports, tables
from billing.db.rows import Row
from billing.domain.csv_files import CsvRow
from billing.domain.errors import ErrorCode, Faults
from billing.domain.identifiers import new_id
from billing.services import checks
from billing.services.catalog_items import SKU_LENGTH_MAX, check_item, check_provider
from billing.services.csv_imports.run import RowByRow, Run, Unit

_COLUMNS = {"provider_division_id": "provider_code"}


class Catalog(RowByRow):
    async def write(self, run: Run, units: Sequence[Unit]) -> None:
        rows = [row for unit in units for row in unit]
        checked = [(row, _check(run, row)) for row in rows]
        await run.claim(
            [(row, values["sku"]) for row, values in checked if values["sku"] and "sku" not in row.wrong],
            "sku",
            "sku",
            "This SKU stands on line {line} already.",
        )
        known = await catalog_items.find_by_skus(run.tx, sorted({values["sku"] for _, values in checked}))
        codes = sorted({row["provider_code"] for row in rows if row["provider_code"]})
        providers = await csv_imports.find_divisions(run.tx, codes)
        for row, values in checked:
            _check_provider(run, row, known.get(values["sku"]), providers)
        sound = [(row, values) for row, values in checked if not row.wrong]
        changed = [
            {"id": known[values["sku"]].id, **_kept(known[values["sku"]], values)}
            for _, values in sound
            if values["sku"] in known and _differs(known[values["sku"]], values)
        ]
        new = [
            {
                "id": new_id(),
                "created_at": run.tx.now,
                "provider_division_id": providers[row["provider_code"]].id,
                "description": "",
                **values,
            }
            for row, values in sound
            if values["sku"] not in known
        ]
        await bulk.change_all(run.tx, tables.service_catalog, changed)
        await bulk.add_all(run.tx, tables.service_catalog, new)
        run.created += len(new)
        run.updated += len(changed)
        run.unchanged += len(sound) - len(new) - len(changed)


def _check(run: Run, row: CsvRow) -> dict[str, str]:
    faults = Faults()
    sku = checks.name(faults, row["sku"], "sku", length_max=SKU_LENGTH_MAX)
    given = {name: row[name] for name in ("name", "description", "category", "unit")}
    values = {"sku": sku, **check_item(faults, **given)}
    if not run.has("description"):
        del values["description"]
    run.take_over(row, faults.found, _COLUMNS)
    return values


def _check_provider(run: Run, row: CsvRow, there: Row | None, providers: Mapping[str, Row]) -> None:
    """A new item needs an active provider; the provider of a known one stays."""
    provider = providers.get(row.text("provider_code"))
    if there is not None and provider is not None and there.provider_division_id != provider.id:
        message = f"The catalog item {there.sku} is provided by another division."
        run.refuse(row, "provider_code", ErrorCode.WRONG_PROVIDER, message)
    elif there is None or provider is None:
        faults = Faults()
        check_provider(faults, provider)
        run.take_over(row, faults.found, _COLUMNS)


def _kept(there: Row, values: Mapping[str, str]) -> dict[str, str]:
    return {name: values.get(name, getattr(there, name)) for name in ("name", "description", "category", "unit")}


def _differs(there: Row, values: Mapping[str, str]) -> bool:
    return any(getattr(there, name) != value for name, value in values.items())
