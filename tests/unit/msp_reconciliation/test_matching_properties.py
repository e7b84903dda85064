"""The comparison against a naive one of single days, and what holds for any of them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from billing_strategies import property_settings
from hypothesis import given
from hypothesis import strategies as st
from matching import CAUSES, Statement, compare
from matching_reference import Naive, half_up
from matching_strategies import (
    DAYS,
    END,
    FIRST,
    chains,
    contents,
    periods,
    repeated,
    sides,
    split,
)

CENT = Decimal("0.01")


@property_settings(500)
@given(sides(), periods(), st.sampled_from([0, 2, 3]))
def test_equals_the_comparison_of_single_days(given_sides, period, digits):
    result = compare(*given_sides, *period, digits)
    naive = Naive(*given_sides, *period)
    assert {one.cause for one in result.findings} == set(naive.days)
    assert len(result.findings) == len(naive.days)
    for one in result.findings:
        amount, days = naive.amount(one.cause), naive.days[one.cause]
        assert one.cause in CAUSES
        assert one.amount == (None if amount is None else half_up(amount, digits))
        assert (one.start, one.end) == (min(days), max(days) + timedelta(1))
        supplied, contained, billed = naive.sides[max(days)]
        assert (one.supplied, one.contained, one.billed) == (
            supplied or 0,
            contained,
            billed,
        )
        assert len(one.keys) == len(set(one.keys))
        assert set(one.keys) == naive.keys[one.cause]
    last = naive.sides[period[1] - timedelta(1)]
    assert (result.supplied, result.contained, result.billed) == last
    assert result.value == half_up(naive.value, digits)
    assert result.billed_value == half_up(naive.billed_value, digits)


@property_settings(150)
@given(st.data(), contents(), periods())
def test_no_finding_where_the_sides_agree(data, contained, period):
    """Two subscriptions that share the seats, all of it on invoices."""
    both = ([], [])
    for one in contained:
        mine = data.draw(st.sampled_from([one.quantity, one.quantity / 2, Decimal(0)]))
        for chain, quantity in zip(both, (mine, one.quantity - mine), strict=True):
            chain.append(Statement(one.start, one.end, quantity))
    result = compare(both, contained, contained, *period)
    assert result.findings == ()
    assert result.value == result.billed_value


@property_settings(150)
@given(
    st.lists(chains(), min_size=1, max_size=3).filter(any),
    contents(prices=st.just(Fraction(4)), shares=st.just(Fraction(1, 8))).filter(bool),
    periods(),
)
def test_findings_explain_all_of_the_difference(subscriptions, contained, period):
    """What is lost less what is asked too much: value supplied - value contained."""
    naive = Naive(subscriptions, contained, contained, *period)
    expected = sum(
        (supplied - held) / 2
        for supplied, held, _billed in naive.sides.values()
        if supplied is not None
    )
    signs = {
        "seats_missing": 1,
        "not_in_contract": 1,
        "cancellation_missed": 1,
        "seats_surplus": -1,
        "ended_at_provider": -1,
        "only_in_contract": -1,
    }
    result = compare(subscriptions, contained, contained, *period)
    assert sum(signs[one.cause] * one.amount for one in result.findings) == expected


@property_settings(150)
@given(contents(), contents(), periods())
def test_to_correct_and_not_billed_explain_what_is_not_on_invoices(
    contained, billed, period
):
    """Contract less invoices, where every day is due and prices tell days apart."""
    contained = [replace(one, is_due=True, share=Fraction(1, 8)) for one in contained]
    billed = [replace(one, share=Fraction(1, 8)) for one in billed]
    result = compare([], contained, billed, *period, digits=6)
    explained = sum(
        one.amount
        for one in result.findings
        if one.cause in ("to_correct", "not_billed")
    )
    assert explained == result.value - result.billed_value


@property_settings(200)
@given(sides(), periods(), DAYS)
def test_splitting_without_a_change_changes_nothing(given_sides, period, day):
    subscriptions, contained, billed = given_sides
    assert compare(
        [repeated(chain, day) for chain in subscriptions],
        split(contained, day),
        split(billed, day),
        *period,
    ) == compare(*given_sides, *period)


@property_settings(100)
@given(st.data(), st.lists(chains(is_unique=True), max_size=3), contents(), periods())
def test_order_of_statements_and_subscriptions_does_not_matter(
    data, subscriptions, contained, period
):
    shuffled = [data.draw(st.permutations(chain)) for chain in subscriptions]
    shuffled = data.draw(st.permutations(shuffled))

    def outcome(given_chains):
        result = compare(given_chains, contained, [], *period)
        found = [replace(one, keys=()) for one in result.findings]
        return replace(result, findings=tuple(found))

    assert outcome(shuffled) == outcome(subscriptions)


@property_settings(200)
@given(sides(), st.sampled_from([date(2026, 2, 1), date(2026, 3, 1), FIRST]))
def test_two_adjoining_months_add_up(given_sides, middle):
    """Comparing both at once finds the same, up to the rounding of each."""
    parts = [compare(*given_sides, FIRST, middle), compare(*given_sides, middle, END)]
    whole = compare(*given_sides, FIRST, END)
    by_cause = {}
    for part in parts:
        for one in part.findings:
            by_cause.setdefault(one.cause, []).append(one)
    assert set(by_cause) == {one.cause for one in whole.findings}
    for one in whole.findings:
        found = by_cause[one.cause]
        last = found[-1]
        assert (one.start, one.end) == (found[0].start, last.end)
        assert (one.supplied, one.contained) == (last.supplied, last.contained)
        assert set(one.keys) == {key for each in found for key in each.keys}
        amounts = [each.amount for each in found]
        if one.amount is None:
            assert None in amounts
        else:
            assert abs(sum(amounts) - one.amount) <= CENT
    assert abs(sum(part.value for part in parts) - whole.value) <= CENT
    assert (whole.supplied, whole.billed) == (parts[1].supplied, parts[1].billed)
