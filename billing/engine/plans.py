"""Plans: what an operation asks of each type of object at each place, in the order of the answer, found once."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter, itemgetter
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    default_field_resolver,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, collect_fields, collect_subfields
from strawberry.types.field import StrawberryField

from billing.engine.arguments import Arguments
from billing.engine.builders import Builder, Shape, build_with, write_with
from billing.engine.columns import NOTHING, Choice, Columns, Member, Nested, Written, both
from billing.engine.layouts import Layout, layer
from billing.engine.leaves import Complete, Scalars, completion
from billing.engine.relations import RELATION, OperationGuard, Relation

_DEFINITION: Final = "strawberry-definition"

Class: TypeAlias = type

_NO_ARGUMENTS: Final[Mapping[str, Any]] = MappingProxyType({})

HERE: Final = ((),)
"""The path to what is asked of a field's objects themselves."""

_CLASSES_MAX: Final = 64
"""Of one place: rows of the same columns have a new class when their statement is made anew."""


@dataclass(eq=False)
class Place:
    """Where objects stand in an operation: the fields that lead there, and what is asked of each type found there."""

    details: FieldDetailsList
    scalars: Scalars
    lay_out: Callable[[Sequence[Any]], Layout]
    selections: dict[GraphQLObjectType, "Selection"] = field(default_factory=dict)
    known: "dict[frozenset[Class], Selection]" = field(default_factory=dict)
    """What is asked of objects of these classes, which are of no other type than it is for."""

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
            found = self.selections[kind] = _selection(executor, self.scalars, kind, collected.grouped_field_set)
        return found

    def keep(self, classes: frozenset[Class], selection: "Selection") -> None:
        if len(self.known) >= _CLASSES_MAX:
            self.known.clear()
        self.known[classes] = selection


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
    arguments: Arguments | None
    constant: str | None = None
    attribute: str | None = None
    relation: Relation | None = None
    guards: tuple[OperationGuard, ...] = ()
    complete: Complete | None = None
    form: str | None = None
    as_it_is: Class | None = None
    member: Member | None = None
    place: Place | None = None
    wanted: "dict[Hashable, Wanted]" = field(default_factory=dict)
    """What is needed of the rows behind, where that is the same for whoever asks."""

    @cached_property
    def nodes(self) -> list[FieldNode]:
        return [each.node for each in self.details]

    @property
    def resolve(self) -> Callable[..., Any]:
        return self.definition.resolve or default_field_resolver

    def given(self, executor: Executor[Any]) -> Mapping[str, Any]:
        """Its arguments."""
        return _NO_ARGUMENTS if self.arguments is None else self.arguments.of(executor.variable_values)

    @property
    def loader(self) -> str:
        assert self.relation is not None
        return self.relation.loader

    def selections(self, executor: Executor[Any], paths: Sequence[Sequence[str]]) -> "Sequence[Selection] | None":
        """What is asked where the paths of names lead from here; None where that is of no one type."""
        found = [selection for path in paths for selection in self._selections(executor, path)]
        return None if None in found else found  # type: ignore[return-value]

    def leads_only_to(self, executor: Executor[Any], paths: Sequence[Sequence[str]]) -> bool:
        """Whether all that is asked from here on is read off objects, and off texts where the paths lead."""
        kind = get_named_type(self.type)
        if self.place is None:
            return True
        if not is_object_type(kind):
            return False
        own = self.place.selection(executor, kind)
        if () in paths:
            return own.is_whole(executor)
        for each in own.fields:
            name = each.details[0].node.name.value
            behind = tuple(path[1:] for path in paths if path[0] == name)
            if each.constant is None and (each.attribute is None or not each.leads_only_to(executor, behind)):
                return False
        return True

    def _selections(self, executor: Executor[Any], path: Sequence[str]) -> "Sequence[Selection | None]":
        kind = get_named_type(self.type)
        if self.place is None or not is_object_type(kind):
            return [None]
        own = self.place.selection(executor, kind)
        if not path:
            return [own]
        named = (each for each in own.fields if each.details[0].node.name.value == path[0])
        return [found for each in named for found in each._selections(executor, path[1:])]


@dataclass(frozen=True)
class Way:
    """How the fields of a selection, by their numbers, are found on objects of some classes.

    Those `inline` are read off the object, objects are `held` by it, the `hops` are relations, the others are `asked`
    of their resolvers.
    """

    shape: Shape | None
    inline: tuple[int, ...]
    held: tuple[int, ...]
    hops: tuple[int, ...]
    asked: tuple[int, ...]
    build: Builder
    writes: bool = False
    """Whether the objects are built as texts."""

    @cached_property
    def is_last(self) -> bool:
        """Whether all is read off the objects."""
        return not (self.held or self.hops or self.asked)

    def reader(self, column: str) -> Callable[[Any], Any]:
        return attrgetter(column) if self.shape is None else itemgetter(self.shape.columns.index(column))


