"""Variables are coerced as graphql-core coerces them, or left to it."""

from typing import Any

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse
from graphql.execution.values import VariableValues, get_variable_values

from billing.engine.variables import Variables

SCHEMA: GraphQLSchema = build_schema(
    """
    enum Colour { RED GREEN }
    input Point { x: Int! = 1, y: Int, next: Point, names: [String!], size: Float, id: ID }
    input Either @oneOf { left: Int, right: Int }
    type Query { answer: String }
    """
)
DECLARED = (
    "$v: Int",
    "$v: Int!",
    "$v: Int = 3",
    "$v: Int! = 3",
    "$v: Float",
    "$v: String",
    "$v: String = null",
    "$v: ID!",
    "$v: Boolean",
    "$v: Colour",
    "$v: Colour = GREEN",
    "$v: [Int!]",
    "$v: [Int!]! = [1, 2]",
    "$v: Point",
    "$v: Point! = {y: 2}",
    "$v: Either",
    "",
    "$v: Int, $w: Int! = 1, $u: [[ID]]",
)


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"next": value}
    return value


GIVEN: tuple[dict[str, Any], ...] = (
    {},
    {"other": 1},
    *(
        {"v": value}
        for value in (
            *(None, 1, -5, 2**31, 1.0, 1.5, "1", "", "RED", "BLUE", True, [], [1], [None], ["a"], {}, {"x": 1}),
            *({"x": None}, {"y": 1, "next": {"x": "1"}}, {"names": "a"}, {"names": ["a", None]}, {"z": 1}, {"left": 1}),
            *({"left": 1, "right": 2}, {"left": None}, deep(10), deep(5_000)),
        )
    ),
    {"v": 1, "w": 2, "u": "1"},
    {"v": 1, "w": None, "u": [["1", None], 2]},
)


@pytest.mark.parametrize("declared", DECLARED)
@pytest.mark.parametrize("given", GIVEN, ids=range(len(GIVEN)))
def test_values_are_coerced_alike(declared: str, given: dict[str, Any]) -> None:
    operation = parse(f"query Q{f'({declared})' if declared else ''} {{ answer }}").definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    theirs = get_variable_values(SCHEMA, operation.variable_definitions or (), given)

    ours = Variables(SCHEMA, operation).coerce(given)

    if not isinstance(theirs, VariableValues):
        assert ours is None
        return
    assert ours is not None
    assert (ours.coerced, list(ours.coerced)) == (theirs.coerced, list(theirs.coerced))
    assert {name: it.value for name, it in ours.sources.items()} == {
        name: it.value for name, it in theirs.sources.items()
    }
    assert repr(ours.coerced) == repr(theirs.coerced)
