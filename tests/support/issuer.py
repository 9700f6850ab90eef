"""An issuer of tokens, as an organisation has one: its keys, what it signs, and what somebody forges in its name."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

Key = RSAKey | ECKey | OKPKey

ISSUER, AUDIENCE = "https://issuer.example", "internal-billing"
MOMENT = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
"""When the tokens of the tests are verified, unless a test says otherwise."""

ALGORITHMS = ("RS256", "ES256", "EdDSA")


def new_key(algorithm: str) -> Key:
    if algorithm == "RS256":
        return RSAKey.generate_key(2048)
    return ECKey.generate_key("P-256") if algorithm == "ES256" else OKPKey.generate_key("Ed25519")


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def as_json(value: Any) -> bytes:
    """Bytes as they are, anything else as JSON."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def signed(header: Any, claims: Any, key: Key | bytes, algorithm: str) -> str:
    """A token with this very header and these very claims; signed as `algorithm` says, whatever the header says."""
    content = f"{base64url(as_json(header))}.{base64url(as_json(claims))}"
    if isinstance(key, bytes):
        signature = hmac.new(key, content.encode(), getattr(hashlib, f"sha{algorithm[2:]}")).digest()
    else:
        signature = JWSRegistry.algorithms[algorithm].sign(content.encode(), key)
    return f"{content}.{base64url(signature)}"


def claims(subject: str = "coordinator-it", now: int = MOMENT, **changed: Any) -> dict[str, Any]:
    """Those of a good token; what is changed to None is left out."""
    good = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 600}
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


@dataclass
class Issuer:
    """Has a key for each algorithm under a kid of its own."""

    keys: dict[str, tuple[str, Key]] = field(default_factory=dict)
    """kid and algorithm → key."""

    @classmethod
    def of(cls, *algorithms: str) -> "Issuer":
        issuer = cls()
        for algorithm in algorithms:
            issuer.add(f"the {algorithm} key", algorithm)
        return issuer

    def add(self, kid: str, algorithm: str) -> None:
        self.keys[kid] = (algorithm, new_key(algorithm))

    def drop(self, kid: str) -> None:
        del self.keys[kid]

    def token(self, kid: str, *, header: dict[str, Any] | None = None, **claimed: Any) -> str:
        algorithm, key = self.keys[kid]
        return signed({"alg": algorithm, "kid": kid, **(header or {})}, claims(**claimed), key, algorithm)

    def jwks(self) -> bytes:
        """What it publishes."""
        keys = [
            {**key.as_dict(private=False), "kid": kid, "alg": algorithm, "use": "sig"}
            for kid, (algorithm, key) in self.keys.items()
        ]
        return json.dumps({"keys": keys}).encode()
