"""Suspended positions, included ones, and what a line is worth per month."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from billing import (
    Change,
    Line,
    Policy,
    Pricing,
    Tier,
    Version,
    fold,
    monthly_value,
    settle,
)
from hypothesis import given
from hypothesis import strategies as st

MONTHLY = Policy(anchor=date(2026, 1, 1))


def begin(position="seats", quantity="10", price="12.50", **values):
    return Change(
        "begin",
        position,
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        **values,
    )


def first(*changes, policy=MONTHLY):
    terms = Change("terms", policy=policy)
    return Version(1, date(2026, 1, 1), (terms, *changes))


def suspend(number, start, share="0", position=None, end=None):
    change = Change("suspend", position, share=Decimal(share))
    return Version(number, start, (change,), end)


def amounts(versions, until):
    return [
        (charge.start.isoformat(), charge.end.isoformat(), str(charge.amount))
        for charge in settle(fold(versions), (), until, 2)
    ]


def test_suspended_days_are_not_billed_and_nothing_of_0_is_put_out():
    versions = [
        first(begin()),
        suspend(2, date(2026, 2, 15), end=date(2026, 4, 1)),
    ]
    assert amounts(versions, date(2026, 4, 1)) == [
        ("2026-01-01", "2026-02-01", "125.00"),
        # 14 of 28 days
        ("2026-02-01", "2026-02-15", "62.50"),
        ("2026-04-01", "2026-05-01", "125.00"),
    ]


def test_a_share_is_billed_while_suspended_and_discounts_multiply():
    versions = [
        first(begin(discount=Decimal(20))),
        suspend(2, date(2026, 2, 1), "40"),
        suspend(3, date(2026, 3, 1), "100"),
    ]
    # 125.00 less 20 % = 100.00, of which 40 %
    assert amounts(versions, date(2026, 3, 1)) == [
        ("2026-01-01", "2026-02-01", "100.00"),
        ("2026-02-01", "2026-03-01", "40.00"),
        ("2026-03-01", "2026-04-01", "100.00"),
    ]


def test_the_smaller_share_of_contract_and_position_counts():
    versions = [
        first(begin("seats"), begin("backup", "1", "100")),
        suspend(2, date(2026, 2, 1), "50"),
        suspend(3, date(2026, 2, 1), "20", "backup"),
    ]
    history = fold(versions)
    shares = {
        line.position: line.share for line in history.lines if line.start.month > 1
    }
    assert shares == {"seats": Decimal(50), "backup": Decimal(20)}
    assert {line.versions for line in history.lines if line.start.month > 1} == {
        (1, 2),
        (1, 3),
    }


def test_what_begins_while_the_contract_is_suspended_is_suspended():
    versions = [
        first(begin()),
        suspend(2, date(2026, 2, 1)),
        Version(3, date(2026, 2, 10), (begin("backup", "1", "100"),)),
        suspend(4, date(2026, 3, 1), "100"),
    ]
    assert amounts(versions, date(2026, 3, 1)) == [
        ("2026-03-01", "2026-04-01", "100.00"),
        ("2026-01-01", "2026-02-01", "125.00"),
        ("2026-03-01", "2026-04-01", "125.00"),
    ]


def test_a_price_revised_while_suspended_is_billed_afterwards():
    change = Change("set", "seats", unit_price=Decimal(13))
    versions = [
        first(begin()),
        suspend(2, date(2026, 2, 1)),
        Version(3, date(2026, 2, 10), (change,)),
        suspend(4, date(2026, 3, 1), "100"),
    ]
    assert amounts(versions, date(2026, 3, 1))[-1] == (
        "2026-03-01",
        "2026-04-01",
        "130.00",
    )


@pytest.mark.parametrize("decrease", ["next_period", "end_of_term", "never"])
def test_a_suspension_waits_for_nothing(decrease):
    policy = replace(MONTHLY, decrease=decrease, term_months=12)
    versions = [first(begin(), policy=policy), suspend(2, date(2026, 2, 15))]
    assert amounts(versions, date(2026, 3, 1)) == [
        ("2026-01-01", "2026-02-01", "125.00"),
        ("2026-02-01", "2026-02-15", "62.50"),
    ]


def test_a_suspension_begins_no_new_period_of_what_re_anchors():
    policy = replace(MONTHLY, re_anchor=True)
    versions = [
        first(begin(), policy=policy),
        suspend(2, date(2026, 1, 11), end=date(2026, 1, 21)),
    ]
    # 10 and 11 of 31 days
    assert amounts(versions, date(2026, 1, 31)) == [
        ("2026-01-01", "2026-01-11", "40.32"),
        ("2026-01-21", "2026-02-01", "44.36"),
    ]


def test_minimum_and_discount_amount_shrink_with_the_share():
    pricing = Pricing(minimum=Decimal(200), discount_amount=Decimal(10))
    history = fold([first(begin(pricing=pricing)), suspend(2, date(2026, 1, 1), "50")])
    [charge] = settle(history, (), date(2026, 1, 1), 2)
    assert charge.amount == Decimal("100.00")


def test_an_included_position_is_never_billed_and_what_was_billed_is_credited():
    included = Pricing("included")
    versions = [
        first(begin(), begin("backup", "10", "0", pricing=included)),
    ]
    assert amounts(versions, date(2026, 1, 1)) == [
        ("2026-01-01", "2026-02-01", "125.00")
    ]
    versions = [
        first(begin()),
        Version(2, date(2026, 1, 17), (Change("set", "seats", pricing=included),)),
    ]
    # 16 of 31 days
    assert amounts(versions, date(2026, 2, 1)) == [
        ("2026-01-01", "2026-01-17", "64.52")
    ]


def test_an_included_position_needs_no_price():
    change = Change("begin", "backup", quantity=Decimal(1), pricing=Pricing("included"))
    assert fold([first(change)]).lines[0].unit_price == 0


@given(
    price=st.decimals(0, 1000, places=4),
    discount=st.decimals(0, 100, places=2),
    share=st.decimals(0, 100, places=2),
    days=st.integers(1, 30),
)
def test_what_is_billed_while_suspended_is_that_share_of_the_price(
    price, discount, share, days
):
    whole = settle(
        fold([first(begin(price=price, discount=discount))]), (), date(2026, 1, 1), 9
    )
    part = settle(
        fold(
            [
                first(begin(price=price, discount=discount)),
                suspend(2, date(2026, 1, 1), share),
            ]
        ),
        (),
        date(2026, 1, 1),
        9,
    )
    expected = Fraction(whole[0].amount) * Fraction(share) / 100
    found = sum((charge.amount for charge in part), Decimal(0))
    assert abs(Fraction(found) - expected) <= Fraction(1, 10**8)


LINE = Line(None, date(2026, 1, 1), None, Decimal(10), Decimal("12.00"))


@pytest.mark.parametrize(
    "line, policy, value",
    [
        (LINE, Policy(), 120),
        (LINE, Policy(unit="quarter"), 40),
        (LINE, Policy(unit="year"), 10),
        # A year's price in monthly instalments
        (LINE, Policy(instalments=12), 10),
        (replace(LINE, price_months=12), Policy(), 10),
        (replace(LINE, price_months=1), Policy(unit="year"), 120),
        (LINE, Policy(day_count="year_share"), 10),
        (replace(LINE, discount=Decimal(25)), Policy(), 90),
        (replace(LINE, share=Decimal(50)), Policy(), 60),
        (replace(LINE, share=Decimal(0)), Policy(), 0),
        (replace(LINE, pricing=Pricing("included")), Policy(), 0),
        (replace(LINE, pricing=Pricing("amounts")), Policy(), 0),
        (replace(LINE, overrides=(("every", 1), ("unit", "year"))), Policy(), 10),
        (
            replace(LINE, pricing=Pricing("volume", (Tier(None, Decimal(7)),))),
            Policy(),
            70,
        ),
        (LINE, Policy(unit="week"), Fraction(120 * 365, 12 * 7)),
        (LINE, Policy(unit="day", every=73), 50),
    ],
)
def test_monthly_value(line, policy, value):
    assert monthly_value(line, policy) == value
