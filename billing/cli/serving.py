"""`billing serve`: from settings to a listening service, with what a person needs to try it printed."""

import gc
from types import FrameType

import typer
import uvicorn

from billing.app import create_app
from billing.cli.connecting import addresses_of, complaints, console, failure, open_database, run
from billing.cli.people import list_people, token_for, tokens_of
from billing.db.database import Database, connect
from billing.db.server_settings import Unsafe, find_unsafe_as_owner, find_unsafe_logins
from billing.demo.organisation import DEMO_USERS, fill_demo, is_empty
from billing.settings import Settings
from billing.web import graphiql
from billing.web.connections import protocol
from billing.web.health import Health


def serve(settings: Settings) -> None:
    """Serves until it is told to stop; what is under way is finished first."""
    run(_prepare(settings))
    database = connect(settings, addresses_of(settings))
    app = create_app(settings, database, tokens_of(settings), DEMO_USERS)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        http=protocol(settings),
        ws="none",
        timeout_graceful_shutdown=round(settings.request_timeout_seconds),
        server_header=False,
        proxy_headers=False,  # Nothing hangs on where a request comes from.
    )
    gc.collect()
    gc.freeze()  # The schema lives as long as the process; going through it at each full collection costs 0.1 s.
    gc.set_threshold(20_000)  # An answer is thousands of objects and none of them garbage; at 700 each is gone through.
    _Server(config, app.state.health, for_browsers(settings)).run()


def for_browsers(settings: Settings) -> str:
    """What a browser finds at the address of the graph."""
    if not settings.graphiql:
        return "GraphiQL is off for browsers: GRAPHIQL=true turns it on."
    return "A browser finds GraphiQL there." if graphiql.is_built() else graphiql.NOT_BUILT


class _Server(uvicorn.Server):
    """Says where it listens once it does, port 0 being known only then, and that it is not ready once it stops."""

    def __init__(self, config: uvicorn.Config, health: Health, for_browsers: str) -> None:
        super().__init__(config)
        self._health = health
        self._for_browsers = for_browsers

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            typer.echo(f"Serving GraphQL on http://{self.config.host}:{port}/graphql (Ctrl-C ends it)")
            typer.echo(self._for_browsers)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._health.stopping = True
        super().handle_exit(sig, frame)


async def _prepare(settings: Settings) -> None:
    """Refuses what is unsafe, migrates, fills an empty database with the demo, prints a token for each demo user."""
    owner = addresses_of(settings).owner
    if owner is not None:
        _refuse(await find_unsafe_as_owner(owner))  # Before the first write; the logins may not be there yet.
    async with open_database(settings) as database:
        unsafe = await find_unsafe_logins(database.service, database.scoped)
        _refuse(unsafe)
        for warning in unsafe.warnings:
            complaints.print(warning, style="yellow", highlight=False)
        if not settings.demo:
            return
        if await is_empty(database):
            with console.status("Filling the empty database with demo data …"):
                await fill_demo(database, settings.payment_terms_days)
        await _print_tokens(database, settings)


def _refuse(unsafe: Unsafe) -> None:
    if unsafe.faults:
        raise failure("\n".join(["The service does not start on this database:", *unsafe.faults]))


async def _print_tokens(database: Database, settings: Settings) -> None:
    """A line for each demo user that is still active: the name and a token, whole, so that it can be copied."""
    if settings.jwks is not None:
        typer.echo(
            "\nJWKS is set: tokens come from the issuer whose keys stand there, so there are none for the demo.\n"
        )
        return
    active = {person.name for person in await list_people(database) if person.active}
    here = [name for name in DEMO_USERS if name in active]
    typer.echo(f"\nTokens of the demo users, valid for {settings.token_lifetime_hours} hours:\n")
    for name in here:
        typer.echo(f"{name:<{max(map(len, here))}}  {await token_for(database, settings, name)}")
    typer.echo()
