"""Costs become lines of a bill: what may share one, and whose share it is."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching.bill_lines import Cost, group

JANUARY = date(2026, 1, 1)


def cost(amount, **values):
    return Cost(
        Decimal(amount),
        **{
            "product": 1,
            "first": JANUARY,
            "last": date(2026, 1, 31),
            **values,
        },
    )


def amounts(costs, by="product"):
    return [line.amount for line in group(costs, by)]


def test_a_line_per_product_customer_account_or_row():
    costs = [
        cost("10", customer=1, distribution=(("7", Decimal(100)),)),
        cost("20", customer=2, distribution=(("7", Decimal(100)),)),
        cost("5", product=2, customer=1, distribution=(("8", Decimal(100)),)),
    ]
    assert amounts(costs) == [30, 5]
    assert amounts(costs, "customer") == [15, 20]
    assert amounts(costs, "analytic") == [30, 5]
    assert amounts(costs, "row") == [10, 20, 5]


@pytest.mark.parametrize(
    "values",
    [
        {"booking": (2, ())},
        {"first": date(2025, 12, 31)},
        {"is_apart": True},
        {"product": None, "label": "Fee"},
    ],
)
def test_what_is_booked_or_dated_otherwise_has_its_own_line(values):
    costs = [cost("10", booking=(1, ())), cost("5", **{"booking": (1, ()), **values})]
    assert amounts(costs) == [10, 5]


def test_credits_keep_their_days():
    costs = [
        cost("-10", is_apart=True, first=date(2026, 1, day), last=date(2026, 1, 31))
        for day in (3, 9, 3)
    ]
    lines = group(costs, "product")
    assert [(line.amount, line.first) for line in lines] == [
        (-20, date(2026, 1, 3)),
        (-10, date(2026, 1, 9)),
    ]


def test_shares_are_weighed_by_cost():
    costs = [
        cost("150", distribution=(("7", Decimal(100)),)),
        cost("50", distribution=(("7", Decimal(50)), ("8", Decimal(50)))),
        cost("100"),
    ]
    (line,) = group(costs, "product")
    # 150 + 25 and 25 of 300; the rest is nobody's
    assert line.shares == {"7": Fraction(175, 300), "8": Fraction(25, 300)}


def test_charges_and_credits_of_accounts_share_no_line():
    mine, yours = (("7", Decimal(100)),), (("8", Decimal(100)),)
    costs = [
        cost("-150", distribution=mine),
        cost("200", distribution=yours),
        cost("30", distribution=mine),
    ]
    lines = group(costs, "product")
    assert [(line.amount, line.shares) for line in lines] == [
        (200, {"8": 1}),
        (-120, {"7": 1}),
    ]


def test_a_difference_stands_alone():
    costs = [cost("10", product=None), cost("1", product=None, is_difference=True)]
    lines = group(costs, "product")
    assert [line.is_difference for line in lines] == [False, True]


DISTRIBUTIONS = st.sampled_from(
    [(), (("7", Decimal(100)),), (("7", Decimal(30)), ("8", Decimal(70)))]
)


@given(
    st.lists(
        st.builds(
            Cost,
            st.decimals(-1000, 1000, places=2, allow_nan=False),
            product=st.sampled_from([None, 1, 2]),
            customer=st.sampled_from([None, 1, 2]),
            distribution=DISTRIBUTIONS,
            first=st.dates(date(2026, 1, 1), date(2026, 3, 31)),
            is_apart=st.booleans(),
        ),
        max_size=12,
    ),
    st.sampled_from(["product", "analytic", "customer", "row"]),
)
def test_nothing_is_lost_whatever_lines_are_grouped_by(costs, by):
    lines = group(costs, by)
    assert sum(line.amount for line in lines) == sum(one.amount for one in costs)
    assert sum(line.count for line in lines) == len(costs)
    for key in ("7", "8"):
        # What an account bears is its part of each cost, line by line or in all.
        own = sum(
            Fraction(one.amount) * Fraction(dict(one.distribution).get(key, 0)) / 100
            for one in costs
        )
        borne = sum(Fraction(line.amount) * line.shares.get(key, 0) for line in lines)
        assert borne == own
