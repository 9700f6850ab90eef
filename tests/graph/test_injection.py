"""P19: no text is SQL. 200 payloads in every String that the schema takes: none fails, none finds or changes more."""

import json
import os
import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import pytest
from graphql import GraphQLInputObjectType, get_named_type, is_list_type, is_non_null_type
from sqlalchemy import Table, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.applications import Starlette

from billing.app import create_app
from billing.db import tables
from billing.domain.errors import ErrorCode
from billing.domain.identifiers import NOBODY, new_id
from billing.domain.texts import normalised, normalised_reference
from billing.settings import Settings
from tests.access.introspection import GRAPH, composites, input_of
from tests.conftest import TOKENS
from tests.support import rows
from tests.support.asgi import http_to
from tests.support.client import Client
from tests.support.database import Database
from tests.support.forms import filled_in
from tests.support.make import Make
from tests.support.payloads import COUNT, payloads
from tests.support.rows import Row
from tests.support.text_fields import TextField
from tests.support.unchanged import Unchanged
from tests.support.world import World

Count = Callable[[str, object], None]
People = Callable[[str], Client]

PAYLOADS: Final = payloads()
COUNTED: Final = "payloads sent as texts"
CHANGES: Final = COUNT if os.environ.get("FIGURES") == "full" else 50
"""Of the payloads, so many in each text of each mutation, others in others; `make torture` sends all in each."""
AT_ONCE: Final = 20
"""Aliases of one request, as many as there are errors in an answer."""
PLANTED: Final = [it for it in PAYLOADS[::4] if it not in ("IT", "LAPTOP")]
"""What stands in the tables too, so that a literal search finds some of the payloads and not the others."""

TABLES: Final[dict[str, Table]] = {
    "billingRecords": tables.billing_records,
    "payments": tables.payment_records,
    "creditNotes": tables.credit_notes,
    "divisions": tables.divisions,
    "catalogItems": tables.service_catalog,
    "users": tables.users,
    "auditEvents": tables.audit_events,
}


@pytest.fixture
def app(database: Database, settings: Settings) -> Starlette:
    """With shares that these tests do not use up."""
    return create_app(settings.model_copy(update={"rate_cost_burst": 100_000_000}), database, TOKENS)


@pytest.fixture
async def client(app: Starlette, world: World) -> AsyncIterator[People]:
    async with http_to(app) as http:
        yield lambda name: Client(http, TOKENS, name)


def test_there_are_200_payloads() -> None:
    assert len(set(PAYLOADS)) == COUNT
    assert len(PLANTED) >= 45


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]


def aliased(field: str, values: Sequence[Any], kind: str) -> tuple[str, str, dict[str, Any]]:
    """The field with each value in the place of VALUE: what is declared, what is asked, and the variables."""
    declared = " ".join(f"$v{n}: {kind}" for n in range(len(values)))
    asked = " ".join(f"a{n}: {field.replace('VALUE', f'$v{n}')}" for n in range(len(values)))
    return declared, asked, {f"v{n}": it for n, it in enumerate(values)}


async def ask(client: Client, field: str, values: Sequence[Any]) -> list[Any]:
    """What the field is for each value; fails where any of them fails."""
    answered: list[Any] = []
    for batch in batches(values):
        declared, asked, variables = aliased(field, batch, "String!")
        answer = await client.run(f"query({declared}) {{ {asked} }}", **variables)
        assert answer.status == 200
        answered += [answer.data[f"a{n}"] for n in range(len(batch))]
    return answered


# What there is to find: rows that bear payloads, beside those of the world.


async def plant(connection: AsyncConnection, world: World, noun: str) -> None:
    """Past every check that a service would make of such texts."""
    await connection.execute(text("SET LOCAL session_replication_role = replica"))
    await connection.execute(insert(TABLES[noun]), [_planted(world, noun, n, it) for n, it in enumerate(PLANTED)])


