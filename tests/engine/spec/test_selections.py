"""What is asked, and in which order it is answered: merging, fragments, aliases, directives (6.3.2, 3.13)."""

from collections.abc import Callable
from itertools import product

import pytest
from graphql import GraphQLSchema

from tests.engine.executors import Run
from tests.engine.spec.cases import Case, case, keeps

LAB = {
    "lab": {"whole": 1, "text": "t", "truth": True, "lab": {"whole": 2, "text": "u", "lab": {"whole": 3, "text": "v"}}},
    "text": "r",
    "whole": 0,
}

ORDER = [
    case(
        "fields in the order asked",
        "{ lab { truth text whole } }",
        given=LAB,
        data={"lab": {"truth": True, "text": "t", "whole": 1}},
    ),
    case(
        "fields in another order",
        "{ lab { whole truth text } text }",
        given=LAB,
        data={"lab": {"whole": 1, "truth": True, "text": "t"}, "text": "r"},
    ),
    case("a field twice", "{ lab { whole text whole } }", given=LAB, data={"lab": {"whole": 1, "text": "t"}}),
    case(
        "an object twice",
        "{ lab { whole } text lab { text } }",
        given=LAB,
        data={"lab": {"whole": 1, "text": "t"}, "text": "r"},
    ),
    case(
        "an object twice, a field of it too",
        "{ lab { whole text } lab { truth whole } }",
        given=LAB,
        data={"lab": {"whole": 1, "text": "t", "truth": True}},
    ),
    case(
        "objects merged on two levels",
        "{ lab { lab { whole } } lab { text lab { text whole } } }",
        given=LAB,
        data={"lab": {"lab": {"whole": 2, "text": "u"}, "text": "t"}},
    ),
    case(
        "objects merged on three levels",
        "{ lab { lab { lab { whole } } } lab { lab { text lab { text } } whole } }",
        given=LAB,
        data={"lab": {"lab": {"lab": {"whole": 3, "text": "v"}, "text": "u"}, "whole": 1}},
    ),
    case("an alias", "{ lab { a: whole } }", given=LAB, data={"lab": {"a": 1}}),
    case("an alias of an object", "{ mine: lab { whole } }", given=LAB, data={"mine": {"whole": 1}}),
    case(
        "two aliases of a field",
        "{ lab { a: whole b: whole whole } }",
        given=LAB,
        data={"lab": {"a": 1, "b": 1, "whole": 1}},
    ),
    case(
        "two aliases of an object",
        "{ a: lab { whole } b: lab { text } }",
        given=LAB,
        data={"a": {"whole": 1}, "b": {"text": "t"}},
    ),
    case(
        "an alias that is another field's name",
        "{ lab { text: whole whole: text } }",
        given=LAB,
        data={"lab": {"text": 1, "whole": "t"}},
    ),
    case("an alias twice", "{ lab { a: whole text a: whole } }", given=LAB, data={"lab": {"a": 1, "text": "t"}}),
    case(
        "an alias of an object twice",
        "{ a: lab { whole } a: lab { text } }",
        given=LAB,
        data={"a": {"whole": 1, "text": "t"}},
    ),
    case("an alias with underscores", "{ __a: whole _: whole }", given=LAB, data={"__a": 0, "_": 0}),
    case(
        "a fragment",
        "{ lab { ...F } } fragment F on Lab { whole text }",
        given=LAB,
        data={"lab": {"whole": 1, "text": "t"}},
    ),
    case(
        "a fragment between fields",
        "{ lab { truth ...F whole } } fragment F on Lab { whole text }",
        given=LAB,
        data={"lab": {"truth": True, "whole": 1, "text": "t"}},
    ),
    case(
        "a fragment before fields",
        "{ lab { ...F truth } } fragment F on Lab { text }",
        given=LAB,
        data={"lab": {"text": "t", "truth": True}},
    ),
    case(
        "a fragment twice",
        "{ lab { ...F whole ...F } } fragment F on Lab { text }",
        given=LAB,
        data={"lab": {"text": "t", "whole": 1}},
    ),
    case(
        "a fragment in two places",
        "{ lab { ...F lab { ...F } } } fragment F on Lab { text }",
        given=LAB,
        data={"lab": {"text": "t", "lab": {"text": "u"}}},
    ),
    case(
        "a fragment in a fragment",
        "{ lab { ...F } } fragment F on Lab { text ...G truth } fragment G on Lab { whole }",
        given=LAB,
        data={"lab": {"text": "t", "whole": 1, "truth": True}},
    ),
    case(
        "a fragment by two ways",
        "{ lab { ...F ...G } } fragment F on Lab { ...H text } fragment G on Lab { truth ...H } fragment H on Lab { whole }",
        given=LAB,
        data={"lab": {"whole": 1, "text": "t", "truth": True}},
    ),
    case(
        "fragments that ask one object",
        "{ lab { ...F ...G } } fragment F on Lab { lab { whole } } fragment G on Lab { lab { text } }",
        given=LAB,
        data={"lab": {"lab": {"whole": 2, "text": "u"}}},
    ),
    case(
        "a fragment of the root",
        "{ ...F whole } fragment F on Query { text lab { whole } }",
        given=LAB,
        data={"text": "r", "lab": {"whole": 1}, "whole": 0},
    ),
    case(
        "an inline fragment",
        "{ lab { ... on Lab { text } whole } }",
        given=LAB,
        data={"lab": {"text": "t", "whole": 1}},
    ),
    case(
        "an inline fragment without a type",
        "{ lab { ... { text } whole } }",
        given=LAB,
        data={"lab": {"text": "t", "whole": 1}},
    ),
    case(
        "inline fragments in each other",
        "{ lab { ... { text ... on Lab { truth ... { whole } } } } }",
        given=LAB,
        data={"lab": {"text": "t", "truth": True, "whole": 1}},
    ),
    case(
        "an inline fragment at the root",
        "{ ... on Query { text } ... { whole } }",
        given=LAB,
        data={"text": "r", "whole": 0},
    ),
    case(
        "a field of an inline fragment that was asked before",
        "{ lab { whole ... { text whole } truth } }",
        given=LAB,
        data={"lab": {"whole": 1, "text": "t", "truth": True}},
    ),
    case(
        "an object of a fragment and of none",
        "{ lab { lab { whole } ...F ... { lab { lab { text } } } } } fragment F on Lab { lab { text } }",
        given=LAB,
        data={"lab": {"lab": {"whole": 2, "text": "u", "lab": {"text": "v"}}}},
    ),
    case(
        "the name of the type",
        "{ __typename lab { __typename whole } }",
        given=LAB,
        data={"__typename": "Query", "lab": {"__typename": "Lab", "whole": 1}},
    ),
    case(
        "the name of the type between fields",
        "{ text __typename whole }",
        given=LAB,
        data={"text": "r", "__typename": "Query", "whole": 0},
    ),
    case(
        "the name of the type under an alias",
        "{ kind: __typename lab { kind: __typename __typename } }",
        given=LAB,
        data={"kind": "Query", "lab": {"kind": "Lab", "__typename": "Lab"}},
    ),
    case(
        "the name of the type alone",
        "{ lab { lab { __typename } } }",
        given=LAB,
        data={"lab": {"lab": {"__typename": "Lab"}}},
    ),
    case(
        "one of several operations", "query A { whole } query B { text }", operation="B", given=LAB, data={"text": "r"}
    ),
    case(
        "another of several operations",
        "query A { whole } query B { text }",
        operation="A",
        given=LAB,
        data={"whole": 0},
    ),
    case(
        "a fragment of one operation only",
        "query A { ...F } query B { text } fragment F on Query { whole }",
        operation="A",
        given=LAB,
        data={"whole": 0},
    ),
    case(
        "the same field with the same arguments",
        '{ echo(text: "a", whole: 1) echo(whole: 1, text: "a") }',
        data={"echo": '{"text": "a", "whole": 1}'},
    ),
    case(
        "a field with other arguments under aliases",
        '{ a: echo(text: "a") b: echo(text: "b") echo }',
        data={"a": '{"text": "a", "whole": 5}', "b": '{"text": "b", "whole": 5}', "echo": '{"whole": 5}'},
    ),
    case(
        "the same object with the same arguments",
        '{ book(id: "b1") { title } book(id: "b1") { pages } }',
        data={"book": {"title": "One", "pages": 100}},
    ),
    case(
        "an object with other arguments under aliases",
        '{ one: book(id: "b1") { title } two: book(id: "b2") { title author { name } } none: book(id: "x") { title } }',
        data={"one": {"title": "One"}, "two": {"title": "Two", "author": {"name": "Bo"}}, "none": None},
    ),
    case(
        "nested arguments under aliases",
        '{ author(id: "a1") { a: greeting b: greeting(words: "Hi") c: greeting(words: "Ho", times: 2) greeting(times: null) } }',
        data={"author": {"a": "Hello, Ada", "b": "Hi, Ada", "c": "Ho Ho, Ada", "greeting": "Hello, Ada"}},
    ),
    case(
        "relations",
        '{ book(id: "b1") { title author { name books { title author { name mentor { name } } } } shelf { name } } }',
        data={
            "book": {
                "title": "One",
                "author": {
                    "name": "Ada",
                    "books": [
                        {"title": "One", "author": {"name": "Ada", "mentor": None}},
                        {"title": "Three", "author": {"name": "Ada", "mentor": None}},
                    ],
                },
                "shelf": {"name": "North"},
            }
        },
    ),
    case(
        "relations of a list",
        "{ books(most: 3) { title author { name mentor { name } } shelf { name books { title } } } }",
        data={
            "books": [
                {
                    "title": "One",
                    "author": {"name": "Ada", "mentor": None},
                    "shelf": {"name": "North", "books": [{"title": "One"}, {"title": "Two"}]},
                },
                {
                    "title": "Two",
                    "author": {"name": "Bo", "mentor": {"name": "Ada"}},
                    "shelf": {"name": "North", "books": [{"title": "One"}, {"title": "Two"}]},
                },
                {
                    "title": "Three",
                    "author": {"name": "Ada", "mentor": None},
                    "shelf": {"name": "South", "books": [{"title": "Three"}, {"title": "Orphan"}]},
                },
            ]
        },
    ),
    case(
        "relations under aliases",
        "{ books(most: 2) { a: author { name } b: author { id mentor { name } } author { name } } }",
        data={
            "books": [
                {"a": {"name": "Ada"}, "b": {"id": "a1", "mentor": None}, "author": {"name": "Ada"}},
                {"a": {"name": "Bo"}, "b": {"id": "a2", "mentor": {"name": "Ada"}}, "author": {"name": "Bo"}},
            ]
        },
    ),
    case(
        "relations that find nothing",
        "{ authors { name favourite { title } mentor { mentor { name } } } }",
        data={
            "authors": [
                {"name": "Ada", "favourite": {"title": "Two"}, "mentor": None},
                {"name": "Bo", "favourite": None, "mentor": {"mentor": None}},
                {"name": "Cy", "favourite": None, "mentor": {"mentor": {"name": "Ada"}}},
            ]
        },
    ),
    case(
        "relations merged across fragments",
        "{ books(most: 2) { ...A ...B author { id } } } fragment A on Book { author { name } } fragment B on Book { author { mentor { name } } }",
        data={
            "books": [
                {"author": {"name": "Ada", "mentor": None, "id": "a1"}},
                {"author": {"name": "Bo", "mentor": {"name": "Ada"}, "id": "a2"}},
            ]
        },
    ),
    case(
        "a relation where no null may be, without a key",
        '{ book(id: "b5") { title author { name } } }',
        data={"book": None},
        errors=[("Cannot return null for non-nullable field Book.author.", ["book", "author"], [(1, 26)])],
    ),
    case(
        "a relation where no null may be, that finds nothing",
        '{ book(id: "b4") { title author { name } } }',
        data={"book": None},
        errors=[("Cannot return null for non-nullable field Book.author.", ["book", "author"], [(1, 26)])],
    ),
    case(
        "relations where no null may be, in a list",
        "{ authors { name } shelves { name books { title author { name } } } }",
        data=None,
        errors=[
            ("Cannot return null for non-nullable field Book.author.", ["shelves", 2, "books", 0, "author"], [(1, 49)])
        ],
    ),
    case(
        "relations where no null may be, in a list that is not there",
        '{ author(id: "a1") { books { author { name } } } none: author(id: "x") { books { title } } }',
        data={"author": {"books": [{"author": {"name": "Ada"}}, {"author": {"name": "Ada"}}]}, "none": None},
    ),
    case(
        "an empty relation beside one that breaks",
        "{ shelves { name books { title author { name } } items { id } } }",
        broken=frozenset({"authors_by_id"}),
        data=None,
        errors=[
            ("Cannot return null for non-nullable field Book.author.", ["shelves", 2, "books", 0, "author"], [(1, 32)])
        ],
    ),
    case(
        "a broken loader of what may be null",
        "{ authors { name mentor { name } favourite { title } } }",
        broken=frozenset({"authors_by_id"}),
        data={
            "authors": [
                {"name": "Ada", "mentor": None, "favourite": {"title": "Two"}},
                {"name": "Bo", "mentor": None, "favourite": None},
                {"name": "Cy", "mentor": None, "favourite": None},
            ]
        },
        errors=[
            ("authors_by_id is broken", ["authors", 1, "mentor"], [(1, 18)]),
            ("authors_by_id is broken", ["authors", 2, "mentor"], [(1, 18)]),
        ],
    ),
    case(
        "a broken loader of lists",
        '{ author(id: "a1") { name books { title } } }',
        broken=frozenset({"books_by_author_id"}),
        data={"author": None},
        errors=[("books_by_author_id is broken", ["author", "books"], [(1, 27)])],
    ),
    case(
        "two broken loaders",
        "{ books(most: 2) { title shelf { name } author { name } } }",
        broken=frozenset({"authors_by_id", "shelves_by_id"}),
        data=None,
        errors=[
            ("shelves_by_id is broken", ["books", 0, "shelf"], [(1, 26)]),
            ("shelves_by_id is broken", ["books", 1, "shelf"], [(1, 26)]),
            ("authors_by_id is broken", ["books", 0, "author"], [(1, 41)]),
        ],
    ),
    case(
        "a broken loader below one that works",
        "{ books(most: 2) { title shelf { name books { title } items { title } } } }",
        broken=frozenset({"items_by_shelf_id"}),
        data={"books": [{"title": "One", "shelf": None}, {"title": "Two", "shelf": None}]},
        errors=[
            ("items_by_shelf_id is broken", ["books", 0, "shelf", "items"], [(1, 55)]),
            ("items_by_shelf_id is broken", ["books", 1, "shelf", "items"], [(1, 55)]),
        ],
    ),
]

