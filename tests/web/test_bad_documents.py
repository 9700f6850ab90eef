"""Bad GraphQL documents (B12 to B26): each refused with its code, in both media types, before anything runs."""

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type

from billing.app import create_app
from billing.settings import Settings
from tests.access.introspection import GRAPH
from tests.conftest import TOKENS
from tests.graph.conftest import unchanged
from tests.support.asgi import http_to
from tests.support.client import Answer, Client
from tests.support.database import Database
from tests.support.hostile_documents import BODY, DOCUMENTS, FAULTY, Hostile
from tests.support.make import Make
from tests.support.refusals import MEDIA_TYPES, assert_refused
from tests.support.unchanged import Unchanged
from tests.support.world import World

__all__ = ["unchanged"]

People = Callable[[str], Client]
Count = Callable[[str, object], None]

COUNTED = "bad inputs refused: documents"
GROUPS = sorted({document.group for document in DOCUMENTS}, key=lambda group: int(group[1:]))
ME = "{ me { name } }"


@pytest.fixture
async def client(database: Database, settings: Settings, world: World) -> AsyncIterator[People]:
    """The service with shares that these tests do not use up."""
    roomy = settings.model_copy(update={"rate_cost_burst": 10_000_000})
    async with http_to(create_app(roomy, database, TOKENS)) as http:
        yield lambda name: Client(http, TOKENS, name)


async def send(client: Client, **body: Any) -> Answer:
    return await client.post(json.dumps(body).encode())


@pytest.mark.parametrize("group", GROUPS)
async def test_a_hostile_document_is_refused(
    client: People, unchanged: Unchanged, record_property: Count, group: str
) -> None:
    documents = [document for document in DOCUMENTS if document.group == group]

    async with unchanged():
        for document in documents:
            await assert_document_refused(client("superadmin"), document)

    record_property(COUNTED, len(documents))


async def assert_document_refused(client: Client, document: Hostile) -> None:
    for media_type in MEDIA_TYPES:
        answer = await client.accepting(media_type).run(document.text, **document.variables)
        status = 413 if document.code == BODY else None
        assert_refused(answer, media_type, document.code, status=status, errors_max=document.errors)


INTROSPECTION = {
    "the schema": "{ __schema { queryType { name } } }",
    "a type": '{ __type(name: "Query") { name } }',
    "aliased": "{ harmless: __schema { queryType { name } } }",
    "beside another field": "{ me { name } __schema { queryType { name } } }",
    "in a fragment": "{ ...F } fragment F on Query { __schema { queryType { name } } }",
    "in a fragment of a fragment": "{ ...F } fragment F on Query { ...G } "
    'fragment G on Query { __type(name: "Me") { name } }',
    "in an inline fragment": "{ ... on Query { ... { __schema { queryType { name } } } } }",
    "that is skipped": "{ me { name } __schema @skip(if: true) { queryType { name } } }",
    "in one of two operations": "query A { me { name } } query B { __schema { queryType { name } } }",
}


@pytest.mark.parametrize("document", INTROSPECTION.values(), ids=INTROSPECTION)
async def test_introspection_without_the_right_is_refused(
    database: Database, settings: Settings, world: World, record_property: Count, document: str
) -> None:
    """B13; `test_limits` shows who has the right."""
    production = settings.model_copy(update={"environment": "production"})
    async with http_to(create_app(production, database, TOKENS)) as http:
        for name in ("coordinator-it", "coordinator-none"):
            for media_type in MEDIA_TYPES:
                client = Client(http, TOKENS, name).accepting(media_type)
                answer = await send(client, query=document, operationName="B" if "query B" in document else None)
                assert_refused(answer, media_type, "FORBIDDEN")

    record_property(COUNTED, 1)


