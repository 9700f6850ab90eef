"""Wires the service together: settings → database → schema → Starlette app."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route

from billing.db.database import Database
from billing.resolvers.roots import Mutation, Query
from billing.schema.context import Limits
from billing.schema.contract import build
from billing.settings import Settings
from billing.web.executor import Executor
from billing.web.graphql import GraphQLEndpoint
from billing.web.logs import configure_logs
from billing.web.rest.site import mount as rest
from billing.web.tokens import Tokens

SCHEMA = build(Query, Mutation)


def create_app(settings: Settings, database: Database, tokens: Tokens) -> Starlette:
    """The service over one database, which it closes when it stops."""
    configure_logs(settings.log_level)
    limits = Limits(settings.page_size_default, settings.page_size_max, settings.payment_terms_days)
    executor = Executor(SCHEMA, database, limits)
    endpoint = GraphQLEndpoint(executor, tokens)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await database.close()

    graphql = Route("/graphql", endpoint.__call__, methods=["GET", "POST"])
    return Starlette(routes=[graphql, rest(executor, tokens)], lifespan=lifespan)