def _planted(world: World, noun: str, n: int, payload: str) -> Row:
    match noun:
        case "billingRecords":
            return rows.record(world, number=payload)
        case "payments":
            return rows.payment(world, reference=payload)
        case "divisions":
            return {"id": new_id(), "code": f"P{n}", "name": payload, "cost_centre": payload, "gl_code": payload}
        case "catalogItems":
            provider = world.divisions["IT"]
            texts = dict.fromkeys(("sku", "name", "category", "unit"), payload)
            return {"id": new_id(), **texts, "provider_division_id": provider}
        case "users":
            return {"id": new_id(), "name": payload, "display_name": payload, "role": "ANALYST"}
        case "creditNotes":
            ours = {
                "id": new_id(),
                **rows.parties(world),
                "billing_record_id": new_id(),
                "issued_by": world.users["admin"],
            }
            issued = {"issue_date": rows.A_DAY, "issued_at": rows.A_MOMENT, "line_count": 0}
            return {**ours, **issued, "number": payload, "reason": payload, "amount": Decimal("1.00")}
        case _:
            assert noun == "auditEvents", f"plant rows of {noun} here"
            ours = {"id": new_id(), "xact_id": 1, "occurred_at": rows.A_MOMENT, "kind": "CHANGE"}
            return {**ours, "operation": payload, "request_id": payload, "actor_id": world.users["admin"],
                    "actor_role": "ADMIN", "object_ids": [], "changes": []}  # fmt: skip


async def there(database: Database, noun: str, column: str) -> list[tuple[UUID, str]]:
    table = TABLES[noun]
    async with database.owner.connect() as connection:
        return [(row[0], row[1]) for row in await connection.execute(select(table.c.id, table.c[column]))]


def text_filters() -> list[tuple[str, str]]:
    """Every list and the fields of its filter that compare texts."""
    assert GRAPH.query_type is not None
    found = []
    for noun, field in GRAPH.query_type.fields.items():
        if "filter" in field.args:
            kind = get_named_type(field.args["filter"].type)
            assert isinstance(kind, GraphQLInputObjectType)
            found += [(noun, name) for name, part in kind.fields.items() if str(part.type) == "TextFilter"]
    return found


@pytest.mark.parametrize("noun", sorted({noun for noun, _ in text_filters()}))
async def test_a_filter_finds_what_a_literal_search_finds(
    database: Database, client: People, world: World, record_property: Count, noun: str
) -> None:
    async with database.owner.begin() as connection:
        await plant(connection, world, noun)
    superadmin, found = client("superadmin"), 0
    for name in [name for other, name in text_filters() if other == noun]:
        kept = await there(database, noun, snake(name))
        for batch in batches(PAYLOADS):
            for operator, matches in (("eq", str.__eq__), ("startsWith", str.startswith)):
                expected = {str(id) for id, value in kept if any(matches(value, it) for it in batch)}
                one_of = {"or": [{name: {operator: it}} for it in batch]}
                assert await ids(superadmin, noun, one_of) == expected, (name, operator, batch)
                assert await ids(superadmin, noun, {"not": one_of}) == {str(id) for id, _ in kept} - expected
                found += len(expected)
            expected = {str(id) for id, value in kept if value in batch}
            assert await ids(superadmin, noun, {name: {"in": batch}}) == expected, (name, batch)
        record_property(COUNTED, 3 * COUNT)
    assert found > 0


async def ids(client: Client, noun: str, filter: dict[str, Any]) -> set[str]:
    """Of the rows that a filter finds, which are fewer than a page."""
    assert GRAPH.query_type is not None
    kind = GRAPH.query_type.fields[noun].args["filter"].type
    document = f"query($f: {kind}) {{ {noun}(filter: $f, first: 100) {{ nodes {{ id }} }} }}"
    answer = await client.run(document, f=filter)
    assert answer.status == 200
    return {node["id"] for node in answer.field["nodes"]}


NAMED = {
    "billingRecord(number: VALUE) { id }": ("billingRecords", "number"),
    "catalogItem(sku: VALUE) { id }": ("catalogItems", "sku"),
    "division(code: VALUE) { id }": ("divisions", "code"),
}
CURSORS = ("after", "before")


