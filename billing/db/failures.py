"""What the database's failures mean to a caller, decided in one place."""

from types import TracebackType
from typing import Final

from asyncpg import InterfaceError, InternalClientError, PostgresError

from billing.domain.errors import Contended, TooSlow, Unavailable

FAILURES = (PostgresError, InterfaceError, InternalClientError, Unavailable, OSError)
"""What the driver raises, and what becomes of it on a lost connection; a wait that is over is an OSError."""

_LOCK_NOT_AVAILABLE = "55P03"
_QUERY_CANCELED = "57014"
# Connections; no room, memory or connections left; shut down or starting; I/O; read-only or idle for too long; the
# login or the database is refused when connecting.
_UNAVAILABLE_CLASSES = ("08", "53", "57", "58", "25", "28", "3D")
_CONTENDED = ("40001", "40P01")  # A serialization failure, a deadlock.


class _Typing:
    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # The connection was lost, under this statement or an earlier one of the same snapshot or transaction.
        if isinstance(error, (InterfaceError, InternalClientError, OSError)):
            raise Unavailable from error
        if isinstance(error, PostgresError):
            state = error.sqlstate or ""
            if state == _QUERY_CANCELED:
                raise TooSlow from error
            if state in _CONTENDED:
                raise Contended from error
            if state == _LOCK_NOT_AVAILABLE or state.startswith(_UNAVAILABLE_CLASSES):
                raise Unavailable from error


_TYPING: Final = _Typing()


def typed_failures() -> _Typing:
    """Turns, around a block, a database that is away, full, too slow or too busy into the typed error for it."""
    return _TYPING
