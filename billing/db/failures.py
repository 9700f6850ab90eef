"""What the database's failures mean to a caller, decided in one place."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from billing.domain.errors import Contended, TooSlow, Unavailable

LOCK_NOT_AVAILABLE = "55P03"
UNIQUE_VIOLATION = "23505"
_QUERY_CANCELED = "57014"
# Connections; no room, memory or connections left; shut down or starting; I/O; read-only or idle for too long; the
# login or the database is refused when connecting.
_UNAVAILABLE_CLASSES = ("08", "53", "57", "58", "25", "28", "3D")
_CONTENDED = ("40001", "40P01")  # A serialization failure, a deadlock.


def sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def constraint(error: DBAPIError) -> str:
    """The name of the violated constraint or unique index, '' where there is none."""
    cause = getattr(error.orig, "__cause__", None)
    return getattr(cause, "constraint_name", None) or ""


@contextmanager
def typed_failures() -> Iterator[None]:
    """Turns a database that is away, full, too slow or too busy into the typed error for it."""
    try:
        yield
    # The connection was lost under an earlier statement of the same snapshot or transaction: PendingRollbackError.
    except (PoolTimeout, InterfaceError, PendingRollbackError, OSError) as error:
        raise Unavailable from error
    except DBAPIError as error:
        state = sqlstate(error)
        if state == _QUERY_CANCELED:
            raise TooSlow from error
        if state in _CONTENDED:
            raise Contended from error
        if error.connection_invalidated or state == LOCK_NOT_AVAILABLE or state.startswith(_UNAVAILABLE_CLASSES):
            raise Unavailable from error
        raise
