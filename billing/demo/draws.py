"""The dice of the demo: seeded, so that the same day always gives the same organisation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

T = TypeVar("T")

_SATURDAY = 5


@dataclass
class Draws:
    """Chances, office hours and ids for a demo that ends with the day before `today`."""

    today: date
    zone: ZoneInfo
    random: Random = field(default_factory=lambda: Random("internal billing"))  # noqa: S311 - nothing here is secret.

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def one_of(self, values: Sequence[T]) -> T:
        return self.random.choice(values)

    def working_day(self, after: date, days_min: int, days_max: int) -> date:
        """A day that many days later, or the Monday after it."""
        day = after + timedelta(days=self.random.randint(days_min, days_max))
        return day + timedelta(days=7 - day.weekday()) if day.weekday() >= _SATURDAY else day

    def is_past(self, day: date) -> bool:
        return day < self.today

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def at_work(self, day: date) -> datetime:
        """A moment of the day between 8 and 18 o'clock in the organisation's zone."""
        milliseconds = self.random.randrange(10 * 3600 * 1000)
        return (datetime.combine(day, time(8), self.zone) + timedelta(milliseconds=milliseconds)).astimezone(UTC)

    def midnight(self) -> datetime:
        """The moment at which the day of the seeding began."""
        return datetime.combine(self.today, time(), self.zone).astimezone(UTC)

    def id_at(self, moment: datetime) -> UUID:
        """A UUIDv7 of that millisecond, so that ids stand in the order of what they name."""
        milliseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
        high, low = self.random.getrandbits(12), self.random.getrandbits(62)
        return UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low)


def first_of_month(day: date, months_later: int = 0) -> date:
    """The first day of the month of `day`, or of a later or earlier one."""
    months = day.year * 12 + day.month - 1 + months_later
    return date(months // 12, months % 12 + 1, 1)
