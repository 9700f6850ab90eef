"""What operations are measured to be, over a small schema that has nothing to do with billing."""

import asyncio
from typing import Annotated, Any

import pytest
import strawberry
from graphql import get_introspection_query

from billing.engine.documents import Bounds, DocumentRefused, Documents, Fault, Operation
from billing.engine.measures import SIZE, undeclared_lists

BOUNDS = Bounds(
    characters=15_000,
    tokens=1_000,
    depth=6,
    aliases=5,
    directives=4,
    operations=3,
    errors=4,
    page_size_default=25,
    page_size_max=100,
)


@strawberry.type
class Leaf:
    name: str


@strawberry.type
class Tree:
    name: str
    leaves: list[Leaf] = strawberry.field(metadata={SIZE: 8})
    parent: "Tree | None"
    children: list["Tree"] = strawberry.field(metadata={SIZE: 3})


@strawberry.type
class TreeEdge:
    cursor: str
    node: Tree


@strawberry.type
class PageInfo:
    has_next_page: bool


@strawberry.type
class TreeConnection:
    nodes: list[Tree]
    edges: list[TreeEdge]
    page_info: PageInfo
    total_count: int


def _never() -> Any:
    raise AssertionError("documents are measured before anything runs")


@strawberry.type
class Query:
    @strawberry.field
    def trees(self, first: int | None = None, last: int | None = None) -> TreeConnection:
        return _never()  # type: ignore[no-any-return]

    @strawberry.field(metadata={SIZE: "names"})
    def named(self, names: Annotated[list[str], strawberry.argument()]) -> list[Tree]:
        return _never()  # type: ignore[no-any-return]

    @strawberry.field
    def tree(self) -> Tree:
        return _never()  # type: ignore[no-any-return]


SCHEMA = strawberry.Schema(Query)


def read(text: str) -> Operation:
    return Documents(SCHEMA._schema, BOUNDS).find(text).operation(None)


def fault_of(text: str) -> Fault:
    with pytest.raises(DocumentRefused) as refused:
        read(text)
    assert len(refused.value.errors) <= BOUNDS.errors
    return refused.value.fault


@pytest.mark.parametrize(
    ("document", "variables", "nodes"),
    [
        ("{ tree { name } }", {}, 1),
        ("{ tree { parent { parent { name } } } }", {}, 3),
        ("{ tree { leaves { name } } }", {}, 1 + 8),
        ("{ tree { children { leaves { name } } } }", {}, 1 + 3 * (1 + 8)),
        ("{ trees { totalCount } }", {}, 0),
        ("{ trees { nodes { name } } }", {}, 25),
        ("{ trees { edges { cursor node { name } } pageInfo { hasNextPage } } }", {}, 25),
        ("{ trees(first: 7) { nodes { parent { name } } } }", {}, 7 * 2),
        ("{ trees(last: 7) { nodes { name } } }", {}, 7),
        ("{ trees(first: null) { nodes { name } } }", {}, 25),
        ("{ trees(first: -1) { nodes { name } } }", {}, 0),
        ("{ trees(first: 101) { nodes { name } } }", {}, 100),
        ("{ trees(first: 2147483647) { nodes { name } } }", {}, 100),
        ("query($n: Int) { trees(first: $n) { nodes { leaves { name } } } }", {"n": 10}, 10 * 9),
        ("query($n: Int) { trees(first: $n) { nodes { name } } }", {}, 25),
        ("query($n: Int) { trees(first: $n) { nodes { name } } }", {"n": None}, 25),
        ("query($n: Int) { trees(first: $n) { nodes { name } } }", {"n": "7"}, 25),
        ("query($n: Int) { trees(first: $n) { nodes { name } } }", {"n": True}, 25),
        ("query($n: Int) { trees(first: $n) { nodes { name } } }", {"n": -5}, 0),
        ("query($n: Int) { trees(first: $n) { nodes { name } } }", {"n": 10**400}, 100),
        ("query($n: Int = 40) { trees(first: $n) { nodes { name } } }", {}, 40),
        ('{ named(names: ["a", "b", "c"]) { leaves { name } } }', {}, 3 * 9),
        ("query($names: [String!]!) { named(names: $names) { name } }", {"names": ["x"] * 70}, 70),
        ("{ a: tree { name } b: tree { name } }", {}, 2),
        ("{ ...on Query { tree { name } } }", {}, 1),
        ("{ ...T } fragment T on Query { tree { ...L } } fragment L on Tree { leaves { name } }", {}, 9),
        ("{ trees { nodes { ...L parent { ...L } } } } fragment L on Tree { leaves { name } }", {}, 25 * (9 + 9)),
        ("{ __typename }", {}, 0),
        (get_introspection_query(), {}, 2_000),
        ('{ __type(name: "Tree") { name } }', {}, 200),
    ],
)
def test_the_cost_is_the_nodes_that_an_operation_can_return(
    document: str, variables: dict[str, Any], nodes: int
) -> None:
    assert read(document).measure.cost.of(variables) == nodes


