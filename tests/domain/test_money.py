"""Amounts: strict text, exact products, one rounding, the places of the currency."""

from decimal import Decimal, Inexact, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.currencies import minor_unit, places
from billing.domain.money import (
    exact_sum,
    format_money,
    has_currency_places,
    line_amount,
    parse_decimal,
    parse_money,
    places_of,
    round_half_even,
    to_currency_places,
)

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=10, allow_nan=False, allow_infinity=False)
currencies = st.sampled_from(["JPY", "USD", "KWD", "CLF"])


@pytest.mark.parametrize(("currency", "expected"), [("JPY", 0), ("USD", 2), ("EUR", 2), ("KWD", 3), ("CLF", 4)])
def test_a_currency_has_the_places_of_iso_4217(currency: str, expected: int) -> None:
    assert places(currency) == expected
    assert places_of(minor_unit(currency)) == expected


@pytest.mark.parametrize("code", ["usd", "XXX", "XAU", "XTS", "USDX", "US", "", " USD", "ZZZ"])
def test_what_amounts_cannot_be_in_is_no_currency(code: str) -> None:
    assert places(code) is None
    with pytest.raises(ValueError, match="ISO 4217"):
        minor_unit(code)


def test_minor_units_are_written_with_the_places_of_the_currency() -> None:
    assert [str(minor_unit(code)) for code in ("JPY", "USD", "KWD")] == ["1", "0.01", "0.001"]


@pytest.mark.parametrize("text", ["0", "-1", "12.34", "-0.75", "1000000000000.00", "9" * 40, "1.500"])
def test_amounts_are_read_as_they_are_written(text: str) -> None:
    assert str(parse_money(text)) == text
    assert str(parse_decimal(text)) == text


REFUSED_TEXTS = [
    "1,000.00",
    "1.000,00",
    " 1.00",
    "1.00 ",
    "1.00\n",
    "\n1",
    "+1.00",
    "01.00",
    "00",
    "-01",
    "1.",
    ".5",
    "-.5",
    "-",
    "--1",
    "1-",
    "0x10",
    "1_000",
    "1e2",
    "1E+999999",
    "1e30",
    "NaN",
    "sNaN",
    "Infinity",
    "-Infinity",
    "inf",
    "true",
    "",
    "\uff11.00",
    "١٢",
    "1\u0660",
    "1.\u0660",
    "\u22121.00",
    "1\u200b.00",
    "\ufeff1",
    "1\u0000",
    "1.0.0",
    "$1",
    "1 000",
    "1/2",
    "²",
]


@pytest.mark.parametrize("text", [*REFUSED_TEXTS, "1" * 41, "0." + "0" * 39, "1" * 5000])
def test_other_notations_are_refused_and_told_the_expected_one(text: str) -> None:
    with pytest.raises(ValueError, match=r'"1234\.50"'):
        parse_money(text)
    with pytest.raises(ValueError, match=r'"1234\.50"'):
        parse_decimal(text)


def test_negative_zero_is_read_as_zero() -> None:
    assert str(parse_money("-0.00")) == "0.00"


@given(amounts)
def test_what_is_formatted_reads_back_the_same(value: Decimal) -> None:
    assert parse_money(format_money(value)) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [("-0.00", "0.00"), ("1E+2", "100"), ("1E-10", "0.0000000001"), ("12.50", "12.50"), ("0E-20", "0." + "0" * 20)],
)
def test_amounts_are_formatted_in_fixed_notation(value: str, expected: str) -> None:
    assert format_money(Decimal(value)) == expected


def test_formatting_and_rounding_do_not_lose_digits_to_the_ambient_context() -> None:
    value = Decimal("1234567890123456789012345678901234567890.125")
    with localcontext(prec=5):
        assert format_money(value) == str(value)
        assert str(round_half_even(value, "USD")) == "1234567890123456789012345678901234567890.12"
        assert str(exact_sum([value, Decimal("0.0001")])) == "1234567890123456789012345678901234567890.1251"


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused_everywhere(value: str) -> None:
    for function in (places_of, format_money):
        with pytest.raises(ValueError, match="finite"):
            function(Decimal(value))
    for rounding in (to_currency_places, round_half_even, has_currency_places):
        with pytest.raises(ValueError, match="finite"):
            rounding(Decimal(value), "USD")


