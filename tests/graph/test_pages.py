"""Lists are walked page by page, in either direction, while others add rows before and behind the cursor."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any, Literal
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db import billing_records, payments
from billing.db.tables import billing_records as records_table
from billing.db.tables import payment_allocations, payment_records
from billing.domain.identifiers import new_id
from tests.support import rows
from tests.support.client import Client
from tests.support.database import Database
from tests.support.rows import Row
from tests.support.world import World

PAGE_SIZE = 4
ROWS_AT_FIRST = 30
ROWS_BETWEEN_PAGES = 3

People = Callable[[str], Client]
Direction = Literal["ASC", "DESC"]
Way = Literal["forwards", "backwards"]
Place = tuple[Any, UUID]

_DAYS = [date(2026, 1, day) for day in range(1, 6)]
_MOMENTS = [datetime(2026, 1, 1, 12, 0, second, microsecond, tzinfo=UTC) for second in (0, 1) for microsecond in (0, 1)]
_AMOUNTS = [Decimal(text) for text in ("1.00", "9.99", "10.00", "100.00")]

# Few values for many rows, so that many are equal; a draft has no number and no dates.
_VALUES: dict[str, list[Any]] = {
    "issue_date": [*_DAYS, date.max],
    "due_date": [*_DAYS, date.max],
    "period_start": _DAYS,
    "number": ["A", "A-", "A-1", "Ä", "a", "", ""],
    "created_at": _MOMENTS,
    "total": [Decimal("0.00"), *_AMOUNTS],
    "paid_on": _DAYS,
    "recorded_at": _MOMENTS,
    "amount": _AMOUNTS,
}
_SIDES = [("IT", "MKT"), ("MKT", "IT"), ("MKT", "HR")]


@dataclass
class Crowd:
    """Writes rows of one noun with values of one column; knows the place of each in the order of that column."""

    database: Database
    world: World
    column: str
    chance: Random
    places: dict[Place, set[UUID]] = field(default_factory=dict)

    async def add(self, count: int) -> None:
        async with self.database.owner.begin() as connection:
            for _ in range(count):
                await self._add_one(connection)

    async def _add_one(self, connection: AsyncConnection) -> None:
        value, sides = self.chance.choice(_VALUES[self.column]), self.chance.choice(_SIDES)
        if self.column == "number" and value:
            value = f"{value}{self.chance.randrange(10**6)}"
        id = UUID(int=self.chance.getrandbits(128))
        from_id, to_id = (self.world.divisions[code] for code in sides)
        parties = {"from_division_id": from_id, "to_division_id": to_id, "currency": "USD"}
        if self.column in payments.LIST.orders.values():
            await self._add_payment(connection, {"id": id, **parties, self.column: value})
        else:
            await rows.add(connection, records_table, self._record({"id": id, **parties, self.column: value}))
        self.places[value, id] = {from_id, to_id}

    def _record(self, values: Row) -> Row:
        if values.get("number") == "" or values.get("issue_date") == date.max:
            return rows.record(self.world, "DRAFT", **values)
        if "due_date" in values:
            lifecycle = "DRAFT" if values["due_date"] == date.max else "ISSUED"
            return rows.record(
                self.world, lifecycle, **({"issue_date": _DAYS[0]} if lifecycle == "ISSUED" else {}), **values
            )
        return rows.record(self.world, **values)

    async def _add_payment(self, connection: AsyncConnection, values: Row) -> None:
        payment = rows.payment(self.world, **values)
        record = rows.record(self.world, **{name: payment[name] for name in ("from_division_id", "to_division_id")})
        shared = {name: payment[name] for name in ("from_division_id", "to_division_id", "currency", "amount")}
        await rows.add(connection, records_table, record)
        await rows.add(connection, payment_records, payment)
        allocation = {"id": new_id(), "payment_id": payment["id"], "billing_record_id": record["id"], **shared}
        await rows.add(connection, payment_allocations, allocation)

    def seen_by(self, division_id: UUID | None) -> set[Place]:
        return {place for place, sides in self.places.items() if division_id is None or division_id in sides}


@dataclass(frozen=True)
class Walk:
    """A way through a list: page after page forwards from its beginning, or backwards from its end."""

    client: Client
    noun: str
    order: str
    direction: Direction
    way: Way

    async def page(self, cursor: str | None) -> tuple[list[UUID], str | None]:
        """The ids of a page in the order walked, and where the next one goes on, None behind the last."""
        found = (await self.client.run(self._document, cursor=cursor)).field
        ids = [UUID(node["id"]) for node in found["nodes"]]
        info = found["pageInfo"]
        if self.way == "backwards":
            return ids[::-1], info["startCursor"] if info["hasPreviousPage"] else None
        return ids, info["endCursor"] if info["hasNextPage"] else None

    @property
    def descending(self) -> bool:
        """Whether the walk goes from high to low."""
        return (self.direction == "DESC") != (self.way == "backwards")

    @property
    def _document(self) -> str:
        page = f"last: {PAGE_SIZE}, before" if self.way == "backwards" else f"first: {PAGE_SIZE}, after"
        return (
            f"query($cursor: String) {{ {self.noun}(orderBy: {{field: {self.order}, direction: {self.direction}}}, "
            f"{page}: $cursor) {{ nodes {{ id }} "
            "pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }"
        )


def walks() -> Iterator[Any]:
    for noun, definition in (("billingRecords", billing_records.LIST), ("payments", payments.LIST)):
        for order, column in definition.orders.items():
            for direction in ("ASC", "DESC"):
                for way in ("forwards", "backwards"):
                    yield pytest.param(noun, order, column, direction, way, id=f"{noun}-{order}-{direction}-{way}")


@pytest.mark.parametrize(("noun", "order", "column", "direction", "way"), list(walks()))
async def test_a_walk_meets_every_row_once_and_in_order_while_others_add_rows(
    database: Database,
    client: People,
    world: World,
    noun: str,
    order: str,
    column: str,
    direction: Direction,
    way: Way,
) -> None:
    chance = Random(f"{noun} {order} {direction} {way}")
    crowd = Crowd(database, world, column, chance)
    await crowd.add(ROWS_AT_FIRST)

    for person, division_id in (("coordinator-it", world.divisions["IT"]), ("analyst", None)):
        walk = Walk(client(person), noun, order, direction, way)
        met, there = await walk_on_while_rows_are_added(walk, crowd, division_id)

        assert met == [id for _, id in sorted(there, reverse=walk.descending)]
        assert len(met) >= 3 * PAGE_SIZE


async def walk_on_while_rows_are_added(
    walk: Walk, crowd: Crowd, division_id: UUID | None
) -> tuple[list[UUID], set[Place]]:
    """What the walk met, and what it should have: all that was there, and what was added ahead of it."""
    there = crowd.seen_by(division_id)
    met, cursor = await walk.page(None)
    while cursor is not None:
        before = crowd.seen_by(division_id)
        reached = next(place for place in before if place[1] == met[-1])
        await crowd.add(ROWS_BETWEEN_PAGES)
        added = crowd.seen_by(division_id) - before
        there |= {place for place in added if (place < reached if walk.descending else place > reached)}
        page, cursor = await walk.page(cursor)
        met += page
    return met, there
