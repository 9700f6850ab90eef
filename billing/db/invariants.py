"""What must hold in the data: the statements in `integrity/`, one file for each invariant, and what one of them finds.

The files are written from DESIGN and the tables alone, apart from the services, so as not to share their mistakes. Each
is a SELECT with a row for every thing it looks at: its `id`, and whether it is `wrong`. NULL is wrong too: what cannot
be compared, because its counterpart is not there, is not known to be right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from sqlalchemy import Boolean, FromClause, Text, cast, column, func, select, text

from billing.db.connections import Connection

IDS_SHOWN_MAX = 20
"""The most ids that a finding names."""


@dataclass(frozen=True)
class Invariant:
    """A name, what it means in a sentence, and the SELECT."""

    name: str
    description: str
    statement: str

    def things(self) -> FromClause:
        return text(self.statement).columns(column("id"), column("wrong", Boolean)).subquery("thing")


@dataclass(frozen=True)
class Finding:
    """At how many things an invariant looked, how many are wrong, and the first of these in the order of their ids."""

    invariant: Invariant
    rows_checked: int
    fault_count: int
    offending_ids: Sequence[str]


async def look(connection: Connection, invariant: Invariant) -> Finding:
    """Looks at all things at one moment; ids are asked for only where something is wrong, in a second statement."""
    thing = invariant.things()
    wrong = thing.c.wrong.is_not(False)
    counts = select(func.count(), func.count().filter(wrong)).select_from(thing)
    rows_checked, fault_count = (await connection.rows(counts))[0]
    if fault_count == 0:
        return Finding(invariant, rows_checked, 0, ())
    # As text, so that the order is no index's: a plan that hopes to meet 20 faults early may never end.
    id = func.coalesce(cast(thing.c.id, Text), "")
    ids = select(id).where(wrong).group_by(id).order_by(id).limit(IDS_SHOWN_MAX)
    return Finding(invariant, rows_checked, fault_count, [row[0] for row in await connection.rows(ids)])


def _read(file: Traversable) -> Invariant:
    """The first line says what must hold, the rest is the SELECT."""
    description, statement = file.read_text(encoding="utf-8").split("\n", 1)
    return Invariant(file.name.removesuffix(".sql"), description.removeprefix("-- "), statement)


INVARIANTS = tuple(
    _read(file) for file in sorted((resources.files("billing.db") / "integrity").iterdir(), key=lambda file: file.name)
)
