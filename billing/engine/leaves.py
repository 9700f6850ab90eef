"""Leaves: values of scalars and enums as the answer has them, as graphql-core completes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from graphql import (
    GraphQLOutputType,
    Undefined,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.execution import optimized_is_awaitable

Complete: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True)
class Scalars:
    """How the scalars of a schema, by their names, may come from statements and go into the answer as they are.

    `forms` says in which form a column is what the answer shows, a text; `key_form` is that of keys. `written` has the
    class of the values that the writer of JSON writes as the scalar does. `json` has the forms in which a column is
    JSON, as `write` writes values; what `splice` makes of such a text goes into the answer unchanged.
    """

    forms: Mapping[str, str] = field(default_factory=dict)
    key_form: str | None = None
    written: Mapping[str, type] = field(default_factory=dict)
    json: Mapping[str, str] = field(default_factory=dict)
    write: Callable[[Any], str] = str
    splice: Callable[[str], Any] = str


PLAIN: Final = Scalars()
"""None of them may."""


class Unfit(Exception):
    """Something that is not plain: the operation is answered by graphql-core, which says what is wrong."""


def nothing() -> None:
    """A null where none may be."""
    raise Unfit("null")


def completion(kind: GraphQLOutputType) -> Complete:
    """From a value to what the answer has of it, for a leaf and lists of them. Raises Unfit for anything unusual."""
    if is_non_null_type(kind):
        inner = completion(kind.of_type)

        def not_null(value: Any) -> Any:
            completed = inner(value)
            return nothing() if completed is None else completed

        return not_null
    if is_list_type(kind):
        item = completion(kind.of_type)

        def listed(value: Any) -> Any:
            if value is None:
                return None
            if value.__class__ is not list and value.__class__ is not tuple:
                raise Unfit("no list")
            return [item(each) for each in value]

        return listed
    assert is_leaf_type(kind)
    coerce: Callable[[Any], Any] = kind.coerce_output_value

    def leaf(value: Any) -> Any:
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception) or optimized_is_awaitable(value):
            raise Unfit("no value")
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise Unfit("no output")
        return coerced

    return leaf
