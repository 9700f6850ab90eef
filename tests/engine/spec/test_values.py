"""Values as they leave: scalars, enums and custom scalars are coerced, or refused (3.5, 3.9, 6.4.3)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLSchema

from tests.engine.executors import Run
from tests.engine.spec.cases import case, keeps
from tests.engine.spec.library import MODES, Genre


class Thing:
    """No value of any scalar that does not take all that has a text."""

    def __str__(self) -> str:
        return "a thing"

    def __repr__(self) -> str:
        return "Thing()"


FITTING: list[tuple[str, Any, Any]] = [
    ("whole", 1, 1),
    ("whole", 0, 0),
    ("whole", -1, -1),
    ("whole", 2147483647, 2147483647),
    ("whole", -2147483648, -2147483648),
    ("whole", True, 1),
    ("whole", False, 0),
    ("whole", 3.0, 3),
    ("whole", "7", 7),
    ("whole", Decimal("4"), 4),
    ("real", 1.5, 1.5),
    ("real", 1, 1.0),
    ("real", True, 1),
    ("real", "2.5", 2.5),
    ("real", -0.0, -0.0),
    ("real", 1e300, 1e300),
    ("real", Decimal("1.5"), 1.5),
    ("text", "", ""),
    ("text", 'a ü 😀 " \\ \n', 'a ü 😀 " \\ \n'),
    ("text", 1, "1"),
    ("text", 1.5, "1.5"),
    ("text", True, "true"),
    ("text", False, "false"),
    ("text", Decimal("1.50"), "1.50"),
    ("truth", True, True),
    ("truth", False, False),
    ("truth", 1, True),
    ("truth", 0, False),
    ("truth", 2.5, True),
    ("key", "k", "k"),
    ("key", "", ""),
    ("key", 7, "7"),
    ("key", -7, "-7"),
    ("key", 7.0, "7"),
    ("genre", Genre.NOVEL, "NOVEL"),
    ("genre", Genre.ESSAY, "ESSAY"),
    ("genre", "poem", "POEM"),
    ("day", date(2026, 1, 31), "2026-01-31"),
    ("shout", "quiet", "QUIET"),
    ("text", Thing(), "a thing"),
    ("key", Thing(), "a thing"),
    ("text", date(2026, 1, 31), "2026-01-31"),
]
"""A field, what its resolver answers, and what leaves."""

UNFIT: list[tuple[str, Any, str]] = [
    ("genre", "POEM", "Enum 'Genre' cannot represent value: 'POEM'"),
    ("whole", 2147483648, "Int cannot represent non 32-bit signed integer value: 2147483648"),
    ("whole", -2147483649, "Int cannot represent non 32-bit signed integer value: -2147483649"),
    ("whole", 1.5, "Int cannot represent non-integer value: 1.5"),
    ("whole", "x", "Int cannot represent non-integer value: 'x'"),
    ("whole", "", "Int cannot represent non-integer value: ''"),
    ("whole", "1.5", "Int cannot represent non-integer value: '1.5'"),
    ("whole", float("nan"), "Int cannot represent non-integer value: nan"),
    ("whole", float("inf"), "Int cannot represent non-integer value: inf"),
    ("whole", [1], "Int cannot represent non-integer value: [1]"),
    ("whole", {"a": 1}, "Int cannot represent non-integer value: {'a': 1}"),
    ("whole", Thing(), "Int cannot represent non-integer value: <Thing instance>"),
    ("whole", b"1", "Int cannot represent non-integer value: b'1'"),
    ("real", float("nan"), "Float cannot represent non numeric value: nan"),
    ("real", float("-inf"), "Float cannot represent non numeric value: -inf"),
    ("real", "x", "Float cannot represent non numeric value: 'x'"),
    ("real", "", "Float cannot represent non numeric value: ''"),
    ("real", [1.5], "Float cannot represent non numeric value: [1.5]"),
    ("real", Thing(), "Float cannot represent non numeric value: <Thing instance>"),
    ("text", ["t"], "String cannot represent value: ['t']"),
    ("text", {"t": 1}, "String cannot represent value: {'t': 1}"),
    ("text", b"t", "String cannot represent value: b't'"),
    ("truth", "true", "Boolean cannot represent a non boolean value: 'true'"),
    ("truth", "", "Boolean cannot represent a non boolean value: ''"),
    ("truth", [], "Boolean cannot represent a non boolean value: []"),
    ("truth", float("nan"), "Boolean cannot represent a non boolean value: nan"),
    ("truth", Thing(), "Boolean cannot represent a non boolean value: <Thing instance>"),
    ("key", 1.5, "ID cannot represent value: 1.5"),
    ("key", True, "ID cannot represent value: True"),
    ("key", [], "ID cannot represent value: []"),
    ("genre", "ballad", "Enum 'Genre' cannot represent value: 'ballad'"),
    ("genre", 1, "Enum 'Genre' cannot represent value: 1"),
    ("genre", [Genre.NOVEL], "Enum 'Genre' cannot represent value: [<Genre instance>]"),
    ("genre", Thing(), "Enum 'Genre' cannot represent value: <Thing instance>"),
    ("day", "2026-01-31", "This is no day."),
    ("day", 20260131, "This is no day."),
    ("shout", 7, "'int' object has no attribute 'upper'"),
]
"""A field, what its resolver answers, and what is said of it."""


@pytest.mark.parametrize("mode", MODES[:3])
@pytest.mark.parametrize(("field", "value", "leaves"), FITTING, ids=repr)
async def test_a_value_leaves_as_its_type_says(
    executor: Callable[[GraphQLSchema], Run], mode: str, field: str, value: Any, leaves: Any
) -> None:
    await keeps(
        executor,
        case(field, f"{{ lab {{ {field} }} }}", {"lab": {field: leaves}}, given={"lab": {field: value}}),
        mode,
    )


@pytest.mark.parametrize("mode", MODES[:3])
@pytest.mark.parametrize(("field", "value", "said"), UNFIT, ids=repr)
async def test_a_value_that_does_not_fit_its_type_is_an_error(
    executor: Callable[[GraphQLSchema], Run], mode: str, field: str, value: Any, said: str
) -> None:
    await keeps(
        executor,
        case(
            field,
            f"{{ lab {{ {field} }} }}",
            {"lab": {field: None}},
            [(said, ["lab", field], [(1, 9)])],
            given={"lab": {field: value}},
        ),
        mode,
    )
