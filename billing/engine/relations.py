"""Relations between the types of a schema, declared on a field so that a whole level of objects is loaded at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from billing.engine.builders import Shape
from billing.engine.columns import Columns

if TYPE_CHECKING:
    from billing.engine.plans import Asked

RELATION: Final = "engine.relation"
"""The key of a field's metadata that holds its Relation."""


@dataclass(frozen=True)
class Relation:
    """The object's `key` looked up by a named loader; the field's type says whether one or many are found."""

    loader: str
    key: str


class Loads(Protocol):
    """Where the objects of relations come from."""

    async def load_level(self, loader: str, keys: Sequence[Any], columns: Columns | None) -> Mapping[Any, Any]:
        """By key what the loader has: an object or None, or the list of objects.

        With `columns` the objects need have no others. Keys are as they are or in the form that keys have in columns.
        """
        ...


class Reading(Protocol):
    """What the engine needs of the context of an operation."""

    @property
    def read(self) -> Loads: ...

    def run_in_one(self, asked: "Asked") -> None:
        """Notes what the operation asks for, which from now on is run level by level."""

    def begin_again(self) -> None:
        """Forgets what was noted of fields so far: they are answered anew, from the same data."""


class Rows(Protocol):
    """What a class of rows may say of all of them, None of what it does not know."""

    kind: str | None
    """The name of their type in the schema."""
    shape: Shape | None
    """Their columns."""


class OperationGuard(Protocol):
    """A field extension that may let every object of an operation pass, so that nothing of it is asked per object."""

    def passes_all(self, context: Any) -> bool: ...
