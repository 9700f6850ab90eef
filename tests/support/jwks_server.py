"""An HTTP server on loopback that publishes keys, and counts who asks for what."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Writer = asyncio.StreamWriter


@dataclass
class JwksServer:
    """Answers every path alike: with `content`, or as `answer` says."""

    content: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    answer: Callable[[Writer], Awaitable[None]] | None = None
    """Instead of the whole answer."""
    paths: list[str] = field(default_factory=list)
    """Of each request so far."""
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/keys"

    @property
    def fetches(self) -> int:
        return len(self.paths)

    async def fetched(self, times: int) -> None:
        """Returns once it was asked so often."""
        async with asyncio.timeout(10), self._asked:
            await self._asked.wait_for(lambda: self.fetches >= times)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["JwksServer"]:
        self._asked = asyncio.Condition()
        self._serving: set[asyncio.Task[Any]] = set()
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._serving:
                task.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            self.paths.append(request.split()[1].decode())
            async with self._asked:
                self._asked.notify_all()
            await (self._usual(writer) if self.answer is None else self.answer(writer))
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # Whoever asked has gone, or the server closes.
        finally:
            self._serving.discard(task)
            writer.close()

    async def _usual(self, writer: Writer) -> None:
        headers = {"Content-Length": str(len(self.content)), "Connection": "close", **self.headers}
        lines = [f"HTTP/1.1 {self.status} So", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode() + self.content)
        await writer.drain()
