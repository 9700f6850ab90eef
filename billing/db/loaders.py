"""The loaders by name: `<values>_by_<key>`, each one statement for all keys of a level, answered in the order asked."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Uuid,
    case,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.sql.util import find_tables

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
    marks,
    payment_allocations,
    payments,
    scope,
    users,
)
from billing.db.columns import Nest, bare_columns, constant, joined, json_of, narrowed
from billing.db.rows import Row
from billing.db.statements import Sendable, Template, template
from billing.engine.columns import Columns, Nested, Written
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer

Statement = Callable[[Viewer, Sequence[Any]], Select[Any]]
Tables: TypeAlias = frozenset[FromClause]

_TEMPLATES_MAX: Final = 2_000
_KEY, _DIVISION = marks.IDS[:2]
_DIVISION_ID: Final = "division_id"
_NONE: Final = literal_column("0", Integer)


@dataclass(frozen=True, eq=False)
class _Loader:
    """A statement for keys and the columns of its rows that are the key: several where a key is a tuple.

    `mark` is a key that is nobody's, by which the statement's template is made. What `nests` can be asked for a column
    in place of keys, within a statement that has it.
    """

    statement: Statement
    names: tuple[str, ...] = ("id",)
    mark: tuple[Any, ...] = (_KEY,)
    nests: bool = True

    @cached_property
    def tables(self) -> Tables:
        """Those that the statement reads."""
        statement = self.statement(Viewer(_KEY, "", Role.ANALYST, None), self.mark)
        return frozenset(table for each in statement.get_final_froms() for table in find_tables(each))

    def keys_of(self, rows: Sequence[Row]) -> Iterable[Any]:
        return map(itemgetter(*self.names), rows)


class ToOne(_Loader):
    """One row per key, None where there is none that the viewer may see."""

    def found(self, rows: Sequence[Row]) -> Row | None:
        """For the only key."""
        return rows[0] if rows else None

    def arrange(self, keys: Sequence[Any], rows: Sequence[Row]) -> dict[Any, Any]:
        found: dict[Any, Any] = dict.fromkeys(keys)
        found.update(zip(self.keys_of(rows), rows, strict=True))
        return found

    def joined(self, json: ColumnElement[str], *, nullable: bool) -> ColumnElement[str]:
        """What is found for a key, as JSON; null in place of a text where the row's is."""
        return func.coalesce(func.min(json), case((func.count() == _NONE, constant("null")))) if nullable else json


class ToMany(_Loader):
    """A list of rows per key, in the order of the statement."""

    def found(self, rows: Sequence[Row]) -> list[Row]:
        """For the only key."""
        return list(rows)

    def arrange(self, keys: Sequence[Any], rows: Sequence[Row]) -> dict[Any, Any]:
        found: dict[Any, list[Row]] = {key: [] for key in keys}
        for key, row in zip(self.keys_of(rows), rows, strict=True):
            found[key].append(row)
        return found

    def joined(self, json: ColumnElement[str], *, nullable: bool) -> ColumnElement[str]:
        """The same for all that is found."""
        items = func.coalesce(func.string_agg(json, constant(",")), constant(""))
        return case((func.count() == func.count(json), joined("[", items, "]")))


def statement_of(loader: ToOne | ToMany, viewer: Viewer, keys: Sequence[Any], columns: Columns | None) -> Sendable:
    """Made once for all viewers of a role, and then filled with who asks and the keys of the moment."""
    alone = len(keys) == 1 and loader.nests
    made = _template(loader, viewer.role, viewer.division_id is not None, scope.first_wall, columns, alone)
    values: dict[Any, Any] = {_DIVISION_ID: viewer.division_id}
    if alone:
        values[0] = keys[0]
    else:
        parts = [keys] if len(loader.names) == 1 else zip(*keys, strict=True)
        values.update((place, list(part)) for place, part in enumerate(parts))
    return made.of(values)


