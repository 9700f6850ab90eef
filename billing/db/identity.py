"""How a transaction opens: for whom it is, and which day it is, in one text that goes out with its BEGIN."""

from datetime import date
from functools import lru_cache
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, literal_column

from billing.permissions.viewer import Viewer

_GENERIC: Final = "'force_generic_plan'"
_TODAY: Final = "current_setting('billing.today')::date"
TODAY: ColumnElement[date] = literal_column(_TODAY, Date)
"""The day of the transaction in the organisation's zone; to the planner it is known, like a constant."""

MOMENT: Final = f"now() AS now, {_TODAY} AS today"
"""What the first statement of a transaction that changes something is asked for."""


@lru_cache(maxsize=10_000)
def opening(mode: str, viewer: Viewer | None, zone: ZoneInfo, *, by_ids: bool = False) -> str:
    """BEGIN in the mode, and whose rows row-level security shows; without a viewer nobody's.

    What finds rows by few ids, `by_ids`, is never planned anew for them: that costs more than to run it.
    """
    plans = f", {_set('plan_cache_mode', _GENERIC)}" if by_ids else ""
    return f"BEGIN {mode}; {settings_of(viewer)}, {_set('billing.today', _day_in(zone))}{plans}"


def settings_of(viewer: Viewer | None) -> str:
    """The settings end with the transaction, so the next one on the connection begins without an identity."""
    division_id, user_id = (None, None) if viewer is None else (viewer.division_id, viewer.user_id)
    return f"SELECT {_set('billing.division_id', _id(division_id))}, {_set('billing.user_id', _id(user_id))}"


def set_today(today: date) -> str:
    """For a clock that is not the database's."""
    day = f"'{today.isoformat()}'"
    return f"SELECT {_set('billing.today', day)}"


def _day_in(zone: ZoneInfo) -> str:
    return f"(now() AT TIME ZONE '{zone.key}')::date::text"


def _id(id: UUID | None) -> str:
    """Written into the text, so nothing but an id, in the one form that ids have."""
    return f"'{'' if id is None else UUID(int=id.int)}'"


def _set(name: str, value: str) -> str:
    return f"set_config('{name}', {value}, true)"
