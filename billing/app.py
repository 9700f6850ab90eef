"""Wires the service together: settings → database → schema → Starlette app."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from starlette.applications import Starlette
from starlette.routing import Route

from billing.db.database import Database
from billing.resolvers.roots import Mutation, Query
from billing.schema.context import Limits
from billing.schema.contract import build
from billing.services import audit_chain
from billing.services.integrity_checks import Checker
from billing.settings import Settings
from billing.web import graphiql
from billing.web.demo_people import DemoPeople
from billing.web.executor import Executor
from billing.web.graphql import GraphQLEndpoint
from billing.web.health import Health
from billing.web.logs import configure_logs
from billing.web.rest.site import mount as rest
from billing.web.tokens import Tokens

SCHEMA = build(Query, Mutation)


def create_app(settings: Settings, database: Database, tokens: Tokens, demo_users: Sequence[str] = ()) -> Starlette:
    """The service over one database, which it closes when it stops. In the demo, anybody may become a demo user."""
    configure_logs(settings.log_level)
    limits = Limits(settings.page_size_default, settings.page_size_max, settings.payment_terms_days)
    checker = Checker(database, settings.integrity_check_timeout_seconds)
    executor = Executor(SCHEMA, database, limits, checker)
    graph = GraphQLEndpoint(executor, tokens).__call__
    if settings.graphiql:
        lifetime = timedelta(hours=settings.token_lifetime_hours)
        people = DemoPeople(tuple(demo_users), database, tokens, lifetime) if settings.demo and demo_users else None
        at_graphql = graphiql.routes(graph, people)
    else:
        at_graphql = [Route("/graphql", graph, methods=["GET", "POST"])]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        sealing = asyncio.create_task(audit_chain.keep_sealing(database))
        yield
        await checker.stop()
        await audit_chain.stop(sealing)
        await database.close()

    health = Health(database)
    app = Starlette(routes=[*health.routes(), *at_graphql, rest(executor, tokens)], lifespan=lifespan)
    app.state.checker = checker
    app.state.health = health
    return app
