"""How resolvers get their arguments: converted by functions that are made once for each field of the schema.

Strawberry's own resolvers find the names and the types of all arguments anew in each call, which takes longer than most
of ours take to answer.
"""

from collections.abc import Callable
from dataclasses import MISSING
from functools import partial, reduce
from inspect import signature
from typing import Any, Final, TypeAlias

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.extensions.field_extension import build_field_extension_resolvers
from strawberry.types import Info
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

_DEFINITION: Final = "strawberry-definition"

_Convert: TypeAlias = Callable[[Any], Any]


def convert_once(schema: GraphQLSchema) -> None:
    """Gives every field that has a resolver one that answers as Strawberry's does."""
    inputs: dict[str, _Input] = {}
    for kind in schema.type_map.values():
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            for field in kind.fields.values():
                declared = field.extensions.get(_DEFINITION)
                if isinstance(declared, StrawberryField) and declared.base_resolver is not None:
                    field.resolve = _resolver(field, declared, inputs)


def _resolver(field: GraphQLField, declared: StrawberryField, inputs: dict[str, "_Input"]) -> Callable[..., Any]:
    resolver, arguments = declared.base_resolver, Arguments.of(field, declared, inputs)
    assert resolver is not None
    call: Any = resolver.wrapped_func
    takes_self = resolver.self_parameter is not None
    sources = [each.name for each in (resolver.parent_parameter, resolver.root_parameter) if each is not None]
    infos = [resolver.info_parameter.name] if resolver.info_parameter else []

    def answer(source: Any, info: Info[Any, Any], **given: Any) -> Any:
        for name in sources:
            given[name] = source
        for name in infos:
            given[name] = info
        return call(source, **given) if takes_self else call(**given)

    # A method whose first parameter is info needs no go-between.
    is_as_answer = takes_self and infos and not sources and list(signature(call).parameters)[1] == infos[0]
    innermost: Any = call if is_as_answer else answer
    guarded = reduce(lambda inner, outer: partial(outer, inner), build_field_extension_resolvers(declared), innermost)
    convert = None if arguments.are_taken_as_given else arguments.converted

    def resolve(source: Any, info: GraphQLResolveInfo[Any], /, **given: Any) -> Any:
        return guarded(source, Info(_raw_info=info, _field=declared), **(given if convert is None else convert(given)))

    return resolve


class Arguments:
    """The arguments of one field: under which name each reaches the resolver, and as what."""

    def __init__(self, by_name: dict[str, tuple[str, _Convert | None]]) -> None:
        self._by_name = by_name

    @classmethod
    def of(cls, field: GraphQLField, declared: StrawberryField, inputs: dict[str, "_Input"]) -> "Arguments":
        return cls(
            {
                name: (each.python_name, _conversion(argument.type, inputs))
                for (name, argument), each in zip(field.args.items(), declared.arguments, strict=True)
            }
        )

    @property
    def are_taken_as_given(self) -> bool:
        """Whether there is nothing to convert."""
        return all(name == python_name and convert is None for name, (python_name, convert) in self._by_name.items())

    def converted(self, given: dict[str, Any]) -> dict[str, Any]:
        """What graphql-core has made of the arguments, as the resolver takes it."""
        converted: dict[str, Any] = {}
        for name, value in given.items():
            python_name, convert = self._by_name[name]
            converted[python_name] = value if convert is None else convert(value)
        return converted


def _conversion(kind: GraphQLInputType, inputs: dict[str, "_Input"]) -> _Convert | None:
    """From what graphql-core makes of a value to what a resolver takes; None where these are the same."""
    if is_non_null_type(kind):
        return _conversion(kind.of_type, inputs)
    if is_list_type(kind):
        item = _conversion(kind.of_type, inputs)
        # A default is the same list for all requests, so it is copied.
        return lambda value: None if value is None else list(value if item is None else map(item, value))
    if is_input_object_type(kind):
        if kind.name not in inputs:
            inputs[kind.name] = made = _Input()
            made.describe(kind, inputs)
        return inputs[kind.name]
    return None


class _Input:
    """Makes the objects of one input type, which may hold others of the same."""

    def describe(self, kind: GraphQLInputObjectType, inputs: dict[str, "_Input"]) -> None:
        definition = kind.extensions[_DEFINITION]
        assert isinstance(definition, StrawberryObjectDefinition)
        assert definition.from_input is None
        declared = {name: field.extensions[_DEFINITION] for name, field in kind.fields.items()}
        self._made: type = definition.origin
        self._fields = Arguments(
            {name: (declared[name].python_name, _conversion(field.type, inputs)) for name, field in kind.fields.items()}
        )
        self._left_out = {
            each.python_name: None
            for each in declared.values()
            if each.default_value is MISSING and each.default_factory is MISSING
        }

    def __call__(self, value: dict[str, Any] | None) -> Any:
        return None if value is None else self._made(**{**self._left_out, **self._fields.converted(value)})