def string_arguments() -> set[str]:
    """Every argument of a field that is a String."""
    return {
        f"{kind.name}.{name}({argument})"
        for kind in composites()
        for name, field in kind.fields.items()
        for argument, definition in field.args.items()
        if get_named_type(definition.type).name == "String"
    }


def test_every_string_argument_is_tried() -> None:
    assert GRAPH.query_type is not None
    lists = [name for name, field in GRAPH.query_type.fields.items() if "after" in field.args]
    named = {"Query." + field.partition(":")[0] + ")" for field in NAMED}

    assert string_arguments() == {
        *named,
        "CatalogItem.price(currency)",
        *(f"Query.{name}({argument})" for name in lists for argument in CURSORS),
    }


@pytest.mark.parametrize("field", NAMED)
async def test_a_name_finds_what_bears_it(
    database: Database, client: People, world: World, record_property: Count, field: str
) -> None:
    noun, column = NAMED[field]
    async with database.owner.begin() as connection:
        await plant(connection, world, noun)
    kept = {value: str(id) for id, value in await there(database, noun, column)}

    answers = await ask(client("superadmin"), field, PAYLOADS)

    assert [answer and answer["id"] for answer in answers] == [kept.get(payload) for payload in PAYLOADS]
    record_property(COUNTED, COUNT)


async def test_a_currency_that_is_none_has_no_price(client: People, record_property: Count) -> None:
    price = 'catalogItem(sku: "LAPTOP") { price(currency: VALUE) { currency } }'
    superadmin = client("superadmin")

    assert await ask(superadmin, price, ["USD"]) == [{"price": {"currency": "USD"}}]
    for batch in batches([it for it in PAYLOADS if it != "USD"]):
        declared, asked, variables = aliased(price, batch, "String!")
        answer = await superadmin.run(f"query({declared}) {{ {asked} }}", **variables)
        assert (answer.status, answer.codes) == (200, ["BAD_INPUT"] * len(batch))
    record_property(COUNTED, COUNT)


@pytest.mark.parametrize(
    "noun", sorted(argument[6:].partition("(")[0] for argument in string_arguments() if "after" in argument)
)
async def test_a_cursor_is_no_text_of_a_clients(client: People, record_property: Count, noun: str) -> None:
    superadmin = client("superadmin")
    for direction in ("after: VALUE", "last: 1, before: VALUE"):
        for batch in batches(PAYLOADS):
            declared, asked, variables = aliased(f"{noun}({direction}) {{ totalCount }}", batch, "String")
            answer = await superadmin.run(f"query({declared}) {{ {asked} }}", **variables)
            assert (answer.status, set(answer.codes)) == (200, {"BAD_INPUT"})
            assert not any((answer.body["data"] or {}).values())
        record_property(COUNTED, COUNT)


@pytest.mark.parametrize(
    ("noun", "order"),
    [("billingRecords", "NUMBER"), ("divisions", "CODE"), ("divisions", "NAME"), ("catalogItems", "SKU"),
     ("catalogItems", "NAME"), ("catalogItems", "CATEGORY"), ("users", "NAME")],
)  # fmt: skip
async def test_a_forged_cursor_is_a_place_among_the_rows(
    database: Database, client: People, world: World, record_property: Count, noun: str, order: str
) -> None:
    async with database.owner.begin() as connection:
        await plant(connection, world, noun)
    kept = await there(database, noun, order.lower())
    places = [
        urlsafe_b64encode(json.dumps([order, it, str(UUID(int=2**128 - 1))]).encode()).decode().rstrip("=")
        for it in PAYLOADS
    ]

    field = f"{noun}(orderBy: {{field: {order}}}, first: 100, after: VALUE) {{ nodes {{ id }} }}"
    answers = await ask(client("superadmin"), field, places)

    for it, answer in zip(PAYLOADS, answers, strict=True):
        behind = sorted((value.encode(), id) for id, value in kept if value.encode() > it.encode())
        assert [node["id"] for node in answer["nodes"]] == [str(id) for _, id in behind], it
    record_property(COUNTED, COUNT)


