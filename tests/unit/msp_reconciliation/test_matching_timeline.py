"""What statements amount to, day by day, and what settlements say is billed."""

from datetime import timedelta

import pytest
from billing_strategies import property_settings
from hypothesis import given
from hypothesis import strategies as st
from matching import overlay, supplied
from matching_cases import day, has, said, says
from matching_reference import by_day, days_of, supply_by_day
from matching_strategies import END, chains, contents, periods, split

HORIZON = END + timedelta(100)


def short(statements):
    return [
        f"{one.start:%m-%d} {one.end and one.end.strftime('%m-%d')} {one.quantity}"
        for one in supplied(statements)
    ]


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], []),
        (said("01-01 02-01 5"), ["01-01 02-01 5"]),
        # Open end: until further notice.
        (said("01-01 - 5"), ["01-01 None 5"]),
        (said("01-01 - 5, 03-01 - 6"), ["01-01 03-01 5", "03-01 None 6"]),
        # A change in mid-month, in whatever order it was given.
        (said("01-10 02-01 7, 01-01 02-01 5"), ["01-01 01-10 5", "01-10 02-01 7"]),
        # Not listed in February: not supplied then.
        (said("01-01 02-01 5, 03-01 04-01 5"), ["01-01 02-01 5", "03-01 04-01 5"]),
        # The year was paid ahead; a row of some days only does not shorten it.
        (said("01-01 2027-01-01 5, 03-10 04-01 7"), ["01-01 03-10 5", "03-10 01-01 7"]),
        # An ending, at once and in the middle.
        (said("01-01 02-01 5, 01-01 02-01 0"), []),
        (said("01-01 - 5, 01-20 - 0"), ["01-01 01-20 5"]),
        # After an ending what was paid before reaches no further.
        (
            said("01-01 2027-01-01 5, 01-20 2027-01-01 0, 03-01 04-01 2"),
            ["01-01 01-20 5", "03-01 04-01 2"],
        ),
        (
            said("01-01 - 5, 01-20 - 0, 03-01 04-01 2"),
            ["01-01 01-20 5", "03-01 04-01 2"],
        ),
        # The later given one wins; an ending taken back ends nothing.
        (said("01-01 02-01 5, 01-01 02-01 6"), ["01-01 02-01 6"]),
        (
            said("01-01 03-01 5, 01-20 01-20 0, 01-20 02-01 6"),
            ["01-01 01-20 5", "01-20 03-01 6"],
        ),
        # Known since that day, and then what the file says of it.
        (said("01-01 01-01 0, 01-01 02-01 5"), ["01-01 02-01 5"]),
        # Rows that pay for no day.
        (said("01-01 01-01 5"), []),
    ],
)
def test_supplied(statements, expected):
    assert short(statements) == expected


def test_supplied_names_the_rows_behind_each_quantity():
    given_rows = [says("01-01", "02-01", 5, 11), says("01-10", "02-01", 7, 12, 13)]
    assert [one.keys for one in supplied(given_rows)] == [(11,), (12, 13)]


@property_settings(300)
@given(chains())
def test_supplied_is_what_each_day_by_itself_says(statements):
    found = {}
    for one in supplied(statements):
        assert one.quantity
        for each in days_of(one.start, min(one.end or HORIZON, HORIZON)):
            assert each not in found
            found[each] = (one.quantity, one.keys)
    assert found == supply_by_day(statements, HORIZON)


@property_settings(100)
@given(st.data(), chains(is_unique=True))
def test_order_of_statements_about_different_days_does_not_matter(data, statements):
    shuffled = data.draw(st.permutations(statements))
    assert supplied(shuffled) == supplied(statements)


def bounds(items):
    return [f"{one.start:%m-%d} {one.end:%m-%d} {one.quantity}" for one in items]


@pytest.mark.parametrize(
    ("start", "end", "layer", "expected"),
    [
        # Nothing said about these days: no longer billed.
        ("01-10", "01-20", [], ["01-01 01-10 5", "01-20 02-01 5", "02-01 03-01 6"]),
        # A later settlement of a whole month, of the end of one, over two.
        (
            "02-01",
            "03-01",
            [has("02-01", "03-01", 8)],
            ["01-01 02-01 5", "02-01 03-01 8"],
        ),
        (
            "02-15",
            "03-01",
            [has("02-15", "03-01", 8)],
            ["01-01 02-01 5", "02-01 02-15 6", "02-15 03-01 8"],
        ),
        (
            "01-31",
            "02-02",
            [has("01-31", "02-02", 8)],
            ["01-01 01-31 5", "01-31 02-02 8", "02-02 03-01 6"],
        ),
        ("01-01", "03-01", [], []),
        # Beside all that there is.
        (
            "03-01",
            "04-01",
            [has("03-01", "04-01", 7)],
            ["01-01 02-01 5", "02-01 03-01 6", "03-01 04-01 7"],
        ),
    ],
)
def test_overlay(start, end, layer, expected):
    before = [has("01-01", "02-01", 5), has("02-01", "03-01", 6)]
    assert bounds(overlay(before, layer, day(start), day(end))) == expected
    assert bounds(before) == ["01-01 02-01 5", "02-01 03-01 6"]


@property_settings(150)
@given(contents(), contents(), periods())
def test_overlay_replaces_each_day_and_no_other(before, layer, period):
    start, end = period
    layer = [
        one
        for one in split(split(layer, start), end)
        if start <= one.start and one.end <= end
    ]
    expected = {
        each: one for each, one in by_day(before).items() if not start <= each < end
    }
    expected |= by_day(layer)
    after = overlay(before, layer, start, end)
    assert after == sorted(after, key=lambda one: one.start)
    # What the days cost, since a content that is cut has other bounds.
    assert {each: worth(one) for each, one in by_day(after).items()} == {
        each: worth(one) for each, one in expected.items()
    }


def worth(one):
    return one.quantity, one.unit_price, one.share, one.is_due
