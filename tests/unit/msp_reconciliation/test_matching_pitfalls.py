"""Complaints about other systems that the plain comparison alone can rule out.

Each test is named after its number in `docs/pitfalls.md`.
"""

from decimal import Decimal
from itertools import pairwise

from matching import UnitCost, cost_changes
from matching_cases import compared, found, has, said, says

MONTHS = ("01-01", "02-01", "03-01", "04-01", "05-01", "06-01", "07-01")


def test_pitfall_044_an_ending_counts_from_its_day_not_for_the_whole_year():
    """1,200 a year paid ahead, three months given back: a customer is owed those."""
    chain = said("01-01 2027-01-01 1, 10-01 2027-01-01 0")
    contents = [has("01-01", "2027-01-01", 1, price="1200", share="1/365")]
    # 1200 x 92/365
    assert found([chain], contents, end="2027-01-01") == [
        "ended_at_provider 10-01 01-01 0/1/1 302.47"
    ]
    assert found([chain], contents, end="10-01") == []


def test_pitfall_097_compared_with_the_content_of_each_day_not_of_today():
    """Eight since 20 January on both sides; comparing January later finds nothing."""
    chain = said("01-01 02-01 5, 01-20 02-01 8")
    chain += said("02-01 03-01 9")
    contents = [has("01-01", "01-20", 5), has("01-20", "02-01", 8)]
    contents += [has("02-01", "03-01", 9)]
    assert found([chain], contents) == []
    # The contract took the three seats over two days late.
    late = [has("01-01", "01-22", 5), has("01-22", "02-01", 8), contents[-1]]
    assert found([chain], late) == ["seats_missing 01-20 01-22 8/5/5 6.00"]


def test_pitfall_098_the_days_are_those_of_the_file():
    """A file from the 15th to the 15th is held against these days, no others."""
    chain = said("01-15 02-15 5, 02-15 03-15 7")
    contents = [has("01-01", "04-01", 5)]
    assert found([chain], contents) == []
    assert found([chain], contents, start="02-01", end="03-01") == [
        "seats_missing 02-15 03-01 7/5/5 28.00"
    ]
    assert found([chain], contents, start="03-01", end="04-01") == [
        "seats_missing 03-01 03-15 7/5/5 28.00",
        "ended_at_provider 03-15 04-01 0/5/5 85.00",
    ]


def test_pitfall_102_seats_added_in_mid_month_and_never_prorated():
    chain = said("01-01 02-01 5, 01-17 02-01 7")
    # Contract corrected, invoice not; then neither.
    contents = [has("01-01", "01-17", 5), has("01-17", "02-01", 7)]
    whole_month = [has("01-01", "02-01", 5)]
    assert found([chain], contents, whole_month) == [
        "to_correct 01-17 02-01 7/7/5 30.00"
    ]
    assert found([chain], whole_month) == ["seats_missing 01-17 02-01 7/5/5 30.00"]


def test_pitfall_102_cancelled_subscription_still_billed():
    chain = said("2025-12-01 01-01 5")
    cancelled = said("01-01 - 0")
    for statements in (chain, [*chain, *cancelled]):
        assert found([statements], [has("01-01", "02-01", 5)]) == [
            "ended_at_provider 01-01 02-01 0/5/5 155.00"
        ]


def test_pitfall_102_monthly_plan_billed_at_the_annual_rate():
    """20 % dearer by the month: the customer still pays the price of a year's term."""
    chain = said("01-01 02-01 5")
    contents = [has("01-01", "02-01", 5, price="24.00")]
    billed = [has("01-01", "02-01", 5, price="20.00")]
    assert found([chain], contents, billed) == ["to_correct 01-01 02-01 5/5/5 20.00"]
    before = UnitCost("seats", Decimal("15.00"), Decimal(5), "EUR")
    now = UnitCost("seats", Decimal("18.00"), Decimal(5), "EUR")
    (change,) = cost_changes([before], [now])
    assert change.amount == 15


def test_pitfall_103_seats_never_billed_and_ghosts_in_every_month():
    """Eight seats added over six months, three ghosts: found in each of them."""
    added = (0, 1, 3, 4, 6, 8)
    chain = [
        says(*pair, 10 + n) for pair, n in zip(pairwise(MONTHS), added, strict=True)
    ]
    contents = [has("01-01", "07-01", 10, price="10", share="1/30")]
    ghosts = [has("01-01", "07-01", 3, price="10", share="1/30")]
    lost, ghostly = [], []
    for start, end in pairwise(MONTHS):
        result = compared([chain], contents, start=start, end=end)
        lost += [(one.cause, one.supplied) for one in result.findings]
        result = compared([], ghosts, start=start, end=end)
        ghostly += [(one.cause, one.contained) for one in result.findings]
    assert lost == [("seats_missing", quantity) for quantity in (11, 13, 14, 16, 18)]
    assert ghostly == [("only_in_contract", 3)] * 6
    # The whole half-year at once: what it has cost so far.
    (whole,) = compared([chain], contents, end="07-01").findings
    # (1 x 28 + 3 x 31 + 4 x 30 + 6 x 31 + 8 x 30) x 10/30
    assert (whole.amount, whole.start.month) == (Decimal("222.33"), 2)


def test_pitfall_109_both_sides_are_looked_at():
    """Billed without any row, a row without any contract, an invoice without either."""
    five = [has("01-01", "02-01", 5)]
    assert found([], five) == ["only_in_contract 01-01 02-01 0/5/5 155.00"]
    assert found([said("01-01 02-01 5")], []) == [
        "not_in_contract 01-01 02-01 5/0/0 None"
    ]
    assert found([], [], five) == ["to_correct 01-01 02-01 0/0/5 -155.00"]
