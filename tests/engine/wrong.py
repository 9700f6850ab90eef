"""Executors that are wrong on purpose, each in one way: the tests must notice every one of them."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from graphql import (
    REMOVE,
    ExecutionResult,
    Executor,
    FieldNode,
    GraphQLError,
    GraphQLIncludeDirective,
    GraphQLSchema,
    InlineFragmentNode,
    OperationType,
    VariableNode,
    Visitor,
    execute,
    visit,
)
from strawberry.execution import optimized_is_awaitable

from billing.engine.documents import Operation
from tests.engine.executors import ERRORS_MAX, Run, reference

Make = Callable[[GraphQLSchema], Run]


def _after(change: Callable[[ExecutionResult], ExecutionResult]) -> Make:
    """The reference's answer, changed."""

    def make(schema: GraphQLSchema) -> Run:
        right = reference(schema)

        async def run(operation: Operation, variables: Mapping[str, Any], context: Any) -> ExecutionResult:
            return change(await right(operation, variables, context))

        return run

    return make


def _before(change: Callable[[Operation, dict[str, Any]], tuple[Operation, dict[str, Any]]]) -> Make:
    """The reference's answer to something else."""

    def make(schema: GraphQLSchema) -> Run:
        right = reference(schema)

        async def run(operation: Operation, variables: Mapping[str, Any], context: Any) -> ExecutionResult:
            changed, given = change(operation, dict(variables))
            return await right(changed, given, context)

        return run

    return make


def _with(executor: type[Executor[Any]]) -> Make:
    """graphql-core with a part of it replaced."""

    def make(schema: GraphQLSchema) -> Run:
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
                executor_class=executor,
            )
            return result if isinstance(result, ExecutionResult) else await result

        return run

    return make


def _rebuilt(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """The data with each object in it changed."""
    if isinstance(value, dict):
        return change({key: _rebuilt(item, change) for key, item in value.items()})
    if isinstance(value, list):
        return [_rebuilt(item, change) for item in value]
    return value


def _sorted(result: ExecutionResult) -> ExecutionResult:
    return ExecutionResult(_rebuilt(result.data, lambda it: dict(sorted(it.items()))), result.errors)


def _last_error_swallowed(result: ExecutionResult) -> ExecutionResult:
    return ExecutionResult(result.data, (result.errors or [])[:-1] or None)


def _errors_reversed(result: ExecutionResult) -> ExecutionResult:
    return ExecutionResult(result.data, result.errors and result.errors[::-1])


def _one_place_of_an_error(result: ExecutionResult) -> ExecutionResult:
    errors = [
        GraphQLError(it.message, (it.nodes or [])[:1], path=it.path, original_error=it.original_error)
        for it in result.errors or ()
    ]
    return ExecutionResult(result.data, errors or None)


def _path_without_places(result: ExecutionResult) -> ExecutionResult:
    errors = [
        GraphQLError(
            it.message,
            it.nodes,
            path=it.path and [key for key in it.path if isinstance(key, str)],
            original_error=it.original_error,
        )
        for it in result.errors or ()
    ]
    return ExecutionResult(result.data, errors or None)


def _empty_lists_are_null(result: ExecutionResult) -> ExecutionResult:
    return ExecutionResult(
        _rebuilt(result.data, lambda it: {k: None if v == [] else v for k, v in it.items()}), result.errors
    )


class _WithoutAliases(Visitor):
    """Where that makes no two fields of one."""

    def enter_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
        if node.alias is None:
            return None
        return FieldNode(
            name=node.name,
            arguments=node.arguments,
            directives=node.directives,
            selection_set=node.selection_set,
            loc=node.loc,
        )


class _WithoutVariableDirectives(Visitor):
    def enter_directive(self, node: Any, *_: Any) -> Any:
        named = node.name.value == GraphQLIncludeDirective.name and isinstance(node.arguments[0].value, VariableNode)
        return REMOVE if named else None


class _WithoutConditions(Visitor):
    """Inline fragments apply to every type."""

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> InlineFragmentNode:
        return InlineFragmentNode(directives=node.directives, selection_set=node.selection_set, loc=node.loc)


def _document(visitor: Callable[[], Visitor]) -> Make:
    def change(operation: Operation, variables: dict[str, Any]) -> tuple[Operation, dict[str, Any]]:
        changed = visit(operation.document, visitor())
        return replace(operation, document=changed), variables

    return _before(change)


def _null_is_missing(operation: Operation, variables: dict[str, Any]) -> tuple[Operation, dict[str, Any]]:
    return operation, {name: value for name, value in variables.items() if value is not None}


def _missing_is_null(operation: Operation, variables: dict[str, Any]) -> tuple[Operation, dict[str, Any]]:
    asked = [it.variable.name.value for it in operation.node.variable_definitions or ()]
    return operation, {**dict.fromkeys(asked), **variables}


class _NothingGoesUp(Executor[Any]):
    """A null stays where it is, whatever the type says."""

    def handle_field_error(self, raw_error: Any, return_type: Any, field_details_list: Any, path: Any) -> None:
        nullable = getattr(return_type, "of_type", return_type)
        super().handle_field_error(raw_error, nullable, field_details_list, path)


class _AllAtOnce(Executor[Any]):
    """Mutations side by side."""

    def execute_operation(self, serially: bool | None = None) -> Any:
        return super().execute_operation(False)


class _OneAfterAnother(Executor[Any]):
    """Queries too."""

    def execute_operation(self, serially: bool | None = None) -> Any:
        return super().execute_operation(True)


def _twice(schema: GraphQLSchema) -> Run:
    """Runs again whatever had an error, mutations too: as an engine would that falls back where it must not."""
    right = reference(schema)

    async def run(operation: Operation, variables: Mapping[str, Any], context: Any) -> ExecutionResult:
        result = await right(operation, variables, context)
        if operation.type is OperationType.MUTATION:
            result = await right(operation, variables, context)
        return result

    return run


def _never_ends(schema: GraphQLSchema) -> Run:
    """Goes on when it is cancelled."""
    right = reference(schema)

    async def run(operation: Operation, variables: Mapping[str, Any], context: Any) -> ExecutionResult:
        try:
            return await right(operation, variables, context)
        except asyncio.CancelledError:
            return ExecutionResult(None)

    return run


WRONG: Final[dict[str, Make]] = {
    "fields sorted": _after(_sorted),
    "last error swallowed": _after(_last_error_swallowed),
    "errors reversed": _after(_errors_reversed),
    "one place of an error": _after(_one_place_of_an_error),
    "path without places in lists": _after(_path_without_places),
    "empty lists are null": _after(_empty_lists_are_null),
    "aliases forgotten": _document(_WithoutAliases),
    "@include by a variable ignored": _document(_WithoutVariableDirectives),
    "type conditions ignored": _document(_WithoutConditions),
    "null is missing": _before(_null_is_missing),
    "missing is null": _before(_missing_is_null),
    "nothing goes up": _with(_NothingGoesUp),
    "mutations at once": _with(_AllAtOnce),
    "queries one after another": _with(_OneAfterAnother),
    "mutations twice": _twice,
    "cancelled and going on": _never_ends,
}
