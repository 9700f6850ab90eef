"""What goes back: data, and errors with a stable code and a correlation id, never anything from inside."""

from collections.abc import Iterable, Mapping, Sequence
from random import getrandbits
from typing import Any, Final

import orjson
import structlog
from graphql import GraphQLError

from billing.domain.errors import BillingError, ErrorCode, RateLimited
from billing.engine.documents import DocumentRefused

_log = structlog.get_logger(__name__)

CHALLENGE: Mapping[str, str] = {"WWW-Authenticate": 'Bearer realm="billing"'}
RETRY_AFTER: Mapping[str, str] = {"Retry-After": "1"}
"""Headers that go with 401, and with what may work in a second."""

STATUS: Mapping[ErrorCode, int] = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.SERVICE_UNAVAILABLE: 503,
    ErrorCode.DEADLINE_EXCEEDED: 503,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.INTERNAL: 500,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.NOT_ACCEPTABLE: 406,
    ErrorCode.REQUEST_TIMEOUT: 408,
    ErrorCode.BODY_TOO_LARGE: 413,
    ErrorCode.HEADERS_TOO_LARGE: 431,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: 415,
}
"""The status of a request that was refused whole, whatever it asked for; of any other code it is 400."""

INTERNAL = "Something went wrong on our side. Give us the correlation id and we will find it."

_BYTES_MAX: Final = 10 * 1024
_MESSAGE_LENGTH_MAX: Final = 300


def new_correlation_id() -> str:
    """128 bits that no other answer has; nobody is kept from guessing them."""
    return f"{getrandbits(128):032x}"


def status_of(refused: BillingError) -> int:
    return STATUS.get(refused.code, 400)


def headers_of(refused: BillingError) -> Mapping[str, str]:
    """What goes with a refusal: how to prove who one is, or when to come back."""
    if refused.code == ErrorCode.UNAUTHENTICATED:
        return CHALLENGE
    if isinstance(refused, RateLimited):
        return {"Retry-After": str(refused.retry_after_seconds)}
    return RETRY_AFTER if status_of(refused) == 503 else {}


def errors(raised: Sequence[GraphQLError], correlation_id: str, most: int) -> list[dict[str, Any]]:
    """The first errors of an operation as clients see them, at most so many and at most 10 KiB of them."""
    return _first(_error(each, _code(each), correlation_id) for each in raised[:most])


def document_refusal(refused: DocumentRefused, correlation_id: str) -> dict[str, Any]:
    """The body for a document that cannot be run."""
    code = ErrorCode(refused.fault)
    return {"errors": _first(_error(each, code, correlation_id) for each in refused.errors)}


def _first(formatted: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    room = _BYTES_MAX
    for each in formatted:
        room -= len(orjson.dumps(each))
        if room < 0 and found:
            break
        found.append(each)
    return found


def _error(error: GraphQLError, code: ErrorCode, correlation_id: str) -> dict[str, Any]:
    """What is no refusal of ours is masked, and logged with its correlation id."""
    formatted: dict[str, Any] = {"message": _cut(error.message)}
    if error.locations:
        formatted["locations"] = [location.formatted for location in error.locations[:10]]
    if error.path is not None:
        formatted["path"] = error.path
    if code == ErrorCode.INTERNAL:
        formatted["message"] = INTERNAL
        _log.error("operation failed", correlation_id=correlation_id, path=error.path, exc_info=error.original_error)
    elif code == ErrorCode.SERVICE_UNAVAILABLE:
        _log.warning("database unavailable", correlation_id=correlation_id, exc_info=error.original_error)
    return {**formatted, "extensions": {"code": code, "correlationId": correlation_id}}


def _code(error: GraphQLError) -> ErrorCode:
    cause = error.original_error
    if isinstance(cause, BillingError):
        return cause.code
    if error.path is None and (cause is None or isinstance(cause, GraphQLError)):
        return ErrorCode.GRAPHQL_VALIDATION_FAILED
    return ErrorCode.INTERNAL


def _cut(message: str) -> str:
    return message if len(message) <= _MESSAGE_LENGTH_MAX else f"{message[:_MESSAGE_LENGTH_MAX]}…"


def refusal(refused: BillingError, correlation_id: str) -> dict[str, Any]:
    """The body for a request that was refused before any operation ran."""
    extensions = {"code": refused.code, "correlationId": correlation_id}
    return {"errors": [{"message": str(refused), "extensions": extensions}]}
