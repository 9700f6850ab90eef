"""JSON Schemas of what goes in and out, made from the graph's types, so that they cannot say anything else."""

import re
from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLOutputType,
    Undefined,
    get_named_type,
    is_required_input_field,
)
from graphql.type import is_list_type, is_non_null_type

from billing.domain.money import TEXT_LENGTH_MAX
from billing.domain.texts import DESCRIPTION_LENGTH_MAX, NAME_LENGTH_MAX, REFERENCE_LENGTH_MAX
from billing.services.checks import LIST_LENGTH_MAX
from billing.web.rest.stored import Part, Stored

Schema = dict[str, Any]

_NUMBER = {"type": "string", "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$", "maxLength": TEXT_LENGTH_MAX}
_SCALARS: Mapping[str, Schema] = {
    "ID": {"type": "string", "format": "uuid"},
    "String": {"type": "string"},
    "Boolean": {"type": "boolean"},
    "Int": {"type": "integer", "format": "int32"},
    "Money": {**_NUMBER, "examples": ["1996.00"]},
    "Decimal": {**_NUMBER, "examples": ["49.9"]},
    "Date": {"type": "string", "format": "date", "examples": ["2026-01-31"]},
    "DateTime": {"type": "string", "format": "date-time", "examples": ["2026-01-31T12:00:00Z"]},
}
_NAMED_SCALARS = ("Money", "Decimal")

_NOTE, _LABEL = {"maxLength": DESCRIPTION_LENGTH_MAX}, {"maxLength": 64}
_SOME = {"minItems": 1, "maxItems": LIST_LENGTH_MAX}
BOUNDS: Mapping[tuple[str, str], Schema] = {
    ("CreateBillingRecordInput", "currency"): {"pattern": "^[A-Z]{3}$", "examples": ["USD"]},
    ("CreateBillingRecordInput", "lines"): _SOME,
    ("CreateBillingRecordInput", "fromNote"): _NOTE,
    ("CreateBillingRecordInput", "fromGlCode"): _LABEL,
    ("LineItemInput", "name"): {"maxLength": NAME_LENGTH_MAX},
    ("LineItemInput", "description"): _NOTE,
    ("LineItemInput", "unit"): _LABEL,
    ("LineItemInput", "priceOverrideReason"): _NOTE,
    ("RecordPaymentInput", "reference"): {"minLength": 1, "maxLength": REFERENCE_LENGTH_MAX},
    ("RecordPaymentInput", "allocations"): _SOME,
    ("RecordPaymentInput", "note"): _NOTE,
}
"""What the graph's types do not say of the fields of inputs; the services hold them."""


class Schemas:
    """Collects the named schemas that others refer to."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}

    def of_input(self, kind: GraphQLInputType) -> Schema:
        """What a value of an input's field or of a query parameter may be."""
        if is_non_null_type(kind):
            return self.of_input(kind.of_type)
        if is_list_type(kind):
            return {"type": "array", "items": self.of_input(kind.of_type)}
        if isinstance(kind, GraphQLInputObjectType):
            if kind.name not in self.named:
                self.named[kind.name] = self.of_fields(kind)
            return _reference(kind.name)
        return self._leaf(get_named_type(kind))

    def of_fields(self, kind: GraphQLInputObjectType, without: frozenset[str] = frozenset()) -> Schema:
        """The object of an input's fields; nothing else may stand in it."""
        fields = {name: field for name, field in kind.fields.items() if name not in without}
        required = [name for name, field in fields.items() if is_required_input_field(field)]
        return {
            "type": "object",
            "description": kind.description,
            **({"required": required} if required else {}),
            "properties": {name: self._field(kind, name, field) for name, field in fields.items()},
            "additionalProperties": False,
        }

    def of_part(self, stored: Stored, part: Part) -> Schema:
        """What a part of an answer is."""
        return self._of_output(stored, part, part.type)

    def of_result(self, stored: Stored, part: Part) -> Schema:
        """What a part of a payload is once nothing was refused: never null."""
        return self._never_null(stored, part, part.type.of_type if is_non_null_type(part.type) else part.type)

    def _enum(self, kind: GraphQLEnumType) -> Schema:
        """The values of an enum as REST writes them, what each means in the description."""
        if kind.name not in self.named:
            meanings = "\n".join(f"- `{name.lower()}`: {value.description}" for name, value in kind.values.items())
            names = re.compile(rf"\b({'|'.join(kind.values)})\b")
            about = names.sub(lambda name: f"`{name[0].lower()}`", kind.description or "")
            self.named[kind.name] = {
                "type": "string",
                "description": f"{about}\n\n{meanings}",
                "enum": [name.lower() for name in kind.values],
            }
        return _reference(kind.name)

    def _field(self, kind: GraphQLInputObjectType, name: str, field: GraphQLInputField) -> Schema:
        schema = {**self.of_input(field.type), **BOUNDS.get((kind.name, name), {})}
        if not is_non_null_type(field.type):
            schema = _or_null(schema)
        if field.default_value is not Undefined:
            schema["default"] = field.default_value
        return {**schema, "description": field.description}

    def _of_output(self, stored: Stored, part: Part, kind: GraphQLOutputType) -> Schema:
        if is_non_null_type(kind):
            return self._never_null(stored, part, kind.of_type)
        return _or_null(self._never_null(stored, part, kind))

    def _never_null(self, stored: Stored, part: Part, kind: GraphQLOutputType) -> Schema:
        if is_list_type(kind):
            return {"type": "array", "items": self._of_output(stored, part, kind.of_type)}
        named = get_named_type(kind)
        if part.below is None:
            return self._leaf(named)
        fragment = stored.fragment_of(part)
        if fragment is None:
            return self._object(stored, part, named)
        if fragment not in self.named:
            self.named[fragment] = self._object(stored, part, named)
        return _reference(fragment)

    def _object(self, stored: Stored, part: Part, kind: GraphQLNamedType) -> Schema:
        parts = list(stored.parts(part))
        return {
            "type": "object",
            "description": kind.description,
            "required": [below.name for below in parts],
            "properties": {
                below.name: {**self.of_part(stored, below), "description": below.description} for below in parts
            },
        }

    def _leaf(self, kind: GraphQLNamedType) -> Schema:
        if isinstance(kind, GraphQLEnumType):
            return self._enum(kind)
        if kind.name in _NAMED_SCALARS:
            self.named[kind.name] = {**_SCALARS[kind.name], "description": kind.description}
            return _reference(kind.name)
        return dict(_SCALARS[kind.name])


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(schema: Schema) -> Schema:
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}
