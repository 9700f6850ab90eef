"""Lists: filtered, ordered by one non-null column and the id, continued from a cursor, one page at a time.

A list is read as the ordered union of branches, each of which walks one index in the order asked and stops after a
page: the sides a viewer may see, times the statuses asked for.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql import operators

from billing.db import marks, scope
from billing.db.bounds import behind, bounded, prefix_range, with_real_values
from billing.db.columns import Nest, narrowed
from billing.db.scope import Parties, branches_of, either_side, narrow
from billing.db.statements import Sendable, Template, template
from billing.domain.conditions import AllOf, AnyOf, Compare, Condition, Not, conjuncts
from billing.domain.errors import BadInput
from billing.domain.money import parse_money
from billing.engine.columns import Columns
from billing.permissions.viewer import Viewer

INFINITY: ColumnElement[date] = literal_column("'infinity'::date")
_NEVER = UUID(int=0)
_TEMPLATES_MAX: Final = 1_000

Comparison = Callable[[FromClause, str, Any], ColumnElement[bool]]


@dataclass(frozen=True)
class Reached:
    """How far the pages before this one got: behind the cursor, the order column is at or past this value."""

    column: str
    value: Any
    descending: bool


def status_is(table: FromClause, values: Sequence[str], reached: Reached | None) -> list[ColumnElement[bool]]:
    """A branch per status, for the partial index of each; written into the statement, as a parameter proves none."""
    return [table.c.status == literal(value, Text, literal_execute=True) for value in values]


@dataclass(frozen=True)
class Order:
    """An order of a list: the name clients use, and the non-null column behind it."""

    name: str
    column: str
    descending: bool = False


@dataclass(frozen=True)
class Cursor:
    """A place in an order: just behind the row with this value and id."""

    order: str
    value: Any
    id: UUID

    def encode(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, date) else str(self.value)
        return _urlsafe(orjson.dumps([self.order, value, str(self.id)]))


@dataclass(frozen=True)
class Page:
    """Which rows of a list: `size` of them after the cursor, or before it when `backwards`."""

    size: int
    cursor: Cursor | None = None
    backwards: bool = False


@dataclass(frozen=True, eq=False)
class ListDefinition:
    """How one noun is listed.

    `branch_values` splits a status filter into one condition per index; `real_values` has, for a column where one value
    stands for none, the bound that leaves it out: no comparison matches it.
    """

    table: Table
    columns: Callable[[FromClause, Viewer], Sequence[ColumnElement[Any]]]
    fields: Mapping[str, Comparison]
    orders: Mapping[str, str]
    default_order: Callable[[Sequence[Compare]], Order]
    has_parties: bool = False
    branch_field: str | None = None
    branch_values: Callable[[FromClause, Sequence[str], Reached | None], list[ColumnElement[bool]]] = status_is
    real_values: Mapping[str, Compare] = field(default_factory=dict)

    @cached_property
    def tables(self) -> frozenset[FromClause]:
        return frozenset([self.table])

    def order(self, name: str | None, descending: bool, condition: Condition) -> Order:
        """The order asked for, or the one in which the filter is served from an index."""
        if name is None:
            return self.default_order([part for part in conjuncts(condition) if isinstance(part, Compare)])
        return Order(name, self.orders[name], descending)

    def page(self, viewer: Viewer, condition: Condition, order: Order, page: Page) -> Select[Any]:
        """One page, and one row more that tells whether there is another; reversed when the page goes backwards."""
        descending = order.descending != page.backwards
        limit = page.size + 1
        condition = bounded(with_real_values(condition, self.real_values), order.column)
        reached = None if page.cursor is None else Reached(order.column, page.cursor.value, descending)
        if reached is not None:
            condition = behind(condition, reached.column, reached.value, descending=descending)
        beyond = self._beyond(order, descending, page.cursor)
        branches = [
            select(self.table).where(branch, beyond).order_by(*self._by(self.table, order, descending))
            for branch in self._branches(viewer, condition, reached)
        ]
        rows: FromClause
        if len(branches) == 1:
            statement = branches[0].with_only_columns(*self._row(self.table, viewer, order))
        else:
            rows = union_all(*(branch.limit(limit) for branch in branches)).subquery(self.table.name)
            statement = select(*self._row(rows, viewer, order)).order_by(*self._by(rows, order, descending))
        return statement.limit(limit)

    def count(self, viewer: Viewer, condition: Condition) -> Select[Any]:
        """How many rows the whole list has: the sum over its branches, each counted on its own index."""
        counts = [
            select(func.count()).select_from(self.table).where(branch).scalar_subquery()
            for branch in self._branches(viewer, with_real_values(condition, self.real_values))
        ]
        return select(sum(counts[1:], start=counts[0]).label("count"))

    def _branches(
        self, viewer: Viewer, condition: Condition, reached: Reached | None = None
    ) -> list[ColumnElement[bool]]:
        parties, variants, rest = self._split(viewer, condition, reached)
        sides = [side.condition(self.table) for side in parties] if self.has_parties else [true()]
        where = self._where(AllOf(tuple(rest)))
        return [and_(side, variant, where) for side in sides for variant in variants] or [self.table.c.id == _NEVER]

    def _split(
        self, viewer: Viewer, condition: Condition, reached: Reached | None
    ) -> tuple[list[Parties], list[ColumnElement[bool]], list[Condition]]:
        """Takes out of the filter what chooses branches: the divisions and the statuses that must hold."""
        parties = branches_of(viewer)
        variants: list[ColumnElement[bool]] | None = None
        rest: list[Condition] = []
        for part in conjuncts(condition):
            if self.has_parties and (fixed := _parties(part)) is not None:
                parties = narrow(parties, fixed)
            elif variants is None and isinstance(part, Compare) and part.field == self.branch_field:
                variants = self.branch_values(self.table, values_of(part), reached)
            else:
                rest.append(part)
        return parties, [true()] if variants is None else variants, rest

    def _where(self, condition: Condition) -> ColumnElement[bool]:
        if isinstance(condition, Compare):
            return self.fields[condition.field](self.table, condition.operator, condition.value)
        if isinstance(condition, AllOf):
            return and_(true(), *(self._where(part) for part in condition.parts))
        if isinstance(condition, AnyOf):
            return or_(*(self._where(part) for part in condition.parts))
        return not_(self._where(condition.part))

    def _beyond(self, order: Order, descending: bool, cursor: Cursor | None) -> ColumnElement[bool]:
        if cursor is None:
            return true()
        place: Any = tuple_(self.table.c[order.column], self.table.c.id)
        beyond: ColumnElement[bool] = (
            place < (cursor.value, cursor.id) if descending else place > (cursor.value, cursor.id)
        )
        return beyond

    def _by(self, rows: FromClause, order: Order, descending: bool) -> list[ColumnElement[Any]]:
        keys: list[ColumnElement[Any]] = [rows.c[order.column], rows.c.id]
        return [key.desc() for key in keys] if descending else keys

    def _row(self, rows: FromClause, viewer: Viewer, order: Order) -> list[ColumnElement[Any]]:
        return [*self.columns(rows, viewer), rows.c[order.column].label("cursor_value")]

    def decode_cursor(self, text: str, order: Order) -> Cursor:
        """The place a cursor of this list and order names; anything else is BAD_INPUT."""
        try:
            name, value, id = orjson.loads(_from_urlsafe(text))
            kind = self.table.c[order.column].type.python_type
            if name != order.name or not isinstance(value, str):
                raise ValueError(name)
            return Cursor(order.name, _parsed(value, kind), UUID(id))
        except (ValueError, TypeError, AttributeError) as error:
            raise BadInput("This cursor is not of this list in this order; start again without it.") from error


def page_of(
    definition: ListDefinition,
    viewer: Viewer,
    condition: Condition,
    order: Order,
    page: Page,
    columns: Columns | None = None,
    nesting: Callable[[Viewer], Nest] | None = None,
) -> Sendable:
    """The page's statement. Pages that differ only in who asks, in ids and in the place of the cursor share one."""
    marked = _Marked(viewer, condition, page, order.column)
    shape = (definition, marked.viewer, marked.condition, order, marked.page, columns, nesting, scope.first_wall)
    return _page_template(*shape).of(marked.values)


