"""How fields run: side by side, awaited wherever something must be, lists of any kind, deep and wide (6.3.1, 6.4)."""

import asyncio
from collections.abc import Callable

import pytest
from graphql import GraphQLError, GraphQLSchema

from tests.engine.executors import Run
from tests.engine.spec.cases import Case, ask, case, keeps
from tests.engine.spec.library import MODES, Raised

RUNNING = [
    case("fields that wait for each other", '{ a: meet(name: "a") b: meet(name: "b") }', data={"a": "a", "b": "b"}),
    case(
        "three that wait for each other",
        '{ a: meet(name: "a", of: 3) b: meet(name: "b", of: 3) c: meet(name: "c", of: 3) }',
        data={"a": "a", "b": "b", "c": "c"},
    ),
    case(
        "fields that wait for each other across fragments",
        '{ a: meet(name: "a") ...F } fragment F on Query { b: meet(name: "b") }',
        data={"a": "a", "b": "b"},
    ),
    case("a list", "{ numbers(count: 3) }", data={"numbers": [0, 1, 2]}),
    case("an empty list", "{ numbers(count: 0) }", data={"numbers": []}),
    case("a tuple", '{ numbers(count: 3, kind: "tuple") }', data={"numbers": [0, 1, 2]}),
    case("a range", '{ numbers(count: 3, kind: "range") }', data={"numbers": [0, 1, 2]}),
    case("a generator", '{ numbers(count: 3, kind: "generator") }', data={"numbers": [0, 1, 2]}),
    case("an empty generator", '{ numbers(count: 0, kind: "generator") }', data={"numbers": []}),
    case("keys", '{ numbers(count: 3, kind: "keys") }', data={"numbers": [0, 1, 2]}),
    case("an async generator", '{ numbers(count: 3, kind: "async generator") }', data={"numbers": [0, 1, 2]}),
    case("an empty async generator", '{ numbers(count: 0, kind: "async generator") }', data={"numbers": []}),
    case(
        "a generator that fails",
        '{ __typename numbers(count: 2, kind: "failing generator") }',
        data=None,
        errors=[("The list breaks off.", ["numbers"], [(1, 14)])],
    ),
    case(
        "a text is no list",
        '{ numbers(count: 2, kind: "text") }',
        data=None,
        errors=[("Expected Iterable, but did not find one for field 'Query.numbers'.", ["numbers"], [(1, 3)])],
    ),
    case(
        "a number is no list",
        '{ numbers(count: 2, kind: "number") }',
        data=None,
        errors=[("Expected Iterable, but did not find one for field 'Query.numbers'.", ["numbers"], [(1, 3)])],
    ),
    case(
        "two generators",
        '{ a: numbers(count: 2, kind: "generator") b: numbers(count: 1, kind: "generator") }',
        data={"a": [0, 1], "b": [0]},
    ),
]


@pytest.mark.parametrize("asked", RUNNING, ids=str)
async def test_fields_run_as_they_are(executor: Callable[[GraphQLSchema], Run], asked: Case) -> None:
    await keeps(executor, asked)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("depth", [1, 2, 10, 60])
