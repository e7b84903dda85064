"""What is odd, how quantities are shared out and added up."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from preparation import (
    Said,
    Share,
    add_up,
    is_outlier,
    months_before,
    share_money,
    share_out,
)

UNITS = st.decimals(0, 10_000, places=2)
MONEY = st.decimals(-10_000, 10_000, places=2)


@pytest.mark.parametrize(
    ("value", "earlier", "expected"),
    [
        (30, (10, 10), True),
        (30, (10, 28), False),  # like one of the months
        (12, (2,), False),  # only 10 more
        (13, (2,), True),
        (10_060, (10_000,), False),  # only 0.6 %
        (0, (40,), True),
        (500, (), False),
    ],
)
def test_outlier_is_far_in_percent_and_in_units(value, earlier, expected):
    found = is_outlier(
        Decimal(value), [Decimal(one) for one in earlier], Decimal(50), Decimal(10)
    )
    assert found is expected


@given(UNITS, st.lists(UNITS, min_size=1), UNITS, UNITS)
def test_what_was_before_is_no_outlier(value, earlier, percent, least):
    assert not is_outlier(value, [*earlier, value], percent, least)


@given(UNITS, st.lists(UNITS), UNITS, UNITS, UNITS)
def test_wider_limits_find_no_more(value, earlier, percent, least, more):
    if is_outlier(value, earlier, percent + more, least + more) and percent > 0:
        assert is_outlier(value, earlier, percent, least)


def test_months_before_clip_and_cross_years():
    assert months_before(date(2026, 3, 31), 3) == [
        date(2026, 2, 28),
        date(2026, 1, 31),
        date(2025, 12, 31),
    ]


def _shares(numbers, rest):
    return [
        Share(key, number, key == rest % len(numbers))
        for key, number in enumerate(numbers)
    ]


@given(UNITS, st.lists(UNITS, min_size=1, max_size=6), st.integers(0, 5))
def test_shares_add_up_and_nobody_gets_less_than_nothing(total, numbers, rest):
    found = share_out(total, _shares(numbers, rest))
    assert sum(found.values()) == total
    assert min(found.values()) >= 0


@given(st.lists(UNITS, min_size=1, max_size=6), st.integers(0, 5), UNITS)
def test_rest_takes_what_comes_on_top(numbers, rest, more):
    shares = _shares(numbers, rest)
    whole = sum(numbers)
    before, after = share_out(whole, shares), share_out(whole + more, shares)
    taker = rest % len(numbers)
    assert before == dict(enumerate(numbers))
    assert after == before | {taker: before[taker] + more}


@pytest.mark.parametrize(
    ("total", "expected"), [(10, (6, 4)), (11, (7, 4)), (9, (5, 4)), (3, (0, 3))]
)
def test_six_and_four(total, expected):
    shares = [Share("a", Decimal(6), True), Share("b", Decimal(4))]
    assert tuple(share_out(Decimal(total), shares).values()) == expected


@pytest.mark.parametrize("rests", [(), (0, 1)])
def test_exactly_one_takes_the_rest(rests):
    shares = [Share(key, Decimal(1), key in rests) for key in range(2)]
    with pytest.raises(ValueError, match="exactly one"):
        share_out(Decimal(2), shares)


@given(MONEY, st.lists(UNITS, min_size=1, max_size=8))
def test_money_is_shared_to_the_cent(amount, parts):
    found = share_money(amount, parts)
    assert sum(found) == amount
    assert all(one == round(one, 2) for one in found)


KEYS = st.sampled_from("abc")
DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 9))


@given(st.dictionaries(st.tuples(KEYS, DAYS), UNITS, min_size=1))
def test_total_is_the_sum_of_what_was_said_last(said):
    statements = [Said(key, day, number) for (key, day), number in said.items()]
    known = dict.fromkeys("abc", Decimal(5))
    for total in add_up(statements, known, "abc"):
        last = {
            key: max(
                (
                    (day, number)
                    for (one, day), number in said.items()
                    if one == key and day <= total.day
                ),
                default=(None, Decimal(5)),
            )[1]
            for key in "abc"
        }
        assert total.quantity == sum(last.values())
        assert not total.unknown


def test_subscription_nobody_spoke_of_is_unknown():
    [total] = add_up([Said("a", date(2026, 1, 1), Decimal(3))], {}, "ab")
    assert (total.quantity, total.unknown) == (3, ("b",))


def test_difference_moves_what_is_known():
    said = [
        Said("a", date(2026, 1, 1), Decimal(3)),
        Said("b", date(2026, 1, 1), Decimal(-1), is_move=True),
    ]
    [total] = add_up(said, {"b": Decimal(4)}, "ab")
    assert total.quantity == 6
