"""Documents: parsed, measured, validated once, and kept for as long as they are asked for."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.validation import OverlappingFieldsCanBeMergedRule

from billing.engine.measures import Measure, Measuring
from billing.engine.merging import conflict
from billing.engine.variables import Variables

_RULES: Final = [rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule]
"""All but the one that compares pairs; `merging` takes its place."""

_KEPT_CHARACTERS_MAX: Final = 1_000_000
"""Of all documents that are kept; what is made of a character takes about 50 times its room."""

_QUOTED_CHARACTERS_MAX: Final = 10_000
"""Of a document in its faults: each may quote all of it, which takes longer than to find it."""


class Fault(StrEnum):
    """Why a document is refused."""

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    DOCUMENT_TOO_DEEP = "DOCUMENT_TOO_DEEP"
    TOO_MANY_ALIASES = "TOO_MANY_ALIASES"
    TOO_MANY_DIRECTIVES = "TOO_MANY_DIRECTIVES"
    TOO_MANY_OPERATIONS = "TOO_MANY_OPERATIONS"


class DocumentRefused(Exception):
    """A document, or the choice of its operation, that cannot be run; `errors` say why."""

    def __init__(self, fault: Fault, *errors: GraphQLError) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.fault = fault
        self.errors = errors


@dataclass(frozen=True)
class Bounds:
    """What a document may be."""

    characters: int
    tokens: int
    depth: int
    aliases: int
    directives: int
    operations: int
    errors: int
    page_size_default: int
    page_size_max: int


@dataclass(frozen=True)
class Operation:
    """One operation of a valid document, ready to run, with what it was measured to be.

    `conditions` are the variables that choose what is skipped and included; `plans` belong to the engine.
    """

    document: DocumentNode
    node: OperationDefinitionNode
    measure: Measure
    variables: Variables
    conditions: tuple[str, ...]
    plans: dict[tuple[Any, ...], Any] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str | None:
        return self.node.name.value if self.node.name else None

    @cached_property
    def type(self) -> OperationType:
        return self.node.operation

    @cached_property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        return _fragments(self.document)

    @cached_property
    def details(self) -> dict[str, FragmentDetails]:
        """Of the fragments, as graphql-core wants to have them; ours have no variables of their own."""
        return {name: FragmentDetails(definition) for name, definition in self.fragments.items()}


@dataclass(frozen=True)
class Document:
    """A valid document within the bounds."""

    operations: Mapping[str | None, Operation]

    def operation(self, name: str | None) -> Operation:
        """The one of that name, or the only one."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        found = self.operations.get(name) if name is not None else None
        if found is None:
            text = "The document has no operation of that name." if name else "The document has several operations."
            said = GraphQLError(f"{text} Name the one to run in operationName.")
            raise DocumentRefused(Fault.GRAPHQL_VALIDATION_FAILED, said)
        return found


