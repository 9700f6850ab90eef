"""The arguments of a field, whose literals are read once, and then filled with the variables of the moment."""

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLField, VariableNode, Visitor, visit
from graphql.execution.values import VariableValues, get_argument_values

_Fill: TypeAlias = Callable[[Mapping[str, Any]], Any]


class Arguments:
    """graphql-core reads them once for each choice of variables that are missing, null, or neither.

    A variable's value goes in unchanged, so it reads marks, and the values take the places where these are found.
    """

    def __init__(self, definition: GraphQLField, node: FieldNode, hide_suggestions: bool) -> None:
        self._definition = definition
        self._node = node
        self._hide_suggestions = hide_suggestions
        self._names = _variables_of(node)
        self._fills: dict[tuple[bool | None, ...], _Fill | None] = {}

    def of(self, variables: VariableValues) -> dict[str, Any]:
        """The values by name. Raises GraphQLError where they do not fit, as graphql-core does."""
        coerced = variables.coerced
        chosen = tuple([coerced[name] is None if name in coerced else None for name in self._names])
        if chosen not in self._fills:
            self._fills[chosen] = self._fill(variables)
        fill = self._fills[chosen]
        return self._read(variables) if fill is None else fill(coerced)

    def _fill(self, variables: VariableValues) -> _Fill | None:
        """None where a variable's value does not stand in the arguments as it is."""
        present = [name for name in self._names if variables.coerced.get(name) is not None]
        marks = {name: object() for name in present}
        found: set[str] = set()
        try:
            marked = self._read(VariableValues(variables.sources, {**variables.coerced, **marks}))
            fill = _filling(marked, {id(mark): name for name, mark in marks.items()}, found)
        except Exception:
            return None
        return fill if found == set(present) else None

    def _read(self, variables: VariableValues) -> dict[str, Any]:
        return get_argument_values(self._definition, self._node, variables, None, self._hide_suggestions)


def _filling(value: Any, names: Mapping[int, str], found: set[str]) -> _Fill:
    if id(value) in names:
        name = names[id(value)]
        found.add(name)
        return itemgetter(name)
    if value.__class__ is dict:
        fills = [(key, _filling(each, names, found)) for key, each in value.items()]
        return lambda variables: {key: fill(variables) for key, fill in fills}
    if value.__class__ is list:
        items = [_filling(each, names, found) for each in value]
        return lambda variables: [fill(variables) for fill in items]
    return lambda variables: value


def _variables_of(node: FieldNode) -> tuple[str, ...]:
    class Names(Visitor):
        def __init__(self) -> None:
            super().__init__()
            self.found: dict[str, None] = {}

        def enter_variable(self, variable: VariableNode, *_: Any) -> None:
            self.found[variable.name.value] = None

    names = Names()
    for argument in node.arguments or ():
        visit(argument, names)
    return tuple(names.found)
