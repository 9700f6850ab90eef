"""Arguments reach resolvers as Strawberry would have converted them."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any, Final

import pytest
from graphql import (
    GraphQLField,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from billing.app import SCHEMA
from billing.schema.arguments import Arguments

DEEP: Final = 5


def fields_with_arguments() -> Iterator[tuple[str, GraphQLField, StrawberryField]]:
    for kind in SCHEMA._schema.type_map.values():
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            for name, field in kind.fields.items():
                declared = field.extensions.get("strawberry-definition")
                if isinstance(declared, StrawberryField) and declared.base_resolver and field.args:
                    yield f"{kind.name}.{name}", field, declared


FIELDS: Final = list(fields_with_arguments())


@pytest.mark.parametrize(("field", "declared"), [it[1:] for it in FIELDS], ids=[it[0] for it in FIELDS])
def test_arguments_are_what_strawberry_makes_of_them(field: GraphQLField, declared: StrawberryField) -> None:
    random, ours = Random(field.description), Arguments.of(field, declared, {})
    for _ in range(50):
        given = {
            name: value_of(argument.type, random)
            for name, argument in field.args.items()
            if is_required_argument(argument) or random.random() < 0.7
        }

        theirs = convert_arguments(
            given, declared.arguments, scalar_registry=SCHEMA.schema_converter.scalar_registry, config=SCHEMA.config
        )

        assert plain(ours.converted(given)) == plain(theirs)


def value_of(kind: GraphQLInputType, random: Random, depth: int = 0) -> Any:
    """What graphql-core may hand on for the type; of leaves nothing is converted, so any value does."""
    if is_non_null_type(kind):
        return _value_of(kind.of_type, random, depth)
    return None if random.random() < 0.2 else _value_of(kind, random, depth)


def _value_of(kind: GraphQLInputType, random: Random, depth: int) -> Any:
    if is_list_type(kind):
        return [value_of(kind.of_type, random, depth + 1) for _ in range(0 if depth > DEEP else random.randint(0, 2))]
    if is_input_object_type(kind):
        return {
            name: value_of(field.type, random, depth + 1)
            for name, field in kind.fields.items()
            if is_required_input_field(field) or (depth < DEEP and random.random() < 0.5)
        }
    if is_enum_type(kind):
        return random.choice([it.value for it in kind.values.values()])
    return random.choice([1, "a text", Decimal("1.50"), date(2026, 1, 31)])


def plain(value: Any) -> Any:
    """With the classes of inputs, two of which may be equal and of different classes."""
    if is_dataclass(value):
        return type(value), {it.name: plain(getattr(value, it.name)) for it in fields(value)}
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value
