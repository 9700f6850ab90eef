"""Who is asking: only the one header says it, and what the users table says of them holds at once."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from billing.app import create_app
from billing.db import user_changes
from billing.settings import Settings
from billing.web.jwks import Jwks, source_of
from billing.web.tokens import Verifier
from tests.access.asking import Asking, Said
from tests.access.introspection import mutation_document
from tests.conftest import TOKENS
from tests.support.asgi import http_to
from tests.support.database import Database
from tests.support.issuer import ALGORITHMS, AUDIENCE, ISSUER, MOMENT, Issuer
from tests.support.jwks_server import JwksServer
from tests.support.running import Service, running
from tests.support.world import World

ME = "{ me { name role division { code } } }"
WHO = "WHERE users.name ="


def token(name: str = "coordinator-it") -> str:
    return TOKENS.issue(name, datetime.now(UTC), timedelta(hours=1))


Sent = dict[str, Any]
GOOD: Sent = {"headers": [("Authorization", f"Bearer {token()}")]}

NO_IDENTITY: dict[str, Sent] = {
    "nothing": {},
    "an empty header": {"headers": [("Authorization", "")]},
    "a scheme alone": {"headers": [("Authorization", "Bearer")]},
    "a scheme and a space": {"headers": [("Authorization", "Bearer ")]},
    "a token alone": {"headers": [("Authorization", token())]},
    "Basic": {"headers": [("Authorization", "Basic Y29vcmRpbmF0b3ItaXQ6")]},
    "Basic with a token": {"headers": [("Authorization", f"Basic {token()}")]},
    "a scheme as long": {"headers": [("Authorization", f"Beaver {token()}")]},
    "another scheme": {"headers": [("Authorization", f"Token {token()}")]},
    "a token in quotes": {"headers": [("Authorization", f'Bearer "{token()}"')]},
    "two tokens in a header": {"headers": [("Authorization", f"Bearer {token()}, Bearer {token()}")]},
    "two headers": {"headers": [("Authorization", f"Bearer {token()}")] * 2},
    "two headers, one empty": {"headers": [("Authorization", f"Bearer {token()}"), ("Authorization", "")]},
    "two people": {"headers": [("Authorization", f"Bearer {token(name)}") for name in ("analyst", "admin")]},
    "a header of another name": {"headers": [("X-Authorization", f"Bearer {token()}")]},
    "a proxy's header": {"headers": [("Proxy-Authorization", f"Bearer {token()}")]},
    "a cookie": {"headers": [("Cookie", f"access_token={token()}; token={token()}; Authorization=Bearer {token()}")]},
    "X-User-Id": {"headers": [("X-User-Id", "superadmin"), ("X-User", "superadmin"), ("X-Role", "SUPERADMIN")]},
    "X-Forwarded-User": {"headers": [("X-Forwarded-User", "superadmin"), ("X-Remote-User", "superadmin")]},
    "a token in the address": {"params": {"access_token": token(), "token": token(), "authorization": token()}},
    "the system's user": {"headers": [("Authorization", f"Bearer {token('system')}")]},
    "nobody's name": {"headers": [("Authorization", f"Bearer {token('nobody')}")]},
    "a name in capitals": {"headers": [("Authorization", f"Bearer {token('ANALYST')}")]},
    "SQL as a name": {"headers": [("Authorization", f"Bearer {token(chr(39) + ' OR true --')}")]},
}


@pytest.fixture
async def http(database: Database, settings: Settings, world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with http_to(create_app(settings, database, TOKENS)) as http:
        yield http


async def ask(http: httpx.AsyncClient, path: str, sent: Sent) -> httpx.Response:
    body = {"query": ME, "extensions": {"token": token()}, "access_token": token()}
    if path == "/graphql":
        return await http.post(path, json=body, **sent)
    params = {"limit": "1", **sent.get("params", {})} if path == "/api/itsm/billing" else sent.get("params")
    return await http.get(path, **{**sent, "params": params})


@pytest.mark.parametrize("path", ["/graphql", "/api/itsm/billing"])
@pytest.mark.parametrize("name", NO_IDENTITY)
async def test_whatever_is_no_token_in_the_one_header_is_answered_alike(
    name: str, path: str, http: httpx.AsyncClient, world: World
) -> None:
    nothing, good = await ask(http, path, {}), await ask(http, path, GOOD)

    answer = await ask(http, path, NO_IDENTITY[name])

    assert (good.status_code, answer.status_code) == (200, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert _without_id(answer) == _without_id(nothing)
    assert answer.headers == nothing.headers


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer  "])
async def test_the_scheme_may_be_written_in_any_case(scheme: str, http: httpx.AsyncClient) -> None:
    answer = await ask(http, "/graphql", {"headers": [("Authorization", f"{scheme} {token()}")]})

    assert answer.json()["data"]["me"]["name"] == "coordinator-it"


async def test_in_production_an_empty_table_lets_nobody_in(database: Database, world: World) -> None:
    issuer = Issuer.of("RS256")
    async with database.owner.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text("DELETE FROM users"))
    production = Settings(_env_file=None, environment="production", jwks="/keys.json")  # type: ignore[call-arg]
    async with JwksServer(issuer.jwks()).running() as server:
        verifier = Verifier(Jwks(source_of(server.url), ALGORITHMS), ISSUER, AUDIENCE, clock=lambda: MOMENT)
        async with http_to(create_app(production, database, verifier)) as http:
            answers = [
                await http.post("/graphql", json={"query": ME}, headers={"Authorization": f"Bearer {forged}"})
                for forged in (issuer.token("the RS256 key", sub=name) for name in ("superadmin", "system", "root"))
            ]
            offered = await http.get("/graphql/demo-users.json")

    assert [answer.status_code for answer in answers] == [401] * 3
    assert offered.status_code == 404


async def test_a_coordinator_without_a_division_sees_nothing(http: httpx.AsyncClient) -> None:
    said = await Asking(http, TOKENS)(
        "coordinator-none", "{ me { division { code } } billingRecords { totalCount } payments { totalCount } }"
    )

    assert said.data == {
        "me": {"division": None},
        "billingRecords": {"totalCount": 0},
        "payments": {"totalCount": 0},
    }


@pytest.fixture
async def service(settings: Settings, database_url: str, world: World) -> AsyncIterator[Service]:
    async with running(settings, database_url) as service:
        yield service


async def test_the_second_request_of_a_person_does_not_ask_who_they_are(service: Service) -> None:
    first, second, other = [await _statements(service, person) for person in ("analyst", "analyst", "admin")]

    assert [_looks(first), _looks(second), _looks(other)] == [1, 0, 1]


async def test_without_memory_every_request_asks_and_nothing_listens(
    settings: Settings, database_url: str, world: World
) -> None:
    async with running(settings, database_url, user_cache_seconds=0) as service:
        statements = [await _statements(service, "analyst") for _ in range(3)]

        assert [_looks(each) for each in statements] == [1, 1, 1]
        assert await _listeners(service.database) == 0


async def test_there_is_one_connection_that_listens_and_it_ends_with_the_service(
    database: Database, settings: Settings, database_url: str, world: World
) -> None:
    async with running(settings, database_url) as service:
        assert await _listeners(service.database) == 1

    async with asyncio.timeout(10):
        while await _listeners(database):  # PostgreSQL takes a moment to see that somebody has gone.
            pass


@pytest.mark.parametrize("trigger", ["ENABLE", "DISABLE"])
async def test_a_change_through_the_graph_holds_with_the_next_request(
    trigger: str, service: Service, world: World
) -> None:
    """Also where the news of it would never arrive: the process that makes a change knows of it."""
    await _as_owner(service.database, f"ALTER TABLE users {trigger} TRIGGER users_changed")
    try:
        it = {"id": str(world.users["coordinator-it"])}
        moved = {"role": "COORDINATOR", "divisionId": str(world.divisions["HR"])}
        seen = [await _me(service, "coordinator-it")]
        for version, change in enumerate(
            [("assignRole", moved), ("assignRole", {"role": "ANALYST"}), ("deactivateUser", {})], start=1
        ):
            await _change(service, change[0], **it, version=version, **change[1])
            seen.append(await _me(service, "coordinator-it"))
        unknown = await _me(service, "new")
        await _change(service, "addUser", name="new", displayName="New", role="ANALYST", idempotencyKey="k")
        known = await _me(service, "new")
    finally:
        await _as_owner(service.database, "ALTER TABLE users ENABLE TRIGGER users_changed")

    assert seen == [("COORDINATOR", "IT"), ("COORDINATOR", "HR"), ("ANALYST", None), None]
    assert (unknown, known) == (None, ("ANALYST", None))


async def test_a_refused_change_changes_nobody(service: Service, world: World) -> None:
    given = {"id": str(world.users["superadmin"]), "version": 1}
    assert await _me(service, "superadmin") == ("SUPERADMIN", None)

    said = await service.asking("superadmin", mutation_document("deactivateUser"), input=given)

    assert said.data["deactivateUser"]["userErrors"][0]["code"] == "LAST_SUPERADMIN"
    assert await _me(service, "superadmin") == ("SUPERADMIN", None)


CHANGES: dict[str, tuple[str, tuple[str, str | None] | None]] = {
    "shut out": ("UPDATE users SET active = false WHERE name = 'coordinator-it'", None),
    "lowered": (
        "UPDATE users SET role = 'ANALYST', division_id = NULL WHERE name = 'coordinator-it'",
        ("ANALYST", None),
    ),
    "moved": (
        "UPDATE users SET division_id = d.id FROM divisions d WHERE code = 'HR' AND users.name = 'coordinator-it'",
        ("COORDINATOR", "HR"),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_in_another_process_is_heard_of(change: str, service: Service) -> None:
    statement, expected = CHANGES[change]
    assert await _me(service, "coordinator-it") == ("COORDINATOR", "IT")

    await _as_owner(service.database, statement)

    await _becomes(service, "coordinator-it", expected, seconds_max=5)


async def test_a_change_through_one_service_is_heard_of_by_another(
    service: Service, settings: Settings, database_url: str, world: World
) -> None:
    async with running(settings, database_url) as other:
        assert await _me(other, "coordinator-it") == ("COORDINATOR", "IT")
        assert await _me(other, "new") is None

        await _change(service, "deactivateUser", id=str(world.users["coordinator-it"]), version=1)
        await _change(service, "addUser", name="new", displayName="New", role="ANALYST", idempotencyKey="k")

        await _becomes(other, "coordinator-it", None, seconds_max=5)
        await _becomes(other, "new", ("ANALYST", None), seconds_max=5)


CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE application_name = 'internal-billing changes of users'"
)


async def test_when_the_listening_connection_is_cut_nothing_is_remembered(
    settings: Settings, database_url: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it cannot listen again for long: when it does, it forgets everything anyway."""
    monkeypatch.setattr(user_changes, "_RETRY_SECONDS_MIN", 60)
    async with running(settings, database_url) as service:
        assert await _me(service, "coordinator-it") == ("COORDINATOR", "IT")

        await _as_owner(
            service.database,
            CUT,
            "ALTER TABLE users DISABLE TRIGGER users_changed",
            CHANGES["shut out"][0],
            "ALTER TABLE users ENABLE TRIGGER users_changed",
        )

        await _becomes(service, "coordinator-it", None, seconds_max=5)
        assert not service.database.viewers.hearing.is_set()


