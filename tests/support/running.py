"""The service as it runs, with what it does in the background, over a database that others use too."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from billing.app import create_app
from billing.settings import Settings
from billing.web.tokens import Verifier
from tests.access.asking import Asking
from tests.conftest import TOKENS
from tests.support.asgi import http_to
from tests.support.database import Database, connect


@dataclass(frozen=True)
class Service:
    """One process of the service, or what is one but for the process."""

    database: Database
    http: httpx.AsyncClient
    asking: Asking


@asynccontextmanager
async def running(
    settings: Settings, owner_url: str, *, verifier: Verifier = TOKENS, **changed: Any
) -> AsyncIterator[Service]:
    """Once it hears of changes of users, where it remembers them."""
    changed_settings = settings.model_copy(update=changed)
    database = connect(changed_settings, owner_url)
    app = create_app(changed_settings, database, verifier)
    async with app.router.lifespan_context(app):
        if changed_settings.user_cache_seconds:
            async with asyncio.timeout(10):
                await database.viewers.hearing.wait()
        async with http_to(app) as http:
            yield Service(database, http, Asking(http, TOKENS))
