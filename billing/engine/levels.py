"""Levels: the objects of an operation from the root downwards, each field at once for all objects of a level."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from inspect import iscoroutine
from operator import attrgetter
from typing import Any, TypeAlias

from graphql import (
    GraphQLAbstractType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    get_named_type,
    is_abstract_type,
    is_object_type,
)
from graphql.execution import Executor
from graphql.pyutils import Path
from strawberry.execution import optimized_is_awaitable

from billing.engine.builders import Shape
from billing.engine.columns import NOTHING, Columns, both
from billing.engine.layouts import Layout
from billing.engine.leaves import Unfit
from billing.engine.plans import HERE, Field, Place, Selection, Way
from billing.engine.relations import Reading

_Waiting: TypeAlias = tuple[list[Any], int, Awaitable[Any]]
"""A list, the number of an awaitable in it, and the awaitable."""

_Info: TypeAlias = Callable[[], GraphQLResolveInfo[Any]]
"""What a resolver of types is told, made only where one is asked."""

_PathOf: TypeAlias = Callable[[int], Path]
"""The path of an object by its number in a unit, which only a resolver asks for."""

_Take: TypeAlias = Callable[[], list[Any]]
"""Values in the answer, once all objects among them are built."""


@dataclass(eq=False, slots=True)
class _Unit:
    """Objects of one type at one place, and what becomes of them in the answer.

    What is not read off the rows has a column of values, or what its relation found by key.
    """

    selection: Selection
    objects: Sequence[Any]
    path: _PathOf
    way: Way
    columns: dict[int, list[Any]] = field(default_factory=dict)
    found: dict[int, Mapping[Any, Any]] = field(default_factory=dict)
    finish: list[Callable[[], None]] = field(default_factory=list)
    built: list[Any] = field(default_factory=list)

    def keys(self, hop: int) -> list[Any]:
        """The distinct keys of a relation."""
        relation = self.selection.fields[hop].relation
        assert relation is not None
        keys = dict.fromkeys(map(self.way.reader(relation.key), self.objects))
        keys.pop(None, None)
        return list(keys)

    def path_to(self, index: int, field: Field) -> Path:
        """The path of a field of one of the objects."""
        return Path(self.path(index), field.name, self.selection.kind.name)

    def build(self) -> None:
        """Once all below it is built."""
        for each in self.finish:
            each()
        self.finish.clear()  # They hold units, and these hold them: what was read is to go with the answer.
        self.built = self.way.build(self.objects, self.found, self.columns)


_Resolved: TypeAlias = tuple[_Unit, int, _Info, list[Any]]
"""A unit, the number of a field, what its resolver is told, and its values."""


class Levels:
    """One execution. Whatever it raises, graphql-core is to say what is wrong."""

    def __init__(self, executor: Executor[Any], row_types: tuple[type, ...]) -> None:
        self._executor = executor
        self._row_types = row_types
        self._context: Reading = executor.context_value

    async def answer(self, root: Selection) -> dict[str, Any]:
        """The data of the answer."""
        executor, kind = self._executor, root.kind
        infos: list[GraphQLResolveInfo[Any]] = []
        values: list[Any] = []
        try:
            for field in root.fields:
                path = Path(None, field.name, kind.name)
                info = executor.build_resolve_info(field.definition, field.nodes, kind, path)
                infos.append(info)
                values.append(field.constant or field.resolve(None, info, **field.given(executor)))
            await _settle([values], self._row_types)
        except BaseException:
            _close(values)
            raise
        found = list(map(self._found, root.fields, infos, values))
        below = [unit for units, _ in found for unit in units]
        if below:
            await self._run(below)
        return {field.name: take()[0] for field, (_, take) in zip(root.fields, found, strict=True)}

    async def complete_field(self, field: Field, info: GraphQLResolveInfo[Any], result: Any) -> Any:
        """The value of the answer for what a root field answered."""
        below, take = self._found(field, info, result)
        await self._run(below)
        return take()[0]

    def _found(self, field: Field, info: GraphQLResolveInfo[Any], value: Any) -> tuple[list[_Unit], _Take]:
        """The units of the objects that a root field answered."""
        if field.place is None:
            completed = [value if field.complete is None else field.complete(value)]
            return [], lambda: completed
        return self._below(field, lambda: info, [value], lambda _: info.path, writes=False)

    async def _run(self, wave: list[_Unit]) -> None:
        done: list[_Unit] = []
        while wave:
            done += wave
            below = await self._resolve(wave)
            hops = [(unit, number, unit.keys(number)) for unit in wave for number in unit.way.hops]
            if hops:
                below += await self._load(hops)
            wave = below
        for unit in reversed(done):
            unit.build()

    async def _resolve(self, wave: list[_Unit]) -> list[_Unit]:
        """Finds the fields that objects hold or resolvers answer; answers the units of the objects among them."""
        columns: list[list[Any]] = []
        try:
            resolved = self._begin(wave, columns)
            if resolved:
                await _settle(columns, self._row_types)
        except BaseException:
            _close(columns)
            raise
        below: list[_Unit] = []
        for unit, number, info, values in resolved:
            field = unit.selection.fields[number]
            if field.complete is not None:
                complete = field.complete
                unit.columns[number] = [complete(value) for value in values]
            else:
                below += self._children(unit, number, field, info, values)
        return below

    def _begin(self, wave: list[_Unit], columns: list[list[Any]]) -> list[_Resolved]:
        """What objects hold and resolvers answer is put into `columns`, awaitables among it."""
        resolved: list[_Resolved] = []
        for unit in wave:
            for number in unit.way.held:
                field = unit.selection.fields[number]
                assert field.attribute is not None
                values = list(map(attrgetter(field.attribute), unit.objects))
                columns.append(values)
                resolved.append((unit, number, self._info_at(unit, field), values))
            for number in unit.way.asked:
                values = []
                columns.append(values)
                resolved.append((unit, number, self._ask(unit, unit.selection.fields[number], values), values))
        return resolved

    def _way(self, selection: Selection, classes: frozenset[type]) -> Way:
        """How the fields are found on objects of these classes."""
        way = selection.ways.get(classes)
        if way is None:
            way = self._find_way(selection, classes)
            selection.keep(classes, way)
        return way

    def _find_way(self, selection: Selection, classes: frozenset[type]) -> Way:
        of_rows = bool(classes) and all(issubclass(each, self._row_types) for each in classes)
        (one,) = classes if len(classes) == 1 else (object,)
        shape: Shape | None = getattr(one, "shape", None) if of_rows else None
        if shape is not None:
            for written in selection.texts(self._executor):
                if shape.has(written):
                    return selection.way_of_texts(shape, written)
        own = getattr(one, "__dataclass_fields__", {})
        inline: list[int] = []
        held: list[int] = []
        hops: list[int] = []
        asked: list[int] = []
        for number, each in enumerate(selection.fields):
            if each.constant is not None:
                continue
            passes = all(guard.passes_all(self._context) for guard in each.guards)
            if passes and each.relation is not None:
                hops.append(number)
            elif passes and each.attribute and each.complete is None:
                held.append(number)
            elif passes and each.attribute and (of_rows or each.attribute in own):
                inline.append(number)
            else:
                asked.append(number)
        return selection.way(shape, inline, held, hops, asked)

    def _ask(self, unit: _Unit, field: Field, values: list[Any]) -> _Info:
        """Puts into `values` what the field is on each object, awaitables among them."""
        executor, resolve, kind = self._executor, field.resolve, unit.selection.kind
        arguments = field.given(executor)
        info: GraphQLResolveInfo[Any] | None = None
        for index, each in enumerate(unit.objects):
            info = executor.build_resolve_info(field.definition, field.nodes, kind, unit.path_to(index, field))
            values.append(resolve(each, info, **arguments))
        assert info is not None
        return lambda: info

    async def _load(self, hops: Sequence[tuple[_Unit, int, list[Any]]]) -> list[_Unit]:
        """Each loader once for all keys of the relations, by their numbers, of a wave."""
        wanted: dict[str, tuple[dict[Any, None], Columns | None]] = {}
        for unit, number, keys in hops:
            field = unit.selection.fields[number]
            all_keys, columns = wanted.get(field.loader, ({}, NOTHING))
            all_keys.update(dict.fromkeys(keys))
            wanted[field.loader] = all_keys, both(columns, self._columns(field))
        loaded = {
            loader: await self._context.read.load_level(loader, list(keys), columns) if keys else {}
            for loader, (keys, columns) in wanted.items()
        }
        return [below for unit, number, keys in hops for below in self._hop(unit, number, keys, loaded)]

    def _columns(self, field: Field) -> Columns | None:
        selections = field.selections(self._executor, HERE)
        return None if selections is None else selections[0].columns(self._executor)

    def _hop(
        self, unit: _Unit, number: int, keys: Sequence[Any], loaded: Mapping[str, Mapping[Any, Any]]
    ) -> list[_Unit]:
        """The units of what a relation found, each object once."""
        field = unit.selection.fields[number]
        by_key = loaded[field.loader]
        met = [key for key in keys if by_key[key] is not None]
        found: dict[Any, Any] = {}
        unit.found[number] = found
        if not met:
            return []

        def path(index: int) -> Path:
            read, key = unit.way.reader(field.relation.key), met[index]  # type: ignore[union-attr]
            first = next(number for number, each in enumerate(unit.objects) if read(each) == key)
            return unit.path_to(first, field)

        below, take = self._below(
            field, self._info_at(unit, field, path), [by_key[key] for key in met], path, unit.way.writes
        )
        self._finish(unit, below, lambda: found.update(zip(met, take(), strict=True)))
        return below

    @staticmethod
    def _finish(unit: _Unit, below: list[_Unit], finish: Callable[[], None]) -> None:
        """At once where nothing below is still to be found."""
        if below:
            unit.finish.append(finish)
        else:
            finish()

    def _info_at(self, unit: _Unit, field: Field, path: _PathOf | None = None) -> _Info:
        def info() -> GraphQLResolveInfo[Any]:
            first = path(0) if path else unit.path_to(0, field)
            return self._executor.build_resolve_info(field.definition, field.nodes, unit.selection.kind, first)

        return info

    def _children(self, unit: _Unit, number: int, field: Field, info: _Info, values: list[Any]) -> list[_Unit]:
        below, take = self._below(field, info, values, lambda index: unit.path_to(index, field), writes=False)
        self._finish(unit, below, lambda: unit.columns.__setitem__(number, take()))
        return below

    def _below(
        self, field: Field, info: _Info, values: Sequence[Any], path: _PathOf, writes: bool
    ) -> tuple[list[_Unit], _Take]:
        """The units of the objects of a field's values, and the field's values in the answer once these are built.

        They are texts where it `writes`, so that they stand in a text.
        """
        place = field.place
        assert place is not None
        laid = place.lay_out(values)
        objects = laid.objects
        if not objects:
            return [], lambda: laid.texts([]) if writes else laid.refill([])

        def path_of(number: int) -> Path:
            index, items = laid.place(number)
            found = path(index)
            for item in items:
                found = Path(found, item, None)
            return found

        selection = place.known.get(laid.classes)
        if selection is None:
            by_kind = self._by_kind(field, info, objects)
            if len(by_kind) > 1:
                return self._of_several(place, laid, by_kind, path_of)
            (kind,) = by_kind
            selection = place.selection(self._executor, kind)
            if is_object_type(get_named_type(field.type)) and self._is_kind(kind, laid.classes):
                place.keep(laid.classes, selection)
        way = self._way(selection, laid.classes)
        if way.is_last:
            built = way.build(objects, {}, {})
            return [], lambda: _values(laid, built, way, selection, writes)
        unit = _Unit(selection, objects, path_of, way)
        return [unit], lambda: _values(laid, unit.built, way, selection, writes)

    def _of_several(
        self, place: Place, laid: Layout, by_kind: Mapping[GraphQLObjectType, Sequence[int]], path: _PathOf
    ) -> tuple[list[_Unit], _Take]:
        """A unit of each type."""
        units: list[_Unit] = []
        for kind, numbers in by_kind.items():
            objects, selection = [laid.objects[number] for number in numbers], place.selection(self._executor, kind)
            way = self._way(selection, frozenset([each.__class__ for each in objects]))
            units.append(_Unit(selection, objects, partial(_nth, path, numbers), way))

        def take() -> list[Any]:
            built: list[Any] = [None] * len(laid.objects)
            for unit, numbers in zip(units, by_kind.values(), strict=True):
                for number, each in zip(numbers, unit.built, strict=True):
                    built[number] = each
            return laid.refill(built)

        return units, take

    def _by_kind(self, field: Field, info: _Info, objects: Sequence[Any]) -> dict[GraphQLObjectType, Sequence[int]]:
        """The numbers of the objects of each type; Unfit where an object is of none that it may be."""
        declared = get_named_type(field.type)
        by_kind: dict[GraphQLObjectType, Sequence[int]]
        if is_object_type(declared):
            by_kind = {declared: range(len(objects))}
        else:
            assert is_abstract_type(declared)
            by_kind = self._of_abstract(declared, info(), objects)
        for kind, numbers in by_kind.items():
            if not self._is_kind(kind, frozenset([objects[number].__class__ for number in numbers])):
                assert kind.is_type_of is not None
                asked = info()
                if not all(kind.is_type_of(objects[number], asked) is True for number in numbers):
                    raise Unfit("of another type")
        return by_kind

    def _is_kind(self, kind: GraphQLObjectType, classes: frozenset[type]) -> bool:
        """Whether any object of these classes is of this type: nobody looks at it, or the classes of rows say so."""
        return kind.is_type_of is None or all(
            issubclass(each, self._row_types) and getattr(each, "kind", None) == kind.name for each in classes
        )

    def _of_abstract(
        self, declared: GraphQLAbstractType, info: GraphQLResolveInfo[Any], objects: Sequence[Any]
    ) -> dict[GraphQLObjectType, Sequence[int]]:
        by_kind: dict[GraphQLObjectType, list[int]] = {}
        resolve_type = declared.resolve_type or self._executor.type_resolver
        schema = self._executor.schema
        for number, each in enumerate(objects):
            name = resolve_type(each, info, declared)
            kind = schema.get_type(name) if isinstance(name, str) else None
            if not is_object_type(kind) or not schema.is_sub_type(declared, kind):
                raise Unfit("no type")
            by_kind.setdefault(kind, []).append(number)
        return by_kind  # type: ignore[return-value]


def _values(laid: Layout, built: list[Any], way: Way, selection: Selection, writes: bool) -> list[Any]:
    """The values of a field from what was built of its objects."""
    if not way.writes and not writes:
        return laid.refill(built)
    scalars = selection.scalars
    texts = laid.texts(built if way.writes else list(map(scalars.write, built)))
    return texts if writes else list(map(scalars.splice, texts))


def _nth(path: _PathOf, numbers: Sequence[int], index: int) -> Path:
    return path(numbers[index])


async def _settle(columns: Sequence[list[Any]], plain: tuple[type, ...]) -> None:
    """Puts in place of each awaitable what it comes to, all at once; raises the first failure once all have ended.

    Objects of `plain` classes are no awaitables.
    """
    waiting: list[_Waiting] = []
    if len(columns) == 1 and len(columns[0]) == 1 and iscoroutine(columns[0][0]):
        columns[0][0] = await columns[0][0]
    for values in columns:
        for index in range(len(values)):
            _look(values, index, waiting, plain)
    while waiting:
        if len(waiting) == 1:
            outcomes = [await waiting[0][2]]
        else:
            outcomes = await asyncio.gather(*(value for _, _, value in waiting), return_exceptions=True)
        settled, waiting = waiting, []
        for (values, index, _), outcome in zip(settled, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                raise outcome
            values[index] = outcome
            _look(values, index, waiting, plain)


def _look(values: list[Any], index: int, waiting: list[_Waiting], plain: tuple[type, ...]) -> None:
    """Notes the awaitables at a place, also in lists."""
    value = values[index]
    if value.__class__ is list or value.__class__ is tuple:
        if any(hasattr(kind, "__await__") or kind is list for kind in {each.__class__ for each in value}):
            values[index] = items = list(value)
            for item in range(len(items)):
                _look(items, item, waiting, plain)
    elif not isinstance(value, plain) and optimized_is_awaitable(value):
        waiting.append((values, index, value))


def _close(values: Any) -> None:
    """Ends what was begun and will not be awaited."""
    for each in values:
        if iscoroutine(each):
            each.close()
        elif each.__class__ is list or each.__class__ is tuple:
            _close(each)
