"""Query parameters: each is a place in the variables of a stored operation, and takes what the graph takes there."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLInputType, GraphQLInt, get_named_type
from graphql.type import is_list_type
from starlette.datastructures import QueryParams

from billing.web.rest.reading import Reading
from billing.web.rest.stored import Stored

_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,8}", re.ASCII)
_NAME_LENGTH_MAX = 64


@dataclass(frozen=True)
class Parameter:
    """One query parameter. `bounds` narrow the graph's type, in the words of JSON Schema."""

    name: str
    place: tuple[str, ...]
    description: str = ""
    bounds: Mapping[str, Any] = field(default_factory=dict)
    example: Any = None

    def type(self, stored: Stored) -> GraphQLInputType:
        """The graph's type at the place."""
        return _at(stored, self.place)[0]

    def described(self, stored: Stored) -> str:
        """Its own words, or those of the graph for the field of the filter and a comparator other than `eq`."""
        words = _at(stored, self.place)[1]
        return self.description or " ".join(words[1:2] if self.place[-1] == "eq" else words[1:])

    def repeatable(self, stored: Stored) -> bool:
        return is_list_type(self.type(stored))

    def read(self, texts: Sequence[str], stored: Stored, reading: Reading) -> Any:
        """The value that the texts of the parameter stand for."""
        kind = self.type(stored)
        if is_list_type(kind):
            if len(texts) > self.bounds["maxItems"]:
                return reading.fault(f"Send this at most {self.bounds['maxItems']} times.", self.name)
            return [reading.value(text, kind.of_type, self.name) for text in texts]
        if len(texts) > 1:
            return reading.fault("Send this once.", self.name)
        if get_named_type(kind) is GraphQLInt:
            return self._number(texts[0], reading)
        if not re.fullmatch(self.bounds.get("pattern", ".*"), texts[0], re.ASCII | re.DOTALL):
            return reading.fault(f"This is written like {self.example}.", self.name)
        return reading.value(texts[0], kind, self.name)

    def _number(self, text: str, reading: Reading) -> Any:
        low, high = self.bounds["minimum"], self.bounds["maximum"]
        if not _WHOLE_NUMBER.fullmatch(text) or not low <= int(text) <= high:
            return reading.fault(f"This is a whole number from {low} to {high}.", self.name)
        return int(text)


def variables(parameters: Iterable[Parameter], given: QueryParams, stored: Stored, reading: Reading) -> dict[str, Any]:
    """The variables that the query string stands for; a fault for each parameter that there is not."""
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            reading.fault(f"There is no such parameter; there are {', '.join(known)}.", name[:_NAME_LENGTH_MAX])
    found: dict[str, Any] = {}
    for name, parameter in known.items():
        if name in given:
            _put(found, parameter.place, parameter.read(given.getlist(name), stored, reading))
    return found


def _put(variables: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    *above, last = place
    for name in above:
        variables = variables.setdefault(name, {})
    variables[last] = value


def _at(stored: Stored, place: tuple[str, ...]) -> tuple[GraphQLInputType, list[str]]:
    """The type at a place in the variables, and the descriptions of the variable (none) and the fields below it."""
    variable, *fields = place
    kind, descriptions = stored.variables[variable], [""]
    for name in fields:
        above = get_named_type(kind)
        assert isinstance(above, GraphQLInputObjectType)
        kind = above.fields[name].type
        descriptions.append(above.fields[name].description or "")
    return kind, descriptions
