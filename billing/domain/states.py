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


class DisputeStatus(StrEnum):
    OPEN = "OPEN"
    REJECTED = "REJECTED"
    UPHELD = "UPHELD"
    WITHDRAWN = "WITHDRAWN"


class IntegrityCheckStatus(StrEnum):
    RUNNING = "RUNNING"
    PASSED = "PASSED"
    FAILED = "FAILED"
    ABORTED = "ABORTED"
