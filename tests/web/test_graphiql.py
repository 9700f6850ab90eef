"""GraphiQL at the address of the graph: who gets the page, what comes with it, and whom the demo offers."""

import gzip
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from billing.app import create_app
from billing.cli.serving import for_browsers
from billing.db.tables import users
from billing.settings import Settings
from billing.web import graphiql
from billing.web.demo_people import DemoPeople
from tests.conftest import TOKENS
from tests.support.asgi import http_to
from tests.support.database import Database, connect
from tests.support.world import World

BROWSERS = {
    "Chromium": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7",
    "Firefox": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Safari": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "old": "Text/HTML",
}
PROGRAMS = {
    "curl, httpx": "*/*",
    "Apollo": "application/graphql-response+json,application/json;q=0.9",
    "urql": "application/graphql-response+json, application/graphql+json, application/json, text/event-stream",
    "Relay": "application/json",
    "undecided": "text/html, application/json",
    "nothing": "",
}
BROWSER = {"Accept": BROWSERS["Chromium"]}
DEMO_USERS = ("analyst", "coordinator-it")

Service = Callable[..., httpx.AsyncClient]


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build of GraphiQL with one file of each kind that a build has."""
    assets = tmp_path / "build" / "assets"
    assets.mkdir(parents=True)
    (assets.parent / "index.html").write_text('<div id="root" data-demo="no"></div>')
    (assets.parent / "licenses.md").write_text("licenses")
    for name in ("index-1.js", "index-1.css", "icon-1.svg", "codicon-1.ttf", "index-1.js.map"):
        (assets / name).write_text(f"content of {name}")
    (assets / "index-1.js.gz").write_bytes(gzip.compress(b"content of index-1.js"))
    return assets.parent


@pytest.fixture
async def site(build: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The page over a graph that says so."""
    async with browse(Starlette(routes=graphiql.routes(the_graph, None, build))) as http:
        yield http


async def the_graph(scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse({"data": "of the graph"})(scope, receive, send)


def browse(app: Starlette) -> httpx.AsyncClient:
    return http_to(app)


@pytest.fixture
def service(database: Database, settings: Settings, world: World) -> Service:
    """`service(demo=True)` is the service with that setting; it would offer DEMO_USERS."""

    def start(demo_users: tuple[str, ...] = DEMO_USERS, **given: bool) -> httpx.AsyncClient:
        return browse(create_app(settings.model_copy(update=given), database, TOKENS, demo_users))

    return start


@pytest.mark.parametrize("browser", BROWSERS)
async def test_a_browser_gets_the_page(site: httpx.AsyncClient, browser: str) -> None:
    page = await site.get("/graphql", headers={"Accept": BROWSERS[browser]})

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text == '<div id="root" data-demo="no"></div>'


@pytest.mark.parametrize("program", PROGRAMS)
async def test_a_program_gets_the_graph(site: httpx.AsyncClient, program: str) -> None:
    answer = await site.get("/graphql", params={"query": "{ me { name } }"}, headers={"Accept": PROGRAMS[program]})

    assert answer.json() == {"data": "of the graph"}


async def test_a_post_is_an_operation_whatever_it_accepts(site: httpx.AsyncClient) -> None:
    assert (await site.post("/graphql", headers=BROWSER)).json() == {"data": "of the graph"}


async def test_the_page_needs_no_token_and_the_graph_still_does(service: Service) -> None:
    async with service() as http:
        page = await http.get("/graphql", headers=BROWSER)
        answer = await http.get("/graphql", params={"query": "{ me { name } }"})

    assert page.headers["content-type"].startswith("text/html")
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def test_the_page_is_not_kept_and_may_load_from_here_only(site: httpx.AsyncClient) -> None:
    headers = (await site.get("/graphql", headers=BROWSER)).headers

    assert headers["cache-control"] == "no-store"
    assert headers["vary"] == "Accept"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].split("; ") == [
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("index-1.js", "text/javascript; charset=utf-8"),
        ("index-1.css", "text/css; charset=utf-8"),
        ("icon-1.svg", "image/svg+xml"),
        ("codicon-1.ttf", "font/ttf"),
    ],
)
async def test_its_files_have_their_types_and_are_kept_for_ever(site: httpx.AsyncClient, name: str, kind: str) -> None:
    file = await site.get(f"/graphql/assets/{name}", headers={"Accept-Encoding": "identity"})

    assert file.text == f"content of {name}"
    assert file.headers["content-type"] == kind
    assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert "worker-src 'self'" in file.headers["content-security-policy"]  # A worker obeys that of its own file.


async def test_a_file_is_sent_compressed_to_who_accepts_that(site: httpx.AsyncClient) -> None:
    plain = await site.get("/graphql/assets/index-1.js", headers={"Accept-Encoding": "identity"})
    compressed = await site.get("/graphql/assets/index-1.js", headers={"Accept-Encoding": "br, gzip"})

    assert "content-encoding" not in plain.headers
    assert compressed.headers["content-encoding"] == "gzip"
    assert compressed.headers["content-type"] == plain.headers["content-type"]
    assert compressed.headers["vary"] == "Accept-Encoding"
    assert compressed.text == plain.text == "content of index-1.js"