# What mutations take: each text of an input is a payload, another one in each, and stands in the tables as it is.

Path = tuple[str | int, ...]

SYNTACTIC: Final = {"currency", "code"}
"""Texts with a syntax of their own, which no payload has."""
ENDINGS: Final = {
    "voidBillingRecord", "rejectPayment", "cancelPayment", "reversePayment", "openDispute", "withdrawDispute",
    "resolveDispute",
}  # fmt: skip
"""Changes that a thing takes once: their texts have several lines, and many payloads go into one."""


def texts_of(kind: GraphQLInputObjectType) -> Iterator[Path]:
    """The places of all Strings in an input, the first of each list."""
    for name, field in kind.fields.items():
        bare = field.type.of_type if is_non_null_type(field.type) else field.type
        here: Path = (name, 0) if is_list_type(bare) else (name,)
        inner = get_named_type(field.type)
        if isinstance(inner, GraphQLInputObjectType):
            yield from ((*here, *path) for path in texts_of(inner))
        elif inner.name == "String":
            yield here


def texts() -> dict[str, list[Path]]:
    """The places of each mutation."""
    assert GRAPH.mutation_type is not None
    kinds = {name: GRAPH.type_map[input_of(name)] for name in GRAPH.mutation_type.fields}
    return {name: list(texts_of(kind)) for name, kind in kinds.items() if isinstance(kind, GraphQLInputObjectType)}


def free(mutation: str) -> list[Path]:
    return [path for path in texts()[mutation] if path[-1] not in SYNTACTIC and path[-1] != "idempotencyKey"]


def syntactic() -> list[tuple[str, Path]]:
    return [(mutation, path) for mutation, paths in texts().items() for path in paths if path[-1] in SYNTACTIC]


def keyed() -> list[str]:
    return [mutation for mutation, paths in texts().items() if ("idempotencyKey",) in paths]


async def change(client: Client, mutation: str, inputs: Sequence[dict[str, Any]]) -> list[list[str]]:
    """The codes that each of the changes was refused with, many in a request."""
    refused: list[list[str]] = []
    for batch in batches(inputs):
        field = f"{mutation}(input: VALUE) {{ userErrors {{ code }} }}"
        declared, asked, variables = aliased(field, batch, f"{input_of(mutation)}!")
        answer = await client.run(f"mutation({declared}) {{ {asked} }}", **variables)
        assert answer.status == 200
        refused += [[error["code"] for error in answer.data[f"a{n}"]["userErrors"]] for n in range(len(batch))]
    return refused


def payload(number: int, place: int) -> str:
    """What stands at a place of a change: in time every payload at every place, and no text at two places."""
    return f"{PAYLOADS[(number + 7 * place) % COUNT]} {place}"


def again(mutation: str, input: dict[str, Any], number: int) -> dict[str, Any]:
    """The input once more, where making the same again would be refused for another reason than its texts."""
    given = deepcopy(input)
    if "version" in given:
        given["version"] += number
    if mutation == "createDivision":
        given["code"] = f"P{number}"
    if mutation == "setCatalogPrice":
        given["validFrom"] = str(date(2026, 1, 1) + timedelta(days=number))
    if mutation == "recordPayment":
        given["amount"] = given["allocations"][0]["amount"] = "0.01"
    if mutation == "issueCreditNote":
        given["amount"] = "0.01"
    return given


def some(number: int) -> list[str]:
    """As many payloads as a text gets, beginning elsewhere for each."""
    return [PAYLOADS[(11 * number + n) % COUNT] for n in range(CHANGES)]


def filled(input: dict[str, Any], mutation: str, path: Path, value: str) -> None:
    TextField(mutation, path, 0).filled(input, value)


