"""P15: no page of another origin can make a browser change something, even one that holds a valid token."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette

from tests.graph.conftest import unchanged
from tests.support.asgi import http_to
from tests.support.unchanged import Unchanged
from tests.support.world import World
from tests.web.conftest import TOKENS

__all__ = ["unchanged"]

Count = Callable[[str, object], None]

COUNTED = "forged requests, none executed"
INPUT = {"code": "OPS", "name": "Operations", "idempotencyKey": "k"}
CHANGE = "mutation($input: CreateDivisionInput!) { createDivision(input: $input) { replayed userErrors { code } } }"
INLINE = 'mutation { createDivision(input: {code: "OPS", name: "x", idempotencyKey: "k"}) { replayed } }'
ASKED = {"query": CHANGE, "variables": {"input": INPUT}}
AS_JSON = json.dumps(ASKED).encode()
AS_FORM = urlencode({"query": CHANGE, "variables": json.dumps({"input": INPUT})}).encode()
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n%s\r\n'
    b'--x\r\nContent-Disposition: form-data; name="map"\r\n\r\n{}\r\n--x--\r\n'
) % AS_JSON
PREFLIGHT = [
    {},
    {"Apollo-Require-Preflight": "true"},
    {"X-Apollo-Operation-Name": "x"},
    {"GraphQL-Require-Preflight": "1"},
]
METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"]
OVERRIDES = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"]


@pytest.fixture
def token() -> str:
    return TOKENS.issue("superadmin", datetime.now(UTC), timedelta(hours=1))


@pytest.fixture
async def http(app: Starlette, world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with http_to(app) as http:
        yield http


@pytest.fixture
def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_the_change_is_made_when_it_is_asked_for_as_it_should(
    http: httpx.AsyncClient, bearer: dict[str, str]
) -> None:
    """What the other tests try is refused for how it comes, and for nothing else."""
    answer = await http.post("/graphql", content=AS_JSON, headers={**bearer, "Content-Type": "application/json"})

    assert answer.json()["data"] == {"createDivision": {"replayed": False, "userErrors": []}}


BODIES: dict[str, tuple[str | None, bytes]] = {
    "JSON as text": ("text/plain", AS_JSON),
    "JSON as text, called JSON in a parameter": ("text/plain; x=application/json", AS_JSON),
    "JSON as a form": ("application/x-www-form-urlencoded", AS_JSON),
    "JSON without a type": (None, AS_JSON),
    "JSON as a type that is none": ("x", AS_JSON),
    "a form": ("application/x-www-form-urlencoded", AS_FORM),
    "a form in UTF-8": ("application/x-www-form-urlencoded; charset=utf-8", AS_FORM),
    "a multipart request": ("multipart/form-data; boundary=x", MULTIPART),
    "mixed parts": ("multipart/mixed; boundary=x", MULTIPART),
    "a document": ("application/graphql", INLINE.encode()),
    "a document as text": ("text/plain", INLINE.encode()),
    "nothing": (None, b""),
}


@pytest.mark.parametrize(("kind", "body"), BODIES.values(), ids=BODIES)
async def test_what_a_page_can_send_unasked_is_not_executed(
    http: httpx.AsyncClient,
    bearer: dict[str, str],
    unchanged: Unchanged,
    record_property: Count,
    kind: str | None,
    body: bytes,
) -> None:
    """Nor does a header that other servers take for a preflight open the door, nor a query string beside the body."""
    typed = {} if kind is None else {"Content-Type": kind}
    async with unchanged():
        for extra in PREFLIGHT:
            for query in ({}, {"query": INLINE}):
                answer = await http.post("/graphql", content=body, headers={**bearer, **typed, **extra}, params=query)
                assert_refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    record_property(COUNTED, 2 * len(PREFLIGHT))


@pytest.mark.parametrize("method", METHODS)
async def test_no_method_but_post_changes_anything(
    http: httpx.AsyncClient, bearer: dict[str, str], unchanged: Unchanged, record_property: Count, method: str
) -> None:
    """With the change in the address, in the body, and in both, and with every header that names another method."""
    address = {"query": INLINE}
    async with unchanged():
        for override in ({}, *({name: "POST"} for name in OVERRIDES)):
            for request in ({"params": address}, {"json": ASKED}, {"params": address, "json": ASKED}):
                answer = await http.request(method, "/graphql", headers={**bearer, **override}, **request)
                assert answer.status_code in (400, 405)
                assert not answer.content or "data" not in answer.json()
    record_property(COUNTED, 3 * (1 + len(OVERRIDES)))


@pytest.mark.parametrize("override", OVERRIDES)
async def test_post_is_no_other_method_either(
    http: httpx.AsyncClient, bearer: dict[str, str], unchanged: Unchanged, record_property: Count, override: str
) -> None:
    async with unchanged():
        for method in METHODS:
            answer = await http.post("/graphql", content=AS_FORM, headers={**bearer, override: method})
            assert_refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
            answer = await http.post(f"/graphql?_method={method}", content=AS_FORM, headers=bearer)
            assert_refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    record_property(COUNTED, 2 * len(METHODS))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_change_is_not_made_by_its_hash_in_an_address(
    http: httpx.AsyncClient, bearer: dict[str, str], unchanged: Unchanged, record_property: Count, method: str
) -> None:
    named = {"persistedQuery": {"version": 1, "sha256Hash": sha256(CHANGE.encode()).hexdigest()}}
    first = {**ASKED, "variables": {"input": {**INPUT, "idempotencyKey": "first"}}, "extensions": named}
    assert (await http.post("/graphql", json=first, headers=bearer)).json()["data"]["createDivision"]

    async with unchanged():
        other = {"input": {**INPUT, "code": "OTHER"}}
        for address in (
            {"extensions": json.dumps(named)},
            {"extensions": json.dumps(named), "query": CHANGE},
            {"documentId": f"sha256:{named['persistedQuery']['sha256Hash']}"},
        ):
            params = {**address, "variables": json.dumps(other)}
            answer = await http.request(method, "/graphql", params=params, headers=bearer)
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    record_property(COUNTED, 3)


def places(token: str) -> dict[str, dict[str, Any]]:
    """Where a browser, or a mistaken client, could carry a token."""
    header = {"Content-Type": "application/json"}
    return {
        "nowhere": {},
        "a cookie": {"cookies": {"Authorization": f"Bearer {token}", "token": token, "session": token}},
        "the query string": {"params": {"token": token, "access_token": token, "authorization": f"Bearer {token}"}},
        "the body": {"content": json.dumps({**ASKED, "token": token, "authorization": token}).encode()},
        "the user of the address": {"auth": ("superadmin", token)},
        "another header": {"headers": {**header, "X-Authorization": f"Bearer {token}", "X-Access-Token": token}},
        "a header that names a user": {
            "headers": {**header, "X-User-Id": "superadmin", "X-Forwarded-User": "superadmin"}
        },
        "the extensions": {"content": json.dumps({**ASKED, "extensions": {"token": token}}).encode()},
    }


@pytest.mark.parametrize("place", places(""))
async def test_identity_is_in_the_header_alone(
    http: httpx.AsyncClient, token: str, unchanged: Unchanged, record_property: Count, place: str
) -> None:
    carried = places(token)[place]
    for name, value in carried.pop("cookies", {}).items():
        http.cookies.set(name, value.replace(" ", "%20"))
    asked = {"content": AS_JSON, "headers": {"Content-Type": "application/json"}, **carried}
    async with unchanged():
        answer = await http.post("/graphql", **asked)
        assert_refused(answer, 401, "UNAUTHENTICATED")
        assert_refused(await http.get("/graphql", params={"query": "{ me { name } }"}), 401, "UNAUTHENTICATED")
    assert "set-cookie" not in answer.headers
    record_property(COUNTED, 2)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://billing.evil.example", "file://"])
async def test_a_foreign_origin_is_allowed_nothing(
    http: httpx.AsyncClient, bearer: dict[str, str], unchanged: Unchanged, record_property: Count, origin: str
) -> None:
    """B10: neither its preflight nor an answer names it, so that its browser sends nothing and shows nothing."""
    preflight = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    async with unchanged():
        asked = await http.options("/graphql", headers={"Origin": origin, **preflight})
        assert_refused(asked, 405, "METHOD_NOT_ALLOWED")
    seen = await http.post("/graphql", json={"query": "{ me { name } }"}, headers={"Origin": origin, **bearer})
    for answer in (asked, seen):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    record_property(COUNTED, 1)


def assert_refused(answer: httpx.Response, status: int, code: str) -> None:
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (status, code)
    assert "data" not in answer.json()
