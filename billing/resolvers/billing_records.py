"""Root fields over billing records."""

from typing import Annotated

import strawberry

from billing.db import billing_records as statements
from billing.domain.errors import BadInput
from billing.permissions.fields import requires
from billing.permissions.grants import Permission
from billing.schema.billing_records import BillingRecord
from billing.schema.connections import After, Before, Connection, First, Last, list_page
from billing.schema.context import Info
from billing.schema.fields import described
from billing.schema.filters import BillingRecordFilter
from billing.schema.inputs import (
    CreateBillingRecordInput,
    CreateBillingRecordsInput,
    DeleteDraftBillingRecordInput,
    IssueBillingRecordInput,
    UpdateBillingRecordInput,
    VoidBillingRecordInput,
)
from billing.schema.orders import BillingRecordOrder
from billing.schema.payloads import (
    CreateBillingRecordPayload,
    CreateBillingRecordsPayload,
    DeleteDraftBillingRecordPayload,
    IssueBillingRecordPayload,
    UpdateBillingRecordPayload,
    VoidBillingRecordPayload,
)
from billing.schema.scalars import Id
from billing.services import billing_records as service
from billing.services import new_billing_records


@strawberry.type
class BillingRecordQuery:
    @strawberry.field(description="One billing record, by id or by number; null where the viewer sees none.")
    async def billing_record(
        self,
        info: Info,
        id: Annotated[Id | None, described("The id.")] = None,
        number: Annotated[str | None, described("The number, e.g. IT-2026-00042; instead of the id.")] = None,
    ) -> BillingRecord | None:
        if (id is None) == (number is None):
            raise BadInput("Send id or number, one of them.")
        if number is None:
            assert id is not None
            return await info.context.one(info, BillingRecord, "billing_records_by_id", id)
        return await info.context.read.one(BillingRecord, statements.find(info.context.viewer, number=number))

    @strawberry.field(
        description="Billing records that the viewer may see: for a coordinator, those their division is a side of."
    )
    async def billing_records(
        self,
        info: Info,
        filter: Annotated[BillingRecordFilter | None, described("Which ones.")] = None,
        order_by: Annotated[
            BillingRecordOrder | None, described("In which order; see the filter for the default.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[BillingRecord]:
        return await list_page(info, statements.LIST, filter, order_by, first, after, last, before)


@strawberry.type
class BillingRecordMutation:
    @strawberry.mutation(
        description="Charge another division. The record is issued at once, with its number and dates, unless it is "
        "to be a draft.",
        extensions=[requires(Permission.RECORD_CREATE)],
    )
    async def create_billing_record(
        self, info: Info, input: Annotated[CreateBillingRecordInput, described("The charge.")]
    ) -> CreateBillingRecordPayload | None:
        return await info.context.write(
            CreateBillingRecordPayload,
            new_billing_records.create_billing_record,
            input,
            payment_terms_days=info.context.limits.payment_terms_days,
        )

    @strawberry.mutation(
        description="Make up to 100 billing records at once, all or none of them, or those that can be made.",
        extensions=[requires(Permission.RECORD_CREATE)],
    )
    async def create_billing_records(
        self, info: Info, input: Annotated[CreateBillingRecordsInput, described("The charges.")]
    ) -> CreateBillingRecordsPayload | None:
        return await info.context.write(
            CreateBillingRecordsPayload,
            new_billing_records.create_billing_records,
            input,
            payment_terms_days=info.context.limits.payment_terms_days,
        )

    @strawberry.mutation(
        description="Give a draft its number and dates; from then on its lines never change.",
        extensions=[requires(Permission.RECORD_ISSUE)],
    )
    async def issue_billing_record(
        self, info: Info, input: Annotated[IssueBillingRecordInput, described("The draft.")]
    ) -> IssueBillingRecordPayload | None:
        return await info.context.write(
            IssueBillingRecordPayload,
            service.issue_billing_record,
            input,
            payment_terms_days=info.context.limits.payment_terms_days,
        )

    @strawberry.mutation(
        description="Change a draft in all its parts, an issued record in due date, notes and GL codes. The notes "
        "and GL codes "
        "of a side are written by that side.",
        extensions=[requires(Permission.RECORD_EDIT)],
    )
    async def update_billing_record(
        self, info: Info, input: Annotated[UpdateBillingRecordInput, described("The changes.")]
    ) -> UpdateBillingRecordPayload | None:
        return await info.context.write(UpdateBillingRecordPayload, service.update_billing_record, input)

    @strawberry.mutation(description="Remove a draft.", extensions=[requires(Permission.RECORD_DELETE_DRAFT)])
    async def delete_draft_billing_record(
        self, info: Info, input: Annotated[DeleteDraftBillingRecordInput, described("The draft.")]
    ) -> DeleteDraftBillingRecordPayload | None:
        return await info.context.write(DeleteDraftBillingRecordPayload, service.delete_draft_billing_record, input)

    @strawberry.mutation(
        description="Declare an issued record void, while nothing on it is paid, pending, credited or disputed. It "
        "keeps its "
        "number; the refusal names the payments or the dispute in the way.",
        extensions=[requires(Permission.RECORD_VOID)],
    )
    async def void_billing_record(
        self, info: Info, input: Annotated[VoidBillingRecordInput, described("The record and the reason.")]
    ) -> VoidBillingRecordPayload | None:
        return await info.context.write(VoidBillingRecordPayload, service.void_billing_record, input)
