"""Tokens that nobody may be let in with: each is a good one but for the one thing that it is named for."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import RSAKey

from tests.support.issuer import AUDIENCE, ISSUER, MOMENT, Issuer, Key, base64url, claims, new_key, signed

RS, ES, ED = "the RS256 key", "the ES256 key", "the EdDSA key"


@dataclass
class Forger:
    """Has tokens of the issuer, sees its public keys, and has a key of its own."""

    issuer: Issuer
    elsewhere: str
    """An address that the forger would like to be asked."""
    own: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048))

    def good(self, **claimed: Any) -> str:
        return self.issuer.token(RS, **claimed)

    def parts(self) -> list[str]:
        return self.good().split(".")

    def key(self, kid: str) -> Key:
        return self.issuer.keys[kid][1]

    def header(self, **changed: Any) -> str:
        """What the issuer would have signed, had it been asked for this header."""
        return signed({"alg": "RS256", "kid": RS, **changed}, claims(), self.key(RS), "RS256")

    def payload(self, content: bytes) -> str:
        return signed({"alg": "RS256", "kid": RS}, content, self.key(RS), "RS256")

    def by_own_key(self, **header: Any) -> str:
        return signed({"alg": "RS256", **header}, claims(), self.own, "RS256")

    def by_secret(self, secret: bytes, algorithm: str = "HS256", **header: Any) -> str:
        return signed({"alg": algorithm, "kid": RS, **header}, claims(), secret, algorithm)

    def unsigned(self, alg: Any, signature: str = "") -> str:
        header = {"alg": alg, "kid": RS}
        return f"{base64url(json.dumps(header).encode())}.{self.parts()[1]}.{signature}"

    def public(self, encoding: Encoding, form: PublicFormat) -> bytes:
        return self.issuer.keys[RS][1].public_key.public_bytes(encoding, form)

    @property
    def public_jwk(self) -> dict[str, Any]:
        return {**self.own.as_dict(private=False), "kid": RS}


def _flipped(text: str, at: int) -> str:
    at %= len(text)
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def _joined(*parts: str) -> str:
    return ".".join(parts)


Forgery = Callable[[Forger], str]

_SHAPES: Final[dict[str, Forgery]] = {
    "a word": lambda f: "token",
    "three words": lambda f: "a.b.c",
    "two dots": lambda f: "..",
    "two parts": lambda f: ".".join(f.parts()[:2]),
    "four parts": lambda f: f.good() + ".e30",
    "five parts": lambda f: f.good() + ".e30.e30",
    "8 KiB": lambda f: "a" * 8192,
    "longer than allowed, and signed": lambda f: f.good(more="x" * 3000),
    "padded": lambda f: f.good() + "=",
    "not base64": lambda f: _joined("?" + f.parts()[0], *f.parts()[1:]),
    "header is a list": lambda f: signed(["alg"], claims(), f.key(RS), "RS256"),
    "header is a text": lambda f: signed("alg", claims(), f.key(RS), "RS256"),
    "header is a number": lambda f: signed(1, claims(), f.key(RS), "RS256"),
    "header is null": lambda f: signed(None, claims(), f.key(RS), "RS256"),
    "header is empty": lambda f: signed({}, claims(), f.key(RS), "RS256"),
    "header is no JSON": lambda f: signed(b"{alg", claims(), f.key(RS), "RS256"),
    "header is no UTF-8": lambda f: signed(b'{"alg":"\xff"}', claims(), f.key(RS), "RS256"),
    "header is deep": lambda f: signed(b"[" * 2900, b"{}", b"", "HS256"),
    "payload is a list": lambda f: f.payload(b"[]"),
    "payload is a text": lambda f: f.payload(b'"sub"'),
    "payload is null": lambda f: f.payload(b"null"),
    "payload is nothing": lambda f: f.payload(b""),
    "payload is no JSON": lambda f: f.payload(b"{sub"),
    "payload is no UTF-8": lambda f: f.payload(b'{"sub":"\xff"}'),
    "payload is deep": lambda f: f.payload(b"[" * 2000),
}

_SIGNATURES: Final[dict[str, Forgery]] = {
    **{
        f"alg is {alg!r}, {'not' if not signature else 'still'} signed": lambda f, alg=alg, signature=signature: (  # type: ignore[misc]
            f.unsigned(alg, signature and f.parts()[2])
        )
        for alg in ("none", "None", "NONE", "nOnE", "", None, 0, ["none"], ["RS256"], {"alg": "RS256"})
        for signature in ("", "still")
    },
    "signature is cut": lambda f: f.good()[:-1],
    "signature is halved": lambda f: f.good()[:-170],
    "signature is missing": lambda f: _joined(*f.parts()[:2], ""),
    "signature is longer": lambda f: f.good() + "AAAA",
    "signature has another beginning": lambda f: _joined(*f.parts()[:2], _flipped(f.parts()[2], 0)),
    "signature has another middle": lambda f: _joined(*f.parts()[:2], _flipped(f.parts()[2], 100)),
    "signature of another token": lambda f: _joined(*f.parts()[:2], f.good(jti="2").split(".")[2]),
    "payload of another token": lambda f: _joined(f.parts()[0], f.good(sub="admin").split(".")[1], f.parts()[2]),
    "payload is changed": lambda f: _joined(f.parts()[0], _flipped(f.parts()[1], 9), f.parts()[2]),
    "header of another token": lambda f: _joined(f.header(typ="other").split(".")[0], *f.parts()[1:]),
    "signed by nobody we know": lambda f: f.by_own_key(kid=RS),
}

_ALGORITHMS: Final[dict[str, Forgery]] = {
    **{
        f"{algorithm} with the public key as {name}": lambda f, algorithm=algorithm, made=made: (  # type: ignore[misc]
            f.by_secret(made(f), algorithm)
        )
        for algorithm in ("HS256", "HS384", "HS512")
        for name, made in {
            "PEM": lambda f: f.public(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "PEM without its last line break": lambda f: f.public(
                Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
            ).strip(),
            "PKCS1": lambda f: f.public(Encoding.PEM, PublicFormat.PKCS1),
            "DER": lambda f: f.public(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            "JWK": lambda f: json.dumps(f.key(RS).as_dict(private=False)).encode(),
            "its modulus": lambda f: str(f.key(RS)["n"]).encode(),
        }.items()
    },
    **{
        f"HS256 with the secret {secret!r}": lambda f, secret=secret: f.by_secret(secret)  # type: ignore[misc]
        for secret in (b"", b"secret", b"password", b"internal-billing", b"\0" * 32, b"your-256-bit-secret")
    },
    "HMAC under the name RS256": lambda f: signed(
        {"alg": "RS256", "kid": RS}, claims(), f.public(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "HS256"
    ),
    **{
        f"{algorithm} by the RS256 key": lambda f, algorithm=algorithm: signed(  # type: ignore[misc]
            {"alg": algorithm, "kid": RS}, claims(), f.key(RS), algorithm
        )
        for algorithm in ("RS384", "RS512", "PS256", "PS512")
    },
    **{
        f"{kid} under the name {other}": lambda f, kid=kid, other=other: signed(  # type: ignore[misc]
            {"alg": other, "kid": kid}, claims(), f.key(kid), f.issuer.keys[kid][0]
        )
        for kid in (RS, ES, ED)
        for other in ("RS256", "ES256", "EdDSA", "Ed25519", "ES384", "rs256")
        if kid != f"the {other} key"
    },
}

_HEADERS: Final[dict[str, Forgery]] = {
    **{
        f"kid is {what}": lambda f, kid=kid: f.header(kid=kid)  # type: ignore[misc]
        for what, kid in {
            "a path": "../../../../dev/null",
            "SQL": "x' UNION SELECT 'secret' --",
            "NUL": "\0",
            "the key's and NUL": RS + "\0",
            "an address": "https://forger.example/key",
            "empty": "",
            "300 characters": "k" * 300,
            "5 KB": "k" * 5000,
            "an object": {"kid": RS},
            "a list": [RS],
            "a number": 1,
            "true": True,
            "unknown": "another",
            "in capitals": RS.upper(),
            "that of another key": ES,
        }.items()
    },
    "no kid, by nobody we know": lambda f: f.by_own_key(),
    "jku of the forger": lambda f: f.by_own_key(kid="forged", jku=f.elsewhere),
    "jku of the forger under our kid": lambda f: f.by_own_key(kid=RS, jku=f.elsewhere),
    "x5u of the forger": lambda f: f.by_own_key(kid=RS, x5u=f.elsewhere),
    "x5c of the forger": lambda f: f.by_own_key(kid=RS, x5c=["MIIB"]),
    "embedded jwk": lambda f: f.by_own_key(kid=RS, jwk=f.public_jwk),
    "embedded jwk without a kid": lambda f: f.by_own_key(jwk=f.public_jwk),
    "jku is no text": lambda f: f.header(jku=1),
    "unknown crit": lambda f: f.header(crit=["mfa"], mfa=True),
    "crit of a member that is not there": lambda f: f.header(crit=["exp"]),
    "crit of a known member": lambda f: f.header(crit=["kid"]),
    "empty crit": lambda f: f.header(crit=[]),
    "crit is a text": lambda f: f.header(crit="b64", b64=True),
    "b64 false and critical": lambda f: f.header(b64=False, crit=["b64"]),
    "b64 false": lambda f: f.header(b64=False),
}

_NO_MOMENTS: Final[dict[str, Any]] = {
    "a text": str(MOMENT + 600),
    "a word": "tomorrow",
    "NaN": float("nan"),
    "infinite": float("inf"),
    "true": True,
    "a list": [MOMENT + 600],
    "an object": {},
}

_CLAIMS: Final[dict[str, Forgery]] = {
    **{
        f"no {name}": lambda f, name=name: f.good(**{name: None})  # type: ignore[misc]
        for name in ("iss", "aud", "sub", "exp")
    },
    **{
        f"{name} is {what}": lambda f, name=name, value=value: f.good(**{name: value})  # type: ignore[misc]
        for name in ("exp", "nbf", "iat")
        for what, value in _NO_MOMENTS.items()
    },
    "exp is null": lambda f: f.payload(json.dumps({**claims(), "exp": None}).encode()),
    "exp was 2 minutes ago": lambda f: f.good(exp=MOMENT - 120),
    "exp was a minute ago": lambda f: f.good(exp=MOMENT - 60),
    "exp is below zero": lambda f: f.good(exp=-1),
    "exp is 10^30": lambda f: f.good(exp=10**30),
    "exp is 1e30": lambda f: f.good(exp=1e30),
    "exp is after the year 9999": lambda f: f.good(exp=253_402_300_800),
    "nbf is in an hour": lambda f: f.good(nbf=MOMENT + 3600),
    "nbf is in 61 seconds": lambda f: f.good(nbf=MOMENT + 61),
    "iat is in an hour": lambda f: f.good(iat=MOMENT + 3600),
    "iat is in 61 seconds": lambda f: f.good(iat=MOMENT + 61),
    **{
        f"aud is {aud!r}": lambda f, aud=aud: f.good(aud=aud)  # type: ignore[misc]
        for aud in (
            "other",
            AUDIENCE[:-1],
            AUDIENCE + "-2",
            AUDIENCE.upper(),
            "",
            [],
            ["other"],
            [AUDIENCE[:-1]],
            [[AUDIENCE]],
            {AUDIENCE: 1},
            1,
            True,
        )
    },
    **{
        f"iss is {iss!r}": lambda f, iss=iss: f.good(iss=iss)  # type: ignore[misc]
        for iss in ("https://other.example", ISSUER + "/", ISSUER.upper(), ISSUER[:-1], "", [ISSUER], {ISSUER: 1}, 1)
    },
    **{
        f"sub is {sub!r}": lambda f, sub=sub: f.good(sub=sub)  # type: ignore[misc]
        for sub in ("", "admin\0", 1, True, ["admin"], {"sub": "admin"})
    },
}

FORGERIES: Final = {**_SHAPES, **_SIGNATURES, **_ALGORITHMS, **_HEADERS, **_CLAIMS}


def forger_of(issuer: Issuer, elsewhere: str) -> Forger:
    own = new_key("RS256")
    assert isinstance(own, RSAKey)
    return Forger(issuer, elsewhere, own)
