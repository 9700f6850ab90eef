"""What can be refused, and with which code.

A service raises one of these; `schema/context.py` turns `Refused` into the `userErrors` of a payload and
leaves the others to become top-level errors with their code in `extensions.code`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ErrorCode(StrEnum):
    """Every code a caller can meet, in `userErrors` or in `errors[].extensions.code`."""

    # of a request
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    BAD_INPUT = "BAD_INPUT"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    INTERNAL = "INTERNAL"
    # of its HTTP
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    HEADERS_TOO_LARGE = "HEADERS_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    # of its document
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    DOCUMENT_TOO_DEEP = "DOCUMENT_TOO_DEEP"
    TOO_MANY_ALIASES = "TOO_MANY_ALIASES"
    TOO_MANY_DIRECTIVES = "TOO_MANY_DIRECTIVES"
    TOO_MANY_OPERATIONS = "TOO_MANY_OPERATIONS"
    COST_TOO_HIGH = "COST_TOO_HIGH"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    # of a mutation's input
    NOT_FOUND = "NOT_FOUND"
    INVALID_STATE = "INVALID_STATE"
    CONFLICT = "CONFLICT"
    BAD_AMOUNT = "BAD_AMOUNT"
    BAD_CURRENCY = "BAD_CURRENCY"
    BAD_DATES = "BAD_DATES"
    BAD_KEY = "BAD_KEY"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IN_PROGRESS = "IN_PROGRESS"
    SAME_DIVISION = "SAME_DIVISION"
    UNKNOWN_DIVISION = "UNKNOWN_DIVISION"
    UNKNOWN_CATALOG_ITEM = "UNKNOWN_CATALOG_ITEM"
    NO_PRICE = "NO_PRICE"
    WRONG_PROVIDER = "WRONG_PROVIDER"
    REASON_REQUIRED = "REASON_REQUIRED"
    OVERPAYMENT = "OVERPAYMENT"
    OVERCREDIT = "OVERCREDIT"
    AMOUNT_MISMATCH = "AMOUNT_MISMATCH"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    DIFFERENT_PARTIES = "DIFFERENT_PARTIES"
    DUPLICATE_REFERENCE = "DUPLICATE_REFERENCE"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    FOUR_EYES = "FOUR_EYES"
    LAST_SUPERADMIN = "LAST_SUPERADMIN"


FieldPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input: where (names as in the services, indices for lists), what, and its code."""

    code: ErrorCode
    message: str
    field: FieldPath = ()


class BillingError(Exception):
    """Anything the service refuses on purpose."""

    code: ErrorCode = ErrorCode.INTERNAL


@dataclass(frozen=True)
class Item:
    """What became of one item of a bulk change: the id of what it made or changed, or the faults it was refused for."""

    id: UUID | None = None
    faults: tuple[Fault, ...] = ()


class Refused(BillingError):
    """A change that was refused for one or several faults of its input; nothing was written.

    Where it was a change of many things, `items` says which of them had which faults.
    """

    def __init__(self, faults: Sequence[Fault], items: Sequence[Item] = ()) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = tuple(faults)
        self.items = tuple(items)
        self.code = self.faults[0].code


class Forbidden(BillingError):
    """The viewer sees the thing but has no right to do this with it."""

    code = ErrorCode.FORBIDDEN

    def __init__(self, message: str = "Your role does not allow this.") -> None:
        super().__init__(message)


class Unauthenticated(BillingError):
    """No valid token, or a token of someone who is not an active user."""

    code = ErrorCode.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("Send a valid token: Authorization: Bearer <token>.")


class BadInput(BillingError):
    """An argument of a query is outside what it may be: page size, cursor, filter, order."""

    code = ErrorCode.BAD_INPUT


class Unavailable(BillingError):
    """The database cannot be reached or does not answer in time; the same request may work later."""

    code = ErrorCode.SERVICE_UNAVAILABLE

    def __init__(
        self, message: str = "The service cannot answer just now. Try the same request again in a moment."
    ) -> None:
        super().__init__(message)


class Contended(Unavailable):
    """Others changed the same things at once, and this change was the one to give way; it can be run again whole."""


class Held(Unavailable):
    """Another transaction has what this one would begin with, and did not let it go in time."""


class TooSlow(Unavailable):
    """A statement ran into its time limit."""

    def __init__(self) -> None:
        super().__init__("This took too long. Narrow the filter, or use the order that the filter is documented with.")


class DeadlineExceeded(BillingError):
    """The operation took longer than a request may; what it was doing was stopped."""

    code = ErrorCode.DEADLINE_EXCEEDED

    def __init__(self) -> None:
        super().__init__(
            "This took longer than a request may. Ask for less; a change is told by sending it again with its key."
        )


class RateLimited(BillingError):
    """The user asked for more than their share; nothing was run."""

    code = ErrorCode.RATE_LIMITED

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"You asked for more than your share. Ask again in {retry_after_seconds} s, or for less.")
        self.retry_after_seconds = retry_after_seconds


class Faults:
    """Collects the faults of one input, so that a form's mistakes come back together."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, code: ErrorCode, message: str, *field: str | int) -> None:
        self.found.append(Fault(code, message, field))

    def refuse_if_any(self) -> None:
        if self.found:
            raise Refused(self.found)


def refuse(code: ErrorCode, message: str, *field: str | int) -> Refused:
    """The refusal for a single fault, to be raised."""
    return Refused([Fault(code, message, field)])


def not_found(noun: str, *field: str | int) -> Refused:
    """For what is missing and for what the viewer may not see alike; never repeats the id."""
    return refuse(ErrorCode.NOT_FOUND, f"No such {noun}.", *field)


def stale(current: int) -> Refused:
    """The version sent is not the current one: someone changed the thing meanwhile."""
    return refuse(ErrorCode.CONFLICT, f"This has been changed meanwhile; the current version is {current}.", "version")


def blocked(message: str, ids: Sequence[UUID], *field: str | int) -> Refused:
    """The state does not allow it because of other things; names at most ten of them."""
    named = ", ".join(str(id) for id in ids[:10]) + (f" and {len(ids) - 10} more" if len(ids) > 10 else "")
    return refuse(ErrorCode.INVALID_STATE, f"{message}: {named}.", *field)
