"""Each cause, its days and its money, by examples: one unit costs 1.00 a day."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from billing_strategies import property_settings
from hypothesis import given
from hypothesis import strategies as st
from matching import CAUSES, DIRECTIONS, UnitCost, cause_of_row, compare, cost_changes
from matching.comparison import round_half_up
from matching_cases import compared, day, found, has, said, says
from matching_reference import half_up

FIVE = [has("01-01", "02-01", 5)]
LISTED = said("01-01 02-01 5")


@pytest.mark.parametrize(
    ("chains", "contents", "expected"),
    [
        ([LISTED], FIVE, []),
        ([[]], [], []),
        # More at the provider: within a content, beside one, without any price.
        ([said("01-01 - 7")], FIVE, ["seats_missing 01-01 02-01 7/5/5 62.00"]),
        (
            [[*LISTED, says("01-20", "02-01", 8)]],
            FIVE,
            ["seats_missing 01-20 02-01 8/5/5 36.00"],
        ),
        (
            [LISTED],
            [has("01-11", "02-01", 5)],
            ["not_in_contract 01-01 01-11 5/0/0 50.00"],
        ),
        ([LISTED], [], ["not_in_contract 01-01 02-01 5/0/0 None"]),
        # A content of 0 is content: the seats are missing from it.
        (
            [LISTED],
            [has("01-01", "02-01", 0)],
            ["seats_missing 01-01 02-01 5/0/0 155.00"],
        ),
        # Fewer at the provider, none any more, never any.
        ([said("01-01 - 3")], FIVE, ["seats_surplus 01-01 02-01 3/5/5 62.00"]),
        (
            [[*LISTED, says("01-22", None, 0)]],
            FIVE,
            ["ended_at_provider 01-22 02-01 0/5/5 50.00"],
        ),
        (
            [said("2025-12-01 01-01 5")],
            FIVE,
            ["ended_at_provider 01-01 02-01 0/5/5 155.00"],
        ),
        ([], FIVE, ["only_in_contract 01-01 02-01 0/5/5 155.00"]),
        ([[], []], FIVE, ["only_in_contract 01-01 02-01 0/5/5 155.00"]),
        # Nothing was read about the days before the first statement of all.
        ([said("01-10 - 5")], FIVE, []),
        ([said("02-10 - 5")], FIVE, []),
        ([said("01-10 - 4")], FIVE, ["seats_surplus 01-10 02-01 4/5/5 22.00"]),
        # Two subscriptions of one position: only their sum counts.
        ([said("01-01 - 2"), said("01-01 - 3")], FIVE, []),
        (
            [said("01-01 - 2"), said("01-21 - 3")],
            FIVE,
            ["seats_surplus 01-01 01-21 2/5/5 60.00"],
        ),
        # Two causes in one month, one cause on days that do not touch.
        (
            [[*LISTED, says("01-11", None, 6), says("01-21", None, 0)]],
            FIVE,
            [
                "seats_missing 01-11 01-21 6/5/5 10.00",
                "ended_at_provider 01-21 02-01 0/5/5 55.00",
            ],
        ),
        (
            [said("01-01 - 6, 01-02 - 5, 01-31 - 8")],
            FIVE,
            ["seats_missing 01-01 02-01 8/5/5 4.00"],
        ),
        # Days without content are priced by the content before, not a later one.
        (
            [LISTED],
            [has("01-01", "01-11", 5), has("01-21", "02-01", 5, price="310")],
            ["cancellation_missed 01-11 01-21 5/0/0 50.00"],
        ),
    ],
)
def test_supplied_against_contained(chains, contents, expected):
    assert found(chains, contents) == expected


@pytest.mark.parametrize(
    ("contents", "billed", "expected"),
    [
        (FIVE, [], ["not_billed 01-01 02-01 5/5/0 155.00"]),
        (FIVE, [has("01-01", "01-22", 5)], ["not_billed 01-22 02-01 5/5/0 50.00"]),
        # In arrears: not due yet. Free: nothing to bill.
        ([has("01-01", "02-01", 5, is_due=False)], [], []),
        ([has("01-01", "02-01", 5, price="0")], [], []),
        # Another quantity, another price, both to either side.
        (FIVE, [has("01-01", "02-01", 4)], ["to_correct 01-01 02-01 5/5/4 31.00"]),
        (
            FIVE,
            [has("01-01", "02-01", 5, price="37.20")],
            ["to_correct 01-01 02-01 5/5/5 -31.00"],
        ),
        # Billed otherwise, but at the same money.
        (FIVE, [has("01-01", "02-01", 10, price="15.50")], []),
        # What an invoice does not say of its days is as in the contract.
        (FIVE, [has("01-01", "02-01", 5, share=None)], []),
        (
            FIVE,
            [has("01-01", "02-01", 6, share=None)],
            ["to_correct 01-01 02-01 5/5/6 -31.00"],
        ),
        # By 30/360 the share of a day depends on how the days were cut.
        (FIVE, [has("01-01", "02-01", 5, share="1/30")], []),
        # It is not known what the invoice rests on.
        (FIVE, [has("01-01", "02-01", None)], []),
    ],
)
def test_contained_against_billed(contents, billed, expected):
    assert found([LISTED], contents, billed) == expected


@pytest.mark.parametrize(
    ("contents", "billed", "expected"),
    [
        ([], [has("01-01", "02-01", 5)], ["to_correct 01-01 02-01 0/0/5 -155.00"]),
        # The price of a day without content is known only from a content elsewhere.
        (
            [],
            [has("01-01", "02-01", 5, share=None)],
            ["to_correct 01-01 02-01 0/0/5 None"],
        ),
        ([], [has("01-01", "02-01", 0, share=None)], []),
        (
            [],
            [has("01-01", "01-11", 5, share=None), has("01-11", "02-01", 5)],
            ["to_correct 01-01 02-01 0/0/5 None"],
        ),
        ([], [has("01-01", "02-01", None)], []),
        (
            [has("2025-12-01", "01-01", 5)],
            [has("01-01", "02-01", 5, share=None)],
            ["to_correct 01-01 02-01 0/0/5 -155.00"],
        ),
    ],
)
def test_billed_without_content(contents, billed, expected):
    assert found([], contents, billed) == expected


def test_days_before_the_first_statement_are_held_against_the_invoices():
    chain = said("01-21 - 5")
    assert found([chain], FIVE, []) == ["not_billed 01-01 02-01 5/5/0 155.00"]


def test_rows_of_a_finding_are_those_of_its_days():
    chain = [
        says("01-01", None, 6, 1),
        says("01-11", None, 5, 2),
        says("01-21", None, 7, 3, 1, 5),
    ]
    (finding,) = compared([chain, [says("01-25", None, 1, 4)]], FIVE).findings
    assert finding.keys == (1, 3, 5, 4)


def test_sums_of_a_position():
    chain, contents = said("01-11 - 6"), [has("01-01", "01-31", 5)]
    result = compared([chain], contents, [has("01-01", "01-11", 5)])
    assert (result.supplied, result.contained, result.billed) == (6, 0, 0)
    assert (result.value, result.billed_value) == (Decimal(150), Decimal(50))
    # Unknown basis: taken as what the contract says.
    result = compared([], contents, [has("01-01", "02-01", None)], end="01-31")
    assert (result.supplied, result.contained, result.billed) == (0, 5, 5)
    assert result.billed_value == result.value == 150
    # No file speaks for the last day.
    assert compared([chain], contents, end="01-11").supplied is None
    empty = compared([chain], contents, start="01-11", end="01-11")
    assert (empty.findings, empty.supplied, empty.value) == ((), None, 0)


@pytest.mark.parametrize(
    ("price", "digits", "expected"),
    [
        # Three stretches of a third of 0.01 each: rounded alone they would be 0.
        ("0.01", 2, "0.01"),
        ("0.005", 2, "0.01"),
        ("0.00499", 2, "0.00"),
        ("2.675", 2, "2.68"),
        ("1.5", 0, "2"),
        ("0.0125", 3, "0.013"),
    ],
)
def test_amounts_are_rounded_once_half_up(price, digits, expected):
    days = ("01-01", "01-11", "01-21", "01-31")
    contents = [has(*pair, 5, price, share="1/30") for pair in pairwise(days)]
    chain = said("01-01 - 6")
    result = compared([chain], contents, [], end="01-31", digits=digits)
    assert str(result.findings[0].amount) == expected
    contents = [has("01-01", "01-31", 0, price)]
    billed = [has("01-01", "01-31", 1, price, share="1/30")]
    result = compared([], contents, billed, end="01-31", digits=digits)
    # Away from zero, also where the customer gets it back.
    assert Decimal(str(result.findings[0].amount)) == -Decimal(expected)


@property_settings(200)
@given(
    st.one_of(
        st.fractions(-1000, 1000, max_denominator=1000),
        st.integers(-9999, 9999).map(lambda number: Fraction(number, 2000)),
    ),
    st.sampled_from([0, 2, 3]),
)
def test_half_up(value, digits):
    assert round_half_up(value, digits) == half_up(value, digits)
    assert -round_half_up(value, digits).as_tuple().exponent == digits


def test_rows_that_say_nothing_leave_contract_and_invoice_to_compare():
    january = (day("01-01"), day("02-01"))
    sides = ([[]], [has("01-01", "02-01", 10)], [has("01-01", "02-01", 8)])
    spoken = compare(*sides, *january)
    assert [one.cause for one in spoken.findings] == ["only_in_contract", "to_correct"]
    silent = compare(*sides, *january, speaks=False)
    assert [one.cause for one in silent.findings] == ["to_correct"]
    assert silent.supplied is None


# Prices of the provider


def cost(key, price, quantity=1, currency="EUR", row=None):
    return UnitCost(key, Decimal(price), Decimal(quantity), currency, row)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ([], [cost("a", "10")], []),
        ([cost("a", "10")], [], []),
        ([cost("a", "10")], [cost("a", "10.00", 7)], []),
        (
            [cost("a", "10")],
            [cost("a", "12.50", 4, row=8)],
            [("a", "10", "12.50", 4, "10.00", 8)],
        ),
        ([cost("a", "10")], [cost("a", "8", 3)], [("a", "10", "8", 3, "-6", None)]),
        # Free before is a price, too.
        ([cost("a", "0")], [cost("a", "8", 3)], [("a", "0", "8", 3, "24", None)]),
        # A price that was asked before is none; what is new adds up, row by row.
        (
            [cost("a", "9"), cost("a", "10")],
            [cost("a", "10"), cost("a", "11"), cost("a", "12", 2)],
            [("a", "10", "12", 3, "5", None)],
        ),
        (
            [cost("a", "15", 10), cost("a", "16", 2)],
            [cost("a", "17", 10, row=1), cost("a", "17", 2, row=2)],
            [("a", "16", "17", 12, "22", 2)],
        ),
        # Another currency, another subscription: nothing to compare.
        ([cost("a", "10", currency="USD")], [cost("a", "9")], []),
        (
            [cost("a", "10"), cost("b", "20")],
            [cost("b", "10"), cost("a", "10")],
            [("b", "20", "10", 1, "-10", None)],
        ),
    ],
)
def test_cost_changes(before, now, expected):
    assert [
        (one.key, one.old, one.new, one.quantity, one.amount, one.row)
        for one in cost_changes(before, now)
    ] == [
        (key, Decimal(old), Decimal(new), quantity, Decimal(amount), row)
        for key, old, new, quantity, amount, row in expected
    ]


@pytest.mark.parametrize(
    ("event", "is_assigned", "amount", "expected"),
    [
        ("usage", True, "12.00", "other_charge"),
        ("usage", False, "12.00", "unassigned"),
        ("credit", True, "-12.00", "credit_not_passed_on"),
        ("credit", False, "-12.00", "unassigned"),
        ("fee", True, "0.01", "other_charge"),
        (None, True, "-0.01", "credit_not_passed_on"),
        ("unknown", False, "1", "unassigned"),
        # No money, or none of a customer.
        ("usage", False, "0.00", None),
        ("usage", False, None, None),
        ("tax", False, "19.00", None),
        ("rounding", True, "-0.01", None),
    ],
)
def test_cause_of_row(event, is_assigned, amount, expected):
    amount = amount and Decimal(amount)
    assert cause_of_row(event, is_assigned, amount) == expected


def test_each_cause_has_a_direction_and_each_direction_a_cause():
    assert set(CAUSES.values()) == set(DIRECTIONS)
