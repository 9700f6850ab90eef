"""A rule of execution as one operation: what is asked, what the library holds, and what must be answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLSchema

from tests.engine.executors import Answer, Asked, Run, answer
from tests.engine.spec.library import MODES, Context, Reading, library

Error = tuple[str, list[str | int] | None, list[tuple[int, int]]]
"""A message, the path of the field, and the line and column of each place in the document."""

_ASKED = {mode: Asked(library(mode)) for mode in MODES}


@dataclass(frozen=True)
class Case:
    name: str
    document: str
    data: Any
    errors: Sequence[Error] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation: str | None = None
    broken: frozenset[str] = frozenset()
    told: Sequence[str] | None = None
    later: Sequence[Error] | None = None
    """The errors in the order in which they come where values must be awaited, if that is another one."""

    def __str__(self) -> str:
        return self.name


case = Case


async def ask(executor: Callable[[GraphQLSchema], Run], asked: Case, mode: str = "at once") -> tuple[Answer, Context]:
    """The answer of an executor to a case."""
    context = Context(given=asked.given, mode=mode, read=Reading(set(asked.broken)))
    operation = _ASKED[mode].find(asked.document, asked.operation)
    result = await executor(library(mode))(operation, asked.variables, context)
    return answer(result), context


async def keeps(executor: Callable[[GraphQLSchema], Run], asked: Case, mode: str = "at once") -> None:
    """Asserts that the executor answers what the case says, keys in that order."""
    found, context = await ask(executor, asked, mode)
    told = [(error["message"], error["path"], error["locations"]) for error in found.errors]
    expected = list(asked.errors if asked.later is None or mode == "at once" else asked.later)
    assert (_ordered(found.data), told) == (_ordered(asked.data), expected)
    if asked.told is not None:
        assert context.told == list(asked.told)


def _ordered(value: Any) -> Any:
    """Objects as lists of pairs, since dictionaries are equal in any order; numbers with their type."""
    if isinstance(value, dict):
        return [(key, _ordered(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    return type(value).__name__, value
