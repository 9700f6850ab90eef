"""One operation, one moment: everything an operation reads comes from one REPEATABLE READ snapshot."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from enum import Enum, auto
from typing import Any, TypeVar, cast
from uuid import UUID

from aiodataloader import DataLoader
from sqlalchemy import Select

from billing.db.connections import Connection, Pool
from billing.db.failures import typed_failures
from billing.db.loaders import LOADERS, statement_of
from billing.db.rows import Row
from billing.db.statements import Sendable, sendable
from billing.engine.columns import Columns
from billing.permissions.viewer import Viewer

T = TypeVar("T")


def _id_of(key: Any) -> Any:
    return UUID(key) if isinstance(key, str) else key


class SnapshotClosed(Exception):
    """What a load meets that a failed operation left behind; nobody waits for it any more."""


class SecondStatement(Exception):
    """What is met by whatever would be read beside the one statement that was to be all."""


class _Reads(Enum):
    """How an operation reads."""

    FIELD_BY_FIELD = auto()
    """Each of its fields may be given up alone."""
    AS_ONE = auto()
    """It is given up as a whole or not at all."""
    ONCE = auto()
    """The same, and the next statement is all that is read."""
    NO_MORE = auto()
    """That was it."""


_FIELD_BY_FIELD, _AS_ONE, _ONCE, _NO_MORE = _Reads


class Snapshot:
    """Opened by the first statement, on one connection, closed before the answer is sent.

    Statements wait for each other, since a connection runs one at a time. Loaders live as long as the snapshot, so
    nothing read before a change is seen after it. A statement that is all of an operation is a snapshot by itself, and
    opens none: it goes out as `by_itself` makes it.
    """

    def __init__(
        self,
        viewer: Viewer,
        pool: Pool,
        begin: Callable[[Viewer], Awaitable[Connection]],
        by_itself: Callable[[Viewer, Sendable], Sendable] | None,
    ) -> None:
        self.viewer = viewer
        self._pool = pool
        self._begin = begin
        self._by_itself = by_itself
        self._connection: Connection | None = None
        self._reads = _FIELD_BY_FIELD
        self._lock = asyncio.Lock()
        self._loaders: dict[str, DataLoader[Any, Any]] = {}
        self._known: defaultdict[tuple[str, Columns | None], dict[Any, Any]] = defaultdict(dict)
        self._statements: set[asyncio.Task[Any]] = set()
        self._closed = False

    def read_as_one(self) -> None:
        """The operation is given up as a whole or not at all."""
        self._reads = _AS_ONE

    def read_once(self) -> None:
        """The next statement is all that an operation reads that is given up as a whole."""
        if self._by_itself is not None and self._connection is None:
            self._reads = _ONCE

    def go_on_with(self, connection: Connection) -> None:
        """Reads from a transaction that has begun."""
        assert self._connection is None
        self._connection = connection

    def rows(self, statement: Select[Any] | Sendable) -> Coroutine[Any, Any, Sequence[Row]]:
        """The rows of a statement."""
        if self._reads is _ONCE:
            self._reads = _NO_MORE
            return self._only(statement)
        if self._reads is _NO_MORE:
            raise SecondStatement
        if self._reads is _AS_ONE:
            return self._rows(statement)
        return self._to_its_end(statement)

    async def list(self, noun: type[T], statement: Select[Any]) -> list[T]:
        """The rows as the noun clients see: the statement selects a column for each of its fields (the one cast)."""
        return cast("list[T]", await self.rows(statement))

    async def one(self, noun: type[T], statement: Select[Any]) -> T | None:
        return next(iter(await self.list(noun, statement)), None)

    async def value(self, statement: Select[Any] | Sendable) -> Any:
        return (await self.rows(statement))[0][0]

    async def load(self, loader: str, key: Any) -> Any:
        """What the named loader has for the key; the keys of one level become one statement."""
        known = self._known[loader, None]
        if key in known:
            return known[key]
        if loader not in self._loaders:
            self._loaders[loader] = self._batching(loader)
        # Several fields may wait for one load; a field that is given up must not take it from the others.
        return await asyncio.shield(self._loaders[loader].load(key))

    async def load_level(self, loader: str, keys: Sequence[Any], columns: Columns | None = None) -> Mapping[Any, Any]:
        """By key what the named loader has: one statement for those keys that this snapshot has not met yet.

        With `columns` the rows have those and the loader's key. Keys may be ids or the texts of ids.
        """
        if self._reads is _ONCE and columns is not None:
            (key,), only = keys, LOADERS[loader]
            return {key: only.found(await self.rows(statement_of(only, self.viewer, keys, columns)))}
        whole, known = self._known[loader, None], self._known[loader, columns]
        texts = [key.__class__ is str for key in keys]
        if not whole and not known and (not any(texts) if columns is None else all(texts)):
            await self._read(loader, keys, columns)
            return known
        found = {key: whole[id] for key in keys if (id := _id_of(key)) in whole} if whole else {}
        if columns is not None and columns.written and len(found) < len(keys):
            found = {}  # Objects that are texts do not stand beside others.
        # With columns ids are read as texts.
        own: Callable[[Any], Any] = _id_of if columns is None else str
        named = {key: own(key) for key in keys if key not in found}
        missing = [key for key in dict.fromkeys(named.values()) if key not in known]
        if missing:
            await self._read(loader, missing, columns)
        found.update((key, known[name]) for key, name in named.items())
        return found

    def forget(self) -> None:
        """Whatever is loaded from now on is read anew, as if nothing had been, field by field."""
        self._reads = _FIELD_BY_FIELD
        self._known.clear()
        self._loaders.clear()

    async def close(self) -> None:
        """Ends what still runs and gives the connection back; what was read stays valid, also when it is lost now."""
        self._closed = True
        if self._statements:
            for statement in self._statements:
                statement.cancel()
            await asyncio.gather(*self._statements, return_exceptions=True)
        self._known.clear()  # An operation's executor holds itself, and so this, until garbage is collected.
        self._loaders.clear()
        if self._connection is None and not self._lock.locked():
            return
        async with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                await self._pool.rest(connection)

    async def _only(self, statement: Select[Any] | Sendable) -> Sequence[Row]:
        """Of the one statement that is a snapshot by itself."""
        assert self._by_itself is not None
        sent = self._by_itself(self.viewer, statement if isinstance(statement, Sendable) else sendable(statement))
        with typed_failures():
            return await self._pool.rows(sent)

    async def _to_its_end(self, statement: Select[Any] | Sendable) -> Sequence[Row]:
        """Where fields may be given up one by one, a statement ends with the snapshot, not with who waits for it.

        One that is cancelled takes the connection from the others.
        """
        running = asyncio.create_task(self._rows(statement))
        self._statements.add(running)
        running.add_done_callback(self._statements.discard)
        return await asyncio.shield(running)

    async def _rows(self, statement: Select[Any] | Sendable) -> Sequence[Row]:
        async with self._lock:
            if self._closed:
                raise SnapshotClosed
            with typed_failures():
                if self._connection is None:
                    self._connection = await self._begin(self.viewer)
                return await self._connection.rows(statement)

    async def _read(self, loader: str, keys: Sequence[Any], columns: Columns | None) -> None:
        self._known[loader, columns].update(await self._find(loader, keys, columns))

    async def _find(self, loader: str, keys: Sequence[Any], columns: Columns | None) -> dict[Any, Any]:
        named = LOADERS[loader]
        return named.arrange(keys, await self.rows(statement_of(named, self.viewer, keys, columns)))

    def _batching(self, loader: str) -> DataLoader[Any, Any]:
        async def load_all(keys: Any) -> Any:
            found = await self._find(loader, keys, None)
            self._known[loader, None].update(found)
            return [found[key] for key in keys]

        return DataLoader(load_all)
