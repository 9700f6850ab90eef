"""The bounds that a filter sets on the order column of a list, so that an index scan starts where the page does."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from billing.domain.conditions import AllOf, AnyOf, Compare, Condition, Not, conjuncts

_Test = Callable[[Any, Any], bool]

# What a cursor's value implies of the rows behind it, going down and going up.
_IMPLIED_DOWN: Mapping[str, _Test] = {"lt": operator.lt, "lte": operator.le}
_IMPLIED_UP: Mapping[str, _Test] = {"gt": operator.gt, "gte": operator.ge}


def with_real_values(condition: Condition, real_values: Mapping[str, Compare]) -> Condition:
    """Every comparison of a field of which some rows have no value, together with the bound that leaves those out."""
    match condition:
        case Compare(field):
            return AllOf((condition, real_values[field])) if field in real_values else condition
        case AllOf(parts):
            return AllOf(tuple(with_real_values(part, real_values) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(with_real_values(part, real_values) for part in parts))
        case Not(part):
            return Not(with_real_values(part, real_values))


def bounded(condition: Condition, column: str) -> Condition:
    """A value of the order column, or a prefix, as a range.

    Equal to one value, all rows would be in order of their ids, and the planner might walk the primary key through the
    whole table.
    """
    parts: list[Condition] = []
    for part in conjuncts(condition):
        parts += _bounds(part) if isinstance(part, Compare) and part.field == column else [part]
    return AllOf(tuple(parts))


def behind(condition: Condition, column: str, value: Any, *, descending: bool) -> Condition:
    """The filter without the bounds that a cursor with this value implies.

    Where filter and cursor bound the same side, PostgreSQL may start a scan at the filter's and walk to the cursor.
    """
    implied = _IMPLIED_DOWN if descending else _IMPLIED_UP

    def is_implied(part: Condition) -> bool:
        return (
            isinstance(part, Compare)
            and part.field == column
            and part.operator in implied
            and implied[part.operator](value, part.value)
        )

    return AllOf(tuple(part for part in conjuncts(condition) if not is_implied(part)))


def prefix_range(prefix: str) -> tuple[str, str | None]:
    """The texts in byte order that start with a prefix: from the first on, below the second where there is one."""
    head = prefix.rstrip("\U0010ffff")
    if not head:
        return prefix, None
    last = ord(head[-1]) + 1
    return prefix, head[:-1] + chr(0xE000 if 0xD800 <= last < 0xE000 else last)


def _bounds(part: Compare) -> list[Condition]:
    match part:
        case Compare(field, "eq", value):
            return [Compare(field, "gte", value), Compare(field, "lte", value)]
        case Compare(field, "starts_with", str(prefix)):
            first, following = prefix_range(prefix)
            end = [] if following is None else [Compare(field, "lt", following)]
            return [Compare(field, "gte", first), *end]
        case _:
            return [part]