@dataclass(eq=False)
class Selection:
    """The fields asked of one type at one place."""

    kind: GraphQLObjectType
    fields: list[Field]
    scalars: Scalars
    ways: dict[frozenset[Class], Way] = field(default_factory=dict)
    builders: dict[Hashable, Builder] = field(default_factory=dict)
    _found: bool = False
    _columns: Columns | None = None
    _written: Written | None = None
    _nested: Written | None = None

    @cached_property
    def guards(self) -> Sequence[OperationGuard]:
        return [guard for each in self.fields for guard in each.guards]

    def passes(self, context: Any) -> bool:
        """Whether its guards let all objects pass."""
        return all(guard.passes_all(context) for guard in self.guards)

    def columns(self, executor: Executor[Any], *, nested: bool = False) -> Columns | None:
        """What is needed of the rows; None, which is all, where something is resolved that may read any of it.

        Where it is `nested`, what relations find stands in the texts of the objects.
        """
        if not self._found:
            self._find(executor)
        if not self.passes(executor.context_value):
            return None
        if nested and self._nested is not None:
            return Columns({}, frozenset([self._nested]))
        return self._columns

    def writes(self, executor: Executor[Any]) -> bool:
        """Whether the objects are asked for as texts as long as its guards let all pass."""
        if not self._found:
            self._find(executor)
        return self._written is not None

    def is_whole(self, executor: Executor[Any]) -> bool:
        """Whether objects that are asked for as texts have in these all that hangs on them."""
        if not self._found:
            self._find(executor)
        return self._nested is not None

    def texts(self, executor: Executor[Any]) -> Sequence[Written]:
        """The ways in which the objects are asked for as texts."""
        if self.columns(executor) is None:
            return ()
        return [each for each in (self._nested, self._written) if each is not None]

    def _find(self, executor: Executor[Any]) -> None:
        self._columns, self._found = self._find_columns(), True
        if self._columns is not None and self.scalars.json:
            self._written, self._nested = self._write(executor, nested=False), self._write(executor, nested=True)
        if self._written is not None:
            keys = {each.relation.key: self.scalars.key_form for each in self.fields if each.relation is not None}
            self._columns = Columns(keys, frozenset([self._written]))

    def _find_columns(self) -> Columns | None:
        forms: dict[str, str | None] = {}
        for each in self.fields:
            if each.constant is not None:
                continue
            if each.relation is not None:
                name, form = each.relation.key, self.scalars.key_form
            elif each.attribute is not None and each.complete is not None:
                name, form = each.attribute, each.form
            else:
                return None
            if forms.setdefault(name, form) != form:
                return None
        return Columns(forms)

    def _write(self, executor: Executor[Any], *, nested: bool) -> Written | None:
        """None where a member is not plain, or what a relation finds is not written either."""
        runs: list[list[Member]] = [[]]
        for each in self.fields:
            if each.relation is None:
                if each.member is None:
                    return None
                runs[-1].append(each.member)
                continue
            (below,) = each.selections(executor, HERE) or (None,)
            written = None if below is None or below.guards else below._written_below(executor)
            if written is None:
                return None
            if nested:
                form = Nested(each.relation.loader, written)
                runs[-1].append(Member(each.name, each.relation.key, form, not is_non_null_type(each.type)))
            else:
                runs.append([])
        return Written(tuple(map(tuple, runs)))

    def _written_below(self, executor: Executor[Any]) -> Written | None:
        self.columns(executor)
        return self._nested

    def way(
        self, shape: Shape | None, inline: Sequence[int], held: Sequence[int], hops: Sequence[int], asked: Sequence[int]
    ) -> Way:
        """With its builder, which is made once for all rows of the same columns."""
        key = shape, *inline, None, *hops
        made = self.builders.get(key)
        if made is None:
            made = self.builders[key] = build_with(self.fields, (*inline, *hops), shape)
        return Way(shape, tuple(inline), tuple(held), tuple(hops), tuple(asked), made)

    def way_of_texts(self, shape: Shape, written: Written) -> Way:
        """Of rows that have the objects as texts."""
        hops: tuple[int, ...] = ()
        if len(written.runs) > 1:
            hops = tuple([number for number, each in enumerate(self.fields) if each.relation is not None])
        made = self.builders.get((shape, written))
        if made is None:
            made = self.builders[shape, written] = write_with(self.fields, hops, written, shape)
        return Way(shape, (), (), hops, (), made, writes=True)

    def keep(self, classes: frozenset[Class], way: Way) -> None:
        """The way of objects of these classes, where it is the same for every operation."""
        if not self.guards:
            if len(self.ways) >= _CLASSES_MAX:
                self.ways.clear()
            self.ways[classes] = way