@pytest.mark.parametrize("name", [None, "", "C", "a", "A ", "__proto__"])
async def test_one_of_several_operations_must_be_named(
    client: People, record_property: Count, name: str | None
) -> None:
    """B22: neither the first nor the last is run."""
    for media_type in MEDIA_TYPES:
        named = client("analyst").accepting(media_type)
        answer = await send(named, query="query A { me { name } } query B { me { role } }", operationName=name)
        assert_refused(answer, media_type, FAULTY)
        assert "operationName" in answer.errors[0]["message"]
        if name:
            assert_refused(await send(named, query=ME, operationName=name), media_type, FAULTY)
    record_property(COUNTED, 1)


NO_INTS = {
    "2^31": "2147483648",
    "-2^31-1": "-2147483649",
    "2^53": "9007199254740992",
    "2^63": "9223372036854775808",
    "a fraction": "1.5",
    "a large float": "1e300",
    "a text": '"5"',
    "an empty text": '""',
    "true": "true",
    "a list": "[[5]]",
    "an object": "{}",
}


def int_places() -> Iterator[tuple[str, str]]:
    """Every place of the schema that takes an Int: a document with PLACE in it, and the type of a variable there."""
    for name, field in _fields_of(GRAPH.query_type):
        for argument, definition in field.args.items():
            if get_named_type(definition.type).name == "Int":
                yield f"{{ {name}({argument}: PLACE) {{ totalCount }} }}", "Int"
    for name, field in _fields_of(GRAPH.mutation_type):
        kind = get_named_type(field.args["input"].type)
        assert isinstance(kind, GraphQLInputObjectType)
        for part, given in kind.fields.items():
            if get_named_type(given.type).name == "Int":
                yield f'mutation {{ {name}(input: {{id: "x", {part}: PLACE}}) {{ replayed }} }}', "Int!"


def _fields_of(kind: GraphQLObjectType | None) -> Any:
    assert kind is not None
    return kind.fields.items()


def test_every_int_of_the_schema_is_tried() -> None:
    of_fields = sum(
        get_named_type(argument.type).name == "Int"
        for kind in GRAPH.type_map.values()
        if isinstance(kind, GraphQLObjectType)
        for field in kind.fields.values()
        for argument in field.args.values()
    )
    of_inputs = sum(
        get_named_type(field.type).name == "Int"
        for kind in GRAPH.type_map.values()
        if isinstance(kind, GraphQLInputObjectType)
        for field in kind.fields.values()
    )

    assert len(list(int_places())) == of_fields + of_inputs


@pytest.mark.parametrize("value", NO_INTS.values(), ids=NO_INTS)
async def test_what_is_no_int_of_32_bits_is_refused(
    client: People, unchanged: Unchanged, record_property: Count, value: str
) -> None:
    """B23, in the document and as a variable, wherever an Int goes."""
    places = list(int_places())
    async with unchanged():
        for media_type in MEDIA_TYPES:
            superadmin = client("superadmin").accepting(media_type)
            for document, kind in places:
                await assert_no_int(superadmin, media_type, document, kind, value)
    record_property(COUNTED, 2 * len(places))


async def assert_no_int(client: Client, media_type: str, document: str, kind: str, value: str) -> None:
    literal = await client.run(document.replace("PLACE", value))
    assert_refused(literal, media_type, FAULTY, errors_max=5)
    operation, _, rest = document.replace("PLACE", "$n").partition("{")
    declared = f"{operation or 'query'}($n: {kind}) {{{rest}"
    variable = await client.post(
        b'{"query": %s, "variables": {"n": %s}}' % (json.dumps(declared).encode(), value.encode())
    )
    assert_refused(variable, media_type, FAULTY, errors_max=5)