class Documents:
    """The documents of one schema, the least recently used given up first."""

    def __init__(self, schema: GraphQLSchema, bounds: Bounds) -> None:
        self._schema = schema
        self._bounds = bounds
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._kept_characters = 0
        self._reading = asyncio.Lock()

    def known(self, text: str) -> Document | None:
        """The document of a text that was read before."""
        document = self._kept.get(text)
        if document is not None:
            self._kept.move_to_end(text)
        return document

    async def find_in_turn(self, text: str) -> Document:
        """As `find`, but of the texts that are new one at a time, and whatever else is waiting goes on in between.

        Reading one takes up to some ten milliseconds, in which nobody is served: many at once would hold everybody up.
        """
        async with self._reading:
            await asyncio.sleep(0)
            return self.find(text)

    def find(self, text: str) -> Document:
        """The document of a text. Raises DocumentRefused."""
        document = self.known(text)
        if document is None:
            document = self._read(text)
            self._keep(text, document)
        return document

    def _keep(self, text: str, document: Document) -> None:
        self._kept[text] = document
        self._kept_characters += len(text)
        while self._kept_characters > _KEPT_CHARACTERS_MAX:
            given_up, _ = self._kept.popitem(last=False)
            self._kept_characters -= len(given_up)

    def _read(self, text: str) -> Document:
        bounds = self._bounds
        if len(text) > bounds.characters:
            raise _refused(Fault.DOCUMENT_TOO_LARGE, f"A document has at most {bounds.characters:,} characters.")
        ast = self._parse(text)
        nodes = [it for it in ast.definitions if isinstance(it, OperationDefinitionNode)]
        if len(nodes) > bounds.operations:
            raise _refused(Fault.TOO_MANY_OPERATIONS, f"A document has at most {bounds.operations} operations.")
        measures = self._measure(ast, nodes)
        self._validate(ast, len(text))
        conditions = _conditions(ast)
        return Document(
            {
                (it.name.value if it.name else None): Operation(
                    ast, it, measures[id(it)], Variables(self._schema, it), conditions
                )
                for it in nodes
            }
        )

    def _parse(self, text: str) -> DocumentNode:
        try:
            return parse(text, max_lexical_tokens=self._bounds.tokens)
        except GraphQLSyntaxError as error:
            if "nested too deeply" in error.message:
                raise _too_deep(self._bounds) from None
            if "Parsing aborted" in error.message:
                most = f"A document has at most {self._bounds.tokens:,} tokens."
                raise _refused(Fault.DOCUMENT_TOO_LARGE, most) from None
            raise DocumentRefused(Fault.GRAPHQL_PARSE_FAILED, error) from None

    def _validate(self, ast: DocumentNode, characters: int) -> None:
        errors_max = min(self._bounds.errors - 1, _QUOTED_CHARACTERS_MAX // characters + 1)
        faults = validate(self._schema, ast, _RULES, max_errors=errors_max, hide_suggestions=True)
        if not faults and (found := conflict(self._schema, ast)) is not None:
            faults = [found]
        if faults:
            raise DocumentRefused(Fault.GRAPHQL_VALIDATION_FAILED, *faults)

    def _measure(self, ast: DocumentNode, nodes: Sequence[OperationDefinitionNode]) -> dict[int, Measure]:
        measuring = Measuring(self._schema, _fragments(ast), self._bounds.page_size_default, self._bounds.page_size_max)
        try:
            measures = {id(node): measuring.operation(node) for node in nodes}
        except RecursionError:
            raise _too_deep(self._bounds) from None
        for measure in measures.values():
            self._check(measure)
        return measures

    def _check(self, measure: Measure) -> None:
        bounds = self._bounds
        if measure.depth > bounds.depth:
            raise _too_deep(bounds)
        if measure.aliases > bounds.aliases:
            text = f"An operation has at most {bounds.aliases} aliases and repeated fields, its fragments followed."
            raise _refused(Fault.TOO_MANY_ALIASES, text)
        if measure.directives > bounds.directives:
            text = f"An operation has at most {bounds.directives} directives, its fragments followed."
            raise _refused(Fault.TOO_MANY_DIRECTIVES, text)


def _fragments(ast: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {it.name.value: it for it in ast.definitions if isinstance(it, FragmentDefinitionNode)}


def _conditions(ast: DocumentNode) -> tuple[str, ...]:
    """The variables of @skip and @include, anywhere in the document."""
    found: dict[str, None] = {}

    class Conditions(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    found[argument.value.name.value] = None

    visit(ast, Conditions())
    return tuple(found)


def _too_deep(bounds: Bounds) -> DocumentRefused:
    text = f"An operation has at most {bounds.depth} fields below each other, its fragments followed."
    return _refused(Fault.DOCUMENT_TOO_DEEP, text)


def _refused(fault: Fault, message: str) -> DocumentRefused:
    return DocumentRefused(fault, GraphQLError(message))
