"""Wires the service together: settings → database → schema → Starlette app."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from starlette.applications import Starlette
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp

from billing.db.database import Database
from billing.db.rows import Row
from billing.deadline import Deadline
from billing.domain.errors import DeadlineExceeded
from billing.engine.documents import Bounds, Documents
from billing.engine.execution import Engine, Reference
from billing.resolvers.roots import Mutation, Query
from billing.schema.context import Limits
from billing.schema.contract import build
from billing.schema.scalars import IN_STATEMENTS
from billing.services import audit_chain
from billing.services.integrity_checks import Checker
from billing.settings import Settings
from billing.web import cors, graphiql
from billing.web.addresses import before_the_router
from billing.web.demo_people import DemoPeople
from billing.web.executor import Executor, Guard
from billing.web.graphql import GraphQLEndpoint
from billing.web.health import Health
from billing.web.logs import configure_logs
from billing.web.operations import Operations
from billing.web.persisted import PersistedQueries
from billing.web.rates import Rates
from billing.web.rest.site import mount as rest
from billing.web.tokens import Tokens, Verifier
from billing.web.trusted import TrustedDocuments

SCHEMA = build(Query, Mutation)


class Application(Starlette):
    """Without Starlette's own answer to an error that nobody expected: the connection has a typed one."""

    def build_middleware_stack(self) -> ASGIApp:
        outermost = super().build_middleware_stack()
        assert isinstance(outermost, ServerErrorMiddleware)
        return outermost.app


def create_app(settings: Settings, database: Database, tokens: Verifier, demo_users: Sequence[str] = ()) -> Starlette:
    """The service over one database, which it closes when it stops. In the demo, anybody may become a demo user."""
    configure_logs(settings.log_level)
    checker = Checker(database, settings.integrity_check_timeout_seconds)
    executor = executor_of(settings, database, checker)
    persisted, trusted = PersistedQueries(settings.persisted_queries_max), TrustedDocuments(database)
    operations = Operations(executor, persisted, trusted, settings.trusted_documents_only)
    graph = GraphQLEndpoint(operations, tokens, settings.body_bytes_max)
    if settings.graphiql:
        at_graphql = graphiql.routes(graph, _people(settings, database, tokens, demo_users))
    else:
        at_graphql = [Route("/graphql", graph)]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        hearing = asyncio.create_task(database.keep_hearing())
        keys = asyncio.create_task(tokens.keep_fresh())
        sealing = asyncio.create_task(audit_chain.keep_sealing(database))
        yield
        await checker.stop()
        for task in (sealing, keys, hearing):
            await audit_chain.stop(task)
        await database.close()

    health = Health(database)
    routes = [*at_graphql, *health.routes(), rest(SCHEMA, executor, tokens, settings.body_bytes_max)]
    app = Application(
        routes=routes,
        middleware=[*cors.for_origins(settings.cors_origins), before_the_router(routes)],
        lifespan=lifespan,
    )
    app.state.checker = checker
    app.state.health = health
    return app


def executor_of(settings: Settings, database: Database, checker: Checker) -> Executor:
    """What runs operations under these settings."""
    schema = SCHEMA._schema
    engine = Engine(schema, (Row,), IN_STATEMENTS) if settings.engine == "levels" else Reference(schema)
    return Executor(
        engine.execute,
        Documents(schema, bounds_of(settings)),
        database,
        Limits(settings.page_size_default, settings.page_size_max, settings.payment_terms_days),
        checker,
        Rates(settings.rate_cost_per_second, settings.rate_cost_burst),
        guard_of(settings),
    )


def bounds_of(settings: Settings) -> Bounds:
    """What a document may be."""
    return Bounds(
        characters=settings.document_characters_max,
        tokens=settings.document_tokens_max,
        depth=settings.depth_max,
        aliases=settings.aliases_max,
        directives=settings.directives_max,
        operations=settings.operations_max,
        errors=settings.errors_max,
        page_size_default=settings.page_size_default,
        page_size_max=settings.page_size_max,
    )


def guard_of(settings: Settings) -> Guard:
    """What an operation may cost and take."""
    return Guard(
        cost_max=settings.cost_max,
        errors_max=settings.errors_max,
        deadline=Deadline(settings.request_timeout_seconds, DeadlineExceeded),
        introspection_for_all=settings.environment == "development",
    )


def _people(settings: Settings, database: Database, tokens: Verifier, demo_users: Sequence[str]) -> DemoPeople | None:
    """Whom anybody may become: nobody outside the demo, nor where tokens come from an issuer."""
    if not settings.demo or not demo_users or not isinstance(tokens, Tokens):
        return None
    return DemoPeople(tuple(demo_users), database, tokens, timedelta(hours=settings.token_lifetime_hours))
