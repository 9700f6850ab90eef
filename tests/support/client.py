"""A client of the service, as a person: GraphQL over HTTP with a token of theirs."""

import json
from collections.abc import AsyncIterator
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from billing.web.tokens import Tokens


@dataclass(frozen=True)
class Answer:
    """What came back, with short ways to its parts."""

    status: int
    body: dict[str, Any]
    headers: httpx.Headers

    @property
    def data(self) -> Any:
        """The data; fails the test when there were top-level errors."""
        assert "errors" not in self.body, self.body["errors"]
        return self.body["data"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.body.get("errors", [])
        return found

    @property
    def codes(self) -> list[str]:
        """The codes of the top-level errors."""
        return [error["extensions"]["code"] for error in self.errors]

    @property
    def field(self) -> Any:
        """The value of the only root field."""
        (value,) = self.data.values()
        return value

    @property
    def user_errors(self) -> list[tuple[str, list[str] | None]]:
        """Code and field of each userError of the only mutation."""
        return [(error["code"], error["field"]) for error in self.field["userErrors"]]


class Client:
    """One person at the service."""

    def __init__(self, http: httpx.AsyncClient, tokens: Tokens, name: str) -> None:
        self.name = name
        self._http = http
        self._headers = {
            "Authorization": f"Bearer {tokens.issue(name, datetime.now(UTC), timedelta(hours=1))}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }

    def accepting(self, media_type: str) -> "Client":
        """The same person, who wants answers of that media type."""
        other = copy(self)
        other._headers = {**self._headers, "Accept": media_type}
        return other

    async def post(self, body: bytes | AsyncIterator[bytes]) -> Answer:
        """These bytes as they are."""
        response = await self._http.post("/graphql", content=body, headers=self._headers)
        return Answer(response.status_code, response.json(), response.headers)

    async def get(self, **parameters: Any) -> Answer:
        """A query in the address: texts as they are, everything else as JSON."""
        given = {name: it if isinstance(it, str) else json.dumps(it) for name, it in parameters.items()}
        response = await self._http.get("/graphql", params=given, headers=self._headers)
        return Answer(response.status_code, response.json(), response.headers)

    async def run(self, document: str, **variables: Any) -> Answer:
        return await self.post(json.dumps({"query": document, "variables": variables}).encode())

    async def change(self, mutation: str, fields: str, **input: Any) -> Answer:
        """One mutation with its input; asks for the fields, `replayed` and the userErrors."""
        kind = mutation[0].upper() + mutation[1:]
        return await self.run(
            f"mutation($input: {kind}Input!) {{ {mutation}(input: $input) "
            f"{{ {fields} replayed userErrors {{ field message code }} }} }}",
            input=input,
        )