@pytest.mark.parametrize("literal", [True, False], ids=["in the document", "as a variable"])
async def test_an_int_of_400_digits_is_refused(client: People, record_property: Count, literal: bool) -> None:
    """B23: JSON has no number that large, so a body with one cannot be read."""
    digits = "1" + "0" * 400
    for media_type in MEDIA_TYPES:
        analyst = client("analyst").accepting(media_type)
        if literal:
            answer = await analyst.run(f"{{ divisions(first: {digits}) {{ totalCount }} }}")
            assert_refused(answer, media_type, FAULTY)
        else:
            document = "query($n: Int) { divisions(first: $n) { totalCount } }"
            answer = await analyst.post(f'{{"query": "{document}", "variables": {{"n": {digits}}}}}'.encode())
            assert_refused(answer, media_type, "BAD_INPUT", status=400)
    record_property(COUNTED, 1)


def cursor(*parts: Any) -> str:
    return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


SOME_ID = "01997a3c-5f0e-7b51-9d1c-2f6f0c2b7a10"
PAGES = {
    "no rows": "first: 0",
    "fewer than none": "first: -1",
    "too many": "first: 101",
    "far too many": "first: 2147483647",
    "no rows from the end": "last: 0",
    "too many from the end": "last: 101",
    "from both ends": "first: 1, last: 1",
    "after from the end": 'last: 1, after: "x"',
    "before from the beginning": 'first: 1, before: "x"',
    "after and before": 'after: "x", before: "x"',
}
CURSORS = {
    "empty": "",
    "letters": "abc",
    "no Base64": "%%%",
    "NUL": "\0",
    "foreign letters": "été☃",
    "of nothing": cursor(),
    "of two parts": cursor("CODE", "IT"),
    "of four parts": cursor("CODE", "IT", SOME_ID, 1),
    "of another order": cursor("NAME", "IT", SOME_ID),
    "of no order": cursor("password", "IT", SOME_ID),
    "of numbers": cursor(1, 2, 3),
    "of lists": cursor([], [], []),
    "of objects": cursor({}, {}, {}),
    "of nulls": cursor(None, None, None),
    "with no id": cursor("CODE", "IT", "x"),
    "with NUL": cursor("CODE", "\0", SOME_ID),
    "with SQL": cursor("CODE; DROP TABLE users", "IT", SOME_ID),
    "an object": urlsafe_b64encode(b'{"order": "CODE"}').decode(),
    "deep": urlsafe_b64encode(b"[" * 5_000).decode(),
    "long": "A" * 100_000,
}


@pytest.mark.parametrize("arguments", PAGES.values(), ids=PAGES)
async def test_a_page_that_cannot_be_is_bad_input(client: People, record_property: Count, arguments: str) -> None:
    """B24: the operation runs and has no data, so that the status is 200 in both media types."""
    document = f"{{ divisions({arguments}) {{ nodes {{ code }} }} }}"
    for media_type in MEDIA_TYPES:
        assert_shows_nothing(await client("analyst").accepting(media_type).run(document), media_type)
    record_property(COUNTED, 1)


@pytest.mark.parametrize("given", CURSORS.values(), ids=CURSORS)
async def test_a_forged_cursor_is_bad_input(client: People, record_property: Count, given: str) -> None:
    for media_type in MEDIA_TYPES:
        for arguments in ("after: $cursor", "last: 5, before: $cursor"):
            document = f"query($cursor: String) {{ divisions({arguments}) {{ nodes {{ code }} }} }}"
            answer = await client("analyst").accepting(media_type).run(document, cursor=given)
            assert_shows_nothing(answer, media_type)
    record_property(COUNTED, 2)


async def test_a_cursor_of_another_list_or_cut_is_bad_input(client: People, make: Make, record_property: Count) -> None:
    await make.payment(await make.record())
    analyst, lists = client("analyst"), ("billingRecords", "payments", "divisions", "catalogItems")
    own = {
        name: (await analyst.run(f"{{ {name}(first: 1) {{ pageInfo {{ endCursor }} }} }}")).field["pageInfo"][
            "endCursor"
        ]
        for name in lists
    }

    tried = 0
    for name in lists:
        bad = [*(own[other] for other in lists if other != name), own[name][:-9], own[name][5:], own[name][:8]]
        for given in bad:
            answer = await analyst.run(f"query($c: String) {{ {name}(after: $c) {{ nodes {{ id }} }} }}", c=given)
            assert_shows_nothing(answer, MEDIA_TYPES[0])
            tried += 1
    record_property(COUNTED, tried)


