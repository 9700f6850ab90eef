"""The loaders by name: `<values>_by_<key>`, each one statement for all keys of a level, answered in the order asked."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select

from billing.db import (
    billing_records,
    catalog_items,
    catalog_prices,
    credit_notes,
    disputes,
    divisions,
    history,
    integrity_checks,
    line_items,
    payment_allocations,
    payments,
    scope,
    users,
)
from billing.db.rows import Row
from billing.db.statements import Batch, Sendable, batch
from billing.permissions.viewer import Viewer

Statement = Callable[[Viewer, Sequence[Any]], Select[Any]]

_BATCHES_MAX: Final = 2_000
_MARK: Final = UUID("ffffffff-ffff-4fff-bfff-ffffffffffff")


@dataclass(frozen=True)
class ToOne:
    """One row per key, None where there is none that the viewer may see."""

    statement: Statement
    key: Callable[[Row], Hashable]
    mark: Any = _MARK

    def arrange(self, keys: Sequence[Any], rows: Sequence[Row]) -> list[Any]:
        found = {self.key(row): row for row in rows}
        return [found.get(key) for key in keys]


@dataclass(frozen=True)
class ToMany:
    """A list of rows per key, in the order of the statement."""

    statement: Statement
    key: Callable[[Row], Hashable]
    mark: Any = _MARK

    def arrange(self, keys: Sequence[Any], rows: Sequence[Row]) -> list[Any]:
        found: defaultdict[Hashable, list[Row]] = defaultdict(list)
        for row in rows:
            found[self.key(row)].append(row)
        return [found.get(key, []) for key in keys]


def statement_of(loader: ToOne | ToMany, viewer: Viewer, keys: Sequence[Any]) -> Sendable:
    """Made once for each viewer, and then filled with the keys of the moment."""
    return _batch(loader, viewer, scope.first_wall).of(keys)


@lru_cache(maxsize=_BATCHES_MAX)
def _batch(loader: ToOne | ToMany, viewer: Viewer, first_wall: bool) -> Batch:
    return batch(lambda keys: loader.statement(viewer, keys), loader.mark)


_id = attrgetter("id")

LOADERS: dict[str, ToOne | ToMany] = {
    "billing_records_by_id": ToOne(billing_records.by_ids, _id),
    "replacements_by_record_id": ToOne(billing_records.replacements_of, attrgetter("replaces_id")),
    "history_by_record_id": ToMany(history.of_records, attrgetter("billing_record_id")),
    "line_items_by_id": ToOne(line_items.by_ids, _id),
    "line_items_by_record_id": ToMany(line_items.of_records, attrgetter("billing_record_id")),
    "credit_notes_by_id": ToOne(credit_notes.by_ids, _id),
    "credit_notes_by_record_id": ToMany(credit_notes.of_records, attrgetter("billing_record_id")),
    "credit_notes_by_dispute_id": ToOne(credit_notes.of_disputes, attrgetter("dispute_id")),
    "credit_note_lines_by_credit_note_id": ToMany(credit_notes.lines_of, attrgetter("credit_note_id")),
    "allocations_by_record_id": ToMany(payment_allocations.of_records, attrgetter("billing_record_id")),
    "allocations_by_payment_id": ToMany(payment_allocations.of_payments, attrgetter("payment_id")),
    "payments_by_id": ToOne(payments.by_ids, _id),
    "payments_by_record_id": ToMany(payments.of_records, attrgetter("billing_record_id")),
    "disputes_by_id": ToOne(disputes.by_ids, _id),
    "disputes_by_record_id": ToMany(disputes.of_records, attrgetter("billing_record_id")),
    "divisions_by_id": ToOne(divisions.by_ids, _id),
    "divisions_by_parent_id": ToMany(divisions.of_parents, attrgetter("parent_id")),
    "catalog_items_by_id": ToOne(catalog_items.by_ids, _id),
    "catalog_prices_by_id": ToOne(catalog_prices.by_ids, _id),
    "catalog_prices_by_item_id": ToMany(catalog_prices.of_items, attrgetter("catalog_item_id")),
    "catalog_price_by_item_currency_day": ToOne(
        catalog_prices.valid_on, attrgetter("item_id", "currency", "day"), mark=(_MARK, "mark", date.min)
    ),
    "integrity_checks_by_id": ToOne(integrity_checks.by_ids, _id),
    "integrity_check_results_by_check_id": ToMany(integrity_checks.results_of, attrgetter("integrity_check_id")),
    "users_by_id": ToOne(users.by_ids, _id),
}
