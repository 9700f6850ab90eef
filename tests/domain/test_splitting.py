"""Parts add up to the whole, and no part moves by a whole unit."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.currencies import minor_unit
from billing.domain.money import exact_sum, places_of
from billing.domain.splitting import largest_remainder, split

values = st.lists(st.decimals(-1000, 1000, places=6), max_size=30)
units = st.sampled_from([Decimal("1"), Decimal("0.01"), Decimal("0.001"), Decimal("0.05")])
weights = st.lists(st.integers(0, 1000) | st.decimals(0, 1000, places=4), min_size=1, max_size=20).filter(any)
currencies = st.sampled_from(["JPY", "USD", "KWD"])


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


@given(values, units)
def test_rounded_values_add_up_to_the_exact_sum_rounded_once(exact: list[Decimal], unit: Decimal) -> None:
    rounded = largest_remainder(exact, unit)

    whole = round(sum(map(Fraction, exact)) / Fraction(unit)) * Fraction(unit)
    assert sum(map(Fraction, rounded)) == whole


@given(values, units, st.data())
def test_rounded_values_add_up_to_any_total_in_reach(exact: list[Decimal], unit: Decimal, data: st.DataObject) -> None:
    shares = [Fraction(value) / Fraction(unit) for value in exact]
    lowest = sum(share.__floor__() for share in shares)
    highest = sum(share.__ceil__() for share in shares)
    total = unit * data.draw(st.integers(lowest, highest))

    assert exact_sum(largest_remainder(exact, unit, total)) == total
    for beyond in (unit * (lowest - 1), unit * (highest + 1)):
        with pytest.raises(ValueError, match="cannot be reached"):
            largest_remainder(exact, unit, beyond)


@given(values, units)
def test_each_value_moves_by_less_than_one_unit_to_a_multiple(exact: list[Decimal], unit: Decimal) -> None:
    for value, rounded in zip(exact, largest_remainder(exact, unit), strict=True):
        assert abs(Fraction(rounded) - Fraction(value)) < Fraction(unit)
        assert (Fraction(rounded) / Fraction(unit)).denominator == 1
        assert places_of(rounded) == places_of(unit)


@given(values, units)
def test_a_larger_remainder_is_never_passed_over(exact: list[Decimal], unit: Decimal) -> None:
    shares = [Fraction(value) / Fraction(unit) for value in exact]
    rounded = [Fraction(value) / Fraction(unit) for value in largest_remainder(exact, unit)]
    raised = [(share % 1, -index) for index, share in enumerate(shares) if rounded[index] > share.__floor__()]
    left = [(share % 1, -index) for index, share in enumerate(shares) if rounded[index] == share.__floor__()]

    assert min(raised, default=(Fraction(2), 0)) > max(left, default=(Fraction(-1), 0))


def test_equal_remainders_go_to_the_earlier_position() -> None:
    thirds = [Decimal(1) / 3] * 3

    assert largest_remainder(thirds, Decimal("0.01"), Decimal("1.00")) == decimals("0.34", "0.33", "0.33")


def test_negative_values_are_rounded_down_first() -> None:
    assert largest_remainder(decimals("-0.004", "-0.003", "0.017"), Decimal("0.01")) == decimals("-0.01", "0", "0.02")
    assert largest_remainder(decimals("-0.006", "-0.003", "-0.004"), Decimal("0.01")) == decimals("-0.01", "0", "0")


def test_the_default_total_is_rounded_half_to_even() -> None:
    assert largest_remainder(decimals("0.125"), Decimal("0.01")) == decimals("0.12")
    assert largest_remainder(decimals("0.135"), Decimal("0.01")) == decimals("0.14")


def test_no_values_add_up_to_nothing() -> None:
    assert largest_remainder([], Decimal("0.01")) == []
    with pytest.raises(ValueError, match="cannot be reached"):
        largest_remainder([], Decimal("0.01"), Decimal("0.01"))


def test_a_value_that_is_whole_already_stays() -> None:
    with pytest.raises(ValueError, match="cannot be reached"):
        largest_remainder(decimals("1.00", "2.00"), Decimal("0.01"), Decimal("3.01"))


@pytest.mark.parametrize("unit", ["0", "-0.01"])
def test_a_unit_is_greater_than_zero(unit: str) -> None:
    with pytest.raises(ValueError, match="greater than zero"):
        largest_remainder(decimals("1"), Decimal(unit))


def test_a_total_is_a_multiple_of_the_unit() -> None:
    with pytest.raises(ValueError, match="multiple"):
        largest_remainder(decimals("0.005"), Decimal("0.01"), Decimal("0.005"))


@given(st.integers(-(10**14), 10**14), weights, currencies)
def test_parts_are_in_proportion_and_add_up(units: int, shares: list[Decimal | int], currency: str) -> None:
    unit = minor_unit(currency)
    total = units * unit

    parts = split(total, shares, currency)

    assert exact_sum(parts) == total
    for part, share in zip(parts, shares, strict=True):
        exact = Fraction(total) * Fraction(share) / sum(map(Fraction, shares))
        assert abs(Fraction(part) - exact) < Fraction(unit)
        assert places_of(part) == places_of(unit)


@given(st.integers(0, 10**14), weights, currencies)
def test_splitting_a_reversal_cancels_part_by_part(units: int, shares: list[Decimal | int], currency: str) -> None:
    total = units * minor_unit(currency)

    assert split(-total, shares, currency) == [-part for part in split(total, shares, currency)]


def test_a_hundred_in_thirds() -> None:
    assert split(Decimal("100.00"), [1, 1, 1], "USD") == decimals("33.34", "33.33", "33.33")
    assert split(Decimal(100), [1, 1, 1], "JPY") == decimals("34", "33", "33")
    assert [str(part) for part in split(Decimal("-1.000"), [1, 2], "KWD")] == ["-0.333", "-0.667"]


def test_nothing_goes_to_a_weight_of_zero() -> None:
    assert split(Decimal("0.05"), [0, 1, 1, 1, 0], "USD") == decimals("0.00", "0.02", "0.02", "0.01", "0.00")


@pytest.mark.parametrize("shares", [[], [0], [0, Decimal("0.00")], [1, -1], [-1]])
def test_weights_are_not_negative_and_not_all_zero(shares: list[Decimal | int]) -> None:
    with pytest.raises(ValueError, match="Weights"):
        split(Decimal("1.00"), shares, "USD")


def test_a_total_to_split_has_the_places_of_its_currency() -> None:
    with pytest.raises(ValueError, match="multiple"):
        split(Decimal("1.005"), [1, 1], "USD")
