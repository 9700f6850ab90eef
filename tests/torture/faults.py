"""Faults at the driver: the call of a connection's protocol that is next fails, in a way that PostgreSQL has."""

import asyncio
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import asyncpg

from tests.support.doors import DooredProtocol, Send, without_the_last


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
        """PostgreSQL raises no error at ROLLBACK, and no unique violation where nothing is written."""
        verb = statement.split(maxsplit=1)[0].rstrip(";")
        if self is Fault.UNIQUE:
            return verb in ("INSERT", "UPDATE", "WITH", "COMMIT")
        return verb != "ROLLBACK" or self in (
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

    async def call(self, connection: DooredProtocol, statement: str, send: Send) -> Any:
        statement = _told(statement)
        if self._request is None:
            return await send()
        self.calls.append(statement)
        if self._fault is None or self.hit or len(self.calls) - 1 != self._at:
            return await send()
        self.hit = True
        return await self._fail(self._fault, connection, statement, send)

    async def _fail(self, fault: Fault, connection: DooredProtocol, statement: str, send: Send) -> Any:
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
                connection.protocol.abort()
                return await send()
            case Fault.CUT_AFTER:
                await send()
                connection.protocol.abort()
                raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
            case _:
                return await _raised(connection, fault.value, at=statement.split(maxsplit=1)[0])


def _told(statement: str) -> str:
    """Without what differs from one request to the next; a COMMIT that goes out with the next BEGIN is the COMMIT."""
    alone = without_the_last(statement).removeprefix("SELECT; ")
    return next((verb for verb in ("BEGIN", "COMMIT") if alone.startswith(verb)), alone)


async def _raised(connection: DooredProtocol, sqlstate: str, *, at: str) -> None:
    """Lets the server raise the error: in what goes out with BEGIN behind that.

    A COMMIT that fails ends its transaction, as no other statement does.
    """
    if at == "BEGIN":
        await connection.protocol.query("COMMIT; BEGIN", 10)
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = '{sqlstate}'; END $$"
    try:
        await connection.protocol.query(raising, 10)
    finally:
        if at == "COMMIT":
            await connection.protocol.query("ROLLBACK", 10)
