"""A token is what was issued, for us, now; whatever else is sent is answered alike, and nobody is asked about it."""

import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from billing.app import create_app
from billing.domain.errors import Unauthenticated
from billing.settings import Settings
from billing.web import tokens
from billing.web.jwks import Jwks, source_of
from billing.web.tokens import Tokens, Verifier
from tests.support.asgi import http_to
from tests.support.database import Database
from tests.support.forgeries import ED, ES, FORGERIES, RS, Forger, forger_of
from tests.support.issuer import ALGORITHMS, AUDIENCE, ISSUER, MOMENT, Issuer, claims, signed
from tests.support.jwks_server import JwksServer
from tests.support.world import World

Ask = Callable[[str | None], Awaitable[list[tuple[int, str, dict[str, str]]]]]

_connects: list[Any] | None = None


def _note_connect(event: str, arguments: tuple[Any, ...]) -> None:
    if _connects is not None and event in ("socket.connect", "socket.getaddrinfo"):
        _connects.append(arguments[1] if event == "socket.connect" else arguments[0])


sys.addaudithook(_note_connect)


@contextmanager
def outbound() -> Iterator[list[Any]]:
    """The addresses outside this process that anything connected to or looked up meanwhile; PostgreSQL's is a path."""
    global _connects  # An audit hook stays for ever, so it is told when to note.
    found: list[Any] = []
    _connects = found
    try:
        yield found
    finally:
        _connects = None
        found[:] = [address for address in found if not isinstance(address, (str, bytes)) or "/" not in str(address)]


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[JwksServer]:
    async with JwksServer(b"").running() as server:
        yield server


@pytest.fixture(scope="module")
def issuer(server: JwksServer) -> Issuer:
    issuer = Issuer.of(*ALGORITHMS)
    server.content = issuer.jwks()
    return issuer


@pytest.fixture(scope="module")
def verifier(server: JwksServer, issuer: Issuer) -> Verifier:
    return Verifier(Jwks(source_of(server.url), ALGORITHMS), ISSUER, AUDIENCE, clock=lambda: MOMENT)


@pytest.fixture(scope="module")
def forger(issuer: Issuer, server: JwksServer) -> Forger:
    return forger_of(issuer, server.url + "/forged")


@pytest.fixture(scope="module")
async def ask(database: Database, settings: Settings, verifier: Verifier) -> AsyncIterator[Ask]:
    """What each door answers to a token: status, body and headers without the correlation id."""
    async with http_to(create_app(settings, database, verifier)) as http:

        async def ask(token: str | None) -> list[tuple[int, str, dict[str, str]]]:
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            answers = [
                await http.post("/graphql", json={"query": "{ me { name } }"}, headers=headers),
                await http.get("/api/itsm/billing?limit=1", headers=headers),
            ]
            return [
                (answer.status_code, re.sub(r"[0-9a-f]{32}", "", answer.text), dict(answer.headers))
                for answer in answers
            ]

        yield ask


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forged_token_is_answered_like_none(
    name: str, ask: Ask, forger: Forger, world: World, record_property: Callable[[str, object], None]
) -> None:
    nothing = await ask(None)

    answers = await ask(FORGERIES[name](forger))

    assert [status for status, *_ in answers] == [401, 401]
    assert answers == nothing
    record_property("forged tokens", 1)


async def test_the_tokens_that_are_forged_would_be_good_otherwise(ask: Ask, forger: Forger, world: World) -> None:
    answers = [await ask(token) for token in (forger.good(), forger.header(), forger.good(more="x" * 2000))]

    assert [status for answer in answers for status, *_ in answer] == [200] * 6


async def test_forged_tokens_open_no_connection_but_that_for_the_keys(
    server: JwksServer, issuer: Issuer, forger: Forger
) -> None:
    before = server.fetches
    fresh = Verifier(Jwks(source_of(server.url), ALGORITHMS), ISSUER, AUDIENCE, clock=lambda: MOMENT)

    with outbound() as connected:
        assert await fresh.subject(forger.good()) == "coordinator-it"
        for forged in FORGERIES.values():
            with pytest.raises(Unauthenticated):
                await fresh.subject(forged(forger))

    assert server.paths[before:] == ["/keys"]
    assert {address[1] for address in connected if isinstance(address, tuple)} == {server.port}
    assert len(connected) <= 2, "the look-up of the address, and the connection"


GOOD: dict[str, dict[str, Any]] = {
    "it ended 59 seconds ago": {"exp": MOMENT - 59},
    "it begins in 60 seconds": {"nbf": MOMENT + 60, "iat": MOMENT + 60},
    "it ends at a fraction": {"exp": MOMENT + 0.5},
    "it ends with the year 9999": {"exp": 253_402_300_799},
    "for several audiences": {"aud": ["other", AUDIENCE]},
    "with claims of its own": {"roles": ["SUPERADMIN"], "division_id": "x", "nested": {"a": [1]}},
    "without iat": {"iat": None},
}


