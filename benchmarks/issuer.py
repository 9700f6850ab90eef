"""An issuer of tokens, as production has one: a key of its own, its public half in a file, a token for each caller."""

import json
import time
from functools import cache
from pathlib import Path
from typing import Final

from joserfc import jwt
from joserfc.jwk import ECKey

NAME: Final = "https://issuer.example"
AUDIENCE: Final = "internal-billing"
_ALGORITHM: Final = "ES256"
_KID: Final = "benchmarks"
_LIFETIME_SECONDS: Final = 86_400


class Issuer:
    """Its key lives as long as a run."""

    def __init__(self, folder: Path) -> None:
        self._key = ECKey.generate_key("P-256")
        self.jwks = folder / "jwks.json"
        published = {**self._key.as_dict(private=False), "kid": _KID, "alg": _ALGORITHM, "use": "sig"}
        self.jwks.write_text(json.dumps({"keys": [published]}))
        self.token = cache(self._token)

    def _token(self, caller: str) -> str:
        now = int(time.time())
        claims = {"iss": NAME, "aud": AUDIENCE, "sub": caller, "iat": now, "exp": now + _LIFETIME_SECONDS}
        header = {"alg": _ALGORITHM, "kid": _KID, "typ": "JWT"}
        return jwt.encode(header, dict(claims), self._key, algorithms=[_ALGORITHM])
