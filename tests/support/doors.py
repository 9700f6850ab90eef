"""The calls of the service's connections, and doors in front of them, which see each call and may stop it.

A call is one round trip that runs something: BEGIN, a statement, COMMIT, ROLLBACK. That a statement is prepared first
is part of its call, and so is the end of a read-only transaction before a BEGIN; what asyncpg asks for itself about
types, on a new connection, is no call of ours.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from billing.db.connections import DriverConnection

Send = Callable[[], Awaitable[Any]]
Door = Callable[["DooredProtocol", str, Send], Awaitable[Any]]


def without_the_last(statement: str) -> str:
    """A BEGIN without the end of the transaction before it, which only read."""
    return statement.removeprefix("COMMIT; ")


class DooredProtocol:
    """The protocol of a connection, whose calls go through the doors; the first one is the outermost."""

    def __init__(self, protocol: Any, doors: list[Door]) -> None:
        self.protocol = protocol
        self._doors = doors
        self._open = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.protocol, name)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Nothing stands in front of what is called meanwhile."""
        self._open = True
        try:
            yield
        finally:
            self._open = False

    async def query(self, query: str, *args: Any) -> Any:
        return await self._through(query, lambda: self.protocol.query(query, *args))

    async def bind_execute(self, state: Any, *args: Any, **kwargs: Any) -> Any:
        return await self._through(state.query, lambda: self.protocol.bind_execute(state, *args, **kwargs))

    async def bind_execute_many(self, state: Any, *args: Any, **kwargs: Any) -> Any:
        return await self._through(state.query, lambda: self.protocol.bind_execute_many(state, *args, **kwargs))

    async def _through(self, statement: str, send: Send) -> Any:
        for door in () if self._open else reversed(self._doors):
            send = partial(door, self, statement, send)
        return await send()


def behind(doors: list[Door]) -> type[DriverConnection]:
    """Connections behind the doors; of these some may be set up, or taken away, later."""

    class DooredConnection(DriverConnection):
        def __init__(self, protocol: Any, *args: Any) -> None:
            super().__init__(DooredProtocol(protocol, doors), *args)  # type: ignore[arg-type]

        async def _introspect_types(self, *args: Any) -> Any:
            with self._protocol.opened():  # type: ignore[attr-defined]
                return await super()._introspect_types(*args)  # type: ignore[misc]

        async def _introspect_type(self, *args: Any) -> Any:
            with self._protocol.opened():  # type: ignore[attr-defined]
                return await super()._introspect_type(*args)  # type: ignore[misc]

    return DooredConnection
