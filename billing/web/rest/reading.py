"""Requests become variables: every value is read by the graph's own input type, strictly, and each fault is named.

What the graph would refuse as a request error is a fault here, in words that do not speak of GraphQL; the values
themselves go on as they came, only those of enums in the capitals that the graph knows.
"""

import re
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLString,
    is_required_input_field,
)
from graphql.type import is_list_type, is_non_null_type

from billing.domain.errors import ErrorCode, Faults

FAULTS_MAX = 20
_NAME_LENGTH_MAX = 64
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


class Reading:
    """Reads the values of one request and collects what is wrong with them, the first 20 faults."""

    def __init__(self) -> None:
        self._faults = Faults()

    def fault(self, message: str, *at: str | int, code: ErrorCode = ErrorCode.BAD_INPUT) -> None:
        if len(self._faults.found) < FAULTS_MAX:
            self._faults.add(code, message, *at)

    def refuse_if_any(self) -> None:
        self._faults.refuse_if_any()

    def value(self, given: Any, kind: GraphQLInputType, *at: str | int) -> Any:
        """The value for a variable of that type; a fault, and None, for one that it does not take."""
        if is_non_null_type(kind):
            if given is None:
                return self.fault("This must not be null.", *at)
            return self.value(given, kind.of_type, *at)
        if given is None:
            return None
        if is_list_type(kind):
            return self._list(given, kind.of_type, *at)
        if isinstance(kind, GraphQLInputObjectType):
            return self.object(given, kind, *at)
        if isinstance(kind, GraphQLEnumType):
            return self._enum(given, kind, *at)
        assert isinstance(kind, GraphQLScalarType)
        return self._scalar(given, kind, *at)

    def object(
        self, given: Any, kind: GraphQLInputObjectType, *at: str | int, without: frozenset[str] = frozenset()
    ) -> Any:
        """The fields of an input, but for those that come from elsewhere than the body."""
        if not isinstance(given, dict):
            return self.fault("This is an object.", *at)
        fields = {name: field for name, field in kind.fields.items() if name not in without}
        for name in given:
            if name not in fields:
                self.fault("There is no such field.", *at, name[:_NAME_LENGTH_MAX])
        for name, field in fields.items():
            if name not in given and is_required_input_field(field):
                self.fault("This is missing.", *at, name)
        return {name: self.value(given[name], fields[name].type, *at, name) for name in fields if name in given}

    def _list(self, given: Any, kind: GraphQLInputType, *at: str | int) -> Any:
        if not isinstance(given, list):
            return self.fault("This is a list.", *at)
        return [self.value(item, kind, *at, index) for index, item in enumerate(given)]

    def _enum(self, given: Any, kind: GraphQLEnumType, *at: str | int) -> Any:
        known = {name.lower(): name for name in kind.values}
        if not isinstance(given, str) or given not in known:
            return self.fault(f"This is one of {', '.join(known)}.", *at)
        return known[given]

    def _scalar(self, given: Any, kind: GraphQLScalarType, *at: str | int) -> Any:
        if (expected := _mismatch(given, kind)) is not None:
            return self.fault(expected, *at)
        return given


def _mismatch(given: Any, kind: GraphQLScalarType) -> str | None:
    """What the scalar expects, None for a value that it takes."""
    if kind.name == GraphQLID.name:
        return None if isinstance(given, str) and _UUID.fullmatch(given) else "An id is a UUID."
    if kind is GraphQLString:
        return None if isinstance(given, str) else "This is a text."
    if kind is GraphQLBoolean:
        return None if isinstance(given, bool) else "This is true or false."
    if kind is GraphQLInt:
        return None if isinstance(given, int) and not isinstance(given, bool) else "This is a whole number."
    try:
        kind.coerce_input_value(given)
    except GraphQLError as refused:
        return refused.message
    return None
