"""Shares of a natural period by the three ways to count days."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from billing import Policy, add_months
from billing.periods import Period
from billing.proration import day_share, days_360, factor
from billing_strategies import days, property_settings
from hypothesis import given
from hypothesis import strategies as st


def period(start, end, months=1, day_count="30/360", anchor=None):
    start, end = date.fromisoformat(start), date.fromisoformat(end)
    policy = Policy(months, day_count=day_count)
    return Period(policy, start, end, start, end, anchor=anchor or start)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-01-01", "2026-02-01", 30),
        ("2026-02-01", "2026-03-01", 30),
        ("2026-02-28", "2026-03-01", 3),
        ("2028-02-29", "2028-03-01", 2),
        ("2026-01-30", "2026-01-31", 0),
        ("2026-01-31", "2026-02-01", 1),
        ("2026-01-15", "2026-02-15", 30),
        ("2026-01-15", "2027-01-15", 360),
        ("2026-12-31", "2027-01-31", 30),
        ("2026-02-15", "2026-03-01", 16),
    ],
)
def test_days_360(start, end, expected):
    start, end = date.fromisoformat(start), date.fromisoformat(end)
    assert days_360(start, end, start.day, end.day) == expected


@pytest.mark.parametrize(
    ("natural", "day_count", "part", "expected"),
    [
        # The divisor belongs to the natural period that holds the days.
        (("2026-02-01", "2026-03-01"), "actual", ("2026-02-26", "2026-03-01"), "3/28"),
        (("2028-02-01", "2028-03-01"), "actual", ("2028-02-26", "2028-03-01"), "4/29"),
        (("2026-01-15", "2026-02-15"), "actual", ("2026-02-01", "2026-02-15"), "14/31"),
        (("2026-02-01", "2026-03-01"), "30/360", ("2026-02-15", "2026-03-01"), "16/30"),
        (("2026-01-01", "2026-02-01"), "30/360", ("2026-01-31", "2026-02-01"), "1/30"),
        (("2026-01-01", "2026-02-01"), "30/360", ("2026-01-30", "2026-01-31"), "0"),
        # Anchored on the 31st: 28 February stands for the 31st, counted as 30.
        (("2026-01-31", "2026-02-28"), "30/360", ("2026-01-31", "2026-02-10"), "1/3"),
        (("2026-01-31", "2026-02-28"), "30/360", ("2026-02-10", "2026-02-28"), "2/3"),
        (("2026-02-28", "2026-03-31"), "30/360", ("2026-02-28", "2026-03-01"), "1/30"),
        (("2026-02-28", "2026-03-31"), "30/360", ("2026-03-01", "2026-03-31"), "29/30"),
    ],
)
def test_factor(natural, day_count, part, expected):
    clipped = natural[0] in ("2026-01-31", "2026-02-28")
    anchor = date(2026, 1, 31) if clipped else None
    whole = period(*natural, day_count=day_count, anchor=anchor)
    start, end = map(date.fromisoformat, part)
    assert factor(whole, start, end) == Fraction(expected)


@property_settings(200)
@given(
    days(),
    st.sampled_from([1, 2, 3, 12]),
    st.integers(-14, 14),
    st.sampled_from(["actual", "30/360"]),
    st.data(),
)
def test_parts_of_a_period_add_up_to_one(anchor, months, n, day_count, data):
    whole = period(
        str(add_months(anchor, n * months)),
        str(add_months(anchor, (n + 1) * months)),
        months,
        day_count,
        anchor,
    )
    length = (whole.natural_end - whole.natural_start).days
    cuts = sorted(data.draw(st.sets(st.integers(1, length - 1), max_size=6)))
    inner = [whole.natural_start + timedelta(days=cut) for cut in cuts]
    edges = [whole.natural_start, *inner, whole.natural_end]
    shares = [factor(whole, start, end) for start, end in pairwise(edges)]
    assert sum(shares) == 1
    assert all(0 <= share <= 1 for share in shares)


@property_settings(100)
@given(days(), st.integers(-14, 14), st.sampled_from(["actual", "30/360"]), st.data())
def test_neighbours_are_additive_and_longer_is_not_less(anchor, n, day_count, data):
    whole = period(
        str(add_months(anchor, n)), str(add_months(anchor, n + 1)), 1, day_count, anchor
    )
    length = (whole.natural_end - whole.natural_start).days
    first, middle, last = (
        whole.natural_start + timedelta(days=day)
        for day in sorted(data.draw(st.tuples(*[st.integers(0, length)] * 3)))
    )

    def share(start, end):
        return factor(whole, start, end) if start < end else Fraction(0)

    assert share(first, middle) + share(middle, last) == share(first, last)
    assert share(first, middle) <= share(first, last)


def test_a_whole_period_is_one_whatever_its_days():
    for day_count in ("actual", "30/360", "none"):
        whole = period("2026-01-31", "2026-02-28", day_count=day_count)
        found = factor(whole, whole.natural_start, whole.natural_end)
        assert found == 1


def test_days_of_a_share_are_whole_numbers():
    whole = period("2026-02-01", "2026-03-01", day_count="actual")
    assert day_share(whole, date(2026, 2, 10), date(2026, 3, 1)) == (19, 28)
