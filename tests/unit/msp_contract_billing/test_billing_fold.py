"""The fold: versions are sets of changes, the content of a day is all of them."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from billing import Change, FoldError, Policy, Pricing, Version, fold
from billing_edits import edits
from billing_strategies import property_settings
from hypothesis import given
from hypothesis import strategies as st

MONTHLY = Change("terms", policy=Policy())


def day(text):
    return date.fromisoformat(f"2026-{text}")


def change(action, position="seats", **values):
    """Return a change; numbers as text."""
    names = ("quantity", "move", "unit_price", "discount")
    return Change(
        action,
        position,
        **{
            name: Decimal(value) if name in names else value
            for name, value in values.items()
        },
    )


def version(number, start, *changes, end=None):
    return Version(number, day(start), changes, end and day(end))


def begun(quantity="10", price="12.50"):
    begin = change("begin", quantity=quantity, unit_price=price)
    return version(1, "01-01", MONTHLY, begin)


def table(*versions, position="seats"):
    """Return the lines as "first day..first day after quantity x price"."""
    return [
        f"{line.start:%m-%d}..{line.end:%m-%d} {line.quantity} x {line.unit_price}"
        if line.end
        else f"{line.start:%m-%d}.. {line.quantity} x {line.unit_price}"
        for line in fold(versions).lines
        if line.position == position
    ]


PRICE_IN_JULY = change("set", unit_price="15.00")


@pytest.mark.parametrize("numbers", [(2, 3), (3, 2)])
def test_price_for_july_and_two_seats_afterwards_for_may(numbers):
    july = version(numbers[0], "07-01", PRICE_IN_JULY)
    may = version(numbers[1], "05-15", change("set", move="2"))
    assert table(begun(), july, may) == [
        "01-01..05-15 10 x 12.50",
        "05-15..07-01 12 x 12.50",
        "07-01.. 12 x 15.00",
    ]


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        # A later version that set the quantity itself keeps it.
        (change("set", quantity="20"), "07-01.. 20 x 12.50"),
        (change("set", move="5"), "07-01.. 17 x 12.50"),
        (change("set", quantity="20", move="-1"), "07-01.. 19 x 12.50"),
    ],
)
def test_later_version_overrides_only_what_it_names(later, expected):
    may = version(3, "05-01", change("set", quantity="12"))
    lines = table(begun(), version(2, "07-01", later), may)
    assert lines[1:] == ["05-01..07-01 12 x 12.50", expected]


def test_same_first_day_later_number_wins():
    first = version(2, "02-01", change("set", quantity="11", discount="5"))
    second = version(3, "02-01", change("set", quantity="12"))
    for versions in ([first, second], [second, first]):
        line = fold([begun(), *versions]).lines[-1]
        assert (line.quantity, line.discount) == (12, 5)
        assert line.versions == (1, 2, 3)


def test_temporary_version_needs_no_undo():
    summer = version(2, "06-01", change("set", quantity="3"), end="08-01")
    assert table(begun(), summer) == [
        "01-01..06-01 10 x 12.50",
        "06-01..08-01 3 x 12.50",
        "08-01.. 10 x 12.50",
    ]
    # What was changed meanwhile for good stays.
    july = version(3, "07-01", PRICE_IN_JULY)
    assert table(begun(), summer, july)[-1] == "08-01.. 10 x 15.00"
    # A move on top of it is not lost either.
    more = version(3, "07-01", change("set", move="2"))
    assert table(begun(), summer, more)[-2:] == [
        "07-01..08-01 5 x 12.50",
        "08-01.. 12 x 12.50",
    ]


def test_temporary_position():
    extra = version(2, "03-01", change("begin", "rent", quantity="1", unit_price="9"))
    extra = Version(2, extra.start, extra.changes, day("05-01"))
    assert table(begun(), extra, position="rent") == ["03-01..05-01 1 x 9"]


def test_temporary_terms_come_back():
    yearly = version(
        2, "03-01", Change("terms", policy=Policy(unit="year")), end="06-01"
    )
    found = fold([begun(), yearly]).terms
    assert [(item.start, item.policy.unit) for item in found] == [
        (day("01-01"), "month"),
        (day("03-01"), "year"),
        (day("06-01"), "month"),
    ]


def test_ending_and_beginning_again_is_a_new_content():
    end = version(2, "03-01", change("end"))
    price = version(3, "04-01", PRICE_IN_JULY)
    begin = version(4, "05-01", change("begin", quantity="1", unit_price="7"))
    history = fold([begun(), end, price, begin])
    assert table(begun(), end, price, begin) == [
        "01-01..03-01 10 x 12.50",
        "05-01.. 1 x 7",
    ]
    assert history.ineffective == ((3, 0),)


def test_ineffective_change_revives_only_with_a_begin_before_it():
    base = version(1, "01-01", MONTHLY)
    price = version(2, "03-01", change("set", "rent", quantity="5"))
    assert fold([base, price]).ineffective == ((2, 0),)
    later = version(3, "04-01", change("begin", "rent", quantity="1", unit_price="7"))
    assert table(base, price, later, position="rent") == ["04-01.. 1 x 7"]
    earlier = version(3, "02-01", change("begin", "rent", quantity="1", unit_price="7"))
    assert table(base, price, earlier, position="rent") == [
        "02-01..03-01 1 x 7",
        "03-01.. 5 x 7",
    ]
    assert fold([base, price, earlier]).ineffective == ()


def test_index_of_the_ineffective_change():
    mixed = version(2, "02-01", PRICE_IN_JULY, change("end", "rent"))
    assert fold([begun(), mixed]).ineffective == ((2, 1),)


def test_terminate_ends_all_and_the_contract():
    rent = version(2, "02-01", change("begin", "rent", quantity="1", unit_price="9"))
    over = version(3, "06-01", Change("terminate"))
    history = fold([begun(), rent, over])
    assert history.end == day("06-01")
    assert {line.end for line in history.lines} == {day("06-01")}
    # A change after it has no effect.
    assert fold([begun(), over, version(4, "07-01", PRICE_IN_JULY)]).end == history.end


def test_terminated_contract_begins_again():
    over = version(2, "06-01", Change("terminate"))
    again = version(3, "09-01", change("begin", quantity="1", unit_price="7"))
    assert fold([begun(), over, again]).end is None
    assert table(begun(), over, again) == ["01-01..06-01 10 x 12.50", "09-01.. 1 x 7"]


def test_termination_withdrawn_or_moved():
    assert fold([begun()]).end is None
    early = version(3, "04-01", Change("terminate"))
    assert fold([begun(), version(2, "06-01", Change("terminate")), early]).end == day(
        "04-01"
    )


def test_splitting_without_a_change_leaves_one_line():
    same = version(2, "02-01", change("set", quantity="10", unit_price="12.50"))
    assert table(begun(), same) == ["01-01.. 10 x 12.50"]


def test_version_without_a_day_holds_never():
    crossed = version(2, "05-01", change("set", quantity="1"), end="02-01")
    before = version(3, "05-01", change("set", quantity="1"), end="05-01")
    assert table(begun(), crossed, before) == ["01-01.. 10 x 12.50"]
    # Not even its last day may become the contract's first.
    early = Version(4, day("01-05"), crossed.changes, date(2025, 12, 1))
    assert fold([begun(), early]).start == day("01-01")


@pytest.mark.parametrize(
    ("versions", "code", "number"),
    [
        ([begun(), version(2, "02-01", change("set", move="-11"))], "negative", 2),
        ([begun(), version(2, "02-01", change("set", quantity="-1"))], "negative", 2),
        # Not before July, when two are taken away that May has not left.
        (
            [
                begun(),
                version(2, "07-01", change("set", move="-5")),
                version(3, "05-01", change("set", quantity="4")),
            ],
            "negative",
            2,
        ),
        # Version 4 adds one, so it is not what took away too much.
        (
            [
                begun("2"),
                version(3, "03-01", change("set", move="-6")),
                version(4, "02-01", change("set", move="1")),
            ],
            "negative",
            3,
        ),
        # The temporary five are gone in March.
        (
            [
                begun("2"),
                version(2, "01-01", change("set", move="5"), end="03-01"),
                version(3, "02-01", change("set", move="-4")),
            ],
            "negative",
            3,
        ),
        (
            [version(1, "01-01", MONTHLY, change("begin", unit_price="1", move="2"))],
            "incomplete",
            1,
        ),
        (
            [version(1, "01-01", MONTHLY, change("begin", quantity="1"))],
            "incomplete",
            1,
        ),
        (
            [
                version(1, "01-01", MONTHLY, change("begin", unit_price="1")),
                version(2, "01-01", change("set", move="2")),
            ],
            "move_before_set",
            2,
        ),
        ([version(1, "01-01", begun().changes[1])], "no_terms", 1),
        ([version(1, "01-01", MONTHLY, end="02-01")], "no_terms", 1),
        ([], "no_terms", 0),
    ],
)
def test_refused(versions, code, number):
    with pytest.raises(FoldError) as caught:
        fold(versions)
    assert caught.value.code.startswith(code)
    assert caught.value.version == number
    assert str(number) in str(caught.value) or code in ("no_terms", "incomplete")


def test_quantity_of_zero_is_allowed():
    zero = version(2, "02-01", change("set", move="-10"))
    assert table(begun(), zero)[-1] == "02-01.. 0 x 12.50"


# Properties


def content_of(versions, on):
    """Return what holds on a day, from that day's versions alone."""
    content, terminated, policy = {}, False, None
    for item in sorted(versions, key=lambda item: (item.start, item.number)):
        if item.start > on or (item.end and item.end <= on):
            continue
        for one in item.changes:
            if one.action == "terms":
                policy = one.policy
            elif one.action == "terminate":
                content, terminated = {}, True
            elif one.action == "begin":
                terminated = False
                content[one.position] = {
                    "quantity": one.quantity,
                    "unit_price": one.unit_price,
                    "discount": one.discount or Decimal(0),
                }
            elif one.position not in content:
                continue
            elif one.action == "end":
                del content[one.position]
            else:
                values = content[one.position]
                for name in values:
                    if getattr(one, name) is not None:
                        values[name] = getattr(one, name)
                values["quantity"] += one.move or 0
    return content, terminated, policy


