"""Takes off tables what slows a large load down, and puts it back."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any]"

# In the order in which they are taken off; back they come in the other one. An index that keeps values unique stays.
_LIFTABLE = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS take_off,
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS put_back
FROM pg_constraint
WHERE contype = 'f' AND conrelid = ANY ($1::text[]::regclass[])
UNION ALL
SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index
WHERE indrelid = ANY ($1::text[]::regclass[]) AND NOT indisunique
UNION ALL
SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname),
       format('ALTER TABLE %s ENABLE TRIGGER %I', tgrelid::regclass, tgname)
FROM pg_trigger
WHERE tgrelid = ANY ($1::text[]::regclass[]) AND tgdeferrable AND NOT tgisinternal AND tgenabled = 'O'
"""


class Liftable(NamedTuple):
    """A foreign key, an index or a deferred trigger, as the two statements that take it off and put it back."""

    take_off: str
    put_back: str


async def find_liftable(connection: Connection, tables: Sequence[str]) -> list[Liftable]:
    """Foreign keys (checked in one go when they come back), indexes that only serve reading, deferred triggers.

    What such a trigger would have checked is the caller's to check.
    """
    return [Liftable(row["take_off"], row["put_back"]) for row in await connection.fetch(_LIFTABLE, list(tables))]


async def take_off(connection: Connection, lifted: Sequence[Liftable]) -> None:
    """Inside a transaction only: that is what puts them back when the load fails."""
    assert connection.is_in_transaction()
    for part in lifted:
        await connection.execute(part.take_off)


async def put_back(connection: Connection, lifted: Sequence[Liftable], step: Callable[[], Any]) -> None:
    """Calls `step` after each, since on millions of rows each takes seconds."""
    for part in reversed(lifted):
        await connection.execute(part.put_back)
        step()
