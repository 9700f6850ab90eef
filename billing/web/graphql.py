"""GraphQL over HTTP: one operation in, one answer out, with the status that the specification gives it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson
from graphql import OperationType
from starlette.types import Receive, Scope, Send

from billing.domain.errors import BillingError, ErrorCode
from billing.engine.documents import DocumentRefused
from billing.web import answers
from billing.web.bodies import BadRequest, json_object, json_value, read_body, require_json
from billing.web.executor import Executed
from billing.web.identity import viewer_of
from billing.web.media_types import GRAPHQL, JSON, chosen
from billing.web.operations import Operations
from billing.web.requests import Request
from billing.web.tokens import Verifier

_READING: Final = frozenset({OperationType.QUERY})
_ALL: Final = frozenset({OperationType.QUERY, OperationType.MUTATION})
_PARAMETERS: Final = ("query", "operationName", "variables", "extensions", "documentId")
_HEADERS: Final = {
    kind: ((b"cache-control", b"no-store"), (b"vary", b"Accept"), (b"content-type", f"{kind}; charset=utf-8".encode()))
    for kind in (GRAPHQL, JSON)
}


class _Answer(NamedTuple):
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


@dataclass(frozen=True)
class GraphQLEndpoint:
    """Answers POST with any operation, and GET with queries."""

    operations: Operations
    tokens: Verifier
    body_bytes_max: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, headers, body = await self._answer(Request(scope, receive))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, request: Request) -> _Answer:
        correlation_id = answers.new_correlation_id()
        kind = chosen(", ".join(request.lines(b"accept")))
        try:
            if kind is None:
                raise BadRequest(f"Accept {GRAPHQL} or {JSON}.", ErrorCode.NOT_ACCEPTABLE)
            executed = await self._run(request, correlation_id)
        except DocumentRefused as refused:
            body = answers.document_refusal(refused, correlation_id)
            return _respond(kind, 400 if kind == GRAPHQL else 200, body, {})
        except BillingError as refused:
            return _respond(kind, _status(refused, kind), answers.refusal(refused, correlation_id), _headers(refused))
        return _executed(executed, kind)

    async def _run(self, request: Request, correlation_id: str) -> Executed:
        if request.method not in ("GET", "HEAD", "POST"):
            raise BadRequest("Send POST, or a query by GET.", ErrorCode.METHOD_NOT_ALLOWED)
        viewer = await viewer_of(request, self.tokens, self.operations.executor)
        if request.method == "POST":
            require_json(request, "the operation")
            given = json_object(await read_body(request, self.body_bytes_max), "the body")
            return await self.operations.run(given, viewer, _ALL, correlation_id)
        return await self.operations.run(_of_query_string(request), viewer, _READING, correlation_id)


def _of_query_string(request: Request) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in given:
            raise BadRequest("Send each parameter once.")
        if name in _PARAMETERS:
            given[name] = json_value(value.encode(), name) if name in ("variables", "extensions") else value
    return given


def _status(refused: BillingError, kind: str | None) -> int:
    """A request that could not be read has a status of its own; what was read and refused is a GraphQL answer."""
    if refused.code in answers.STATUS or isinstance(refused, BadRequest):
        return answers.status_of(refused)
    return 400 if kind == GRAPHQL else 200


def _headers(refused: BillingError) -> Mapping[str, str]:
    if refused.code == ErrorCode.METHOD_NOT_ALLOWED:
        return {"Allow": "GET, HEAD, POST" if isinstance(refused, BadRequest) else "POST"}
    return answers.headers_of(refused)


def _executed(executed: Executed, kind: str | None) -> _Answer:
    """Without a key `data` nothing was run: the variables did not fit."""
    answered = {"data": executed.data, "extensions": {"cost": executed.cost}}
    if not executed.errors:
        return _respond(kind, 200, answered, answers.RETRY_AFTER if executed.in_progress else {})
    body = {"errors": executed.errors, **(answered if executed.started else {})}
    status = 400 if kind == GRAPHQL and not executed.started else 200
    if executed.unavailable and executed.data is None:
        status = 503
    return _respond(kind, status, body, answers.RETRY_AFTER if executed.unavailable or executed.in_progress else {})


def _respond(kind: str | None, status: int, body: Any, also: Mapping[str, str]) -> _Answer:
    content = orjson.dumps(body, option=orjson.OPT_UTC_Z)
    headers = [*_HEADERS[kind or JSON], (b"content-length", b"%d" % len(content))]
    headers += [(name.lower().encode(), value.encode()) for name, value in also.items()]
    return _Answer(status, headers, content)
