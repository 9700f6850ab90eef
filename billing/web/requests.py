"""A request as it arrived, its headers read once."""

from typing import Any

from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope


class Request:
    """Names of headers are in lower case here, as ASGI has them."""

    __slots__ = ("_lines", "_scope", "method", "receive")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self.method: str = scope["method"]
        self.receive = receive
        self._lines: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            if name in self._lines:
                self._lines[name].append(value)
            else:
                self._lines[name] = [value]

    @property
    def query_params(self) -> QueryParams:
        return QueryParams(self._scope["query_string"])

    @property
    def path_params(self) -> dict[str, Any]:
        params: dict[str, Any] = self._scope["path_params"]
        return params

    def lines(self, name: bytes) -> list[str]:
        """All of that name."""
        return [value.decode("latin-1") for value in self._lines.get(name, ())]

    def line(self, name: bytes, otherwise: str = "") -> str:
        """The first of that name."""
        found = self._lines.get(name)
        return found[0].decode("latin-1") if found else otherwise
