"""Variables, defaults and arguments: provided, null, missing, nested, coerced, refused (6.1.2, 6.4.1)."""

from collections.abc import Callable

import pytest
from graphql import GraphQLSchema

from tests.engine.executors import Run
from tests.engine.spec.cases import Case, case, keeps

ARGUMENTS = [
    case("no argument", "{ echo }", data={"echo": '{"whole": 5}'}),
    case("null for an argument", "{ echo(text: null) }", data={"echo": '{"text": null, "whole": 5}'}),
    case("null for an argument with a default", "{ echo(whole: null) }", data={"echo": '{"whole": null}'}),
    case("a value for an argument with a default", "{ echo(whole: 7) }", data={"echo": '{"whole": 7}'}),
    case(
        "scalars",
        '{ echo(text: "t", whole: 1, real: 1.5, truth: true, key: "k") }',
        data={"echo": '{"text": "t", "whole": 1, "real": 1.5, "truth": true, "key": "k"}'},
    ),
    case("a whole number for a real one", "{ echo(real: 1) }", data={"echo": '{"whole": 5, "real": 1.0}'}),
    case("a number for an id", "{ echo(key: 7) }", data={"echo": '{"whole": 5, "key": "7"}'}),
    case("an enum", "{ echo(genre: ESSAY) }", data={"echo": '{"whole": 5, "genre": "Genre ESSAY"}'}),
    case(
        "enums",
        "{ echo(genres: [POEM, NOVEL]) }",
        data={"echo": '{"whole": 5, "genres": ["Genre POEM", "Genre NOVEL"]}'},
    ),
    case("one enum for a list", "{ echo(genres: POEM) }", data={"echo": '{"whole": 5, "genres": ["Genre POEM"]}'}),
    case(
        "custom scalars",
        '{ echo(day: "2026-01-31", shout: "LOUD") }',
        data={"echo": '{"whole": 5, "day": "day 2026-01-31", "shout": "loud"}'},
    ),
    case("a list", "{ echo(row: [1, null, 3]) }", data={"echo": '{"whole": 5, "row": [1, null, 3]}'}),
    case("an empty list", "{ echo(row: []) }", data={"echo": '{"whole": 5, "row": []}'}),
    case("one value for a list", "{ echo(row: 1) }", data={"echo": '{"whole": 5, "row": [1]}'}),
    case("null for a list", "{ echo(row: null) }", data={"echo": '{"whole": 5, "row": null}'}),
    case(
        "lists in a list",
        "{ echo(grid: [[1], null, [2, null]]) }",
        data={"echo": '{"whole": 5, "grid": [[1], null, [2, null]]}'},
    ),
    case("one value for lists in a list", "{ echo(grid: 1) }", data={"echo": '{"whole": 5, "grid": [[1]]}'}),
    case("a list for lists in a list", "{ echo(grid: [1, 2]) }", data={"echo": '{"whole": 5, "grid": [[1], [2]]}'}),
    case(
        "an input object",
        "{ echo(span: {least: 2, most: 3}) }",
        data={"echo": '{"whole": 5, "span": {"least": 2, "most": 3}}'},
    ),
    case("an input object's defaults", "{ echo(span: {}) }", data={"echo": '{"whole": 5, "span": {"least": 1}}'}),
    case(
        "null in an input object",
        "{ echo(span: {most: null}) }",
        data={"echo": '{"whole": 5, "span": {"least": 1, "most": null}}'},
    ),
    case(
        "input objects in each other",
        '{ echo(wish: {title: "t", span: {most: 2}, spans: [{least: 3}, {}], tags: ["a"], genre: POEM, day: "2026-02-01"}) }',
        data={
            "echo": '{"whole": 5, "wish": {"title": "t", "genre": "Genre POEM", "tags": ["a"], "span": {"least": 1, "most": 2}, "spans": [{"least": 3}, {"least": 1}], "day": "day 2026-02-01"}}'
        },
    ),
    case(
        "an input object with its defaults alone",
        '{ echo(wish: {title: "t"}) }',
        data={"echo": '{"whole": 5, "wish": {"title": "t", "genre": "Genre NOVEL", "spans": [], "day": null}}'},
    ),
    case(
        "one value for a list in an input object",
        '{ echo(wish: {title: "t", tags: "a", spans: {most: 1}}) }',
        data={
            "echo": '{"whole": 5, "wish": {"title": "t", "genre": "Genre NOVEL", "tags": ["a"], "spans": [{"least": 1, "most": 1}], "day": null}}'
        },
    ),
    case(
        "nulls in an input object",
        '{ echo(wish: {title: "t", tags: null, span: null, day: null}) }',
        data={
            "echo": '{"whole": 5, "wish": {"title": "t", "genre": "Genre NOVEL", "tags": null, "span": null, "spans": [], "day": null}}'
        },
    ),
    case("one of", '{ echo(by: {id: "b1"}) }', data={"echo": '{"whole": 5, "by": {"id": "b1"}}'}),
    case("the other of", '{ echo(by: {title: "t"}) }', data={"echo": '{"whole": 5, "by": {"title": "t"}}'}),
    case("a block of text", '{ echo(text: """\n  a\n    b\n""") }', data={"echo": '{"text": "a\\n  b", "whole": 5}'}),
    case(
        "a text with escapes",
        r'{ echo(text: "\u00e9 \n \" \\") }',
        data={"echo": '{"text": "\\u00e9 \\n \\" \\\\", "whole": 5}'},
    ),
    case("an argument that must be", "{ must(whole: 1) }", data={"must": '{"whole": 1, "genre": "Genre POEM"}'}),
    case(
        "an argument that must be, and others",
        "{ must(whole: 1, row: [2], genre: NOVEL) }",
        data={"must": '{"whole": 1, "row": [2], "genre": "Genre NOVEL"}'},
    ),
]

