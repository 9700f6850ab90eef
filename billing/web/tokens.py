"""Tokens: verified for every request, and in development made here. A token proves who someone is, nothing else."""

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn, Protocol

from joserfc import jws, jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import OctKey

from billing.domain.errors import Unauthenticated
from billing.web.signing_keys import PublicKey

TOKEN_LENGTH_MAX: Final = 4096
LEEWAY_SECONDS: Final = 60
REMEMBERED_MAX: Final = 10_000
_KID_LENGTH_MAX: Final = 256
_MOMENT_MAX: Final = 253_402_300_799
"""The end of the year 9999. Later moments are no dates, and a token that never ends is not accepted."""


class Keys(Protocol):
    """What tokens are verified with."""

    @property
    def algorithms(self) -> Collection[str]: ...

    @property
    def generation(self) -> int:
        """Another one means other keys."""
        ...

    async def find(self, algorithm: str, kid: str | None) -> OctKey | PublicKey | None: ...

    async def keep_fresh(self) -> None: ...


class _Registry(jws.JWSRegistry):
    """Members of a header that we do not know are ignored, as RFC 7515 says; nothing in it is ever followed."""

    max_header_length = TOKEN_LENGTH_MAX

    def get_alg(self, name: str) -> Any:
        """Without joserfc's warning that EdDSA has a newer name, which issuers do not use yet."""
        if not self.allowed or name not in self.allowed:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


@dataclass(frozen=True)
class _Remembered:
    subject: str
    ends_at: float


@dataclass
class Verifier:
    """Tokens of one issuer for one audience, signed with one of the keys; each is verified once and remembered."""

    keys: Keys
    issuer: str
    audience: str
    clock: Callable[[], float] = time.time
    _remembered: OrderedDict[bytes, _Remembered] = field(default_factory=OrderedDict, init=False, repr=False)
    _generation: int = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        self._registry = _Registry(algorithms=self.keys.algorithms, strict_check_header=False)
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(self.clock()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.audience},
            sub={"essential": True},
            exp={"essential": True},
        )

    def known(self, token: str) -> str | None:
        """The same at once, for a token that was verified before."""
        known = self._recall(digest_of(token))
        return None if known is None else known.subject

    async def subject(self, token: str) -> str:
        """The name of the user that a valid token stands for; Unauthenticated for any other text."""
        if len(token) > TOKEN_LENGTH_MAX:
            raise Unauthenticated
        digest = digest_of(token)
        known = self._recall(digest)
        if known is None:
            known = await self._verified(token)
            self._remember(digest, known)
        return known.subject

    async def keep_fresh(self) -> None:
        """Keeps the keys fresh until it is cancelled."""
        await self.keys.keep_fresh()

    def _recall(self, digest: bytes) -> _Remembered | None:
        if self._generation != self.keys.generation:
            self._remembered.clear()
            self._generation = self.keys.generation
        known = self._remembered.get(digest)
        if known is None or known.ends_at <= int(self.clock()):
            return None
        self._remembered.move_to_end(digest)
        return known

    def _remember(self, digest: bytes, verified: _Remembered) -> None:
        """Unless the keys changed since it was looked for."""
        if self._generation != self.keys.generation:
            return
        self._remembered[digest] = verified
        if len(self._remembered) > REMEMBERED_MAX:
            self._remembered.popitem(last=False)

    async def _verified(self, token: str) -> _Remembered:
        try:
            claims = json.loads(await self._payload(token))
            self._claims.validate(claims)
            if not 0 <= claims["exp"] <= _MOMENT_MAX:
                _refuse("it ends at no date")
        # What is nested deeply ends in a RecursionError; whatever is wrong, the answer is one.
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Unauthenticated from error
        subject = claims["sub"]
        if not isinstance(subject, str) or not subject or "\0" in subject:
            raise Unauthenticated
        return _Remembered(subject, claims["exp"] + LEEWAY_SECONDS)

    async def _payload(self, token: str) -> bytes:
        """What a key of ours has signed."""
        signed = jws.extract_compact(token.encode("ascii"), registry=self._registry)
        header = signed.protected
        if not isinstance(header, dict) or "crit" in header:
            _refuse("its header asks for what we do not do")
        algorithm, kid = header["alg"], header.get("kid")
        if algorithm not in self.keys.algorithms or not _is_kid(kid):
            _refuse("its algorithm or its kid is none of ours")
        key = await self.keys.find(algorithm, kid)
        if key is None or not jws.validate_compact(signed, key, registry=self._registry):
            _refuse("it is not signed by a key of ours")
        assert signed.payload is not None
        return signed.payload


@dataclass(frozen=True)
class _Secret:
    """One shared secret, for ever the same."""

    secret: str = field(repr=False)
    algorithms: Collection[str] = ("HS256",)
    generation: int = 0

    async def find(self, algorithm: str, kid: str | None) -> OctKey:
        return OctKey.import_key(self.secret)

    async def keep_fresh(self) -> None:
        """There is nothing to do."""


class Tokens(Verifier):
    """Makes and verifies HS256 tokens with a secret of our own: for development, where there is no issuer."""

    def __init__(self, secret: str, issuer: str, audience: str, clock: Callable[[], float] = time.time) -> None:
        super().__init__(_Secret(secret), issuer, audience, clock)
        self.secret = secret

    def issue(self, name: str, now: datetime, lifetime: timedelta) -> str:
        """A token for the user of that name."""
        claims: dict[str, object] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": name,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
        }
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, OctKey.import_key(self.secret))


def digest_of(token: str) -> bytes:
    """What a token is remembered by, so that no memory holds one that could be used."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def _is_kid(kid: object) -> bool:
    return kid is None or (isinstance(kid, str) and len(kid) <= _KID_LENGTH_MAX)


def _refuse(reason: str) -> NoReturn:
    raise ValueError(reason)
