"""Natural periods: anchors, clipping, dues."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from billing import Policy, add_months
from billing.periods import Period, boundary, index_at, natural_periods
from billing_reference import moved
from billing_strategies import days, property_settings
from hypothesis import given
from hypothesis import strategies as st

RHYTHMS = st.sampled_from(
    [
        (1, "day"),
        (10, "day"),
        (1, "week"),
        (2, "week"),
        (1, "month"),
        (2, "month"),
        (3, "month"),
        (5, "month"),
        (1, "year"),
        (2, "year"),
    ]
).map(lambda rhythm: Policy(*rhythm))


@pytest.mark.parametrize(
    ("anchor", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-01-31", 2, "2026-03-31"),
        ("2026-01-31", 3, "2026-04-30"),
        ("2026-01-31", 25, "2028-02-29"),
        ("2026-01-31", -1, "2025-12-31"),
        ("2026-01-31", -2, "2025-11-30"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-01-15", -13, "2024-12-15"),
        ("2026-01-15", 0, "2026-01-15"),
    ],
)
def test_add_months(anchor, months, expected):
    assert str(add_months(date.fromisoformat(anchor), months)) == expected


@pytest.mark.parametrize(
    ("policy", "anchor", "n", "expected"),
    [
        (Policy(1, "day"), "2026-01-01", 59, "2026-03-01"),
        (Policy(2, "week"), "2026-01-05", 1, "2026-01-19"),
        (Policy(2, "week"), "2026-01-05", -1, "2025-12-22"),
        (Policy(3, "month"), "2026-01-31", 1, "2026-04-30"),
        (Policy(1, "year"), "2024-02-29", 1, "2025-02-28"),
        (Policy(1, "year"), "2024-02-29", 4, "2028-02-29"),
        (Policy(2, "year"), "2024-02-29", -1, "2022-02-28"),
    ],
)
def test_boundary(policy, anchor, n, expected):
    assert str(boundary(policy, date.fromisoformat(anchor), n)) == expected


@pytest.mark.parametrize(
    ("policy", "anchor", "start", "end", "expected"),
    [
        # The first natural period may begin before the first day asked for.
        (Policy(), "2026-01-01", "2026-01-20", "2026-02-01", ["01-01 02-01"]),
        (
            Policy(),
            "2026-01-31",
            "2026-02-27",
            "2026-03-31",
            ["01-31 02-28", "02-28 03-31"],
        ),
        # Before the anchor as well.
        (Policy(), "2026-05-31", "2026-02-28", "2026-03-01", ["02-28 03-31"]),
        (Policy(), "2026-05-15", "2026-05-14", "2026-05-15", ["04-15 05-15"]),
        (Policy(3, "month"), "2026-03-01", "2026-06-01", "2026-06-01", []),
        (Policy(1, "week"), "2026-01-05", "2026-02-08", "2026-02-09", ["02-02 02-09"]),
    ],
)
def test_natural_periods(policy, anchor, start, end, expected):
    found = natural_periods(policy, *map(date.fromisoformat, (anchor, start, end)))
    assert [f"{a:%m-%d} {b:%m-%d}" for a, b in found] == expected


@property_settings(150)
@given(RHYTHMS, days(), days(date(1999, 1, 1), date(2051, 1, 1)))
def test_each_day_lies_in_the_period_of_its_index(policy, anchor, day):
    n = index_at(policy, anchor, day)
    assert boundary(policy, anchor, n) <= day < boundary(policy, anchor, n + 1)


@property_settings(60)
@given(RHYTHMS, days(), days(), st.integers(0, 400))
def test_periods_follow_each_other_without_gap(policy, anchor, start, length):
    end = start + timedelta(days=length)
    found = list(natural_periods(policy, anchor, start, end))
    assert all(a[1] == b[0] for a, b in pairwise(found))
    if length:
        assert found[0][0] <= start < found[0][1]
        assert found[-1][0] < end <= found[-1][1]


@property_settings(100)
@given(RHYTHMS, days(), st.integers(-40, 40))
def test_boundaries_are_those_of_the_reference(policy, anchor, n):
    expected = moved(anchor, policy.unit, n * policy.every)
    assert boundary(policy, anchor, n) == expected


@property_settings(60)
@given(RHYTHMS, days(), st.integers(-30, 30), st.integers(-30, 30))
def test_any_boundary_that_was_not_clipped_is_as_good_an_anchor(policy, anchor, k, n):
    other = boundary(policy, anchor, k)
    if not policy.months or other.day == anchor.day:
        moved_on = boundary(policy, anchor, k + n)
        assert boundary(policy, other, n).replace(day=1) == moved_on.replace(day=1)
        assert boundary(policy, other, n) == moved_on


@property_settings(60)
@given(st.integers(1, 7), st.integers(-60, 60))
def test_day_31_is_never_lost(every, n):
    day = boundary(Policy(every), date(2026, 1, 31), n)
    assert (day + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("timing", "until", "due"),
    [
        ("advance", "2026-01-14", False),
        ("advance", "2026-01-15", True),
        ("arrears", "2026-01-27", False),
        ("arrears", "2026-01-28", True),
    ],
)
def test_due_by_the_contracts_part_of_the_period(timing, until, due):
    period = Period(
        Policy(timing=timing),
        date(2026, 1, 1),
        date(2026, 2, 1),
        date(2026, 1, 15),
        date(2026, 1, 28),
    )
    assert period.is_due(date.fromisoformat(until)) is due
