"""Statements that differ in their arguments alone: made once, for each viewer where they hang on one."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, Final

from sqlalchemy import Executable, Uuid, bindparam
from sqlalchemy.dialects.postgresql import ARRAY, asyncpg

from billing.db import scope
from billing.db.rows import row_class
from billing.db.statements import Sendable
from billing.permissions.viewer import Viewer

IDS: Final = bindparam("ids", type_=ARRAY(Uuid()))
"""Ids that are given later, in an array."""

_REMEMBERED_MAX: Final = 1_000
_DIALECT: Final = asyncpg.dialect()  # type: ignore[no-untyped-call]


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


def for_viewer(build: Callable[[Viewer], Executable]) -> Callable[[Viewer], Prepared]:
    """Makes what `build` makes once for each viewer; bounded, and gives up the least recently used."""

    @lru_cache(maxsize=_REMEMBERED_MAX)
    def made(viewer: Viewer, first_wall: bool) -> Prepared:
        return Prepared(build(viewer))

    @wraps(build)
    def prepared(viewer: Viewer) -> Prepared:
        return made(viewer, scope.first_wall)

    return prepared
