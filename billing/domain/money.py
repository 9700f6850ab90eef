"""Exact amounts: how they are written, multiplied, rounded and added.

Nothing here uses the ambient decimal context, whose 28 digits would round a product or a long sum silently.
"""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from typing import Final

from billing.domain.currencies import minor_unit

AMOUNT_MAX: Final = Decimal("1000000000000")
"""The greatest absolute amount, in whole units of any currency."""

QUANTITY_PLACES: Final = 10
"""The most decimal places of a quantity or a unit price."""

TEXT_LENGTH_MAX: Final = 40
"""The most characters of an amount as text."""

_SYNTAX = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_DIGITS_MAX = 100
_TRAPS = (InvalidOperation, DivisionByZero, Overflow)
_EXACT = Context(prec=_DIGITS_MAX, rounding=ROUND_HALF_EVEN, traps=[*_TRAPS, Inexact])
_ROUNDING = Context(prec=_DIGITS_MAX, rounding=ROUND_HALF_EVEN, traps=list(_TRAPS))


def parse_money(text: str) -> Decimal:
    """The amount that the text writes, with the places it was written with; "-0.00" is 0.00.

    ASCII digits, an optional leading "-", an optional point with digits on both sides; ValueError for anything else.
    """
    return _parse(text, "an amount")


def parse_decimal(text: str) -> Decimal:
    """A quantity or unit price in the syntax of `parse_money`; its places are the caller's to check."""
    return _parse(text, "a number")


def places_of(value: Decimal) -> int:
    """How many decimal places the value is written with: 1.50 has 2, 7 has 0. ValueError for NaN and Infinity."""
    _refuse_unless_finite(value)
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)


def has_currency_places(value: Decimal, currency: str) -> bool:
    """Whether the value is written with at most the currency's places: in USD 1.5 is, and 1.005 and 1.000 are not."""
    return places_of(value) <= places_of(minor_unit(currency))


def to_currency_places(value: Decimal, currency: str) -> Decimal:
    """The same number with exactly the currency's places: 1.5 and 1.5000 USD are 1.50. ValueError if it would round."""
    return _to_unit(value, currency, _EXACT)


def round_half_even(value: Decimal, currency: str) -> Decimal:
    """The nearest amount with the currency's places, halves to the even digit: 0.125 USD is 0.12, 0.135 is 0.14."""
    return _to_unit(value, currency, _ROUNDING)


def line_amount(quantity: Decimal, unit_price: Decimal, currency: str) -> tuple[Decimal, Decimal]:
    """The amount of a line and the unrounded value beside it: quantity times unit price, exact, then rounded once.

    Raises decimal.Inexact for a product of more than 100 digits; two parsed numbers cannot have one.
    """
    unrounded = exact_product(quantity, unit_price)
    return round_half_even(unrounded, currency), unrounded


def exact_product(left: Decimal, right: Decimal) -> Decimal:
    """The product without rounding; decimal.Inexact beyond 100 digits."""
    return _without_sign_of_zero(_EXACT.multiply(left, right))


def exact_sum(values: Iterable[Decimal]) -> Decimal:
    """The sum without rounding, of amounts in one currency; decimal.Inexact beyond 100 digits."""
    total = Decimal(0)
    for value in values:
        total = _EXACT.add(total, value)
    return total


def format_money(value: Decimal) -> str:
    """Fixed notation with the places that the value has; never an exponent, never "-0.00". ValueError for NaN."""
    _refuse_unless_finite(value)
    return f"{_without_sign_of_zero(value):f}"


def shortest(value: Decimal) -> str:
    """Fixed notation without the zeros at the end: 2.5000000000 is "2.5"."""
    written = format_money(value)
    return written.rstrip("0").rstrip(".") if "." in written else written


def _parse(text: str, noun: str) -> Decimal:
    if len(text) > TEXT_LENGTH_MAX or not _SYNTAX.fullmatch(text):
        raise ValueError(
            f'Expected {noun} in ASCII digits such as "1234.50" or "-0.75", of at most {TEXT_LENGTH_MAX} characters, '
            "without exponent, plus sign, leading zeros, separators or spaces."
        )
    return _without_sign_of_zero(Decimal(text))


def _to_unit(value: Decimal, currency: str, context: Context) -> Decimal:
    _refuse_unless_finite(value)
    unit = minor_unit(currency)
    try:
        return _without_sign_of_zero(value.quantize(unit, context=context))
    except Inexact:
        raise ValueError(f"Expected at most {places_of(unit)} decimal places for {currency}.") from None
    except InvalidOperation:
        raise ValueError(f"Expected less than {_DIGITS_MAX} digits.") from None


def _refuse_unless_finite(value: Decimal) -> None:
    if not value.is_finite():
        raise ValueError("Expected a finite number.")


def _without_sign_of_zero(value: Decimal) -> Decimal:
    return value.copy_abs() if value.is_zero() else value
