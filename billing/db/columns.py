"""Statements that read only the columns asked for, each in the form asked for, or objects as JSON."""

from collections.abc import Callable, Collection, Mapping
from functools import reduce
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Integer,
    Label,
    Numeric,
    Select,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal_column,
)

from billing.db.rows import Row, row_class
from billing.engine.builders import Shape
from billing.engine.columns import Choice, Columns, Member, Nested

TEXT: Final = "text"
"""As PostgreSQL writes the value."""
SHORTEST: Final = "shortest"
"""A number as a text without zeros at its end."""

_FORMS: Final[Mapping[str, Callable[[ColumnElement[Any]], ColumnElement[str]]]] = {
    TEXT: lambda column: cast(column, Text),
    SHORTEST: lambda column: cast(func.trim_scale(column), Text),
}

QUOTED: Final = "a text"
"""In JSON: as PostgreSQL writes the value, in quotes."""
QUOTED_SHORTEST: Final = "a number as a text"
INT: Final = "a number of 32 bits"
BOOLEAN: Final = "true or false"
MOMENT: Final = "a moment in UTC"
"""With microseconds where it has any. The session's zone is UTC."""

_INT_MIN, _INT_MAX = (literal_column(str(bound), Integer) for bound in (-(2**31), 2**31 - 1))
_NEVER_ESCAPED: Final = (Uuid, Numeric, Date, Integer)


Nest: TypeAlias = Callable[[Nested, ColumnElement[Any], bool], ColumnElement[str]]
"""From a relation, its key and whether it may find nothing the JSON of what it finds: a statement within another."""


def narrowed(
    statement: Select[Any], columns: Columns, keys: Collection[str], nest: Nest | None = None
) -> tuple[Select[Any], type[Row]]:
    """The statement with those of its columns that are asked for and its keys, of which ids are texts, and its rows.

    The kind of the rows is no column of them: where it is a constant, their class has it.
    """
    chosen: dict[str, tuple[ColumnElement[Any], Any]] = {}
    kind: str | None = None
    for column in statement.selected_columns:
        name = str(column.key)
        if name == "kind" and isinstance(column, Label) and isinstance(column.element, BindParameter):
            kind = column.element.value
        elif name in columns.forms:
            chosen[name] = _in_form(column, columns.forms[name])
        elif name in keys:
            chosen[name] = _in_form(column, TEXT if isinstance(column.type, Uuid) else None)
    by_name = bare_columns(statement)
    for place, written in enumerate(columns.written):
        for number, run in enumerate(written.runs):
            if run:
                name = f"json_{place}_{number}"
                text = json_of(run, by_name, nest, braces=len(written.runs) == 1)
                chosen[name] = text.label(name), (written, number)
    shape = Shape(tuple(chosen), tuple(form for _, form in chosen.values()))
    selected = statement.with_only_columns(*(column for column, _ in chosen.values()))
    return selected, row_class(kind, shape)


def _in_form(column: ColumnElement[Any], form: str | None) -> tuple[ColumnElement[Any], str | None]:
    if form is None or isinstance(column.type, Text):
        return column, form
    return _FORMS[form](_bare(column)).label(column.key), form


def _bare(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return column.element if isinstance(column, Label) else column


def bare_columns(statement: Select[Any]) -> dict[str, ColumnElement[Any]]:
    return {str(column.key): _bare(column) for column in statement.selected_columns}


def json_of(
    run: tuple[Member, ...], columns: Mapping[str, ColumnElement[Any]], nest: Nest | None = None, *, braces: bool = True
) -> ColumnElement[str]:
    """The members joined by ||, which is null as soon as one of them is: then there is no text of the object."""
    parts: list[ColumnElement[str]] = []
    known = "{" if braces else ""
    for number, member in enumerate(run):
        known += f'{"," if number else ""}"{member.name}":'
        if member.column is None:
            known += f'"{member.constant}"'
            continue
        column, before, after = columns[member.column], "", ""
        if isinstance(member.form, Nested):
            assert nest is not None
            text = nest(member.form, column, member.nullable)
        else:
            before, text, after = _value(column, member.form)
            if member.nullable:
                text, before, after = func.coalesce(joined(before, text, after), constant("null")), "", ""
        parts += [constant(known + before), text]
        known = after
    return joined(*parts, known + ("}" if braces else ""))


def _value(column: ColumnElement[Any], form: Any) -> tuple[str, ColumnElement[str], str]:
    """A value as JSON, null where it is none of the form, with what stands before and after it."""
    if isinstance(form, Choice):
        outputs = ((constant(raw), constant(f'"{shown}"')) for raw, shown in form.outputs)
        return "", case(*outputs, value=column), ""
    if form == INT:
        return "", case((column.between(_INT_MIN, _INT_MAX), cast(column, Text))), ""
    if form == BOOLEAN:
        return "", cast(column, Text), ""
    if form == MOMENT:
        moment = func.to_char(column, constant('YYYY-MM-DD"T"HH24:MI:SS.US'))
        return '"', func.replace(moment, constant(".000000"), constant("")), 'Z"'
    written = cast(func.trim_scale(column) if form == QUOTED_SHORTEST else column, Text)
    return (
        ('"', written, '"') if isinstance(column.type, _NEVER_ESCAPED) else ("", cast(func.to_json(written), Text), "")
    )


def constant(text: str) -> ColumnElement[str]:
    """Part of the statement, not one of its values: names of the schema and of an answer, and JSON's own marks."""
    quoted = text.replace("'", "''")
    return literal_column(f"'{quoted}'", Text)


def or_null(text: ColumnElement[str]) -> ColumnElement[str]:
    """Columns that may have no text hold an empty one, which is shown as null."""
    shown: ColumnElement[str] = func.nullif(text, constant(""))
    return shown


def joined(*parts: ColumnElement[str] | str) -> ColumnElement[str]:
    """The parts one behind the other; null where one is."""
    texts = [constant(part) if isinstance(part, str) else part for part in parts if part != ""]
    return reduce(lambda one, other: one.op("||", return_type=Text())(other), texts)
