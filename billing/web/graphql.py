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

from billing.db.database import Database
from billing.domain.errors import BillingError, ErrorCode, Unauthenticated, Unavailable
from billing.schema.context import Context, Limits
from billing.schema.contract import Schema
from billing.web import answers
from billing.web.identity import viewer_of
from billing.web.tokens import Tokens

_JSON = "application/json"
_GRAPHQL = "application/graphql-response+json"
RETRY_AFTER_SECONDS = 1


class BadRequest(BillingError):
    """The HTTP request is not one of GraphQL over HTTP."""

    code = ErrorCode.BAD_INPUT

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Operation:
    """What a request asks for."""

    query: str
    variables: dict[str, Any] | None
    name: str | None


@dataclass(frozen=True)
class GraphQLEndpoint:
    """Answers POST with any operation and GET with queries."""

    schema: Schema
    database: Database
    tokens: Tokens
    limits: Limits

    async def __call__(self, request: Request) -> Response:
        correlation_id = uuid4().hex
        try:
            viewer = await viewer_of(request, self.tokens, self.database)
            operation = await _operation(request)
        except BadRequest as refused:
            return _respond(request, refused.status, answers.refusal(refused, correlation_id))
        except Unauthenticated as refused:
            return _respond(
                request, 401, answers.refusal(refused, correlation_id), {"WWW-Authenticate": 'Bearer realm="billing"'}
            )
        except Unavailable as refused:
            return _respond(request, 503, answers.refusal(refused, correlation_id), _retry_after())
        context = Context(self.database, viewer, self.limits)
        return await self._execute(request, operation, context, correlation_id)

    async def _execute(self, request: Request, operation: Operation, context: Context, correlation_id: str) -> Response:
        allowed = [OperationType.QUERY] if request.method == "GET" else [OperationType.QUERY, OperationType.MUTATION]
        try:
            result = await self.schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.name,
                allowed_operation_types=allowed,
            )
        except (InvalidOperationTypeError, CannotGetOperationTypeError):
            wrong = BadRequest(405, "GET answers queries only; send mutations by POST.")
            return _respond(request, 405, answers.refusal(wrong, correlation_id), {"Allow": "POST"})
        finally:
            await context.close()
        body: dict[str, Any] = {}
        errors = [answers.error(error, correlation_id) for error in result.errors or []]
        refused_whole = bool(errors) and result.data is None and all("path" not in error for error in errors)
        if errors:
            body["errors"] = errors
        if not refused_whole:
            body["data"] = result.data
        unavailable = any(error["extensions"]["code"] == ErrorCode.SERVICE_UNAVAILABLE for error in errors)
        status = 503 if unavailable and result.data is None else 200
        if refused_whole and status == 200 and _accepts_graphql(request):
            status = 400
        return _respond(request, status, body, _retry_after() if unavailable or context.in_progress else None)


async def _operation(request: Request) -> Operation:
    """The operation of a request; BadRequest says how to ask."""
    if request.method == "GET":
        given: dict[str, Any] = dict(request.query_params)
        if "variables" in given:
            given["variables"] = _parsed(given["variables"].encode(), "variables")
    else:
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != _JSON:
            raise BadRequest(415, "Send the operation as application/json.")
        given = _parsed(await request.body(), "the body")
    query, variables, name = given.get("query"), given.get("variables"), given.get("operationName")
    if not isinstance(query, str) or not query:
        raise BadRequest(400, "Send the document as a text in query.")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest(400, "Send variables as an object.")
    if name is not None and not isinstance(name, str):
        raise BadRequest(400, "Send operationName as a text.")
    return Operation(query, variables, name or None)


def _parsed(text: bytes, what: str) -> dict[str, Any]:
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadRequest(400, f"Send {what} as JSON.") from None
    if not isinstance(parsed, dict):
        raise BadRequest(400, f"Send {what} as a JSON object.")
    return parsed


def _accepts_graphql(request: Request) -> bool:
    return _GRAPHQL in request.headers.get("accept", "").lower()


def _retry_after() -> Mapping[str, str]:
    return {"Retry-After": str(RETRY_AFTER_SECONDS)}


def _respond(request: Request, status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    kind = _GRAPHQL if _accepts_graphql(request) else _JSON
    return Response(orjson.dumps(body), status, dict(headers or {}), media_type=f"{kind}; charset=utf-8")
