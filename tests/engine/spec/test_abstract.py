"""Interfaces and unions: which type an object has, and which fragments apply to it (3.7, 3.8, 6.3.2, 6.4.3)."""

from collections.abc import Callable

import pytest
from graphql import GraphQLSchema

from tests.engine.executors import Run
from tests.engine.spec.cases import Case, case, keeps
from tests.engine.spec.library import AUTHORS, BOOKS, MAGAZINES, MODES, Raised, Row

ONE, MONTHLY, ADA = BOOKS["b1"], MAGAZINES["m1"], AUTHORS["a1"]
GHOST = Row("Ghost", {"id": "g", "title": "Boo"})

TYPES = [
    case(
        "the type of an object of an interface",
        '{ node(id: "b1") { __typename id } }',
        data={"node": {"__typename": "Book", "id": "b1"}},
    ),
    case("nothing of an interface", '{ node(id: "x") { __typename id } }', data={"node": None}),
    case(
        "the types of objects of an interface",
        "{ items { __typename id } }",
        data={
            "items": [
                {"__typename": "Book", "id": "b1"},
                {"__typename": "Book", "id": "b2"},
                {"__typename": "Book", "id": "b3"},
                {"__typename": "Book", "id": "b4"},
                {"__typename": "Book", "id": "b5"},
                {"__typename": "Magazine", "id": "m1"},
            ]
        },
    ),
    case(
        "the types of objects of another interface",
        "{ named { __typename name } }",
        data={
            "named": [
                {"__typename": "Author", "name": "Ada"},
                {"__typename": "Shelf", "name": "North"},
                {"__typename": "Author", "name": "Bo"},
            ]
        },
    ),
    case(
        "the types of a union",
        '{ find(ids: ["b1", "x", "a1", "m1"]) { __typename } }',
        data={"find": [{"__typename": "Book"}, None, {"__typename": "Author"}, {"__typename": "Magazine"}]},
    ),
    case(
        "fields of an interface",
        "{ items { title label } }",
        data={
            "items": [
                {"title": "One", "label": "Book: One"},
                {"title": "Two", "label": "Book: Two"},
                {"title": "Three", "label": "Book: Three"},
                {"title": "Orphan", "label": "Book: Orphan"},
                {"title": "Nobody's", "label": "Book: Nobody's"},
                {"title": "Monthly", "label": "Magazine: Monthly"},
            ]
        },
    ),
    case(
        "fields of the types of an interface",
        "{ items { id ... on Book { pages } ... on Magazine { issue } title } }",
        data={
            "items": [
                {"id": "b1", "pages": 100, "title": "One"},
                {"id": "b2", "pages": None, "title": "Two"},
                {"id": "b3", "pages": 300, "title": "Three"},
                {"id": "b4", "pages": 4, "title": "Orphan"},
                {"id": "b5", "pages": 5, "title": "Nobody's"},
                {"id": "m1", "issue": 7, "title": "Monthly"},
            ]
        },
    ),
    case(
        "fields of one of the types of an interface",
        "{ items { ... on Magazine { issue } } }",
        data={"items": [{}, {}, {}, {}, {}, {"issue": 7}]},
    ),
    case(
        "fields of the types of a union",
        '{ find(ids: ["a1", "b1", "m1"]) { ... on Book { title pages } ... on Author { name } __typename } }',
        data={
            "find": [
                {"name": "Ada", "__typename": "Author"},
                {"title": "One", "pages": 100, "__typename": "Book"},
                {"__typename": "Magazine"},
            ]
        },
    ),
    case(
        "an interface within a union",
        '{ find(ids: ["a1", "b1", "m1"]) { ... on Item { title } ... on Named { name } ... on Node { id } } }',
        data={"find": [{"name": "Ada", "id": "a1"}, {"title": "One", "id": "b1"}, {"title": "Monthly", "id": "m1"}]},
    ),
    case(
        "an interface within an interface",
        '{ nodes(ids: ["b1", "a1", "m1", "s1"]) { id ... on Item { title label } ... on Named { name } } }',
        data={
            "nodes": [
                {"id": "b1", "title": "One", "label": "Book: One"},
                {"id": "a1", "name": "Ada"},
                {"id": "m1", "title": "Monthly", "label": "Magazine: Monthly"},
                {"id": "s1", "name": "North"},
            ]
        },
    ),
    case(
        "an interface that implements another",
        "{ items { ... on Node { id } ... on Item { title } } }",
        data={
            "items": [
                {"id": "b1", "title": "One"},
                {"id": "b2", "title": "Two"},
                {"id": "b3", "title": "Three"},
                {"id": "b4", "title": "Orphan"},
                {"id": "b5", "title": "Nobody's"},
                {"id": "m1", "title": "Monthly"},
            ]
        },
    ),
    case(
        "a union within an interface",
        '{ nodes(ids: ["b1", "s1"]) { ... on Found { __typename ... on Book { title } } id } }',
        data={"nodes": [{"__typename": "Book", "title": "One", "id": "b1"}, {"id": "s1"}]},
    ),
    case(
        "types within interfaces within unions",
        '{ find(ids: ["b1", "m1", "a1"]) { ... on Item { ... on Book { pages } ... on Magazine { issue } } ... on Named { ... on Author { name } } } }',
        data={"find": [{"pages": 100}, {"issue": 7}, {"name": "Ada"}]},
    ),
    case(
        "a type that cannot be, by way of one that can",
        '{ nodes(ids: ["b1", "a1"]) { ... on Item { ... on Node { ... on Named { name } } } id } }',
        data={"nodes": [{"id": "b1"}, {"id": "a1"}]},
    ),
    case(
        "named fragments by type",
        '{ find(ids: ["b1", "a1", "m1"]) { ...B ...A ...I } } fragment B on Book { pages } fragment A on Author { name } fragment I on Item { id title }',
        data={"find": [{"pages": 100, "id": "b1", "title": "One"}, {"name": "Ada"}, {"id": "m1", "title": "Monthly"}]},
    ),
    case(
        "a fragment on an interface for an object",
        '{ book(id: "b1") { ...I pages ...N } } fragment I on Item { title } fragment N on Node { id }',
        data={"book": {"title": "One", "pages": 100, "id": "b1"}},
    ),
    case(
        "a fragment that does not apply, for an object",
        '{ author(id: "a1") { name ... on Node { id ... on Item { title } } } }',
        data={"author": {"name": "Ada", "id": "a1"}},
    ),
    case(
        "fragments in the order asked, by type",
        '{ nodes(ids: ["b1", "m1"]) { ... on Magazine { issue title } id ... on Item { title } ... on Book { pages title } } }',
        data={"nodes": [{"id": "b1", "title": "One", "pages": 100}, {"issue": 7, "title": "Monthly", "id": "m1"}]},
    ),
    case(
        "the same name of different types under one alias",
        '{ find(ids: ["b1", "a1"]) { ... on Book { it: title } ... on Author { it: name } } }',
        data={"find": [{"it": "One"}, {"it": "Ada"}]},
    ),
    case(
        "the same relation of different types",
        '{ nodes(ids: ["b1", "m1", "a1"]) { ... on Book { shelf { name } } ... on Magazine { shelf { id } } ... on Author { books { title } } } }',
        data={
            "nodes": [
                {"shelf": {"name": "North"}},
                {"shelf": {"id": "s1"}},
                {"books": [{"title": "One"}, {"title": "Three"}]},
            ]
        },
    ),
    case(
        "one relation of an interface's types, merged",
        "{ items { ... on Book { shelf { name } } ... on Book { shelf { id } } ... on Magazine { shelf { name id } } } }",
        data={
            "items": [
                {"shelf": {"name": "North", "id": "s1"}},
                {"shelf": {"name": "North", "id": "s1"}},
                {"shelf": {"name": "South", "id": "s2"}},
                {"shelf": {"name": "South", "id": "s2"}},
                {"shelf": {"name": "Empty but for one", "id": "s3"}},
                {"shelf": {"name": "North", "id": "s1"}},
            ]
        },
    ),
    case(
        "different objects under one alias",
        '{ find(ids: ["b1", "a1"]) { ... on Book { it: shelf { name } } ... on Author { it: favourite { title } } } }',
        data={"find": [{"it": {"name": "North"}}, {"it": {"title": "Two"}}]},
    ),
    case(
        "relations below an interface below a relation",
        "{ shelves { name items { title ... on Book { author { name } } ... on Magazine { issue } } } }",
        data=None,
        errors=[
            ("Cannot return null for non-nullable field Book.author.", ["shelves", 2, "items", 0, "author"], [(1, 46)])
        ],
    ),
    case(
        "relations below an interface",
        "{ items { title ... on Magazine { shelf { name books { title } } } ... on Book { author { name } } } }",
        data=None,
        errors=[("Cannot return null for non-nullable field Book.author.", ["items", 4, "author"], [(1, 82)])],
    ),
    case(
        "the name of the type by fragments",
        '{ find(ids: ["b1", "a1"]) { ... on Item { a: __typename } ... on Author { b: __typename } c: __typename } }',
        data={"find": [{"a": "Book", "c": "Book"}, {"b": "Author", "c": "Author"}]},
    ),
    case(
        "directives on types",
        "query($b: Boolean!, $m: Boolean!) { items { id ... on Book @include(if: $b) { pages } ... on Magazine @skip(if: $m) { issue } } }",
        variables={"b": False, "m": False},
        data={
            "items": [{"id": "b1"}, {"id": "b2"}, {"id": "b3"}, {"id": "b4"}, {"id": "b5"}, {"id": "m1", "issue": 7}]
        },
    ),
    case(
        "directives on named fragments by type",
        "query($v: Boolean!) { items { ...B @include(if: $v) ...M @skip(if: $v) title } } fragment B on Book { pages } fragment M on Magazine { issue }",
        variables={"v": True},
        data={
            "items": [
                {"pages": 100, "title": "One"},
                {"pages": None, "title": "Two"},
                {"pages": 300, "title": "Three"},
                {"pages": 4, "title": "Orphan"},
                {"pages": 5, "title": "Nobody's"},
                {"title": "Monthly"},
            ]
        },
    ),
    case("nothing applies", '{ find(ids: ["b1", "m1"]) { ... on Author { name } } }', data={"find": [{}, {}]}),
    case("an empty list of an interface", "{ nodes(ids: []) { id __typename } }", data={"nodes": []}),
    case(
        "one object many times",
        '{ nodes(ids: ["b1", "b1", "a1", "b1"]) { __typename ... on Book { author { name } } } }',
        data={
            "nodes": [
                {"__typename": "Book", "author": {"name": "Ada"}},
                {"__typename": "Book", "author": {"name": "Ada"}},
                {"__typename": "Author"},
                {"__typename": "Book", "author": {"name": "Ada"}},
            ]
        },
    ),
]

