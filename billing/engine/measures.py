"""What an operation is before it runs: how deep, how many aliases and directives, and how many nodes it may return.

Each fragment is measured once, however often it is spread, so that measuring takes time linear in the document.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedOutputType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)
from graphql.type import is_list_type, is_non_null_type

SIZE: Final = "size"
"""The key of a field's metadata that says how many nodes a list usually has: a number, or the list argument that is
answered one for one."""

_LIST_SIZE_DEFAULT: Final = 10
_INTROSPECTION_COST: Final = {"__schema": 2_000, "__type": 200}
_PAGE_SIZES: Final = ("first", "last")

Variables = Mapping[str, Any]


@dataclass(frozen=True)
class Size:
    """How many nodes a field returns: `fixed`, or as many as a variable says, at most `most`.

    The variable is a page size, or the list that is answered one for one.
    """

    fixed: int
    variable: str | None = None
    most: int | None = None

    def of(self, variables: Variables) -> int:
        if self.variable is None:
            return self.fixed
        given = variables.get(self.variable)
        if isinstance(given, list):
            given = len(given)
        if not isinstance(given, int) or isinstance(given, bool):
            return self.fixed
        return max(0, given if self.most is None else min(given, self.most))


@dataclass
class Cost:
    """The nodes below a selection: a number, and of each field whose size a variable decides size × its own cost."""

    fixed: int = 0
    parts: list[tuple[Size, "Cost"]] = field(default_factory=list)

    def add(self, size: Size, below: "Cost") -> None:
        """The cost of `size` times what is below."""
        if size.variable is None and not below.parts:
            self.fixed += size.fixed * below.fixed
        elif size.variable is not None or size.fixed:
            self.parts.append((size, below))

    def of(self, variables: Variables) -> int:
        """The nodes with these variables."""
        return self._compute(variables, {}) if self.parts else self.fixed

    def _compute(self, variables: Variables, known: dict[int, int]) -> int:
        """Each part that is shared by fragments is computed once."""
        total = self.fixed
        for size, part in self.parts:
            if not part.parts:
                below = part.fixed
            elif (below := known.get(id(part), -1)) < 0:
                below = known[id(part)] = part._compute(variables, known)
            total += size.of(variables) * below
        return total


@dataclass
class Measure:
    """What a selection comes to, its fragments followed."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    introspection: bool = False
    cost: Cost = field(default_factory=Cost)

    def include(self, other: "Measure", levels: int = 0) -> None:
        """Another selection beside, or so many levels below, but for its cost."""
        self.depth = max(self.depth, levels + other.depth)
        self.aliases += other.aliases
        self.directives += other.directives
        self.introspection |= other.introspection


