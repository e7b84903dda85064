"""Components of a bundle: they are where their bundle is, and cost nothing."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from billing import Change, Policy, Pricing, Version, fold
from billing_due import due
from billing_edits import BASE_START, END, edits
from billing_strategies import days, property_settings
from hypothesis import given
from hypothesis import strategies as st

INCLUDED = Pricing(model="included")


def component(name="agent", per_bundle="2"):
    return Change(
        "begin",
        name,
        # Whatever is written here, the bundle says how many there are.
        quantity=Decimal(99),
        unit_price=Decimal(0),
        pricing=INCLUDED,
        bundle="seats",
        per_bundle=Decimal(per_bundle),
    )


def seats(**values):
    names = ("quantity", "move", "share")
    return Change(
        values.pop("action", "set"),
        values.pop("position", "seats"),
        **{name: Decimal(values[name]) for name in names if name in values},
    )


def version(number, start, *changes, end=None):
    first = date.fromisoformat(f"2026-{start}")
    return Version(number, first, changes, end and date.fromisoformat(f"2026-{end}"))


def begun(*more):
    begin = Change("begin", "seats", quantity=Decimal(10), unit_price=Decimal(50))
    terms = Change("terms", policy=Policy(anchor=date(2026, 1, 1)))
    return version(1, "01-01", terms, begin, *more)


def table(*versions, position="agent"):
    return [
        (f"{line.start:%m-%d}", line.end and f"{line.end:%m-%d}", str(line.quantity))
        for line in fold(versions).lines
        if line.position == position
    ]


def test_a_component_follows_its_bundle():
    versions = [
        begun(component()),
        version(2, "02-10", seats(move="5")),
        version(3, "03-01", seats(quantity="4")),
        version(4, "05-01", seats(action="end")),
    ]
    assert table(*versions) == [
        ("01-01", "02-10", "20"),
        ("02-10", "03-01", "30"),
        ("03-01", "05-01", "8"),
    ]


@pytest.mark.parametrize("numbers", [(2, 3), (3, 2)])
def test_a_component_added_later_follows_a_change_backdated_before_it(numbers):
    versions = [
        begun(),
        version(numbers[0], "03-01", component(per_bundle="1.5")),
        version(numbers[1], "02-01", seats(move="2")),
    ]
    assert table(*versions) == [("03-01", None, "18.0")]


def test_a_component_added_during_a_temporary_change_falls_back_with_its_bundle():
    versions = [
        begun(),
        version(2, "02-01", seats(move="5"), end="03-01"),
        version(3, "02-10", component(per_bundle="1")),
    ]
    assert table(*versions) == [("02-10", "03-01", "15"), ("03-01", None, "10")]


def test_two_changes_of_one_day_count_once():
    versions = [begun(component(per_bundle="1")), version(2, "01-01", seats(move="2"))]
    assert table(*versions) == [("01-01", None, "12")]
    both = seats(quantity="5", move="1")
    assert table(begun(component()), version(2, "02-01", both))[1:] == [
        ("02-01", None, "12")
    ]


def test_a_quantity_of_its_own_keeps_its_difference_until_the_bundle_is_set():
    versions = [
        begun(component(per_bundle="1")),
        version(2, "02-01", seats(position="agent", quantity="12")),
        version(3, "03-01", seats(move="3")),
        version(4, "04-01", seats(move="-12")),
        version(5, "05-01", seats(quantity="7")),
    ]
    assert [quantity for *_days, quantity in table(*versions)] == [
        "10",
        "12",
        "15",
        "3",
        "7",
    ]


def test_a_component_is_never_moved_below_0_by_its_bundle():
    versions = [
        begun(component(per_bundle="1")),
        version(2, "02-01", seats(position="agent", quantity="1")),
        version(3, "03-01", seats(move="-5")),
    ]
    assert table(*versions)[-1] == ("03-01", None, "0")


def test_there_is_no_component_without_its_bundle():
    late = version(3, "04-01", component())
    found = fold([begun(), version(2, "03-01", seats(action="end")), late])
    assert [line.position for line in found.lines] == ["seats"]
    assert found.ineffective == ((3, 0),)


def test_a_component_that_was_taken_out_stays_out():
    versions = [
        begun(component()),
        version(2, "02-01", Change("end", "agent")),
        version(3, "03-01", seats(move="2")),
    ]
    assert table(*versions) == [("01-01", "02-01", "20")]


def test_a_suspended_bundle_takes_its_components_along():
    suspend = seats(action="suspend", share="50")
    history = fold(
        [
            begun(component()),
            version(2, "02-01", suspend, end="03-01"),
            version(3, "02-10", component("mail", "1")),
        ]
    )
    found = {
        (line.position, f"{line.start:%m-%d}"): str(line.share)
        for line in history.lines
    }
    assert found == {
        ("seats", "01-01"): "100",
        ("seats", "02-01"): "50",
        ("seats", "03-01"): "100",
        ("agent", "01-01"): "100",
        ("agent", "02-01"): "50",
        ("agent", "03-01"): "100",
        ("mail", "02-10"): "50",
        ("mail", "03-01"): "100",
    }


# Whatever is done to bundles, in whatever order


def bundled(versions, late):
    """Return versions in which seats bring agents, and mail is added on day `late`."""

    def expand(change):
        brings = change.action == "begin" and change.position == "seats"
        return (change, component()) if brings else (change,)

    result = [
        replace(one, changes=tuple(new for old in one.changes for new in expand(old)))
        for one in versions
    ]
    number = max(one.number for one in versions) + 1
    return [*result, Version(number, late, (component("mail", "0.5"),))]


def by_day(history, position, day):
    for line in history.lines:
        if line.position == position and line.start <= day < (line.end or date.max):
            return line
    return None


@property_settings(100)
@given(edits(), days(BASE_START, END))
def test_components_are_where_and_as_many_as_their_bundle_says(versions, late):
    history = fold(bundled(versions, late))
    borders = {line.start for line in history.lines}
    borders |= {line.end - timedelta(days=1) for line in history.lines if line.end}
    for day in borders:
        seat, agent = by_day(history, "seats", day), by_day(history, "agent", day)
        assert (agent and agent.quantity) == (seat and 2 * seat.quantity)
        if mail := by_day(history, "mail", day):
            assert mail.quantity == seat.quantity * Decimal("0.5")


@property_settings(100)
@given(edits(), days(BASE_START, END), days(BASE_START, END), st.data())
def test_invoices_are_those_of_a_contract_without_components(
    versions, late, until, data
):
    """The same, and with one version left out as if it had been withdrawn."""
    if len(versions) > 1:
        versions = list(versions)
        versions.remove(data.draw(st.sampled_from(versions[1:])))
    plain, history = fold(versions), fold(bundled(versions, late))

    def charged(found):
        return [
            (one.position, one.start, one.end, one.amount)
            for one in due(found, (), until, 2)
        ]

    assert charged(history) == charged(plain)
