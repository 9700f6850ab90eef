"""How commands reach the database: the one that is set, or the embedded one; brought to the newest revision first."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import typer
from asyncpg import InsufficientPrivilegeError
from rich.console import Console
from sqlalchemy.engine import make_url

from billing.db import logins
from billing.db.database import Database, connect
from billing.db.embedded import EmbeddedPostgresError, embedded_url
from billing.db.failures import typed_failures
from billing.db.logins import Addresses
from billing.db.migrate import is_at_newest, migrate
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


def addresses_of(settings: Settings) -> Addresses:
    """The database as its owner and as both logins; starts the embedded PostgreSQL where none is set."""
    service, scoped = settings.service_database_url, settings.scoped_database_url
    if service is not None and scoped is not None:
        return Addresses(settings.database_url, service, scoped)
    if service is not None or scoped is not None or settings.environment == "production":
        raise failure(
            "SERVICE_DATABASE_URL and SCOPED_DATABASE_URL: set both, the same database as the logins "
            f"{logins.SERVICE} and {logins.SCOPED}."
        )
    return logins.beside(owner_url(settings))


def owner_url(settings: Settings) -> str:
    """The address of the database as its owner; the embedded PostgreSQL's where none is set."""
    if settings.database_url is not None:
        return settings.database_url
    if settings.service_database_url is not None or settings.environment == "production":
        raise failure("DATABASE_URL: set it; this command needs the login that owns the tables.")
    try:
        return embedded_url(settings.data_dir)
    except EmbeddedPostgresError as error:
        raise failure(str(error)) from None


async def migrate_as_owner(settings: Settings, owner: str) -> None:
    """In development, where nothing is said of the logins, those that are made get the owner's password."""
    told = settings.service_database_url is not None or settings.environment == "production"
    try:
        with typed_failures():
            await migrate(owner, zone=settings.time_zone, login_password=None if told else make_url(owner).password)
    except InsufficientPrivilegeError as error:
        raise failure(str(error)) from None


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """The database at the newest revision, which the owner brings it to where the owner's address is known."""
    addresses = addresses_of(settings)
    if addresses.owner is not None:
        await migrate_as_owner(settings, addresses.owner)
    elif not await is_at_newest(addresses.service):
        raise failure("The database is not at the newest revision: run `billing migrate` as its owner (DATABASE_URL).")
    database = connect(settings, addresses)
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
    complaints.print(message, style="red", highlight=False, markup=False, soft_wrap=True)  # Paths stay whole.
    return typer.Exit(1)
