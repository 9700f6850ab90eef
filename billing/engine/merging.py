"""Whether the fields of a document can be merged: validation's rule for fields that share a name in the answer.

The rule of the specification (5.3.2) compares each pair of such fields. Here all fields of a name are compared with
the first one, level by level, once for what they return and once, among those that can meet in one object, for what
they ask: which is the same, and takes time linear in the document, where pairs take its square.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
    print_ast,
)
from graphql.type import is_list_type, is_non_null_type
from graphql.type.introspection import SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef
from graphql.utilities.sort_value_node import sort_value_node

_META: Final = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef, "__typename": TypeNameMetaFieldDef}


@dataclass(frozen=True, eq=False)
class _Field:
    """A field of a document, the type it is asked of, and what it returns, None where the schema has no such field."""

    node: FieldNode
    parent: GraphQLNamedType | None

    @property
    def key(self) -> str:
        return (self.node.alias or self.node.name).value

    @cached_property
    def type(self) -> GraphQLOutputType | None:
        name = self.node.name.value
        if name in _META:
            return _META[name].type
        known = self.parent.fields if isinstance(self.parent, (GraphQLObjectType, GraphQLInterfaceType)) else {}
        return known[name].type if name in known else None

    @cached_property
    def asks(self) -> tuple[str, frozenset[tuple[str, str]]]:
        """The name and the arguments, written in one way."""
        written = ((it.name.value, print_ast(sort_value_node(it.value))) for it in self.node.arguments or ())
        return self.node.name.value, frozenset(written)


def conflict(schema: GraphQLSchema, document: DocumentNode) -> GraphQLError | None:
    """The first conflict of an otherwise valid document, None where all fields can be merged."""
    merging = _Merging(schema, document)
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            root = [(operation.selection_set, schema.get_root_type(operation.operation))]
            if (found := merging.find(root)) is not None:
                return found
    return None


class _Merging:
    """The walk through one document; what was compared once is not compared again."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments: Mapping[str, FragmentDefinitionNode] = {
            it.name.value: it for it in document.definitions if isinstance(it, FragmentDefinitionNode)
        }
        self._compared: set[tuple[bool, frozenset[int]]] = set()

    def find(self, selections: Sequence[tuple[SelectionSetNode, GraphQLNamedType | None]]) -> GraphQLError | None:
        """A conflict in what is returned, or else in what is asked."""
        return self._find(selections, asking=False) or self._find(selections, asking=True)

    def _find(
        self, selections: Sequence[tuple[SelectionSetNode, GraphQLNamedType | None]], *, asking: bool
    ) -> GraphQLError | None:
        compared = (asking, frozenset(id(selection) for selection, _ in selections))
        if compared in self._compared:
            return None
        self._compared.add(compared)
        by_key: dict[str, list[_Field]] = {}
        visited: set[str] = set()
        for selection, parent in selections:
            for field in self._fields(selection, parent, visited):
                by_key.setdefault(field.key, []).append(field)
        for fields in by_key.values():
            for group in _that_can_meet(fields) if asking else [fields]:
                if (found := self._compare(group, asking=asking)) is not None:
                    return found
        return None

    def _compare(self, fields: Sequence[_Field], *, asking: bool) -> GraphQLError | None:
        """All with the first, and then what is selected below all of them together."""
        first, *others = fields
        for other in others:
            if asking and first.asks != other.asks:
                return _conflict(first, other, "ask for different things")
            if not asking and _differ(first.type, other.type):
                return _conflict(first, other, "return different types")
        below = [
            (field.node.selection_set, get_named_type(field.type) if field.type else None)
            for field in fields
            if field.node.selection_set is not None
        ]
        return self._find(below, asking=asking) if below else None

    def _fields(
        self, selection: SelectionSetNode, parent: GraphQLNamedType | None, visited: set[str]
    ) -> Iterator[_Field]:
        for node in selection.selections:
            if isinstance(node, FieldNode):
                yield _Field(node, parent)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                on = self._schema.type_map.get(condition.name.value) if condition else parent
                yield from self._fields(node.selection_set, on, visited)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in visited:
                visited.add(node.name.value)
                fragment = self._fragments[node.name.value]
                on = self._schema.type_map.get(fragment.type_condition.name.value)
                yield from self._fields(fragment.selection_set, on, visited)


def _that_can_meet(fields: Iterable[_Field]) -> list[list[_Field]]:
    """Those of one object type together, and with each the ones of interfaces and unions, whose objects are of any."""
    of_objects: dict[str, list[_Field]] = {}
    of_any: list[_Field] = []
    for field in fields:
        if isinstance(field.parent, GraphQLObjectType):
            of_objects.setdefault(field.parent.name, []).append(field)
        else:
            of_any.append(field)
    return [group + of_any for group in of_objects.values()] or [of_any]


def _differ(one: GraphQLOutputType | None, other: GraphQLOutputType | None) -> bool:
    """Whether the answers have different shapes, however the objects in them look."""
    if one is None or other is None:
        return False
    for wraps in (is_non_null_type, is_list_type):
        if wraps(one) or wraps(other):
            return not (wraps(one) and wraps(other)) or _differ(one.of_type, other.of_type)  # type: ignore[union-attr]
    return (is_leaf_type(one) or is_leaf_type(other)) and one is not other


def _conflict(one: _Field, other: _Field, how: str) -> GraphQLError:
    text = f"Fields '{one.key}' conflict, since they {how}. Give one of them an alias."
    return GraphQLError(text, [one.node, other.node])