async def test_objects_within_objects(executor: Callable[[GraphQLSchema], Run], mode: str, depth: int) -> None:
    given, asked, data = {"whole": 7}, "whole", {"whole": 7}
    for _ in range(depth):
        given, asked, data = {"lab": given}, f"lab {{ {asked} }}", {"lab": data}  # type: ignore[dict-item]

    await keeps(executor, case("deep", f"{{ {asked} }}", data, given=given), mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("depth", [1, 2, 10, 60])
async def test_a_null_falls_through_objects_within_objects(
    executor: Callable[[GraphQLSchema], Run], mode: str, depth: int
) -> None:
    given, asked = {"whole_nn": None}, "wholeNn"
    for _ in range(depth):
        given, asked = {"lab_nn": given}, f"labNn {{ {asked} }}"  # type: ignore[dict-item]
    path: list[str | int] = ["lab", *["labNn"] * depth, "wholeNn"]
    said = ("Cannot return null for non-nullable field Lab.wholeNn.", path, [(1, 9 + 8 * depth)])

    await keeps(
        executor,
        case("deep", f"{{ lab {{ {asked} }} }}", {"lab": None}, [said], given={"lab": given}),
        mode,
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("length", [1, 2, 100, 3_000])
async def test_long_lists(executor: Callable[[GraphQLSchema], Run], mode: str, length: int) -> None:
    given = {"labs": [{"whole": number, "row": [number] * 2, "lab": {"text": "t"}} for number in range(length)]}
    data = {"labs": [{"row": [number] * 2, "lab": {"text": "t"}, "whole": number} for number in range(length)]}

    await keeps(executor, case("long", "{ labs { row lab { text } whole } }", data, given=given), mode)


@pytest.mark.parametrize("mode", MODES)
async def test_errors_at_every_second_object_of_a_long_list(
    executor: Callable[[GraphQLSchema], Run], mode: str
) -> None:
    oops = Raised(ValueError("oops"))
    given = {"labs": [{"whole_nn": oops if number % 2 else number} for number in range(200)]}
    data = {"labs": [None if number % 2 else {"wholeNn": number} for number in range(200)]}
    errors = [("oops", ["labs", number, "wholeNn"], [(1, 10)]) for number in range(1, 200, 2)]

    await keeps(executor, case("long", "{ labs { wholeNn } }", data, errors, given=given), mode)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", MODES)
async def test_many_fields_of_one_object(executor: Callable[[GraphQLSchema], Run], mode: str) -> None:
    asked = " ".join(f"a{number}: whole b{number}: text" for number in range(500))
    data = {"lab": {f"{letter}{number}": it for number in range(500) for letter, it in (("a", 1), ("b", "t"))}}

    await keeps(
        executor, case("wide", f"{{ lab {{ {asked} }} }}", data, given={"lab": {"whole": 1, "text": "t"}}), mode
    )


@pytest.mark.parametrize("mode", MODES)
async def test_what_an_error_carries_is_told(executor: Callable[[GraphQLSchema], Run], mode: str) -> None:
    given = {
        "lab": {
            "whole": Raised(GraphQLError("told", extensions={"code": "X", "deep": {"list": [1, None]}})),
            "text": Raised(KeyError("lost")),
            "truth": Raised(ZeroDivisionError("none")),
        }
    }

    found, _ = await ask(executor, case("errors", "{ lab { whole text truth } }", None, given=given), mode)

    assert [(error["message"], error["extensions"], error["cause"]) for error in found.errors] == [
        ("told", {"code": "X", "deep": {"list": [1, None]}}, "GraphQLError"),
        ("'lost'", {}, "KeyError"),
        ("none", {}, "ZeroDivisionError"),
    ]


@pytest.mark.parametrize("mode", MODES)
async def test_a_cancelled_operation_is_cancelled(executor: Callable[[GraphQLSchema], Run], mode: str) -> None:
    """Nobody answers the second; whoever gives up waiting is let go."""
    alone = case("alone", '{ a: meet(name: "a", of: 2) }', None)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await ask(executor, alone, mode)


async def test_an_operation_runs_again_with_other_variables(executor: Callable[[GraphQLSchema], Run]) -> None:
    """Whatever is kept of an operation holds for all its variables."""
    asked = "query($v: Boolean!, $n: Int = 1) { lab { whole @include(if: $v) text } echo(whole: $n) }"
    given = {"lab": {"whole": 1, "text": "t"}}
    for _ in range(2):
        await keeps(
            executor,
            case(
                "with",
                asked,
                {"lab": {"whole": 1, "text": "t"}, "echo": '{"whole": 1}'},
                given=given,
                variables={"v": True},
            ),
        )
        await keeps(
            executor,
            case(
                "without",
                asked,
                {"lab": {"text": "t"}, "echo": '{"whole": 2}'},
                given=given,
                variables={"v": False, "n": 2},
            ),
        )
        await keeps(
            executor,
            case(
                "null",
                asked,
                {"lab": {"text": "t"}, "echo": '{"whole": null}'},
                given=given,
                variables={"v": False, "n": None},
            ),
        )
