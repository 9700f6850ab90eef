"""The executors that must answer alike: graphql-core as the reference, and whatever else runs operations.

This is the one place where another one is added: a line in `EXECUTORS` puts it through the rules of the specification
(`spec`) and compares it with the reference over the whole schema of billing (`differ`).
EXECUTOR=<name> runs the tests with that one alone, one of `wrong.py` too, to see them turn red.
"""

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, execute
from strawberry.execution import optimized_is_awaitable

from billing.db.rows import Row
from billing.engine.documents import Bounds, Documents, Operation
from billing.engine.execution import Engine
from billing.schema.scalars import IN_STATEMENTS
from tests.engine.differ.faults import Altered
from tests.engine.spec.library import Row as LibraryRow

ERRORS_MAX: Final = 20

Run = Callable[[Operation, Mapping[str, Any], Any], Awaitable[ExecutionResult]]
"""Runs an operation with its variables in a context."""

ROOMY: Final = Bounds(
    characters=1_000_000,
    tokens=100_000,
    depth=100,
    aliases=10_000,
    directives=10_000,
    operations=10,
    errors=100,
    page_size_default=25,
    page_size_max=100,
)
"""What documents are refused for is tested elsewhere."""


def reference(schema: GraphQLSchema) -> Run:
    """graphql-core, called as the service calls it."""

    async def run(operation: Operation, variables: Mapping[str, Any], context: Any) -> ExecutionResult:
        result = execute(
            schema,
            operation.document,
            context_value=context,
            variable_values=dict(variables),
            operation_name=operation.name,
            max_coercion_errors=ERRORS_MAX,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            hide_suggestions=True,
        )
        return result if isinstance(result, ExecutionResult) else await result

    return run


def engine(schema: GraphQLSchema) -> Run:
    """Ours, as the service makes it; the rows of the library are rows too, and those that a fault has altered."""
    levels = Engine(schema, (Row, LibraryRow, Altered), IN_STATEMENTS)

    async def run(operation: Operation, variables: Mapping[str, Any], context: Any) -> ExecutionResult:
        return await levels.execute(operation, variables, context, ERRORS_MAX)

    return run


EXECUTORS: Final[dict[str, Callable[[GraphQLSchema], Run]]] = {"reference": reference, "engine": engine}


def under_test() -> dict[str, Callable[[GraphQLSchema], Run]]:
    """All of them, or the one that EXECUTOR names."""
    name = os.environ.get("EXECUTOR")
    if not name:
        return EXECUTORS
    from tests.engine.wrong import WRONG

    return {name: (EXECUTORS | WRONG)[name]}


def compared() -> Callable[[GraphQLSchema], Run]:
    """What is compared with the reference: the last one, which is the reference itself as long as it is alone."""
    return list(under_test().values())[-1]


@dataclass(frozen=True)
class Answer:
    """What became of an operation, its errors with all that clients and our logs are told of them."""

    data: Any
    errors: list[dict[str, Any]]

    def text(self) -> str:
        """To the byte, in order."""
        return orjson.dumps({"data": self.data, "errors": self.errors}, option=orjson.OPT_UTC_Z).decode()


def answer(result: ExecutionResult) -> Answer:
    return Answer(result.data, [_told(error) for error in result.errors or ()])


def _told(error: GraphQLError) -> dict[str, Any]:
    return {
        "message": error.message,
        "path": error.path,
        "locations": [(at.line, at.column) for at in error.locations or ()],
        "extensions": error.extensions or {},
        "cause": type(error.original_error).__name__,
    }


class Asked:
    """Operations of one schema by their text."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._documents = Documents(schema, ROOMY)

    def find(self, document: str, name: str | None = None) -> Operation:
        """Raises DocumentRefused."""
        return self._documents.find(document).operation(name)