@property_settings(40)
@given(edits(terms=True))
def test_each_day_is_what_its_versions_say(versions):
    history = fold(versions)
    for offset in range(460):
        on = history.start + timedelta(days=offset)
        content, terminated, policy = content_of(versions, on)
        lines = [
            line
            for line in history.lines
            if line.start <= on and (line.end is None or on < line.end)
        ]
        assert len(lines) == len(content)
        for line in lines:
            assert content[line.position] == {
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "discount": line.discount,
            }
        [terms] = [
            terms
            for terms in history.terms
            if terms.start <= on and (terms.end is None or on < terms.end)
        ]
        assert terms.policy == policy
        if history.end and on >= history.end:
            assert terminated
        elif terminated:
            assert any(line.start > on for line in history.lines) or not content


@property_settings(40)
@given(edits(terms=True, distinct=True), st.randoms(use_true_random=False))
def test_order_of_recording_does_not_matter(versions, random):
    numbers = [item.number for item in versions]
    random.shuffle(numbers)
    again = [
        Version(number, item.start, item.changes, item.end)
        for number, item in zip(numbers, versions, strict=True)
    ]
    random.shuffle(again)
    one, other = fold(versions), fold(again)
    assert [_values(line) for line in one.lines] == [
        _values(line) for line in other.lines
    ]
    assert (one.start, one.end, one.terms) == (other.start, other.end, other.terms)


def _values(line):
    return line.position, line.start, line.end, line.content


@property_settings(40)
@given(edits(terms=True))
def test_lines_name_only_versions_that_hold(versions):
    known = {item.number: item for item in versions}
    for line in fold(versions).lines:
        assert Fraction(line.quantity) >= 0
        for number in line.versions:
            version = known[number]
            assert line.end is None or version.start < line.end
            assert version.end is None or line.start < version.end


def test_price_per_unit_takes_the_place_of_a_price_scheme():
    """Said in so many words: None would leave the scheme as it is."""
    flat = change("begin", quantity="3", unit_price="9", pricing=Pricing("flat"))
    history = fold(
        [
            version(1, "01-01", MONTHLY, flat),
            version(2, "02-01", change("set", quantity="4")),
            version(3, "03-01", change("set", pricing=Pricing())),
        ]
    )
    assert [line.pricing for line in history.lines] == [
        Pricing("flat"),
        Pricing("flat"),
        None,
    ]
