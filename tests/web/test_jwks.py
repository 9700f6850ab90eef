"""The issuer's keys: read from its address or a file within bounds, kept while it is away, not asked for too often."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from billing.domain.errors import Unauthenticated
from billing.web import jwks
from billing.web.jwks import BYTES_MAX, Jwks, source_of
from billing.web.signing_keys import NoKeysError, read_keys
from billing.web.tokens import Verifier
from tests.support.issuer import ALGORITHMS, AUDIENCE, ISSUER, MOMENT, Issuer, base64url, claims, signed
from tests.support.jwks_server import JwksServer, Writer

UNKNOWN_SECONDS = 300


@dataclass
class Place:
    """An issuer, its server, and a verifier whose clock a test sets."""

    issuer: Issuer
    server: JwksServer
    now: float = 1000
    keys: Jwks = field(init=False)
    verifier: Verifier = field(init=False)

    def __post_init__(self) -> None:
        self.keys = Jwks(source_of(self.server.url), ALGORITHMS, clock=lambda: self.now)
        self.verifier = Verifier(self.keys, ISSUER, AUDIENCE, clock=lambda: MOMENT)

    def publish(self) -> None:
        self.server.content = self.issuer.jwks()

    async def accepts(self, token: str) -> bool:
        try:
            return await self.verifier.subject(token) == "coordinator-it"
        except Unauthenticated:
            return False

    def unknown(self, number: int = 0) -> str:
        _, key = self.issuer.keys["first"]
        return signed({"alg": "RS256", "kid": f"unknown {number}"}, claims(), key, "RS256")


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    issuer = Issuer()
    issuer.add("first", "RS256")
    async with JwksServer(issuer.jwks()).running() as server:
        yield Place(issuer, server)


@asynccontextmanager
async def kept_fresh(keys: Jwks) -> AsyncIterator[None]:
    task = asyncio.create_task(keys.keep_fresh())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_the_keys_are_read_once_at_the_start(place: Place) -> None:
    async with kept_fresh(place.keys):
        await place.server.fetched(1)
        answers = [await place.accepts(place.issuer.token("first", jti=str(number))) for number in range(20)]

    assert answers == [True] * 20
    assert place.server.fetches == 1


async def test_first_requests_wait_for_the_reading_that_is_under_way(place: Place) -> None:
    go = _hold(place.server)
    async with kept_fresh(place.keys):
        await place.server.fetched(1)
        asked = [asyncio.create_task(place.accepts(place.issuer.token("first", jti=str(n)))) for n in range(10)]
        go.set()

        assert await asyncio.gather(*asked) == [True] * 10
    assert place.server.fetches == 1


async def test_an_unknown_kid_asks_once_in_five_minutes_however_often_it_comes(place: Place) -> None:
    assert await place.accepts(place.issuer.token("first"))
    asked = place.server.fetches

    answers = await asyncio.gather(*(place.accepts(place.unknown(number)) for number in range(50)))
    place.now += UNKNOWN_SECONDS - 1
    answers.append(await place.accepts(place.unknown()))
    assert (any(answers), place.server.fetches) == (False, asked)

    place.now += 1
    assert await asyncio.gather(*(place.accepts(place.unknown(number)) for number in range(50))) == [False] * 50
    assert place.server.fetches == asked + 1


@pytest.mark.parametrize(
    "header", [{"alg": "HS256"}, {"alg": "none"}, {"alg": "RS512"}, {"kid": "k" * 257}, {"kid": 1}]
)
async def test_what_could_be_no_key_of_ours_asks_nobody(header: dict[str, Any], place: Place) -> None:
    key = place.issuer.keys["first"][1]

    assert not await place.accepts(signed({"alg": "RS256", "kid": "unknown", **header}, claims(), key, "RS256"))

    assert place.server.fetches == 0


async def test_a_rotated_key_is_found_when_its_first_token_comes_and_both_hold_meanwhile(place: Place) -> None:
    old = place.issuer.token("first")
    assert await place.accepts(old)
    place.issuer.add("second", "ES256")
    place.publish()
    place.now += UNKNOWN_SECONDS

    assert [await place.accepts(place.issuer.token("second")), await place.accepts(old)] == [True, True]
    assert place.server.fetches == 2


async def test_a_withdrawn_key_is_refused_once_the_keys_are_read_again_even_for_tokens_known_before(
    place: Place,
) -> None:
    old = place.issuer.token("first")
    assert await place.accepts(old)
    place.issuer.add("second", "RS256")
    renewed = place.issuer.token("second")
    place.issuer.drop("first")
    place.publish()
    assert await place.accepts(old), "nobody has asked since"

    place.now += UNKNOWN_SECONDS
    assert await place.accepts(renewed)

    assert not await place.accepts(old)


async def test_a_key_that_changes_under_its_kid_is_another_key(place: Place) -> None:
    old = place.issuer.token("first")
    place.keys.fresh_seconds = 0
    async with kept_fresh(place.keys):
        await place.server.fetched(1)
        assert await place.accepts(old)
        place.issuer.add("first", "RS256")
        place.publish()
        await place.server.fetched(place.server.fetches + 3)

        assert await place.accepts(place.issuer.token("first"))
        assert not await place.accepts(old)


async def test_keys_are_read_again_in_the_background_when_they_are_old(place: Place) -> None:
    """No request comes meanwhile; with the usual figure it would be after 15 minutes."""
    assert (Jwks.fresh_seconds, Jwks.unknown_seconds, jwks.FETCH_SECONDS_MAX) == (900, 300, 3)
    place.keys.fresh_seconds = 0.01
    async with kept_fresh(place.keys):
        await place.server.fetched(3)


async def test_after_a_failure_it_is_tried_again_sooner(place: Place) -> None:
    place.server.status = 503
    place.keys.retry_seconds = 0.01
    async with kept_fresh(place.keys):
        await place.server.fetched(3)
        assert not await place.accepts(place.issuer.token("first"))
        place.server.status = 200
        await place.server.fetched(place.server.fetches + 1)

        assert await place.accepts(place.issuer.token("first"))


FAILURES: dict[str, dict[str, Any]] = {
    "says that it is away": {"status": 503},
    "sends elsewhere": {"status": 302, "headers": {"Location": "/other"}},
    "says nothing new": {"status": 304, "content": b"", "headers": {"Content-Length": "0"}},
    "has no such page": {"status": 404},
    "sends no JSON": {"content": b"<html>"},
    "sends another JSON": {"content": b'{"keys": {}}'},
    "sends a list": {"content": b"[]"},
    "sends deep JSON": {"content": b"[" * 60_000},
    "sends no keys": {"content": b'{"keys": []}'},
    "sends none that we can use": {"content": b'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}, 1, null, {"kty": []}]}'},
    "sends too much": {"content": b" " * (BYTES_MAX + 1)},
    "sends something compressed": {"headers": {"Content-Encoding": "gzip"}, "content": b"\x1f\x8b"},
    "speaks no HTTP": {"headers": {"Content-Length": "x"}},
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_while_the_issuer_is_away_known_keys_go_on_and_unknown_ones_do_not_ask_again(
    failure: str, place: Place
) -> None:
    known = place.issuer.token("first")
    assert await place.accepts(known)
    place.issuer.add("second", "RS256")
    place.publish()
    for name, value in FAILURES[failure].items():
        setattr(place.server, name, value)
    place.now += UNKNOWN_SECONDS

    answers = [await place.accepts(place.issuer.token("second", jti=str(number))) for number in range(10)]
    others = [await place.accepts(place.issuer.token("first", jti=str(number))) for number in range(10)]

    assert (answers, others, await place.accepts(known)) == ([False] * 10, [True] * 10, True)
    assert place.server.paths == ["/keys"] * 2


async def test_ten_minutes_without_the_issuer(place: Place) -> None:
    known = place.issuer.token("first")
    async with kept_fresh(place.keys):
        await place.server.fetched(1)
        assert await place.accepts(known)
        place.server.answer = _hang_up

        for minute in range(10):
            place.now += 60
            assert await place.accepts(place.issuer.token("first", jti=str(minute)))
            assert not await place.accepts(place.unknown(minute))

    assert place.server.fetches == 1 + 2, "once at first, once after five minutes"


@pytest.mark.parametrize("way", ["silent", "dripping"])
async def test_nobody_waits_for_a_dead_issuer_longer_than_the_time_out(
    way: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "FETCH_SECONDS_MAX", 0.3)
    clock = asyncio.get_running_loop().time
    known = place.issuer.token("first")
    assert await place.accepts(known)
    place.server.answer = _silent if way == "silent" else _dripping
    place.now += UNKNOWN_SECONDS
    began = clock()

    unknown = [asyncio.create_task(place.accepts(place.unknown(number))) for number in range(5)]
    await place.server.fetched(2)
    assert await place.accepts(place.issuer.token("first", jti="2"))
    assert not any(task.done() for task in unknown), "known keys do not wait for it"
    assert await asyncio.gather(*unknown) == [False] * 5

    assert clock() - began < 2
    assert not await place.accepts(place.unknown(9))
    assert place.server.fetches == 2


async def test_whoever_gives_up_waiting_does_not_take_the_keys_from_the_others(place: Place) -> None:
    go = _hold(place.server)
    first, second = (asyncio.create_task(place.accepts(place.issuer.token("first", jti=str(n)))) for n in range(2))
    await place.server.fetched(1)

    first.cancel()
    await asyncio.wait([first])
    go.set()

    assert await second
    assert place.server.fetches == 1


async def test_an_answer_without_a_length_is_read_as_far_as_allowed(place: Place) -> None:
    sent = 0

    async def endless(writer: Writer) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b" " * 8192)
            sent += 8192
            await writer.drain()

    place.server.answer = endless

    assert not await place.accepts(place.issuer.token("first"))
    assert sent < 500 * BYTES_MAX, "the rest stood in the buffers of the machine"


async def test_a_set_as_long_as_allowed_is_read(place: Place) -> None:
    place.server.content += b" " * (BYTES_MAX - len(place.server.content))

    assert await place.accepts(place.issuer.token("first"))


async def test_a_file_is_read_under_the_same_rules(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    place.keys.source = source_of(str(path))
    assert not await place.accepts(place.issuer.token("first")), "it is not there yet"

    path.write_bytes(place.issuer.jwks())
    assert not await place.accepts(place.issuer.token("first")), "and is not looked for again at once"
    place.now += UNKNOWN_SECONDS
    assert await place.accepts(place.issuer.token("first"))

    path.write_bytes(b" " * (BYTES_MAX + 1))
    place.now += UNKNOWN_SECONDS
    assert not await place.accepts(place.unknown())
    assert await place.accepts(place.issuer.token("first"))
    place.issuer.add("second", "EdDSA")
    path.write_bytes(place.issuer.jwks())
    place.now += UNKNOWN_SECONDS
    assert await place.accepts(place.issuer.token("second"))
    assert place.server.fetches == 0


def _public(key: RSAKey | ECKey | OKPKey, **more: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), **more}


def _short_key(bits: int) -> dict[str, Any]:
    numbers = rsa.generate_private_key(65537, bits).public_key().public_numbers()
    return {"kty": "RSA", "n": base64url(numbers.n.to_bytes(bits // 8, "big")), "e": "AQAB"}


RSA, EC, ED = RSAKey.generate_key(2048), ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")

UNUSABLE: dict[str, Callable[[], Any]] = {
    "an RSA key of 1024 bits": lambda: _short_key(1024),
    "an RSA key of 2040 bits": lambda: _short_key(2040),
    "a private key": lambda: RSA.as_dict(private=True),
    "a private EC key": lambda: EC.as_dict(private=True),
    "a shared secret": lambda: OctKey.generate_key(256).as_dict(),
    "for encryption": lambda: _public(RSA, use="enc"),
    "for signing only": lambda: _public(RSA, key_ops=["sign"]),
    "for RS512": lambda: _public(RSA, alg="RS512"),
    "for PS256": lambda: _public(RSA, alg="PS256"),
    "RSA said to be HS256": lambda: _public(RSA, alg="HS256"),
    "RSA said to be ES256": lambda: _public(RSA, alg="ES256"),
    "alg is null": lambda: _public(RSA, alg=None),
    "P-384": lambda: _public(ECKey.generate_key("P-384")),
    "P-521 said to be ES256": lambda: _public(ECKey.generate_key("P-521"), alg="ES256"),
    "secp256k1": lambda: _public(ECKey.generate_key("secp256k1")),
    "Ed448": lambda: _public(OKPKey.generate_key("Ed448")),
    "X25519": lambda: _public(OKPKey.generate_key("X25519")),
    "a point beside the curve": lambda: _public(EC, x=EC["y"]),
    "no modulus": lambda: {"kty": "RSA", "e": "AQAB"},
    "a modulus that is no base64": lambda: _public(RSA, n="?"),
    "a modulus that is a number": lambda: _public(RSA, n=3),
    "an exponent of 1": lambda: _public(RSA, e="AQ"),
    "kid is a number": lambda: _public(RSA, kid=1),
    "kty in small letters": lambda: _public(RSA, kty="rsa"),
    "a text": lambda: "key",
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_key_that_cannot_be_used_is_left_out_and_the_others_stand(name: str) -> None:
    bad = UNUSABLE[name]()

    found = read_keys(json.dumps({"keys": [bad, _public(ED, kid="good"), bad]}).encode(), ALGORITHMS)

    assert [(key.kid, key.algorithm) for key in found] == [("good", "EdDSA")]
    with pytest.raises(NoKeysError):
        read_keys(json.dumps({"keys": [bad]}).encode(), ALGORITHMS)


def test_each_key_is_for_one_algorithm() -> None:
    document = {"keys": [_public(RSA, kid="a"), _public(EC, alg="ES256", use="sig"), _public(ED, key_ops=["verify"])]}

    found = read_keys(json.dumps(document).encode(), ALGORITHMS)

    assert [(key.kid, key.algorithm) for key in found] == [("a", "RS256"), (None, "ES256"), (None, "EdDSA")]
    assert [key.algorithm for key in read_keys(json.dumps(document).encode(), ["ES256"])] == ["ES256"]


def _hold(server: JwksServer) -> asyncio.Event:
    """Nothing is answered until the event is set."""
    go = asyncio.Event()

    async def later(writer: Writer) -> None:
        await go.wait()
        await server._usual(writer)

    server.answer = later
    return go


async def _hang_up(writer: Writer) -> None:
    writer.close()


async def _silent(writer: Writer) -> None:
    await writer.wait_closed()


async def _dripping(writer: Writer) -> None:
    """Something every now and then, so that no single wait is long."""
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)
