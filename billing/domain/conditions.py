"""A filter as a tree of comparisons, free of GraphQL and of SQL."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Compare:
    """`operator` is one of eq, in, lt, lte, gt, gte, starts_with; `in` has a tuple as its value."""

    field: str
    operator: str
    value: object


@dataclass(frozen=True)
class AllOf:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Not:
    part: "Condition"


Condition = Compare | AllOf | AnyOf | Not

EVERYTHING = AllOf(())


def conjuncts(condition: Condition) -> Iterator[Condition]:
    """The parts that must all hold, nested conjunctions taken apart."""
    if isinstance(condition, AllOf):
        for part in condition.parts:
            yield from conjuncts(part)
    else:
        yield condition
