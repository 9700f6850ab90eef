"""The inputs of mutations. What is null or left out is not given."""

from datetime import date

import strawberry

from billing.schema.enums import DisputeResolution, OnError, PaymentMethod, Role
from billing.schema.scalars import Id, Money, Quantity

_KEY = (
    "Chosen by the client, new for each change it means, the same when it repeats one. 1 to 255 characters. The same "
    "key and "
    "input answers what was done before; the same key with another input is refused."
)
_REPLACES = "The void record of the same charging division that this one is made in place of."
_ON_ERROR = "Whether one bad item refuses all, or is skipped."
_VERSION = "The version that the change is based on; a stale one is refused with CONFLICT."


def _key() -> str:
    return strawberry.field(description=_KEY)  # type: ignore[no-any-return]


def _version() -> int:
    return strawberry.field(description=_VERSION)  # type: ignore[no-any-return]


@strawberry.input(
    description="A line to charge: a catalog item and a quantity, or a free line with a price of its own."
)
class LineItemInput:
    quantity: Quantity = strawberry.field(description="How many units; zero and below are allowed.")
    catalog_item_id: Id | None = strawberry.field(
        default=None, description="What is charged; provided by the division that charges."
    )
    name: str | None = strawberry.field(
        default=None, description="The name on the line; the catalog item's when left out. A free line needs one."
    )
    description: str | None = strawberry.field(default=None, description="More about it, 2,000 characters at most.")
    unit: str | None = strawberry.field(
        default=None, description="What the quantity counts; the catalog item's when left out."
    )
    unit_price: Quantity | None = strawberry.field(
        default=None,
        description="The price of one unit; the catalog's on the first day of the period when left out. A free line "
        "needs one.",
    )
    price_override_reason: str | None = strawberry.field(
        default=None, description="Why the unit price differs from the catalog's; needed when it does."
    )


@strawberry.input(description="A billing record to be made.")
class NewBillingRecordInput:
    to_division_id: Id = strawberry.field(description="The division that is charged.")
    currency: str = strawberry.field(description="The currency by ISO 4217, e.g. USD.")
    period_start: date = strawberry.field(description="The first day of the billing period.")
    period_end: date = strawberry.field(description="The last day of the billing period; 366 days at most.")
    lines: list[LineItemInput] = strawberry.field(
        description="What is charged, 1 to 100 lines; together not below zero."
    )
    from_division_id: Id | None = strawberry.field(
        default=None, description="The division that charges; the own one when left out."
    )
    due_date: date | None = strawberry.field(
        default=None, description="The last day to pay; the issue date and the payment terms when left out."
    )
    from_note: str | None = strawberry.field(default=None, description="A note of the charging side for itself.")
    from_gl_code: str | None = strawberry.field(
        default=None, description="The charging side's account in the general ledger."
    )
    draft: bool = strawberry.field(default=False, description="Whether to keep it as a draft instead of issuing it.")
    replaces_id: Id | None = strawberry.field(default=None, description=_REPLACES)


@strawberry.input(description="What createBillingRecord takes.")
class CreateBillingRecordInput(NewBillingRecordInput):
    idempotency_key: str = _key()


@strawberry.input(description="What createBillingRecords takes.")
class CreateBillingRecordsInput:
    records: list[NewBillingRecordInput] = strawberry.field(description="The charges, 1 to 100.")
    on_error: OnError = strawberry.field(description=_ON_ERROR)
    idempotency_key: str = _key()


@strawberry.input(description="So much off one line of a record.")
class CreditNoteLineInput:
    line_item_id: Id = strawberry.field(description="The line.")
    amount: Money = strawberry.field(description="The amount, at most what earlier credit notes left of the line.")


@strawberry.input(
    description="What issueCreditNote takes: an amount, or lines; with neither, all that can be credited is."
)
class IssueCreditNoteInput:
    billing_record_id: Id = strawberry.field(description="The record, PENDING or OVERDUE.")
    reason: str = strawberry.field(description="Why; both sides see it.")
    idempotency_key: str = _key()
    amount: Money | None = strawberry.field(
        default=None, description="The amount, at most what is outstanding and not pending."
    )
    lines: list[CreditNoteLineInput] | None = strawberry.field(
        default=None, description="How much of which lines, 1 to 100, together at most the same."
    )


