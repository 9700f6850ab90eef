"""Plans: what an operation asks of each type of object at each place, in the order of the answer, found once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    default_field_resolver,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, collect_fields, collect_subfields
from strawberry.types.field import StrawberryField

from billing.engine.builders import Builder, build_with
from billing.engine.leaves import Complete, completion
from billing.engine.relations import RELATION, OperationGuard, Relation

_DEFINITION: Final = "strawberry-definition"


@dataclass(eq=False)
class Place:
    """Where objects stand in an operation: the fields that lead there, and what is asked of each type found there."""

    details: FieldDetailsList
    selections: dict[GraphQLObjectType, "Selection"] = field(default_factory=dict)

    def selection(self, executor: Executor[Any], kind: GraphQLObjectType) -> "Selection":
        found = self.selections.get(kind)
        if found is None:
            collected = collect_subfields(
                executor.schema,
                executor.fragments,
                executor.variable_values,
                executor.operation,
                kind,
                self.details,
                executor.hide_suggestions,
            )
            found = self.selections[kind] = _selection(executor, kind, collected.grouped_field_set)
        return found


@dataclass(eq=False)
class Field:
    """One name of the answer.

    Its value is the `constant`, the `attribute` of the object, what the `relation` finds, or what `resolve` answers;
    where `guards` let all pass, an attribute or a relation is read as if there were none.
    """

    name: str
    type: GraphQLOutputType
    details: FieldDetailsList
    definition: GraphQLField
    constant: str | None = None
    attribute: str | None = None
    relation: Relation | None = None
    guards: tuple[OperationGuard, ...] = ()
    complete: Complete | None = None
    place: Place | None = None

    @property
    def resolve(self) -> Callable[..., Any]:
        return self.definition.resolve or default_field_resolver

    @property
    def many(self) -> bool:
        return is_list_type(self.type.of_type if is_non_null_type(self.type) else self.type)


@dataclass(eq=False)
class Selection:
    """The fields asked of one type at one place."""

    kind: GraphQLObjectType
    fields: list[Field]
    builders: dict[tuple[int, ...], Builder] = field(default_factory=dict)

    @property
    def guards(self) -> Iterable[OperationGuard]:
        return (guard for each in self.fields for guard in each.guards)

    def builder(self, inline: tuple[int, ...]) -> Builder:
        """Makes the objects of the answer from rows; the fields with these numbers are read off the row."""
        made = self.builders.get(inline)
        if made is None:
            made = self.builders[inline] = build_with(self.fields, inline)
        return made


def root_selection(executor: Executor[Any]) -> Selection:
    """What is asked of the root of an operation."""
    kind = executor.schema.get_root_type(executor.operation.operation)
    assert kind is not None
    collected = collect_fields(
        executor.schema,
        executor.fragments,
        executor.variable_values,
        kind,
        executor.operation,
        executor.hide_suggestions,
    )
    return _selection(executor, kind, collected.grouped_field_set)


def _selection(executor: Executor[Any], kind: GraphQLObjectType, grouped: dict[str, FieldDetailsList]) -> Selection:
    return Selection(kind, [_field(executor, kind, name, details) for name, details in grouped.items()])


def _field(executor: Executor[Any], kind: GraphQLObjectType, name: str, details: FieldDetailsList) -> Field:
    asked = details[0].node.name.value
    definition = executor.schema.get_field(kind, asked)
    assert definition is not None
    made = Field(name, definition.type, details, definition)
    if asked == "__typename":
        made.constant = kind.name
        return made
    if is_leaf_type(get_named_type(definition.type)):
        made.complete = completion(definition.type)
    else:
        made.place = Place(details)
    declared = definition.extensions.get(_DEFINITION)
    if isinstance(declared, StrawberryField) and all(hasattr(each, "passes_all") for each in declared.extensions):
        made.guards = tuple(declared.extensions)  # type: ignore[arg-type]
        made.relation = declared.metadata.get(RELATION)
        if declared.base_resolver is None and declared.default_resolver is getattr:
            made.attribute = declared.python_name
    return made
