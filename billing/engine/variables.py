"""The variables of an operation: what follows from the document is found once, the values are coerced for each run."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from graphql import (
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, input_is_nested_too_deeply
from graphql.utilities import coerce_input_literal, coerce_input_value

Coerce: TypeAlias = Callable[[Any], Any]
"""From a value to what it is for a resolver; Undefined, or any error, where it is none of the type."""


class Variables:
    """The variables that one operation declares."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._declared: list[tuple[GraphQLVariableSignature, Coerce]] = []
        for node in operation.variable_definitions or ():
            signature = get_variable_signature(schema, node)
            assert not isinstance(signature, GraphQLError)
            self._declared.append((signature, _coercion(signature.type)))

    def coerce(self, given: Mapping[str, Any]) -> VariableValues | None:
        """The values as graphql-core coerces them; None where it has something to say about them."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        try:
            for signature, coerce in self._declared:
                name = signature.name
                if name in given:
                    value = given[name]
                    sources[name] = VariableValueSource(signature, value)
                    value = coerce(value)
                elif signature.default is not None:
                    assert signature.default.literal is not None
                    sources[name] = VariableValueSource(signature)
                    value = coerce_input_literal(signature.default.literal, signature.type)
                elif is_non_null_type(signature.type):
                    return None
                else:
                    sources[name] = VariableValueSource(signature)
                    continue
                if value is Undefined:
                    return None
                coerced[name] = value
        except Exception:  # Whatever it is, graphql-core meets it too, and says it in its own words.
            return None
        return VariableValues(sources, coerced)


def _coercion(kind: GraphQLInputType) -> Coerce:
    required = is_non_null_type(kind)
    inner = kind.of_type if is_non_null_type(kind) else kind
    if is_leaf_type(inner):
        read = inner.coerce_input_value
        return lambda value: read(value) if value is not None else Undefined if required else None
    return lambda value: Undefined if input_is_nested_too_deeply(value, kind) else coerce_input_value(value, kind)
