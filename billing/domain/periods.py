"""Days: which are accepted at all, billing periods, due dates."""

from datetime import date, timedelta

FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2099, 12, 31)
PERIOD_DAYS_MAX = 366


def within_bounds(day: date) -> bool:
    """Years 2000 to 2099; anything else is a slip of the keyboard."""
    return FIRST_DAY <= day <= LAST_DAY


def period_fault(start: date, end: date) -> str | None:
    """What is wrong with a billing period, whose days are both included; None when nothing is."""
    if not (within_bounds(start) and within_bounds(end)):
        return f"The period lies within {FIRST_DAY} and {LAST_DAY}."
    if end < start:
        return "The period ends on or after the day it starts."
    if (end - start).days >= PERIOD_DAYS_MAX:
        return f"A period has at most {PERIOD_DAYS_MAX} days."
    return None


def due_date(issue_date: date, payment_terms_days: int) -> date:
    """The last day of the terms, or of all days that are accepted."""
    return min(issue_date + timedelta(days=payment_terms_days), LAST_DAY)
