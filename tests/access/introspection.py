"""What the schema has, read from the schema itself: root fields, guarded fields, resolved fields, whole selections."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_list_type,
    is_object_type,
    is_required_argument,
)
from strawberry.types.field import StrawberryField

from billing.app import SCHEMA
from billing.permissions.fields import Guard

GRAPH: GraphQLSchema = SCHEMA._schema
"""The schema as graphql-core executes it; its fields carry their Strawberry definition."""

FieldName = str
"""A field as `Type.field`."""


def composites() -> Iterator[GraphQLObjectType]:
    """Every object type of ours, the roots among them."""
    for name, kind in GRAPH.type_map.items():
        if is_object_type(kind) and not name.startswith("__"):
            yield kind


def fields() -> dict[FieldName, GraphQLField]:
    """Every field of every object type."""
    return {f"{kind.name}.{name}": field for kind in composites() for name, field in kind.fields.items()}


def roots() -> tuple[GraphQLObjectType, ...]:
    """Query, Mutation, and Subscription once there is one."""
    return tuple(kind for kind in (GRAPH.query_type, GRAPH.mutation_type, GRAPH.subscription_type) if kind is not None)


def root_fields() -> list[FieldName]:
    return [f"{root.name}.{name}" for root in roots() for name in root.fields]


def guard(field: FieldName) -> Guard | None:
    """The guard that stands in front of a field, None where there is none."""
    return next((found for found in _definition(field).extensions if isinstance(found, Guard)), None)


def guarded_fields() -> list[FieldName]:
    """The fields below the roots that a guard stands in front of."""
    names = {root.name for root in roots()}
    return [name for name in fields() if name.split(".")[0] not in names and guard(name) is not None]


def resolved_fields() -> list[FieldName]:
    """The fields that are computed when asked for: root fields, relations, and whatever else has a resolver."""
    return [name for name in fields() if _definition(name).base_resolver is not None]


def input_of(mutation: str) -> str:
    """The name of the input type of a mutation."""
    assert GRAPH.mutation_type is not None
    return str(get_named_type(GRAPH.mutation_type.fields[mutation].args["input"].type).name)


def changed_objects(mutation: str) -> dict[str, GraphQLField]:
    """The fields of a mutation's payload that show what it changed."""
    assert GRAPH.mutation_type is not None
    payload = get_named_type(GRAPH.mutation_type.fields[mutation].type)
    assert isinstance(payload, GraphQLObjectType)
    return {name: field for name, field in payload.fields.items() if name not in ("replayed", "userErrors")}


def mutation_document(mutation: str) -> str:
    """The mutation, asking for every object that it changed and for what was refused."""
    changed = " ".join(shown(name, field) for name, field in changed_objects(mutation).items())
    return (
        f"mutation($input: {input_of(mutation)}!) {{ {mutation}(input: $input) "
        f"{{ {changed} replayed userErrors {{ field message code }} }} }}"
    )


def is_list(field: GraphQLField) -> bool:
    kind = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    return is_list_type(kind)


def everything(kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
    """A selection of all that can be reached in so many hops without arguments, for whatever is added later too."""
    chosen = ["__typename"]
    for name, field in kind.fields.items():
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        target = get_named_type(field.type)
        if not isinstance(target, (GraphQLObjectType, GraphQLInterfaceType)):
            chosen.append(name)
        elif depth > 0:
            chosen.append(f"{name} {{ {everything(target, depth - 1)} }}")
    return " ".join(chosen)


def _definition(field: FieldName) -> StrawberryField:
    definition = fields()[field].extensions["strawberry-definition"]
    assert isinstance(definition, StrawberryField)
    return definition


def shown(name: str, field: GraphQLField) -> str:
    """A field with the id of its object, or with all that it has where it has none, as an item of a bulk has."""
    kind: Any = get_named_type(field.type)
    if not hasattr(kind, "fields"):
        return name
    if "id" in kind.fields:
        return f"{name} {{ id }}"
    return f"{name} {{ {' '.join(shown(part, found) for part, found in kind.fields.items())} }}"
