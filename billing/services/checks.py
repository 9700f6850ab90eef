"""Checks that several changes share; each adds its fault to the form's and returns the value to go on with."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from billing.domain.currencies import places
from billing.domain.errors import ErrorCode, Faults
from billing.domain.money import AMOUNT_MAX, has_currency_places
from billing.domain.periods import FIRST_DAY, LAST_DAY, within_bounds
from billing.domain.texts import DESCRIPTION_LENGTH_MAX, NAME_LENGTH_MAX, disturbing_character, normalised

LIST_LENGTH_MAX = 100


def note(faults: Faults, value: str | None, *field: str | int) -> str:
    """A free text of several lines, '' where there is none."""
    return _text(faults, value or "", DESCRIPTION_LENGTH_MAX, field, multiline=True)


def name(faults: Faults, value: str | None, *field: str | int, length_max: int = NAME_LENGTH_MAX) -> str:
    """A text of one line that must be there."""
    checked = _text(faults, value or "", length_max, field)
    if not checked:
        faults.add(ErrorCode.BAD_INPUT, "This must not be empty.", *field)
    return checked


def label(faults: Faults, value: str | None, *field: str | int, length_max: int = 64) -> str:
    """A short text of one line, '' where there is none."""
    return _text(faults, value or "", length_max, field)


def _text(faults: Faults, value: str, length_max: int, field: Sequence[str | int], *, multiline: bool = False) -> str:
    if len(value) > 2 * length_max:
        faults.add(ErrorCode.BAD_INPUT, f"This has at most {length_max} characters.", *field)
        return value[:length_max]
    checked = normalised(value)
    if len(checked) > length_max:
        faults.add(ErrorCode.BAD_INPUT, f"This has at most {length_max} characters.", *field)
    elif (found := disturbing_character(checked, multiline=multiline)) is not None:
        faults.add(ErrorCode.BAD_INPUT, f"This must not contain the control character {found}.", *field)
    return checked


def currency(faults: Faults, value: str, *field: str | int) -> bool:
    """Whether it is a currency of ISO 4217 with minor units; the amounts cannot be checked without."""
    if places(value) is None:
        faults.add(ErrorCode.BAD_CURRENCY, "This is no currency of ISO 4217; write it like USD.", *field)
        return False
    return True


def day(faults: Faults, value: date | None, *field: str | int) -> bool:
    if value is not None and not within_bounds(value):
        faults.add(ErrorCode.BAD_DATES, f"Days lie within {FIRST_DAY} and {LAST_DAY}.", *field)
        return False
    return True


def positive_amount(faults: Faults, value: Decimal, currency: str, *field: str | int) -> bool:
    """An amount of money to be moved: above zero, with no more places than the currency has, below the most."""
    if not has_currency_places(value, currency):
        faults.add(ErrorCode.BAD_AMOUNT, f"{currency} has {places(currency)} decimal places.", *field)
    elif value <= 0:
        faults.add(ErrorCode.BAD_AMOUNT, "The amount is greater than zero.", *field)
    elif value > AMOUNT_MAX:
        faults.add(ErrorCode.BAD_AMOUNT, f"The most is {AMOUNT_MAX}.", *field)
    else:
        return True
    return False


def decimal(faults: Faults, value: Decimal, places_max: int, *field: str | int) -> bool:
    """A quantity or a unit price: at most so many places, absolutely at most the greatest amount."""
    if -value.as_tuple().exponent > places_max:  # type: ignore[operator]
        faults.add(ErrorCode.BAD_AMOUNT, f"This has at most {places_max} decimal places.", *field)
    elif abs(value) > AMOUNT_MAX:
        faults.add(ErrorCode.BAD_AMOUNT, f"The most is {AMOUNT_MAX}.", *field)
    else:
        return True
    return False


def list_length(faults: Faults, values: Sequence[object], *field: str | int) -> bool:
    if not 1 <= len(values) <= LIST_LENGTH_MAX:
        faults.add(ErrorCode.BAD_INPUT, f"Send 1 to {LIST_LENGTH_MAX} of these.", *field)
        return False
    return True
