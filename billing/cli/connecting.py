"""How commands reach the database: the one that is set, or the embedded one; brought to the newest revision first."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import typer
from rich.console import Console

from billing.db.database import Database, connect
from billing.db.embedded import EmbeddedPostgresError, embedded_url
from billing.db.migrate import migrate
from billing.domain.errors import Unavailable
from billing.settings import InvalidSettingsError, Settings, read_settings

T = TypeVar("T")

console = Console()
complaints = Console(stderr=True)


def settings_or_exit() -> Settings:
    try:
        return read_settings()
    except InvalidSettingsError as error:
        raise failure(str(error)) from None


def database_url(settings: Settings) -> str:
    """The address of the database; starts the embedded PostgreSQL where none is set."""
    if settings.database_url is not None:
        return settings.database_url
    try:
        return embedded_url(settings.data_dir)
    except EmbeddedPostgresError as error:
        raise failure(str(error)) from None


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """The migrated database, closed at the end."""
    url = database_url(settings)
    await migrate(url, zone=settings.time_zone)
    database = connect(settings, url)
    try:
        yield database
    finally:
        await database.close()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs a command's work; a database that is away is a message, not a traceback."""
    try:
        return asyncio.run(work)
    except (Unavailable, OSError) as error:
        raise failure(f"The database cannot be reached: {error.__cause__ or error}") from None


def failure(message: str) -> typer.Exit:
    """Says what is wrong and ends the command with status 1."""
    complaints.print(message, style="red", highlight=False)
    return typer.Exit(1)
