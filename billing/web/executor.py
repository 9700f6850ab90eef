"""Runs one operation for one viewer, whichever door it came through: GraphQL, or a route of REST."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import OperationType

from billing.db.database import Database
from billing.deadline import Deadline
from billing.domain.errors import BillingError, ErrorCode, Forbidden
from billing.engine.documents import DocumentRefused, Documents, Operation
from billing.engine.execution import Execute
from billing.permissions.grants import Permission
from billing.permissions.viewer import Viewer
from billing.schema.context import Context, Limits
from billing.services.integrity_checks import Checker
from billing.web import answers
from billing.web.rates import Rates

REFUSED_DOCUMENT_COST = 100
"""What a document costs that cannot be run: about as much work as a page of as many nodes."""


class CostTooHigh(BillingError):
    """The operation may return more nodes than one operation may."""

    code = ErrorCode.COST_TOO_HIGH


class WrongMethod(BillingError):
    """The operation is of a type that this door does not run."""

    code = ErrorCode.METHOD_NOT_ALLOWED


class Asked(NamedTuple):
    """What a request asks for."""

    document: str
    variables: Mapping[str, Any]
    operation: str | None


class Executed(NamedTuple):
    """What became of an operation: its data, its errors as clients see them, and what the HTTP answer must know."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
    cost: int
    in_progress: bool

    @property
    def started(self) -> bool:
        """Not where the variables did not fit: such an answer has no data, not even null."""
        return self.data is not None or any("path" in error for error in self.errors)

    @property
    def unavailable(self) -> bool:
        return any(error["extensions"]["code"] == ErrorCode.SERVICE_UNAVAILABLE for error in self.errors)


@dataclass(frozen=True)
class Guard:
    """What an operation may cost and take, and who may ask what the schema is."""

    cost_max: int
    errors_max: int
    deadline: Deadline
    introspection_for_all: bool


@dataclass(frozen=True)
class Executor:
    """The one way from an operation to its result."""

    execute: Execute
    documents: Documents
    database: Database
    limits: Limits
    checker: Checker
    rates: Rates
    guard: Guard

    async def run(
        self, asked: Asked, viewer: Viewer, allowed: Collection[OperationType], correlation_id: str
    ) -> Executed:
        """Everything read from one snapshot, which is released before this returns.

        Raises DocumentRefused for what is no operation within the bounds, and a BillingError for one that this viewer,
        this door or the deadline does not let through.
        """
        operation = await self._find(asked, viewer)
        if operation.type not in allowed:
            raise WrongMethod("GET answers queries only; send mutations by POST.")
        if operation.measure.introspection and not self.guard.introspection_for_all:
            _require_introspection(viewer)
        cost = self._charge(operation, asked.variables, viewer)
        context = Context(self.database, viewer, self.limits, self.checker, correlation_id)
        try:
            with self.guard.deadline():
                result = await self.execute(operation, asked.variables, context, self.guard.errors_max)
        finally:
            await context.close()
        errors = answers.errors(result.errors, correlation_id, self.guard.errors_max) if result.errors else []
        return Executed(result.data, errors, cost, context.in_progress)

    async def _find(self, asked: Asked, viewer: Viewer) -> Operation:
        """Whoever has nothing left makes nobody read a new document."""
        document = self.documents.known(asked.document)
        if document is None:
            self.rates.require(viewer.user_id, REFUSED_DOCUMENT_COST)
        try:
            if document is None:
                document = await self.documents.find_in_turn(asked.document)
            return document.operation(asked.operation)
        except DocumentRefused:
            self.rates.charge(viewer.user_id, REFUSED_DOCUMENT_COST)
            raise

    def _charge(self, operation: Operation, variables: Mapping[str, Any], viewer: Viewer) -> int:
        """The nodes that it may return, taken from the viewer's share; each root field counts one at least."""
        cost = max(operation.measure.cost.of(variables), len(operation.node.selection_set.selections))
        if cost > self.guard.cost_max:
            raise CostTooHigh(
                f"This may return {cost:,} nodes; the most is {self.guard.cost_max:,}. Ask for smaller pages."
            )
        self.rates.charge(viewer.user_id, cost)
        return cost


def _require_introspection(viewer: Viewer) -> None:
    if not viewer.may(Permission.INTROSPECT):
        raise Forbidden("Your role does not allow introspection; the schema is in the manual.")