@pytest.mark.parametrize("mutation", sorted(name for name in texts() if free(name) and name not in ENDINGS))
async def test_a_text_of_a_change_is_kept_as_it_is(
    database: Database, client: People, make: Make, world: World, record_property: Count, mutation: str
) -> None:
    places = free(mutation)
    base = await filled_in(mutation, make, world)
    inputs = [again(mutation, base, number) for number in range(CHANGES)]
    for number, input in enumerate(inputs):
        _price_from_the_catalog(input, world)
        for place, path in enumerate(places):
            filled(input, mutation, path, payload(number, place))
        if "idempotencyKey" in input:
            input["idempotencyKey"] = payload(number, len(places))

    assert await change(client("superadmin"), mutation, inputs) == [[]] * CHANGES

    kept = await all_texts(database)
    for place, path in enumerate(places):
        normal = normalised_reference if path[-1] == "reference" else normalised
        assert {normal(payload(number, place)) for number in range(CHANGES)} <= kept, path
        record_property(COUNTED, CHANGES)


def _price_from_the_catalog(input: dict[str, Any], world: World) -> None:
    """Only a line of the catalog has a price that can be overridden, and so keeps a reason."""
    for holder in (input, *input.get("records", ())):
        for line in holder.get("lines", ()):
            line["catalogItemId"] = str(world.laptop)


async def all_texts(database: Database) -> set[str]:
    """Every text that stands anywhere in the tables; what was changed again stands in the audit trail."""
    found: set[str] = set()
    async with database.owner.connect() as connection:
        for name in tables.metadata.tables:
            for row in await connection.execute(text(f"SELECT * FROM {name}")):
                found.update(_texts_in(list(row)))
    return found


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(part)


@pytest.mark.parametrize("mutation", sorted(ENDINGS))
async def test_a_text_of_an_ending_is_kept_as_it_is(
    database: Database, client: People, make: Make, world: World, record_property: Count, mutation: str
) -> None:
    (path,) = free(mutation)
    for start in range(0, COUNT, 40):
        input = await filled_in(mutation, make, world)
        lines = "\n".join(PAYLOADS[start : start + 40])
        filled(input, mutation, path, lines)

        assert await change(client("superadmin"), mutation, [input]) == [[]]
        assert normalised(lines) in await all_texts(database)
    record_property(COUNTED, COUNT)


@pytest.mark.parametrize("mutation", sorted(keyed()))
async def test_a_key_is_a_key_whatever_it_says(
    app: Starlette, client: People, make: Make, world: World, record_property: Count, mutation: str
) -> None:
    """Each is new, and so the change is looked at, which is refused for what it is about: nothing that there is."""
    given = {} if mutation == "runIntegrityCheck" else await filled_in(mutation, make, world)
    input = {**given, **{name: str(NOBODY) for name in ("id", "billingRecordId")}}
    kind = GRAPH.type_map[input_of(mutation)]
    assert isinstance(kind, GraphQLInputObjectType)
    inputs = [
        {**{name: value for name, value in input.items() if name in kind.fields}, "idempotencyKey": it}
        for it in some(keyed().index(mutation))
    ]

    refused = await change(client("superadmin"), mutation, inputs)

    assert {code for codes in refused for code in codes} <= set(ErrorCode) - {"BAD_KEY", "IDEMPOTENCY_KEY_REUSED"}
    await app.state.checker.until_idle()
    record_property(COUNTED, len(inputs))


@pytest.mark.parametrize(("mutation", "path"), syntactic(), ids=str)
async def test_a_text_with_a_syntax_is_refused(
    client: People, make: Make, world: World, unchanged: Unchanged, record_property: Count, mutation: str, path: Path
) -> None:
    base = await filled_in(mutation, make, world)
    tried = [it for it in some(syntactic().index((mutation, path))) if not re.fullmatch("[A-Z][A-Z0-9-]*", it)]
    inputs = []
    for number, text_ in enumerate(tried):
        input = deepcopy(base)
        filled(input, mutation, path, text_)
        inputs.append({**input, "idempotencyKey": f"k{number}"} if "idempotencyKey" in input else input)

    async with unchanged():
        refused = await change(client("superadmin"), mutation, inputs)

    code = "BAD_CURRENCY" if path[-1] == "currency" else "BAD_INPUT"
    assert {tuple(codes) for codes in refused} == {(code,)}
    record_property(COUNTED, len(tried))
