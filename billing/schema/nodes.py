"""The Node interface: what can be asked for again by its id alone."""

from typing import Any, ClassVar

import strawberry
from strawberry.types import Info

from billing.schema.scalars import Id


@strawberry.interface(description="Anything that can be found again by its id alone.")
class Node:
    kind: ClassVar[str]

    id: Id = strawberry.field(description="The id, a UUID.")

    @classmethod
    def is_type_of(cls, row: Any, info: Info[Any, Any]) -> bool:
        """Rows are the objects; the constant `kind` of their statement says which type they are."""
        return bool(row.kind == cls.__name__)
