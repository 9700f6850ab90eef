"""What the charges of a FOCUS file become: records and lines, rounded so that they add up."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain, groupby
from typing import Final, Literal, NamedTuple, TypeVar

from billing.domain.currencies import minor_unit
from billing.domain.focus import Charge, Fault, printable
from billing.domain.focus_codes import catalog_sku
from billing.domain.money import AMOUNT_MAX, exact_sum, shortest
from billing.domain.splitting import largest_remainder

CATEGORY_UNKNOWN: Final = "Other"
"""The category of a service that the file gives none for; FOCUS's own word."""

_LINES_SHOWN_MAX = 20


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
        f"{printable(negative.division)} nets below zero in {negative.currency} for {period}, "
        f"over the rows at {named}{f' and {more} more' if more > 0 else ''}"
    )
    return Fault(min(negative.line_numbers), "BilledCost", shortest(negative.net), message)


def _too_large(key: RecordKey, group: Sequence[Charge]) -> Iterator[Fault]:
    """A fault for a record, or else each of its lines, that no amount can hold."""
    by_item = _grouped(group, _item_key)
    for charges in [group] if _net(group) > AMOUNT_MAX else by_item.values():
        net = _net(charges)
        if net.copy_abs() > AMOUNT_MAX:
            message = f"{printable(key.division)} has charges that add up to more than {AMOUNT_MAX} {key.currency}"
            yield Fault(min(charge.line for charge in charges), "BilledCost", shortest(net), message)


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