class Asked(NamedTuple):
    """An operation as it is run: what its root fields' resolvers may know of what is asked below them."""

    executor: Executor[Any]
    root: Selection

    def wanted(
        self, node: FieldNode, paths: Sequence[Sequence[str]], within: Hashable, fits: Callable[[Columns], bool]
    ) -> "Wanted":
        """What is needed of the rows to which the paths lead from a root field.

        What relations find stands in the rows where it `fits`, which hangs on nothing but what they are read `within`.
        """
        for each in self.root.fields:
            if each.details[0].node is node:
                known = each.wanted.get((paths, within))
                return known or self._find_wanted(each, paths, within, fits)
        return _EVERYTHING

    def _find_wanted(
        self, field: Field, paths: Sequence[Sequence[str]], within: Hashable, fits: Callable[[Columns], bool]
    ) -> "Wanted":
        selections = field.selections(self.executor, paths)
        if selections is None:
            return _EVERYTHING
        columns = self._columns(selections, nested=True)
        nests = columns is not None and fits(columns)
        alone = [each for each in self.root.fields if each.constant is None] == [field]
        found = Wanted(
            columns if nests else self._columns(selections, nested=False),
            nests and alone and field.leads_only_to(self.executor, paths),
        )
        if not any(selection.guards for selection in selections):
            field.wanted[paths, within] = found
        return found

    def _columns(self, selections: Sequence[Selection], *, nested: bool) -> Columns | None:
        columns: Columns | None = NOTHING
        for selection in selections:
            columns = both(columns, selection.columns(self.executor, nested=nested))
        return columns


class Wanted(NamedTuple):
    """What is needed of rows: the columns, None for everything."""

    columns: Columns | None
    is_all: bool
    """Whether the operation reads nothing but these rows, and what stands in them."""


_EVERYTHING: Final = Wanted(None, is_all=False)


def root_selection(executor: Executor[Any], scalars: Scalars) -> Selection:
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
    return _selection(executor, scalars, kind, collected.grouped_field_set)


def _selection(
    executor: Executor[Any], scalars: Scalars, kind: GraphQLObjectType, grouped: dict[str, FieldDetailsList]
) -> Selection:
    fields = [_field(executor, scalars, kind, name, details) for name, details in grouped.items()]
    return Selection(kind, fields, scalars)


def _field(
    executor: Executor[Any], scalars: Scalars, kind: GraphQLObjectType, name: str, details: FieldDetailsList
) -> Field:
    asked = details[0].node.name.value
    definition = executor.schema.get_field(kind, asked)
    assert definition is not None
    arguments = Arguments(definition, details[0].node, executor.hide_suggestions) if definition.args else None
    made = Field(name, definition.type, details, definition, arguments)
    if asked == "__typename":
        made.constant = kind.name
        made.member = Member(name, None, constant=kind.name)
        return made
    if is_leaf_type(get_named_type(definition.type)):
        made.complete = completion(definition.type)
        leaf = definition.type.of_type if is_non_null_type(definition.type) else definition.type
        if is_leaf_type(leaf):
            made.form, made.as_it_is = scalars.forms.get(leaf.name), scalars.written.get(leaf.name)
    else:
        made.place = Place(details, scalars, layer(definition.type))
    declared = definition.extensions.get(_DEFINITION)
    if isinstance(declared, StrawberryField) and all(hasattr(each, "passes_all") for each in declared.extensions):
        made.guards = tuple(declared.extensions)  # type: ignore[arg-type]
        made.relation = declared.metadata.get(RELATION)
        if declared.base_resolver is None and declared.default_resolver is getattr:
            made.attribute = declared.python_name
            made.member = _member(made, scalars)
    return made


def _member(field: Field, scalars: Scalars) -> Member | None:
    """How a column is written where the field's value stands in an answer that is text."""
    leaf = field.type.of_type if is_non_null_type(field.type) else field.type
    form: Hashable = None
    if isinstance(leaf, GraphQLEnumType):
        form = Choice(tuple(_outputs(leaf)))
    elif is_leaf_type(leaf):
        form = scalars.json.get(leaf.name)
    return None if form is None else Member(field.name, field.attribute, form, leaf is field.type)


def _outputs(kind: GraphQLEnumType) -> Iterator[tuple[str, str]]:
    """The names of an enum's values by the texts for which they are put out."""
    for name, value in kind.values.items():
        for text in dict.fromkeys([name, getattr(value.value, "value", value.value)]):
            with suppress(GraphQLError):
                if isinstance(text, str) and kind.coerce_output_value(text) == name:
                    yield text, name
