"""How fields are declared: relations to other nouns, and the ids of arguments."""

from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

from billing.schema.context import Info


def relation(loader: str, *, key: str, description: str, guard: FieldExtension | None = None) -> Any:
    """A hop to another noun: the row's `key` looked up by the named loader, one statement for all objects of a level.

    The field's type is the annotation beside it. A key that is null answers null.
    """

    async def resolve(root: strawberry.Parent[Any], info: Info):  # type: ignore[no-untyped-def]
        value = getattr(root, key)
        return None if value is None else await info.context.read.load(loader, value)

    return strawberry.field(resolver=resolve, description=description, extensions=[guard] if guard else [])


def described(description: str) -> Any:
    """The description of an argument or an input's field."""
    return strawberry.argument(description=description)
