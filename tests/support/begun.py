"""Other connections than the service's, opened as the service opens its own, and used as it uses them."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db.connections import Connection
from billing.db.identity import opening, set_today
from billing.permissions.viewer import Viewer


async def as_ours(connection: AsyncConnection) -> Connection:
    """The same connection, in the same transaction."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    return Connection(driver)


async def begin_as(connection: AsyncConnection, viewer: Viewer | None, today: date | None = None) -> None:
    """For whom it is, and which day it is; BEGIN went out before."""
    _, settings = opening("", viewer, ZoneInfo("UTC")).split("; ")
    await connection.execute(text(settings.replace(":", "\\:")))
    if today is not None:
        await connection.execute(text(set_today(today)))
