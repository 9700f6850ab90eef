"""P17: no inside text leaves, and what is masked is found in the log by its id; the watch over all tests sees leaks."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from billing.db.database import database_clock
from tests.conftest import TOKENS
from tests.support.asgi import http_to
from tests.support.client import Client
from tests.support.database import Database
from tests.support.leaks import leaked
from tests.support.refusals import MEDIA_TYPES
from tests.web.test_bad_requests import http

__all__ = ["http"]

TESTS = Path(__file__).parents[1]

INSIDE = [
    "Traceback (most recent call last):",
    'File "x", line 3, in serve',
    'File \\"x\\"',
    "KeyError: 'billingRecords'",
    "RecursionError",
    "maximum recursion depth exceeded",
    "'NoneType' object is not subscriptable",
    "<class 'Row'>",
    "<function f at 0x7f00>",
    "GraphQLObjectType",
    "asyncpg.exceptions",
    'relation "users" does not exist',
    'relation \\"users\\" does not exist',
    'violates unique constraint "users_name_key"',
    "sqlalchemy.exc",
    "[SQL: x]",
    "SELECT id FROM users",
    "SELECT users.id, users.name\\nFROM users",
    "INSERT INTO users",
    "UPDATE users SET",
    "DELETE FROM users",
    "pg_catalog",
    "postgresql://billing:x@db/billing",
    "postgresql+asyncpg://",
    "/opt/x",
    "/home/ada",
    "site-packages",
    "executor.py",
    "uvicorn",
    "graphql-core 3.3",
    "billing_scoped",
    TOKENS.secret,
    TOKENS.issue("admin", datetime.now(UTC), timedelta(hours=1)),
]
HARMLESS = [
    "Laptop, with a file, from the catalog; select one of these",
    "The document has several operations. Name the one to run in operationName.",
    "Cannot query field 'x' on type 'Query'.",
    "UserError, userErrors, AuditEventFilter",
    '{"token":"' + TOKENS.issue("admin", datetime.now(UTC), timedelta(hours=1)) + '"}',
]


@pytest.mark.parametrize("text", INSIDE)
def test_what_is_inside_is_seen(text: str) -> None:
    assert leaked(f'{{"message":"{text}"}}', sent="{ me { name } }") is not None
    assert leaked(f'{{"message":"{text}"}}', sent=f"what was sent: {text}") is None


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_said_is_no_leak(text: str) -> None:
    assert leaked(text, sent="") is None


@pytest.mark.parametrize(
    "answer",
    [
        JSONResponse({"data": {"x": "SELECT id FROM users"}}),
        JSONResponse({"data": None}, headers={"X-Powered-By": "uvicorn"}),
        JSONResponse({"errors": [{"message": "x", "extensions": {"code": "ODD", "correlationId": "0" * 32}}]}),
        JSONResponse({"errors": [{"message": "x", "extensions": {"code": "INTERNAL", "correlationId": "1"}}]}),
        JSONResponse({"errors": [{"message": "", "extensions": {"code": "INTERNAL", "correlationId": "0" * 32}}]}),
    ],
    ids=["a body", "a header", "an unknown code", "no correlation id", "no text"],
)
async def test_the_watch_over_all_tests_fails_the_test(answer: Response) -> None:
    async def leaking(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(scope, receive, send)

    async with http_to(leaking) as http:
        with pytest.raises(AssertionError):
            await http.get("/graphql")


def test_every_test_asks_through_the_watch() -> None:
    """A client of its own would not be watched."""
    own = re.compile(r"httpx\.(Async)?(Client|HTTPTransport|ASGITransport|post|get)\(|TestClient\(")
    files = [path for path in TESTS.rglob("*.py") if own.search(path.read_text(encoding="utf-8"))]

    assert {str(path.relative_to(TESTS)) for path in files} <= {
        "support/asgi.py",
        "torture/site.py",
        "web/test_leaks.py",
    }


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@pytest.mark.parametrize(
    "document",
    ["{ billingRecords { totalCount } }", 'mutation { retireCatalogItem(input: {id: "x", version: 1}) { replayed } }'],
)
async def test_a_mistake_of_ours_is_masked_and_in_the_log_by_its_id(
    client: Callable[[str], Client], database: Database, document: str, media_type: str
) -> None:
    def broken(now: datetime) -> datetime:
        raise KeyError("the inside")

    database.clock = broken
    try:
        with capture_logs() as logs:
            answer = await client("admin").accepting(media_type).run(document)
    finally:
        database.clock = database_clock

    (error,) = answer.errors
    assert (answer.status, error["extensions"]["code"]) == (200, "INTERNAL")
    assert "inside" not in str(answer.body)
    assert [line["correlation_id"] for line in logs] == [error["extensions"]["correlationId"]]
    assert "the inside" in repr(logs[0]["exc_info"])


@pytest.mark.parametrize(
    ("method", "request_", "status"),
    [
        ("POST", {"json": {"query": "{ x }"}}, 200),
        ("POST", {"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ("PUT", {}, 405),
        ("POST", {"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415),
        ("GET", {"headers": {"Accept": "text/csv"}}, 406),
    ],
)  # fmt: skip
async def test_each_refusal_has_an_id_of_its_own(
    http: httpx.AsyncClient, method: str, request_: dict[str, Any], status: int
) -> None:
    answers = [await http.request(method, "/graphql", **request_) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {status}
    assert len({answer.json()["errors"][0]["extensions"]["correlationId"] for answer in answers}) == 3
