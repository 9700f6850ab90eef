"""Builders: a function written for one selection, which makes the objects of the answer from rows in one loop."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLInt,
    GraphQLOutputType,
    GraphQLString,
    is_leaf_type,
    is_non_null_type,
)

from billing.engine.columns import Written
from billing.engine.leaves import Complete, Unfit, nothing

if TYPE_CHECKING:
    from billing.engine.plans import Field

Builder: TypeAlias = Callable[[Sequence[Any], Mapping[int, Mapping[Any, Any]], Mapping[int, Sequence[Any]]], list[Any]]
"""From rows, what each relation found by key, and the values of each other field, both by the field's number.

It makes dicts, or texts.
"""


@dataclass(frozen=True)
class Shape:
    """The columns of rows in their order, by which they are items of the row too, and the form of each.

    The form of a run of what is written is that, and the number of the run.
    """

    columns: tuple[str, ...]
    forms: tuple[str | tuple[Written, int] | None, ...]

    def has(self, written: Written) -> bool:
        return all((written, number) in self.forms for number, run in enumerate(written.runs) if run)


_KEPT_MAX: Final = 1_000


class _Outputs(dict[Any, Any]):
    """The output of each value of an enum, asked once."""

    def __init__(self, complete: Complete) -> None:
        self._complete = complete

    def __missing__(self, value: Any) -> Any:
        output = self._complete(value)
        if len(self) < _KEPT_MAX:
            self[value] = output
        return output


def build_with(fields: Sequence["Field"], inline: Sequence[int], shape: Shape | None) -> Builder:
    """The builder of these fields, of which those with the numbers `inline` are read off the row."""
    names: dict[str, Any] = {"Unfit": Unfit}

    def read(column: str) -> str:
        return f"row.{column}" if shape is None else f"c{shape.columns.index(column)}"

    before: list[str] = []
    row = "row" if shape is None else f"({', '.join(f'c{number}' for number in range(len(shape.columns)))},)"
    loop: dict[str, str] = {row: "rows"}
    values: list[str] = []
    for number, field in enumerate(fields):
        if field.constant is not None:
            value = repr(field.constant)
        elif number not in inline:
            loop[f"v{number}"] = f"columns[{number}]"
            value = f"v{number}"
        elif field.relation is not None:
            before.append(f"found{number} = relations[{number}]")
            key = read(field.relation.key)
            value = f"found{number}[{key}]" if is_non_null_type(field.type) else f"found{number}.get({key})"
        else:
            assert field.attribute is not None
            value = _leaf(number, field, read(field.attribute), shape, names)
        values.append(f"{field.name!r}: {value}")
    source = loop[row] if len(loop) == 1 else f"zip({', '.join(loop.values())}, strict=True)"
    lines = [
        "def build(rows, relations, columns):",
        *(f"    {line}" for line in before),
        f"    return [{{{', '.join(values)}}} for {', '.join(loop)} in {source}]",
    ]
    exec("\n".join(lines), names)  # noqa: S102 -- names of our own schema and of the document, the latter as literals
    made: Builder = names["build"]
    return made


def write_with(fields: Sequence["Field"], hops: Sequence[int], written: Written, shape: Shape) -> Builder:
    """The builder of objects that are texts, of which the rows have the runs: what the `hops` found is put between."""
    names: dict[str, Any] = {"nothing": nothing, "null": "null"}
    pieces: list[str] = []
    runs = iter(range(len(written.runs)))

    def run() -> None:
        if written.runs[number := next(runs)]:
            pieces.append(f"{{c{shape.forms.index((written, number))} or nothing()}}")

    run()
    before: list[str] = []
    for number in hops:
        field = fields[number]
        assert field.relation is not None
        before.append(f"found{number} = relations[{number}]")
        key = f"c{shape.columns.index(field.relation.key)}"
        found = f"found{number}[{key}]" if is_non_null_type(field.type) else f"found{number}.get({key}, null)"
        pieces.append(f'"{field.name}":{{{found}}}')
        run()
    object = pieces[0] if len(written.runs) == 1 else f"{{{{{','.join(pieces)}}}}}"
    row = ", ".join(f"c{number}" for number in range(len(shape.columns)))
    lines = [
        "def build(rows, relations, columns):",
        *(f"    {line}" for line in before),
        f"    return [f'{object}' for ({row},) in rows]",
    ]
    exec("\n".join(lines), names)  # noqa: S102 -- as above
    made: Builder = names["build"]
    return made


def _leaf(number: int, field: "Field", value: str, shape: Shape | None, names: dict[str, Any]) -> str:
    """The expression of a scalar or an enum of the row; whatever is unusual is left to its completion."""
    assert field.complete is not None
    complete = f"complete{number}"
    names[complete] = field.complete
    kind: GraphQLOutputType = field.type.of_type if is_non_null_type(field.type) else field.type
    if shape is not None and field.form is not None:
        if shape.forms[shape.columns.index(field.attribute)] == field.form:
            return f"({value} if {value} is not None else {complete}(None))" if kind is not field.type else value
        return f"{complete}({value})"
    x = value if shape is not None else "x"
    first = value if shape is not None else f"(x := {value})"
    if field.as_it_is is not None:
        names[f"class{number}"] = field.as_it_is
        return f"({x} if {first}.__class__ is class{number} else {complete}({x}))"
    if not is_leaf_type(kind):
        return f"{complete}({value})"
    if kind is GraphQLString:
        return f"({x} if {first}.__class__ is str else {complete}({x}))"
    if kind is GraphQLBoolean:
        return f"({x} if {first}.__class__ is bool else {complete}({x}))"
    if kind is GraphQLInt:
        return f"({x} if {first}.__class__ is int and -2147483648 <= {x} <= 2147483647 else {complete}({x}))"
    if isinstance(kind, GraphQLEnumType):
        names[f"outputs{number}"] = _Outputs(field.complete)
        return f"outputs{number}[{value}]"
    names[f"coerce{number}"] = kind.coerce_output_value
    names[f"usual{number}"], names[f"look{number}"] = _looked_at(field.complete)
    coerced = f"{first}.__class__ in usual{number} and (y := coerce{number}({x})).__class__ is str"
    return f"(y if {coerced} else look{number}({x}))"


def _looked_at(complete: Complete) -> tuple[set[type], Complete]:
    """The classes of values that were completed as texts, and a completion that adds to them.

    A scalar may write whatever it is given, an exception too; what is of such a class need not be looked at again.
    """
    usual: set[type] = set()

    def look(value: Any) -> Any:
        completed = complete(value)
        if value is not None and completed.__class__ is str:
            usual.add(value.__class__)
        return completed

    return usual, look