@pytest.mark.parametrize(
    "path",
    [
        "unknown.js",
        "index-1.js.gz",
        "index-1.js.map",
        "..%2Findex.html",
        "%2e%2e%2Flicenses.md",
        "..%2F..%2F..%2Fetc%2Fpasswd",
        "%2Fetc%2Fpasswd",
        "index-1.js%00",
        "",
    ],
)
async def test_nothing_else_is_served(site: httpx.AsyncClient, path: str) -> None:
    assert (await site.get(f"/graphql/assets/{path}")).status_code == 404


async def test_files_are_only_read(site: httpx.AsyncClient) -> None:
    assert (await site.post("/graphql/assets/index-1.js")).status_code == 405


async def test_without_a_build_a_browser_is_told_how_to_make_one(tmp_path: Path) -> None:
    async with browse(Starlette(routes=graphiql.routes(the_graph, None, tmp_path / "nothing"))) as http:
        page = await http.get("/graphql", headers=BROWSER)
        file = await http.get("/graphql/assets/index-1.js")
        answer = await http.post("/graphql")

    assert page.status_code == 503
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert "GraphiQL is not built" in page.text
    assert "make graphiql" in page.text
    assert file.status_code == 404
    assert answer.json() == {"data": "of the graph"}


async def test_switched_off_there_is_no_page(service: Service) -> None:
    async with service(demo=True, graphiql=False) as http:
        answer = await http.get("/graphql", params={"query": "{ me { name } }"}, headers=BROWSER)
        people = await http.get("/graphql/demo-users.json")
        file = await http.get("/graphql/assets/index-1.js")

    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("application/json")
    assert (people.status_code, file.status_code) == (404, 404)


@pytest.mark.parametrize(
    ("environment", "on"),
    [
        ({}, True),
        ({"ENVIRONMENT": "production"}, False),
        ({"GRAPHIQL": "false"}, False),
        ({"ENVIRONMENT": "production", "GRAPHIQL": "true"}, True),
    ],
)
def test_it_is_on_in_development_unless_it_is_said(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], on: bool
) -> None:
    for name, value in {"ENVIRONMENT": "", "GRAPHIQL": "", "JWKS": "/there/are/none.json", **environment}.items():
        monkeypatch.setenv(name, value)

    assert Settings().graphiql is on


@pytest.mark.parametrize(
    ("on", "built", "said"),
    [
        (True, True, "A browser finds GraphiQL there."),
        (True, False, "GraphiQL is not built, so a browser finds no page there: make graphiql builds it."),
        (False, True, "GraphiQL is off for browsers: GRAPHIQL=true turns it on."),
    ],
)
def test_the_command_says_what_a_browser_finds(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, on: bool, built: bool, said: str
) -> None:
    monkeypatch.setattr(graphiql, "is_built", lambda: built)

    assert for_browsers(settings.model_copy(update={"graphiql": on})) == said


async def test_the_demo_offers_its_users_with_tokens_that_work(service: Service, world: World) -> None:
    async with service(demo=True) as http:
        answer = await http.get("/graphql/demo-users.json")
        people = answer.json()
        names = [await me(http, person["token"]) for person in people]

    assert names == list(DEMO_USERS)
    assert answer.headers["cache-control"] == "no-store"
    assert [{key: person[key] for key in person if key != "token"} for person in people] == [
        {"name": "analyst", "role": "ANALYST", "division": None, "divisionId": None},
        {"name": "coordinator-it", "role": "COORDINATOR", "division": "IT", "divisionId": str(world.divisions["IT"])},
    ]


async def me(http: httpx.AsyncClient, token: str) -> str:
    answer = await http.post(
        "/graphql", json={"query": "{ me { name } }"}, headers={"Authorization": f"Bearer {token}"}
    )
    name: str = answer.json()["data"]["me"]["name"]
    return name


async def test_the_page_of_the_demo_says_that_there_are_users(database: Database, build: Path) -> None:
    people = DemoPeople(DEMO_USERS, database, TOKENS, timedelta(hours=1))
    async with browse(Starlette(routes=graphiql.routes(the_graph, people, build))) as http:
        page = await http.get("/graphql", headers=BROWSER)

    assert page.text == '<div id="root" data-demo="yes"></div>'


async def test_outside_of_the_demo_nobody_is_offered(service: Service) -> None:
    async with service(demo=False) as http:
        assert (await http.get("/graphql/demo-users.json")).status_code == 404


async def test_over_another_organisation_nobody_is_offered(service: Service) -> None:
    """It has an analyst too, whose token nobody shall get by asking."""
    async with service(("analyst", "coordinator-of-the-demo"), demo=True) as http:
        answer = await http.get("/graphql/demo-users.json")

    assert answer.status_code == 404
    assert "token" not in answer.text


async def test_a_demo_user_who_was_shut_out_is_not_offered(service: Service, database: Database) -> None:
    async with database.owner.begin() as connection:
        await connection.execute(update(users).where(users.c.name == "analyst").values(active=False))

    async with service(demo=True) as http:
        people = (await http.get("/graphql/demo-users.json")).json()

    assert [person["name"] for person in people] == ["coordinator-it"]


async def test_without_its_database_the_demo_asks_to_come_back(settings: Settings) -> None:
    nowhere = connect(settings, "postgresql+asyncpg://billing@127.0.0.1:1/billing")
    people = DemoPeople(DEMO_USERS, nowhere, TOKENS, timedelta(hours=1))
    async with browse(Starlette(routes=graphiql.routes(the_graph, people))) as http:
        answer = await http.get("/graphql/demo-users.json")

    assert (answer.status_code, answer.headers["retry-after"], answer.content) == (503, "1", b"")