_SHAPES = [
    ("field", "{{ lab {{ text whole {0} }} }}", {"lab": {"text": "t", "whole": 1}}, {"lab": {"text": "t"}}),
    ("object", "{{ lab {{ text lab {0} {{ whole }} }} }}", {"lab": {"text": "t", "lab": {"whole": 2}}}, {"lab": {"text": "t"}}),
    ("inline fragment", "{{ lab {{ text ... {0} {{ whole }} }} }}", {"lab": {"text": "t", "whole": 1}}, {"lab": {"text": "t"}}),
    ("inline fragment with a type", "{{ lab {{ text ... on Lab {0} {{ whole }} }} }}", {"lab": {"text": "t", "whole": 1}}, {"lab": {"text": "t"}}),
    ("spread", "{{ lab {{ text ...F {0} }} }} fragment F on Lab {{ whole }}", {"lab": {"text": "t", "whole": 1}}, {"lab": {"text": "t"}}),
    ("root field", "{{ text whole {0} }}", {"text": "r", "whole": 0}, {"text": "r"}),
]  # fmt: skip
"""A directive on everything that can bear one, what is answered with the part it stands on, and without."""

_DECIDED = [(skip, include, not skip and include) for skip, include in product((True, False), repeat=2)]


def _directives() -> list[Case]:
    """@skip and @include alone and together, in both orders, their conditions literal, of variables, and of defaults."""
    cases = []
    for name, document, with_it, without in _SHAPES:
        for wanted in (True, False):
            for directive, value in (("include", wanted), ("skip", not wanted)):
                text = str(value).lower()
                given = f"@{directive}(if: {text})"
                data = with_it if wanted else without
                cases.append(case(f"{name} {given}", document.format(given), data, given=LAB))
                by_variable = document.format(f"@{directive}(if: $v)")
                cases += [
                    case(f"{name} {given} by $v", f"query($v: Boolean!) {by_variable}", data, given=LAB, variables={"v": value}),
                    case(f"{name} {given} by default", f"query($v: Boolean! = {text}) {by_variable}", data, given=LAB),
                    case(
                        f"{name} {given} past its default",
                        f"query($v: Boolean! = {str(not value).lower()}) {by_variable}",
                        data, given=LAB, variables={"v": value},
                    ),
                ]  # fmt: skip
        for skip, include, wanted in _DECIDED:
            for both in ("@skip(if: $s) @include(if: $i)", "@include(if: $i) @skip(if: $s)"):
                cases.append(
                    case(
                        f"{name} {both} {skip} {include}",
                        f"query($s: Boolean!, $i: Boolean!) {document.format(both)}",
                        with_it if wanted else without,
                        given=LAB,
                        variables={"s": skip, "i": include},
                    )
                )
    return cases


