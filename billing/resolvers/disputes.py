"""Root fields over disputes."""

from typing import Annotated

import strawberry

from billing.db import disputes as statements
from billing.domain.states import DisputeStatus
from billing.permissions.fields import requires
from billing.permissions.grants import Permission
from billing.schema.billing_records import Dispute
from billing.schema.connections import After, Before, Connection, First, Last, list_page
from billing.schema.context import Info
from billing.schema.fields import described
from billing.schema.filters import DisputeFilter
from billing.schema.inputs import OpenDisputeInput, ResolveDisputeInput, WithdrawDisputeInput
from billing.schema.orders import DisputeOrder
from billing.schema.payloads import OpenDisputePayload, ResolveDisputePayload, WithdrawDisputePayload
from billing.services import disputes as service


@strawberry.type
class DisputeQuery:
    @strawberry.field(
        description="Disputes that the viewer may see: for a coordinator, those their division is a side of."
    )
    async def disputes(
        self,
        info: Info,
        filter: Annotated[DisputeFilter | None, described("Which ones.")] = None,
        order_by: Annotated[DisputeOrder | None, described("In which order; the latest first when left out.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Dispute]:
        return await list_page(info, statements.LIST, filter, order_by, first, after, last, before)


@strawberry.type
class DisputeMutation:
    @strawberry.mutation(
        description="Say that a charge is wrong, while something is outstanding. Until that is settled no payment of "
        "the record "
        "is recorded; what was pending can still be confirmed or rejected.",
        extensions=[requires(Permission.DISPUTE_OPEN)],
    )
    async def open_dispute(
        self, info: Info, input: Annotated[OpenDisputeInput, described("The record and the reason.")]
    ) -> OpenDisputePayload | None:
        return await info.context.write(OpenDisputePayload, service.open_dispute, input)

    @strawberry.mutation(
        description="Take a dispute back; the record is due again.", extensions=[requires(Permission.DISPUTE_WITHDRAW)]
    )
    async def withdraw_dispute(
        self, info: Info, input: Annotated[WithdrawDisputeInput, described("The dispute.")]
    ) -> WithdrawDisputePayload | None:
        return await info.context.write(WithdrawDisputePayload, service.withdraw_dispute, input)

    @strawberry.mutation(
        description="Decide a dispute as the charging side. UPHELD issues a credit note with it.",
        extensions=[requires(Permission.DISPUTE_RESOLVE)],
    )
    async def resolve_dispute(
        self, info: Info, input: Annotated[ResolveDisputeInput, described("The dispute and the decision.")]
    ) -> ResolveDisputePayload | None:
        return await info.context.write(
            ResolveDisputePayload,
            service.resolve_dispute,
            input,
            resolution=DisputeStatus[input.resolution.name],
        )