async def test_a_forged_cursor_shows_a_coordinator_nothing_new(client: People, make: Make) -> None:
    """A cursor is a place, and no right: before all rows it shows those that one may see anyway."""
    await make.record()
    document = "query($c: String) { billingRecords(after: $c, orderBy: {field: NUMBER}) { nodes { id } } }"
    before_all = cursor("NUMBER", "", "00000000-0000-0000-0000-000000000000")

    assert (await client("coordinator-hr").run(document, c=before_all)).field == {"nodes": []}
    assert len((await client("coordinator-it").run(document, c=before_all)).field["nodes"]) == 1


def assert_shows_nothing(answer: Answer, media_type: str) -> None:
    assert (answer.status, answer.codes, answer.body["data"]) == (200, ["BAD_INPUT"], None)
    assert answer.headers["content-type"].startswith(media_type)


HASH = sha256(ME.encode()).hexdigest()
EXTENSIONS = {
    "a text": "x",
    "a number": 1,
    "true": True,
    "false": False,
    "an empty text": "",
    "a list": [],
    "an empty object": {},
    "no version": {"sha256Hash": HASH},
    "version 0": {"version": 0, "sha256Hash": HASH},
    "version 2": {"version": 2, "sha256Hash": HASH},
    "version as a text": {"version": "1", "sha256Hash": HASH},
    "version true": {"version": True, "sha256Hash": HASH},
    "version null": {"version": None, "sha256Hash": HASH},
    "no hash": {"version": 1},
    "hash null": {"version": 1, "sha256Hash": None},
    "hash of a number": {"version": 1, "sha256Hash": 10**63},
    "hash of a list": {"version": 1, "sha256Hash": [HASH]},
    "hash of an object": {"version": 1, "sha256Hash": {"$ne": ""}},
    "empty hash": {"version": 1, "sha256Hash": ""},
    "hash in capitals": {"version": 1, "sha256Hash": HASH.upper()},
    "short hash": {"version": 1, "sha256Hash": HASH[:-1]},
    "long hash": {"version": 1, "sha256Hash": HASH + "0"},
    "hash with a line end": {"version": 1, "sha256Hash": HASH + "\n"},
    "hash in foreign digits": {"version": 1, "sha256Hash": "１" * 64},
    "hash as a path": {"version": 1, "sha256Hash": "../../../etc/passwd"},
    "hash of 200,000 characters": {"version": 1, "sha256Hash": "0" * 200_000},
    "another document's hash": {"version": 1, "sha256Hash": sha256(b"{ other }").hexdigest()},
}


@pytest.mark.parametrize("persisted", EXTENSIONS.values(), ids=EXTENSIONS)
async def test_a_persisted_query_that_is_none_is_bad_input(
    client: People, record_property: Count, persisted: Any
) -> None:
    """B26, with the document and without."""
    for media_type in MEDIA_TYPES:
        analyst = client("analyst").accepting(media_type)
        for body in ({"query": ME}, {}):
            if (
                body
                or not isinstance(persisted, dict)
                or persisted.get("sha256Hash") != sha256(b"{ other }").hexdigest()
            ):
                answer = await send(analyst, extensions={"persistedQuery": persisted}, **body)
                assert_refused(answer, media_type, "BAD_INPUT")
    record_property(COUNTED, 1)


@pytest.mark.parametrize("asked", [HASH, "0" * 64])
async def test_a_hash_of_nothing_is_not_found(client: People, asked: str) -> None:
    for media_type in MEDIA_TYPES:
        given = {"persistedQuery": {"version": 1, "sha256Hash": asked}}
        answer = await send(client("analyst").accepting(media_type), extensions=given)
        assert_refused(answer, media_type, "PERSISTED_QUERY_NOT_FOUND")
