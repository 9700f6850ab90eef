"""What goes over the network between a client and an application, as the application meets it."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_IN_JSON = ("variables", "extensions")


@dataclass
class Exchange:
    """One request and its answer."""

    method: str
    headers: Headers
    sent: bytes
    """The body; of GET, what stands behind the question mark."""
    status: int = 0
    content_type: str = ""
    received: bytes = b""

    @property
    def request(self) -> dict[str, Any]:
        """What was asked, in the body or in the address; nothing where the application did not read it."""
        if self.method == "GET":
            asked = parse_qsl(self.sent.decode())
            return {name: json.loads(text) if name in _IN_JSON else text for name, text in asked}
        body: dict[str, Any] = json.loads(self.sent or b"{}")
        return body

    @property
    def answer(self) -> dict[str, Any]:
        answered: dict[str, Any] = json.loads(self.received)
        return answered


@dataclass
class Recorder:
    """Lets everything pass and keeps it."""

    app: ASGIApp
    exchanges: list[Exchange] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope["method"], Headers(scope=scope), scope["query_string"])
        self.exchanges.append(exchange)

        async def listen() -> Message:
            message = await receive()
            exchange.sent += message.get("body", b"")
            return message

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                exchange.content_type = Headers(raw=message["headers"])["content-type"]
            exchange.received += message.get("body", b"")
            await send(message)

        await self.app(scope, listen, say)