async def test_when_the_listening_connection_is_cut_another_is_made(service: Service) -> None:
    await _as_owner(service.database, CUT)

    async with asyncio.timeout(10):
        while service.database.viewers.hearing.is_set():  # noqa: ASYNC110 -- nothing can be waited for that is cleared
            await asyncio.sleep(0)
        await service.database.viewers.hearing.wait()
    assert [_looks(await _statements(service, "analyst")) for _ in range(2)] == [1, 0], "it listens again"


async def test_where_the_news_is_lost_a_change_holds_after_the_seconds_that_are_set(
    settings: Settings, database_url: str, world: World
) -> None:
    """As where something between us and PostgreSQL swallows it."""
    async with running(settings, database_url, user_cache_seconds=1) as service:
        assert await _me(service, "coordinator-it") == ("COORDINATOR", "IT")
        await _as_owner(
            service.database,
            "ALTER TABLE users DISABLE TRIGGER users_changed",
            CHANGES["shut out"][0],
            "ALTER TABLE users ENABLE TRIGGER users_changed",
        )

        await _becomes(service, "coordinator-it", None, seconds_max=1.5)


async def _statements(service: Service, person: str) -> list[str]:
    with service.database.recorded() as sent:
        said = await service.asking(person, ME)
        assert said.status == 200
        return list(sent)


