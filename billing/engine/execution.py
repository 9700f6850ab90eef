"""Execution level by level: each field once for all objects of a level, the relations of a level in one load each.

What is not plain is left to graphql-core: a query is answered by it anew, of a mutation only the payload, so that the
answer is always the one it gives.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    default_type_resolver,
    is_non_null_type,
)
from graphql.execution import Executor, execute_root_selection_set
from graphql.execution.values import VariableValues
from graphql.pyutils import gather_with_cancel
from graphql.type import GraphQLResolveInfoHelpers
from strawberry.execution import optimized_is_awaitable

from billing.engine.documents import Operation
from billing.engine.leaves import PLAIN, Scalars, Unfit
from billing.engine.levels import Levels
from billing.engine.plans import Asked, Selection, root_selection

E = TypeVar("E", bound=Executor[Any])

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
        if operation.type is OperationType.MUTATION:
            return await self._change(operation, variables, context, errors_max)
        values = None if operation.measure.introspection else operation.variables.coerce(variables)
        if values is not None:
            executor = _Planned(self.schema, operation, values, context)
            try:
                selection = _selection(operation, executor, self.scalars)
                context.run_in_one(Asked(executor, selection))
                return ExecutionResult(await Levels(executor, self.row_types).answer(selection), None)
            except Exception:
                context.begin_again()
        return await Reference(self.schema).execute(operation, variables, context, errors_max)

    async def _change(
        self, operation: Operation, variables: Mapping[str, Any], context: Any, errors_max: int
    ) -> ExecutionResult:
        """Its root fields one behind the other, what they answer level by level."""
        executor = _build(_Completing, self.schema, operation, variables, context, errors_max)
        if isinstance(executor, list):
            return ExecutionResult(None, executor)
        if not operation.measure.introspection:
            try:
                executor.plan_with(self, _selection(operation, executor, self.scalars))
            except Exception:
                context.begin_again()
        return await _run(executor)


def _build(
    kind: type[E],
    schema: GraphQLSchema,
    operation: Operation,
    variables: Mapping[str, Any],
    context: Any,
    errors_max: int,
) -> E | list[GraphQLError]:
    """As graphql-core does it, from the document anew."""
    return kind.build(  # type: ignore[return-value]
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
    try:
        result = execute_root_selection_set(executor)
        return result if isinstance(result, ExecutionResult) else await result
    finally:
        del executor.async_helpers  # Methods of its own.


def _selection(operation: Operation, executor: Executor[Any], scalars: Scalars) -> Selection:
    """The plan of an operation for the values of the variables that choose what is skipped and included."""
    coerced = executor.variable_values.coerced
    chosen = tuple([coerced.get(name) for name in operation.conditions])
    selection: Selection | None = operation.plans.get(chosen)
    if selection is None:
        if len(operation.plans) >= _PLANS_MAX:
            operation.plans.clear()
        selection = operation.plans[chosen] = root_selection(executor, scalars)
    return selection


def _left_alone(_: Sequence[Any]) -> None:
    raise Unfit("asynchronous work beside what is waited for")


class _Planned(Executor[Any]):
    """What plans and resolvers ask of an executor; it runs nothing, and takes less to make than one that could."""

    root_value = None
    abort_signal = None
    hide_suggestions = True
    type_resolver = staticmethod(default_type_resolver)
    is_awaitable = staticmethod(optimized_is_awaitable)  # type: ignore[assignment]
    # Of this executor they would make a circle, and what was read would stay until garbage is collected.
    async_helpers = GraphQLResolveInfoHelpers(lambda values: gather_with_cancel(*values), _left_alone)

    def __init__(self, schema: GraphQLSchema, operation: Operation, values: VariableValues, context: Any) -> None:
        self.schema = schema
        self.fragment_definitions = operation.fragments
        self.fragments = operation.details
        self.operation = operation.node
        self.variable_values = values
        self.context_value = context


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
                return await Levels(self, self._row_types).complete_field(field, info, result)
            except Exception:
                self.context_value.begin_again()
            completed = plain(return_type, field_details_list, info, path, result, position_context)
            return await completed if self.is_awaitable(completed) else completed

        return complete()
