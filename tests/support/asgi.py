"""HTTP to an application in this process; every answer of every test comes this way, so each is looked at for leaks."""

import httpx
from starlette.types import ASGIApp

from tests.support.leaks import assert_says_nothing_of_the_inside


def http_to(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://billing",
        event_hooks={"response": [assert_says_nothing_of_the_inside]},
    )
