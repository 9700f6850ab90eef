"""Addresses that one application answers whatever the method: found at once, before the router tries its routes."""

from collections.abc import Awaitable, Sequence

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send


class Addresses:
    """Passes on what it does not know to the router, which knows these too, and so does every spelling of theirs."""

    def __init__(self, router: ASGIApp, known: dict[str, ASGIApp]) -> None:
        self._router = router
        self._known = known

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        known = self._known.get(scope["path"]) if scope["type"] == "http" else None
        return (known or self._router)(scope, receive, send)


def before_the_router(routes: Sequence[BaseRoute]) -> Middleware:
    known = {
        it.path: it.app for it in routes if isinstance(it, Route) and it.methods is None and not it.param_convertors
    }
    return Middleware(Addresses, known=known)
