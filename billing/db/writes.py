"""Writes: rows that are added or changed, each kind in one text however many they are, several sent as one statement.

What is in one statement sees none of the rest of it, and happens in no order; so it writes to each table once.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from billing.db.connections import Connection
from billing.db.rows import row_class
from billing.db.statements import Sendable

Values = Mapping[str, Any]

_TEXTS_MAX: Final = 500
_ARGUMENT: Final = re.compile(r"\$(\d+)")
_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]
_COUNTS: Final = row_class()


@dataclass(frozen=True)
class Write:
    """Parts of a WITH clause, `$1` and so on for the arguments; the part `counted` has to give `count` rows."""

    table: str
    text: str
    arguments: Sequence[Any]
    counted: str = ""
    count: int = 0


def added(table: Table, rows: Sequence[Values]) -> Write:
    """New rows that all have the same columns."""
    names = tuple(rows[0])
    return Write(table.name, _insert(table, names, len(rows) > 1), _arguments(names, rows))


def changed(table: Table, rows: Sequence[Values]) -> Write:
    """New values for the rows of each `id`, whose versions are counted up; all have the same columns."""
    names = tuple(rows[0])
    text = _update(table, names, len(rows) > 1)
    return Write(table.name, text, _arguments(names, rows), f"{table.name}_changed", len(rows))


async def send(connection: Connection, writes: Sequence[Write]) -> None:
    """All of them in one statement."""
    counted = [write for write in writes if write.counted]
    text = _joined(tuple(write.text for write in writes), tuple(write.counted for write in counted))
    arguments = [argument for write in writes for argument in write.arguments]
    (counts,) = await connection.rows(Sendable(text, [arguments], _COUNTS))
    for write, count in zip(counted, counts, strict=True):
        assert count == write.count, f"{count} rows instead of {write.count} were written to {write.table}"


def _arguments(names: Sequence[str], rows: Sequence[Values]) -> list[Any]:
    if len(rows) == 1:
        return list(rows[0].values())
    return [[row[name] for row in rows] for name in names]


# The statements are put together from the names of tables and columns, and from the texts of writes.
@lru_cache(maxsize=_TEXTS_MAX)
def _insert(table: Table, names: tuple[str, ...], many: bool) -> str:
    return f"{table.name}_added AS (INSERT INTO {table.name} ({', '.join(names)}) {_given(table, names, many)})"


@lru_cache(maxsize=_TEXTS_MAX)
def _update(table: Table, names: tuple[str, ...], many: bool) -> str:
    values = ["version = changed.version + 1", *(f"{name} = given.{name}" for name in names if name != "id")]
    return f"""{table.name}_changed AS (
        UPDATE {table.name} AS changed SET {", ".join(values)}
        FROM ({_given(table, names, many)}) AS given ({", ".join(names)}) WHERE changed.id = given.id
        RETURNING changed.id
    )"""  # noqa: S608 -- see above


def _given(table: Table, names: Sequence[str], many: bool) -> str:
    """The rows to select from: of one its values, of many an array for each column."""
    types = (table.c[name].type.compile(_DIALECT) + many * "[]" for name in names)
    arguments = ", ".join(f"${place}::{type}" for place, type in enumerate(types, start=1))
    return f"SELECT * FROM unnest({arguments})" if many else f"VALUES ({arguments})"  # noqa: S608 -- see above


@lru_cache(maxsize=_TEXTS_MAX)
def _joined(texts: tuple[str, ...], counted: tuple[str, ...]) -> str:
    """One statement, in which the arguments are numbered through."""
    parts, count = [], 0
    for text in texts:
        parts.append(_numbered_from(count, text))
        count += len(set(_ARGUMENT.findall(text)))
    counts = ", ".join(f"(SELECT count(*) FROM {part})" for part in counted)  # noqa: S608 -- see above
    return f"WITH {', '.join(parts)} SELECT {counts}"


def _numbered_from(before: int, text: str) -> str:
    return _ARGUMENT.sub(lambda found: f"${int(found[1]) + before}", text)
