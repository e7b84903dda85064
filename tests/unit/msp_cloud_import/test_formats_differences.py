"""Quantities of files whose change rows say how many more or fewer."""

from datetime import date, timedelta

import formats
from hypothesis import given
from hypothesis import strategies as st
from profile_files import INGRAM, INGRAM_HEADER, csv_file, ingram_row, profile

START, END = date(2026, 3, 5), date(2026, 4, 4)


def changes(*rows, **fields):
    """Return start, kind and quantity of each change that Ingram rows make."""
    form = formats.profile_format(profile("ingram_micro_cloud", **fields))
    with formats.open_file(csv_file((INGRAM_HEADER, *rows)), formats=[form]) as reading:
        found = formats.quantity_changes(reading.charges())
        assert not reading.problem_count, reading.problems
    return found


def told(*rows, **fields):
    return [(c.start.day, c.kind, c.quantity) for c in changes(*rows, **fields)]


def recurring(quantity, start=START, end=END):
    return ingram_row(From=start, To=end, Quantity=quantity, Net_Cost=9 * abs(quantity))


def change(quantity, day, end=END, kind="Change"):
    return ingram_row(
        Order_Type=kind, From=day, To=end, Quantity=quantity, Net_Cost=4 * quantity
    )


def day(number):
    return date(2026, 3, number)


def test_rows_of_the_page():
    assert told(*INGRAM[1:]) == [(5, "set", 12), (20, "set", 15), (10, "end", 0)]


def test_differences_add_up_within_the_period():
    rows = (recurring(12), change(3, day(10)), change(-5, day(20)))
    assert told(*rows) == [(5, "set", 12), (10, "set", 15), (20, "set", 10)]
    assert told(*reversed(rows)) == told(*rows)


def test_differences_of_one_day_are_added():
    found = changes(recurring(12), change(3, day(20)), change(2, day(20)))
    assert [(c.quantity, c.rows) for c in found] == [(12, (2,)), (17, (3, 4))]
    assert found[1].cost == 20


def test_difference_on_the_day_of_the_period_counts_on_top():
    (found,) = changes(recurring(12), change(3, day(5)))
    assert (found.kind, found.quantity, found.rows) == ("set", 15, (2, 3))
    assert found.cost == 12 * 9 + 3 * 4


def test_unknown_base_leaves_the_difference():
    assert told(change(3, day(20))) == [(20, "move", 3)]
    assert told(change(-3, day(20))) == [(20, "move", -3)]
    assert told(change(3, day(20)), change(-3, day(20))) == []
    april = date(2026, 4, 20)
    rows = (recurring(12), change(3, april, april))
    assert told(*rows) == [(5, "set", 12), (20, "move", 3)]
    later = (change(3, day(1), day(4)), recurring(12))
    assert told(*later) == [(1, "move", 3), (5, "set", 12)]


def test_reduction_to_nothing_ends_and_below_nothing_is_uncertain():
    assert told(recurring(12), change(-12, day(20)))[1] == (20, "end", 0)
    found = changes(recurring(12), change(-13, day(20)))[1]
    assert (found.kind, found.quantity, found.is_certain) == ("end", 0, False)


def test_cancellation_ends_and_a_later_difference_starts_from_nothing():
    rows = (recurring(12), change(-12, day(20), kind="Cancellation"))
    assert told(*rows) == [(5, "set", 12), (20, "end", 0)]
    assert told(*rows, change(4, day(25)))[2] == (25, "set", 4)


def test_next_period_says_the_quantity_anew():
    rows = (recurring(12), change(3, day(20)), recurring(15, date(2026, 4, 5), None))
    assert told(*rows)[2] == (5, "set", 15)


def test_subscriptions_do_not_mix():
    other = ingram_row(
        Subscription_ID=7, Order_Type="Change", From=day(20), Quantity=1, Net_Cost=4
    )
    found = changes(recurring(12), other)
    assert [(c.subscription_id, c.kind) for c in found] == [
        ("2001001", "set"),
        ("7", "move"),
    ]


def test_without_the_profile_saying_so_a_change_names_the_quantity():
    rows = (recurring(12), change(15, day(20)))
    assert told(*rows, changes_are_differences=False) == [
        (5, "set", 12),
        (20, "set", 15),
    ]


@given(
    st.integers(1, 50),
    st.lists(st.tuples(st.integers(0, 30), st.integers(-3, 9)), max_size=8),
)
def test_last_quantity_is_the_first_plus_all_differences(first, steps):
    steps = [(offset, size) for offset, size in steps if size]
    kept, running = [], first
    for offset, size in sorted(steps):
        if running + size > 0:
            kept.append((offset, size))
            running += size
    rows = [change(size, START + timedelta(days=offset)) for offset, size in kept]
    found = changes(recurring(first), *rows)
    assert found[-1].quantity == running
    assert len({c.start for c in found}) == len(found)
    assert all(c.kind == "set" and c.is_certain for c in found)


def test_period_within_another_one_is_doubtful():
    rows = (recurring(10), recurring(2, day(20)))
    assert [(c.quantity, c.is_certain) for c in changes(*rows)] == [
        (10, True),
        (2, False),
    ]
    # the first period was taken back, so all is in the two that follow
    back = ingram_row(Quantity=-10, Net_Cost=-90)
    rows = (recurring(10), back, recurring(10, end=day(19)), recurring(2, day(20)))
    assert all(c.is_certain for c in changes(*rows))
    rows = (recurring(10, end=day(19)), recurring(2, day(20)))
    assert all(c.is_certain for c in changes(*rows))


def test_period_billed_again_counts_once():
    again = ingram_row(Quantity=10, Net_Cost=85)
    back = ingram_row(Quantity=-10, Net_Cost=-90)
    rows = (recurring(10), back, again)
    (found,) = changes(*rows)
    assert (found.quantity, found.cost, found.is_certain) == (10, 85, True)
    assert told(recurring(10), back) == []
    # two orders of one article remain two
    assert told(recurring(10), recurring(5)) == [(5, "set", 15)]
    assert told(recurring(10), recurring(5), back) == [(5, "set", 5)]