def count_of(definition: ListDefinition, viewer: Viewer, condition: Condition) -> Sendable:
    marked = _Marked(viewer, condition)
    return _count_template(definition, marked.viewer, marked.condition, scope.first_wall).of(marked.values)


@lru_cache(maxsize=_TEMPLATES_MAX)
def _page_template(
    definition: ListDefinition,
    viewer: Viewer,
    condition: Condition,
    order: Order,
    page: Page,
    columns: Columns | None,
    nesting: Callable[[Viewer], Nest] | None,
    first_wall: bool,
) -> Template:
    statement = definition.page(viewer, condition, order, page)
    if columns is None:
        return template(statement, marks.ALL)
    selected, row = narrowed(statement, columns, ("id", "cursor_value"), nesting and nesting(viewer))
    return template(selected, marks.ALL, row)


@lru_cache(maxsize=_TEMPLATES_MAX)
def _count_template(definition: ListDefinition, viewer: Viewer, condition: Condition, first_wall: bool) -> Template:
    return template(definition.count(viewer, condition), marks.ALL)


class _Marked:
    """What a list is asked for, with marks for its ids, one for each that differs: branches hang on which are equal.

    The value of a cursor is marked where no condition is on the order's column, since such bounds are compared with it.
    `values` has what the marks stand for.
    """

    def __init__(self, viewer: Viewer, condition: Condition, page: Page | None = None, column: str = "") -> None:
        self.values: dict[Any, Any] = {}
        self._ids: dict[UUID, UUID] = {}
        self._bounds_order = False
        own = viewer.division_id
        self.viewer = Viewer(_NEVER, "", viewer.role, None if own is None else self._id(own))
        self.condition = self._of(condition, column)
        if page is not None:
            self.page = page if page.cursor is None else replace(page, cursor=self._cursor(page.cursor))

    def _of(self, condition: Condition, column: str) -> Condition:
        match condition:
            case Compare(field, operator, value):
                self._bounds_order |= field == column
                if isinstance(value, UUID):
                    return Compare(field, operator, self._id(value))
                if isinstance(value, tuple):
                    return Compare(field, operator, tuple(self._id(it) if isinstance(it, UUID) else it for it in value))
                return condition
            case AllOf(parts):
                return AllOf(tuple([self._of(part, column) for part in parts]))
            case AnyOf(parts):
                return AnyOf(tuple([self._of(part, column) for part in parts]))
            case Not(part):
                return Not(self._of(part, column))

    def _id(self, id: UUID) -> UUID:
        mark = self._ids.get(id)
        if mark is None:
            if len(self._ids) == len(marks.IDS):
                return id
            mark = self._ids[id] = marks.IDS[len(self._ids)]
            self.values[mark] = id
        return mark

    def _cursor(self, cursor: Cursor) -> Cursor:
        mark = None if self._bounds_order else marks.PLACES.get(cursor.value.__class__)
        if mark is None:
            return replace(cursor, id=self._id(cursor.id))
        self.values[mark] = cursor.value
        return Cursor(cursor.order, mark, self._id(cursor.id))


