"""The database of the tests: the service's two logins under test, and beside them the owner, who fills the tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import AsyncAdaptedQueuePool, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import billing.db.database
from billing.db.logins import beside
from billing.settings import Settings


@dataclass(kw_only=True)
class Database(billing.db.database.Database):
    """What the service works with, and the owner's connections, which it never has."""

    owner: AsyncEngine

    @property
    def owner_url(self) -> str:
        return self.owner.url.render_as_string(hide_password=False)

    @property
    def connections_in_use(self) -> int:
        """Of the service; at rest none."""
        pools = (self.service.pool, self.scoped.pool)
        return sum(pool.checkedout() for pool in pools if isinstance(pool, AsyncAdaptedQueuePool))

    @contextmanager
    def recorded(self) -> Iterator[list[str]]:
        """Every statement that the service sends meanwhile, as whichever login."""
        sent: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            sent.append(statement)

        for engine in (self.service, self.scoped):
            event.listen(engine.sync_engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            for engine in (self.service, self.scoped):
                event.remove(engine.sync_engine, "before_cursor_execute", note)

    async def close(self) -> None:
        await super().close()
        await self.owner.dispose()


def connect(settings: Settings, owner_url: str) -> Database:
    """The database at the owner's address, as the service has it."""
    database = billing.db.database.connect(settings, beside(owner_url))
    given = {field.name: getattr(database, field.name) for field in fields(database)}
    return Database(**given, owner=create_async_engine(owner_url))
