"""The bodies of requests: JSON objects and nothing else."""

from typing import Any

import orjson
from starlette.requests import Request

from billing.domain.errors import BillingError, ErrorCode

_JSON = "application/json"


class BadRequest(BillingError):
    """The HTTP request is not one that can be read."""

    code = ErrorCode.BAD_INPUT

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def require_json(request: Request, what: str) -> None:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _JSON:
        raise BadRequest(415, f"Send {what} as application/json.")


def json_object(text: bytes, what: str) -> dict[str, Any]:
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadRequest(400, f"Send {what} as JSON.") from None
    if not isinstance(parsed, dict):
        raise BadRequest(400, f"Send {what} as a JSON object.")
    return parsed
