"""The conventions of the graph, held over the schema itself, so that whatever is added later follows them too."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_leaf_type,
    is_object_type,
)

import billing
from billing.app import SCHEMA
from tests.access.introspection import GRAPH

_VERSIONED = ("update", "deactivate", "retire", "assign")
"""The verbs of mutations that change what is there as someone saw it; all others make something happen once."""

_COMPARATORS = {"eq", "in", "gt", "gte", "lt", "lte", "startsWith"}
_PAGE = {"first": "Int", "after": "String", "last": "Int", "before": "String"}
_MONEY = re.compile(r"(amount|total|outstanding|balance|gross|net|owed|paid|billed)$", re.IGNORECASE)
_EXACT = {"LineItem.unroundedAmount"}
"""Amounts before rounding, which have more places than their currency."""

_OF_OTHERS = {"AuditEvent.requestId", "AuditEventFilter.requestId"}
"""Ids that the service does not make: the correlation id may come with the request, as any text."""

_ROOTS = {"Query", "Mutation", "Subscription"}


def test_everything_in_the_schema_is_described() -> None:
    bare = [name for name, part in _parts() if not (part.description or "").strip()]

    assert bare == []
    assert len(list(_parts())) > 400


def test_names_are_written_as_graphql_writes_them() -> None:
    wrong = [name for name, part in _parts() if not _style(part).fullmatch(re.split(r"[.(]", name)[-1].rstrip(":)"))]

    assert wrong == []


def test_ids_are_of_the_type_id() -> None:
    assert [
        f"{name}: {part.type}"
        for name, part in _typed_parts()
        if _last(name) == "id" or re.search(r"(Id|^ids|Ids)$", _last(name))
        if get_named_type(part.type).name not in ("ID", "IdFilter") and name not in _OF_OTHERS
    ] == []


def test_every_id_of_an_output_is_named_as_one() -> None:
    assert [
        f"{name}: {part.type}"
        for name, part in _typed_parts()
        if get_named_type(part.type).name == "ID" and not re.search(r"(^id|^ids|Id|Ids)$", _last(name))
        if not _of_filter(name)
    ] == []


def test_amounts_are_money_and_nothing_is_a_float() -> None:
    amounts = {
        name: get_named_type(part.type).name
        for name, part in _typed_parts()
        if _MONEY.search(_last(name)) and is_leaf_type(get_named_type(part.type)) and name not in _EXACT
    }

    assert {name for name, kind in amounts.items() if kind != "Money"} == set()
    assert len(amounts) >= 8
    assert "Float" not in GRAPH.type_map


def test_money_stands_beside_its_currency() -> None:
    assert [
        kind.name
        for kind in _objects()
        if any(get_named_type(field.type).name == "Money" for field in kind.fields.values())
        and str(getattr(kind.fields.get("currency"), "type", None)) != "String!"
    ] == []


def test_every_type_that_node_finds_has_an_id() -> None:
    assert {kind.name: str(kind.fields["id"].type) for kind in _objects() if "id" in kind.fields} == {
        kind.name: "ID!" for kind in _objects() if "id" in kind.fields
    }


def test_connections_have_edges_nodes_page_info_and_a_total_count() -> None:
    connections = [kind for kind in _objects() if kind.name.endswith("Connection")]

    for connection in connections:
        noun = connection.name.removesuffix("Connection")
        assert {name: str(field.type) for name, field in connection.fields.items()} == {
            "edges": f"[{noun}Edge!]!",
            "nodes": f"[{noun}!]!",
            "pageInfo": "PageInfo!",
            "totalCount": "Int!",
        }, connection.name
        edge = GRAPH.type_map[f"{noun}Edge"]
        assert isinstance(edge, GraphQLObjectType)
        assert {name: str(field.type) for name, field in edge.fields.items()} == {
            "cursor": "String!",
            "node": f"{noun}!",
        }
    assert len(connections) >= 6


def test_lists_are_paged_filtered_and_ordered_alike() -> None:
    lists = {name: field for name, field in _fields() if get_named_type(field.type).name.endswith("Connection")}

    for name, field in lists.items():
        noun = get_named_type(field.type).name.removesuffix("Connection").removesuffix("Record")
        arguments = {argument: str(given.type) for argument, given in field.args.items()}
        assert {key: arguments.get(key) for key in _PAGE} == _PAGE, name
        assert str(arguments.get("filter")) in (f"{noun}Filter", f"{noun}RecordFilter"), name
        assert str(arguments.get("orderBy")) in (f"{noun}Order", f"{noun}RecordOrder"), name
    assert len(lists) >= 6


def test_no_root_list_is_without_pages() -> None:
    """`nodes` answers ids that were sent, 100 at most."""
    assert GRAPH.query_type is not None
    assert [name for name, field in GRAPH.query_type.fields.items() if "[" in str(field.type)] == ["nodes"]


def test_filters_combine_with_and_or_not_and_compare_with_comparators() -> None:
    filters = [kind for kind in _inputs() if kind.name.endswith("Filter") and "and" in kind.fields]

    for kind in filters:
        combined = {name: str(kind.fields[name].type) for name in ("and", "or", "not")}
        assert combined == {"and": f"[{kind.name}!]", "or": f"[{kind.name}!]", "not": kind.name}, kind.name
        for name in kind.fields.keys() - combined.keys():
            comparator = kind.fields[name].type
            assert isinstance(comparator, GraphQLInputObjectType), f"{kind.name}.{name}"
            assert comparator.fields.keys() <= _COMPARATORS, f"{kind.name}.{name} compares otherwise"
    used = {get_named_type(field.args["filter"].type).name for _, field in _fields() if "filter" in field.args}
    assert used == {kind.name for kind in filters}


def test_orders_are_a_field_and_a_direction_both_enums() -> None:
    orders = {get_named_type(field.args["orderBy"].type).name for _, field in _fields() if "orderBy" in field.args}

    for name in orders:
        order = GRAPH.type_map[name]
        assert isinstance(order, GraphQLInputObjectType)
        assert {key: str(field.type) for key, field in order.fields.items()} == {
            "field": f"{name}Field!",
            "direction": "OrderDirection!",
        }
        assert is_enum_type(GRAPH.type_map[f"{name}Field"])
        assert order.fields["direction"].default_value is not None, f"{name} needs a direction each time"
    assert len(orders) >= 6


def test_every_mutation_takes_one_input_and_answers_a_payload_of_its_own() -> None:
    for name, field in _mutations():
        kind = name[0].upper() + name[1:]
        assert {argument: str(given.type) for argument, given in field.args.items()} == {"input": f"{kind}Input!"}, name
        assert str(field.type) == f"{kind}Payload", name
    inputs = [str(field.args["input"].type) for _, field in _mutations()]
    assert len(set(inputs)) == len(inputs) >= 23


def test_every_payload_says_whether_it_is_a_replay_and_what_was_refused() -> None:
    for name, field in _mutations():
        payload = get_named_type(field.type)
        assert isinstance(payload, GraphQLObjectType)
        kinds = {key: str(part.type) for key, part in payload.fields.items()}
        assert kinds.pop("replayed") == "Boolean!", name
        assert kinds.pop("userErrors") == "[UserError!]!", name
        assert kinds, f"{name} shows nothing of what it changed"
        for key, kind in kinds.items():
            assert not kind.endswith("!") or re.fullmatch(r"\[\w+!\]!", kind), f"{name}.{key} is {kind}"
        assert "Payload" in {interface.name for interface in payload.interfaces}, name


def test_a_mutation_is_repeated_by_its_key_or_refused_by_its_version() -> None:
    for name, field in _mutations():
        kind = get_named_type(field.args["input"].type)
        assert isinstance(kind, GraphQLInputObjectType)
        given = {key: str(part.type) for key, part in kind.fields.items()}
        if name.startswith(_VERSIONED):
            assert given.get("version") == "Int!", f"{name} takes no version"
            assert "idempotencyKey" not in given, name
        else:
            assert given.get("idempotencyKey") == "String!", f"{name} takes no idempotency key"
            assert "version" not in given, name


def test_what_an_update_takes_a_version_of_shows_its_version() -> None:
    for name, field in _mutations():
        if not name.startswith(_VERSIONED):
            continue
        payload: Any = get_named_type(field.type)
        objects = [
            get_named_type(part.type) for key, part in payload.fields.items() if key not in ("replayed", "userErrors")
        ]
        assert any("version" in kind.fields for kind in objects), name


def test_the_file_is_what_the_code_prints() -> None:
    file = Path(billing.__file__).parent.parent / "schema.graphql"

    assert file.read_text(encoding="utf-8") == SCHEMA.as_str() + "\n", "print it anew: billing schema > schema.graphql"


_Part = GraphQLNamedType | GraphQLField | GraphQLArgument | GraphQLInputField | Any
_TypedPart = GraphQLField | GraphQLArgument | GraphQLInputField


def _kinds() -> Iterator[GraphQLNamedType]:
    """Every type of ours."""
    yield from (kind for name, kind in sorted(GRAPH.type_map.items()) if not name.startswith("__"))


def _objects() -> list[GraphQLObjectType]:
    return [kind for kind in _kinds() if is_object_type(kind)]


def _inputs() -> list[GraphQLInputObjectType]:
    return [kind for kind in _kinds() if is_input_object_type(kind)]


def _fields() -> Iterator[tuple[str, GraphQLField]]:
    for kind in _kinds():
        if is_object_type(kind) or is_interface_type(kind):
            yield from ((f"{kind.name}.{name}", field) for name, field in kind.fields.items())


def _mutations() -> list[tuple[str, GraphQLField]]:
    assert GRAPH.mutation_type is not None
    return list(GRAPH.mutation_type.fields.items())


def _typed_parts() -> Iterator[tuple[str, _TypedPart]]:
    """Every field, argument and input field by its name."""
    for name, field in _fields():
        yield name, field
        for argument, given in field.args.items():
            yield f"{name}({argument}:)", given
    for kind in _inputs():
        for name, part in kind.fields.items():
            yield f"{kind.name}.{name}", part


def _parts() -> Iterator[tuple[str, _Part]]:
    """Everything that can have a description."""
    yield from _typed_parts()
    for kind in _kinds():
        yield kind.name, kind
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{kind.name}.{name}", value) for name, value in kind.values.items())


def _style(part: _Part) -> re.Pattern[str]:
    if isinstance(part, GraphQLNamedType):
        return re.compile(r"[A-Z][A-Za-z0-9]*")
    if isinstance(part, _TypedPart):
        return re.compile(r"[a-z][A-Za-z0-9]*")
    return re.compile(r"[A-Z][A-Z0-9_]*")


def _last(name: str) -> str:
    """The name itself: `nodes(ids:)` is about `ids`."""
    return re.split(r"[.(]", name)[-1].rstrip(":)")


def _of_filter(name: str) -> bool:
    return name.split(".")[0].endswith("Filter")
