"""What goes back: data, and errors with a stable code and a correlation id, never anything from inside."""

from collections.abc import Mapping
from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError

from billing.domain.errors import BillingError, ErrorCode

_log = structlog.get_logger(__name__)

CHALLENGE: Mapping[str, str] = {"WWW-Authenticate": 'Bearer realm="billing"'}
RETRY_AFTER: Mapping[str, str] = {"Retry-After": "1"}
"""Headers that go with 401, and with what may work in a second."""

INTERNAL = "Something went wrong on our side. Give us the correlation id and we will find it."


def error(error: GraphQLError, correlation_id: str) -> dict[str, Any]:
    """One error as clients see it. What is no refusal of ours is masked, and logged with its correlation id."""
    formatted: dict[str, Any] = {"message": error.message}
    if error.locations:
        formatted["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        formatted["path"] = error.path
    code = _code(error)
    if code == ErrorCode.INTERNAL:
        formatted["message"] = INTERNAL
        _log.error("operation failed", correlation_id=correlation_id, path=error.path, exc_info=error.original_error)
    elif code == ErrorCode.SERVICE_UNAVAILABLE:
        _log.warning("database unavailable", correlation_id=correlation_id, exc_info=error.original_error)
    return {**formatted, "extensions": {"code": code, "correlationId": correlation_id}}


def _code(error: GraphQLError) -> str:
    cause = error.original_error
    if isinstance(cause, BillingError):
        return cause.code
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    if error.path is None and (cause is None or isinstance(cause, GraphQLError)):
        return "GRAPHQL_VALIDATION_FAILED"
    return ErrorCode.INTERNAL


def refusal(refused: BillingError, correlation_id: str) -> dict[str, Any]:
    """The body for a request that was refused before any operation ran."""
    return {
        "errors": [{"message": str(refused), "extensions": {"code": refused.code, "correlationId": correlation_id}}]
    }
