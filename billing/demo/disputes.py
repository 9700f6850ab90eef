"""The demo's disputes: some withdrawn, some rejected, the latest still open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from billing.demo.draws import Draws
from billing.demo.people import People
from billing.demo.records import DemoRecord
from billing.domain.states import DisputeStatus, Lifecycle

_CHANCE = 0.05
_CHANCE_OF_STAYING_OPEN = 0.75
_ALL_CLOSED_BEFORE = timedelta(days=100)
_REASONS = (
    "We gave half of this back in the month before.",
    "The quantity is twice what we ordered.",
    "This belongs to another cost centre.",
    "The price is not the one that was agreed.",
    "The service was not available for a week.",
)
_RESOLUTIONS: Final = {
    DisputeStatus.REJECTED: (
        "The delivery notes show the quantity charged.",
        "The price list of that month applies.",
        "The service was available; the report is attached to the request.",
    ),
    DisputeStatus.WITHDRAWN: ("We found the order.", "Settled by telephone.", ""),
}


@dataclass(frozen=True)
class DemoDispute:
    """A dispute; open while it has not been closed."""

    id: UUID
    record: DemoRecord
    reason: str
    opened_at: datetime
    status: DisputeStatus = DisputeStatus.OPEN
    closed_at: datetime | None = None
    resolution: str = ""

    @property
    def closed_by(self) -> str | None:
        """The charging side rejects, the paying side withdraws."""
        if self.status is DisputeStatus.REJECTED:
            return self.record.provider.coordinator
        return self.record.consumer.coordinator if self.status is DisputeStatus.WITHDRAWN else None


def disputes(draws: Draws, made: Iterable[DemoRecord]) -> list[DemoDispute]:
    """Opened soon after the issue, before anything is paid; the records know that they are disputed."""
    found = []
    for record in made:
        if record.lifecycle is not Lifecycle.ISSUED or not record.total or not draws.chance(_CHANCE):
            continue
        opened_on = draws.working_day(record.issue_date, 1, 10)
        if draws.is_past(opened_on):
            dispute = _dispute(draws, record, opened_on)
            record.disputed = dispute.status is DisputeStatus.OPEN
            record.version += 1 if record.disputed else 2
            found.append(dispute)
    return found


def _dispute(draws: Draws, record: DemoRecord, opened_on: date) -> DemoDispute:
    opened_at = draws.at_work(opened_on)
    id, reason = draws.id_at(opened_at), draws.one_of(_REASONS)
    closed_on = draws.working_day(opened_on, 3, 16)
    recent = opened_on > draws.today - _ALL_CLOSED_BEFORE
    if not draws.is_past(closed_on) or (recent and draws.chance(_CHANCE_OF_STAYING_OPEN)):
        return DemoDispute(id, record, reason, opened_at)
    status = draws.one_of(tuple(_RESOLUTIONS))
    return DemoDispute(
        id, record, reason, opened_at, status, draws.at_work(closed_on), draws.one_of(_RESOLUTIONS[status])
    )


def dispute_rows(here: People, opened: Iterable[DemoDispute]) -> list[dict[str, Any]]:
    return [
        {
            "id": dispute.id,
            "billing_record_id": dispute.record.id,
            "from_division_id": here.divisions[dispute.record.provider.code],
            "to_division_id": here.divisions[dispute.record.consumer.code],
            "currency": dispute.record.currency,
            "status": dispute.status.value,
            "reason": dispute.reason,
            "opened_at": dispute.opened_at,
            "opened_by": here.users[dispute.record.consumer.coordinator],
            "resolution": dispute.resolution,
            "closed_at": dispute.closed_at,
            "closed_by": None if dispute.closed_by is None else here.users[dispute.closed_by],
            "version": 1 if dispute.closed_at is None else 2,
        }
        for dispute in opened
    ]
