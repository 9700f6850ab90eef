"""Filters: one comparator input per kind of value, one filter input per list, bounded in depth and size."""

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, TypeVar

import strawberry

from billing.domain.conditions import AllOf, AnyOf, Compare, Condition, Not
from billing.domain.errors import BadInput
from billing.schema.enums import AuditEventKind, DisputeStatus, PaymentMethod, PaymentStatus, RecordStatus, Role
from billing.schema.scalars import Id, Money

DEPTH_MAX = 5
COMPARISONS_MAX = 30
VALUES_MAX = 100
TEXT_LENGTH_MAX = 255

T = TypeVar("T")

_EQ, _IN = "Equal to this.", "Equal to one of these, 100 at most."
_GT, _GTE, _LT, _LTE = "After or above this.", "From this on.", "Before or below this.", "Up to this."


def _comparator(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.input(description="Compares ids.")
class IdFilter:
    eq: Id | None = _comparator(_EQ)
    in_: list[Id] | None = strawberry.field(name="in", default=None, description=_IN)


@strawberry.input(description="Compares texts literally, in byte order.")
class TextFilter:
    eq: str | None = _comparator(_EQ)
    in_: list[str] | None = strawberry.field(name="in", default=None, description=_IN)
    starts_with: str | None = _comparator("Starts with this; no character of it is special.")


@strawberry.input(description="Compares days.")
class DateFilter:
    eq: date | None = _comparator(_EQ)
    gt: date | None = _comparator(_GT)
    gte: date | None = _comparator(_GTE)
    lt: date | None = _comparator(_LT)
    lte: date | None = _comparator(_LTE)


@strawberry.input(description="Compares moments.")
class DateTimeFilter:
    gt: datetime | None = _comparator(_GT)
    gte: datetime | None = _comparator(_GTE)
    lt: datetime | None = _comparator(_LT)
    lte: datetime | None = _comparator(_LTE)


@strawberry.input(description="Compares amounts as numbers, whatever their currency.")
class MoneyFilter:
    eq: Money | None = _comparator(_EQ)
    gt: Money | None = _comparator(_GT)
    gte: Money | None = _comparator(_GTE)
    lt: Money | None = _comparator(_LT)
    lte: Money | None = _comparator(_LTE)


@strawberry.input(description="Compares yes or no.")
class BooleanFilter:
    eq: bool | None = _comparator(_EQ)


@strawberry.input(description="Compares a value of an enum.")
class EnumFilter(Generic[T]):
    eq: T | None = _comparator(_EQ)
    in_: list[T] | None = strawberry.field(name="in", default=None, description=_IN)


class Filter:
    """A filter of a list: its fields must all hold; `and`, `or`, `not` combine further filters of the same kind."""

    def condition(self) -> Condition:
        """The filter as a tree; BAD_INPUT when it is too deep, too wide, or compares with too much."""
        return _Reading().filter(self, depth=1)


class _Reading:
    """Reads one filter and counts its comparisons."""

    def __init__(self) -> None:
        self.comparisons = 0

    def filter(self, given: Filter, depth: int) -> Condition:
        if depth > DEPTH_MAX:
            raise BadInput(f"A filter is nested at most {DEPTH_MAX} deep.")
        parts: list[Condition] = []
        for field in fields(given):  # type: ignore[arg-type]
            value = getattr(given, field.name)
            if value is None:
                continue
            match field.name:
                case "and_":
                    parts.append(AllOf(self._nested(value, depth)))
                case "or_":
                    parts.append(AnyOf(self._nested(value, depth)))
                case "not_":
                    parts.append(Not(self.filter(value, depth + 1)))
                case name:
                    parts.extend(self._comparisons(name, value))
        return AllOf(tuple(parts))

    def _nested(self, given: list[Filter], depth: int) -> tuple[Condition, ...]:
        if not 1 <= len(given) <= COMPARISONS_MAX:
            raise BadInput(f"and, or take 1 to {COMPARISONS_MAX} filters.")
        return tuple(self.filter(part, depth + 1) for part in given)

    def _comparisons(self, name: str, comparator: Any) -> list[Condition]:
        found: list[Condition] = []
        for field in fields(comparator):
            value = getattr(comparator, field.name)
            if value is None:
                continue
            self.comparisons += 1
            if self.comparisons > COMPARISONS_MAX:
                raise BadInput(f"A filter has at most {COMPARISONS_MAX} comparisons.")
            found.append(Compare(name, field.name.rstrip("_"), self._value(value)))
        return found

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            if not 1 <= len(value) <= VALUES_MAX:
                raise BadInput(f"in takes 1 to {VALUES_MAX} values.")
            return tuple(self._value(part) for part in value)
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, str):
            if len(value) > TEXT_LENGTH_MAX or "\0" in value or (not value.isprintable() and _surrogate(value)):
                raise BadInput(f"A text to compare with has at most {TEXT_LENGTH_MAX} characters, none of them NUL.")
            return value
        if isinstance(value, Decimal) and abs(value) > 10**15:
            raise BadInput("An amount to compare with is below 10^15.")
        return value


