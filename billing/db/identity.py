"""How a transaction opens: for whom it is, and which day it is, in one text that goes out with its BEGIN."""

from datetime import date
from functools import lru_cache
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, literal_column

from billing.db.statements import Sendable
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
    return f"BEGIN {mode}; {settings_of(viewer)}, {_set('billing.today', f'{_day_in(zone)}::text')}{plans}"


def said_by_itself(viewer: Viewer, zone: ZoneInfo, sent: Sendable) -> Sendable:
    """A statement as it is sent outside of a transaction: it says itself for whom it is, and knows which day it is.

    Its condition hangs on no row, so PostgreSQL looks at it before the first. Were it ever not to, the rows would be
    read without an identity: row-level security would show a division nothing.
    """
    (arguments,) = sent.arguments
    text = _by_itself(sent.text, len(arguments), zone)
    return Sendable(text, ((*arguments, *viewer.ids),), sent.row)


@lru_cache(maxsize=2_000)
def _by_itself(text: str, arguments: int, zone: ZoneInfo) -> str:
    division_id, user_id = f"${arguments + 1}", f"${arguments + 2}"
    told = f"{_set('billing.division_id', division_id)}, {_set('billing.user_id', user_id)}"
    within = text.replace(_TODAY, _day_in(zone))
    return f"SELECT * FROM ({within}) AS answered WHERE (SELECT ({told}) IS NOT NULL)"  # noqa: S608 -- our own texts


def settings_of(viewer: Viewer | None) -> str:
    """The settings end with the transaction, so the next one on the connection begins without an identity."""
    division_id, user_id = (None, None) if viewer is None else (viewer.division_id, viewer.user_id)
    return f"SELECT {_set('billing.division_id', _quoted(division_id))}, {_set('billing.user_id', _quoted(user_id))}"


def set_today(today: date) -> str:
    """For a clock that is not the database's."""
    day = f"'{today.isoformat()}'"
    return f"SELECT {_set('billing.today', day)}"


def _day_in(zone: ZoneInfo) -> str:
    return f"(now() AT TIME ZONE '{zone.key}')::date"


def _quoted(id: UUID | None) -> str:
    """Written into the text, so nothing but an id, in the one form that ids have."""
    return f"'{'' if id is None else UUID(int=id.int)}'"


def _set(name: str, value: str) -> str:
    return f"set_config('{name}', {value}, true)"
