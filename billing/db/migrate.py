"""Brings a database to the newest revision."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

MIGRATIONS = Path(__file__).parent / "migrations"


async def migrate(url: str, revision: str = "head", *, zone: str = "UTC") -> None:
    """Runs what is missing; each revision is a transaction of its own. Days of the past are those of the zone."""
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade, revision, zone)
            await connection.commit()
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, revision: str, zone: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    config.attributes["zone"] = zone
    command.upgrade(config, revision)
