"""Resolvers as Strawberry calls them, with the way from the arguments of GraphQL to those of Python found once."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any, Final, TypeAlias

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLResolveInfo,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.relay import GlobalID
from strawberry.types import Info
from strawberry.types.base import StrawberryMaybe
from strawberry.types.field import StrawberryField
from strawberry.types.unset import UNSET

DEFINITION: Final = "strawberry-definition"
"""Where a type, a field or an argument has what Strawberry made it of."""

Convert: TypeAlias = Callable[[Any], Any] | None
"""From a value of GraphQL's to one of Python's; None where they are the same."""


class _NotPlain(Exception):
    """An argument that only Strawberry itself converts."""


def direct(definition: GraphQLField, declared: StrawberryField) -> Callable[..., Any] | None:
    """Calls the resolver of a field without its extensions; None where it has none, or arguments that are not plain."""
    resolver = declared.base_resolver
    if resolver is None:
        return None
    try:
        converts = [_argument(name, each) for name, each in definition.args.items()]
    except _NotPlain:
        return None
    call: Callable[..., Any] = resolver
    of_self = resolver.self_parameter is not None
    sources = [each.name for each in (resolver.parent_parameter, resolver.root_parameter) if each is not None]
    info_name = None if resolver.info_parameter is None else resolver.info_parameter.name

    def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        given = {
            python_name: arguments[name] if convert is None else convert(arguments[name])
            for name, python_name, convert in converts
            if name in arguments
        }
        for each in sources:
            given[each] = source
        if info_name is not None:
            given[info_name] = Info(_raw_info=info, _field=declared)
        return call(source, **given) if of_self else call(**given)

    return resolve


def _argument(name: str, argument: Any) -> tuple[str, str, Convert]:
    declared = argument.extensions.get(DEFINITION)
    if declared is None or _is_special(declared.type):
        raise _NotPlain
    return name, declared.python_name, _convert(argument.type)


def _is_special(kind: Any) -> bool:
    while kind is not GlobalID and not isinstance(kind, StrawberryMaybe) and hasattr(kind, "of_type"):
        kind = kind.of_type
    return kind is GlobalID or isinstance(kind, StrawberryMaybe)


def _convert(kind: GraphQLInputType) -> Convert:
    if is_non_null_type(kind):
        return _convert(kind.of_type)
    if is_list_type(kind):
        item = _convert(kind.of_type)

        def listed(value: Any) -> Any:
            if value is None or value is UNSET:
                return value
            return list(value) if item is None else [item(each) for each in value]

        return listed
    return _object(kind) if is_input_object_type(kind) else None


def _object(kind: GraphQLInputObjectType) -> Convert:
    """The fields of an input object are found when the first one comes, since it may have fields of its own type."""
    definition = kind.extensions.get(DEFINITION)
    if definition is None or definition.from_input is not None:
        raise _NotPlain
    if any(_is_special(each.extensions[DEFINITION].type) for each in kind.fields.values()):
        raise _NotPlain
    defaults: dict[str, None] = {}
    fields: list[tuple[str, str, Convert]] = []

    def find() -> None:
        for name, each in kind.fields.items():
            declared = each.extensions[DEFINITION]
            if declared.default_value is MISSING and declared.default_factory is MISSING:
                defaults[declared.python_name] = None
            fields.append((name, declared.python_name, _convert(each.type)))

    def made(value: Any) -> Any:
        if value is None or value is UNSET:
            return value
        if not fields:
            find()
        return definition.origin(**_given(value, defaults, fields))

    return made


def _given(
    value: Mapping[str, Any], defaults: Mapping[str, Any], fields: list[tuple[str, str, Convert]]
) -> dict[str, Any]:
    given = dict(defaults)
    for name, python_name, convert in fields:
        if name in value:
            given[python_name] = value[name] if convert is None else convert(value[name])
    return given
