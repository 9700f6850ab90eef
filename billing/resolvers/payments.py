"""Root fields over payments."""

from typing import Annotated

import strawberry

from billing.db import payments as statements
from billing.permissions.fields import requires
from billing.permissions.grants import Permission
from billing.schema.billing_records import PaymentRecord
from billing.schema.connections import After, Before, Connection, First, Last, list_page
from billing.schema.context import Info
from billing.schema.fields import described
from billing.schema.filters import PaymentFilter
from billing.schema.inputs import (
    CancelPaymentInput,
    ConfirmBillingRecordPaymentInput,
    ConfirmPaymentInput,
    ConfirmPaymentsInput,
    RecordPaymentInput,
    RejectPaymentInput,
    ReversePaymentInput,
)
from billing.schema.orders import PaymentOrder
from billing.schema.payloads import (
    CancelPaymentPayload,
    ConfirmBillingRecordPaymentPayload,
    ConfirmPaymentPayload,
    ConfirmPaymentsPayload,
    RecordPaymentPayload,
    RejectPaymentPayload,
    ReversePaymentPayload,
)
from billing.schema.scalars import Id
from billing.services import payments as service


@strawberry.type
class PaymentQuery:
    @strawberry.field(description="One payment by its id; null where the viewer sees none.")
    async def payment(self, info: Info, id: Annotated[Id, described("The id.")]) -> PaymentRecord | None:
        return await info.context.one(info, PaymentRecord, "payments_by_id", id)

    @strawberry.field(
        description="Payments that the viewer may see: for a coordinator, those their division is a side of."
    )
    async def payments(
        self,
        info: Info,
        filter: Annotated[PaymentFilter | None, described("Which ones.")] = None,
        order_by: Annotated[
            PaymentOrder | None, described("In which order; the latest paid first when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PaymentRecord]:
        return await list_page(info, statements.LIST, filter, order_by, first, after, last, before)


@strawberry.type
class PaymentMutation:
    @strawberry.mutation(
        description="Record that money was moved towards one or more records. It is pending until the receiving side "
        "confirms it.",
        extensions=[requires(Permission.PAYMENT_RECORD)],
    )
    async def record_payment(
        self, info: Info, input: Annotated[RecordPaymentInput, described("The payment.")]
    ) -> RecordPaymentPayload | None:
        return await info.context.write(RecordPaymentPayload, service.record_payment, input)

    @strawberry.mutation(
        description="Confirm that the money of a payment arrived; never by whoever recorded it.",
        extensions=[requires(Permission.PAYMENT_CONFIRM)],
    )
    async def confirm_payment(
        self, info: Info, input: Annotated[ConfirmPaymentInput, described("The payment.")]
    ) -> ConfirmPaymentPayload | None:
        return await info.context.write(ConfirmPaymentPayload, service.confirm_payment, input)

    @strawberry.mutation(
        description="Confirm up to 100 payments at once, all or none of them, or those that can be; never by whoever "
        "recorded one of them.",
        extensions=[requires(Permission.PAYMENT_CONFIRM)],
    )
    async def confirm_payments(
        self, info: Info, input: Annotated[ConfirmPaymentsInput, described("The payments.")]
    ) -> ConfirmPaymentsPayload | None:
        return await info.context.write(ConfirmPaymentsPayload, service.confirm_payments, input)

    @strawberry.mutation(
        description="Undo a confirmed payment by a counter-posting; what it paid is due again.",
        extensions=[requires(Permission.PAYMENT_REVERSE)],
    )
    async def reverse_payment(
        self, info: Info, input: Annotated[ReversePaymentInput, described("The payment and the reason.")]
    ) -> ReversePaymentPayload | None:
        return await info.context.write(ReversePaymentPayload, service.reverse_payment, input)

    @strawberry.mutation(
        description="Confirm every pending payment that touches a record, all or none; never by whoever recorded one "
        "of them.",
        extensions=[requires(Permission.PAYMENT_CONFIRM)],
    )
    async def confirm_billing_record_payment(
        self, info: Info, input: Annotated[ConfirmBillingRecordPaymentInput, described("The record.")]
    ) -> ConfirmBillingRecordPaymentPayload | None:
        return await info.context.write(
            ConfirmBillingRecordPaymentPayload, service.confirm_billing_record_payment, input
        )

    @strawberry.mutation(
        description="Say that the money of a payment did not arrive; never by whoever recorded it.",
        extensions=[requires(Permission.PAYMENT_REJECT)],
    )
    async def reject_payment(
        self, info: Info, input: Annotated[RejectPaymentInput, described("The payment and the reason.")]
    ) -> RejectPaymentPayload | None:
        return await info.context.write(RejectPaymentPayload, service.reject_payment, input)

    @strawberry.mutation(
        description="Take back a pending payment that was recorded by mistake.",
        extensions=[requires(Permission.PAYMENT_CANCEL)],
    )
    async def cancel_payment(
        self, info: Info, input: Annotated[CancelPaymentInput, described("The payment.")]
    ) -> CancelPaymentPayload | None:
        return await info.context.write(CancelPaymentPayload, service.cancel_payment, input)
