"""The executable schema, built from the two roots, and its printed form."""

from collections.abc import Mapping

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
)
from strawberry.schema.config import StrawberryConfig

from billing.schema.arguments import convert_once
from billing.schema.billing_records import BillingRecord, CreditNote, Dispute, PaymentRecord
from billing.schema.catalog_items import CatalogItem
from billing.schema.divisions import Division
from billing.schema.scalars import SCALARS

Schema = strawberry.Schema


def build(query: type, mutation: type) -> Schema:
    """The schema; what may be left out has no default, rather than the default null."""
    schema = Schema(
        query=query,
        mutation=mutation,
        types=[BillingRecord, PaymentRecord, Division, CatalogItem, Dispute, CreditNote],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    _drop_null_defaults(schema._schema)
    convert_once(schema._schema)
    return schema


def _drop_null_defaults(schema: GraphQLSchema) -> None:
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            _drop_from(kind.fields)
        elif isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)) and not kind.name.startswith("__"):
            for field in kind.fields.values():
                _drop_from(field.args)


def _drop_from(inputs: Mapping[str, GraphQLArgument | GraphQLInputField]) -> None:
    for given in inputs.values():
        if given.default_value is None:
            given.default_value = Undefined
