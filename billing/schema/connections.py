"""Connections: pages of lists by keyset cursors, as Relay's specification has them."""

from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar, cast

import strawberry

from billing.db.lists import Cursor, ListDefinition, Order, Page, count_of, page_of
from billing.db.loaders import nesting
from billing.db.rows import Row
from billing.domain.conditions import EVERYTHING, Condition
from billing.domain.errors import BadInput
from billing.schema.context import Info
from billing.schema.enums import OrderDirection
from billing.schema.filters import Filter
from billing.schema.orders import OrderBy

T = TypeVar("T")

_ROWS: Final = (("nodes",), ("edges", "node"))
"""Where the rows of a connection are."""

First = Annotated[
    int | None,
    strawberry.argument(
        description="The number of rows after the cursor, 1 to 100; 25 when neither first nor last is given."
    ),
]
After = Annotated[str | None, strawberry.argument(description="The cursor behind which the page starts.")]
Last = Annotated[
    int | None, strawberry.argument(description="The number of rows before the cursor, 1 to 100; instead of first.")
]
Before = Annotated[
    str | None, strawberry.argument(description="The cursor before which the page ends; goes with last.")
]


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(
        description="Whether more rows follow. Going backwards: whether the page was asked before a cursor."
    )
    has_previous_page: bool = strawberry.field(
        description="Whether rows come before. Going forwards: whether the page was asked after a cursor."
    )
    start_cursor: str | None = strawberry.field(description="The cursor of the first row.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last row.")


@strawberry.type(description="A row of a list with its cursor.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The place of the row in the list; for after and before.")
    node: T = strawberry.field(description="The row itself.")


@dataclass(frozen=True)
class ListPage:
    """The rows of a page in the order of the list, and what is needed to count the list: a Connection's fields."""

    definition: ListDefinition
    condition: Condition
    order: Order
    page: Page
    nodes: list[Row]
    more: bool

    @property
    def edges(self) -> list[Edge[Row]]:
        return [Edge(cursor=self._cursor(row), node=row) for row in self.nodes]

    @property
    def page_info(self) -> PageInfo:
        nodes, backwards = self.nodes, self.page.backwards
        beyond_cursor = self.page.cursor is not None
        return PageInfo(
            has_next_page=beyond_cursor if backwards else self.more,
            has_previous_page=self.more if backwards else beyond_cursor,
            start_cursor=self._cursor(nodes[0]) if nodes else None,
            end_cursor=self._cursor(nodes[-1]) if nodes else None,
        )

    def _cursor(self, row: Row) -> str:
        return Cursor(self.order.name, row.cursor_value, row.id).encode()


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The rows with their cursors.")
    nodes: list[T] = strawberry.field(description="The rows.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    @strawberry.field(description="How many rows the whole list has under its filter; counted only when asked for.")
    async def total_count(self, page: strawberry.Parent[ListPage], info: Info) -> int:
        return int(await info.context.read.value(count_of(page.definition, info.context.viewer, page.condition)))


async def list_page(
    info: Info,
    definition: ListDefinition,
    filter: Filter | None,
    order_by: OrderBy | None,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
) -> Connection[Any]:
    """One page of a list under a filter; BAD_INPUT for a size, cursor or filter that cannot be."""
    condition = EVERYTHING if filter is None else filter.condition()
    name, descending = (
        (None, False) if order_by is None else (order_by.field.name, order_by.direction is OrderDirection.DESC)
    )
    order = definition.order(name, descending, condition)
    page = _page(info, definition, order, first, after, last, before)
    columns = info.context.columns(info, _ROWS, definition.tables)
    statement = page_of(definition, info.context.viewer, condition, order, page, columns, nesting)
    rows = list(await info.context.read.rows(statement))
    shown = rows[: page.size]
    if page.backwards:
        shown.reverse()
    # Its fields are those of a connection; there is none of its own to be made for each page.
    return cast("Connection[Any]", ListPage(definition, condition, order, page, shown, more=len(rows) > page.size))


def _page(
    info: Info,
    definition: ListDefinition,
    order: Order,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
) -> Page:
    limits = info.context.limits
    backwards = last is not None or (before is not None and first is None)
    if first is not None and last is not None:
        raise BadInput("Send first or last, not both.")
    if (after is not None and backwards) or (before is not None and not backwards):
        raise BadInput("after goes with first, before goes with last.")
    size = limits.page_size_default if first is None and last is None else (last if backwards else first)
    assert size is not None
    if not 1 <= size <= limits.page_size_max:
        raise BadInput(f"A page has 1 to {limits.page_size_max} rows.")
    cursor = before if backwards else after
    return Page(size, None if cursor is None else definition.decode_cursor(cursor, order), backwards)
