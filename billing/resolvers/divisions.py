"""Root fields over divisions."""

from typing import Annotated

import strawberry

from billing.db import divisions as statements
from billing.domain.errors import BadInput
from billing.permissions.fields import requires
from billing.permissions.grants import Permission
from billing.schema.connections import After, Before, Connection, First, Last, list_page
from billing.schema.context import Info
from billing.schema.divisions import Division
from billing.schema.fields import described
from billing.schema.filters import DivisionFilter
from billing.schema.inputs import CreateDivisionInput, DeactivateDivisionInput, UpdateDivisionInput
from billing.schema.orders import DivisionOrder
from billing.schema.payloads import CreateDivisionPayload, DeactivateDivisionPayload, UpdateDivisionPayload
from billing.schema.scalars import Id
from billing.services import divisions as service


@strawberry.type
class DivisionQuery:
    @strawberry.field(description="One division, by id or by code.")
    async def division(
        self,
        info: Info,
        id: Annotated[Id | None, described("The id.")] = None,
        code: Annotated[str | None, described("The code, e.g. IT; instead of the id.")] = None,
    ) -> Division | None:
        if (id is None) == (code is None):
            raise BadInput("Send id or code, one of them.")
        if code is None:
            assert id is not None
            return await info.context.one(info, Division, "divisions_by_id", id)
        return await info.context.read.one(Division, statements.find(info.context.viewer, code=code))

    @strawberry.field(description="All divisions; everyone sees them.")
    async def divisions(
        self,
        info: Info,
        filter: Annotated[DivisionFilter | None, described("Which ones.")] = None,
        order_by: Annotated[DivisionOrder | None, described("In which order; by code when left out.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Division]:
        return await list_page(info, statements.LIST, filter, order_by, first, after, last, before)


@strawberry.type
class DivisionMutation:
    @strawberry.mutation(description="Add a division to the tree.", extensions=[requires(Permission.DIVISION_WRITE)])
    async def create_division(
        self, info: Info, input: Annotated[CreateDivisionInput, described("The division.")]
    ) -> CreateDivisionPayload | None:
        return await info.context.write(CreateDivisionPayload, service.create_division, input)

    @strawberry.mutation(
        description="Rename a division, move it in the tree, change its accounts.",
        extensions=[requires(Permission.DIVISION_WRITE)],
    )
    async def update_division(
        self, info: Info, input: Annotated[UpdateDivisionInput, described("The changes.")]
    ) -> UpdateDivisionPayload | None:
        return await info.context.write(UpdateDivisionPayload, service.update_division, input)

    @strawberry.mutation(
        description="Keep a division out of new records; what exists goes on to be paid.",
        extensions=[requires(Permission.DIVISION_WRITE)],
    )
    async def deactivate_division(
        self, info: Info, input: Annotated[DeactivateDivisionInput, described("The division.")]
    ) -> DeactivateDivisionPayload | None:
        return await info.context.write(DeactivateDivisionPayload, service.deactivate_division, input)
