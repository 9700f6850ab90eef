"""The rows that the database gives: their columns are attributes, and items by number and by name."""

from operator import itemgetter
from typing import Any

import asyncpg


class Row(asyncpg.Record):
    """The driver's record. Each statement has a class of its own, of which a column becomes part once it is asked for.

    From then on the attribute costs what the item does.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            value = self[name]
        except KeyError:
            raise AttributeError(name) from None
        setattr(type(self), name, property(itemgetter(name)))
        return value


def row_class() -> type[Row]:
    return type("Row", (Row,), {"__slots__": ()})
