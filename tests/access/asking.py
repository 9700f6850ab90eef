"""Asking as anybody, with the answer as text too, since a foreign and a missing id must answer alike to the byte."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import httpx
import orjson

from billing.app import create_app
from billing.settings import Settings
from billing.web.tokens import Tokens
from tests.access.scene import Things
from tests.conftest import TOKENS
from tests.support.asgi import http_to
from tests.support.database import Database

ROOMY = {
    "document_characters_max": 1_000_000,
    "document_tokens_max": 1_000_000,
    "cost_max": 1_000_000_000,
    "rate_cost_burst": 1_000_000_000,
    "request_timeout_seconds": 300,
}


@dataclass(frozen=True)
class Said:
    """One answer."""

    status: int
    text: str
    headers: Mapping[str, str]

    @cached_property
    def body(self) -> Any:
        return orjson.loads(self.text)

    @property
    def data(self) -> Any:
        return self.body.get("data")

    @property
    def errors(self) -> list[tuple[str, list[str | int] | None]]:
        """Code and path of each top-level error."""
        return [(error["extensions"]["code"], error.get("path")) for error in self.body.get("errors", [])]

    def all(self, key: str) -> list[Any]:
        """The values that stand under a key, anywhere in the data."""
        return _all(self.data, key)

    def without(self, asked: Things) -> tuple[int, str, dict[str, str]]:
        """What is left when the ids that were sent and the correlation id are taken out."""
        text = self.text
        for error in self.body.get("errors", []):
            text = text.replace(error["extensions"]["correlationId"], "(correlation id)")
        for name, value in asked.names().items():
            text = text.replace(value, f"({name})")
        return self.status, text, {name: value for name, value in self.headers.items() if name != "content-length"}


@dataclass
class Asking:
    """The door of the service."""

    http: httpx.AsyncClient
    tokens: Tokens

    def __post_init__(self) -> None:
        self._headers: dict[str | None, dict[str, str]] = {None: {}}

    async def __call__(self, person: str | None, document: str, /, **variables: Any) -> Said:
        response = await self.http.post(
            "/graphql", json={"query": document, "variables": variables}, headers=self._identity(person)
        )
        return Said(response.status_code, response.text, response.headers)

    def _identity(self, person: str | None) -> dict[str, str]:
        if person not in self._headers:
            assert person is not None
            token = self.tokens.issue(person, datetime.now(UTC), timedelta(hours=1))
            self._headers[person] = {"Authorization": f"Bearer {token}"}
        return self._headers[person]


@asynccontextmanager
async def at_the_door(database: Database, settings: Settings, **bounds: Any) -> AsyncIterator[Asking]:
    """The service over the database, for whoever asks, however long and much they ask but for the bounds given."""
    roomy = settings.model_copy(update={**ROOMY, **bounds})
    async with http_to(create_app(roomy, database, TOKENS)) as http:
        yield Asking(http, TOKENS)


def _all(value: Any, key: str) -> list[Any]:
    if isinstance(value, list):
        return [found for part in value for found in _all(part, key)]
    if isinstance(value, dict):
        own = [value[key]] if key in value else []
        return own + [found for part in value.values() for found in _all(part, key)]
    return []
