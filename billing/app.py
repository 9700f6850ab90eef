"""Wires the service together: settings → database → schema → Starlette app."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from starlette.applications import Starlette
from starlette.routing import Route

from billing.db.database import Database
from billing.resolvers.roots import Mutation, Query
from billing.schema.context import Limits
from billing.schema.contract import build
from billing.settings import Settings
from billing.web import graphiql
from billing.web.demo_people import DemoPeople
from billing.web.graphql import GraphQLEndpoint
from billing.web.logs import configure_logs
from billing.web.tokens import Tokens

SCHEMA = build(Query, Mutation)


def create_app(settings: Settings, database: Database, tokens: Tokens, demo_users: Sequence[str] = ()) -> Starlette:
    """The service over one database, which it closes when it stops. In the demo, anybody may become a demo user."""
    configure_logs(settings.log_level)
    endpoint = GraphQLEndpoint(
        schema=SCHEMA,
        database=database,
        tokens=tokens,
        limits=Limits(settings.page_size_default, settings.page_size_max, settings.payment_terms_days),
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await database.close()

    graph = endpoint.__call__
    if settings.graphiql:
        lifetime = timedelta(hours=settings.token_lifetime_hours)
        people = DemoPeople(tuple(demo_users), database, tokens, lifetime) if settings.demo and demo_users else None
        routes = graphiql.routes(graph, people)
    else:
        routes = [Route("/graphql", graph, methods=["GET", "POST"])]
    return Starlette(routes=routes, lifespan=lifespan)