def _looks(statements: list[str]) -> int:
    """How often it was asked who somebody is."""
    return sum(WHO in statement and "active" in statement for statement in statements)


async def _me(service: Service, person: str) -> tuple[str, str | None] | None:
    """Role and division, None for whoever is not let in."""
    said: Said = await service.asking(person, ME)
    if said.status == 401:
        return None
    me = said.data["me"]
    return me["role"], me["division"] and me["division"]["code"]


async def _becomes(
    service: Service, person: str, expected: tuple[str, str | None] | None, *, seconds_max: float
) -> None:
    """News arrive when they arrive; what is asked until then is answered either way, and nothing else."""
    before = await _me(service, person)
    async with asyncio.timeout(seconds_max):
        while (now := await _me(service, person)) != expected:
            assert now == before


async def _change(service: Service, mutation: str, **input: Any) -> None:
    said = await service.asking("superadmin", mutation_document(mutation), input=input)
    assert said.errors == []
    assert said.data[mutation]["userErrors"] == []


async def _as_owner(database: Database, *statements: str) -> None:
    """In one transaction."""
    async with database.owner.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def _listeners(database: Database) -> int:
    statement = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'internal-billing changes of users'"
    async with database.owner.connect() as connection:
        return int(await connection.scalar(text(statement)))


def _without_id(answer: httpx.Response) -> str:
    return re.sub(r"[0-9a-f]{32}", "(correlation id)", answer.text)
