"""Pages of other origins: only listed ones may read an answer, and nothing runs for the question whether one may."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from billing.app import create_app
from billing.settings import Settings
from tests.access.introspection import mutation_document
from tests.conftest import TOKENS
from tests.support.asgi import http_to
from tests.support.database import Database
from tests.support.unchanged import Contents, contents
from tests.support.world import World

LISTED = ("https://hub.example", "http://localhost:3000")
FOREIGN = (
    "https://evil.example",
    "https://hub.example.evil.example",
    "https://evil-hub.example",
    "http://hub.example",
    "https://hub.example:8443",
    "https://HUB.example",
    "https://hub.example/",
    "https://sub.hub.example",
    "http://localhost:3001",
    "null",
    "*",
    "",
)
ADDRESSES = {"/graphql": {"query": "{ me { name } }"}, "/api/itsm/billing": {"limit": "1"}}
SENT_BY_CLIENTS = "apollographql-client-name,apollographql-client-version,authorization,content-type,idempotency-key"

pytestmark = pytest.mark.usefixtures("world")


@asynccontextmanager
async def at(database: Database, settings: Settings, *origins: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings.model_copy(update={"cors_origins": origins}), database, TOKENS)
    async with http_to(app) as http:
        yield http


@pytest.fixture
async def http(database: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with at(database, settings, *LISTED) as http:
        yield http


def bearer(name: str = "superadmin") -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKENS.issue(name, datetime.now(UTC), timedelta(hours=1))}"}


def preflight(origin: str, method: str = "POST", headers: str = SENT_BY_CLIENTS) -> dict[str, str]:
    return {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}


def of_cors(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("origin", LISTED)
@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_listed_origin_may_ask_and_read(origin: str, address: str, http: httpx.AsyncClient) -> None:
    allowed = await http.options(address, headers=preflight(origin))
    answer = await http.get(address, params=ADDRESSES[address], headers={"Origin": origin, **bearer()})

    assert allowed.status_code == 200
    assert of_cors(allowed) | {"access-control-allow-headers": ""} == {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET, POST",
        "access-control-max-age": "600",
        "access-control-allow-headers": "",
    }
    sent = {name.strip().lower() for name in allowed.headers["access-control-allow-headers"].split(",")}
    assert set(SENT_BY_CLIENTS.split(",")) < sent
    assert answer.status_code == 200
    assert of_cors(answer) == {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "Retry-After, Location, Idempotent-Replayed",
    }
    assert "Origin" in answer.headers["vary"]


async def test_a_refusal_can_be_read_too(http: httpx.AsyncClient) -> None:
    answer = await http.post("/graphql", json={"query": "{ me { name } }"}, headers={"Origin": LISTED[0]})

    assert (answer.status_code, of_cors(answer)["access-control-allow-origin"]) == (401, LISTED[0])


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_foreign_origin_is_allowed_nothing(origin: str, address: str, http: httpx.AsyncClient) -> None:
    refused = await http.options(address, headers=preflight(origin))
    answer = await http.get(address, params=ADDRESSES[address], headers={"Origin": origin, **bearer()})

    assert refused.status_code == 400
    for each in (refused, answer):
        assert "access-control-allow-origin" not in each.headers
        assert "access-control-allow-credentials" not in each.headers
        assert "Origin" in each.headers["vary"], "or a cache would give another's answer to a listed origin"


@pytest.mark.parametrize(
    ("origin", "asked"),
    [
        ("https://evil.example", {}),
        (LISTED[0], {"method": "DELETE"}),
        (LISTED[0], {"method": "PUT"}),
        (LISTED[0], {"headers": "x-user-id"}),
        (LISTED[0], {"headers": "cookie"}),
        (LISTED[0], {"headers": "x-http-method-override"}),
    ],
)
async def test_nothing_runs_for_a_preflight(
    origin: str, asked: dict[str, str], http: httpx.AsyncClient, world: World, database: Database
) -> None:
    body = {
        "query": mutation_document("deactivateUser"),
        "variables": {"input": {"id": str(world.users["analyst"]), "version": 1}},
    }
    before = await _contents(database)

    refused = await http.request("OPTIONS", "/graphql", json=body, headers={**preflight(origin, **asked), **bearer()})
    allowed = await http.request("OPTIONS", "/graphql", json=body, headers={**preflight(LISTED[0]), **bearer()})

    assert (refused.status_code, allowed.status_code) == (400, 200)
    assert refused.text.startswith("Disallowed CORS")
    assert await _contents(database) == before


@pytest.mark.parametrize("origin", [LISTED[0], "https://evil.example", "http://billing"])
@pytest.mark.parametrize("address", ADDRESSES)
async def test_without_origins_nothing_is_said_of_them(
    origin: str, address: str, database: Database, settings: Settings
) -> None:
    async with at(database, settings) as http:
        refused = await http.options(address, headers=preflight(origin))
        answer = await http.get(address, params=ADDRESSES[address], headers={"Origin": origin, **bearer()})

    assert (refused.status_code, answer.status_code) == (405, 200)
    assert of_cors(refused) == of_cors(answer) == {}


async def _contents(database: Database) -> Contents:
    async with database.owner.connect() as connection:
        return await contents(connection)
