"""Which division and which catalog item the names in a FOCUS file mean; what is new is added."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from billing.db import catalog_items, divisions, imports
from billing.db.rows import Row
from billing.db.transaction import Transaction
from billing.domain.focus import Charge, Fault
from billing.domain.focus_codes import division_code, division_code_with_hash
from billing.domain.focus_plan import PlannedLine, PlannedRecord

UNIT = "charge"
_LINES_NAMED_MAX = 20


@dataclass
class Writing:
    """One import on its way: where it is written and for whom, the charges it comes from, what speaks against it."""

    tx: Transaction
    provider: Row
    import_id: UUID
    make_id: Callable[[], UUID]
    charges: Sequence[Charge]
    faults: list[Fault] = field(default_factory=list)
    division_count: int = 0
    item_count: int = 0

    def refuse_division(self, name: str, message: str) -> None:
        lines = [charge.line for charge in self.charges if charge.division == name]
        self.faults.append(_fault(lines, "SubAccountName", name, message))

    def refuse_item(self, item: PlannedLine, message: str) -> None:
        lines = [
            charge.line
            for charge in self.charges
            if charge.service == item.service and (charge.sku_id or None) == item.sku_id
        ]
        column, value = ("ServiceName", item.service) if item.sku_id is None else ("SkuId", item.sku_id)
        self.faults.append(_fault(lines, column, value, message))


def own_charges(charges: Iterable[Charge], provider_name: str) -> Iterator[Fault]:
    """A fault if the file charges the provider itself."""
    lines = [charge.line for charge in charges if charge.division == provider_name]
    if lines:
        yield _fault(lines, "SubAccountName", provider_name, "is the provider, and a division cannot charge itself")


async def find_or_add_divisions(writing: Writing, records: Sequence[PlannedRecord]) -> dict[str, UUID]:
    """The division of each SubAccountName: the one of exactly this name, else a new one with a code made from it."""
    names = sorted({record.division for record in records})
    known = await divisions.find_by_names(writing.tx, names)
    for name, division in known.items():
        if not division.active:
            writing.refuse_division(name, f"is the division {division.code}, which is not active")
    candidates = {name: (division_code(name), division_code_with_hash(name)) for name in names if name not in known}
    codes = _first_free(candidates, await divisions.codes_in_use(writing.tx, _all(candidates)))
    for name in candidates.keys() - codes.keys():
        writing.refuse_division(name, f"finds its codes {' and '.join(candidates[name])} taken by other divisions")
    new = {name: writing.make_id() for name in codes}
    await imports.add_divisions(writing.tx, [{"id": id, "code": codes[name], "name": name} for name, id in new.items()])
    writing.division_count = len(new)
    return {name: division.id for name, division in known.items()} | new


async def find_or_add_items(writing: Writing, records: Sequence[PlannedRecord]) -> dict[str, UUID]:
    """The provider's catalog item for each planned SKU, by that SKU.

    Where another provider has the SKU, ours ends in "~" and our code. That is no other service's: codes have capitals,
    and the hashes that stand behind "~" in a planned SKU have none.
    """
    provider = writing.provider
    planned = {line.sku: line for record in records for line in record.lines}
    candidates = {sku: (sku, f"{sku}~{provider.code}") for sku in sorted(planned)}
    taken = await catalog_items.find_by_skus(writing.tx, _all(candidates))
    known: dict[str, Row] = {}
    for sku, names in candidates.items():
        own = [taken[name] for name in names if name in taken and taken[name].provider_division_id == provider.id]
        if own:
            known[sku] = own[0]
    for sku, item in known.items():
        if not item.active:
            writing.refuse_item(planned[sku], f"is charged by the catalog item {item.sku}, which is retired")
    for sku in known:
        del candidates[sku]
    skus = _first_free(candidates, taken.keys())
    for sku in candidates.keys() - skus.keys():
        writing.refuse_item(planned[sku], f"finds its SKUs {' and '.join(candidates[sku])} taken by other providers")
    new = {sku: writing.make_id() for sku in skus}
    rows = [{"id": id, "sku": skus[sku], **_item(planned[sku], provider.id)} for sku, id in new.items()]
    await imports.add_catalog_items(writing.tx, rows)
    writing.item_count = len(rows)
    return {sku: item.id for sku, item in known.items()} | new


def describe(line: PlannedLine) -> str:
    """What tells apart the items and lines of one service."""
    return "" if line.sku_id is None else f"SKU {line.sku_id}"


def _item(line: PlannedLine, provider_division_id: UUID) -> dict[str, Any]:
    return {
        "name": line.service,
        "description": describe(line),
        "category": line.category,
        "unit": UNIT,
        "provider_division_id": provider_division_id,
    }


def _first_free(candidates: Mapping[str, Sequence[str]], taken: Iterable[str]) -> dict[str, str]:
    """For each key, in order, the first of its candidates that nobody has; no entry where all are taken."""
    used = set(taken)
    free: dict[str, str] = {}
    for key, names in candidates.items():
        name = next((name for name in names if name not in used), None)
        if name is not None:
            free[key] = name
            used.add(name)
    return free


def _all(candidates: Mapping[str, Sequence[str]]) -> list[str]:
    return sorted({name for names in candidates.values() for name in names})


def _fault(lines: Sequence[int], column: str, value: str, message: str) -> Fault:
    named = ", ".join(map(str, lines[:_LINES_NAMED_MAX]))
    more = len(lines) - _LINES_NAMED_MAX
    return Fault(lines[0], column, value, f"{message}: lines {named}{f' and {more} more' if more > 0 else ''}")
