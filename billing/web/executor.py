"""Runs one operation for one viewer, whichever door it came through: GraphQL, or a route of REST."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from strawberry.types.graphql import OperationType

from billing.db.database import Database
from billing.domain.errors import ErrorCode
from billing.permissions.viewer import Viewer
from billing.schema.context import Context, Limits
from billing.schema.contract import Schema
from billing.services.integrity_checks import Checker
from billing.web import answers


@dataclass(frozen=True)
class Operation:
    """What a request asks for."""

    query: str
    variables: dict[str, Any] | None
    name: str | None


@dataclass(frozen=True)
class Executed:
    """What became of an operation: its data, its errors as clients see them, and what the HTTP answer must know."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
    in_progress: bool

    @property
    def unavailable(self) -> bool:
        return any(error["extensions"]["code"] == ErrorCode.SERVICE_UNAVAILABLE for error in self.errors)


@dataclass(frozen=True)
class Executor:
    """The one way from an operation to its result."""

    schema: Schema
    database: Database
    limits: Limits
    checker: Checker

    async def run(
        self, operation: Operation, viewer: Viewer, allowed: Iterable[OperationType], correlation_id: str
    ) -> Executed:
        """Everything read from one snapshot, which is released before this returns.

        Raises InvalidOperationTypeError for an operation of another type than allowed, CannotGetOperationTypeError
        where the type cannot be told.
        """
        context = Context(self.database, viewer, self.limits, self.checker, correlation_id)
        try:
            result = await self.schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.name,
                allowed_operation_types=allowed,
            )
        finally:
            await context.close()
        errors = [answers.error(error, correlation_id) for error in result.errors or []]
        return Executed(result.data, errors, context.in_progress)
