"""The stored operations: the GraphQL documents behind the routes, read once and checked against the schema."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInputType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    parse,
    print_ast,
    type_from_ast,
    validate,
)
from graphql.utilities import separate_operations

from billing.schema.contract import Schema


@dataclass(frozen=True)
class Part:
    """A field of an answer: its type, and what is selected below it."""

    name: str
    type: GraphQLOutputType
    description: str
    below: SelectionSetNode | None


@dataclass(frozen=True)
class Stored:
    """One operation with one root field."""

    name: str
    text: str
    type: OperationType
    root: Part
    variables: Mapping[str, GraphQLInputType]
    fragments: Mapping[str, FragmentDefinitionNode]

    def parts(self, of: Part) -> Iterator[Part]:
        """The fields of an object of the answer, those of its fragments in their places."""
        kind = get_named_type(of.type)
        if of.below is not None:
            assert isinstance(kind, GraphQLObjectType)
            yield from _parts(kind, of.below, self.fragments)

    def part(self, of: Part, name: str) -> Part:
        return next(part for part in self.parts(of) if part.name == name)

    def fragment_of(self, of: Part) -> str | None:
        """The fragment that alone makes up an object of the answer, None where there is no such one."""
        selected = of.below.selections if of.below else ()
        if len(selected) == 1 and isinstance(selected[0], FragmentSpreadNode):
            return selected[0].name.value
        return None


def load(schema: Schema) -> dict[str, Stored]:
    """All stored operations by name."""
    graph = schema._schema
    folder = resources.files(__package__) / "operations"
    documents = sorted((file for file in folder.iterdir() if file.name.endswith(".graphql")), key=lambda it: it.name)
    together = parse("\n".join(file.read_text(encoding="utf-8") for file in documents))
    found = {}
    for name, document in separate_operations(together).items():
        assert not (faults := validate(graph, document)), faults
        fragments = {it.name.value: it for it in document.definitions if isinstance(it, FragmentDefinitionNode)}
        operation = next(it for it in document.definitions if isinstance(it, OperationDefinitionNode))
        found[name] = _stored(graph, name, print_ast(document), operation, fragments)
    return found


def _stored(
    graph: GraphQLSchema,
    name: str,
    text: str,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
) -> Stored:
    kind = graph.get_root_type(operation.operation)
    assert kind is not None
    (root,) = _parts(kind, operation.selection_set, fragments)
    variables: dict[str, GraphQLInputType] = {}
    for definition in operation.variable_definitions or ():
        variables[definition.variable.name.value] = type_from_ast(graph, definition.type)  # type: ignore[assignment]
    return Stored(name, text, operation.operation, root, variables, fragments)


def _parts(
    kind: GraphQLObjectType, selected: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[Part]:
    for node in selected.selections:
        if isinstance(node, FragmentSpreadNode):
            yield from _parts(kind, fragments[node.name.value].selection_set, fragments)
        else:
            assert isinstance(node, FieldNode)
            assert node.alias is None, "the schema documents fields by their names"
            field = kind.fields[node.name.value]
            yield Part(node.name.value, field.type, field.description or "", node.selection_set)