@strawberry.input(description="What updateBillingRecord takes; what is not given stays as it is.")
class UpdateBillingRecordInput:
    id: Id = strawberry.field(description="The record.")
    version: int = _version()
    due_date: date | None = strawberry.field(default=None, description="Another due date, not before the issue date.")
    from_note: str | None = strawberry.field(default=None, description='The charging side\'s note; "" takes it away.')
    from_gl_code: str | None = strawberry.field(
        default=None, description='The charging side\'s account in the general ledger; "" takes it away.'
    )
    to_note: str | None = strawberry.field(default=None, description='The paying side\'s note; "" takes it away.')
    to_gl_code: str | None = strawberry.field(
        default=None, description='The paying side\'s account in the general ledger; "" takes it away.'
    )
    to_division_id: Id | None = strawberry.field(
        default=None, description="Another division to charge; in a draft only."
    )
    currency: str | None = strawberry.field(default=None, description="Another currency; in a draft only.")
    period_start: date | None = strawberry.field(default=None, description="Another first day; in a draft only.")
    period_end: date | None = strawberry.field(default=None, description="Another last day; in a draft only.")
    lines: list[LineItemInput] | None = strawberry.field(
        default=None, description="All lines anew, in place of those that are there; in a draft only."
    )


@strawberry.input(description="What issueBillingRecord takes.")
class IssueBillingRecordInput:
    id: Id = strawberry.field(description="The draft.")
    idempotency_key: str = _key()


@strawberry.input(description="What deleteDraftBillingRecord takes.")
class DeleteDraftBillingRecordInput:
    id: Id = strawberry.field(description="The draft.")
    idempotency_key: str = _key()


@strawberry.input(description="What voidBillingRecord takes.")
class VoidBillingRecordInput:
    id: Id = strawberry.field(description="The record, on which nothing may be paid, pending or credited.")
    reason: str = strawberry.field(description="Why it is void; both sides see it.")
    idempotency_key: str = _key()


@strawberry.input(description="So much of a payment for one record.")
class AllocationInput:
    billing_record_id: Id = strawberry.field(description="The record.")
    amount: Money = strawberry.field(description="The amount, at most what is outstanding and not pending.")


@strawberry.input(description="What recordPayment takes.")
class RecordPaymentInput:
    amount: Money = strawberry.field(description="The amount that was moved: the sum of the allocations.")
    method: PaymentMethod = strawberry.field(description="How it was moved.")
    reference: str = strawberry.field(
        description="What the payer calls it, 1 to 64 characters; unique per payer, payee and method while it stands."
    )
    allocations: list[AllocationInput] = strawberry.field(
        description="The records it pays, 1 to 100, all between the same divisions and in one currency."
    )
    idempotency_key: str = _key()
    paid_on: date | None = strawberry.field(
        default=None,
        description="The day it was moved: not before a record's issue, not after today; today when left out.",
    )
    note: str | None = strawberry.field(default=None, description="Anything to add; both sides see it.")


@strawberry.input(description="What confirmPayment takes.")
class ConfirmPaymentInput:
    id: Id = strawberry.field(description="The pending payment.")
    idempotency_key: str = _key()


@strawberry.input(description="What confirmPayments takes.")
class ConfirmPaymentsInput:
    ids: list[Id] = strawberry.field(description="The pending payments, 1 to 100, each once.")
    on_error: OnError = strawberry.field(description=_ON_ERROR)
    idempotency_key: str = _key()


@strawberry.input(description="What reversePayment takes.")
class ReversePaymentInput:
    id: Id = strawberry.field(description="The confirmed payment.")
    reason: str = strawberry.field(description="Why it is reversed; both sides see it.")
    idempotency_key: str = _key()


@strawberry.input(description="What confirmBillingRecordPayment takes.")
class ConfirmBillingRecordPaymentInput:
    billing_record_id: Id = strawberry.field(description="The record whose pending payments are confirmed.")
    idempotency_key: str = _key()


@strawberry.input(description="What rejectPayment takes.")
class RejectPaymentInput:
    id: Id = strawberry.field(description="The pending payment.")
    reason: str = strawberry.field(description="Why it is rejected; both sides see it.")
    idempotency_key: str = _key()


@strawberry.input(description="What cancelPayment takes.")
class CancelPaymentInput:
    id: Id = strawberry.field(description="The pending payment.")
    idempotency_key: str = _key()
    reason: str | None = strawberry.field(default=None, description="Why it is cancelled; both sides see it.")


@strawberry.input(description="What openDispute takes.")
class OpenDisputeInput:
    billing_record_id: Id = strawberry.field(description="The record, on which something is outstanding.")
    reason: str = strawberry.field(description="What is wrong with the charge; both sides see it.")
    idempotency_key: str = _key()


@strawberry.input(description="What withdrawDispute takes.")
class WithdrawDisputeInput:
    id: Id = strawberry.field(description="The open dispute.")
    idempotency_key: str = _key()
    note: str | None = strawberry.field(default=None, description="Why it is taken back; both sides see it.")


