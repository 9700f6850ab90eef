"""Statements that differ in their arguments alone: made once, for each kind of viewer where they hang on who asks."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, Final, TypeAlias

from sqlalchemy import Executable, Uuid, bindparam
from sqlalchemy.dialects.postgresql import ARRAY, asyncpg

from billing.db import marks, scope
from billing.db.rows import row_class
from billing.db.statements import Sendable
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer

IDS: Final = bindparam("ids", type_=ARRAY(Uuid()))
"""Ids that are given later, in an array."""

ForViewer: TypeAlias = Callable[..., Sendable]
"""What is sent for a viewer, and the values that are given by their names."""

_DIALECT: Final = asyncpg.dialect()  # type: ignore[no-untyped-call]
_USER, _DIVISION = marks.IDS[:2]


class Prepared:
    """A statement as it is sent; what it has as `bindparam` is given each time, by its name."""

    def __init__(self, statement: Executable) -> None:
        compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
        assert not compiled.literal_execute_params | compiled.post_compile_params, "its text is always the same"
        self._text = str(compiled)
        self._own = compiled.params
        self._names = compiled.positiontup or ()
        self._row = row_class()

    def of(self, **given: Any) -> Sendable:
        values = {**self._own, **given}
        return Sendable(self._text, [[values[name] for name in self._names]], self._row)

    def names_of(self, mark: Any) -> list[str]:
        """Where the mark stands among its own values."""
        return [name for name, value in self._own.items() if value == mark]


def for_viewer(build: Callable[[Viewer], Executable]) -> ForViewer:
    """Makes what `build` makes once for all viewers of a role: a text of each one's own would be prepared for each."""

    @cache
    def made(role: Role, of_division: bool, first_wall: bool) -> tuple[Prepared, list[str]]:
        prepared = Prepared(build(Viewer(_USER, "", role, _DIVISION if of_division else None)))
        return prepared, prepared.names_of(_DIVISION)

    @wraps(build)
    def sendable(viewer: Viewer, **given: Any) -> Sendable:
        prepared, places = made(viewer.role, viewer.division_id is not None, scope.first_wall)
        return prepared.of(**given, **dict.fromkeys(places, viewer.division_id))

    return sendable
