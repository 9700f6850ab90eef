"""Mutations: one after another, each seeing what those before it did, whatever became of them (6.2.2)."""

from collections.abc import Callable

import pytest
from graphql import GraphQLSchema

from tests.engine.executors import Run
from tests.engine.spec.cases import Case, case, keeps

MUTATIONS = [
    case("one", "mutation { add { value } }", data={"add": {"value": 1}}, told=["add 1 begins", "add 1 ends"]),
    case(
        "two, the slower one first",
        "mutation { a: add(by: 1) { value } b: add(by: 2) { value } }",
        data={"a": {"value": 1}, "b": {"value": 3}},
        told=["add 1 begins", "add 1 ends", "add 2 begins", "add 2 ends"],
    ),
    case(
        "three",
        "mutation { a: add(by: 3) { value } b: add(by: 1) { value } c: add(by: 2) { value } }",
        data={"a": {"value": 3}, "b": {"value": 4}, "c": {"value": 6}},
        told=["add 3 begins", "add 3 ends", "add 1 begins", "add 1 ends", "add 2 begins", "add 2 ends"],
    ),
    case(
        "in the order asked",
        "mutation { b: add(by: 2) { value } a: add(by: 1) { value } }",
        data={"b": {"value": 2}, "a": {"value": 3}},
        told=["add 2 begins", "add 2 ends", "add 1 begins", "add 1 ends"],
    ),
    case(
        "their payloads are completed before the next begins",
        "mutation { a: add(by: 1) { now value } b: add(by: 1) { now value } }",
        data={"a": {"now": 1, "value": 1}, "b": {"now": 2, "value": 2}},
        told=["add 1 begins", "add 1 ends", "add 1 begins", "add 1 ends"],
    ),
    case(
        "payloads that ask the same",
        "mutation { a: add { now again: now value } b: add { now } }",
        data={"a": {"now": 1, "again": 1, "value": 1}, "b": {"now": 2}},
        told=["add 1 begins", "add 1 ends", "add 1 begins", "add 1 ends"],
    ),
    case(
        "plain ones",
        "mutation { a: addAtOnce(by: 1) b: addAtOnce(by: 2) }",
        data={"a": 1, "b": 3},
        told=["add 1 at once", "add 2 at once"],
    ),
    case(
        "plain ones between others",
        "mutation { a: addAtOnce(by: 1) b: add(by: 2) { value now } c: addAtOnce(by: 3) }",
        data={"a": 1, "b": {"value": 3, "now": 3}, "c": 6},
        told=["add 1 at once", "add 2 begins", "add 2 ends", "add 3 at once"],
    ),
    case(
        "one twice is one",
        "mutation { add(by: 2) { value } addAtOnce add(by: 2) { now } }",
        data={"add": {"value": 2, "now": 2}, "addAtOnce": 3},
        told=["add 2 begins", "add 2 ends", "add 1 at once"],
    ),
    case(
        "one twice in a fragment is one",
        "mutation { add(by: 2) { value } ...F } fragment F on Mutation { add(by: 2) { note } addAtOnce }",
        data={"add": {"value": 2, "note": None}, "addAtOnce": 3},
        told=["add 2 begins", "add 2 ends", "add 1 at once"],
    ),
    case("a plain one twice is one", "mutation { addAtOnce addAtOnce }", data={"addAtOnce": 1}, told=["add 1 at once"]),
    case(
        "one fails between two",
        "mutation { a: add(by: 1) { value } fail { value } b: add(by: 2) { value } }",
        data={"a": {"value": 1}, "fail": None, "b": {"value": 103}},
        errors=[("It failed.", ["fail"], [(1, 36)])],
        told=["add 1 begins", "add 1 ends", "fail", "add 2 begins", "add 2 ends"],
    ),
    case(
        "one fails first",
        "mutation { fail { value } add { value } }",
        data={"fail": None, "add": {"value": 101}},
        errors=[("It failed.", ["fail"], [(1, 12)])],
        told=["fail", "add 1 begins", "add 1 ends"],
    ),
    case(
        "one fails last",
        "mutation { add { value } fail { value } }",
        data={"add": {"value": 1}, "fail": None},
        errors=[("It failed.", ["fail"], [(1, 26)])],
        told=["add 1 begins", "add 1 ends", "fail"],
    ),
    case(
        "several fail",
        "mutation { a: fail { value } b: add { value } c: fail { value } }",
        data={"a": None, "b": {"value": 101}, "c": None},
        errors=[("It failed.", ["a"], [(1, 12)]), ("It failed.", ["c"], [(1, 47)])],
        told=["fail", "add 1 begins", "add 1 ends", "fail"],
    ),
    case(
        "one that must not be null fails",
        "mutation { a: add(by: 1) { value } failNn { value } b: add(by: 2) { value } }",
        data=None,
        errors=[("It failed badly.", ["failNn"], [(1, 36)])],
        told=["add 1 begins", "add 1 ends", "fail_nn"],
    ),
    case(
        "one that must not be null fails first",
        "mutation { failNn { value } add { value } }",
        data=None,
        errors=[("It failed badly.", ["failNn"], [(1, 12)])],
        told=["fail_nn"],
    ),
    case(
        "one that must not be null fails last",
        "mutation { add { value } failNn { value } }",
        data=None,
        errors=[("It failed badly.", ["failNn"], [(1, 26)])],
        told=["add 1 begins", "add 1 ends", "fail_nn"],
    ),
    case(
        "one answers nothing",
        "mutation { nothing { value } add { value } }",
        data={"nothing": None, "add": {"value": 1}},
        told=["nothing", "add 1 begins", "add 1 ends"],
    ),
    case(
        "a payload breaks",
        "mutation { a: add(by: 1) { value broken } b: add(by: 2) { value } }",
        data={"a": None, "b": {"value": 3}},
        errors=[("The payload is broken.", ["a", "broken"], [(1, 34)])],
        told=["add 1 begins", "add 1 ends", "add 2 begins", "add 2 ends"],
    ),
    case(
        "a payload breaks at its last field",
        "mutation { a: add(by: 1) { now note broken } b: add(by: 2) { now } }",
        data={"a": None, "b": {"now": 3}},
        errors=[("The payload is broken.", ["a", "broken"], [(1, 37)])],
        told=["add 1 begins", "add 1 ends", "add 2 begins", "add 2 ends"],
    ),
    case(
        "a payload breaks in one of two, and the one after it fails",
        "mutation { a: add(by: 1) { broken } fail { value } b: add(by: 2) { value } }",
        data={"a": None, "fail": None, "b": {"value": 103}},
        errors=[("The payload is broken.", ["a", "broken"], [(1, 28)]), ("It failed.", ["fail"], [(1, 37)])],
        told=["add 1 begins", "add 1 ends", "fail", "add 2 begins", "add 2 ends"],
    ),
    case(
        "skipped ones do nothing",
        "mutation { a: add(by: 1) @skip(if: true) { value } b: add(by: 2) { value } }",
        data={"b": {"value": 2}},
        told=["add 2 begins", "add 2 ends"],
    ),
    case(
        "skipped by a variable",
        "mutation($v: Boolean!) { a: add(by: 1) @include(if: $v) { value } b: addAtOnce(by: 2) ... @skip(if: $v) { c: addAtOnce(by: 3) } }",
        variables={"v": False},
        data={"b": 2, "c": 5},
        told=["add 2 at once", "add 3 at once"],
    ),
    case("all of them skipped", "mutation { add @skip(if: true) { value } }", data={}, told=[]),
    case(
        "the name of the type",
        "mutation { __typename add { __typename value } }",
        data={"__typename": "Mutation", "add": {"__typename": "Count", "value": 1}},
        told=["add 1 begins", "add 1 ends"],
    ),
    case("the name of the type alone", "mutation { __typename }", data={"__typename": "Mutation"}, told=[]),
    case(
        "the name of the type between",
        "mutation { a: addAtOnce kind: __typename b: addAtOnce }",
        data={"a": 1, "kind": "Mutation", "b": 2},
        told=["add 1 at once", "add 1 at once"],
    ),
    case(
        "a variable",
        "mutation($v: Int!) { add(by: $v) { value } }",
        variables={"v": 5},
        data={"add": {"value": 5}},
        told=["add 5 begins", "add 5 ends"],
    ),
    case(
        "a default",
        "mutation($v: Int! = 4) { a: addAtOnce(by: $v) b: addAtOnce }",
        data={"a": 4, "b": 5},
        told=["add 4 at once", "add 1 at once"],
    ),
    case(
        "an argument that does not fit stops only its own",
        "mutation($v: Int = 4) { a: add(by: $v) { value } b: add { value } }",
        variables={"v": None},
        data={"a": None, "b": {"value": 1}},
        errors=[
            (
                "Argument 'by' has invalid value: Expected variable '$v' provided to non-null type 'Int!' not to be None.",
                ["a"],
                [(1, 36)],
            )
        ],
        told=["add 1 begins", "add 1 ends"],
    ),
    case(
        "an input object",
        'mutation { wish(wish: {title: "t"}) addAtOnce }',
        data={"wish": '{"wish": {"title": "t", "genre": "Genre NOVEL", "spans": [], "day": null}}', "addAtOnce": 1},
        told=["wish", "add 1 at once"],
    ),
    case(
        "a variable that does not fit stops all",
        "mutation($v: Int!) { addAtOnce add(by: $v) { value } }",
        variables={"v": "x"},
        data=None,
        errors=[("Variable '$v' has invalid value: Int cannot represent non-integer value: 'x'", None, [(1, 10)])],
        told=[],
    ),
    case(
        "one of several operations",
        "mutation A { add(by: 1) { value } } mutation B { add(by: 2) { value } } query C { __typename }",
        operation="B",
        data={"add": {"value": 2}},
        told=["add 2 begins", "add 2 ends"],
    ),
    case(
        "payloads by fragments",
        "mutation { a: add(by: 1) { ...P } b: add(by: 2) { ...P note } } fragment P on Count { value now }",
        data={"a": {"value": 1, "now": 1}, "b": {"value": 3, "now": 3, "note": None}},
        told=["add 1 begins", "add 1 ends", "add 2 begins", "add 2 ends"],
    ),
    case(
        "payloads merged across fragments",
        "mutation { a: add { ...P } ... { a: add { now } } } fragment P on Count { value note }",
        data={"a": {"value": 1, "note": None, "now": 1}},
        told=["add 1 begins", "add 1 ends"],
    ),
]


@pytest.mark.parametrize("asked", MUTATIONS, ids=str)
async def test_mutations_run_one_after_another(executor: Callable[[GraphQLSchema], Run], asked: Case) -> None:
    await keeps(executor, asked)