VARIABLES = [
    case(
        "a variable",
        "query($v: String) { echo(text: $v) }",
        variables={"v": "t"},
        data={"echo": '{"text": "t", "whole": 5}'},
    ),
    case(
        "null for a variable",
        "query($v: String) { echo(text: $v) }",
        variables={"v": None},
        data={"echo": '{"text": null, "whole": 5}'},
    ),
    case("no value for a variable", "query($v: String) { echo(text: $v) }", data={"echo": '{"whole": 5}'}),
    case(
        "no value for a variable of an argument with a default",
        "query($v: Int) { echo(whole: $v) }",
        data={"echo": '{"whole": 5}'},
    ),
    case(
        "null for a variable of an argument with a default",
        "query($v: Int) { echo(whole: $v) }",
        variables={"v": None},
        data={"echo": '{"whole": null}'},
    ),
    case("a variable's default", "query($v: Int = 9) { echo(whole: $v) }", data={"echo": '{"whole": 9}'}),
    case(
        "a value past a variable's default",
        "query($v: Int = 9) { echo(whole: $v) }",
        variables={"v": 3},
        data={"echo": '{"whole": 3}'},
    ),
    case(
        "null past a variable's default",
        "query($v: Int = 9) { echo(whole: $v) }",
        variables={"v": None},
        data={"echo": '{"whole": null}'},
    ),
    case(
        "a variable's default that is null",
        "query($v: Int = null) { echo(whole: $v) }",
        data={"echo": '{"whole": null}'},
    ),
    case(
        "a variable that is not null with a default",
        "query($v: Int! = 9) { echo(whole: $v) }",
        data={"echo": '{"whole": 9}'},
    ),
    case(
        "a variable that is not used by the operation's name",
        "query A($v: Int) { echo(whole: $v) } query B { echo }",
        operation="B",
        variables={"v": 1},
        data={"echo": '{"whole": 5}'},
    ),
    case("a variable nobody asked for", "{ echo }", variables={"other": 1}, data={"echo": '{"whole": 5}'}),
    case(
        "a variable twice",
        "query($v: Int) { a: echo(whole: $v) b: echo(whole: $v, row: [$v, $v]) }",
        variables={"v": 2},
        data={"a": '{"whole": 2}', "b": '{"whole": 2, "row": [2, 2]}'},
    ),
    case(
        "variables of scalars",
        "query($a: String, $b: Int, $c: Float, $d: Boolean, $e: ID) { echo(text: $a, whole: $b, real: $c, truth: $d, key: $e) }",
        variables={"a": "t", "b": 1, "c": 1.5, "d": False, "e": "k"},
        data={"echo": '{"text": "t", "whole": 1, "real": 1.5, "truth": false, "key": "k"}'},
    ),
    case(
        "a whole number for a real variable",
        "query($v: Float) { echo(real: $v) }",
        variables={"v": 2},
        data={"echo": '{"whole": 5, "real": 2.0}'},
    ),
    case(
        "a real number without a fraction for a whole variable",
        "query($v: Int) { echo(whole: $v) }",
        variables={"v": 2.0},
        data={"echo": '{"whole": 2}'},
    ),
    case(
        "a number for a variable of an id",
        "query($v: ID) { echo(key: $v) }",
        variables={"v": 7},
        data={"echo": '{"whole": 5, "key": "7"}'},
    ),
    case(
        "a variable of an enum",
        "query($v: Genre) { echo(genre: $v) }",
        variables={"v": "ESSAY"},
        data={"echo": '{"whole": 5, "genre": "Genre ESSAY"}'},
    ),
    case(
        "a default of an enum",
        "query($v: Genre = POEM) { echo(genre: $v) }",
        data={"echo": '{"whole": 5, "genre": "Genre POEM"}'},
    ),
    case(
        "a variable of enums",
        "query($v: [Genre!]) { echo(genres: $v) }",
        variables={"v": ["POEM", "NOVEL"]},
        data={"echo": '{"whole": 5, "genres": ["Genre POEM", "Genre NOVEL"]}'},
    ),
    case(
        "a variable of one enum for a list",
        "query($v: [Genre!]) { echo(genres: $v) }",
        variables={"v": "POEM"},
        data={"echo": '{"whole": 5, "genres": ["Genre POEM"]}'},
    ),
    case(
        "variables of custom scalars",
        "query($d: Day, $s: Shout) { echo(day: $d, shout: $s) }",
        variables={"d": "2026-01-31", "s": "LOUD"},
        data={"echo": '{"whole": 5, "day": "day 2026-01-31", "shout": "loud"}'},
    ),
    case(
        "a default of a custom scalar",
        'query($d: Day = "2026-01-30") { echo(day: $d) }',
        data={"echo": '{"whole": 5, "day": "day 2026-01-30"}'},
    ),
    case(
        "a variable of a list",
        "query($v: [Int]) { echo(row: $v) }",
        variables={"v": [1, None, 3]},
        data={"echo": '{"whole": 5, "row": [1, null, 3]}'},
    ),
    case(
        "a variable of a list that is empty",
        "query($v: [Int]) { echo(row: $v) }",
        variables={"v": []},
        data={"echo": '{"whole": 5, "row": []}'},
    ),
    case(
        "a variable of a list with one value",
        "query($v: [Int]) { echo(row: $v) }",
        variables={"v": 1},
        data={"echo": '{"whole": 5, "row": [1]}'},
    ),
    case(
        "a variable of lists in a list with one value",
        "query($v: [[Int]]) { echo(grid: $v) }",
        variables={"v": 1},
        data={"echo": '{"whole": 5, "grid": [[1]]}'},
    ),
    case(
        "a variable of lists in a list with a list",
        "query($v: [[Int]]) { echo(grid: $v) }",
        variables={"v": [1, None]},
        data={"echo": '{"whole": 5, "grid": [[1], null]}'},
    ),
    case(
        "a variable in a list",
        "query($v: Int) { echo(row: [1, $v, 3]) }",
        variables={"v": 2},
        data={"echo": '{"whole": 5, "row": [1, 2, 3]}'},
    ),
    case(
        "a variable in a list without a value",
        "query($v: Int) { echo(row: [1, $v, 3]) }",
        data={"echo": '{"whole": 5, "row": [1, null, 3]}'},
    ),
    case(
        "a variable as one value for a list",
        "query($v: [Int]) { echo(row: $v) }",
        variables={"v": [2]},
        data={"echo": '{"whole": 5, "row": [2]}'},
    ),
    case(
        "a variable of an input object",
        "query($v: Wish) { echo(wish: $v) }",
        variables={"v": {"title": "t", "span": {"most": 2}, "spans": [{"least": 3}, {}]}},
        data={
            "echo": '{"whole": 5, "wish": {"title": "t", "genre": "Genre NOVEL", "span": {"least": 1, "most": 2}, "spans": [{"least": 3}, {"least": 1}], "day": null}}'
        },
    ),
    case(
        "a variable of an input object with nulls",
        "query($v: Wish) { echo(wish: $v) }",
        variables={"v": {"title": "t", "span": None, "tags": None}},
        data={
            "echo": '{"whole": 5, "wish": {"title": "t", "genre": "Genre NOVEL", "tags": null, "span": null, "spans": [], "day": null}}'
        },
    ),
    case(
        "a variable of an input object with one value for a list",
        "query($v: Wish) { echo(wish: $v) }",
        variables={"v": {"title": "t", "tags": "a", "spans": {"most": 1}}},
        data={
            "echo": '{"whole": 5, "wish": {"title": "t", "genre": "Genre NOVEL", "tags": ["a"], "spans": [{"least": 1, "most": 1}], "day": null}}'
        },
    ),
    case(
        "a default of an input object",
        'query($v: Wish = {title: "d", span: {}}) { echo(wish: $v) }',
        data={
            "echo": '{"whole": 5, "wish": {"title": "d", "genre": "Genre NOVEL", "span": {"least": 1}, "spans": [], "day": null}}'
        },
    ),
    case(
        "a variable in an input object",
        "query($v: Int) { echo(span: {most: $v}) }",
        variables={"v": 2},
        data={"echo": '{"whole": 5, "span": {"least": 1, "most": 2}}'},
    ),
    case(
        "a variable in an input object without a value",
        "query($v: Int) { echo(span: {most: $v}) }",
        data={"echo": '{"whole": 5, "span": {"least": 1}}'},
    ),
    case(
        "a variable in an input object past a default, without a value",
        "query($v: Int = 4) { echo(span: {least: $v}) }",
        data={"echo": '{"whole": 5, "span": {"least": 4}}'},
    ),
    case(
        "variables deep in an input object",
        "query($t: String!, $n: Int, $g: Genre) { echo(wish: {title: $t, genre: NOVEL, spans: [{most: $n}, {}], tags: [$t]} genre: $g) }",
        variables={"t": "x", "n": 5},
        data={
            "echo": '{"whole": 5, "wish": {"title": "x", "genre": "Genre NOVEL", "tags": ["x"], "spans": [{"least": 1, "most": 5}, {"least": 1}], "day": null}}'
        },
    ),
    case(
        "a variable of one of",
        "query($v: Key) { echo(by: $v) }",
        variables={"v": {"id": "b1"}},
        data={"echo": '{"whole": 5, "by": {"id": "b1"}}'},
    ),
    case(
        "a variable in one of",
        "query($v: ID!) { echo(by: {id: $v}) }",
        variables={"v": "b1"},
        data={"echo": '{"whole": 5, "by": {"id": "b1"}}'},
    ),
    case(
        "a variable for an argument that must be",
        "query($v: Int!) { must(whole: $v) }",
        variables={"v": 1},
        data={"must": '{"whole": 1, "genre": "Genre POEM"}'},
    ),
    case(
        "a variable in a fragment",
        "query($v: Int) { ...F } fragment F on Query { echo(whole: $v) }",
        variables={"v": 3},
        data={"echo": '{"whole": 3}'},
    ),
    case(
        "a variable in a fragment that is spread twice",
        "query($v: Int) { ...F ... { ...F } } fragment F on Query { echo(whole: $v) }",
        variables={"v": 3},
        data={"echo": '{"whole": 3}'},
    ),
    case(
        "a variable below an object",
        "query($w: String!, $n: Int) { authors { greeting(words: $w, times: $n) } }",
        variables={"w": "Hi", "n": 2},
        data={"authors": [{"greeting": "Hi Hi, Ada"}, {"greeting": "Hi Hi, Bo"}, {"greeting": "Hi Hi, Cy"}]},
    ),
    case(
        "a variable below an object without a value",
        'query($w: String! = "Yo", $n: Int) { authors { greeting(words: $w, times: $n) } }',
        data={"authors": [{"greeting": "Yo, Ada"}, {"greeting": "Yo, Bo"}, {"greeting": "Yo, Cy"}]},
    ),
    case(
        "a large number for an id",
        "query($v: ID) { echo(key: $v) }",
        variables={"v": 12345678901234567890},
        data={"echo": '{"whole": 5, "key": "12345678901234567890"}'},
    ),
]

