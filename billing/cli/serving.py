"""`billing serve`: from settings to a listening service, with what a person needs to try it printed."""

import logging

import structlog
import uvicorn
from rich.table import Table

from billing.app import create_app
from billing.cli.connecting import console, database_url, open_database, run
from billing.cli.people import list_people, token_for, tokens_of
from billing.db.database import connect
from billing.demo.organisation import DEMO_USERS, fill_demo, is_empty
from billing.settings import Settings


def serve(settings: Settings) -> None:
    """Serves until it is told to stop; what is under way is finished first."""
    _configure_logs(settings)
    run(_prepare(settings))
    database = connect(settings, database_url(settings))
    config = uvicorn.Config(
        create_app(settings, database, tokens_of(settings)),
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level.lower(),
        timeout_graceful_shutdown=round(settings.request_timeout_seconds),
        server_header=False,
    )
    _Server(config).run()


class _Server(uvicorn.Server):
    """Says where it listens once it does; port 0 is known only then."""

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            console.print(f"GraphQL: http://{self.config.host}:{port}/graphql", highlight=False)


async def _prepare(settings: Settings) -> None:
    """Migrates, fills an empty database with the demo, and prints a token for each demo user."""
    async with open_database(settings) as database:
        if not settings.demo:
            return
        if await is_empty(database):
            with console.status("Filling the empty database with demo data …"):
                await fill_demo(database, settings.payment_terms_days)
        here = {person.name for person in await list_people(database) if person.active}
        table = Table("demo user", "token", box=None, pad_edge=False)
        for name in (name for name in DEMO_USERS if name in here):
            table.add_row(name, await token_for(database, settings, name))
        console.print(table, soft_wrap=True)


def _configure_logs(settings: Settings) -> None:
    level = logging.getLevelNamesMapping()[settings.log_level]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