def _surrogate(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _field(description: str) -> Any:
    return strawberry.field(default=None, description=description)


def _combined(name: str, description: str) -> Any:
    return strawberry.field(name=name, default=None, description=description)


_AND, _OR, _NOT = "All of these hold too.", "At least one of these holds.", "This does not hold."


@strawberry.input(
    description="Which billing records. All that is given must hold. Served from an index, in this order: "
    "unfiltered, status "
    "DRAFT, DISPUTED, PAID, VOID, a division and issueDate by ISSUE_DATE; status PENDING, OVERDUE and dueDate by "
    "DUE_DATE; "
    "periodStart by PERIOD_START; number by NUMBER. Without orderBy the list comes in that order."
)
class BillingRecordFilter(Filter):
    id: IdFilter | None = _field("By id.")
    number: TextFilter | None = _field("By number, e.g. all that start with IT-2026-.")
    status: EnumFilter[RecordStatus] | None = _field("By status at this moment.")
    division_id: IdFilter | None = _field("By the division on either side; for a coordinator, the counterpart.")
    from_division_id: IdFilter | None = _field("By the division that charges.")
    to_division_id: IdFilter | None = _field("By the division that pays.")
    currency: TextFilter | None = _field("By currency.")
    period_start: DateFilter | None = _field("By the first day of the billing period.")
    period_end: DateFilter | None = _field("By the last day of the billing period.")
    issue_date: DateFilter | None = _field("By the day of issue; a draft has none and never matches.")
    due_date: DateFilter | None = _field("By the due date; a draft without one never matches.")
    total: MoneyFilter | None = _field("By total.")
    created_at: DateTimeFilter | None = _field("By the moment of creation.")
    and_: list["BillingRecordFilter"] | None = _combined("and", _AND)
    or_: list["BillingRecordFilter"] | None = _combined("or", _OR)
    not_: "BillingRecordFilter | None" = _combined("not", _NOT)


@strawberry.input(
    description="Which payments. All that is given must hold. Unfiltered, by status, by a division and by paidOn the "
    "list is "
    "served from an index in the order PAID_ON, which it has without orderBy."
)
class PaymentFilter(Filter):
    id: IdFilter | None = _field("By id.")
    status: EnumFilter[PaymentStatus] | None = _field("By status.")
    division_id: IdFilter | None = _field("By the division on either side; for a coordinator, the counterpart.")
    from_division_id: IdFilter | None = _field("By the division that receives the money.")
    to_division_id: IdFilter | None = _field("By the division that pays.")
    currency: TextFilter | None = _field("By currency.")
    method: EnumFilter[PaymentMethod] | None = _field("By the way the money was moved.")
    reference: TextFilter | None = _field("By reference.")
    paid_on: DateFilter | None = _field("By the day the money was moved.")
    amount: MoneyFilter | None = _field("By amount.")
    recorded_at: DateTimeFilter | None = _field("By the moment of recording.")
    and_: list["PaymentFilter"] | None = _combined("and", _AND)
    or_: list["PaymentFilter"] | None = _combined("or", _OR)
    not_: "PaymentFilter | None" = _combined("not", _NOT)


@strawberry.input(
    description="Which disputes. All that is given must hold. Unfiltered, by status, by a division and by openedAt "
    "the list is "
    "served from an index in the order OPENED_AT, which it has without orderBy."
)
class DisputeFilter(Filter):
    id: IdFilter | None = _field("By id.")
    status: EnumFilter[DisputeStatus] | None = _field("By status.")
    division_id: IdFilter | None = _field("By the division on either side; for a coordinator, the counterpart.")
    from_division_id: IdFilter | None = _field("By the division that charges.")
    to_division_id: IdFilter | None = _field("By the division that pays.")
    billing_record_id: IdFilter | None = _field("By the record.")
    opened_at: DateTimeFilter | None = _field("By the moment of opening.")
    and_: list["DisputeFilter"] | None = _combined("and", _AND)
    or_: list["DisputeFilter"] | None = _combined("or", _OR)
    not_: "DisputeFilter | None" = _combined("not", _NOT)


@strawberry.input(
    description="Which divisions. All that is given must hold. Without orderBy by CODE, with a filter on name by NAME."
)
class DivisionFilter(Filter):
    id: IdFilter | None = _field("By id.")
    code: TextFilter | None = _field("By code.")
    name: TextFilter | None = _field("By name.")
    parent_id: IdFilter | None = _field("By the division directly above.")
    active: BooleanFilter | None = _field("By whether it is active.")
    and_: list["DivisionFilter"] | None = _combined("and", _AND)
    or_: list["DivisionFilter"] | None = _combined("or", _OR)
    not_: "DivisionFilter | None" = _combined("not", _NOT)


@strawberry.input(
    description="Which catalog items. All that is given must hold. Without orderBy by SKU, with a filter on name or "
    "category by "
    "that."
)
class CatalogItemFilter(Filter):
    id: IdFilter | None = _field("By id.")
    sku: TextFilter | None = _field("By SKU.")
    name: TextFilter | None = _field("By name.")
    category: TextFilter | None = _field("By category.")
    provider_division_id: IdFilter | None = _field("By the division that provides it.")
    active: BooleanFilter | None = _field("By whether it can be charged; retired ones cannot.")
    and_: list["CatalogItemFilter"] | None = _combined("and", _AND)
    or_: list["CatalogItemFilter"] | None = _combined("or", _OR)
    not_: "CatalogItemFilter | None" = _combined("not", _NOT)


@strawberry.input(description="Which users. All that is given must hold.")
class UserFilter(Filter):
    id: IdFilter | None = _field("By id.")
    name: TextFilter | None = _field("By the name of the account.")
    role: EnumFilter[Role] | None = _field("By role.")
    division_id: IdFilter | None = _field("By division.")
    active: BooleanFilter | None = _field("By whether the user may come in.")
    and_: list["UserFilter"] | None = _combined("and", _AND)
    or_: list["UserFilter"] | None = _combined("or", _OR)
    not_: "UserFilter | None" = _combined("not", _NOT)


@strawberry.input(
    description="Which credit notes. All that is given must hold. Unfiltered, by a division and by issueDate the list "
    "is served from an index in the order ISSUE_DATE, which it has without orderBy."
)
class CreditNoteFilter(Filter):
    id: IdFilter | None = _field("By id.")
    number: TextFilter | None = _field("By number, e.g. all that start with IT-2026-CN.")
    division_id: IdFilter | None = _field("By the division on either side; for a coordinator, the counterpart.")
    from_division_id: IdFilter | None = _field("By the division that charged, and credits.")
    to_division_id: IdFilter | None = _field("By the division that was charged.")
    billing_record_id: IdFilter | None = _field("By the record.")
    currency: TextFilter | None = _field("By currency.")
    issue_date: DateFilter | None = _field("By the day of issue.")
    and_: list["CreditNoteFilter"] | None = _combined("and", _AND)
    or_: list["CreditNoteFilter"] | None = _combined("or", _OR)
    not_: "CreditNoteFilter | None" = _combined("not", _NOT)


@strawberry.input(
    description="Which rows of the audit trail. All that is given must hold. Unfiltered, by actorId and by occurredAt "
    "the list is served from an index in the order OCCURRED_AT, which it has without orderBy; objectId has its own."
)
class AuditEventFilter(Filter):
    id: IdFilter | None = _field("By id.")
    kind: EnumFilter[AuditEventKind] | None = _field("Changes, or refusals.")
    operation: TextFilter | None = _field("By the mutation or command, e.g. record_payment.")
    actor_id: IdFilter | None = _field("By who did it, or was refused.")
    object_id: IdFilter | None = _field("By anything that was changed: a record, a payment, a user …")
    request_id: TextFilter | None = _field("By the correlation id of the request.")
    occurred_at: DateTimeFilter | None = _field("By the moment.")
    and_: list["AuditEventFilter"] | None = _combined("and", _AND)
    or_: list["AuditEventFilter"] | None = _combined("or", _OR)
    not_: "AuditEventFilter | None" = _combined("not", _NOT)