@lru_cache(maxsize=_TEMPLATES_MAX)
def _template(
    loader: ToOne | ToMany, role: Role, of_division: bool, first_wall: bool, columns: Columns | None, alone: bool
) -> Template:
    """For a key `alone` the planner knows that it is one."""
    viewer = Viewer(_KEY, "", role, _DIVISION if of_division else None)
    places: dict[Any, Any] = {_DIVISION_ID: _DIVISION}
    if alone:
        (key,) = loader.mark
        statement = loader.statement(viewer, literal(key, Uuid()))  # type: ignore[arg-type]
        places[0] = key
    else:
        statement = loader.statement(viewer, [loader.mark[0] if len(loader.names) == 1 else loader.mark])
        places |= {place: [part] for place, part in enumerate(loader.mark)}
    if columns is None:
        return template(statement, places)
    selected, row = narrowed(statement, columns, loader.names, nesting(viewer))
    return template(selected, places, row)


@lru_cache(maxsize=_TEMPLATES_MAX)
def can_nest(tables: Tables, columns: Columns) -> bool:
    """Whether all statements fit into one that reads these tables; a table within itself would need another name."""
    return all(_fits(tables, written) for written in columns.written)


def _fits(tables: Tables, written: Written) -> bool:
    forms = [member.form for run in written.runs for member in run]
    within = [(LOADERS[form.loader], form.written) for form in forms if isinstance(form, Nested)]
    return all(
        loader.nests and loader.tables.isdisjoint(tables) and _fits(loader.tables, below) for loader, below in within
    )


def nesting(viewer: Viewer) -> Nest:
    """How the statements of loaders stand within others, for this viewer."""

    def nest(nested: Nested, key: ColumnElement[Any], nullable: bool) -> ColumnElement[str]:
        assert isinstance(key, Column)
        loader = LOADERS[nested.loader]
        statement = loader.statement(viewer, key)  # type: ignore[arg-type]
        (run,) = nested.written.runs
        text = json_of(run, bare_columns(statement), nest).label("json")
        found = statement.with_only_columns(text).correlate(key.table).subquery("found")
        return select(loader.joined(found.c.json, nullable=nullable)).scalar_subquery()

    return nest


LOADERS: dict[str, ToOne | ToMany] = {
    "billing_records_by_id": ToOne(billing_records.by_ids),
    "replacements_by_record_id": ToOne(billing_records.replacements_of, ("replaces_id",)),
    "history_by_record_id": ToMany(history.of_records, ("billing_record_id",), nests=False),
    "line_items_by_id": ToOne(line_items.by_ids),
    "line_items_by_record_id": ToMany(line_items.of_records, ("billing_record_id",)),
    "credit_notes_by_id": ToOne(credit_notes.by_ids),
    "credit_notes_by_record_id": ToMany(credit_notes.of_records, ("billing_record_id",)),
    "credit_notes_by_dispute_id": ToOne(credit_notes.of_disputes, ("dispute_id",)),
    "credit_note_lines_by_credit_note_id": ToMany(credit_notes.lines_of, ("credit_note_id",)),
    "allocations_by_record_id": ToMany(payment_allocations.of_records, ("billing_record_id",)),
    "allocations_by_payment_id": ToMany(payment_allocations.of_payments, ("payment_id",)),
    "payments_by_id": ToOne(payments.by_ids),
    "payments_by_record_id": ToMany(payments.of_records, ("billing_record_id",)),
    "disputes_by_id": ToOne(disputes.by_ids),
    "disputes_by_record_id": ToMany(disputes.of_records, ("billing_record_id",)),
    "divisions_by_id": ToOne(divisions.by_ids),
    "divisions_by_parent_id": ToMany(divisions.of_parents, ("parent_id",)),
    "catalog_items_by_id": ToOne(catalog_items.by_ids),
    "catalog_prices_by_id": ToOne(catalog_prices.by_ids),
    "catalog_prices_by_item_id": ToMany(catalog_prices.of_items, ("catalog_item_id",)),
    "catalog_price_by_item_currency_day": ToOne(
        catalog_prices.valid_on, ("item_id", "currency", "day"), mark=(_KEY, "mark", date.min), nests=False
    ),
    "integrity_checks_by_id": ToOne(integrity_checks.by_ids),
    "integrity_check_results_by_check_id": ToMany(integrity_checks.results_of, ("integrity_check_id",)),
    "users_by_id": ToOne(users.by_ids),
}