DIRECTIVES = [
    case(
        "nothing is left of an object",
        "{ lab { whole @skip(if: true) } text }",
        given=LAB,
        data={"lab": {}, "text": "r"},
    ),
    case("nothing is left of the root", "{ whole @skip(if: true) }", given=LAB, data={}),
    case(
        "skipped in one place, asked in another",
        "{ lab { whole @skip(if: true) text whole } }",
        given=LAB,
        data={"lab": {"text": "t", "whole": 1}},
    ),
    case(
        "skipped in one fragment, asked in another",
        "{ lab { ...F @skip(if: true) text ...F } } fragment F on Lab { whole }",
        given=LAB,
        data={"lab": {"text": "t", "whole": 1}},
    ),
    case(
        "a fragment that is spread after it was skipped, and again",
        "{ lab { ...F @include(if: false) ...G text ...F } } fragment F on Lab { whole } fragment G on Lab { truth ...F }",
        given=LAB,
        data={"lab": {"truth": True, "whole": 1, "text": "t"}},
    ),
    case(
        "an object skipped in one place",
        "{ lab @skip(if: true) { whole } lab { text } }",
        given=LAB,
        data={"lab": {"text": "t"}},
    ),
    case(
        "an object skipped in one of two fragments",
        "query($v: Boolean!) { lab { ...F ... @include(if: $v) { lab { text } } } } fragment F on Lab { lab { whole } }",
        variables={"v": False},
        given=LAB,
        data={"lab": {"lab": {"whole": 2}}},
    ),
    case(
        "the first place decides the order",
        "{ lab { whole @skip(if: true) text truth whole } }",
        given=LAB,
        data={"lab": {"text": "t", "truth": True, "whole": 1}},
    ),
    case(
        "directives in each other",
        "query($a: Boolean!, $b: Boolean!) { lab { ... @include(if: $a) { text ... @skip(if: $b) { whole } } } }",
        variables={"a": True, "b": False},
        given=LAB,
        data={"lab": {"text": "t", "whole": 1}},
    ),
    case(
        "directives in each other, the outer one against it",
        "query($a: Boolean!, $b: Boolean!) { lab { truth ... @include(if: $a) { text ... @skip(if: $b) { whole } } } }",
        variables={"a": False, "b": False},
        given=LAB,
        data={"lab": {"truth": True}},
    ),
    case(
        "one variable in many places",
        "query($v: Boolean!) { lab { whole @include(if: $v) text @skip(if: $v) lab @include(if: $v) { whole @skip(if: $v) text } } }",
        variables={"v": True},
        given=LAB,
        data={"lab": {"whole": 1, "lab": {"text": "u"}}},
    ),
    case(
        "a skipped field is not run", "{ text broken: whole @skip(if: true) }", given={"text": "t"}, data={"text": "t"}
    ),
    case(
        "the name of the type skipped",
        "{ __typename @skip(if: true) text lab { __typename @include(if: true) } }",
        given=LAB,
        data={"text": "r", "lab": {"__typename": "Lab"}},
    ),
    case(
        "directives on a fragment's fields",
        "query($v: Boolean!) { lab { ...F } a: lab { ...F @skip(if: $v) text } } fragment F on Lab { whole @include(if: $v) truth }",
        variables={"v": True},
        given=LAB,
        data={"lab": {"whole": 1, "truth": True}, "a": {"text": "t"}},
    ),
    case(
        "a variable that is missing",
        "query($v: Boolean!) { text @include(if: $v) }",
        given=LAB,
        data=None,
        errors=[
            (
                "Variable '$v' has invalid value: Expected a value of non-null type 'Boolean!' to be provided.",
                None,
                [(1, 7)],
            )
        ],
    ),
    case(
        "a variable that is null",
        "query($v: Boolean!) { text @include(if: $v) }",
        variables={"v": None},
        given=LAB,
        data=None,
        errors=[
            (
                "Variable '$v' has invalid value: Expected value of non-null type 'Boolean!' not to be None.",
                None,
                [(1, 7)],
            )
        ],
    ),
    case(
        "a variable with a default that is null all the same",
        "query($v: Boolean = true) { text whole @include(if: $v) }",
        variables={"v": None},
        given=LAB,
        data=None,
        errors=[
            (
                "Argument 'if' has invalid value: Expected variable '$v' provided to non-null type 'Boolean!' not to be None.",
                None,
                [(1, 53)],
            )
        ],
    ),
    case(
        "a variable with a default below an object, null all the same",
        "query($v: Boolean = true) { text lab { text lab { whole @include(if: $v) } } }",
        variables={"v": None},
        given=LAB,
        data={"text": "r", "lab": {"text": "t", "lab": None}},
        errors=[
            (
                "Argument 'if' has invalid value: Expected variable '$v' provided to non-null type 'Boolean!' not to be None.",
                ["lab", "lab"],
                [(1, 70)],
            )
        ],
    ),
]


@pytest.mark.parametrize("asked", ORDER, ids=str)
async def test_the_answer_has_the_fields_that_are_asked_in_that_order(
    executor: Callable[[GraphQLSchema], Run], asked: Case
) -> None:
    await keeps(executor, asked)


@pytest.mark.parametrize("asked", [*_directives(), *DIRECTIVES], ids=str)
async def test_directives_decide_what_is_asked(executor: Callable[[GraphQLSchema], Run], asked: Case) -> None:
    await keeps(executor, asked)
