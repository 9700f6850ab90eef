"""The first statement of a transaction: it is told the moment, and what the change asks first comes beside it."""

from functools import lru_cache
from typing import Final, TypeAlias

from sqlalchemy import text

from billing.db.connections import Connection
from billing.db.identity import MOMENT
from billing.db.prepared import Prepared
from billing.db.rows import Row, row_class
from billing.db.statements import Sendable

Ahead: TypeAlias = tuple[Sendable, list[Row]]
"""What was asked first, and its rows."""

_TEXTS_MAX: Final = 200
_ALONE: Final = Prepared(text(f"SELECT {MOMENT}")).of()


async def ask_the_moment(connection: Connection) -> Row:
    return (await connection.rows(_ALONE))[0]


async def ask_first(connection: Connection, first: Sendable) -> tuple[Row, Ahead]:
    """The moment, and beside it the rows of the statement, which have it as further columns."""
    together, row = _together(first.text)
    rows = await connection.rows(Sendable(together, first.arguments, row))
    return rows[0], (first, rows if rows[0].is_there else [])


@lru_cache(maxsize=_TEXTS_MAX)
def _together(statement: str) -> tuple[str, type[Row]]:
    """A row of the moment alone where the statement has none. The order of its rows stays, since nothing joins them."""
    asked = f"SELECT true AS is_there, stated.* FROM ({statement}) AS stated"  # noqa: S608 -- a text of ours
    return f"SELECT * FROM (SELECT {MOMENT}) AS moment LEFT JOIN ({asked}) AS asked ON true", row_class()  # noqa: S608
