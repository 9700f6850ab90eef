"""Users as others see them, and the viewer as they see themselves."""

from datetime import datetime
from uuid import UUID

import strawberry

from billing.permissions.fields import requires
from billing.permissions.viewer import Viewer
from billing.schema.divisions import Division
from billing.schema.enums import Permission, Role
from billing.schema.fields import relation
from billing.schema.scalars import Id

_KEEPERS = requires(Permission.USER_READ)


@strawberry.type(description="A person who works with the service. Everyone sees the names; the rest needs USER_READ.")
class User:
    id: Id = strawberry.field(description="The id, a UUID.")
    display_name: str = strawberry.field(description="The person's name.")
    name: str | None = strawberry.field(
        description="The name of the account: what a token says in `sub`. Needs USER_READ.", extensions=[_KEEPERS]
    )
    role: Role | None = strawberry.field(description="The role. Needs USER_READ.", extensions=[_KEEPERS])
    division: Division | None = relation(
        "divisions_by_id",
        key="division_id",
        description="The division the user belongs to. Needs USER_READ.",
        guard=_KEEPERS,
    )
    active: bool | None = strawberry.field(
        description="Whether the user may come in. Needs USER_READ.", extensions=[_KEEPERS]
    )
    version: int | None = strawberry.field(
        description="Counts the changes; send it with an update. Needs USER_READ.", extensions=[_KEEPERS]
    )
    created_at: datetime | None = strawberry.field(
        description="When the user was added. Needs USER_READ.", extensions=[_KEEPERS]
    )


@strawberry.type(description="The one who asks.")
class Me:
    division_id: strawberry.Private[UUID | None]
    id: Id = strawberry.field(description="The id, a UUID.")
    name: str = strawberry.field(description="The name of the account.")
    role: Role = strawberry.field(description="The role.")
    permissions: list[Permission] = strawberry.field(
        description="The rights of the role, each on all rows or on those of the own division's side."
    )
    division: Division | None = relation(
        "divisions_by_id", key="division_id", description="The own division; null for those who belong to none."
    )

    @classmethod
    def of(cls, viewer: Viewer) -> "Me":
        return cls(
            division_id=viewer.division_id,
            id=Id(viewer.user_id),
            name=viewer.name,
            role=viewer.role,
            permissions=[permission for permission in Permission if viewer.may(permission)],
        )
