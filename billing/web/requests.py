"""A request as it arrived: Starlette's, its headers read once."""

from starlette.requests import Request as StarletteRequest
from starlette.types import Receive, Scope


class Request(StarletteRequest):
    """Names of headers are in lower case here, as ASGI has them."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        self._lines: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            self._lines.setdefault(name, []).append(value)

    def lines(self, name: bytes) -> list[str]:
        """All of that name."""
        return [value.decode("latin-1") for value in self._lines.get(name, ())]

    def line(self, name: bytes, otherwise: str = "") -> str:
        """The first of that name."""
        found = self._lines.get(name)
        return found[0].decode("latin-1") if found else otherwise
