"""The demo's billing records: month by month what each division used of each provider's services."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.demo.catalog import Catalog
from billing.demo.draws import Draws, first_of_month
from billing.demo.lines import Usage, lines_of
from billing.demo.offers import groups
from billing.demo.people import DIVISIONS, Division, People
from billing.domain.money import exact_sum, to_currency_places
from billing.domain.numbering import record_number
from billing.domain.periods import due_date
from billing.domain.states import Lifecycle

_CHANCE_OF_DRAFT = 0.3
_CHANCE_OF_VOID = 0.015
_VOID_REASONS = (
    "Issued twice by mistake.",
    "The quantities were those of another month.",
    "Charged before the month was closed.",
)


@dataclass
class DemoRecord:
    """A billing record while its history is made up; `lines` are rows but for what they share with the record."""

    id: UUID
    provider: Division
    consumer: Division
    currency: str
    period_start: date
    created_at: datetime
    lines: list[dict[str, Any]]
    issue_date: date = date.max
    due_date: date = date.max
    lifecycle: Lifecycle = Lifecycle.DRAFT
    number: str = ""
    disputed: bool = False
    voided_at: datetime | None = None
    void_reason: str = ""
    version: int = 1
    total: Decimal = field(init=False)
    confirmed: Decimal = field(init=False)
    pending: Decimal = field(init=False)

    def __post_init__(self) -> None:
        self.total = to_currency_places(exact_sum(line["amount"] for line in self.lines), self.currency)
        self.confirmed = self.pending = self.nothing

    @property
    def nothing(self) -> Decimal:
        return to_currency_places(Decimal(0), self.currency)

    @property
    def period_end(self) -> date:
        return first_of_month(self.period_start, 1) - timedelta(days=1)


def records(draws: Draws, known: Catalog, months: Sequence[date], payment_terms_days: int) -> list[DemoRecord]:
    """One per provider, category of its services, consumer and month, in time order and with their numbers."""
    usages = [
        Usage(draws, known, offers, consumer)
        for (provider, _), offers in groups().items()
        for consumer in DIVISIONS
        if consumer.code != provider
    ]
    made = [
        record
        for usage in usages
        for months_before, month in enumerate(months)
        for record in _records_of(draws, usage, month, months_before, payment_terms_days)
    ]
    made.sort(key=lambda record: record.created_at)
    _number(made)
    return made


def _records_of(
    draws: Draws, usage: Usage, month: date, months_before: int, payment_terms_days: int
) -> Iterator[DemoRecord]:
    """The month's record, issued early in the next one; as long as that is to come there is a draft at most."""
    lines = lines_of(usage, month, months_before)
    day = draws.working_day(first_of_month(month, 1), 0, 5)
    if not lines:
        return
    if draws.is_past(day):
        issued = _issued(_record(draws, usage, month, day, lines), day, payment_terms_days)
        yield issued
        if draws.chance(_CHANCE_OF_VOID):
            yield from _void_twin(draws, issued)
    elif month < first_of_month(draws.today) or draws.chance(_CHANCE_OF_DRAFT):
        yield _record(draws, usage, month, draws.today - timedelta(days=draws.random.randint(1, 6)), lines)


def _record(draws: Draws, usage: Usage, month: date, day: date, lines: list[dict[str, Any]]) -> DemoRecord:
    created_at = draws.at_work(day)
    return DemoRecord(draws.id_at(created_at), usage.provider, usage.consumer, usage.currency, month, created_at, lines)


def _issued(record: DemoRecord, day: date, payment_terms_days: int) -> DemoRecord:
    return replace(record, lifecycle=Lifecycle.ISSUED, issue_date=day, due_date=due_date(day, payment_terms_days))


def _void_twin(draws: Draws, record: DemoRecord) -> Iterator[DemoRecord]:
    """The same once more on the same day, and void some days later."""
    day = draws.working_day(record.issue_date, 1, 5)
    if draws.is_past(day):
        created_at = draws.at_work(record.issue_date)
        yield replace(
            record,
            id=draws.id_at(created_at),
            created_at=created_at,
            lifecycle=Lifecycle.VOID,
            voided_at=draws.at_work(day),
            void_reason=draws.one_of(_VOID_REASONS),
            version=2,
        )


def _number(in_time_order: Sequence[DemoRecord]) -> None:
    """Gapless by provider and year of issue."""
    last: Counter[tuple[str, int]] = Counter()
    for record in in_time_order:
        if record.lifecycle is not Lifecycle.DRAFT:
            series = record.provider.code, record.issue_date.year
            last[series] += 1
            record.number = record_number(*series, last[series])


def counter_rows(here: People, made: Sequence[DemoRecord]) -> list[dict[str, Any]]:
    """Where the service goes on to number."""
    last = Counter((record.provider.code, record.issue_date.year) for record in made if record.number)
    return [
        {"division_id": here.divisions[provider], "year": year, "last_number": count}
        for (provider, year), count in last.items()
    ]


def record_rows(here: People, made: Sequence[DemoRecord]) -> list[dict[str, Any]]:
    return [
        {
            "id": record.id,
            "number": record.number,
            "from_division_id": here.divisions[record.provider.code],
            "to_division_id": here.divisions[record.consumer.code],
            "currency": record.currency,
            "lifecycle": record.lifecycle.value,
            "disputed": record.disputed,
            "period_start": record.period_start,
            "period_end": record.period_end,
            "issue_date": record.issue_date,
            "due_date": record.due_date,
            "total": record.total,
            "credited_amount": record.nothing,
            "confirmed_amount": record.confirmed,
            "pending_amount": record.pending,
            "from_gl_code": record.provider.revenue_account,
            "to_gl_code": record.consumer.cost_account if record.confirmed else "",
            "version": record.version,
            "created_at": record.created_at,
            "created_by": here.users[record.provider.coordinator],
            "voided_at": record.voided_at,
            "void_reason": record.void_reason,
        }
        for record in made
    ]


def line_rows(draws: Draws, here: People, made: Sequence[DemoRecord]) -> list[dict[str, Any]]:
    return [
        {
            "id": draws.id_at(record.created_at),
            "billing_record_id": record.id,
            "from_division_id": here.divisions[record.provider.code],
            "to_division_id": here.divisions[record.consumer.code],
            "currency": record.currency,
            "position": position,
            **line,
        }
        for record in made
        for position, line in enumerate(record.lines, start=1)
    ]
