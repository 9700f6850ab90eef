"""Columns: what an operation needs of the rows at a place, so that statements read nothing else."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple


class Choice(NamedTuple):
    """The form of an enum: by the text of a column, the text that the answer shows. Any other is none of it."""

    outputs: tuple[tuple[str, str], ...]


class Member(NamedTuple):
    """A member of an object as the answer has it: its name, and the column whose value is written in the form.

    The `constant` stands in place of a column. Where a value may be missing it is written as null; where it may not,
    there is no text.
    """

    name: str
    column: str | None
    form: Hashable = None
    nullable: bool = False
    constant: str | None = None


@dataclass(frozen=True)
class Written:
    """An object as text: runs of members, each a column of its own, between which what relations found stands.

    A run has the members with commas between them; where there is but one, it has the braces too.
    """

    runs: tuple[tuple[Member, ...], ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(self.runs))

    def __hash__(self) -> int:
        return self._hash


class Nested(NamedTuple):
    """The form of a relation within the text of an object: what the loader has for the key, written too."""

    loader: str
    written: Written


@dataclass(frozen=True)
class Columns:
    """The names of columns, each with the form in which it is wanted; None is the form that it has by itself.

    A form is a word between a schema's scalars and its statements: a column in it is what the answer shows. Objects
    that are `written` are wanted as texts besides.
    """

    forms: Mapping[str, str | None]
    written: frozenset[Written] = frozenset()
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((frozenset(self.forms.items()), self.written)))

    def __hash__(self) -> int:
        return self._hash


NOTHING = Columns({})


@lru_cache(maxsize=1_000)
def both(one: Columns | None, other: Columns | None) -> Columns | None:
    """The columns of either; None, which is all of them as they are, where either is or a form differs."""
    if one is None or other is None:
        return None
    if any(other.forms.get(name, form) != form for name, form in one.forms.items()):
        return None
    return Columns({**one.forms, **other.forms}, one.written | other.written)
