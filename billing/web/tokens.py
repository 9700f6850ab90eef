"""Tokens: made for development, verified for every request. A token proves who someone is, nothing else."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from billing.domain.errors import Unauthenticated

_ALGORITHM = "HS256"
_LEEWAY_SECONDS = 60
TOKEN_LENGTH_MAX = 4096


@dataclass(frozen=True)
class Tokens:
    """HS256 tokens of one issuer for one audience."""

    secret: str
    issuer: str
    audience: str

    def issue(self, name: str, now: datetime, lifetime: timedelta) -> str:
        """A token for the user of that name."""
        claims: dict[str, object] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": name,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
        }
        return jwt.encode({"alg": _ALGORITHM, "typ": "JWT"}, claims, self._key)

    def subject(self, token: str) -> str:
        """The name of the user that a valid token stands for; Unauthenticated for any other text."""
        if len(token) > TOKEN_LENGTH_MAX:
            raise Unauthenticated
        try:
            decoded = jwt.decode(token, self._key, algorithms=[_ALGORITHM])
            self._claims.validate(decoded.claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Unauthenticated from error
        subject = decoded.claims["sub"]
        if not isinstance(subject, str) or not subject or "\0" in subject:
            raise Unauthenticated
        return subject

    @property
    def _key(self) -> OctKey:
        return OctKey.import_key(self.secret)

    @property
    def _claims(self) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.audience},
            sub={"essential": True},
            exp={"essential": True},
        )
