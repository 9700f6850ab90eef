"""Bad HTTP and bad JSON at the graph (B1 to B8, B21): refused, in both media types, and nothing of it executed."""

import gzip
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from billing.domain.errors import ErrorCode
from billing.web import answers
from tests.graph.conftest import unchanged
from tests.support.asgi import http_to
from tests.support.client import Answer, Client
from tests.support.forms import filled_in
from tests.support.make import Make
from tests.support.refusals import JSON, MEDIA_TYPES, assert_refused
from tests.support.unchanged import Unchanged
from tests.support.world import World
from tests.web.conftest import TOKENS

__all__ = ["unchanged"]

Count = Callable[[str, object], None]
People = Callable[[str], Client]

COUNTED = "bad inputs refused: HTTP and JSON"
ME = "{ me { name } }"
CHANGE = "mutation($input: CreateDivisionInput!) { createDivision(input: $input) { replayed userErrors { code } } }"
NEW = {"code": "OPS", "name": "Operations", "idempotencyKey": "k"}
DEEP = b"[" * 100_000
BIG = b"x" * (10 * 1024 * 1024)


@pytest.fixture
async def http(app: Starlette, world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A superadmin, who could do everything that is tried."""
    async with http_to(app) as http:
        http.headers["Authorization"] = f"Bearer {TOKENS.issue('superadmin', datetime.now(UTC), timedelta(hours=1))}"
        yield http


async def ask(http: httpx.AsyncClient, method: str, accept: str, **request: Any) -> Answer:
    headers = {"Accept": accept, **request.pop("headers", {})}
    response = await http.request(method, "/graphql", headers=headers, **request)
    return Answer(response.status_code, response.json() if response.content else {}, response.headers)


async def post(http: httpx.AsyncClient, accept: str, body: Any, **headers: str) -> Answer:
    return await ask(http, "POST", accept, content=body, headers={"Content-Type": JSON, **headers})


def with_variables(text: bytes) -> bytes:
    return b'{"query": "{ me { name } }", "variables": %s}' % text


def with_filter(text: bytes) -> bytes:
    document = b"query($f: DivisionFilter) { divisions(filter: $f) { totalCount } }"
    return b'{"query": "%s", "variables": {"f": %s}}' % (document, text)


BODIES = {
    "B1 malformed": b"{",
    "B1 a letter": b"x",
    "B1 single quotes": b"{'query': '{ me { name } }'}",
    "B1 a comma too many": b'{"query": "{ me { name } }",}',
    "B1 a comment": b'/* */ {"query": "{ me { name } }"}',
    "B1 two values": b'{"query": "{ me { name } }"}{}',
    "B1 a byte order mark": b'\xef\xbb\xbf{"query": "{ me { name } }"}',
    "B1 UTF-16": '{"query": "{ me { name } }"}'.encode("utf-16"),
    "B1 empty": b"",
    "B1 blank": b" \r\n ",
    "B1 an empty object": b"{}",
    "B1 query null": b'{"query": null}',
    "B1 query empty": b'{"query": ""}',
    "B1 no query": b'{"variables": {}}',
    "B1 a query of another name": b'{"Query": "{ me { name } }"}',
    "B2 null": b"null",
    "B2 1": b"1",
    "B2 1.5": b"1.5",
    "B2 true": b"true",
    "B2 a text": b'"{ me { name } }"',
    "B3 query 1": b'{"query": 1}',
    "B3 query true": b'{"query": true}',
    "B3 query a list": b'{"query": ["{ me { name } }"]}',
    "B3 query an object": b'{"query": {}}',
    "B3 variables a list": with_variables(b"[1]"),
    "B3 variables an empty list": with_variables(b"[]"),
    "B3 variables a text": with_variables(b'"{}"'),
    "B3 variables an empty text": with_variables(b'""'),
    "B3 variables 0": with_variables(b"0"),
    "B3 variables false": with_variables(b"false"),
    "B3 operationName an object": b'{"query": "{ me { name } }", "operationName": {}}',
    "B3 operationName a list": b'{"query": "{ me { name } }", "operationName": []}',
    "B3 operationName 0": b'{"query": "{ me { name } }", "operationName": 0}',
    "B3 extensions a list": b'{"query": "{ me { name } }", "extensions": []}',
    "B3 extensions a text": b'{"query": "{ me { name } }", "extensions": "x"}',
    "B3 documentId 1": b'{"documentId": 1}',
    "B3 documentId an object": b'{"documentId": {}}',
    "B7 invalid UTF-8": b'{"query": "{ me { name } }\xff"}',
    "B7 invalid UTF-8 in variables": with_variables(b'{"x": "\xc3\x28"}'),
    "B7 an overlong slash": with_variables(b'{"x": "\xc0\xaf"}'),
    "B7 a surrogate in UTF-8": with_variables(b'{"x": "\xed\xa0\x80"}'),
    "B7 half a surrogate pair": with_variables(rb'{"x": "\ud800"}'),
    "B7 half a surrogate pair in the document": rb'{"query": "{ me { name } } # \udfff"}',
    "B7 NUL as it is": with_variables(b'{"x": "\0"}'),
    "B8 NaN": with_variables(b'{"x": NaN}'),
    "B8 Infinity": with_variables(b'{"x": Infinity}'),
    "B8 -Infinity": with_variables(b'{"x": -Infinity}'),
    "B8 1e400": with_variables(b'{"x": 1e400}'),
    "B8 5,000 digits": with_variables(b'{"x": %s}' % (b"9" * 5_000)),
    "B8 -5,000 digits": with_variables(b'{"x": -%s}' % (b"9" * 5_000)),
    "B8 hexadecimal": with_variables(b'{"x": 0x10}'),
    "B8 a leading zero": with_variables(b'{"x": 010}'),
    "B8 100,000 brackets": DEEP,
    "B8 100,000 brackets in variables": with_variables(b'{"x": %s' % DEEP),
    "B8 100,000 closed brackets in variables": with_variables(b'{"x": %s%s}' % (DEEP, b"]" * 100_000)),
    "B8 40,000 nested variables": with_filter(b'{"a":' * 40_000 + b"1" + b"}" * 40_000),
    "B21 no operations": b"[]",
    "B21 a list in a list": b"[[]]",
    **{f"B21 {count} operations": json.dumps([{"query": ME}] * count).encode() for count in (1, 2, 10, 100)},
    "B21 operations by number": b'{"0": {"query": "{ me { name } }"}, "1": {"query": "{ me { name } }"}}',
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_body_that_asks_for_nothing_is_400(
    http: httpx.AsyncClient, record_property: Count, body: bytes
) -> None:
    for media_type in MEDIA_TYPES:
        assert_refused(await post(http, media_type, body), media_type, "BAD_INPUT", status=400)
    record_property(COUNTED, 1)


@pytest.mark.parametrize("levels", [100, 250, 330, 500, 1_000])
@pytest.mark.parametrize("shape", ["not", "and", "of_nothing", "lists"])
async def test_deep_variables_are_refused(
    http: httpx.AsyncClient, record_property: Count, shape: str, levels: int
) -> None:
    """B8: what a JSON reader takes is bounded by us before anything of ours walks down into it."""
    opened, closed = {
        "not": (b'{"not":', b"}"),
        "and": (b'{"and":[', b"]}"),
        "of_nothing": (b'{"x":', b"}"),
        "lists": (b"[", b"]"),
    }[shape]
    for media_type in MEDIA_TYPES:
        answer = await post(http, media_type, with_filter(opened * levels + b"{}" + closed * levels))
        assert answer.status in (200, 400)
        assert set(answer.codes) <= {"BAD_INPUT", "GRAPHQL_VALIDATION_FAILED"}
        assert answer.body.get("data") is None
        assert len(answer.errors) >= 1
    record_property(COUNTED, 1)


CONTENT_TYPES = [
    "text/plain",
    "text/plain; charset=utf-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/graphql",
    "application/graphql+json",
    "application/json-patch+json",
    "application/json5",
    "application/jsonx",
    "xapplication/json",
    "text/json",
    "application/xml",
    "application/octet-stream",
    "application/json; charset=utf-16",
    "application/json; charset=iso-8859-1",
    "text/plain; application/json",
    "text/plain, application/json",
    "application/json, text/plain",
    "application",
    "*/*",
    "",
]


@pytest.mark.parametrize("kind", [*CONTENT_TYPES, None])
async def test_a_body_of_another_type_is_415(
    http: httpx.AsyncClient, unchanged: Unchanged, record_property: Count, kind: str | None
) -> None:
    """B4: whatever the body is, it is not read."""
    body = json.dumps({"query": CHANGE, "variables": {"input": NEW}}).encode()
    async with unchanged():
        for media_type in MEDIA_TYPES:
            headers = {} if kind is None else {"Content-Type": kind}
            answer = await ask(http, "POST", media_type, content=body, headers=headers)
            assert_refused(answer, media_type, "UNSUPPORTED_MEDIA_TYPE", status=415)
    record_property(COUNTED, 1)


@pytest.mark.parametrize(
    "kind", ["APPLICATION/JSON", "application/json;charset=UTF-8", 'application/json; charset="utf-8"']
)
async def test_json_may_be_called_by_all_its_names(http: httpx.AsyncClient, kind: str) -> None:
    answer = await post(http, JSON, json.dumps({"query": ME}).encode(), **{"Content-Type": kind})

    assert answer.field == {"name": "superadmin"}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "PROPFIND", "QUERY"])
async def test_another_method_is_405(
    http: httpx.AsyncClient, unchanged: Unchanged, record_property: Count, method: str
) -> None:
    """B5."""
    async with unchanged():
        for media_type in MEDIA_TYPES:
            answer = await ask(http, method, media_type, json={"query": CHANGE, "variables": {"input": NEW}})
            assert_refused(answer, media_type, "METHOD_NOT_ALLOWED", status=405)
            assert answer.headers["allow"] == "GET, HEAD, POST"
            assert not [name for name in answer.headers if name.startswith("access-control-")]
    record_property(COUNTED, 1)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_mutation_in_the_address_is_405(
    http: httpx.AsyncClient, unchanged: Unchanged, record_property: Count, method: str
) -> None:
    async with unchanged():
        for media_type in MEDIA_TYPES:
            params = {"query": CHANGE, "variables": json.dumps({"input": NEW})}
            answer = await ask(http, method, media_type, params=params)
            assert (answer.status, answer.headers["allow"]) == (405, "POST")
            if method == "GET":
                assert_refused(answer, media_type, "METHOD_NOT_ALLOWED", status=405)
    record_property(COUNTED, 1)


async def test_a_query_in_the_address_is_answered_and_head_without_its_body(http: httpx.AsyncClient) -> None:
    for method in ("GET", "HEAD"):
        answer = await ask(http, method, JSON, params={"query": ME})
        assert answer.status == 200
        assert int(answer.headers["content-length"]) > 0
        if method == "GET":
            assert answer.field == {"name": "superadmin"}


ADDRESSES = {
    "no query": "",
    "an empty query": "query=",
    "query twice": "query=%7Bme%7Bname%7D%7D&query=%7Bme%7Bname%7D%7D",
    "variables twice": "query=%7Bme%7Bname%7D%7D&variables=%7B%7D&variables=%7B%7D",
    "variables no JSON": "query=%7Bme%7Bname%7D%7D&variables=x",
    "variables a list": "query=%7Bme%7Bname%7D%7D&variables=%5B%5D",
    "variables empty": "query=%7Bme%7Bname%7D%7D&variables=",
    "variables deep": "query=%7Bme%7Bname%7D%7D&variables=" + "[" * 10_000,
    "extensions no JSON": "query=%7Bme%7Bname%7D%7D&extensions=x",
    "extensions a number": "query=%7Bme%7Bname%7D%7D&extensions=1",
}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
async def test_an_address_that_asks_for_nothing_is_400(
    http: httpx.AsyncClient, record_property: Count, address: str
) -> None:
    for media_type in MEDIA_TYPES:
        response = await http.get(f"/graphql?{address}", headers={"Accept": media_type})
        answer = Answer(response.status_code, response.json(), response.headers)
        assert_refused(answer, media_type, "BAD_INPUT", status=400)
    record_property(COUNTED, 1)


async def _in_parts(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


@pytest.mark.parametrize("declared", [True, False], ids=["with Content-Length", "without"])
async def test_a_body_of_10_mib_is_413(http: httpx.AsyncClient, record_property: Count, declared: bool) -> None:
    """B6; `test_limits` shows that no more is read than the limit."""
    for media_type in MEDIA_TYPES:
        answer = await post(http, media_type, BIG if declared else _in_parts(BIG))
        assert_refused(answer, media_type, "BODY_TOO_LARGE", status=413)
    record_property(COUNTED, 1)


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate", "br", "zstd", "compress", "gzip, identity", "x"])
async def test_a_compressed_body_is_415(http: httpx.AsyncClient, record_property: Count, encoding: str) -> None:
    """B6: it is not unpacked, so that none can be a bomb."""
    bomb = gzip.compress(json.dumps({"query": ME + " " * 1_000_000}).encode())
    for media_type in MEDIA_TYPES:
        answer = await post(http, media_type, bomb, **{"Content-Encoding": encoding})
        assert_refused(answer, media_type, "UNSUPPORTED_MEDIA_TYPE", status=415)
    record_property(COUNTED, 1)


@pytest.mark.parametrize(
    ("noun", "field"),
    [("billingRecords", "number"), ("payments", "reference"), ("divisions", "name"), ("catalogItems", "category"),
     ("users", "name"), ("auditEvents", "operation"), ("creditNotes", "number")],
)  # fmt: skip
@pytest.mark.parametrize("operator", ["eq", "in", "startsWith"])
async def test_nul_in_a_filter_is_bad_input(
    http: httpx.AsyncClient, record_property: Count, noun: str, field: str, operator: str
) -> None:
    """B7; in the texts of mutations `test_bad_texts` shows it."""
    value = ["IT", "I\0T"] if operator == "in" else "I\0T"
    kind = noun[0].upper() + noun[1:-1]
    document = f"query($f: {kind}Filter) {{ {noun}(filter: $f) {{ totalCount }} }}"
    for media_type in MEDIA_TYPES:
        body = json.dumps({"query": document, "variables": {"f": {field: {operator: value}}}}).encode()
        answer = await post(http, media_type, body)
        assert (answer.status, answer.codes) == (200, ["BAD_INPUT"])
        assert not any((answer.body["data"] or {}).values())
    record_property(COUNTED, 1)


@pytest.mark.parametrize("mutation", ["createDivision", "recordPayment", "openDispute"])
async def test_nul_in_a_key_is_a_bad_key(
    client: People, make: Make, world: World, unchanged: Unchanged, record_property: Count, mutation: str
) -> None:
    input = await filled_in(mutation, make, world) | {"idempotencyKey": "k\0"}
    async with unchanged():
        answer = await client("superadmin").change(mutation, "", **input)

    assert answer.user_errors == [("BAD_KEY", ["idempotencyKey"])]
    record_property(COUNTED, 1)


async def test_neither_of_our_media_types_accepted_is_406(http: httpx.AsyncClient, unchanged: Unchanged) -> None:
    body = json.dumps({"query": CHANGE, "variables": {"input": NEW}}).encode()
    async with unchanged():
        for accept in ("text/html", "application/xml", "image/*", "application/json;q=0", "*/*;q=0"):
            answer = await post(http, accept, body)
            assert_refused(answer, JSON, "NOT_ACCEPTABLE", status=406)


def test_no_refusal_of_a_request_is_a_fault_of_ours() -> None:
    assert {code for code, status in answers.STATUS.items() if status >= 500} == {
        ErrorCode.SERVICE_UNAVAILABLE,
        ErrorCode.DEADLINE_EXCEEDED,
        ErrorCode.INTERNAL,
    }
