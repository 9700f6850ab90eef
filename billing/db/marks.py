"""Marks: values that nothing has, with which a statement is compiled once in place of those of a moment."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

_FIRST: Final = UUID("ffffffff-ffff-4fff-bfff-000000000000").int

IDS: Final[Sequence[UUID]] = [UUID(int=_FIRST + number) for number in range(256)]
"""A mark for each of the ids of a statement that differ; where there are more, the rest are written into it."""

PLACES: Final[Mapping[type, Any]] = {
    date: date(1111, 11, 11),
    datetime: datetime(1111, 11, 11, tzinfo=UTC),
    Decimal: Decimal("1111111111.1111111111"),
    str: "\ue000mark\ue000",
}
"""The mark of a place in an order, by the type of its column."""

ALL: Final[Mapping[Any, Any]] = {mark: mark for mark in (*IDS, *PLACES.values())}
"""Every mark, named by itself."""
