"""What is refused, as REST says it: a status for each code, and a body of code, field and message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from billing.domain.errors import BillingError, ErrorCode, Fault, Refused
from billing.web import answers

_log = structlog.get_logger(__name__)

STATUS: Mapping[ErrorCode, int] = {
    **answers.STATUS,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.BAD_INPUT: 400,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.INVALID_STATE: 409,
    ErrorCode.CONFLICT: 409,
    ErrorCode.BAD_AMOUNT: 422,
    ErrorCode.BAD_CURRENCY: 422,
    ErrorCode.BAD_DATES: 422,
    ErrorCode.BAD_KEY: 400,
    ErrorCode.IDEMPOTENCY_KEY_REUSED: 409,
    ErrorCode.IN_PROGRESS: 409,
    ErrorCode.SAME_DIVISION: 422,
    ErrorCode.UNKNOWN_DIVISION: 422,
    ErrorCode.UNKNOWN_CATALOG_ITEM: 422,
    ErrorCode.NO_PRICE: 422,
    ErrorCode.WRONG_PROVIDER: 422,
    ErrorCode.REASON_REQUIRED: 422,
    ErrorCode.OVERPAYMENT: 422,
    ErrorCode.OVERCREDIT: 422,
    ErrorCode.AMOUNT_MISMATCH: 422,
    ErrorCode.CURRENCY_MISMATCH: 422,
    ErrorCode.DIFFERENT_PARTIES: 422,
    ErrorCode.DUPLICATE_REFERENCE: 409,
    ErrorCode.ALREADY_EXISTS: 409,
    ErrorCode.FOUR_EYES: 403,
    ErrorCode.LAST_SUPERADMIN: 409,
}
"""The one table of codes and statuses. The first error of an answer decides its status."""

FAULT_STATUS = {**STATUS, ErrorCode.BAD_INPUT: 422}
"""The same for what could be read and is wrong: a text too long, a list of no or too many items."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where in the request, what, and its code."""

    code: ErrorCode
    message: str
    field: str | None = None


@dataclass(frozen=True)
class Answer:
    """What goes back: a status, a body, headers of its own."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(problems: Sequence[Problem], correlation_id: str, status: int) -> Answer:
    """The answer that says so; with Retry-After where the same request may work in a moment."""
    body = {
        "errors": [{"code": it.code, "field": it.field, "message": it.message} for it in problems],
        "correlationId": correlation_id,
    }
    codes = {problem.code for problem in problems}
    headers: Mapping[str, str] = {}
    if ErrorCode.UNAUTHENTICATED in codes:
        headers = answers.CHALLENGE
    elif codes & {ErrorCode.SERVICE_UNAVAILABLE, ErrorCode.IN_PROGRESS}:
        headers = answers.RETRY_AFTER
    return Answer(status, body, headers)


def of_request(refused: BillingError, correlation_id: str) -> Answer:
    """The refusal of a request that could not be read, or whose sender is not known."""
    faults = refused.faults if isinstance(refused, Refused) else (Fault(refused.code, str(refused)),)
    problems = [Problem(fault.code, fault.message, dotted(fault.field)) for fault in faults]
    answer = refusal(problems, correlation_id, STATUS[problems[0].code])
    return replace(answer, headers={**answer.headers, **answers.headers_of(refused)})


def of_errors(errors: Sequence[Mapping[str, Any]], correlation_id: str) -> Answer:
    """The refusal for the top-level errors of an operation."""
    problems = [_problem(error, correlation_id) for error in errors]
    return refusal(problems, correlation_id, STATUS[problems[0].code])


def of_user_errors(errors: Sequence[Mapping[str, Any]], names: Mapping[str, str], correlation_id: str) -> Answer:
    """The refusal for the userErrors of a mutation; `names` says what of its input is called otherwise in REST."""
    problems = []
    for error in errors:
        field = [names.get(part, part) for part in error["field"] or []]
        problems.append(Problem(ErrorCode(error["code"]), error["message"], dotted(field)))
    return refusal(problems, correlation_id, FAULT_STATUS[problems[0].code])


def dotted(field: Sequence[str | int]) -> str | None:
    """`lines.0.quantity`; None for the whole."""
    return ".".join(str(part) for part in field) or None


def _problem(error: Mapping[str, Any], correlation_id: str) -> Problem:
    code = error["extensions"]["code"]
    if code in STATUS:
        return Problem(ErrorCode(code), error["message"])
    _log.error("stored operation refused", correlation_id=correlation_id, code=code, message=error["message"])
    return Problem(ErrorCode.INTERNAL, answers.INTERNAL)
