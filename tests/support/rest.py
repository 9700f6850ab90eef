"""A caller of the REST routes, as a person."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from billing.web.tokens import Tokens
from tests.support.make import key


@dataclass(frozen=True)
class RestAnswer:
    """What came back, with short ways to its parts."""

    status: int
    body: dict[str, Any]
    headers: httpx.Headers

    @property
    def data(self) -> Any:
        """The data; fails the test when there were errors."""
        assert "errors" not in self.body, self.body["errors"]
        return self.body["data"]

    @property
    def ids(self) -> list[str]:
        return [row["id"] for row in self.data]

    @property
    def refused(self) -> tuple[int, list[tuple[str, str | None]]]:
        """The status, and code and field of each error."""
        return self.status, [(error["code"], error["field"]) for error in self.body["errors"]]


class RestClient:
    """One person at /api/itsm."""

    def __init__(self, http: httpx.AsyncClient, tokens: Tokens, name: str) -> None:
        self._http = http
        self.authorization = f"Bearer {tokens.issue(name, datetime.now(UTC), timedelta(hours=1))}"

    async def get(self, path: str, **parameters: Any) -> RestAnswer:
        return await self.send("GET", path, params=parameters)

    async def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> RestAnswer:
        """With a key of its own unless one is given."""
        return await self.send("POST", path, json=body, headers={"Idempotency-Key": key or new_key(), **headers})

    async def send(self, method: str, path: str, **request: Any) -> RestAnswer:
        """Any request at all; with the person's token, unless its headers are a list or name another."""
        headers = request.pop("headers", {})
        if isinstance(headers, dict):
            headers = {"Authorization": self.authorization, **headers}
        given = {name: value for name, value in request.items() if value is not None}
        response = await self._http.request(method, f"/api/itsm{path}", headers=headers, **given)
        return RestAnswer(response.status_code, response.json() if response.content else {}, response.headers)


new_key = key
