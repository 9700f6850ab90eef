"""Rounding several amounts at once, so that the parts add up to the whole."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor

from billing.domain.currencies import minor_unit
from billing.domain.money import exact_product


def largest_remainder(values: Sequence[Decimal], unit: Decimal, total: Decimal | None = None) -> list[Decimal]:
    """Each value as a multiple of `unit`, all of them adding up to `total`; every one moves by less than one unit.

    `total` is by default the exact sum, rounded once, half to even. Every value is first rounded down (towards minus
    infinity); the units that are then missing go one each to the largest remainders, among equals to the earlier one.
    ValueError if `total` is no multiple of `unit` or cannot be reached by moving each value less than one unit.
    """
    if unit <= 0:
        raise ValueError("The unit must be greater than zero.")
    shares = [Fraction(value) / Fraction(unit) for value in values]
    whole = round(sum(shares, Fraction(0))) if total is None else _units(total, unit)
    return [exact_product(Decimal(units), unit) for units in _apportion(shares, whole)]


def split(total: Decimal, weights: Sequence[Decimal | int], currency: str) -> list[Decimal]:
    """Parts of `total` in proportion to the weights, in the currency's places, adding up to `total` exactly.

    Largest remainder, among equals the earlier part gets the unit; a negative total splits as the positive one, so that
    a reversal cancels part by part. ValueError if a weight is negative, all are zero, or `total` has too many places.
    """
    if any(weight < 0 for weight in weights) or not any(weights):
        raise ValueError("Weights must not be negative, and at least one must be greater than zero.")
    unit = minor_unit(currency)
    whole = _units(total, unit)
    exact = [Fraction(weight) for weight in weights]
    per_weight = abs(whole) / sum(exact, Fraction(0))
    sign = -1 if whole < 0 else 1
    parts = _apportion([per_weight * weight for weight in exact], abs(whole))
    return [exact_product(Decimal(sign * units), unit) for units in parts]


def _apportion(shares: Sequence[Fraction], whole: int) -> list[int]:
    """Whole numbers for the shares that add up to `whole`; a share that is whole already stays as it is."""
    floors = [floor(share) for share in shares]
    remainders = [share - units for share, units in zip(shares, floors, strict=True)]
    missing = whole - sum(floors)
    if not 0 <= missing <= sum(1 for remainder in remainders if remainder):
        raise ValueError("The total cannot be reached by moving each value less than one unit.")
    by_remainder = sorted(range(len(shares)), key=lambda position: (-remainders[position], position))
    raised = frozenset(by_remainder[:missing])
    return [units + (position in raised) for position, units in enumerate(floors)]


def _units(total: Decimal, unit: Decimal) -> int:
    units = Fraction(total) / Fraction(unit)
    if units.denominator != 1:
        raise ValueError("The total must be a multiple of the unit.")
    return units.numerator
