"""The one handler behind all routes: who asks, what they ask, the stored operation run, its result as a body."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from billing.domain.errors import BillingError, ErrorCode
from billing.web import answers
from billing.web.bodies import read_body
from billing.web.executor import Asked, Executor
from billing.web.identity import viewer_of
from billing.web.requests import Request
from billing.web.rest.refusals import Answer, Problem, of_errors, of_request, refusal
from billing.web.rest.routes import Route
from billing.web.rest.stored import Stored
from billing.web.tokens import Verifier


@dataclass(frozen=True)
class RestEndpoint:
    """Answers every method of one path."""

    routes: Sequence[Route]
    stored: Mapping[str, Stored]
    executor: Executor
    tokens: Verifier
    body_bytes_max: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await respond(await self._answer(Request(scope, receive)))(scope, receive, send)

    async def _answer(self, request: Request) -> Answer:
        correlation_id = answers.new_correlation_id()
        method = "GET" if request.method == "HEAD" else request.method
        route = next((route for route in self.routes if route.method == method), None)
        if route is None:
            return wrong_method([route.method for route in self.routes], correlation_id)
        try:
            return await self._run(request, route, correlation_id)
        except BillingError as refused:
            return of_request(refused, correlation_id)

    async def _run(self, request: Request, route: Route, correlation_id: str) -> Answer:
        viewer = await viewer_of(request, self.tokens, self.executor)
        stored = self.stored[route.operation]
        body = await read_body(request, self.body_bytes_max)
        asked = Asked(stored.text, route.variables(request, body, stored), stored.name)
        executed = await self.executor.run(asked, viewer, [stored.type], correlation_id)
        if executed.errors:
            return of_errors(executed.errors, correlation_id)
        # Objects in it may be texts already; the route puts their members in another order.
        data = orjson.loads(orjson.dumps(executed.data, option=orjson.OPT_UTC_Z))
        return route.answer(data[stored.root.name], stored, correlation_id)


def wrong_method(allowed: Sequence[str], correlation_id: str) -> Answer:
    allow = ", ".join("GET, HEAD" if method == "GET" else method for method in allowed)
    problem = Problem(ErrorCode.METHOD_NOT_ALLOWED, f"This path answers {allow}.")
    return replace(refusal([problem], correlation_id, 405), headers={"Allow": allow})


def respond(answer: Answer) -> Response:
    headers = {"Cache-Control": "no-store", **answer.headers}
    return Response(
        orjson.dumps(answer.body, option=orjson.OPT_UTC_Z), answer.status, headers, media_type="application/json"
    )