def test_the_cost_of_doubling_fragments_takes_no_doubling_time() -> None:
    """2^40 additions would not come to an end."""
    halves = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))
    document = (
        f"query($n: Int) {{ ...F0 }} {halves} fragment F40 on Query {{ trees(first: $n) {{ nodes {{ name }} }} }}"
    )

    assert read(document).measure.cost.of({"n": 3}) == 3 * 2**40


def test_depth_counts_fields_through_fragments() -> None:
    assert read("{ tree { ...P } } fragment P on Tree { parent { name } }").measure.depth == 3
    assert read("{ ...{ ...{ tree { name } } } }").measure.depth == 2
    deep = "{ tree { " + "parent { " * BOUNDS.depth + "name" + " }" * (BOUNDS.depth + 2)
    assert fault_of(deep) == Fault.DOCUMENT_TOO_DEEP


@pytest.mark.parametrize("levels", [15, 50, 150, 240])
def test_too_deep_is_refused_however_deep(levels: int) -> None:
    assert fault_of("{ tree " + "{ parent " * levels + "{ name }" + " }" * (levels + 1)) == Fault.DOCUMENT_TOO_DEEP
    assert fault_of("{ tree { ...F0 } } " + _chain(levels)) in (Fault.DOCUMENT_TOO_DEEP, Fault.DOCUMENT_TOO_LARGE)


def _chain(length: int) -> str:
    links = [f"fragment F{n} on Tree {{ parent {{ ...F{n + 1} }} }}" for n in range(length)]
    return " ".join([*links, f"fragment F{length} on Tree {{ name }}"])


@pytest.mark.parametrize(
    ("document", "aliases"),
    [
        ("{ __typename tree { __typename name } }", 0),
        ("{ a: tree { name } }", 1),
        ("{ tree { name name name } }", 2),
        ("{ __typename __typename }", 1),
        ("{ ...on Query { tree { name } } ...on Query { tree { name } } }", 1),
        ("{ ...F ...F } fragment F on Query { a: tree { name } }", 2),
        ("{ tree { ...A ...B } } fragment A on Tree { name } fragment B on Tree { name }", 0),
    ],
)
def test_aliases_and_repeated_fields_count_alike(document: str, aliases: int) -> None:
    assert read(document).measure.aliases == aliases


def test_doubling_fragments_multiply_their_aliases() -> None:
    halves = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(23))
    assert fault_of(f"{{ ...F0 }} {halves} fragment F23 on Query {{ a: tree {{ name }} }}") == Fault.TOO_MANY_ALIASES


