"""What a plan says: the places of each level, and how every field of theirs gets its value."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    NonNullTypeNode,
    VariableDefinitionNode,
    Visitor,
    get_named_type,
    is_abstract_type,
    is_non_null_type,
    is_object_type,
    visit,
)
from graphql.execution import Executor

from billing.engine.documents import Operation
from billing.engine.leaves import Scalars
from billing.engine.plans import Field, Selection, root_selection


class How(Enum):
    """Where the value of a field comes from, as long as its guards let all objects pass."""

    CONSTANT = auto()
    READ = auto()
    RELATION = auto()
    HELD = auto()
    """An object, or objects, that the object has as an attribute."""
    RESOLVED = auto()


def how(field: Field) -> How:
    if field.constant is not None:
        return How.CONSTANT
    if field.relation is not None:
        return How.RELATION
    if field.attribute is None:
        return How.RESOLVED
    return How.HELD if field.complete is None else How.READ


@dataclass(frozen=True)
class PlannedPlace:
    """What is asked where a path of names leads; `kinds` are the types of objects of which just these fields are.

    Rows of statements may have the objects `written`, as text.
    """

    path: tuple[str, ...]
    type: GraphQLOutputType
    kinds: tuple[str, ...]
    fields: Sequence[Field]
    written: bool = False


@dataclass(frozen=True)
class Plan:
    """The plan of an operation for the values of the variables that choose what is skipped and included."""

    executor: Executor[Any]
    root: Selection

    def levels(self) -> Iterator[Sequence[PlannedPlace]]:
        """From the root downwards."""
        kind = self.root.kind
        return self._levels([PlannedPlace((), kind, (kind.name,), self.root.fields)])

    def levels_below(self, field: Field) -> Iterator[Sequence[PlannedPlace]]:
        """Of what a root field answers, the field's own level left out."""
        return self._levels(self._below((), field))

    def _levels(self, level: Sequence[PlannedPlace]) -> Iterator[Sequence[PlannedPlace]]:
        """What is resolved is below first, then what relations found: so they are run."""
        while level:
            yield level
            fields = [(place.path, field) for place in level for field in place.fields]
            fields.sort(key=lambda each: how(each[1]) is How.RELATION)
            level = [below for path, field in fields for below in self._below(path, field)]

    def _below(self, path: tuple[str, ...], field: Field) -> Sequence[PlannedPlace]:
        if field.place is None:
            return []
        alike: dict[Any, tuple[list[str], Selection]] = {}
        for kind in self._kinds(field):
            selection = field.place.selection(self.executor, kind)
            kinds, _ = alike.setdefault(_asked(selection), ([], selection))
            kinds.append(kind.name)
        path = (*path, field.name)
        return [
            PlannedPlace(path, field.type, tuple(kinds), one.fields, self._written(field, one))
            for kinds, one in alike.values()
            if one.fields
        ]

    def _written(self, field: Field, selection: Selection) -> bool:
        """Where objects are rows read for what is asked: found by a relation, held by a page, or one by itself."""
        known = selection.kind.is_type_of is not None
        bare = field.type.of_type if is_non_null_type(field.type) else field.type
        rows = {
            How.RELATION: True,
            How.HELD: known or any(each.form for each in selection.fields),
            How.RESOLVED: known and bare is selection.kind,
        }
        return rows.get(how(field), False) and selection.writes(self.executor)

    def _kinds(self, field: Field) -> Sequence[GraphQLObjectType]:
        declared = get_named_type(field.type)
        if is_abstract_type(declared):
            return self.executor.schema.get_possible_types(declared)
        assert is_object_type(declared)
        return [declared]


def _asked(selection: Selection) -> Any:
    """Equal for types of which the same is asked in the same way."""
    return tuple(
        (
            how(field),
            str(field.type),
            field.relation,
            field.attribute,
            field.guards,
            *(id(it.node) for it in field.details),
        )
        for field in selection.fields
    )


def plan_of(
    schema: GraphQLSchema, operation: Operation, variables: Mapping[str, Any] | None, scalars: Scalars, errors_max: int
) -> Plan | list[GraphQLError]:
    """With the variables, or what is wrong with these; without any, those that a plan does not hang on may be missing.

    A plan hangs on the operation's `conditions`.
    """
    executor = Executor.build(
        schema,
        visit(operation.document, _Optional()) if variables is None else operation.document,
        raw_variable_values=dict(variables or {}),
        operation_name=operation.name,
        max_coercion_errors=errors_max,
        hide_suggestions=True,
    )
    return executor if isinstance(executor, list) else Plan(executor, root_selection(executor, scalars))


class _Optional(Visitor):
    """Lets every variable be missing."""

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> VariableDefinitionNode | None:
        return replace(node, type=node.type.type) if isinstance(node.type, NonNullTypeNode) else None
