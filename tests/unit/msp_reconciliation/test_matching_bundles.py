"""Components: the bundle says how many the customer pays for."""

from decimal import Decimal
from fractions import Fraction

import pytest
from billing_strategies import property_settings
from hypothesis import given
from matching import compare, included
from matching_cases import day, found, has, said
from matching_strategies import END, FIRST, chains, contents

MONTH = [(day("01-01"), day("02-01"))]
#: Two mailboxes for each of five workplaces.
TEN = included([has("01-01", "02-01", 5)], Decimal(2), MONTH)


@pytest.mark.parametrize(
    ("chains", "expected"),
    [
        ([said("01-01 - 10")], []),
        ([said("01-01 - 12")], ["more_than_bundle 01-01 02-01 12/10/10 None"]),
        ([said("01-01 - 9")], ["less_than_bundle 01-01 02-01 9/10/10 None"]),
        (
            [said("01-01 - 10, 01-20 - 11")],
            ["more_than_bundle 01-20 02-01 11/10/10 None"],
        ),
        (
            [said("2025-12-01 01-01 10")],
            ["ended_at_provider 01-01 02-01 0/10/10 None"],
        ),
        ([], ["only_in_contract 01-01 02-01 0/10/10 None"]),
    ],
)
def test_a_quantity_other_than_the_bundles_is_found_by_its_name(chains, expected):
    assert found(chains, TEN) == expected


def test_a_component_that_was_taken_out_is_supplied_without_contract():
    half = [(day("01-01"), day("01-16"))]
    mailboxes = included([has("01-01", "02-01", 5)], Decimal(2), half)
    assert found([said("01-01 - 10")], mailboxes) == [
        "cancellation_missed 01-16 02-01 10/0/0 None"
    ]


def test_what_the_bundle_has_not_billed_is_no_finding_of_its_component():
    assert found([said("01-01 - 10")], TEN, []) == []
    fewer = included([has("01-01", "02-01", 4)], Decimal(2), MONTH)
    assert found([said("01-01 - 10")], TEN, fewer) == []


def test_an_unknown_quantity_on_invoices_stays_unknown():
    [one] = included([has("01-01", "02-01", None)], Decimal(2), MONTH)
    assert (one.quantity, one.unit_price) == (None, 0)


@property_settings(100)
@given(chains(), contents())
def test_a_supply_of_bundle_times_factor_is_no_finding(statements, workplaces):
    """Statements that say just what the bundle contains, as 3 each."""
    whole = [(FIRST, END)]
    mailboxes = included(workplaces, Decimal(3), whole)
    assert [one.quantity for one in mailboxes] == [
        3 * one.quantity for one in workplaces
    ]
    said_so = [
        statement
        for one in workplaces
        if one.quantity
        for statement in said(f"{one.start} {one.end} {3 * one.quantity}")
    ]
    result = compare([said_so], mailboxes, mailboxes, FIRST, END)
    assert result.findings == ()
    # And whatever is said, money is at stake with the bundle only.
    result = compare([statements], mailboxes, mailboxes, FIRST, END)
    assert result.value == result.billed_value == 0
    assert all(
        one.amount is None or one.amount == Fraction(0) for one in result.findings
    )
