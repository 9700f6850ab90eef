"""The routes, their OpenAPI document and the page to read it, as one application below /api/itsm."""

import re
from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router
from starlette.types import Receive, Scope, Send

from billing.domain.errors import ErrorCode
from billing.schema.contract import Schema
from billing.web.answers import new_correlation_id
from billing.web.executor import Executor
from billing.web.rest import page
from billing.web.rest.endpoint import RestEndpoint, respond, wrong_method
from billing.web.rest.openapi import document
from billing.web.rest.refusals import Problem, refusal
from billing.web.rest.routes import PREFIX, ROUTES
from billing.web.rest.stored import load
from billing.web.tokens import Verifier


@dataclass(frozen=True)
class Printed:
    """Something that is the same for everyone, made once."""

    content: bytes
    media_type: str
    policy: str = "default-src 'none'"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if Request(scope).method not in ("GET", "HEAD"):
            await respond(wrong_method(["GET"], new_correlation_id()))(scope, receive, send)
            return
        headers = {"Content-Security-Policy": self.policy, "X-Content-Type-Options": "nosniff"}
        await Response(self.content, headers=headers, media_type=self.media_type)(scope, receive, send)


def mount(schema: Schema, executor: Executor, tokens: Verifier, body_bytes_max: int) -> Mount:
    """Everything below /api/itsm."""
    stored, api = load(schema), document(schema)
    paths = dict.fromkeys(route.path for route in ROUTES)
    routes = [
        Route(path, RestEndpoint([it for it in ROUTES if it.path == path], stored, executor, tokens, body_bytes_max))
        for path in paths
    ]
    routes.append(Route("/openapi.json", Printed(orjson.dumps(api), "application/json")))
    routes.append(Route("/docs", Printed(page.html(api).encode(), "text/html", page.POLICY)))
    below = Mount(PREFIX, app=Router(routes, redirect_slashes=False, default=_nothing_here))
    # A path with a line break is ours to answer too.
    below.path_regex = re.compile(below.path_regex.pattern, re.DOTALL)
    return below


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    problem = Problem(ErrorCode.NOT_FOUND, f"There is nothing at this path; {PREFIX}/docs lists what there is.")
    await respond(refusal([problem], new_correlation_id(), 404))(scope, receive, send)
