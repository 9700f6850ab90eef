"""HTTP/1.1 to one address, and nothing else: httpx's own transport takes longer than the service to do it.

With 64 requests under way httpcore looks at every connection for each of them, more than ten milliseconds a request.
"""

import asyncio
from dataclasses import dataclass, field

import httpx

_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Wire(httpx.AsyncBaseTransport):
    """Connections that are kept and used again; each is closed with the first request that fails on it."""

    host: str
    port: int
    seconds: float
    _free: list[_Connection] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            async with asyncio.timeout(self.seconds):
                return await self._request(request)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise httpx.TransportError(str(error)) from error  # A time-out is an OSError too.

    async def aclose(self) -> None:
        for _, writer in self._free:
            writer.close()
        self._free.clear()

    async def _request(self, request: httpx.Request) -> httpx.Response:
        connection = reader, writer = await self._connection()
        try:
            writer.write(_head(request) + request.content)
            await writer.drain()
            response = await _response(reader)
        except BaseException:
            writer.close()
            raise
        self._free.append(connection)
        return response

    async def _connection(self) -> _Connection:
        """One that is open still: the service closes those that nobody used for a while."""
        while self._free:
            reader, writer = self._free.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self.host, self.port)


def _head(request: httpx.Request) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [name + b": " + value for name, value in request.headers.raw]
    return b"\r\n".join([*lines, b"", b""])


async def _response(reader: asyncio.StreamReader) -> httpx.Response:
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
    headers = httpx.Headers(
        [(name, value.strip()) for name, _, value in (line.partition(b":") for line in lines if line)]
    )
    body = await reader.readexactly(int(headers["content-length"]))
    return httpx.Response(int(status.split()[1]), headers=headers, content=body)
