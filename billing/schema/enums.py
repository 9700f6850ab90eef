"""The enums of the graph: those of the domain with a description for each value, and the orders of the lists."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar

import strawberry

from billing.domain.errors import ErrorCode
from billing.domain.states import (
    AuditEventKind,
    DisputeStatus,
    HistoryEventKind,
    IntegrityCheckStatus,
    OnError,
    PaymentMethod,
    PaymentStatus,
    RecordStatus,
)
from billing.permissions.grants import Permission, Role

__all__ = [
    "AuditEventKind",
    "AuditEventOrderField",
    "BillingRecordOrderField",
    "CatalogItemOrderField",
    "CreditNoteOrderField",
    "DisputeOrderField",
    "DisputeResolution",
    "DisputeStatus",
    "DivisionOrderField",
    "ErrorCode",
    "HistoryEventKind",
    "IntegrityCheckStatus",
    "OnError",
    "OrderDirection",
    "PaymentMethod",
    "PaymentOrderField",
    "PaymentStatus",
    "Permission",
    "RecordStatus",
    "Role",
    "UserOrderField",
]

E = TypeVar("E", bound=Enum)


def _described(enum: type[E], description: str, values: Mapping[E, str], *, name: str | None = None) -> type[E]:
    """The enum as a GraphQL enum; every value must be described."""
    strawberry.enum(enum, name=name, description=description)
    definition: Any = enum.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[enum[value.name]]
    return enum


_described(
    RecordStatus,
    "The status of a billing record, computed at the moment of the query. Where several hold, the first of VOID, "
    "DRAFT, "
    "DISPUTED, PAID, OVERDUE, PENDING is shown.",
    {
        RecordStatus.DRAFT: "Not issued yet: without a number, can be changed and deleted.",
        RecordStatus.PENDING: "Issued, something is outstanding, and the due date has not passed.",
        RecordStatus.OVERDUE: "Issued, something is outstanding, and the due date lies before today in the "
        "organisation's time zone.",
        RecordStatus.DISPUTED: "The paying side says the charge is wrong, and that is not settled yet.",
        RecordStatus.PAID: "Nothing is outstanding.",
        RecordStatus.VOID: "Declared void before anything was paid; keeps its number.",
    },
    name="BillingRecordStatus",
)
_described(
    PaymentStatus,
    "The status of a payment record.",
    {
        PaymentStatus.PENDING: "Recorded by the paying side, not yet confirmed; does not reduce what is outstanding.",
        PaymentStatus.CONFIRMED: "The receiving side says that the money arrived.",
        PaymentStatus.REJECTED: "The receiving side says that the money did not arrive.",
        PaymentStatus.CANCELLED: "Taken back by the paying side while it was pending.",
        PaymentStatus.REVERSED: "Was confirmed, and undone by a counter-posting.",
    },
)
_described(
    PaymentMethod,
    "How money is moved.",
    {
        PaymentMethod.INTERNAL_TRANSFER: "A transfer between accounts of the organisation.",
        PaymentMethod.JOURNAL: "A journal entry in the general ledger.",
        PaymentMethod.BANK_TRANSFER: "A transfer through a bank.",
        PaymentMethod.CARD: "A payment by card.",
        PaymentMethod.OTHER: "Anything else; the note says what.",
    },
)
_described(
    DisputeStatus,
    "The status of a dispute.",
    {
        DisputeStatus.OPEN: "Not settled; no payment of the record can be recorded meanwhile.",
        DisputeStatus.REJECTED: "The charge stands; the record is due again.",
        DisputeStatus.UPHELD: "The paying side was right; what was open is credited.",
        DisputeStatus.WITHDRAWN: "Taken back by the paying side; the record is due again.",
    },
)
_described(
    IntegrityCheckStatus,
    "The status of an integrity check.",
    {
        IntegrityCheckStatus.RUNNING: "Still looking.",
        IntegrityCheckStatus.PASSED: "Every invariant holds.",
        IntegrityCheckStatus.FAILED: "Some invariant has faults.",
        IntegrityCheckStatus.ABORTED: "Did not come to its end: its time was over, or its process stopped.",
    },
)
_described(
    OnError,
    "What a change of many things does when some of them are refused.",
    {
        OnError.REJECT_ALL: "Nothing is changed; the results say which items were refused for what.",
        OnError.SKIP_FAILED: "The others are changed; the results say which items were not, and for what.",
    },
)
_described(
    HistoryEventKind,
    "What happened to a billing record.",
    {
        HistoryEventKind.CREATED: "It was created, as a draft or issued at once.",
        HistoryEventKind.ISSUED: "It was issued: from then on its lines are fixed.",
        HistoryEventKind.DUE_DATE_CHANGED: "It is due on another day.",
        HistoryEventKind.PAYMENT_RECORDED: "A payment of it was recorded.",
        HistoryEventKind.PAYMENT_CONFIRMED: "The receiving side said that a payment arrived.",
        HistoryEventKind.PAYMENT_REJECTED: "The receiving side said that a payment did not arrive.",
        HistoryEventKind.PAYMENT_CANCELLED: "The paying side took a payment back.",
        HistoryEventKind.PAYMENT_REVERSED: "A confirmed payment was undone.",
        HistoryEventKind.DISPUTE_OPENED: "The paying side said that the charge is wrong.",
        HistoryEventKind.DISPUTE_REJECTED: "The dispute was decided: the charge stands.",
        HistoryEventKind.DISPUTE_UPHELD: "The dispute was decided: a credit note takes something off.",
        HistoryEventKind.DISPUTE_WITHDRAWN: "The paying side took its dispute back.",
        HistoryEventKind.CREDITED: "A credit note took something off.",
        HistoryEventKind.VOIDED: "It was declared void.",
        HistoryEventKind.REPLACED: "Another record was made in its place.",
    },
)
_described(
    AuditEventKind,
    "What a row of the audit trail is about.",
    {
        AuditEventKind.CHANGE: "Something was changed.",
        AuditEventKind.REFUSAL: "Somebody had no right to do it; nothing was changed.",
    },
)
_described(
    Role,
    "What a user may do; the rights of each role are in the manual.",
    {
        Role.COORDINATOR: "Bills and pays for one division, and sees what that division is a side of.",
        Role.ANALYST: "Sees all, changes nothing.",
        Role.BILLING_ADMIN: "Sees all, and does all with records, payments and disputes for any division.",
        Role.ADMIN: "A billing admin who also keeps divisions, catalog, and users below admin.",
        Role.SUPERADMIN: "An admin who also keeps admins.",
    },
)
_described(
    Permission,
    "A right; on which rows the viewer has it depends on their role.",
    {
        Permission.BILLING_READ: "See billing records, payments and disputes.",
        Permission.RECORD_CREATE: "Create a billing record.",
        Permission.RECORD_ISSUE: "Issue a draft.",
        Permission.RECORD_EDIT: "Change a draft, a due date, the charging side's note and GL code.",
        Permission.RECORD_ANNOTATE: "Change the paying side's note and GL code.",
        Permission.RECORD_DELETE_DRAFT: "Delete a draft.",
        Permission.RECORD_VOID: "Declare a record void.",
        Permission.RECORD_CREDIT: "Issue a credit note.",
        Permission.PAYMENT_RECORD: "Record a payment.",
        Permission.PAYMENT_CANCEL: "Cancel a pending payment.",
        Permission.PAYMENT_CONFIRM: "Confirm a pending payment that someone else recorded.",
        Permission.PAYMENT_REJECT: "Reject a pending payment that someone else recorded.",
        Permission.PAYMENT_REVERSE: "Reverse a confirmed payment.",
        Permission.DISPUTE_OPEN: "Open a dispute.",
        Permission.DISPUTE_WITHDRAW: "Withdraw a dispute.",
        Permission.DISPUTE_RESOLVE: "Resolve a dispute.",
        Permission.CATALOG_READ: "See catalog, prices and divisions.",
        Permission.CATALOG_WRITE: "Change catalog and prices.",
        Permission.COST_PRICE_READ: "See what a catalog item costs its provider.",
        Permission.DIVISION_WRITE: "Change divisions.",
        Permission.AUDIT_READ: "Read the audit trail.",
        Permission.USER_READ: "See users with their roles.",
        Permission.USER_WRITE: "Add users, give roles, deactivate users.",
        Permission.INTEGRITY_READ: "See what the last integrity check found.",
        Permission.INTEGRITY_RUN: "Start an integrity check.",
        Permission.INTROSPECT: "Ask in production what the schema is; in development everybody may.",
    },
)
_described(
    ErrorCode,
    "Why something was refused. In `userErrors`, or in `errors[].extensions.code` of the answer.",
    {
        ErrorCode.UNAUTHENTICATED: "No valid token was sent.",
        ErrorCode.FORBIDDEN: "The role does not allow it, or not from the side the division is on.",
        ErrorCode.BAD_INPUT: "The request cannot be read, or an argument is outside its bounds: page size, cursor, "
        "filter, length of a text or list.",
        ErrorCode.SERVICE_UNAVAILABLE: "The database cannot be reached or took too long; the same request may work "
        "later.",
        ErrorCode.DEADLINE_EXCEEDED: "The operation took longer than it may, and was stopped; a change may have been "
        "made, which the same request with its idempotency key tells.",
        ErrorCode.RATE_LIMITED: "The user asked for more than their share; Retry-After says when to ask again.",
        ErrorCode.INTERNAL: "A mistake of ours; the correlation id in the extensions finds it in our logs.",
        ErrorCode.METHOD_NOT_ALLOWED: "The address does not answer this HTTP method, or not for this operation.",
        ErrorCode.NOT_ACCEPTABLE: "None of the media types that are accepted can be answered.",
        ErrorCode.REQUEST_TIMEOUT: "The request came too slowly.",
        ErrorCode.BODY_TOO_LARGE: "The body is longer than a request may be.",
        ErrorCode.HEADERS_TOO_LARGE: "A header line is too long, or there are too many.",
        ErrorCode.UNSUPPORTED_MEDIA_TYPE: "The body is not application/json, or it is compressed.",
        ErrorCode.GRAPHQL_PARSE_FAILED: "The document is not GraphQL.",
        ErrorCode.GRAPHQL_VALIDATION_FAILED: "The document, or a variable, does not fit the schema.",
        ErrorCode.DOCUMENT_TOO_LARGE: "The document has too many characters or tokens.",
        ErrorCode.DOCUMENT_TOO_DEEP: "The selections of the document are nested too deep.",
        ErrorCode.TOO_MANY_ALIASES: "The operation has too many aliases and repeated fields.",
        ErrorCode.TOO_MANY_DIRECTIVES: "The operation has too many directives.",
        ErrorCode.TOO_MANY_OPERATIONS: "The document has too many operations.",
        ErrorCode.COST_TOO_HIGH: "The operation can return too many nodes; ask for smaller pages.",
        ErrorCode.PERSISTED_QUERY_NOT_FOUND: "No document of this hash is known; send it once with the hash.",
        ErrorCode.DOCUMENT_NOT_TRUSTED: "Only listed documents run here, and this one is not.",
        ErrorCode.NOT_FOUND: "There is no such thing, or the viewer may not see it.",
        ErrorCode.INVALID_STATE: "The state does not allow it; the message names the state or what blocks it.",
        ErrorCode.CONFLICT: "The version sent is not the current one; the message names that.",
        ErrorCode.BAD_AMOUNT: "An amount is not above zero, has too many places, or is too large.",
        ErrorCode.BAD_CURRENCY: "No currency of ISO 4217.",
        ErrorCode.BAD_DATES: "Days are out of order, out of bounds or in the future.",
        ErrorCode.BAD_KEY: "The idempotency key is empty, too long or has control characters.",
        ErrorCode.IDEMPOTENCY_KEY_REUSED: "The idempotency key came before with another input.",
        ErrorCode.IN_PROGRESS: "A request with the same idempotency key is still running.",
        ErrorCode.SAME_DIVISION: "A division cannot charge itself.",
        ErrorCode.UNKNOWN_DIVISION: "There is no such active division.",
        ErrorCode.UNKNOWN_CATALOG_ITEM: "There is no such catalog item, or it is retired.",
        ErrorCode.NO_PRICE: "There is no price for the line.",
        ErrorCode.WRONG_PROVIDER: "The catalog item is provided by another division than the one that charges.",
        ErrorCode.REASON_REQUIRED: "A reason must be given.",
        ErrorCode.OVERPAYMENT: "More than what is outstanding and not pending.",
        ErrorCode.OVERCREDIT: "More is to be credited than is outstanding and not pending, or than the line has left.",
        ErrorCode.AMOUNT_MISMATCH: "The allocations do not add up to the amount.",
        ErrorCode.CURRENCY_MISMATCH: "The records of a payment are in different currencies.",
        ErrorCode.DIFFERENT_PARTIES: "The records of a payment are between different divisions, or the replaced "
        "record was charged by another one.",
        ErrorCode.DUPLICATE_REFERENCE: "A pending or confirmed payment between the two divisions has the reference.",
        ErrorCode.ALREADY_EXISTS: "Another one has this code, name, SKU or day.",
        ErrorCode.FOUR_EYES: "Whoever recorded a payment cannot confirm or reject it.",
        ErrorCode.LAST_SUPERADMIN: "The last active superadmin cannot be taken away.",
    },
)


@strawberry.enum(description="How a dispute is decided.")
class DisputeResolution(Enum):
    REJECTED = strawberry.enum_value("REJECTED", description="The charge stands; the record is due again.")
    UPHELD = strawberry.enum_value(
        "UPHELD", description="The paying side was right: a credit note takes off what is open, or the part named."
    )


@strawberry.enum(description="The direction of an order.")
class OrderDirection(Enum):
    ASC = strawberry.enum_value("ASC", description="The smallest, earliest or first of the alphabet first.")
    DESC = strawberry.enum_value("DESC", description="The largest, latest or last of the alphabet first.")


@strawberry.enum(description="What billing records are ordered by. Drafts have no number and no issue date yet.")
class BillingRecordOrderField(Enum):
    ISSUE_DATE = strawberry.enum_value("ISSUE_DATE", description="The day of issue; drafts come after all days.")
    DUE_DATE = strawberry.enum_value("DUE_DATE", description="The due date; drafts without one come after all days.")
    PERIOD_START = strawberry.enum_value("PERIOD_START", description="The first day of the billing period.")
    NUMBER = strawberry.enum_value("NUMBER", description="The number; drafts come before all numbers.")
    CREATED_AT = strawberry.enum_value("CREATED_AT", description="When the record was created. Not served by an index.")
    TOTAL = strawberry.enum_value("TOTAL", description="The total, across currencies. Not served by an index.")


@strawberry.enum(description="What payments are ordered by.")
class PaymentOrderField(Enum):
    PAID_ON = strawberry.enum_value("PAID_ON", description="The day the money was moved.")
    RECORDED_AT = strawberry.enum_value(
        "RECORDED_AT", description="When the payment was recorded. Not served by an index."
    )
    AMOUNT = strawberry.enum_value("AMOUNT", description="The amount, across currencies. Not served by an index.")


@strawberry.enum(description="What disputes are ordered by.")
class DisputeOrderField(Enum):
    OPENED_AT = strawberry.enum_value("OPENED_AT", description="When the dispute was opened.")


@strawberry.enum(description="What credit notes are ordered by.")
class CreditNoteOrderField(Enum):
    ISSUE_DATE = strawberry.enum_value("ISSUE_DATE", description="The day of issue.")


@strawberry.enum(description="What the audit trail is ordered by.")
class AuditEventOrderField(Enum):
    OCCURRED_AT = strawberry.enum_value("OCCURRED_AT", description="When it happened.")


@strawberry.enum(description="What divisions are ordered by.")
class DivisionOrderField(Enum):
    CODE = strawberry.enum_value("CODE", description="The code.")
    NAME = strawberry.enum_value("NAME", description="The name, in byte order.")
    CREATED_AT = strawberry.enum_value("CREATED_AT", description="When the division was created.")


@strawberry.enum(description="What catalog items are ordered by.")
class CatalogItemOrderField(Enum):
    SKU = strawberry.enum_value("SKU", description="The SKU.")
    NAME = strawberry.enum_value("NAME", description="The name, in byte order.")
    CATEGORY = strawberry.enum_value("CATEGORY", description="The category, in byte order.")
    CREATED_AT = strawberry.enum_value("CREATED_AT", description="When the item was created.")


@strawberry.enum(description="What users are ordered by.")
class UserOrderField(Enum):
    NAME = strawberry.enum_value("NAME", description="The name of the user's account.")
    CREATED_AT = strawberry.enum_value("CREATED_AT", description="When the user was added.")
