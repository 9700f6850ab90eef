"""Root fields over users, and the viewer."""

from typing import Annotated

import strawberry

from billing.db import users as statements
from billing.permissions.fields import requires
from billing.permissions.grants import Permission
from billing.schema.connections import After, Before, Connection, First, Last, list_page
from billing.schema.context import Info
from billing.schema.fields import described
from billing.schema.filters import UserFilter
from billing.schema.inputs import AddUserInput, AssignRoleInput, DeactivateUserInput
from billing.schema.orders import UserOrder
from billing.schema.payloads import AddUserPayload, AssignRolePayload, DeactivateUserPayload
from billing.schema.users import Me, User
from billing.services import users as service


@strawberry.type
class UserQuery:
    @strawberry.field(description="The one who asks.")
    def me(self, info: Info) -> Me:
        return Me.of(info.context.viewer)

    @strawberry.field(description="All users. Needs USER_READ.", extensions=[requires(Permission.USER_READ)])
    async def users(
        self,
        info: Info,
        filter: Annotated[UserFilter | None, described("Which ones.")] = None,
        order_by: Annotated[UserOrder | None, described("In which order; by name when left out.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[User] | None:
        return await list_page(info, statements.LIST, filter, order_by, first, after, last, before)


@strawberry.type
class UserMutation:
    @strawberry.mutation(
        description="Let someone in. Admins add users below admin.", extensions=[requires(Permission.USER_WRITE)]
    )
    async def add_user(
        self, info: Info, input: Annotated[AddUserInput, described("The user.")]
    ) -> AddUserPayload | None:
        return await info.context.write(AddUserPayload, service.add_user, input)

    @strawberry.mutation(
        description="Give a user another role and division. Admins do this for users below admin.",
        extensions=[requires(Permission.USER_WRITE)],
    )
    async def assign_role(
        self, info: Info, input: Annotated[AssignRoleInput, described("The user and the role.")]
    ) -> AssignRolePayload | None:
        return await info.context.write(AssignRolePayload, service.assign_role, input)

    @strawberry.mutation(
        description="Shut a user out. Admins do this to users below admin; the last superadmin stays.",
        extensions=[requires(Permission.USER_WRITE)],
    )
    async def deactivate_user(
        self, info: Info, input: Annotated[DeactivateUserInput, described("The user.")]
    ) -> DeactivateUserPayload | None:
        return await info.context.write(DeactivateUserPayload, service.deactivate_user, input)
