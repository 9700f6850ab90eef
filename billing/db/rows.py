"""The rows that the database gives: their columns are attributes, and items by number and by name."""

from operator import itemgetter
from typing import Any, ClassVar

import asyncpg

from billing.engine.builders import Shape


class Row(asyncpg.Record):
    """The driver's record. Each statement has a class of its own, of which a column becomes part once it is asked for.

    From then on the attribute costs what the item does. Where the statement was told which columns to read, the class
    has their `shape`, and the `kind` of the rows.
    """

    __slots__ = ()
    shape: ClassVar[Shape | None] = None

    def __getattr__(self, name: str) -> Any:
        try:
            value = self[name]
        except KeyError:
            raise AttributeError(name) from None
        setattr(type(self), name, property(itemgetter(name)))
        return value


def row_class(kind: str | None = None, shape: Shape | None = None) -> type[Row]:
    return type("Row", (Row,), {"__slots__": (), "shape": shape, **({} if kind is None else {"kind": kind})})