def compare(column_name: str) -> Comparison:
    """The comparators of a plain column."""

    def comparison(table: FromClause, operator: str, value: Any) -> ColumnElement[bool]:
        return compare_column(table.c[column_name], operator, value)

    return comparison


def compare_column(column: ColumnElement[Any], operator: str, value: Any) -> ColumnElement[bool]:
    if operator == "starts_with":
        return starts_with(column, value)
    compared: ColumnElement[bool] = _OPERATORS[operator](column, value)
    return compared


_OPERATORS: dict[str, Callable[[ColumnElement[Any], Any], Any]] = {
    "eq": operators.eq,
    "in": operators.in_op,
    "lt": operators.lt,
    "lte": operators.le,
    "gt": operators.gt,
    "gte": operators.ge,
}


def one_of(column: ColumnElement[Any], ids: Sequence[UUID] | ColumnElement[UUID]) -> ColumnElement[bool]:
    """`= ANY(array)`: one statement text for any number of ids. Or equal to a column of the statement around it."""
    if isinstance(ids, ColumnElement):
        same: ColumnElement[bool] = column == ids
        return same
    return column == any_(literal(list(ids), ARRAY(Uuid())))


def text_is(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Equal to a text of a client's; PostgreSQL takes no NUL, so nothing is equal to a text with one."""
    equal: ColumnElement[bool] = false() if "\0" in text else column == text
    return equal


def starts_with(column: ColumnElement[Any], prefix: str) -> ColumnElement[bool]:
    """A range over a column in byte order (COLLATE "C"), which an index serves; no character of it is special."""
    first, following = prefix_range(prefix)
    return column >= first if following is None else and_(column >= first, column < following)


def compare_either_side(table: FromClause, operator: str, value: Any) -> ColumnElement[bool]:
    """A division on either side, where it does not choose the branches of the list."""
    return or_(
        compare_column(table.c.from_division_id, operator, value),
        compare_column(table.c.to_division_id, operator, value),
    )


def values_of(part: Compare) -> list[Any]:
    return list(dict.fromkeys([part.value] if part.operator == "eq" else part.value))  # type: ignore[call-overload]


def _parties(part: Condition) -> list[Parties] | None:
    """The branches that a condition on one division allows, None where it is about something else."""
    match part:
        case Compare("division_id", "eq", UUID() as id):
            return either_side(id)
        case Compare("from_division_id", "eq", UUID() as id):
            return [Parties(from_division_id=id)]
        case Compare("to_division_id", "eq", UUID() as id):
            return [Parties(to_division_id=id)]
        case _:
            return None


def _parsed(value: str, kind: type) -> Any:
    if kind is Decimal:
        return parse_money(value)
    if kind is datetime:
        parsed = datetime.fromisoformat(value)
        if parsed.tzinfo is None:
            raise ValueError(value)
        return parsed
    if kind is date:
        return date.fromisoformat(value)
    if kind is not str or "\0" in value:
        raise ValueError(value)
    return value


def _urlsafe(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _from_urlsafe(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
