"""The database of the tests: the service's two logins under test, and beside them the owner, who fills the tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

import billing.db.database
from billing.db.logins import beside
from billing.settings import Settings
from tests.support.doors import Door, Send, behind, without_the_last


@dataclass(kw_only=True)
class Database(billing.db.database.Database):
    """What the service works with, and the owner's connections, which it never has."""

    owner: AsyncEngine
    doors: list[Door] = field(default_factory=list)
    """In front of every call of the service."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for pool in (self.service, self.scoped):
            pool.connection_class = behind(self.doors)

    @property
    def owner_url(self) -> str:
        return self.owner.url.render_as_string(hide_password=False)

    def beside_as(self, login: str) -> AsyncEngine:
        """The same database as another login; the caller disposes of it."""
        return create_async_engine(self.owner.url.set(username=login), poolclass=NullPool)

    @property
    def connections_in_use(self) -> int:
        """Of the service; at rest none."""
        return self.service.in_use + self.scoped.in_use

    @contextmanager
    def recorded(self) -> Iterator[list[str]]:
        """Every statement that the service sends meanwhile, as whichever login; not the ends of transactions."""
        sent: list[str] = []

        async def note(protocol: Any, statement: str, send: Send) -> Any:
            if statement not in ("COMMIT", "ROLLBACK"):
                sent.append(without_the_last(statement))
            return await send()

        with self.behind(note):
            yield sent

    @contextmanager
    def behind(self, door: Door) -> Iterator[None]:
        """The calls go through one door more."""
        self.doors.insert(0, door)
        try:
            yield
        finally:
            self.doors.remove(door)

    async def close(self) -> None:
        await super().close()
        await self.owner.dispose()


def connect(settings: Settings, owner_url: str) -> Database:
    """The database at the owner's address, as the service has it."""
    database = billing.db.database.connect(settings, beside(owner_url))
    given = {field.name: getattr(database, field.name) for field in fields(database)}
    return Database(**given, owner=create_async_engine(owner_url))
