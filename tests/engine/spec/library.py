"""A library: a schema in which each rule of execution can be seen, and that has nothing to do with billing.

`Lab` is where anything can be returned: each of its fields answers what the test has put there, and raises it where it
is `Raised`. How that arrives is the mode: at once, from a coroutine, as what a plain resolver returns and must be
awaited, or item by item.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Annotated, Any, Final, NewType, Self, cast

import strawberry
from graphql import GraphQLError, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info as StrawberryInfo

from billing.schema.fields import relation

MODES: Final = ("at once", "coroutine", "awaitable", "items")
"""Of `Lab`: plain resolvers, async resolvers, plain resolvers that return awaitables, and lists of awaitables."""


@dataclass(frozen=True)
class Raised:
    """A value that is raised where it is asked for."""

    error: Exception


@dataclass(frozen=True)
class Row:
    """An object of the library, as a statement would have found it."""

    kind: str
    values: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None


def _rows(kind: str, *rows: Mapping[str, Any]) -> dict[Any, Row]:
    return {row["id"]: Row(kind, row) for row in rows}


AUTHORS = _rows(
    "Author",
    {"id": "a1", "name": "Ada", "mentor_id": None, "favourite_id": "b2"},
    {"id": "a2", "name": "Bo", "mentor_id": "a1", "favourite_id": "nowhere"},
    {"id": "a3", "name": "Cy", "mentor_id": "a2", "favourite_id": None},
)
BOOKS = _rows(
    "Book",
    {"id": "b1", "title": "One", "pages": 100, "genre": "novel", "author_id": "a1", "shelf_id": "s1"},
    {"id": "b2", "title": "Two", "pages": None, "genre": "poem", "author_id": "a2", "shelf_id": "s1"},
    {"id": "b3", "title": "Three", "pages": 300, "genre": "essay", "author_id": "a1", "shelf_id": "s2"},
    {"id": "b4", "title": "Orphan", "pages": 4, "genre": "novel", "author_id": "gone", "shelf_id": "s2"},
    {"id": "b5", "title": "Nobody's", "pages": 5, "genre": "novel", "author_id": None, "shelf_id": "s3"},
)
MAGAZINES = _rows("Magazine", {"id": "m1", "title": "Monthly", "issue": 7, "shelf_id": "s1"})
SHELVES = _rows(
    "Shelf",
    {"id": "s1", "name": "North"},
    {"id": "s2", "name": "South"},
    {"id": "s3", "name": "Empty but for one"},
    {"id": "s4", "name": "Bare"},
)

_TO_ONE: Final[dict[str, Mapping[Any, Row]]] = {
    "authors_by_id": AUTHORS,
    "books_by_id": BOOKS,
    "shelves_by_id": SHELVES,
}
_TO_MANY: Final[dict[str, tuple[Mapping[Any, Row], str]]] = {
    "books_by_author_id": (BOOKS, "author_id"),
    "books_by_shelf_id": (BOOKS, "shelf_id"),
    "items_by_shelf_id": ({**MAGAZINES, **BOOKS}, "shelf_id"),
}


@dataclass
class Reading:
    """The catalogue that relations read from; a loader in `broken` raises."""

    broken: set[str] = field(default_factory=set)

    async def load(self, loader: str, key: Any) -> Any:
        found = await self.load_level(loader, [key])
        return found[key]

    async def load_level(self, loader: str, keys: Sequence[Any]) -> dict[Any, Any]:
        await asyncio.sleep(0)
        if loader in self.broken:
            raise RuntimeError(f"{loader} is broken")
        if loader in _TO_ONE:
            return {key: _TO_ONE[loader].get(key) for key in keys}
        rows, column = _TO_MANY[loader]
        return {key: [row for row in rows.values() if row.values[column] == key] for key in keys}


@dataclass
class Context:
    """One operation at the library."""

    given: Mapping[str, Any] = field(default_factory=dict)
    mode: str = "at once"
    read: Reading = field(default_factory=Reading)
    told: list[str] = field(default_factory=list)
    counter: int = 0
    waiting: list[asyncio.Event] = field(default_factory=list)

    def run_in_one(self, asked: object) -> None:
        """Nobody asks what is asked."""

    def begin_again(self) -> None:
        """Nothing is kept of fields."""


Info = StrawberryInfo[Context, None]

Day = NewType("Day", date)
Shout = NewType("Shout", str)


def _parse_day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise GraphQLError("A Day is written like 2026-01-31.") from None


def _serialize_day(value: Any) -> str:
    if not isinstance(value, date):
        raise ValueError("This is no day.")
    return value.isoformat()


_SCALARS: Final[dict[object, Any]] = {
    Day: strawberry.scalar(name="Day", serialize=_serialize_day, parse_value=_parse_day),
    Shout: strawberry.scalar(name="Shout", serialize=lambda value: value.upper(), parse_value=str.lower),
}


@strawberry.enum
class Genre(Enum):
    NOVEL = "novel"
    POEM = "poem"
    ESSAY = strawberry.enum_value("essay", description="Of a few pages.")


@strawberry.interface
class Node:
    id: strawberry.ID

    @classmethod
    def is_type_of(cls, row: Any, info: Info) -> bool:
        return bool(row.kind == cls.__name__)


@strawberry.interface
class Item(Node):
    title: str

    @strawberry.field
    def label(root: strawberry.Parent[Any]) -> str:  # noqa: N805 -- as Strawberry names it
        return f"{root.kind}: {root.title}"


@strawberry.interface
class Named:
    name: str


def _greeting(root: strawberry.Parent[Any], words: str = "Hello", times: int | None = None) -> str:
    return " ".join([words] * (1 if times is None else times)) + f", {root.name}"


@strawberry.type
class Author(Node, Named):
    mentor: "Author | None" = relation("authors_by_id", key="mentor_id", description="Who taught them.")
    favourite: "Book | None" = relation("books_by_id", key="favourite_id", description="What they like.")
    books: "list[Book]" = relation("books_by_author_id", key="id", size=3, description="What they wrote.")
    greeting: str = strawberry.field(resolver=_greeting)


@strawberry.type
class Shelf(Node, Named):
    books: "list[Book]" = relation("books_by_shelf_id", key="id", size=3, description="The books on it.")
    items: list[Item] = relation("items_by_shelf_id", key="id", size=3, description="All that is on it.")


@strawberry.type
class Book(Item):
    pages: int | None
    author: Author = relation("authors_by_id", key="author_id", description="Who wrote it.")
    shelf: Shelf | None = relation("shelves_by_id", key="shelf_id", description="Where it stands.")

    @strawberry.field
    def genre(root: strawberry.Parent[Any]) -> Genre:  # noqa: N805 -- as Strawberry names it
        return Genre(root.genre)


@strawberry.type
class Magazine(Item):
    issue: int
    shelf: Shelf | None = relation("shelves_by_id", key="shelf_id", description="Where it stands.")


Found = Annotated[Book | Author | Magazine, strawberry.union("Found")]


@strawberry.input
class Span:
    least: int = 1
    most: int | None = strawberry.UNSET


@strawberry.input
class Wish:
    title: str
    genre: Genre = Genre.NOVEL
    tags: list[str] | None = strawberry.UNSET
    span: Span | None = strawberry.UNSET
    spans: list[Span] = strawberry.field(default_factory=list)
    day: Day | None = None


@strawberry.input(one_of=True)
class Key:
    id: strawberry.ID | None = strawberry.UNSET
    title: str | None = strawberry.UNSET


async def _later(value: Any) -> Any:
    await asyncio.sleep(0)
    if isinstance(value, Raised):
        raise value.error
    return value


def _at_once(value: Any) -> Any:
    if isinstance(value, Raised):
        raise value.error
    return value


def _by_item(value: Any) -> Any:
    """Each item of a list must be awaited, those of lists in it too."""
    if isinstance(value, list):
        return [_later(_by_item(item)) for item in value]
    return _at_once(value)


_AS: Final[dict[str, Callable[[Any], Any]]] = {"at once": _at_once, "awaitable": _later, "items": _by_item}


def _given(name: str, *, asynchronous: bool) -> Any:
    """A field that answers what is there under its name."""

    async def resolve_later(root: strawberry.Parent[Any], info: Info):  # type: ignore[no-untyped-def]
        return await _later(root[name])

    def resolve(root: strawberry.Parent[Any], info: Info):  # type: ignore[no-untyped-def]
        return _AS[info.context.mode](root[name])

    return strawberry.field(resolver=resolve_later if asynchronous else resolve)


def _lab(*, asynchronous: bool) -> type:
    """The type `Lab`, its resolvers plain or async."""

    def given(name: str) -> Any:
        return _given(name, asynchronous=asynchronous)

    @strawberry.type
    class Lab:
        whole: int | None = given("whole")
        whole_nn: int = given("whole_nn")
        real: float | None = given("real")
        text: str | None = given("text")
        text_nn: str = given("text_nn")
        truth: bool | None = given("truth")
        key: strawberry.ID | None = given("key")
        genre: Genre | None = given("genre")
        day: Day | None = given("day")
        shout: Shout | None = given("shout")
        row: list[int | None] | None = given("row")
        row_of_nn: list[int] | None = given("row_of_nn")
        nn_row: list[int | None] = given("nn_row")
        nn_row_of_nn: list[int] = given("nn_row_of_nn")
        grid: list[list[int | None] | None] | None = given("grid")
        grid_of_nn: list[list[int] | None] | None = given("grid_of_nn")
        grid_of_nn_rows: list[list[int | None]] | None = given("grid_of_nn_rows")
        nn_grid: list[list[int]] = given("nn_grid")
        lab: Self | None = given("lab")
        lab_nn: Self = given("lab_nn")
        labs: list[Self | None] | None = given("labs")
        labs_of_nn: list[Self] | None = given("labs_of_nn")
        nn_labs: list[Self | None] = given("nn_labs")
        nn_labs_of_nn: list[Self] = given("nn_labs_of_nn")
        lab_grid: list[list[Self]] | None = given("lab_grid")
        item: Item | None = given("item")
        items: list[Item | None] | None = given("items")
        items_of_nn: list[Item] | None = given("items_of_nn")
        found: Found | None = given("found")
        founds: list[Found | None] | None = given("founds")

    return Lab


def _told(value: Any) -> Any:
    """What arrived, in the words of JSON; what was left out is left out."""
    if isinstance(value, Enum):
        return f"Genre {value.name}"
    if isinstance(value, date):
        return f"day {value.isoformat()}"
    if isinstance(value, list):
        return [_told(item) for item in value]
    if isinstance(value, (Span, Wish, Key)):
        return {name: _told(item) for name, item in vars(value).items() if item is not strawberry.UNSET}
    return value


def _echo(**given: Any) -> str:
    return json.dumps({name: _told(value) for name, value in given.items() if value is not strawberry.UNSET})


@strawberry.type
class Count:
    """What a change answers: the counter as it was then, and as it is when it is asked for."""

    value: int
    note: str | None = None

    @strawberry.field
    async def now(self, info: Info) -> int:
        await asyncio.sleep(0)
        return info.context.counter

    @strawberry.field
    def broken(self) -> int:
        raise ValueError("The payload is broken.")


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def add(self, info: Info, by: int = 1) -> Count | None:
        info.context.told.append(f"add {by} begins")
        before = info.context.counter
        await asyncio.sleep(0.001 * max(0, 3 - by))
        info.context.counter = before + by
        info.context.told.append(f"add {by} ends")
        return Count(value=info.context.counter)

    @strawberry.mutation
    def add_at_once(self, info: Info, by: int = 1) -> int:
        info.context.counter += by
        info.context.told.append(f"add {by} at once")
        return info.context.counter

    @strawberry.mutation
    async def fail(self, info: Info) -> Count | None:
        info.context.told.append("fail")
        info.context.counter += 100
        raise ValueError("It failed.")

    @strawberry.mutation
    async def fail_nn(self, info: Info) -> Count:
        info.context.told.append("fail_nn")
        raise ValueError("It failed badly.")

    @strawberry.mutation
    async def nothing(self, info: Info) -> Count | None:
        info.context.told.append("nothing")
        return None

    @strawberry.mutation
    async def wish(self, info: Info, wish: Wish) -> str:
        info.context.told.append("wish")
        return _echo(wish=wish)


def _library(*, asynchronous: bool) -> GraphQLSchema:
    Lab = _lab(asynchronous=asynchronous)  # noqa: N806 -- a type

    @strawberry.type
    class Query:
        lab: Lab | None = _root("lab")  # type: ignore[valid-type]
        lab_nn: Lab = _root("lab_nn")  # type: ignore[valid-type]
        labs: list[Lab | None] | None = _root("labs")  # type: ignore[valid-type]
        whole: int | None = _root("whole")
        whole_nn: int = _root("whole_nn")
        text: str | None = _root("text")

        @strawberry.field
        def book(self, id: strawberry.ID) -> Book | None:
            return cast("Book | None", BOOKS.get(id))

        @strawberry.field
        async def books(self, most: int | None = None) -> list[Book]:
            return cast("list[Book]", list(BOOKS.values())[:most])

        @strawberry.field
        async def author(self, id: strawberry.ID) -> Author | None:
            await asyncio.sleep(0)
            return cast("Author | None", AUTHORS.get(id))

        @strawberry.field
        def authors(self) -> list[Author]:
            return cast("list[Author]", list(AUTHORS.values()))

        @strawberry.field
        def shelves(self) -> list[Shelf]:
            return cast("list[Shelf]", list(SHELVES.values()))

        @strawberry.field
        async def node(self, id: strawberry.ID) -> Node | None:
            return cast("Node | None", EVERYTHING.get(id))

        @strawberry.field
        def nodes(self, ids: list[strawberry.ID]) -> list[Node | None]:
            return cast("list[Node | None]", [EVERYTHING.get(id) for id in ids])

        @strawberry.field
        def items(self) -> list[Item]:
            return cast("list[Item]", [*BOOKS.values(), *MAGAZINES.values()])

        @strawberry.field
        def named(self) -> list[Named]:
            return cast("list[Named]", [AUTHORS["a1"], SHELVES["s1"], AUTHORS["a2"]])

        @strawberry.field
        async def find(self, ids: list[strawberry.ID]) -> list[Found | None]:
            return cast("list[Found | None]", [EVERYTHING.get(id) for id in ids])

        @strawberry.field
        def echo(
            self,
            text: str | None = strawberry.UNSET,
            whole: int | None = 5,
            real: float | None = strawberry.UNSET,
            truth: bool | None = strawberry.UNSET,
            key: strawberry.ID | None = strawberry.UNSET,
            genre: Genre | None = strawberry.UNSET,
            genres: list[Genre] | None = strawberry.UNSET,
            day: Day | None = strawberry.UNSET,
            shout: Shout | None = strawberry.UNSET,
            row: list[int | None] | None = strawberry.UNSET,
            row_of_nn: list[int] | None = strawberry.UNSET,
            grid: list[list[int | None] | None] | None = strawberry.UNSET,
            span: Span | None = strawberry.UNSET,
            wish: Wish | None = strawberry.UNSET,
            by: Key | None = strawberry.UNSET,
        ) -> str:
            return _echo(
                text=text, whole=whole, real=real, truth=truth, key=key, genre=genre, genres=genres, day=day,
                shout=shout, row=row, row_of_nn=row_of_nn, grid=grid, span=span, wish=wish, by=by,
            )  # fmt: skip

        @strawberry.field
        def must(self, whole: int, row: list[int] | None = strawberry.UNSET, genre: Genre = Genre.POEM) -> str:
            return _echo(whole=whole, row=row, genre=genre)

        @strawberry.field
        def numbers(self, count: int, kind: str = "list") -> list[int]:
            kinds: dict[str, Callable[[], Any]] = {
                "list": lambda: list(range(count)),
                "tuple": lambda: tuple(range(count)),
                "range": lambda: range(count),
                "generator": lambda: (number for number in range(count)),
                "keys": lambda: dict.fromkeys(range(count)).keys(),
                "async generator": lambda: _counting(count),
                "failing generator": lambda: _failing(count),
                "text": lambda: "12",
                "number": lambda: 12,
            }
            return cast("list[int]", kinds[kind]())

        @strawberry.field
        async def meet(self, info: Info, name: str, of: int = 2) -> str:
            """Answers once so many are here, in the order reversed: nobody could, one after another."""
            waiting = info.context.waiting
            waiting.append(asyncio.Event())
            place = len(waiting) - 1
            if len(waiting) == of:
                waiting[-1].set()
            await asyncio.wait_for(waiting[place].wait(), 5)
            info.context.told.append(name)
            if place:
                waiting[place - 1].set()
            return name

    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        types=[Book, Magazine, Author, Shelf],
        config=StrawberryConfig(scalar_map=_SCALARS),
    )._schema


def _root(name: str) -> Any:
    """A root field that answers what the test has put there."""

    def resolve(info: Info):  # type: ignore[no-untyped-def]
        return _AS[_PLAIN.get(info.context.mode, info.context.mode)](info.context.given[name])

    return strawberry.field(resolver=resolve)


async def _counting(count: int) -> AsyncIterator[int]:
    for number in range(count):
        await asyncio.sleep(0)
        yield number


def _failing(count: int) -> Iterator[int]:
    yield from range(count)
    raise ValueError("The list breaks off.")


EVERYTHING: Final = {**AUTHORS, **BOOKS, **MAGAZINES, **SHELVES}
_PLAIN: Final = {"coroutine": "awaitable"}
_LIBRARIES: Final = {asynchronous: _library(asynchronous=asynchronous) for asynchronous in (False, True)}


def library(mode: str) -> GraphQLSchema:
    """The schema for a mode."""
    return _LIBRARIES[mode == "coroutine"]
