"""Faults at the driver: the call of a connection's protocol that is next fails, in a way that PostgreSQL has.

A call is one round trip that runs something: BEGIN, a statement, COMMIT, ROLLBACK. That a statement is prepared first
is part of its call.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

Send = Callable[[], Awaitable[Any]]


class Fault(Enum):
    """What goes wrong. The server raises the errors itself, so that it is in the state that it is in after them."""

    DEADLOCK = "40P01"
    SERIALIZATION = "40001"
    DISK_FULL = "53100"
    UNIQUE = "23505"
    TIME_OUT = "57014"
    CANCEL = "the request is given up while the call runs"
    CANCEL_AFTER = "the request is given up when the call has been carried out"
    CUT = "the connection is gone before the call"
    CUT_AFTER = "the connection is gone after the call was carried out, before its answer"

    def can_hit(self, statement: str) -> bool:
        """PostgreSQL raises no error at BEGIN and ROLLBACK, and no unique violation where nothing is written."""
        verb = statement.split(maxsplit=1)[0].rstrip(";")
        if self is Fault.UNIQUE:
            return verb in ("INSERT", "UPDATE", "WITH", "COMMIT")
        return verb not in ("BEGIN", "ROLLBACK") or self in (
            Fault.CANCEL,
            Fault.CANCEL_AFTER,
            Fault.CUT,
            Fault.CUT_AFTER,
        )


@dataclass
class Faults:
    """Counts the calls of one request, and lets one of them fail."""

    calls: list[str] = field(default_factory=list)
    """What each call ran."""
    hit: bool = False
    _at: int | None = None
    _fault: Fault | None = None
    _request: "asyncio.Task[Any] | None" = None

    def arm(self, request: "asyncio.Task[Any]", at: int | None = None, fault: Fault | None = None) -> None:
        """From now on the calls belong to this request; the one of that number, from 0, fails."""
        self.calls, self.hit = [], False
        self._request, self._at, self._fault = request, at, fault

    def disarm(self) -> None:
        self._request = None

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        request, self._request = self._request, None
        try:
            yield
        finally:
            self._request = request

    async def call(self, connection: "FaultyProtocol", statement: str, send: Send) -> Any:
        if self._request is None:
            return await send()
        self.calls.append("BEGIN" if statement.startswith("BEGIN") else statement)
        if self._fault is None or self.hit or len(self.calls) - 1 != self._at:
            return await send()
        self.hit = True
        return await self._fail(self._fault, connection, statement, send)

    async def _fail(self, fault: Fault, connection: "FaultyProtocol", statement: str, send: Send) -> Any:
        assert self._request is not None
        match fault:
            case Fault.CANCEL:
                self._request.cancel()
                return await send()
            case Fault.CANCEL_AFTER:
                answer = await send()
                self._request.cancel()
                return answer
            case Fault.CUT:
                connection.cut()
                return await send()
            case Fault.CUT_AFTER:
                await send()
                connection.cut()
                raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
            case _:
                return await connection.fail(fault.value, ends=statement.startswith("COMMIT"))


class FaultyProtocol:
    """The protocol of a connection, with a door in front of what runs something."""

    def __init__(self, protocol: Any, faults: Faults) -> None:
        self._protocol = protocol
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._protocol, name)

    async def query(self, query: str, *args: Any) -> Any:
        return await self._faults.call(self, query, lambda: self._protocol.query(query, *args))

    async def bind_execute(self, state: Any, *args: Any, **kwargs: Any) -> Any:
        return await self._faults.call(self, state.query, lambda: self._protocol.bind_execute(state, *args, **kwargs))

    async def bind_execute_many(self, state: Any, *args: Any, **kwargs: Any) -> Any:
        def send() -> Awaitable[Any]:
            return self._protocol.bind_execute_many(state, *args, **kwargs)  # type: ignore[no-any-return]

        return await self._faults.call(self, state.query, send)

    def cut(self) -> None:
        self._protocol.abort()

    async def fail(self, sqlstate: str, *, ends: bool) -> None:
        """Lets the server raise the error. A COMMIT that fails ends its transaction, as no other statement does."""
        raising = f"DO $$ BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = '{sqlstate}'; END $$"
        try:
            await self._protocol.query(raising, 10)
        finally:
            if ends:
                await self._protocol.query("ROLLBACK", 10)


@contextmanager
def faulty(faults: Faults, *engines: AsyncEngine) -> Iterator[None]:
    """The connections that the engines open from now on go through the door."""

    class FaultyConnection(asyncpg.Connection):
        def __init__(self, protocol: Any, *args: Any) -> None:
            super().__init__(FaultyProtocol(protocol, faults), *args)  # type: ignore[arg-type]

        async def _introspect_types(self, *args: Any) -> Any:
            """What asyncpg asks for itself, once for each new connection, is no call of ours."""
            with faults.uncounted():
                return await super()._introspect_types(*args)  # type: ignore[misc]

    def connect(dialect: Any, record: Any, args: Any, parameters: dict[str, Any]) -> None:
        parameters["connection_class"] = FaultyConnection

    for engine in engines:
        event.listen(engine.sync_engine, "do_connect", connect)
    try:
        yield
    finally:
        for engine in engines:
            event.remove(engine.sync_engine, "do_connect", connect)
