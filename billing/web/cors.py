"""Which pages of other origins may call the service: those of the settings, with a token of their own, no cookies."""

from collections.abc import Sequence
from typing import Final

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

# What a page may send: our own headers, and those that Apollo Client adds. urql and Relay send no others.
_SENT: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "Apollo-Require-Preflight",
    "Apollographql-Client-Name",
    "Apollographql-Client-Version",
    "X-Apollo-Operation-Id",
    "X-Apollo-Operation-Name",
)
_READ: Final = ("Retry-After", "Location", "Idempotent-Replayed")
_PREFLIGHT_SECONDS: Final = 600


def for_origins(origins: Sequence[str]) -> list[Middleware]:
    """Nothing at all where no origin is allowed."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=("GET", "POST"),
            allow_headers=_SENT,
            expose_headers=_READ,
            max_age=_PREFLIGHT_SECONDS,
        )
    ]
