"""What the vendor goes on charging: by hand, and against a count of single days."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from billing.vendor_commitment import (
    VendorCommitment,
    months_between,
    still_charged,
    value_left,
)
from billing_reference import DAY
from billing_strategies import days, property_settings
from hypothesis import assume, given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 22, 9, 0)


def seats(quantity="10", price="18.00", start="2026-05-15", end="2027-05-15", **more):
    return VendorCommitment(
        "seats",
        date.fromisoformat(start),
        date.fromisoformat(end),
        Decimal(quantity),
        Decimal(price),
        **more,
    )


def charged(commitments, quantity, day, now=NOW, until=None):
    """Return [(units, amount, units taken back)] as text, by end of the term."""
    found = still_charged(
        commitments,
        Decimal(quantity),
        date.fromisoformat(day),
        now,
        until and date.fromisoformat(until),
    )
    return [(str(one.quantity), str(one.amount), str(one.returnable)) for one in found]


def total(commitments, quantity, day, until=None):
    found = still_charged(commitments, quantity, day, NOW, until)
    return sum((one.amount for one in found), Fraction(0))


@pytest.mark.parametrize(
    ("day", "end", "months"),
    [
        ("2027-03-15", "2027-05-15", "2"),
        ("2027-03-16", "2027-05-15", "61/31"),
        ("2027-05-14", "2027-05-15", "1/30"),
        ("2027-05-15", "2027-05-15", "0"),
        ("2027-06-01", "2027-05-15", "0"),
        # The 31st is clipped in short months and comes back in long ones.
        ("2027-01-31", "2027-05-31", "4"),
        ("2027-02-28", "2027-05-31", "3"),
        ("2027-02-27", "2027-05-31", "85/28"),
        ("2023-12-29", "2024-02-29", "2"),
    ],
)
def test_months_are_counted_back_from_the_end(day, end, months):
    found = months_between(date.fromisoformat(day), date.fromisoformat(end))
    assert str(found) == months


def test_units_no_longer_wanted_are_charged_to_the_end_of_the_term():
    # 3 × 18.00 × 2 months
    assert charged([seats()], "7", "2027-03-15") == [("3", "108", "0")]


def test_a_part_month_counts_by_its_days():
    # 16 March: 30 of the 31 days from 15 March on, and one whole month: 54.00 × 61/31
    assert charged([seats()], "7", "2027-03-16") == [("3", "3294/31", "0")]


def test_nothing_is_left_at_the_end_of_the_term():
    assert charged([seats()], "0", "2027-05-15") == []


def test_as_many_units_as_bought_or_more_cost_nothing():
    assert charged([seats()], "10", "2027-03-15") == []
    assert charged([seats()], "11", "2027-03-15") == []


def test_price_of_a_year_paid_at_once_is_its_share():
    # 216.00 a year: 2 of 12 months are left for 3 units
    yearly = seats(price="216.00", months=12)
    assert charged([yearly], "7", "2027-03-15") == [("3", "108", "0")]


def test_nothing_is_charged_inside_the_window():
    bought = seats(
        start="2026-11-22",
        end="2027-11-22",
        reduction_until=datetime(2026, 11, 29, 14, 0),
    )
    assert charged([bought], "7", "2026-11-24") == [("0", "0", "3")]
    # the last moment, and the one after it
    late = datetime(2026, 11, 29, 13, 59, 59)
    assert charged([bought], "7", "2026-11-24", late) == [("0", "0", "3")]
    late = datetime(2026, 11, 29, 14, 0)
    assert charged([bought], "7", "2026-12-22", late) == [("3", "594", "0")]


def test_a_window_that_closes_before_the_units_are_given_back_does_not_help():
    bought = seats(
        start="2026-11-22",
        end="2027-11-22",
        reduction_until=datetime(2026, 11, 29, 14, 0),
    )
    assert charged([bought], "7", "2026-12-22") == [("3", "594", "0")]


def test_seats_added_later_have_a_window_of_their_own_and_the_same_end():
    first = seats("10")
    added = seats("5", start="2026-11-20", reduction_until=datetime(2026, 11, 27))
    # The five that were added go first and cost nothing: 15 -> 11.
    assert charged([first, added], "11", "2026-11-23") == [("0", "0", "4")]
    # 15 -> 8: five are taken back, two are charged for 5 months and 22 of 30 days.
    assert charged([first, added], "8", "2026-11-23") == [
        ("2", str(2 * 18 * (5 + Fraction(22, 30))), "0"),
        ("0", "0", "5"),
    ]


def test_without_a_window_those_bought_last_go_first():
    first = seats("10", "18.00")
    added = seats("5", "20.00", start="2026-08-01")
    # 5 × 20.00 and 1 × 18.00 for two months
    assert charged([first, added], "9", "2027-03-15") == [
        ("1", "36", "0"),
        ("5", "200", "0"),
    ]


def test_a_renewal_that_is_known_already_is_charged_from_its_first_day():
    running = seats("10")
    renewed = seats("8", "19.00", start="2027-05-15", end="2028-05-15")
    # 2 months × 3 × 18.00, then a year × 1 × 19.00
    assert charged([running, renewed], "7", "2027-03-15") == [
        ("3", "108", "0"),
        ("1", "228", "0"),
    ]


def test_units_that_are_needed_again_are_charged_for_the_time_between():
    found = charged([seats()], "7", "2027-01-15", until="2027-03-15")
    assert found == [("3", "108", "0")]


def test_value_left():
    assert value_left(seats(), date(2027, 3, 15)) == 360
    assert value_left(seats(), date(2026, 1, 1)) == 12 * 180
    assert value_left(seats(), date(2027, 5, 15)) == 0


# Properties


def commitments(has_windows=True):
    window = st.one_of(
        st.none(),
        st.integers(1, 3000).map(lambda hours: NOW + timedelta(hours=hours)),
    )

    def build(start, length, quantity, price, months, until):
        return VendorCommitment(
            "seats",
            start,
            start + length * DAY,
            Decimal(quantity) / 2,
            Decimal(price) / 100,
            months,
            until,
        )

    return st.builds(
        build,
        days(),
        st.integers(1, 800),
        st.integers(1, 40),
        st.integers(0, 9999),
        st.sampled_from([1, 3, 12, 36]),
        window if has_windows else st.none(),
    )


def lists(**options):
    return st.lists(commitments(**options), min_size=1, max_size=4)


wanted = st.integers(0, 60).map(lambda half: Decimal(half) / 2)


def by_single_days(held, quantity, day, until=None):
    """Return what is charged, day by day; no commitment has a window."""
    amount = Fraction(0)
    stop = max(one.end for one in held)
    while day < min(stop, until or stop):
        running = [one for one in held if one.start <= day < one.end]
        excess = sum((one.quantity for one in running), Decimal(0)) - quantity
        for one in sorted(running, key=lambda one: one.start, reverse=True):
            units = max(min(excess, one.quantity), Decimal(0))
            excess -= units
            share = months_between(day, one.end) - months_between(day + DAY, one.end)
            amount += Fraction(units) * Fraction(one.unit_price) * share / one.months
        day += DAY
    return amount


@property_settings(60)
@given(lists(has_windows=False), wanted, days(), st.integers(1, 500))
def test_as_much_as_single_days_say(held, quantity, day, length):
    assert total(held, quantity, day) == by_single_days(held, quantity, day)
    until = day + length * DAY
    found = total(held, quantity, day, until=until)
    assert found == by_single_days(held, quantity, day, until)


@property_settings(100)
@given(lists(), wanted, wanted, days())
def test_fewer_units_never_cost_less(held, quantity, other, day):
    low, high = sorted((quantity, other))
    assert total(held, low, day) >= total(held, high, day) >= 0


@property_settings(100)
@given(lists(), days())
def test_nothing_wanted_costs_what_is_left_of_closed_commitments(held, day):
    closed = [
        one
        for one in held
        if one.reduction_until is None or day > one.reduction_until.date()
    ]
    left = sum((value_left(one, day) for one in closed), Fraction(0))
    assert total(held, Decimal(0), day) == left


@property_settings(100)
@given(lists(has_windows=False), wanted, days(), days())
def test_costs_of_two_stretches_add_up(held, quantity, day, other):
    first, then = sorted((day, other))
    assume(first < then)
    until = total(held, quantity, first, until=then)
    assert until + total(held, quantity, then) == total(held, quantity, first)


@property_settings(100)
@given(lists(), wanted, days())
def test_never_more_units_than_were_bought(held, quantity, day):
    for one in still_charged(held, quantity, day, NOW):
        assert 0 < one.quantity + one.returnable <= one.commitment.quantity
        assert not (one.quantity and one.returnable)
