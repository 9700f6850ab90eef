"""The values of an answer as REST writes them: the graph's, with the values of its enums in lower case."""

from typing import Any

from graphql import get_named_type, is_enum_type

from billing.web.rest.stored import Part, Stored

Shape = dict[str, Any] | bool
"""Where the enums are: True for one, by field for an object that has some below it, False for all else."""


def shape(stored: Stored, part: Part) -> Shape:
    if part.below is None:
        return is_enum_type(get_named_type(part.type))
    return {found.name: below for found in stored.parts(part) if (below := shape(stored, found))}


def lowered(value: Any, at: Shape) -> Any:
    """The value with its enums in lower case."""
    if value is None or not at:
        return value
    if isinstance(value, list):
        return [lowered(item, at) for item in value]
    if isinstance(at, dict):
        return {name: lowered(part, at.get(name, False)) for name, part in value.items()}
    return value.lower()
