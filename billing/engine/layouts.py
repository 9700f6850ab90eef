"""Layouts: where the objects of a field's values lie, nested in lists as they may be, and back from them to values."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Protocol, TypeAlias

from graphql import GraphQLOutputType, Undefined, is_list_type, is_non_null_type

from billing.engine.leaves import Unfit, nothing

Place: TypeAlias = tuple[int, tuple[int, ...]]
"""The number of a value, and the numbers of the items that lead to an object in it."""


class Layout(Protocol):
    """The objects of some values one behind the other."""

    @property
    def objects(self) -> Sequence[Any]: ...

    def place(self, number: int) -> Place: ...

    def refill(self, built: Sequence[Any]) -> list[Any]:
        """The values again, with what was built of each object in its place."""
        ...


@dataclass(frozen=True)
class _Ones:
    """Every value is an object."""

    objects: Sequence[Any]

    def place(self, number: int) -> Place:
        return number, ()

    def refill(self, built: Sequence[Any]) -> list[Any]:
        return list(built)


@dataclass(frozen=True)
class _Lists:
    """Every value is a list of objects."""

    objects: Sequence[Any]
    sizes: Sequence[int]

    def place(self, number: int) -> Place:
        for index, size in enumerate(self.sizes):
            if number < size:
                return index, (number,)
            number -= size
        raise IndexError(number)

    def refill(self, built: Sequence[Any]) -> list[Any]:
        ends = accumulate(self.sizes)
        return [list(built[end - size : end]) for end, size in zip(ends, self.sizes, strict=True)]


@dataclass(frozen=True)
class _Any:
    """Values with nulls, or lists of lists; the layout of each is a number, a list of layouts, or None."""

    objects: Sequence[Any]
    places: Sequence[Place]
    layouts: Sequence[Any]

    def place(self, number: int) -> Place:
        return self.places[number]

    def refill(self, built: Sequence[Any]) -> list[Any]:
        return [_refill(layout, built) for layout in self.layouts]


def lay_out(kind: GraphQLOutputType, values: Sequence[Any]) -> Layout:
    """The layout of values of a type; Unfit where one cannot be of it, or an object is an error."""
    bare = kind.of_type if is_non_null_type(kind) else kind
    laid: Layout
    if not is_list_type(bare):
        laid = _Ones(values)
    elif all(value.__class__ is list or value.__class__ is tuple for value in values):
        laid = _Lists([each for value in values for each in value], [len(value) for value in values])
    else:
        laid = _any(kind, values)
    classes = {each.__class__ for each in laid.objects}
    if not classes.isdisjoint(_NO_OBJECTS):
        laid = _any(kind, values)
        classes = {each.__class__ for each in laid.objects}
    if any(issubclass(each, Exception) for each in classes):
        raise Unfit("an error among values")
    return laid


_NO_OBJECTS = {None.__class__, Undefined.__class__, list, tuple}


def _any(kind: GraphQLOutputType, values: Sequence[Any]) -> _Any:
    objects: list[Any] = []
    places: list[Place] = []
    layouts = [_lay_out(kind, value, objects, places, (index,)) for index, value in enumerate(values)]
    return _Any(objects, places, layouts)


def _lay_out(kind: GraphQLOutputType, value: Any, objects: list[Any], places: list[Place], at: tuple[int, ...]) -> Any:
    """Puts the objects of a value behind the others, and says where they are."""
    if value is None or value is Undefined:
        return nothing() if is_non_null_type(kind) else None
    if is_non_null_type(kind):
        kind = kind.of_type
    if is_list_type(kind):
        if value.__class__ is not list and value.__class__ is not tuple:
            raise Unfit("no list")
        return [_lay_out(kind.of_type, each, objects, places, (*at, index)) for index, each in enumerate(value)]
    places.append((at[0], at[1:]))
    objects.append(value)
    return len(objects) - 1


def _refill(layout: Any, built: Sequence[Any]) -> Any:
    if layout is None:
        return None
    if layout.__class__ is int:
        return built[layout]
    return [_refill(each, built) for each in layout]