REFUSED = [
    case(
        "a text for a whole number",
        "query($v: Int) { echo(whole: $v) }",
        variables={"v": "1"},
        data=None,
        errors=[("Variable '$v' has invalid value: Int cannot represent non-integer value: '1'", None, [(1, 7)])],
    ),
    case(
        "a truth for a whole number",
        "query($v: Int) { echo(whole: $v) }",
        variables={"v": True},
        data=None,
        errors=[("Variable '$v' has invalid value: Int cannot represent non-integer value: True", None, [(1, 7)])],
    ),
    case(
        "a fraction for a whole number",
        "query($v: Int) { echo(whole: $v) }",
        variables={"v": 1.5},
        data=None,
        errors=[("Variable '$v' has invalid value: Int cannot represent non-integer value: 1.5", None, [(1, 7)])],
    ),
    case(
        "a whole number that is too large",
        "query($v: Int) { echo(whole: $v) }",
        variables={"v": 2147483648},
        data=None,
        errors=[
            (
                "Variable '$v' has invalid value: Int cannot represent non 32-bit signed integer value: 2147483648",
                None,
                [(1, 7)],
            )
        ],
    ),
    case(
        "a text for a real number",
        "query($v: Float) { echo(real: $v) }",
        variables={"v": "1.5"},
        data=None,
        errors=[("Variable '$v' has invalid value: Float cannot represent non numeric value: '1.5'", None, [(1, 7)])],
    ),
    case(
        "a number for a text",
        "query($v: String) { echo(text: $v) }",
        variables={"v": 1},
        data=None,
        errors=[("Variable '$v' has invalid value: String cannot represent a non string value: 1", None, [(1, 7)])],
    ),
    case(
        "a list for a text",
        "query($v: String) { echo(text: $v) }",
        variables={"v": ["t"]},
        data=None,
        errors=[("Variable '$v' has invalid value: String cannot represent a non string value: ['t']", None, [(1, 7)])],
    ),
    case(
        "a number for a truth",
        "query($v: Boolean) { echo(truth: $v) }",
        variables={"v": 1},
        data=None,
        errors=[("Variable '$v' has invalid value: Boolean cannot represent a non boolean value: 1", None, [(1, 7)])],
    ),
    case(
        "a truth for an id",
        "query($v: ID) { echo(key: $v) }",
        variables={"v": True},
        data=None,
        errors=[("Variable '$v' has invalid value: ID cannot represent value: True", None, [(1, 7)])],
    ),
    case(
        "a fraction for an id",
        "query($v: ID) { echo(key: $v) }",
        variables={"v": 1.5},
        data=None,
        errors=[("Variable '$v' has invalid value: ID cannot represent value: 1.5", None, [(1, 7)])],
    ),
    case(
        "no such enum",
        "query($v: Genre) { echo(genre: $v) }",
        variables={"v": "BALLAD"},
        data=None,
        errors=[("Variable '$v' has invalid value: Value 'BALLAD' does not exist in 'Genre' enum.", None, [(1, 7)])],
    ),
    case(
        "an enum by its value",
        "query($v: Genre) { echo(genre: $v) }",
        variables={"v": "novel"},
        data=None,
        errors=[("Variable '$v' has invalid value: Value 'novel' does not exist in 'Genre' enum.", None, [(1, 7)])],
    ),
    case(
        "a number for an enum",
        "query($v: Genre) { echo(genre: $v) }",
        variables={"v": 1},
        data=None,
        errors=[
            ("Variable '$v' has invalid value: Enum 'Genre' cannot represent non-string value: 1.", None, [(1, 7)])
        ],
    ),
    case(
        "a custom scalar that is none",
        "query($v: Day) { echo(day: $v) }",
        variables={"v": "yesterday"},
        data=None,
        errors=[("Variable '$v' has invalid value: A Day is written like 2026-01-31.", None, [(1, 7)])],
    ),
    case(
        "a custom scalar of another kind",
        "query($v: Shout) { echo(shout: $v) }",
        variables={"v": 7},
        data=None,
        errors=[
            (
                "Variable '$v' has invalid value: Expected value of type 'Shout', but encountered error 'descriptor 'lower' for 'str' objects doesn't apply to a 'int' object'; found: 7.",
                None,
                [(1, 7)],
            )
        ],
    ),
    case(
        "null where none may be",
        "query($v: Int!) { must(whole: $v) }",
        variables={"v": None},
        data=None,
        errors=[
            ("Variable '$v' has invalid value: Expected value of non-null type 'Int!' not to be None.", None, [(1, 7)])
        ],
    ),
    case(
        "no value where one must be",
        "query($v: Int!) { must(whole: $v) }",
        data=None,
        errors=[
            (
                "Variable '$v' has invalid value: Expected a value of non-null type 'Int!' to be provided.",
                None,
                [(1, 7)],
            )
        ],
    ),
    case(
        "null past a default where none may be",
        "query($v: Int! = 1) { must(whole: $v) }",
        variables={"v": None},
        data=None,
        errors=[
            ("Variable '$v' has invalid value: Expected value of non-null type 'Int!' not to be None.", None, [(1, 7)])
        ],
    ),
    case(
        "null by a variable with a default where none may be",
        "query($v: Int = 1) { must(whole: $v) }",
        variables={"v": None},
        data=None,
        errors=[
            (
                "Argument 'whole' has invalid value: Expected variable '$v' provided to non-null type 'Int!' not to be None.",
                ["must"],
                [(1, 34)],
            )
        ],
    ),
    case(
        "null by a variable with a default where none may be, beside others",
        'query($v: String = "x") { text: __typename author(id: "a1") { name greeting(words: $v) } }',
        variables={"v": None},
        data={"text": "Query", "author": None},
        errors=[
            (
                "Argument 'words' has invalid value: Expected variable '$v' provided to non-null type 'String!' not to be None.",
                ["author", "greeting"],
                [(1, 84)],
            )
        ],
    ),
    case(
        "null in a list where none may be",
        "query($v: [Int!]) { echo(rowOfNn: $v) }",
        variables={"v": [1, None]},
        data=None,
        errors=[
            (
                "Variable '$v' has invalid value at [1]: Expected value of non-null type 'Int!' not to be None.",
                None,
                [(1, 7)],
            )
        ],
    ),
    case(
        "two faults in a list",
        "query($v: [Int!]) { echo(rowOfNn: $v) }",
        variables={"v": ["a", 1, "b"]},
        data=None,
        errors=[
            ("Variable '$v' has invalid value at [0]: Int cannot represent non-integer value: 'a'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [2]: Int cannot represent non-integer value: 'b'", None, [(1, 7)]),
        ],
    ),
    case(
        "a fault deep in lists",
        "query($v: [[Int]]) { echo(grid: $v) }",
        variables={"v": [[1], [2, "x"]]},
        data=None,
        errors=[
            ("Variable '$v' has invalid value at [1][1]: Int cannot represent non-integer value: 'x'", None, [(1, 7)])
        ],
    ),
    case(
        "a missing field",
        "query($v: Wish) { echo(wish: $v) }",
        variables={"v": {}},
        data=None,
        errors=[
            (
                "Variable '$v' has invalid value: Expected value of type 'Wish' to include required field 'title', found: {}.",
                None,
                [(1, 7)],
            )
        ],
    ),
    case(
        "a null field where none may be",
        "query($v: Wish) { echo(wish: $v) }",
        variables={"v": {"title": None}},
        data=None,
        errors=[
            (
                "Variable '$v' has invalid value at .title: Expected value of non-null type 'String!' not to be None.",
                None,
                [(1, 7)],
            )
        ],
    ),
    case(
        "an unknown field",
        "query($v: Wish) { echo(wish: $v) }",
        variables={"v": {"title": "t", "colour": "red"}},
        data=None,
        errors=[
            (
                "Variable '$v' has invalid value: Expected value of type 'Wish' not to include unknown field 'colour', found: {'title': 't', 'colour': 'red'}.",
                None,
                [(1, 7)],
            )
        ],
    ),
    case(
        "a fault deep in an input object",
        "query($v: Wish) { echo(wish: $v) }",
        variables={"v": {"title": "t", "spans": [{"least": 1}, {"least": "x"}]}},
        data=None,
        errors=[
            (
                "Variable '$v' has invalid value at .spans[1].least: Int cannot represent non-integer value: 'x'",
                None,
                [(1, 7)],
            )
        ],
    ),
    case(
        "several faults of an input object",
        "query($v: Wish) { echo(wish: $v) }",
        variables={"v": {"genre": "X", "day": 1, "tags": [1]}},
        data=None,
        errors=[
            (
                "Variable '$v' has invalid value: Expected value of type 'Wish' to include required field 'title', found: {'genre': 'X', 'day': 1, 'tags': [1]}.",
                None,
                [(1, 7)],
            ),
            ("Variable '$v' has invalid value at .genre: Value 'X' does not exist in 'Genre' enum.", None, [(1, 7)]),
            (
                "Variable '$v' has invalid value at .tags[0]: String cannot represent a non string value: 1",
                None,
                [(1, 7)],
            ),
            ("Variable '$v' has invalid value at .day: A Day is written like 2026-01-31.", None, [(1, 7)]),
        ],
    ),
    case(
        "no input object",
        "query($v: Wish) { echo(wish: $v) }",
        variables={"v": "t"},
        data=None,
        errors=[
            (
                "Variable '$v' has invalid value: Expected value of type 'Wish' to be an object, found: 't'.",
                None,
                [(1, 7)],
            )
        ],
    ),
    case(
        "a list for an input object",
        "query($v: Span) { echo(span: $v) }",
        variables={"v": [{"least": 1}]},
        data=None,
        errors=[
            (
                "Variable '$v' has invalid value: Expected value of type 'Span' to be an object, found: [{'least': 1}].",
                None,
                [(1, 7)],
            )
        ],
    ),
    case(
        "none of one of",
        "query($v: Key) { echo(by: $v) }",
        variables={"v": {}},
        data=None,
        errors=[("OneOf Input Object 'Key' must specify exactly one key.", None, [])],
    ),
    case(
        "two of one of",
        "query($v: Key) { echo(by: $v) }",
        variables={"v": {"id": "1", "title": "t"}},
        data=None,
        errors=[("OneOf Input Object 'Key' must specify exactly one key.", None, [])],
    ),
    case(
        "null of one of",
        "query($v: Key) { echo(by: $v) }",
        variables={"v": {"id": None}},
        data=None,
        errors=[("Value for member field 'id' must be non-null", None, [])],
    ),
    case(
        "faults of two variables",
        "query($a: Int, $b: Genre) { echo(whole: $a, genre: $b) }",
        variables={"a": "x", "b": "y"},
        data=None,
        errors=[
            ("Variable '$a' has invalid value: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$b' has invalid value: Value 'y' does not exist in 'Genre' enum.", None, [(1, 16)]),
        ],
    ),
    case(
        "faults of two variables, one missing",
        "query($a: Int!, $b: Genre!) { must(whole: $a, genre: $b) }",
        variables={"b": "y"},
        data=None,
        errors=[
            (
                "Variable '$a' has invalid value: Expected a value of non-null type 'Int!' to be provided.",
                None,
                [(1, 7)],
            ),
            ("Variable '$b' has invalid value: Value 'y' does not exist in 'Genre' enum.", None, [(1, 17)]),
        ],
    ),
    case(
        "more faults than are told",
        "query($v: [Int!]) { echo(rowOfNn: $v) }",
        variables={"v": ["x"] * 25},
        data=None,
        errors=[
            ("Variable '$v' has invalid value at [0]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [1]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [2]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [3]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [4]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [5]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [6]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [7]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [8]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [9]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [10]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [11]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [12]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [13]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [14]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [15]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [16]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [17]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [18]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Variable '$v' has invalid value at [19]: Int cannot represent non-integer value: 'x'", None, [(1, 7)]),
            ("Too many errors processing variables, error limit reached. Execution aborted.", None, []),
        ],
    ),
    case(
        "a fault of a variable that is not used where it runs",
        "query($v: Int!) { __typename must(whole: $v) @skip(if: true) }",
        variables={"v": "x"},
        data=None,
        errors=[("Variable '$v' has invalid value: Int cannot represent non-integer value: 'x'", None, [(1, 7)])],
    ),
    case(
        "a variable in a list where none may be null",
        "query($v: Int = 1) { echo(rowOfNn: [$v]) }",
        variables={"v": None},
        data=None,
        errors=[
            (
                "Argument 'rowOfNn' has invalid value at [0]: Expected variable '$v' provided to non-null type 'Int!' not to be None.",
                ["echo"],
                [(1, 37)],
            )
        ],
    ),
    case(
        "a missing variable in one of",
        "query($v: ID!) { echo(by: {id: $v}) }",
        data=None,
        errors=[
            ("Variable '$v' has invalid value: Expected a value of non-null type 'ID!' to be provided.", None, [(1, 7)])
        ],
    ),
    case(
        "faults of a mutation's variables, which then does nothing",
        "mutation($v: Wish!) { addAtOnce wish(wish: $v) }",
        variables={"v": {"title": 1}},
        data=None,
        errors=[
            (
                "Variable '$v' has invalid value at .title: String cannot represent a non string value: 1",
                None,
                [(1, 10)],
            )
        ],
    ),
]


@pytest.mark.parametrize("asked", ARGUMENTS, ids=str)
async def test_an_argument_arrives_as_it_was_meant(executor: Callable[[GraphQLSchema], Run], asked: Case) -> None:
    await keeps(executor, asked)


@pytest.mark.parametrize("asked", VARIABLES, ids=str)
async def test_a_variable_arrives_as_it_was_meant(executor: Callable[[GraphQLSchema], Run], asked: Case) -> None:
    await keeps(executor, asked)


@pytest.mark.parametrize("asked", REFUSED, ids=str)
async def test_a_variable_that_does_not_fit_is_refused(executor: Callable[[GraphQLSchema], Run], asked: Case) -> None:
    await keeps(executor, asked)
