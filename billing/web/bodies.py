"""The bodies of requests: JSON objects of a bounded length, and nothing else."""

from functools import lru_cache
from typing import Any

import orjson
from starlette.requests import ClientDisconnect

from billing.domain.errors import BillingError, ErrorCode
from billing.web.requests import Request

_JSON = "application/json"


class BadRequest(BillingError):
    """The HTTP request is not one that can be read."""

    def __init__(self, message: str, code: ErrorCode = ErrorCode.BAD_INPUT) -> None:
        super().__init__(message)
        self.code = code


def require_json(request: Request, what: str) -> None:
    """Nothing that a page of another origin could send without being asked first, and nothing compressed."""
    if not _is_json(request.line(b"content-type")):
        raise BadRequest(f"Send {what} as application/json.", ErrorCode.UNSUPPORTED_MEDIA_TYPE)
    if request.line(b"content-encoding", "identity").lower() != "identity":
        raise BadRequest(f"Send {what} uncompressed.", ErrorCode.UNSUPPORTED_MEDIA_TYPE)


@lru_cache(maxsize=32)
def _is_json(content_type: str) -> bool:
    kind, _, parameters = content_type.lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "")
    return kind.strip() == _JSON and (not charset.startswith("charset=") or charset == "charset=utf-8")


async def read_body(request: Request, bytes_max: int) -> bytes:
    """The whole body; what is longer is refused as soon as that is known."""
    declared = request.line(b"content-length")
    if declared.isdigit() and int(declared) > bytes_max:
        raise _too_large(bytes_max)
    body = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece: bytes = message.get("body", b"")
        if len(body) + len(piece) > bytes_max:
            raise _too_large(bytes_max)
        more = message.get("more_body", False)
        if not (body or more):
            return piece
        body += piece
        if not more:
            return bytes(body)


def json_value(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadRequest(f"Send {what} as JSON.") from None


def json_object(text: bytes, what: str) -> dict[str, Any]:
    parsed = json_value(text, what)
    if not isinstance(parsed, dict):
        raise BadRequest(f"Send {what} as a JSON object.")
    return parsed


def _too_large(bytes_max: int) -> BadRequest:
    return BadRequest(f"A body has at most {bytes_max:,} bytes.", ErrorCode.BODY_TOO_LARGE)
