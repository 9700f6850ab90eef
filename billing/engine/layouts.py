"""Layouts: where the objects of a field's values lie, nested in lists as they may be, and back from them to values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any, Protocol, TypeAlias

from graphql import GraphQLOutputType, Undefined, is_list_type, is_non_null_type

from billing.engine.leaves import Unfit, nothing

Place: TypeAlias = tuple[int, tuple[int, ...]]
"""The number of a value, and the numbers of the items that lead to an object in it."""


class Layout(Protocol):
    """The objects of some values one behind the other, and their classes."""

    @property
    def objects(self) -> Sequence[Any]: ...

    @property
    def classes(self) -> frozenset[type]: ...

    def place(self, number: int) -> Place: ...

    def refill(self, built: list[Any]) -> list[Any]:
        """The values again, with what was built of each object in its place."""
        ...

    def texts(self, written: list[str]) -> list[str]:
        """The same where objects, and so the values, are JSON."""
        ...


@dataclass(eq=False, slots=True)
class _Ones:
    """Every value is an object."""

    objects: Sequence[Any]
    classes: frozenset[type]

    def place(self, number: int) -> Place:
        return number, ()

    def refill(self, built: list[Any]) -> list[Any]:
        return built

    def texts(self, written: list[str]) -> list[str]:
        return written


@dataclass(eq=False, slots=True)
class _Lists:
    """Every value is a list of objects."""

    objects: Sequence[Any]
    classes: frozenset[type]
    sizes: Sequence[int]

    def place(self, number: int) -> Place:
        for index, size in enumerate(self.sizes):
            if number < size:
                return index, (number,)
            number -= size
        raise IndexError(number)

    def refill(self, built: list[Any]) -> list[Any]:
        if len(self.sizes) == 1:
            return [built]
        ends = accumulate(self.sizes)
        return [built[end - size : end] for end, size in zip(ends, self.sizes, strict=True)]

    def texts(self, written: list[str]) -> list[str]:
        return [f"[{','.join(each)}]" for each in self.refill(written)]


@dataclass(eq=False, slots=True)
class _Any:
    """Values with nulls, or lists of lists; the layout of each is a number, a list of layouts, or None."""

    objects: Sequence[Any]
    classes: frozenset[type]
    places: Sequence[Place]
    layouts: Sequence[Any]

    def place(self, number: int) -> Place:
        return self.places[number]

    def refill(self, built: list[Any]) -> list[Any]:
        return [_refill(layout, built) for layout in self.layouts]

    def texts(self, written: list[str]) -> list[str]:
        return [_text(layout, written) for layout in self.layouts]


def layer(kind: GraphQLOutputType) -> Callable[[Sequence[Any]], Layout]:
    """Lays out values of a type. Raises Unfit where one cannot be of it, or an object is an error."""
    bare = kind.of_type if is_non_null_type(kind) else kind
    in_lists = is_list_type(bare)

    def lay_out(values: Sequence[Any]) -> Layout:
        classes = frozenset([each.__class__ for each in values])
        if in_lists and classes <= _LISTS:
            objects = values[0] if len(values) == 1 else [each for value in values for each in value]
            classes = frozenset([each.__class__ for each in objects])
            if classes.isdisjoint(_NO_OBJECTS):
                return _Lists(objects, _sound(classes), [len(value) for value in values])
        elif not in_lists and classes.isdisjoint(_NO_OBJECTS):
            return _Ones(values, _sound(classes))
        return _any(kind, values)

    return lay_out


_LISTS = frozenset([list, tuple])
_NO_OBJECTS = frozenset([None.__class__, Undefined.__class__, list, tuple])


@lru_cache(maxsize=1_000)
def _sound(classes: frozenset[type]) -> frozenset[type]:
    if any(issubclass(each, Exception) for each in classes):
        raise Unfit("an error among values")
    return classes


def _any(kind: GraphQLOutputType, values: Sequence[Any]) -> _Any:
    objects: list[Any] = []
    places: list[Place] = []
    layouts = [_lay_out(kind, value, objects, places, (index,)) for index, value in enumerate(values)]
    return _Any(objects, _sound(frozenset([each.__class__ for each in objects])), places, layouts)


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


def _refill(layout: Any, built: list[Any]) -> Any:
    if layout is None:
        return None
    if layout.__class__ is int:
        return built[layout]
    return [_refill(each, built) for each in layout]


def _text(layout: Any, written: list[str]) -> str:
    if layout is None:
        return "null"
    if layout.__class__ is int:
        return written[layout]
    return f"[{','.join([_text(each, written) for each in layout])}]"
