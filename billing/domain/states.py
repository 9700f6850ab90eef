"""The states that records, payments, disputes and integrity checks can be in, and the ways to pay."""

from enum import StrEnum


class Lifecycle(StrEnum):
    DRAFT = "DRAFT"
    ISSUED = "ISSUED"
    VOID = "VOID"


class RecordStatus(StrEnum):
    """What a reader sees; computed from lifecycle, settlement, open dispute and due date."""

    DRAFT = "DRAFT"
    PENDING = "PENDING"
    OVERDUE = "OVERDUE"
    DISPUTED = "DISPUTED"
    PAID = "PAID"
    VOID = "VOID"


class PaymentStatus(StrEnum):
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    REVERSED = "REVERSED"


class PaymentMethod(StrEnum):
    INTERNAL_TRANSFER = "INTERNAL_TRANSFER"
    JOURNAL = "JOURNAL"
    BANK_TRANSFER = "BANK_TRANSFER"
    CARD = "CARD"
    OTHER = "OTHER"


class OnError(StrEnum):
    """What a bulk change does when one of its items is refused."""

    REJECT_ALL = "REJECT_ALL"
    SKIP_FAILED = "SKIP_FAILED"


class DisputeStatus(StrEnum):
    OPEN = "OPEN"
    REJECTED = "REJECTED"
    UPHELD = "UPHELD"
    WITHDRAWN = "WITHDRAWN"


class HistoryEventKind(StrEnum):
    """What happens to a billing record, as both sides may see it."""

    CREATED = "CREATED"
    ISSUED = "ISSUED"
    DUE_DATE_CHANGED = "DUE_DATE_CHANGED"
    PAYMENT_RECORDED = "PAYMENT_RECORDED"
    PAYMENT_CONFIRMED = "PAYMENT_CONFIRMED"
    PAYMENT_REJECTED = "PAYMENT_REJECTED"
    PAYMENT_CANCELLED = "PAYMENT_CANCELLED"
    PAYMENT_REVERSED = "PAYMENT_REVERSED"
    DISPUTE_OPENED = "DISPUTE_OPENED"
    DISPUTE_REJECTED = "DISPUTE_REJECTED"
    DISPUTE_UPHELD = "DISPUTE_UPHELD"
    DISPUTE_WITHDRAWN = "DISPUTE_WITHDRAWN"
    CREDITED = "CREDITED"
    VOIDED = "VOIDED"
    REPLACED = "REPLACED"


class AuditEventKind(StrEnum):
    """What a row of the audit trail is about."""

    CHANGE = "CHANGE"
    REFUSAL = "REFUSAL"


class IntegrityCheckStatus(StrEnum):
    RUNNING = "RUNNING"
    PASSED = "PASSED"
    FAILED = "FAILED"
    ABORTED = "ABORTED"