@pytest.mark.parametrize("kid", [RS, ES, ED])
@pytest.mark.parametrize("name", GOOD)
async def test_a_good_token_is_its_subject(name: str, kid: str, verifier: Verifier, issuer: Issuer) -> None:
    assert await verifier.subject(issuer.token(kid, **GOOD[name])) == "coordinator-it"


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "at+jwt", "x5t": "x", "nonce": "n"},
        {"jku": "https://forger.example/", "x5u": "https://forger.example/", "x5c": ["MIIB"], "jwk": {"kty": "oct"}},
        {"x5c": ["M" * 1500]},
    ],
)
async def test_what_a_header_says_beyond_the_key_is_ignored(
    header: dict[str, Any], verifier: Verifier, issuer: Issuer
) -> None:
    with outbound() as connected:
        assert await verifier.subject(issuer.token(RS, header=header)) == "coordinator-it"

    assert connected == []


async def test_roles_and_divisions_in_a_token_are_nothing_to_us(ask: Ask, issuer: Issuer, world: World) -> None:
    claimed: dict[str, Any] = {"role": "SUPERADMIN", "roles": ["SUPERADMIN"], "division_id": str(world.divisions["HR"])}

    assert await ask(issuer.token(RS, **claimed)) == await ask(issuer.token(RS))


async def test_without_a_kid_a_token_is_taken_while_one_key_alone_fits(server: JwksServer) -> None:
    issuer = Issuer.of("RS256", "ES256")

    async def verified(algorithm: str) -> str:
        server.content = issuer.jwks()
        verifier = Verifier(Jwks(source_of(server.url), ALGORITHMS), ISSUER, AUDIENCE, clock=lambda: MOMENT)
        return await verifier.subject(signed({"alg": algorithm}, claims(), issuer.keys[RS][1], "RS256"))

    assert await verified("RS256") == "coordinator-it"
    issuer.add("another", "RS256")
    with pytest.raises(Unauthenticated):
        await verified("RS256")


async def test_only_the_algorithms_of_the_settings_are_taken(server: JwksServer) -> None:
    issuer = Issuer.of(*ALGORITHMS)
    server.content = issuer.jwks()
    verifier = Verifier(Jwks(source_of(server.url), ("ES256",)), ISSUER, AUDIENCE, clock=lambda: MOMENT)

    assert await verifier.subject(issuer.token(ES)) == "coordinator-it"
    for kid in (RS, ED):
        with pytest.raises(Unauthenticated):
            await verifier.subject(issuer.token(kid))


async def test_a_verified_token_ends_when_it_says(server: JwksServer, issuer: Issuer) -> None:
    now = float(MOMENT)
    server.content = issuer.jwks()
    verifier = Verifier(Jwks(source_of(server.url), ALGORITHMS), ISSUER, AUDIENCE, clock=lambda: now)
    token = issuer.token(RS, exp=MOMENT + 100)
    assert await verifier.subject(token) == "coordinator-it"

    now = MOMENT + 159.9
    assert await verifier.subject(token) == "coordinator-it"
    now = MOMENT + 160.0
    with pytest.raises(Unauthenticated):
        await verifier.subject(token)


async def test_what_is_remembered_is_bounded_and_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED_MAX", 3)
    verifier = Tokens("a secret of the tests, long enough for HS256", ISSUER, AUDIENCE, clock=lambda: MOMENT)
    made = [signed({"alg": "HS256"}, claims(jti=str(number)), verifier.secret.encode(), "HS256") for number in range(4)]

    for token in (*made[:3], made[0], made[3]):
        await verifier.subject(token)

    assert list(verifier._remembered) == [tokens.digest_of(made[number]) for number in (2, 0, 3)]


@pytest.mark.parametrize(
    "forged",
    [
        {"alg": "HS512"},
        {"alg": "HS384"},
        {"alg": "none"},
        {"alg": "RS256"},
        {"alg": "HS256", "crit": ["exp"], "exp": 1},
        {"alg": "HS256", "b64": False},
        {"alg": "HS256", "kid": {"a": 1}},
    ],
)
async def test_in_development_only_hs256_with_our_secret_is_taken(forged: dict[str, Any]) -> None:
    secret = "a secret of the tests, long enough for HS256"
    verifier = Tokens(secret, ISSUER, AUDIENCE, clock=lambda: MOMENT)
    algorithm = forged["alg"] if str(forged["alg"]).startswith("HS") else "HS256"

    assert await verifier.subject(signed({"alg": "HS256"}, claims(), secret.encode(), "HS256")) == "coordinator-it"
    for header, key in ((forged, secret), ({"alg": "HS256"}, secret + "!")):
        with pytest.raises(Unauthenticated):
            await verifier.subject(signed(header, claims(), key.encode(), algorithm))


@pytest.mark.parametrize("text", ["\ud800", "ä.ö.ü", "\0", "é" * 4096, ""])
async def test_texts_that_no_header_can_carry_are_no_tokens_either(text: str, verifier: Verifier) -> None:
    with pytest.raises(Unauthenticated):
        await verifier.subject(text)
