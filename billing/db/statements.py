"""SQLAlchemy Core is the language of the statements; here they become text and arguments, once for each shape."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import URL, Executable
from sqlalchemy.dialects.postgresql import asyncpg as driver
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import LRUCache

from billing.db.rows import Row, row_class

Given = Mapping[str, Any]
"""The values of parameters that a statement leaves open, by their names."""

_SHAPES_MAX: Final = 1_000
_DIALECT: Final = driver.dialect()  # type: ignore[no-untyped-call]


class Sendable(NamedTuple):
    """What goes to the driver; `arguments` is a row of them for each time that the text is to be run."""

    text: str
    arguments: Sequence[Sequence[Any]]
    row: type[Row]


class _Shape:
    """Statements that differ in nothing but their values."""

    def __init__(self, compiled: SQLCompiler) -> None:
        self._compiled = compiled
        self._row = row_class()
        # What stands in the text itself, a constant or a list, makes another text for each value.
        self._has_one_text = not (compiled.literal_execute_params or compiled.post_compile_params)
        self._taken = [(name, compiled._bind_processors.get(name)) for name in compiled.positiontup or ()]

    def sendable(self, extracted: Any, collected: Any, given: Sequence[Given]) -> Sendable:
        values = [
            self._compiled.construct_params(
                dict(one),
                extracted_parameters=extracted,
                escape_names=False,
                _no_postcompile=True,
                _collected_params=collected,
            )
            for one in given
        ]
        if self._has_one_text:
            return Sendable(self._compiled.string, [_arguments(self._taken, each) for each in values], self._row)
        (alone,) = values
        expanded = self._compiled._process_parameters_for_postcompile(alone)
        processors = {**self._compiled._bind_processors, **expanded.processors}
        taken = [(name, processors.get(name)) for name in expanded.positiontup or ()]
        return Sendable(expanded.statement, [_arguments(taken, expanded.parameters)], self._row)


@dataclass(frozen=True)
class Template:
    """A statement that was compiled once with marks among its values: at each of the `places` stood the mark named.

    Of a list of values there may be a place for each.
    """

    sent: Sendable
    places: Sequence[tuple[int, Hashable]]
    lists: Sequence[tuple[int, Sequence[tuple[int, Hashable]]]]

    def of(self, values: Mapping[Hashable, Any]) -> Sendable:
        """The statement with these values in place of the marks, by their names."""
        arguments = list(self.sent.arguments[0])
        for place, name in self.places:
            arguments[place] = values[name]
        for place, items in self.lists:
            arguments[place] = filled = list(arguments[place])
            for item, name in items:
                filled[item] = values[name]
        return Sendable(self.sent.text, (arguments,), self.sent.row)


def template(statement: Executable, marks: Mapping[Hashable, Any], row: type[Row] | None = None) -> Template:
    """`marks` are values that nothing else in the statement has, and by which nothing of its text is chosen."""
    sent = sendable(statement)
    arguments = sent.arguments[0]
    places = _places(arguments, marks)
    whole = {place for place, _ in places}
    lists = [
        (place, items)
        for place, value in enumerate(arguments)
        if isinstance(value, (list, tuple)) and place not in whole and (items := _places(value, marks))
    ]
    return Template(sent if row is None else sent._replace(row=row), places, lists)


def _places(values: Sequence[Any], marks: Mapping[Hashable, Any]) -> list[tuple[int, Hashable]]:
    return [
        (place, name)
        for place, value in enumerate(values)
        for name, mark in marks.items()
        if value.__class__ is mark.__class__ and value == mark
    ]


_shapes: Final[LRUCache[Any, _Shape]] = LRUCache(_SHAPES_MAX)


def sendable(statement: Executable, *given: Given) -> Sendable:
    """The statement as it is sent, with its own values, or with those given, once for each."""
    rows = given or ({},)
    names, many = tuple(sorted(rows[0])), len(rows) > 1
    cache_key = statement._generate_cache_key()  # type: ignore[attr-defined]
    key, extracted, collected = cache_key or (None, None, None)
    shape = None if key is None else _shapes.get((key, names, many))
    if shape is None:
        compiled = statement.compile(  # type: ignore[attr-defined]
            dialect=_DIALECT, cache_key=cache_key, column_keys=list(names), for_executemany=many
        )
        shape = _Shape(compiled)
        if key is not None:
            _shapes[key, names, many] = shape
    return shape.sendable(extracted, collected, rows)


def _arguments(taken: Sequence[tuple[str, Any]], values: Mapping[str, Any]) -> list[Any]:
    return [values[name] if process is None else process(values[name]) for name, process in taken]


@lru_cache(maxsize=32)
def driver_arguments(url: URL) -> dict[str, Any]:
    """An address as the driver's `connect` takes it."""
    return dict(_DIALECT.create_connect_args(url)[1])  # type: ignore[no-untyped-call]
