"""Faults in what is read, alike for whoever reads: loaders and statements that fail, rows that hold what they must not.

They are put around `Snapshot`: its `load`, the `load_level` of an engine that asks for a whole level at once, and the
statements of root fields. Which one strikes is chosen from what the question reads when nothing is wrong.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from hypothesis import strategies as st

from billing.db.rows import Row
from billing.db.snapshot import Snapshot
from billing.db.statements import Sendable
from billing.domain.errors import BadInput, Forbidden, Unavailable
from billing.engine.columns import Columns, Nested, Written
from billing.permissions.viewer import Viewer
from tests.support.database import Database


class Odd:
    """What no scalar expects."""

    def __str__(self) -> str:
        return "odd"


class Altered:
    """A row of which one column has another value."""

    def __init__(self, row: Row, column: str, value: Any) -> None:
        self._row, self._column, self._value = row, column, value

    def __getattr__(self, name: str) -> Any:
        return self._value if name == self._column else getattr(self._row, name)


class _Broken:
    """A row that raises when one of its columns is read."""

    def __init__(self, row: Any, column: str) -> None:
        self._row, self._column = row, column

    def __getattr__(self, name: str) -> Any:
        if name == self._column:
            raise RuntimeError(f"{name} cannot be read")
        return getattr(self._row, name)


ERRORS: Final[Mapping[str, Callable[[], Exception]]] = {
    "RuntimeError": lambda: RuntimeError("It fell over."),
    "Forbidden": lambda: Forbidden("Not you."),
    "BadInput": lambda: BadInput("Not so."),
    "Unavailable": Unavailable,
}
VALUES: Final[Mapping[str, Any]] = {
    "null": None,
    "an odd value": Odd(),
    "an error": ValueError("an error as a value"),
    "a list": [1, "two"],
}


@dataclass(frozen=True)
class Wish:
    """A fault before it is known what there is to break: `pick` counts through it."""

    how: str
    pick: int


@dataclass(frozen=True)
class Fault:
    """`where` is a loader or a method of the snapshot; `column` is None where all of it fails."""

    where: str
    how: str
    column: str | None = None
    thing: str | None = None


wishes: Final = st.builds(Wish, st.sampled_from([*ERRORS, *VALUES, "raises"]), st.integers(0, 99))


@dataclass
class Seen:
    """What a question reads: the columns of each loader and method, and the ids of its rows."""

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)

    def note(self, where: str, rows: Sequence[Any]) -> None:
        self.columns.setdefault(where, ())
        for row in rows:
            if isinstance(row, Row):
                self.columns[where] = tuple(row.keys())
                self.ids.setdefault(where, []).append(str(getattr(row, "id", "")))

    def fault(self, wish: Wish, asked: str) -> Fault | None:
        """A column that is asked for, or is a key of a relation; of all rows, or of one."""
        if not self.columns:
            return None
        if wish.how in ERRORS:
            where = sorted(self.columns)[wish.pick % len(self.columns)]
            return Fault(where, wish.how)
        named = set(_WORD.findall(asked))
        all_columns = [(where, column) for where, columns in sorted(self.columns.items()) for column in columns]
        choices = [it for it in all_columns if _camel(it[1]) in named and it[1] != "id"] or all_columns
        choices += [it for it in all_columns if it[1] in _KEYS or it[1].removesuffix("_id") in map(_snake, named)]
        if not choices:
            return None
        where, column = choices[wish.pick % len(choices)]
        ids = self.ids[where]
        return Fault(where, wish.how, column, ids[wish.pick % len(ids)] if wish.pick % 3 == 0 else None)


_WORD: Final = re.compile(r"[A-Za-z]+")
_KEYS: Final = ("kind", "id", "cursor_value", "loader")


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def _camel(column: str) -> str:
    head, *tail = column.split("_")
    return head + "".join(word.capitalize() for word in tail)


@contextmanager
def injected(database: Database, fault: Fault | None, seen: Seen | None = None) -> Iterator[None]:
    """Every snapshot that is taken meanwhile has the fault; `seen` learns what is read."""
    original = database.snapshot

    def snapshot(viewer: Viewer) -> Snapshot:
        taken = original(viewer)
        for method, wrap in (("load", _load), ("load_level", _load_level), ("rows", _rows)):
            setattr(taken, method, wrap(getattr(taken, method), fault, seen))
        return taken

    setattr(database, "snapshot", snapshot)  # noqa: B010 -- for mypy
    try:
        yield
    finally:
        del database.__dict__["snapshot"]


def _load(right: Any, fault: Fault | None, seen: Seen | None) -> Any:
    async def load(loader: str, key: Any) -> Any:
        found = await right(loader, key)
        if seen is not None:
            seen.note(loader, found if isinstance(found, list) else [found])
        return _changed(found, loader, fault)

    return load


def _load_level(right: Any, fault: Fault | None, seen: Seen | None) -> Any:
    async def load_level(loader: str, keys: Any, columns: Columns | None = None) -> Any:
        found = await right(loader, keys, columns)
        return {key: _changed(it, loader, fault) for key, it in found.items()}

    return load_level


def _nested(written: Iterable[Written]) -> Iterator[str]:
    """The loaders whose statements stand within another."""
    for each in written:
        for member in (member for run in each.runs for member in run):
            if isinstance(member.form, Nested):
                yield member.form.loader
                yield from _nested([member.form.written])


_OF_ROOTS: Final = {"cursor_value": "rows of a list", "loader": "nodes"}


def _rows(right: Any, fault: Fault | None, seen: Seen | None) -> Any:
    """The statements of lists and of `node`: those of loaders have no cursor, and are changed where they are loaded."""

    async def rows(statement: Any) -> Any:
        if fault is not None and isinstance(statement, Sendable) and statement.row.shape is not None:
            forms = [form[0] for form in statement.row.shape.forms if isinstance(form, tuple)]
            if fault.where in set(_nested(forms)):
                raise RuntimeError("PostgreSQL makes no text of what is broken below.")
        found = await right(statement)
        text = statement.text if isinstance(statement, Sendable) else str(statement)
        where = next((where for column, where in _OF_ROOTS.items() if f" AS {column}" in text), None)
        if where is None:
            return found
        if seen is not None:
            seen.note(where, found)
        return _changed(found, where, fault)

    return rows


def _changed(found: Any, where: str, fault: Fault | None) -> Any:
    """What was found, as the fault has it."""
    if fault is None or fault.where != where:
        return found
    if fault.column is None:
        raise ERRORS[fault.how]()
    if isinstance(found, (list, tuple)) and not isinstance(found, Row):
        return [_changed(row, where, fault) for row in found]
    if found is None or (fault.thing is not None and str(getattr(found, "id", fault.thing)) != fault.thing):
        return found  # A row that was read without its id may be the one.
    if fault.how == "raises":
        return _Broken(found, fault.column)
    return Altered(found, fault.column, VALUES[fault.how]) if isinstance(found, Row) else found