class Measuring:
    """Measures the operations of one document. Spreads that lead back to themselves are left to validation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        page_size_default: int,
        page_size_max: int,
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._page_size_default = page_size_default
        self._page_size_max = page_size_max
        self._known: dict[str, Measure | None] = {}
        self._defaults: dict[str, ValueNode] = {}

    def operation(self, node: OperationDefinitionNode) -> Measure:
        self._known.clear()
        definitions = node.variable_definitions or ()
        self._defaults = {it.variable.name.value: it.default_value for it in definitions if it.default_value}
        measure = Measure()
        self._add_selection(measure, node.selection_set, self._schema.get_root_type(node.operation), set())
        measure.directives += len(node.directives or ()) + sum(len(it.directives or ()) for it in definitions)
        return measure

    def _add_selection(
        self,
        measure: Measure,
        selected: SelectionSetNode,
        parent: GraphQLNamedOutputType | None,
        seen: set[tuple[str, str]],
    ) -> None:
        """`seen` are the keys of the answer that the selection, and the inline fragments of it, have named already."""
        on = parent.name if parent else ""
        for node in selected.selections:
            measure.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                key = (on, (node.alias or node.name).value)
                measure.aliases += node.alias is not None or key in seen
                seen.add(key)
                self._add_field(measure, node, parent)
            elif isinstance(node, InlineFragmentNode):
                self._add_selection(measure, node.selection_set, self._condition(node, parent), seen)
            elif isinstance(node, FragmentSpreadNode) and (below := self._fragment(node.name.value)) is not None:
                measure.include(below)
                measure.cost.add(Size(1), below.cost)

    def _fragment(self, name: str) -> Measure | None:
        if name not in self._known:
            self._known[name] = None  # What a fragment that spreads itself finds.
            definition = self._fragments.get(name)
            if definition is not None:
                below = Measure(directives=len(definition.directives or ()))
                self._add_selection(below, definition.selection_set, self._condition(definition, None), set())
                self._known[name] = below
        return self._known[name]

    def _condition(
        self, node: InlineFragmentNode | FragmentDefinitionNode, parent: GraphQLNamedOutputType | None
    ) -> GraphQLNamedOutputType | None:
        condition = node.type_condition
        kind = self._schema.type_map.get(condition.name.value) if condition else parent
        return kind if kind is not None and is_composite_type(kind) else None

    def _add_field(self, measure: Measure, node: FieldNode, parent: GraphQLNamedOutputType | None) -> None:
        name = node.name.value
        if name in _INTROSPECTION_COST:
            self._add_introspection(measure, node)
            return
        definition = parent.fields.get(name) if isinstance(parent, (GraphQLObjectType, GraphQLInterfaceType)) else None
        below = Measure()
        if node.selection_set is not None:
            kind = get_named_type(definition.type) if definition else None
            self._add_selection(below, node.selection_set, kind, set())
            below.cost.fixed += kind is not None and not _is_wrapper(kind)
        measure.include(below, levels=1)
        measure.cost.add(Size(1) if definition is None else self._size(node, definition, parent), below.cost)

    def _add_introspection(self, measure: Measure, node: FieldNode) -> None:
        """Counted by a price of its own; how deep it goes validation bounds."""
        if node.selection_set is not None:
            below = Measure()
            self._add_selection(below, node.selection_set, None, set())
            below.depth = 0
            measure.include(below)
        measure.introspection = True
        measure.cost.fixed += _INTROSPECTION_COST[node.name.value]

    def _size(self, node: FieldNode, definition: GraphQLField, parent: GraphQLNamedOutputType | None) -> Size:
        """The lists of a connection have the size of its page, which counts where the connection is asked for."""
        if not definition.args.keys().isdisjoint(_PAGE_SIZES):
            return self._argument(node, _PAGE_SIZES, self._page_size_default, self._page_size_max)
        if not _is_list(definition) or (parent is not None and _is_wrapper(parent)):
            return Size(1)
        declared = _declared_size(definition)
        return Size(declared) if isinstance(declared, int) else self._argument(node, (declared,), 1, None)

    def _argument(self, node: FieldNode, names: tuple[str, ...], default: int, most: int | None) -> Size:
        for argument in node.arguments or ():
            if argument.name.value in names and not isinstance(argument.value, NullValueNode):
                return self._value(argument.value, default, most)
        return Size(default)

    def _value(self, value: ValueNode, default: int, most: int | None) -> Size:
        if isinstance(value, VariableNode):
            name = value.name.value
            otherwise = self._value(self._defaults[name], default, most).fixed if name in self._defaults else default
            return Size(otherwise, name, most)
        if isinstance(value, ListValueNode):
            return Size(len(value.values))
        if isinstance(value, IntValueNode) and len(value.value) < 10:
            return Size(max(0, int(value.value) if most is None else min(int(value.value), most)))
        return Size(default if most is None else most)


def undeclared_lists(schema: GraphQLSchema) -> Iterator[str]:
    """The lists of objects that declare no size, but for those of connections."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__") and not _is_wrapper(kind):
            for name, definition in kind.fields.items():
                if (
                    _is_list(definition)
                    and is_composite_type(get_named_type(definition.type))
                    and SIZE not in _metadata(definition)
                ):
                    yield f"{kind.name}.{name}"


def _is_list(definition: GraphQLField) -> bool:
    return is_list_type(definition.type.of_type if is_non_null_type(definition.type) else definition.type)


def _declared_size(definition: GraphQLField) -> int | str:
    size: int | str = _metadata(definition).get(SIZE, _LIST_SIZE_DEFAULT)
    return size


def _metadata(definition: GraphQLField) -> Mapping[str, Any]:
    declared = definition.extensions.get("strawberry-definition")
    return getattr(declared, "metadata", None) or {}


def _is_wrapper(kind: GraphQLNamedOutputType) -> bool:
    """What only holds nodes, by the names that Relay's specification reserves."""
    return kind.name.endswith(("Connection", "Edge")) or kind.name == "PageInfo"
