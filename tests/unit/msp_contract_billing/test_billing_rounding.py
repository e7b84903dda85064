"""Money is rounded once, half up, and parts add up."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from billing.rounding import allocate, exact_sum, plain, to_decimal
from billing_reference import round_half_up
from billing_strategies import property_settings
from hypothesis import given
from hypothesis import strategies as st

DIGITS = st.sampled_from([0, 2, 3])
PARTS = st.fractions(-1000, 1000, max_denominator=1000)


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        ("0.005", 2, "0.01"),
        ("-0.005", 2, "-0.01"),
        ("0.0049999", 2, "0.00"),
        ("-0.0049999", 2, "0.00"),
        ("2.675", 2, "2.68"),
        ("1.5", 0, "2"),
        ("2.5", 0, "3"),
        ("0.0125", 3, "0.013"),
        ("-0", 2, "0.00"),
        ("10/3", 2, "3.33"),
        ("20/3", 3, "6.667"),
        ("7", 2, "7.00"),
    ],
)
def test_half_up(value, digits, expected):
    assert str(to_decimal(Fraction(value), digits)) == expected


@pytest.mark.parametrize(
    ("parts", "digits", "expected"),
    [
        # Rounded alone the three would add up to 9.99.
        (["10/3", "10/3", "10/3"], 2, ["3.34", "3.33", "3.33"]),
        (["0.005", "0.005"], 2, ["0.01", "0.00"]),
        (["0.004", "0.004", "0.004"], 2, ["0.01", "0.00", "0.00"]),
        (["1.25", "2.25"], 0, ["2", "2"]),
        (["62.5", "75"], 2, ["62.50", "75.00"]),
        (["-0.005", "0.005"], 2, ["-0.01", "0.01"]),
        (["-10/3", "-20/3"], 2, ["-3.33", "-6.67"]),
        ([], 2, []),
    ],
)
def test_largest_remainder(parts, digits, expected):
    assert [str(part) for part in allocate([*map(Fraction, parts)], digits)] == expected


@property_settings(200)
@given(st.lists(PARTS, max_size=8), DIGITS)
def test_parts_add_up_and_each_is_within_one_unit(parts, digits):
    amounts = [Fraction(amount) for amount in allocate(parts, digits)]
    assert sum(amounts) == round_half_up(sum(parts), digits)
    unit = Fraction(1, 10**digits)
    for part, amount in zip(parts, amounts, strict=True):
        assert abs(part - amount) < unit


@property_settings(200)
@given(st.lists(st.sampled_from(["0.5", "-0.5", "0.3", "0.7", "1"]), max_size=5))
def test_parts_are_their_own_rounding_where_these_add_up(parts):
    parts = [Fraction(part) for part in parts]
    alone = [round_half_up(part, 0) for part in parts]
    if sum(alone) == round_half_up(sum(parts), 0):
        # Halves may stand for each other; what is no half may not.
        amounts = allocate(parts, 0)
        assert sorted(map(int, amounts)) == sorted(map(int, alone))
        for part, own, amount in zip(parts, alone, amounts, strict=True):
            assert own == amount or abs(part) == Fraction(1, 2)


@property_settings(100)
@given(PARTS, DIGITS)
def test_one_part_is_rounded_half_up(value, digits):
    assert allocate([value], digits) == [to_decimal(value, digits)]
    assert Fraction(to_decimal(value, digits)) == round_half_up(value, digits)
    assert to_decimal(-value, digits) == -to_decimal(value, digits)


def test_long_amounts_keep_each_digit_in_any_context():
    text = "1234567890123456789012345678901234567890.12"
    with localcontext() as context:
        context.prec = 3
        assert str(to_decimal(Fraction(text), 2)) == text
        assert [*map(str, allocate([Fraction(text)], 2))] == [text]
        assert str(exact_sum([Decimal(text), Decimal("-0.12")])) == text[:-2] + "00"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("12.50"), "12.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.0"), "0"),
        (Decimal(100), "100"),
        (Fraction(1, 2), "0.5"),
        (Fraction(1, 3), "0.333333333333"),
        (Fraction(2, 3), "0.666666666667"),
        (Fraction(0), "0"),
    ],
)
def test_plain(value, expected):
    assert plain(value) == expected
