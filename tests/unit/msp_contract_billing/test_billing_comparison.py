"""What differs between two contents of a contract."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from billing import (
    Change,
    Content,
    FoldError,
    Policy,
    Pricing,
    Version,
    compare,
    content_on,
    fold,
)
from billing_edits import BASE_START, END, edits
from billing_strategies import days, property_settings
from hypothesis import given
from hypothesis import strategies as st

MONTHLY, QUARTERLY = Policy(), Policy(unit="quarter")
JANUARY, MARCH = date(2026, 1, 1), date(2026, 3, 1)


def begin(position="seats", quantity="12", price="12.50"):
    return Change(
        "begin", position, quantity=Decimal(quantity), unit_price=Decimal(price)
    )


def first(*changes):
    return Version(1, JANUARY, (Change("terms", policy=MONTHLY), *changes))


def difference(*changes, base=None):
    """Return what a version with `changes` differs from the content before it."""
    versions = [base or first(begin())]
    before = content_on(versions, MARCH)
    after = content_on([*versions, Version(2, MARCH, changes)], MARCH)
    return compare(before, after)


def test_more_seats_and_another_price_name_old_and_new():
    change = Change("set", "seats", move=Decimal(3), unit_price=Decimal("13.10"))
    [found] = difference(change).differences
    assert (found.position, found.kind) == ("seats", "set")
    assert found.changed == {
        "quantity": (Decimal(12), Decimal(15)),
        "unit_price": (Decimal("12.50"), Decimal("13.10")),
    }


def test_what_is_set_to_what_it_was_is_no_difference():
    change = Change("set", "seats", quantity=Decimal(12), discount=Decimal(0))
    found = difference(change)
    assert not found.differences and found.terms is None
    assert [item.kind for item in found.positions] == ["same"]


def test_position_begins_and_another_ends():
    found = difference(begin("backup", "1", "30"), Change("end", "seats"))
    assert [(item.position, item.kind) for item in found.differences] == [
        ("seats", "end"),
        ("backup", "begin"),
    ]
    ended, begun = found.differences
    assert ended.before.quantity == 12 and ended.after is None
    assert begun.before is None and begun.after.unit_price == 30


def test_position_that_ends_and_begins_on_one_day_differs_in_its_fields():
    found = difference(Change("end", "seats"), begin(quantity="20"))
    assert found.differences[0].changed == {"quantity": (Decimal(12), Decimal(20))}


def test_termination_ends_every_position_and_leaves_the_terms():
    found = difference(
        Change("terminate"), base=first(begin(), begin("backup", "1", "30"))
    )
    assert [item.kind for item in found.differences] == ["end", "end"]
    assert found.terms is None


def test_rhythm_before_and_after():
    found = difference(Change("terms", policy=QUARTERLY))
    assert found.terms == (MONTHLY, QUARTERLY)
    assert not found.differences


def test_before_a_contract_begins_there_is_nothing():
    assert content_on([first(begin())], date(2025, 12, 31)) == Content()
    found = compare(Content(), content_on([first(begin())], JANUARY))
    assert found.terms == (None, MONTHLY)
    assert [item.kind for item in found.differences] == ["begin"]


def test_version_without_terms_before_all_others_has_none():
    early = Version(2, date(2025, 12, 1), (begin("backup", "1", "30"),))
    content = content_on([first(begin()), early], date(2025, 12, 31))
    assert content.policy is None
    assert list(content.lines) == ["backup"]


def test_suspension_and_the_end_of_it():
    suspended = Version(2, MARCH, (Change("suspend", share=Decimal(0)),))
    found = difference(Change("suspend", share=Decimal(0)))
    assert found.differences[0].changed == {"share": (Decimal(100), Decimal(0))}
    day = date(2026, 4, 1)
    resumed = Version(3, day, (Change("suspend", share=Decimal(100)),))
    versions = [first(begin()), suspended]
    before = content_on(versions, day)
    found = compare(before, content_on([*versions, resumed], day))
    assert found.differences[0].changed == {"share": (Decimal(0), Decimal(100))}


def test_temporary_version_counts_on_its_days_only():
    temporary = Version(
        2, MARCH, (Change("set", "seats", quantity=Decimal(20)),), date(2026, 5, 1)
    )
    quantities = [
        content_on([first(begin()), temporary], day).lines["seats"].quantity
        for day in (MARCH, date(2026, 4, 30), date(2026, 5, 1))
    ]
    assert quantities == [20, 20, 12]


def test_lines_name_the_versions_by_their_own_numbers():
    """Version 7 was recorded later and holds earlier."""
    late = Version(5, MARCH, (Change("set", "seats", unit_price=Decimal(13)),))
    early = Version(7, date(2026, 2, 1), (Change("set", "seats", quantity=Decimal(2)),))
    content = content_on([first(begin()), late, early], MARCH)
    assert content.lines["seats"].versions == (1, 5, 7)


def test_impossible_content_names_version_and_position():
    less = Version(4, MARCH, (Change("set", "seats", move=Decimal(-13)),))
    with pytest.raises(FoldError) as caught:
        content_on([first(begin()), less], MARCH)
    assert caught.value.code == "negative_quantity"
    assert (caught.value.version, caught.value.position) == (4, "seats")


def test_what_an_earlier_day_makes_impossible_hinders_no_later_one():
    less = Version(4, MARCH, (Change("set", "seats", move=Decimal(-13)),))
    set_again = Version(
        5, date(2026, 4, 1), (Change("begin", "seats", Decimal(9), None, Decimal(1)),)
    )
    with pytest.raises(FoldError):
        fold([first(begin()), less, set_again])
    with pytest.raises(FoldError):
        content_on([first(begin()), less, set_again], MARCH)
    later = [first(begin()), replace(less, end=date(2026, 4, 1)), set_again]
    assert content_on(later, date(2026, 4, 1)).lines["seats"].quantity == 9


@property_settings(60)
@given(edits(terms=True), days(BASE_START - timedelta(days=9), END))
def test_content_of_a_day_is_what_the_fold_says_of_it(versions, day):
    history = fold(versions)
    content = content_on(versions, day)
    expected = {
        line.position: line
        for line in history.lines
        if line.start <= day and (line.end is None or day < line.end)
    }
    assert {key: line.content for key, line in content.lines.items()} == {
        key: line.content for key, line in expected.items()
    }
    policies = [terms.policy for terms in history.terms if terms.start <= day]
    assert content.policy == (policies[-1] if policies else None)


@property_settings(30)
@given(edits(terms=True), days(BASE_START, END))
def test_a_content_does_not_differ_from_itself(versions, day):
    content = content_on(versions, day)
    found = compare(content, content)
    assert not found.differences and found.terms is None
    assert {item.kind for item in found.positions} <= {"same"}


def _applied(content, changes):
    """Return a content with `changes` applied, field by field."""
    lines, policy = dict(content.lines), content.policy
    for change in changes:
        key = change.position
        if change.action == "terms":
            policy = change.policy
        elif change.action == "terminate":
            lines = {}
        elif change.action == "end":
            lines.pop(key, None)
        elif change.action == "begin":
            [line] = fold([first(change)]).lines
            lines[key] = line
        elif key in lines:
            values = {
                name: getattr(change, name)
                for name in (
                    *("quantity", "unit_price", "price_months", "discount"),
                    *("pricing", "overrides"),
                )
                if getattr(change, name) is not None
            }
            if values.get("pricing") == Pricing():
                values["pricing"] = None
            line = replace(lines[key], **values)
            if change.move is not None:
                line = replace(line, quantity=line.quantity + change.move)
            lines[key] = line
    return lines, policy


def _unsuspended(versions):
    """Return versions without suspensions.

    How much a whole contract is suspended is not seen in what it contains.
    """
    return [
        replace(
            version,
            changes=tuple(
                change for change in version.changes if change.action != "suspend"
            ),
        )
        for version in versions
    ]


@property_settings(80)
@given(edits(terms=True, distinct=True).map(_unsuspended), st.data())
def test_changes_applied_to_the_content_before_give_the_one_after(versions, data):
    last = data.draw(st.sampled_from(versions[1:] or versions))
    others = [item for item in versions if item is not last]
    # The last word on its day.
    last = replace(last, number=len(versions) + 1)
    before = content_on(others, last.start)
    after = content_on([*others, last], last.start)
    lines, policy = _applied(before, last.changes)
    assert {key: line.content for key, line in after.lines.items()} == {
        key: line.content for key, line in lines.items()
    }
    assert after.policy == policy


@property_settings(50)
@given(edits(terms=True), edits(terms=True), days(BASE_START, END))
def test_differences_lead_from_one_content_to_the_other(one, other, day):
    before, after = content_on(one, day), content_on(other, day)
    found = compare(before, after)
    lines = dict(before.lines)
    for item in found.differences:
        if item.kind == "end":
            del lines[item.position]
        elif item.kind == "begin":
            lines[item.position] = item.after
        else:
            new = {name: value for name, (_old, value) in item.changed.items()}
            lines[item.position] = replace(lines[item.position], **new)
    assert {key: line.content for key, line in lines.items()} == {
        key: line.content for key, line in after.lines.items()
    }
    assert (found.terms or (None, before.policy))[1] == after.policy
