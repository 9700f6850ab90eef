"""What is wrong with HTTP that cannot be read, and the typed answer to it."""

from typing import Any, Final

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from billing.domain.errors import BillingError, ErrorCode
from billing.web import answers

Headers = list[tuple[bytes, bytes]]

HEAD_PER_HEADER: Final = 4
"""All headers of a request together may be so many times as long as one of them; 100 long ones would be 1.6 MiB."""


class BadHttp(BillingError):
    """What arrived is no request that can be run, and nothing behind it can be trusted."""

    def __init__(self, status: int, code: ErrorCode, message: str, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.reason = reason
        """For the log: words of ours or of the parser, never of the client."""


def malformed(reason: str) -> BadHttp:
    return BadHttp(400, ErrorCode.BAD_INPUT, "Send HTTP/1.1; this is no request that can be read.", reason)


def too_slow() -> BadHttp:
    text = "The request did not arrive in time. Send it again, all of it at once."
    return BadHttp(408, ErrorCode.REQUEST_TIMEOUT, text, "time-out")


def too_large(reason: str, headers_max: int, header_bytes_max: int) -> BadHttp:
    text = (
        f"Send at most {headers_max} headers of {header_bytes_max:,} bytes each, "
        f"and of {header_bytes_max * HEAD_PER_HEADER:,} bytes together."
    )
    return BadHttp(431, ErrorCode.HEADERS_TOO_LARGE, text, reason)


def cause(error: httptools.HttpParserError) -> BadHttp:
    """What a callback raised, or what the parser itself did not like."""
    if isinstance(error.__context__, BadHttp):
        return error.__context__
    return malformed(type(error).__name__ if isinstance(error, httptools.HttpParserCallbackError) else str(error))


def check_head(parser: httptools.HttpRequestParser, headers: Headers) -> bool:
    """Whether the client waits for a 100 before it sends the body.

    Refuses what the parser lets through, and others before us may have read otherwise (RFC 9112, 2.3, 3.2, 6.1).
    """
    version = parser.get_http_version()
    if version not in ("1.1", "1.0"):
        raise malformed("another version")
    if parser.get_method() == b"CONNECT":
        raise malformed("a tunnel")
    hosts, waits = 0, False
    for name, value in headers:
        if name == b"host":
            hosts += 1
        elif name == b"expect":
            waits = waits or value.lower() == b"100-continue"
        elif name == b"transfer-encoding" and (value.lower() != b"chunked" or version == "1.0"):
            raise malformed("a transfer encoding other than chunked")
    if hosts > 1 or (hosts == 0 and version == "1.1"):
        raise malformed("not one host")
    return waits


def typed_answer(status: int, error: BillingError, correlation_id: str) -> tuple[Headers, bytes]:
    """The headers and the body of the last answer on a connection."""
    content: dict[str, Any] = answers.refusal(error, correlation_id)
    body = orjson.dumps(content)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    if status == 503:
        headers += [(name.lower().encode(), value.encode()) for name, value in answers.RETRY_AFTER.items()]
    return headers, body


def answer_bytes(status: int, headers: Headers, body: bytes) -> bytes:
    return b"".join([STATUS_LINE[status], *(b"%s: %s\r\n" % header for header in headers), b"\r\n", body])