GIVEN = [
    case(
        "an object of an interface",
        "{ lab { item { __typename title } } }",
        given={"lab": {"item": ONE}},
        data={"lab": {"item": {"__typename": "Book", "title": "One"}}},
    ),
    case(
        "no object of an interface",
        "{ lab { item { title } } }",
        given={"lab": {"item": None}},
        data={"lab": {"item": None}},
    ),
    case(
        "an object of no type of the interface",
        "{ lab { item { title } text } }",
        given={"lab": {"item": GHOST, "text": "t"}},
        data={"lab": {"item": None, "text": "t"}},
        errors=[
            (
                "Abstract type 'Item' must resolve to an Object type at runtime for field 'Lab.item'. Either the 'Item' type should provide a 'resolve_type' function or each possible type should provide an 'is_type_of' function.",
                ["lab", "item"],
                [(1, 9)],
            )
        ],
    ),
    case(
        "an object of another type than the interface's",
        "{ lab { item { title } } }",
        given={"lab": {"item": ADA}},
        data={"lab": {"item": None}},
        errors=[
            (
                "Abstract type 'Item' must resolve to an Object type at runtime for field 'Lab.item'. Either the 'Item' type should provide a 'resolve_type' function or each possible type should provide an 'is_type_of' function.",
                ["lab", "item"],
                [(1, 9)],
            )
        ],
    ),
    case(
        "what is no object",
        "{ lab { item { title } } }",
        given={"lab": {"item": 7}},
        data={"lab": {"item": None}},
        errors=[("'int' object has no attribute 'kind'", ["lab", "item"], [(1, 9)])],
    ),
    case(
        "an error of an interface",
        "{ lab { item { title } } }",
        given={"lab": {"item": Raised(ValueError("oops"))}},
        data={"lab": {"item": None}},
        errors=[("oops", ["lab", "item"], [(1, 9)])],
    ),
    case(
        "objects of an interface",
        "{ lab { items { __typename ... on Book { pages } } } }",
        given={"lab": {"items": [ONE, None, MONTHLY]}},
        data={"lab": {"items": [{"__typename": "Book", "pages": 100}, None, {"__typename": "Magazine"}]}},
    ),
    case(
        "an object of no type among others",
        "{ lab { items { title } } }",
        given={"lab": {"items": [ONE, GHOST, MONTHLY]}},
        data={"lab": {"items": [{"title": "One"}, None, {"title": "Monthly"}]}},
        errors=[
            (
                "Abstract type 'Item' must resolve to an Object type at runtime for field 'Lab.items'. Either the 'Item' type should provide a 'resolve_type' function or each possible type should provide an 'is_type_of' function.",
                ["lab", "items", 1],
                [(1, 9)],
            )
        ],
    ),
    case(
        "an object of no type where no null may be",
        "{ lab { itemsOfNn { title } text } }",
        given={"lab": {"items_of_nn": [ONE, GHOST], "text": "t"}},
        data={"lab": {"itemsOfNn": None, "text": "t"}},
        errors=[
            (
                "Abstract type 'Item' must resolve to an Object type at runtime for field 'Lab.itemsOfNn'. Either the 'Item' type should provide a 'resolve_type' function or each possible type should provide an 'is_type_of' function.",
                ["lab", "itemsOfNn", 1],
                [(1, 9)],
            )
        ],
    ),
    case(
        "no object where no null may be",
        "{ lab { itemsOfNn { title } } }",
        given={"lab": {"items_of_nn": [None, ONE]}},
        data={"lab": {"itemsOfNn": None}},
        errors=[("Cannot return null for non-nullable field Lab.itemsOfNn.", ["lab", "itemsOfNn", 0], [(1, 9)])],
    ),
    case(
        "an object of a union",
        "{ lab { found { __typename ... on Author { name } } } }",
        given={"lab": {"found": ADA}},
        data={"lab": {"found": {"__typename": "Author", "name": "Ada"}}},
    ),
    case(
        "an object of no type of the union",
        "{ lab { found { __typename } } }",
        given={"lab": {"found": GHOST}},
        data={"lab": {"found": None}},
        errors=[
            (
                'The type "<class \'tests.engine.spec.library.Row\'>" cannot be resolved for the field "found" , are you using a strawberry.field?',
                ["lab", "found"],
                [(1, 9)],
            )
        ],
    ),
    case(
        "objects of a union",
        "{ lab { founds { ... on Item { title } ... on Author { name } } } }",
        given={"lab": {"founds": [ADA, None, ONE, MONTHLY]}},
        data={"lab": {"founds": [{"name": "Ada"}, None, {"title": "One"}, {"title": "Monthly"}]}},
    ),
    case(
        "an object of no type of the union among others",
        "{ lab { founds { __typename } } }",
        given={"lab": {"founds": [ADA, GHOST]}},
        data={"lab": {"founds": [{"__typename": "Author"}, None]}},
        errors=[
            (
                'The type "<class \'tests.engine.spec.library.Row\'>" cannot be resolved for the field "founds" , are you using a strawberry.field?',
                ["lab", "founds", 1],
                [(1, 9)],
            )
        ],
    ),
    case(
        "a null below an interface",
        "{ lab { items { __typename title } } }",
        given={"lab": {"items": [ONE, Row("Book", {"id": "n", "title": None})]}},
        data={"lab": {"items": [{"__typename": "Book", "title": "One"}, None]}},
        errors=[("Cannot return null for non-nullable field Book.title.", ["lab", "items", 1, "title"], [(1, 28)])],
    ),
    case(
        "a null below a type of an interface",
        "{ lab { items { ... on Magazine { issue } id } } }",
        given={"lab": {"items": [ONE, Row("Magazine", {"id": "n", "title": "N", "issue": None})]}},
        data={"lab": {"items": [{"id": "b1"}, None]}},
        errors=[("Cannot return null for non-nullable field Magazine.issue.", ["lab", "items", 1, "issue"], [(1, 35)])],
    ),
    case(
        "a field that is not there below an interface",
        "{ lab { items { id title } } }",
        given={"lab": {"items": [Row("Book", {"id": "n"}), ONE]}},
        data={"lab": {"items": [None, {"id": "b1", "title": "One"}]}},
        errors=[("title", ["lab", "items", 0, "title"], [(1, 20)])],
    ),
    case(
        "a value that does not fit below an interface",
        "{ lab { items { id ... on Book { pages } } } }",
        given={"lab": {"items": [Row("Book", {"id": "n", "pages": "many"}), ONE]}},
        data={"lab": {"items": [{"id": "n", "pages": None}, {"id": "b1", "pages": 100}]}},
        errors=[("Int cannot represent non-integer value: 'many'", ["lab", "items", 0, "pages"], [(1, 34)])],
    ),
]


@pytest.mark.parametrize("asked", TYPES, ids=str)
async def test_fragments_apply_to_the_types_they_name(executor: Callable[[GraphQLSchema], Run], asked: Case) -> None:
    await keeps(executor, asked)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("asked", GIVEN, ids=str)
async def test_an_object_says_of_which_type_it_is(
    executor: Callable[[GraphQLSchema], Run], asked: Case, mode: str
) -> None:
    await keeps(executor, asked, mode)
