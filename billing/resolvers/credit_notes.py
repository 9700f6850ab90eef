"""Root fields over credit notes."""

from typing import Annotated

import strawberry

from billing.db import credit_notes as statements
from billing.permissions.fields import requires
from billing.permissions.grants import Permission
from billing.schema.billing_records import CreditNote
from billing.schema.connections import After, Before, Connection, First, Last, list_page
from billing.schema.context import Info
from billing.schema.fields import described
from billing.schema.filters import CreditNoteFilter
from billing.schema.inputs import IssueCreditNoteInput
from billing.schema.orders import CreditNoteOrder
from billing.schema.payloads import IssueCreditNotePayload
from billing.services import credit_notes as service


@strawberry.type
class CreditNoteQuery:
    @strawberry.field(
        description="Credit notes that the viewer may see: for a coordinator, those their division is a side of."
    )
    async def credit_notes(
        self,
        info: Info,
        filter: Annotated[CreditNoteFilter | None, described("Which ones.")] = None,
        order_by: Annotated[
            CreditNoteOrder | None, described("In which order; the latest issued first when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CreditNote]:
        return await list_page(info, statements.LIST, filter, order_by, first, after, last, before)


@strawberry.type
class CreditNoteMutation:
    @strawberry.mutation(
        description="Take something off an issued record, as a whole or by its lines; never more than is outstanding "
        "and not pending.",
        extensions=[requires(Permission.RECORD_CREDIT)],
    )
    async def issue_credit_note(
        self, info: Info, input: Annotated[IssueCreditNoteInput, described("The record, how much, and why.")]
    ) -> IssueCreditNotePayload | None:
        return await info.context.write(IssueCreditNotePayload, service.issue_credit_note, input)