@strawberry.input(description="What resolveDispute takes.")
class ResolveDisputeInput:
    id: Id = strawberry.field(description="The open dispute.")
    resolution: DisputeResolution = strawberry.field(description="The decision.")
    note: str = strawberry.field(description="The decision in words; both sides see it.")
    idempotency_key: str = _key()
    credit_amount: Money | None = strawberry.field(
        default=None,
        description="With UPHELD, what is credited, at most what is outstanding and not pending; all of that when "
        "neither this nor creditLines is given.",
    )
    credit_lines: list[CreditNoteLineInput] | None = strawberry.field(
        default=None, description="With UPHELD, how much of which lines is credited, instead of an amount."
    )


@strawberry.input(description="What runIntegrityCheck takes.")
class RunIntegrityCheckInput:
    idempotency_key: str = _key()


@strawberry.input(description="What createDivision takes.")
class CreateDivisionInput:
    code: str = strawberry.field(description="A short code, at most 24 of A-Z, 0-9 and single dashes; never changes.")
    name: str = strawberry.field(description="The name, unique.")
    idempotency_key: str = _key()
    parent_id: Id | None = strawberry.field(default=None, description="The division directly above.")
    cost_centre: str | None = strawberry.field(default=None, description="The cost centre its charges are booked on.")
    gl_code: str | None = strawberry.field(default=None, description="Its account in the general ledger.")


@strawberry.input(description="What updateDivision takes; what is not given stays as it is.")
class UpdateDivisionInput:
    id: Id = strawberry.field(description="The division.")
    version: int = _version()
    name: str | None = strawberry.field(default=None, description="Another name.")
    parent_id: Id | None = strawberry.field(default=None, description="Another division directly above.")
    to_root: bool = strawberry.field(default=False, description="Whether to put it at the top of the tree.")
    cost_centre: str | None = strawberry.field(default=None, description='Another cost centre; "" takes it away.')
    gl_code: str | None = strawberry.field(
        default=None, description='Another account in the general ledger; "" takes it away.'
    )


@strawberry.input(description="What deactivateDivision takes.")
class DeactivateDivisionInput:
    id: Id = strawberry.field(description="The division; those below it are deactivated before it.")
    version: int = _version()


@strawberry.input(description="What createCatalogItem takes.")
class CreateCatalogItemInput:
    sku: str = strawberry.field(description="The stock keeping unit, unique, 64 characters at most.")
    name: str = strawberry.field(description="The name.")
    category: str = strawberry.field(description="The kind of service.")
    unit: str = strawberry.field(description="What a quantity counts, e.g. month.")
    provider_division_id: Id = strawberry.field(description="The division that provides and charges it.")
    idempotency_key: str = _key()
    description: str | None = strawberry.field(default=None, description="What it is.")


@strawberry.input(description="What updateCatalogItem takes; what is not given stays as it is.")
class UpdateCatalogItemInput:
    id: Id = strawberry.field(description="The catalog item.")
    version: int = _version()
    name: str | None = strawberry.field(default=None, description="Another name.")
    description: str | None = strawberry.field(default=None, description='Another description; "" takes it away.')
    category: str | None = strawberry.field(default=None, description="Another kind of service.")
    unit: str | None = strawberry.field(default=None, description="Another unit.")


@strawberry.input(description="What retireCatalogItem takes.")
class RetireCatalogItemInput:
    id: Id = strawberry.field(description="The catalog item.")
    version: int = _version()


@strawberry.input(description="What setCatalogPrice takes.")
class SetCatalogPriceInput:
    catalog_item_id: Id = strawberry.field(description="The catalog item.")
    currency: str = strawberry.field(description="The currency by ISO 4217, e.g. USD.")
    valid_from: date = strawberry.field(description="The first day of the price; a price once set for a day stays.")
    unit_price: Quantity = strawberry.field(description="What one unit is charged with, not below zero.")
    idempotency_key: str = _key()
    cost_price: Quantity | None = strawberry.field(default=None, description="What one unit costs the provider.")


@strawberry.input(description="What addUser takes.")
class AddUserInput:
    name: str = strawberry.field(description="The name of the account: what the person's token says in `sub`.")
    display_name: str = strawberry.field(description="The person's name.")
    role: Role = strawberry.field(description="The role; admins give those below admin.")
    idempotency_key: str = _key()
    division_id: Id | None = strawberry.field(default=None, description="The division; a coordinator needs one.")


@strawberry.input(description="What assignRole takes.")
class AssignRoleInput:
    id: Id = strawberry.field(description="The user.")
    version: int = _version()
    role: Role = strawberry.field(description="The role from now on.")
    division_id: Id | None = strawberry.field(default=None, description="The division from now on; none when left out.")


@strawberry.input(description="What deactivateUser takes.")
class DeactivateUserInput:
    id: Id = strawberry.field(description="The user.")
    version: int = _version()
