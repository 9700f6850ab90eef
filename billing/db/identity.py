"""Tells PostgreSQL whom a transaction is for: row-level security shows the rows of that division and that user."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.permissions.viewer import Viewer

# The settings end with the transaction (`true`), so the next one on this connection begins without an identity.
_OPENING = text(
    "SELECT now(), set_config('billing.division_id', :division_id, true), set_config('billing.user_id', :user_id, true)"
)


async def begin_as(connection: AsyncConnection, viewer: Viewer | None) -> datetime:
    """The first statement of every transaction; answers the database's clock. Without a viewer it is for nobody."""
    given = {"division_id": "", "user_id": ""}
    if viewer is not None:
        given = {"division_id": str(viewer.division_id or ""), "user_id": str(viewer.user_id)}
    moment: datetime = (await connection.execute(_OPENING, given)).one()[0]
    return moment
