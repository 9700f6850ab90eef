"""GraphiQL for a browser, at the address of the graph: its page, its files, and in the demo whom one can be."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from billing.domain.errors import Unavailable
from billing.web.demo_people import DemoPeople

Handler = Callable[[Request], Awaitable[Response]]

BUILD: Final = Path(__file__).with_name("graphiql_build")
"""Where `make graphiql` puts what it builds."""

NOT_BUILT: Final = "GraphiQL is not built, so a browser finds no page there: make graphiql builds it."

# What Monaco, the editor, needs beyond our own files: styles that it writes, and pictures and fonts inside of styles.
_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
_GUARDED: Final = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_PAGE: Final = {**_GUARDED, "Cache-Control": "no-store", "Vary": "Accept"}
_ASSET: Final = {**_GUARDED, "Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
}
_MISSING: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Internal Billing</title>
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 40em; margin: 4em auto; padding: 0 1em">
<h1>GraphiQL is not built</h1>
<p>The service runs, and programs can use the graph at this address. Only the page for people is missing.</p>
<p>In the folder of the project run</p>
<pre>make graphiql</pre>
<p>and start the service again. This takes a minute, once, and needs an npm registry or a mirror of one; Node.js 20.19
or newer is taken from the machine, or from a package of pip.</p>
"""


def is_built(build: Path = BUILD) -> bool:
    return (build / "index.html").is_file()


def routes(graph: ASGIApp, people: DemoPeople | None, build: Path = BUILD) -> list[Route]:
    """The graph's address for programs and browsers, and what the page loads; `people` only where it is a demo."""
    files = _Files.of(build / "assets")
    found = [
        Route("/graphql", _Address(graph, _page(build, demo=people is not None))),
        Route("/graphql/assets/{name}", files.serve, methods=["GET"]),
    ]
    if people is not None:
        found.append(Route("/graphql/demo-users.json", _demo_users(people), methods=["GET"]))
    return found


@dataclass(frozen=True)
class _Address:
    """A browser that comes to the graph's address gets the page, everything else the graph."""

    graph: ASGIApp
    page: Callable[[], Response]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self.page() if is_browser(scope) else self.graph)(scope, receive, send)


def is_browser(scope: Scope) -> bool:
    """Whether a page is asked for: browsers name text/html and no JSON, programs name JSON or anything."""
    if scope["method"] not in {"GET", "HEAD"}:
        return False
    accepted = Request(scope).headers.get("accept", "").lower()
    return "text/html" in accepted and "json" not in accepted


def _page(build: Path, *, demo: bool) -> Callable[[], Response]:
    if not is_built(build):
        return lambda: HTMLResponse(_MISSING, 503, _PAGE)
    content = (build / "index.html").read_text(encoding="utf-8")
    if demo:
        content = content.replace('data-demo="no"', 'data-demo="yes"')
    return lambda: HTMLResponse(content, 200, _PAGE)


@dataclass(frozen=True)
class _Files:
    """The files of the build by name, those compressed beside them included. No other name leads to the disk."""

    by_name: dict[str, Path]

    @classmethod
    def of(cls, folder: Path) -> "_Files":
        return cls({file.name: file for file in folder.iterdir()} if folder.is_dir() else {})

    async def serve(self, request: Request) -> Response:
        name = request.path_params["name"]
        file = self.by_name.get(name)
        if file is None or file.suffix not in _TYPES:
            raise HTTPException(404)
        kind, compressed = _TYPES[file.suffix], self.by_name.get(f"{name}.gz")
        if compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return FileResponse(compressed, headers={**_ASSET, "Content-Encoding": "gzip"}, media_type=kind)
        return FileResponse(file, headers=_ASSET, media_type=kind)


def _demo_users(people: DemoPeople) -> Handler:
    async def users(request: Request) -> Response:
        try:
            found = await people.find()
        except Unavailable:
            return Response(status_code=503, headers={"Retry-After": "1"})
        if found is None:
            raise HTTPException(404)
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(orjson.dumps(found), headers=headers, media_type="application/json")

    return users
