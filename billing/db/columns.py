"""Statements that read only the columns asked for, each in the form asked for."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Label, Select, Text, Uuid, cast, func

from billing.db.rows import Row, row_class
from billing.engine.builders import Shape
from billing.engine.columns import Columns

TEXT: Final = "text"
"""As PostgreSQL writes the value."""
SHORTEST: Final = "shortest"
"""A number as a text without zeros at its end."""

_WRITTEN: Final[Mapping[str, Any]] = {
    TEXT: lambda column: cast(column, Text),
    SHORTEST: lambda column: cast(func.trim_scale(column), Text),
}


def narrowed(statement: Select[Any], columns: Columns, keys: Collection[str]) -> tuple[Select[Any], type[Row]]:
    """The statement with those of its columns that are asked for and its keys, of which ids are texts, and its rows.

    The kind of the rows is no column of them: where it is a constant, their class has it.
    """
    chosen: dict[str, tuple[ColumnElement[Any], str | None]] = {}
    kind: str | None = None
    for column in statement.selected_columns:
        name = str(column.key)
        if name == "kind" and isinstance(column, Label) and isinstance(column.element, BindParameter):
            kind = column.element.value
        elif name in columns.forms:
            chosen[name] = _in_form(column, columns.forms[name])
        elif name in keys:
            chosen[name] = _in_form(column, TEXT if isinstance(column.type, Uuid) else None)
    shape = Shape(tuple(chosen), tuple(form for _, form in chosen.values()))
    selected = statement.with_only_columns(*(column for column, _ in chosen.values()))
    return selected, row_class(kind, shape)


def _in_form(column: ColumnElement[Any], form: str | None) -> tuple[ColumnElement[Any], str | None]:
    if form is None or isinstance(column.type, Text):
        return column, form
    bare = column.element if isinstance(column, Label) else column
    return _WRITTEN[form](bare).label(column.key), form
