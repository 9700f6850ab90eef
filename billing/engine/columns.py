"""Columns: what an operation needs of the rows at a place, so that statements read nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True)
class Columns:
    """The names of columns, each with the form in which it is wanted; None is the form that it has by itself.

    A form is a word between a schema's scalars and its statements: a column in it is what the answer shows.
    """

    forms: Mapping[str, str | None]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(frozenset(self.forms.items())))

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
    return Columns({**one.forms, **other.forms})
