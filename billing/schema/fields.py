"""How fields are declared: relations to other nouns, and the ids of arguments."""

from operator import attrgetter
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

from billing.engine.measures import SIZE
from billing.engine.relations import RELATION, Relation
from billing.schema.context import Info


def relation(
    loader: str, *, key: str, description: str, size: int | None = None, guard: FieldExtension | None = None
) -> Any:
    """A hop to another noun: the row's `key` looked up by the named loader, one statement for all objects of a level.

    The field's type is the annotation beside it; a list says its `size` as `sized` does. A key that is null answers
    null; it may be an attribute of one, as in `ids.payment`.
    """

    read = attrgetter(key)

    async def resolve(root: strawberry.Parent[Any], info: Info):  # type: ignore[no-untyped-def]
        value = read(root)
        return None if value is None else await info.context.read.load(loader, value)

    return strawberry.field(
        resolver=resolve,
        description=description,
        extensions=[guard] if guard else [],
        metadata={RELATION: Relation(loader, key), **(sized(size) if size else {})},
    )


def sized(size: int | str) -> dict[str, int | str]:
    """The metadata of a list field: how many nodes it counts in the cost of an operation.

    That is what it usually has, or the name of the list argument that is answered one for one.
    """
    return {SIZE: size}


def described(description: str) -> Any:
    """The description of an argument or an input's field."""
    return strawberry.argument(description=description)
