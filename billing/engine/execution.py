"""Execution level by level: each field once for all objects of a level, the relations of a level in one load each.

What is not plain is left to graphql-core: a query is answered by it anew, of a mutation only the payload, so that the
answer is always the one it gives.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    default_field_resolver,
    default_type_resolver,
    is_non_null_type,
)
from graphql.execution import Executor, execute_root_selection_set
from strawberry.execution import optimized_is_awaitable

from billing.engine.documents import Operation
from billing.engine.leaves import PLAIN, Scalars
from billing.engine.levels import Levels
from billing.engine.plans import Asked, Selection, root_selection

_PLANS_MAX: Final = 16
"""Of one operation: as many choices of what it skips and includes."""


Execute: TypeAlias = Callable[[Operation, Mapping[str, Any], Any, int], Awaitable[ExecutionResult]]
"""An operation, its variables, its context and the most errors of the variables; the result is graphql-core's."""


@dataclass(frozen=True)
class Reference:
    """Runs the operations of a schema by graphql-core alone."""

    schema: GraphQLSchema

    async def execute(
        self, operation: Operation, variables: Mapping[str, Any], context: Any, errors_max: int
    ) -> ExecutionResult:
        executor = _build(Executor, self.schema, operation, variables, context, errors_max)
        return ExecutionResult(None, executor) if isinstance(executor, list) else await _run(executor)


@dataclass(frozen=True)
class Engine:
    """Runs the operations of a schema; objects of the `row_types` are rows, with plain values as attributes."""

    schema: GraphQLSchema
    row_types: tuple[type, ...] = ()
    scalars: Scalars = PLAIN

    async def execute(
        self, operation: Operation, variables: Mapping[str, Any], context: Any, errors_max: int
    ) -> ExecutionResult:
        """What graphql-core answers, errors included."""
        kind = _Completing if operation.type is OperationType.MUTATION else Executor
        executor = _executor(kind, self.schema, operation, variables, context, errors_max)
        if isinstance(executor, list):
            return ExecutionResult(None, executor)
        if operation.measure.introspection:
            return await _run(executor)
        try:
            selection = _planned(operation, executor, self.scalars)
            if not isinstance(executor, _Completing):
                context.run_in_one(Asked(executor, selection))
                (data,) = await Levels(executor, self.row_types).complete(selection, [executor.root_value])
                return ExecutionResult(data, None)
            executor.plan_with(self, selection)
        except Exception:
            context.begin_again()
        return await _run(executor)


def _executor(
    kind: type[Executor[Any]],
    schema: GraphQLSchema,
    operation: Operation,
    variables: Mapping[str, Any],
    context: Any,
    errors_max: int,
) -> Executor[Any] | list[GraphQLError]:
    """With the variables as the operation takes them, or what is wrong with these."""
    values = operation.variables.coerce(variables)
    if values is None:
        return _build(kind, schema, operation, variables, context, errors_max)
    return kind(
        schema,
        operation.fragments,
        operation.details,
        None,
        context,
        operation.node,
        values,
        default_field_resolver,
        default_type_resolver,
        default_field_resolver,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
        hide_suggestions=True,
    )


def _build(
    kind: type[Executor[Any]],
    schema: GraphQLSchema,
    operation: Operation,
    variables: Mapping[str, Any],
    context: Any,
    errors_max: int,
) -> Executor[Any] | list[GraphQLError]:
    """As graphql-core does it, from the document anew."""
    return kind.build(
        schema,
        operation.document,
        context_value=context,
        raw_variable_values=dict(variables),
        operation_name=operation.name,
        max_coercion_errors=errors_max,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
        hide_suggestions=True,
    )


async def _run(executor: Executor[Any]) -> ExecutionResult:
    result = execute_root_selection_set(executor)
    return result if isinstance(result, ExecutionResult) else await result


def _planned(operation: Operation, executor: Executor[Any], scalars: Scalars) -> Selection:
    """The plan of an operation for the values of the variables that choose what is skipped and included."""
    coerced = executor.variable_values.coerced
    chosen = tuple(coerced.get(name) for name in operation.conditions)
    selection: Selection | None = operation.plans.get(chosen)
    if selection is None:
        if len(operation.plans) >= _PLANS_MAX:
            operation.plans.clear()
        selection = operation.plans[chosen] = root_selection(executor, scalars)
    return selection


class _Completing(Executor[Any]):
    """Runs the root fields of a mutation as graphql-core does, and completes what they answer level by level."""

    _row_types: tuple[type, ...] = ()
    _selection: Selection | None = None

    def plan_with(self, engine: Engine, selection: Selection) -> None:
        self._row_types, self._selection = engine.row_types, selection

    def complete_value(self, return_type, field_details_list, info, path, result, position_context):  # type: ignore[no-untyped-def]
        plain = super().complete_value
        fields = self._selection.fields if self._selection and path.prev is None and result is not None else []
        field = next((each for each in fields if each.name == path.key), None)
        if field is None or field.place is None or isinstance(result, Exception) or is_non_null_type(return_type):
            return plain(return_type, field_details_list, info, path, result, position_context)

        async def complete() -> Any:
            try:
                return await Levels(self, self._row_types).complete_field(field, info, path, result)
            except Exception:
                self.context_value.begin_again()
            completed = plain(return_type, field_details_list, info, path, result, position_context)
            return await completed if self.is_awaitable(completed) else completed

        return complete()
