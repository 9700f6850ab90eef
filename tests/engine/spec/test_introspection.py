"""What a schema says of itself (4), asked like anything else."""

from collections.abc import Callable

import pytest
from graphql import GraphQLSchema, get_introspection_query, introspection_from_schema

from tests.engine.executors import Run
from tests.engine.spec.cases import Case, ask, case, keeps
from tests.engine.spec.library import library

WHOLE = get_introspection_query(
    specified_by_url=True,
    one_of=True,
    experimental_directive_deprecation=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
)

ASKED = [
    case(
        "the roots",
        "{ __schema { queryType { name } mutationType { name } subscriptionType { name } } }",
        data={
            "__schema": {"queryType": {"name": "Query"}, "mutationType": {"name": "Mutation"}, "subscriptionType": None}
        },
    ),
    case(
        "a type",
        '{ __type(name: "Book") { kind name interfaces { name } fields { name type { kind name ofType { kind name } } } } }',
        data={
            "__type": {
                "kind": "OBJECT",
                "name": "Book",
                "interfaces": [{"name": "Item"}, {"name": "Node"}],
                "fields": [
                    {
                        "name": "id",
                        "type": {"kind": "NON_NULL", "name": None, "ofType": {"kind": "SCALAR", "name": "ID"}},
                    },
                    {
                        "name": "title",
                        "type": {"kind": "NON_NULL", "name": None, "ofType": {"kind": "SCALAR", "name": "String"}},
                    },
                    {
                        "name": "label",
                        "type": {"kind": "NON_NULL", "name": None, "ofType": {"kind": "SCALAR", "name": "String"}},
                    },
                    {"name": "pages", "type": {"kind": "SCALAR", "name": "Int", "ofType": None}},
                    {
                        "name": "author",
                        "type": {"kind": "NON_NULL", "name": None, "ofType": {"kind": "OBJECT", "name": "Author"}},
                    },
                    {"name": "shelf", "type": {"kind": "OBJECT", "name": "Shelf", "ofType": None}},
                    {
                        "name": "genre",
                        "type": {"kind": "NON_NULL", "name": None, "ofType": {"kind": "ENUM", "name": "Genre"}},
                    },
                ],
            }
        },
    ),
    case("no type", '{ __type(name: "Nothing") { name } }', data={"__type": None}),
    case(
        "an interface",
        '{ __type(name: "Item") { kind possibleTypes { name } interfaces { name } fields { name } } }',
        data={
            "__type": {
                "kind": "INTERFACE",
                "possibleTypes": [{"name": "Book"}, {"name": "Magazine"}],
                "interfaces": [{"name": "Node"}],
                "fields": [{"name": "id"}, {"name": "title"}, {"name": "label"}],
            }
        },
    ),
    case(
        "a union",
        '{ __type(name: "Found") { kind possibleTypes { name } fields { name } } }',
        data={
            "__type": {
                "kind": "UNION",
                "possibleTypes": [{"name": "Book"}, {"name": "Author"}, {"name": "Magazine"}],
                "fields": None,
            }
        },
    ),
    case(
        "an enum",
        '{ __type(name: "Genre") { kind enumValues { name description isDeprecated } } }',
        data={
            "__type": {
                "kind": "ENUM",
                "enumValues": [
                    {"name": "NOVEL", "description": None, "isDeprecated": False},
                    {"name": "POEM", "description": None, "isDeprecated": False},
                    {"name": "ESSAY", "description": "Of a few pages.", "isDeprecated": False},
                ],
            }
        },
    ),
    case(
        "an input",
        '{ __type(name: "Wish") { kind inputFields { name defaultValue type { kind name ofType { name } } } } }',
        data={
            "__type": {
                "kind": "INPUT_OBJECT",
                "inputFields": [
                    {
                        "name": "title",
                        "defaultValue": None,
                        "type": {"kind": "NON_NULL", "name": None, "ofType": {"name": "String"}},
                    },
                    {
                        "name": "genre",
                        "defaultValue": "NOVEL",
                        "type": {"kind": "NON_NULL", "name": None, "ofType": {"name": "Genre"}},
                    },
                    {
                        "name": "tags",
                        "defaultValue": None,
                        "type": {"kind": "LIST", "name": None, "ofType": {"name": None}},
                    },
                    {
                        "name": "span",
                        "defaultValue": None,
                        "type": {"kind": "INPUT_OBJECT", "name": "Span", "ofType": None},
                    },
                    {
                        "name": "spans",
                        "defaultValue": "[]",
                        "type": {"kind": "NON_NULL", "name": None, "ofType": {"name": None}},
                    },
                    {"name": "day", "defaultValue": "null", "type": {"kind": "SCALAR", "name": "Day", "ofType": None}},
                ],
            }
        },
    ),
    case(
        "a scalar",
        '{ __type(name: "Day") { kind name specifiedByURL } }',
        data={"__type": {"kind": "SCALAR", "name": "Day", "specifiedByURL": None}},
    ),
    case(
        "by a variable",
        "query($n: String!) { __type(name: $n) { name } }",
        variables={"n": "Lab"},
        data={"__type": {"name": "Lab"}},
    ),
    case(
        "arguments",
        '{ __type(name: "Author") { fields { name args { name defaultValue type { name } } } } }',
        data={
            "__type": {
                "fields": [
                    {"name": "id", "args": []},
                    {"name": "name", "args": []},
                    {"name": "mentor", "args": []},
                    {"name": "favourite", "args": []},
                    {"name": "books", "args": []},
                    {
                        "name": "greeting",
                        "args": [
                            {"name": "words", "defaultValue": '"Hello"', "type": {"name": None}},
                            {"name": "times", "defaultValue": "null", "type": {"name": "Int"}},
                        ],
                    },
                ]
            }
        },
    ),
    case(
        "a type beside data",
        '{ book(id: "b1") { title } __type(name: "Book") { name } __typename }',
        data={"book": {"title": "One"}, "__type": {"name": "Book"}, "__typename": "Query"},
    ),
    case(
        "data beside a type",
        '{ __type(name: "Book") { name } book(id: "b1") { title author { name } } }',
        data={"__type": {"name": "Book"}, "book": {"title": "One", "author": {"name": "Ada"}}},
    ),
    case(
        "by fragments and aliases",
        '{ a: __type(name: "Book") { ...T } b: __type(name: "Day") { ...T } } fragment T on __Type { it: name kind __typename }',
        data={
            "a": {"it": "Book", "kind": "OBJECT", "__typename": "__Type"},
            "b": {"it": "Day", "kind": "SCALAR", "__typename": "__Type"},
        },
    ),
    case(
        "directives",
        "{ __schema { directives { name locations args { name } } } }",
        data={
            "__schema": {
                "directives": [
                    {
                        "name": "include",
                        "locations": ["FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"],
                        "args": [{"name": "if"}],
                    },
                    {
                        "name": "skip",
                        "locations": ["FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"],
                        "args": [{"name": "if"}],
                    },
                    {
                        "name": "deprecated",
                        "locations": [
                            "FIELD_DEFINITION",
                            "ARGUMENT_DEFINITION",
                            "INPUT_FIELD_DEFINITION",
                            "ENUM_VALUE",
                            "DIRECTIVE_DEFINITION",
                        ],
                        "args": [{"name": "reason"}],
                    },
                    {"name": "specifiedBy", "locations": ["SCALAR"], "args": [{"name": "url"}]},
                    {"name": "oneOf", "locations": ["INPUT_OBJECT"], "args": []},
                ]
            }
        },
    ),
    case("skipped", '{ __type(name: "Book") @skip(if: true) { name } __typename }', data={"__typename": "Query"}),
    case(
        "an error beside it",
        '{ __type(name: "Book") { name } book(id: "b4") { author { name } } }',
        data={"__type": {"name": "Book"}, "book": None},
        errors=[("Cannot return null for non-nullable field Book.author.", ["book", "author"], [(1, 50)])],
    ),
]


@pytest.mark.parametrize("asked", ASKED, ids=str)
async def test_the_schema_is_told(executor: Callable[[GraphQLSchema], Run], asked: Case) -> None:
    await keeps(executor, asked)


async def test_the_whole_schema_is_told(executor: Callable[[GraphQLSchema], Run]) -> None:
    found, _ = await ask(executor, case("all", WHOLE, None))

    assert found.errors == []
    assert found.data == introspection_from_schema(library("at once"), input_value_deprecation=True)