@pytest.mark.parametrize(
    "document",
    [
        "{ tree @a @b @c @d @e { name } }",
        "{ ...F @a @b @c } fragment F on Query @d @e { tree { name } }",
        "query($n: Int @b) @a @c { trees(first: $n) @d { totalCount @e } }",
        "{ ...on Query @include(if: true) @a @b @c @d { tree { name } } }",
    ],
)
def test_directives_count_wherever_they_stand(document: str) -> None:
    assert fault_of(document) == Fault.TOO_MANY_DIRECTIVES


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ("{", Fault.GRAPHQL_PARSE_FAILED),
        ("{ x }", Fault.GRAPHQL_VALIDATION_FAILED),
        ("query A { x } query B { tree { name } }", Fault.GRAPHQL_VALIDATION_FAILED),
        ("{ tree { name } } query B { tree { name } }", Fault.GRAPHQL_VALIDATION_FAILED),
        ("type T { a: Int }", Fault.GRAPHQL_VALIDATION_FAILED),
        ("fragment F on Query { tree { name } }", Fault.GRAPHQL_VALIDATION_FAILED),
        ("{ ...F } fragment F on Query { ...F }", Fault.GRAPHQL_VALIDATION_FAILED),
        ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", Fault.GRAPHQL_VALIDATION_FAILED),
        ("{ ...Missing }", Fault.GRAPHQL_VALIDATION_FAILED),
        ("{ " + "name " * 1_000 + "}", Fault.DOCUMENT_TOO_LARGE),
        ("# " + "x" * 15_000 + "\n{ tree { name } }", Fault.DOCUMENT_TOO_LARGE),
        ("{ named(names: " + "[" * 210 + "]" * 210 + ") { name } }", Fault.DOCUMENT_TOO_DEEP),
        (" ".join(f"query Q{n} {{ tree {{ name }} }}" for n in range(4)), Fault.TOO_MANY_OPERATIONS),
        ("{ " + " ".join(f"x{n}" for n in range(900)) + "}", Fault.GRAPHQL_VALIDATION_FAILED),
        (
            "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
            Fault.GRAPHQL_VALIDATION_FAILED,
        ),
        ("subscription { tree { name } }", Fault.GRAPHQL_VALIDATION_FAILED),
        ("{ tree @defer { name } }", Fault.GRAPHQL_VALIDATION_FAILED),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_fault(document: str, fault: Fault) -> None:
    assert fault_of(document) == fault


def test_no_text_suggests_what_there_is() -> None:
    for document in ("{ tre { name } }", "{ tree { nam } }", "{ trees(frist: 1) { totalCount } }", "{ ...F } "):
        with pytest.raises(DocumentRefused) as refused:
            read(document)
        assert "mean" not in str(refused.value)


def test_introspection_is_found_wherever_it_stands() -> None:
    for document in (
        "{ __schema { queryType { name } } }",
        "{ a: __schema { queryType { name } } }",
        '{ ...F } fragment F on Query { __type(name: "Tree") { name } }',
        "{ ...on Query { __schema { queryType { name } } } }",
    ):
        assert read(document).measure.introspection
    assert not read("{ __typename tree { __typename } }").measure.introspection


def test_the_operation_is_the_only_one_or_the_one_that_is_named() -> None:
    document = Documents(SCHEMA._schema, BOUNDS).find("query A { __typename } query B { tree { name } }")

    assert document.operation("B").measure.cost.of({}) == 1
    for name in (None, "C", ""):
        with pytest.raises(DocumentRefused, match="operationName"):
            document.operation(name)


def test_a_document_is_read_once_and_the_least_recently_used_is_given_up() -> None:
    documents = Documents(SCHEMA._schema, BOUNDS)
    padded = [f"# {n} {'x' * 12_000}\n{{ tree {{ name }} }}" for n in range(100)]
    first, second = documents.find(padded[0]), documents.find(padded[1])

    for text in padded[2:]:
        documents.find(text)
        assert documents.find(padded[0]) is first
    assert documents.find(padded[1]) is not second
    assert documents._kept_characters == sum(map(len, documents._kept)) <= 1_000_000


async def test_between_new_documents_others_go_on() -> None:
    documents, turns = Documents(SCHEMA._schema, BOUNDS), list[str]()

    async def read(number: int) -> None:
        await documents.find_in_turn(f"# {number}\n{{ tree {{ name }} }}")
        turns.append("read")

    async def others() -> None:
        while turns.count("read") < 5:
            turns.append("others")
            await asyncio.sleep(0)

    await asyncio.gather(*(read(number) for number in range(5)), others())

    assert all(turns[n : n + 2] != ["read", "read"] for n in range(len(turns)))


def test_a_list_without_a_size_is_found() -> None:
    @strawberry.type
    class Forest:
        trees: list[Tree]
        names: list[str]

    @strawberry.type
    class Root:
        forest: Forest

    assert list(undeclared_lists(strawberry.Schema(Root)._schema)) == ["Forest.trees"]
