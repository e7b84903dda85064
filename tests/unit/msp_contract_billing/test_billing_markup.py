"""A price from a cost: what is asked for is reached, and rounded once."""

from decimal import Decimal
from fractions import Fraction

import pytest
from billing.errors import CaseError
from billing.markup import margin_of, price_from_cost
from billing_strategies import property_settings
from hypothesis import given
from hypothesis import strategies as st

COSTS = st.decimals(0, 100_000, places=4)
MARKUPS = st.decimals(-100, 500, places=2)
MARGINS = st.decimals(-100, Decimal("99.5"), places=2)
STEPS = st.sampled_from([None, *map(Decimal, ("0.01", "0.05", "0.5", "1", "5"))])


@st.composite
def rules(draw):
    step = draw(STEPS)
    ending = Decimal(0)
    if step:
        ending = draw(st.sampled_from([Decimal(0), step / 10, step / 2]))
    rule = {"step": step, "ending": ending, "up": draw(st.booleans())}
    name, values = draw(st.sampled_from([("markup", MARKUPS), ("margin", MARGINS)]))
    floor = draw(st.none() | st.decimals(0, 1000, places=2))
    return {**rule, name: draw(values), "floor": floor}


@pytest.mark.parametrize(
    ("cost", "rule", "expected"),
    [
        ("10", {"markup": "25"}, "12.50"),
        # 10 / 0.8, not 10 x 1.2: the margin is a share of the price.
        ("10", {"margin": "20"}, "12.50"),
        ("9.99", {"markup": "20"}, "11.99"),
        ("10", {"margin": "30"}, "14.29"),
        ("10", {"margin": "30", "up": False}, "14.29"),
        ("10", {"markup": "0.01"}, "10.01"),
        ("10", {"markup": "0.01", "up": False}, "10.00"),
        ("10.01", {"markup": "25", "step": "0.05"}, "12.55"),
        ("10.01", {"markup": "25", "step": "0.05", "up": False}, "12.50"),
        ("10", {"markup": "25", "step": "1", "ending": "0.10"}, "12.90"),
        ("10.40", {"markup": "25", "step": "1", "ending": "0.10"}, "13.90"),
        (
            "10.40",
            {"markup": "25", "step": "1", "ending": "0.10", "up": False},
            "12.90",
        ),
        ("10.32", {"markup": "25", "step": "1", "ending": "0.10"}, "12.90"),
        ("0.10", {"markup": "0", "step": "1", "ending": "0.10", "up": False}, "0.90"),
        ("10", {"markup": "25", "floor": "15"}, "15"),
        ("10", {"markup": "25", "floor": "12"}, "12.50"),
        ("10", {"markup": "-100"}, "0.00"),
        ("1234", {"markup": "10", "digits": 0}, "1358"),
        ("1", {"markup": "0", "digits": 3}, "1.000"),
    ],
)
def test_price(cost, rule, expected):
    words = ("up", "digits")
    rule = {name: v if name in words else Decimal(v) for name, v in rule.items()}
    assert str(price_from_cost(Decimal(cost), **rule)) == expected


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({}, "markup, margin"),
        ({"markup": "10", "margin": "10"}, "markup, margin"),
        ({"margin": "100"}, "margin"),
        ({"margin": "120"}, "margin"),
        ({"markup": "-100.01"}, "markup"),
        ({"markup": "10", "step": "-1"}, "step"),
        ({"markup": "10", "step": "1", "ending": "1"}, "ending"),
        ({"markup": "10", "step": "1", "ending": "-0.1"}, "ending"),
        ({"markup": "10", "ending": "0.1"}, "ending"),
    ],
)
def test_a_number_out_of_range_is_named(rule, field):
    rule = {name: Decimal(value) for name, value in rule.items()}
    with pytest.raises(CaseError) as error:
        price_from_cost(Decimal(10), **rule)
    assert error.value.field == field


def test_a_cost_below_0_is_refused():
    with pytest.raises(CaseError, match="cost: found -0.01"):
        price_from_cost(Decimal("-0.01"), markup=Decimal(10))


@property_settings(200)
@given(COSTS, rules())
def test_price_is_never_below_the_floor_or_0(cost, rule):
    assert price_from_cost(cost, **rule) >= (rule["floor"] or 0)


@property_settings(200)
@given(COSTS, COSTS, rules())
def test_more_cost_is_never_less_price(cost, other, rule):
    low, high = sorted((cost, other))
    assert price_from_cost(low, **rule) <= price_from_cost(high, **rule)


@property_settings(200)
@given(COSTS, MARGINS, STEPS)
def test_rounded_up_the_margin_is_reached(cost, margin, step):
    price = price_from_cost(cost, margin=margin, step=step)
    found = margin_of(price, cost)
    assert found is None or found >= margin


@property_settings(200)
@given(COSTS, rules())
def test_price_is_a_multiple_of_the_step_less_the_ending(cost, rule):
    rule["floor"] = None
    step = rule["step"] or Decimal("0.01")
    price = price_from_cost(cost, **rule)
    assert (Fraction(price) + Fraction(rule["ending"])) % Fraction(step) == 0


@property_settings(200)
@given(COSTS, rules())
def test_rounding_moves_a_price_by_less_than_a_step(cost, rule):
    rule["floor"] = None
    exact = Fraction(cost)
    if "markup" in rule:
        exact *= 1 + Fraction(rule["markup"]) / 100
    else:
        exact /= 1 - Fraction(rule["margin"]) / 100
    step = Fraction(rule["step"] or Decimal("0.01"))
    moved = Fraction(price_from_cost(cost, **rule)) - exact
    assert (0 if rule["up"] else -step) <= moved < step
    # The lowest price of all may be a little further off when it is the nearest.
    assert rule["up"] or abs(moved) <= step / 2 or exact < step


def test_a_price_of_0_has_no_margin():
    assert margin_of(Decimal(0), Decimal(0)) is None
    assert margin_of(Decimal(20), Decimal(15)) == 25