def test_places_are_those_written() -> None:
    assert [places_of(Decimal(text)) for text in ("7", "1.50", "-0.001", "1E+2", "0E-20")] == [0, 2, 3, 0, 20]


@pytest.mark.parametrize(
    ("value", "currency", "fits"),
    [
        ("1.5", "USD", True),
        ("1.50", "USD", True),
        ("7", "USD", True),
        ("1.005", "USD", False),
        ("1.000", "USD", False),
        ("1.005", "KWD", True),
        ("100", "JPY", True),
        ("100.0", "JPY", False),
        ("1E+2", "JPY", True),
    ],
)
def test_an_amount_has_at_most_the_places_of_its_currency(value: str, currency: str, fits: bool) -> None:
    assert has_currency_places(Decimal(value), currency) is fits


@pytest.mark.parametrize(
    ("value", "currency", "expected"),
    [
        ("1.5", "USD", "1.50"),
        ("1.5000", "USD", "1.50"),
        ("7", "KWD", "7.000"),
        ("1E+2", "JPY", "100"),
        ("-0", "USD", "0.00"),
    ],
)
def test_an_amount_is_brought_to_the_places_of_its_currency(value: str, currency: str, expected: str) -> None:
    assert str(to_currency_places(Decimal(value), currency)) == expected


@pytest.mark.parametrize(("value", "currency"), [("1.005", "USD"), ("0.5", "JPY"), ("0.0001", "KWD"), ("1E-30", "USD")])
def test_bringing_an_amount_to_its_places_never_rounds(value: str, currency: str) -> None:
    with pytest.raises(ValueError, match="decimal places"):
        to_currency_places(Decimal(value), currency)


def test_an_amount_of_absurd_size_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="digits"):
        round_half_even(Decimal("1E+999999"), "USD")


@pytest.mark.parametrize(
    ("value", "currency", "expected"),
    [
        ("0.125", "USD", "0.12"),
        ("0.135", "USD", "0.14"),
        ("-0.125", "USD", "-0.12"),
        ("-0.001", "USD", "0.00"),
        ("0.5", "JPY", "0"),
        ("1.5", "JPY", "2"),
        ("0.0005", "KWD", "0.000"),
        ("0.12500000000000000001", "USD", "0.13"),
    ],
)
def test_halves_are_rounded_to_the_even_digit(value: str, currency: str, expected: str) -> None:
    assert str(round_half_even(Decimal(value), currency)) == expected


@given(amounts, amounts, currencies)
def test_a_line_amount_is_the_exact_product_rounded_once(quantity: Decimal, price: Decimal, currency: str) -> None:
    amount, unrounded = line_amount(quantity, price, currency)

    exact = Fraction(quantity) * Fraction(price)
    unit = Fraction(minor_unit(currency))
    assert Fraction(unrounded) == exact
    assert Fraction(amount) == round(exact / unit) * unit
    assert places_of(amount) == places(currency)


def test_a_line_amount_is_rounded_from_all_digits_of_the_product() -> None:
    amount, unrounded = line_amount(Decimal("400000000025.0000000001"), Decimal("0.0050000000"), "USD")

    assert (str(amount), unrounded) == ("2000000000.13", Decimal("2000000000.1250000000005"))


def test_a_line_amount_of_zero_has_no_sign() -> None:
    assert [str(part) for part in line_amount(Decimal("-0.00"), Decimal("5.00"), "USD")] == ["0.00", "0.0000"]


def test_a_product_that_cannot_be_exact_is_an_error() -> None:
    with pytest.raises(Inexact):
        line_amount(Decimal("9" * 60), Decimal("9" * 60), "USD")


@given(st.lists(st.decimals(-(10**12), 10**12, places=20), max_size=20))
def test_a_sum_is_exact(values: list[Decimal]) -> None:
    assert Fraction(exact_sum(values)) == sum(map(Fraction, values))
