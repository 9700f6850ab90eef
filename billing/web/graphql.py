"""The GraphQL endpoint: one operation in, one answer out, everything it read from one snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from starlette.requests import Request
from starlette.responses import Response
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from billing.domain.errors import Unauthenticated, Unavailable
from billing.permissions.viewer import Viewer
from billing.web import answers
from billing.web.bodies import BadRequest, json_object, require_json
from billing.web.executor import Executor, Operation
from billing.web.identity import viewer_of
from billing.web.tokens import Verifier

_JSON = "application/json"
_GRAPHQL = "application/graphql-response+json"


@dataclass(frozen=True)
class GraphQLEndpoint:
    """Answers POST with any operation and GET with queries."""

    executor: Executor
    tokens: Verifier

    async def __call__(self, request: Request) -> Response:
        correlation_id = uuid4().hex
        try:
            viewer = await viewer_of(request, self.tokens, self.executor.database)
            operation = await _operation(request)
        except BadRequest as refused:
            return _respond(request, refused.status, answers.refusal(refused, correlation_id))
        except Unauthenticated as refused:
            return _respond(request, 401, answers.refusal(refused, correlation_id), answers.CHALLENGE)
        except Unavailable as refused:
            return _respond(request, 503, answers.refusal(refused, correlation_id), answers.RETRY_AFTER)
        return await self._execute(request, operation, viewer, correlation_id)

    async def _execute(self, request: Request, operation: Operation, viewer: Viewer, correlation_id: str) -> Response:
        allowed = [OperationType.QUERY] if request.method == "GET" else [OperationType.QUERY, OperationType.MUTATION]
        try:
            result = await self.executor.run(operation, viewer, allowed, correlation_id)
        except CannotGetOperationTypeError:
            wrong = BadRequest(400, "The document has no operation of that name; name the one to run in operationName.")
            return _respond(request, 400, answers.refusal(wrong, correlation_id))
        except InvalidOperationTypeError:
            wrong = BadRequest(405, "GET answers queries only; send mutations by POST.")
            return _respond(request, 405, answers.refusal(wrong, correlation_id), {"Allow": "POST"})
        body: dict[str, Any] = {}
        errors = result.errors
        refused_whole = bool(errors) and result.data is None and all("path" not in error for error in errors)
        if errors:
            body["errors"] = errors
        if not refused_whole:
            body["data"] = result.data
        status = 503 if result.unavailable and result.data is None else 200
        if refused_whole and status == 200 and _accepts_graphql(request):
            status = 400
        return _respond(
            request, status, body, answers.RETRY_AFTER if result.unavailable or result.in_progress else None
        )


async def _operation(request: Request) -> Operation:
    """The operation of a request; BadRequest says how to ask."""
    if request.method == "GET":
        given: dict[str, Any] = dict(request.query_params)
        if "variables" in given:
            given["variables"] = json_object(given["variables"].encode(), "variables")
    else:
        require_json(request, "the operation")
        given = json_object(await request.body(), "the body")
    query, variables, name = given.get("query"), given.get("variables"), given.get("operationName")
    if not isinstance(query, str) or not query:
        raise BadRequest(400, "Send the document as a text in query.")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest(400, "Send variables as an object.")
    if name is not None and not isinstance(name, str):
        raise BadRequest(400, "Send operationName as a text.")
    return Operation(query, variables, name or None)


def _accepts_graphql(request: Request) -> bool:
    return _GRAPHQL in request.headers.get("accept", "").lower()


def _respond(request: Request, status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    kind = _GRAPHQL if _accepts_graphql(request) else _JSON
    return Response(orjson.dumps(body), status, dict(headers or {}), media_type=f"{kind}; charset=utf-8")
