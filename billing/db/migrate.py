"""Brings a database to the newest revision."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from billing.db.failures import typed_failures

MIGRATIONS = Path(__file__).parent / "migrations"


async def migrate(url: str, revision: str = "head", *, zone: str = "UTC", login_password: str | None = None) -> None:
    """Runs what is missing; each revision is a transaction of its own. Days of the past are those of the zone.

    Logins that are missing are made, with the password, or without one, so that an administrator gives them theirs.
    """
    async with _connected(url) as connection:
        await connection.run_sync(_upgrade, revision, zone, login_password)
        await connection.commit()


async def is_at_newest(url: str) -> bool:
    """Whether nothing is missing, as any login may ask."""
    with typed_failures():
        async with _connected(url) as connection:
            may_ask = "SELECT coalesce(has_table_privilege(to_regclass('alembic_version'), 'SELECT'), false)"
            found = await connection.scalar(text(may_ask))
            if not found:
                return False
            revision = await connection.scalar(text("SELECT version_num FROM alembic_version"))
            return bool(revision == ScriptDirectory.from_config(_config()).get_current_head())


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AsyncConnection]:
    """Alembic works with SQLAlchemy's connections; what fails is told as the driver told it."""
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise error.driver_exception or error from error
    finally:
        await engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _upgrade(connection: Connection, revision: str, zone: str, login_password: str | None) -> None:
    config = _config()
    config.attributes["connection"] = connection
    config.attributes["zone"] = zone
    config.attributes["login_password"] = login_password
    command.upgrade(config, revision)
