"""The public keys that a JWK set holds, as far as a token of ours may be signed with them."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

PublicKey = RSAKey | ECKey | OKPKey

RSA_BITS_MIN: Final = 2048
# By key type and curve. A key verifies one algorithm, so no header can make anything else of it.
_ALGORITHMS: Final[dict[tuple[object, object], str]] = {
    ("RSA", None): "RS256",
    ("EC", "P-256"): "ES256",
    ("OKP", "Ed25519"): "EdDSA",
}
_KINDS: Final[dict[str, type[PublicKey]]] = {"RS256": RSAKey, "ES256": ECKey, "EdDSA": OKPKey}
_PUBLIC_MEMBERS: Final = ("kty", "crv", "n", "e", "x", "y")

_log = structlog.get_logger(__name__)


class NoKeysError(ValueError):
    """A text that is no JWK set, or a set without a key that we can use."""


@dataclass(frozen=True)
class SigningKey:
    """One public key, the one algorithm it is for, and its name where the issuer gave it one."""

    kid: str | None
    algorithm: str
    key: PublicKey

    def fits(self, algorithm: str, kid: str | None) -> bool:
        return self.algorithm == algorithm and (kid is None or self.kid == kid)


def read_keys(document: bytes, algorithms: Iterable[str]) -> tuple[SigningKey, ...]:
    """The keys of the set that verify one of the algorithms; others are left out, and named in the log.

    Raises NoKeysError where none is left.
    """
    allowed, keys = frozenset(algorithms), []
    for jwk in _members(document):
        try:
            keys.append(_read(jwk, allowed))
        except (JoseError, UnsupportedAlgorithm, ValueError, TypeError, KeyError) as error:
            kid = jwk.get("kid") if isinstance(jwk, dict) else None
            _log.warning("signing key left out", kid=str(kid)[:100], cause=str(error)[:200])
    if not keys:
        raise NoKeysError("the JWK set has no key that could be used")
    return tuple(keys)


def _members(document: bytes) -> list[Any]:
    try:
        found = json.loads(document)
    except (ValueError, RecursionError):
        raise NoKeysError("it is no JSON") from None
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, list):
        raise NoKeysError("it is no JWK set: an object with a list of keys")
    return keys


def _read(jwk: Any, allowed: frozenset[str]) -> SigningKey:
    if not isinstance(jwk, dict):
        raise ValueError("a key is an object")
    algorithm = _ALGORITHMS.get((jwk.get("kty"), jwk.get("crv")))
    if algorithm is None or algorithm not in allowed or jwk.get("alg", algorithm) != algorithm:
        raise ValueError("it is for no algorithm that is accepted")
    if jwk.get("use", "sig") != "sig" or "verify" not in jwk.get("key_ops", ["verify"]):
        raise ValueError("it is not for signatures")
    if "d" in jwk:
        raise ValueError("it is a private key: whoever reads it can sign; replace it")
    kid = jwk.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise ValueError("its kid is no text")
    if algorithm == "RS256" and _bits(jwk["n"]) < RSA_BITS_MIN:
        raise ValueError(f"it has fewer than {RSA_BITS_MIN} bits")
    public = {name: jwk[name] for name in _PUBLIC_MEMBERS if name in jwk}
    return SigningKey(kid, algorithm, _KINDS[algorithm].import_key(public))


def _bits(modulus: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4)), "big").bit_length()
