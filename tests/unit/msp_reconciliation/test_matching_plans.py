"""Other plans than sold, lost credits, gaps of usage, and changes that are one."""

from decimal import Decimal
from fractions import Fraction

import pytest
from billing_strategies import property_settings
from hypothesis import given
from hypothesis import strategies as st
from matching import (
    Content,
    Earning,
    Plan,
    UnitCost,
    Usage,
    agreed_since,
    as_one_change,
    cost_changes,
    grouped,
    lost_credits,
    plan_change,
    usage_gaps,
)
from matching_cases import compared, day, found, has, said


def plan(start, name, cost=None, quantity=10, currency="EUR"):
    cost = None if cost is None else Fraction(cost)
    return Plan("s", name, day(start), Decimal(quantity), cost, currency)


# What was sold


def test_agreed_is_what_the_price_says_not_the_quantity():
    contents = [has("01-01", "02-01", 5), has("02-01", "03-01", 8)]
    assert agreed_since(contents, day("02-15")) == day("01-01")
    dearer = [*contents, has("03-01", "04-01", 8, price="40.00")]
    assert agreed_since(dearer, day("03-15")) == day("03-01")
    assert agreed_since(dearer, day("02-15")) == day("01-01")


def test_after_a_gap_it_was_agreed_anew():
    contents = [has("01-01", "02-01", 5), has("03-01", "04-01", 5)]
    assert agreed_since(contents, day("03-15")) == day("03-01")
    assert agreed_since(contents, day("2025-12-31")) is None
    assert agreed_since([], day("03-15")) is None


def test_pitfall_102_monthly_instead_of_annual():
    earlier = [plan("01-01", "annual", 15), plan("02-01", "annual", "15.50")]
    change = plan_change(earlier, [plan("03-01", "monthly", 18)], day("01-01"))
    assert (change.old.start, change.new.name) == (day("02-01"), "monthly")
    # 10 x (18.00 - 15.50)
    assert change.amount == 25


def test_it_stays_until_something_else_is_agreed():
    earlier = [plan("01-01", "annual", 15), plan("02-01", "monthly", 18)]
    now = [plan("03-01", "monthly", 18)]
    assert plan_change(earlier, now, day("01-01")).amount == 30
    assert plan_change(earlier, now, day("02-01")) is None
    assert plan_change([], now, day("01-01")) is None
    assert plan_change(earlier, now, None) is None


@pytest.mark.parametrize(
    ("old", "new", "amount"),
    [
        ((15,), (12,), 0),
        ((None,), (18,), None),
        ((15,), (None,), None),
        ((15, 10, "USD"), (18,), None),
    ],
)
def test_what_another_plan_costs(old, new, amount):
    earlier = [plan("01-01", "annual", *old)]
    change = plan_change(earlier, [plan("02-01", "monthly", *new)], day("01-01"))
    assert change.amount == amount


def test_of_two_plans_within_one_month_the_first_one_was_sold():
    now = [plan("01-01", "annual", 15), plan("01-16", "monthly", 18)]
    assert plan_change([], now, day("01-01")).new.name == "monthly"


# Prices


def cost(key, price, quantity=1, **values):
    return UnitCost(key, Decimal(price), Decimal(quantity), "EUR", **values)


def test_one_change_of_an_article_is_one():
    before = [cost("a", "15"), cost("b", "15"), cost("c", "14")]
    now = [cost("a", "16", 2), cost("b", "16", 3), cost("c", "16", 1)]
    changes = cost_changes(before, now)
    one, other = grouped(("article", change) for change in changes)
    assert (one.old, one.new, len(one.changes)) == (15, 16, 2)
    assert (one.quantity, one.amount) == (5, 5)
    assert (other.old, other.amount) == (14, 2)


def test_a_price_in_another_currency_is_worth_what_was_billed():
    before = [cost("a", "30", row="old")]
    now = [cost("a", "32", 10, rate=Decimal("0.5"), row="new")]
    (change,) = cost_changes(before, now)
    assert (change.amount, change.row, change.old_row) == (10, "new", "old")


# Days


def test_given_back_and_then_ended_is_one_change():
    chains = [said("01-01 - 5, 01-11 - 3, 01-21 - 0")]
    result = compared(chains, [has("01-01", "02-01", 5)])
    assert [one.cause for one in result.findings] == [
        "seats_surplus",
        "ended_at_provider",
    ]
    (one,) = as_one_change(result.findings)
    # 2 x 10 days + 5 x 11 days
    assert (one.cause, one.amount) == ("ended_at_provider", Decimal("75.00"))
    assert (one.start, one.end) == (day("01-11"), day("02-01"))


def test_a_surplus_after_the_end_is_another_change():
    chains = [said("01-01 - 0, 01-11 - 3")]
    result = compared(chains, [has("01-01", "02-01", 5)])
    assert len(as_one_change(result.findings)) == 2


def test_what_goes_on_after_the_contract_is_a_missed_cancellation():
    chains = [said("01-01 - 5")]
    assert found(chains, [has("01-01", "01-21", 5)]) == [
        "cancellation_missed 01-21 02-01 5/0/0 55.00"
    ]
    # Taken down to none is ended too; never contained is not.
    contents = [has("01-01", "01-21", 5), has("01-21", "02-01", 0)]
    assert found(chains, contents) == ["cancellation_missed 01-21 02-01 5/0/0 55.00"]
    assert found(chains, [has("01-11", "02-01", 5)]) == [
        "not_in_contract 01-01 01-11 5/0/0 50.00"
    ]


def amounts(start, end, money):
    return Content(
        day(start),
        day(end),
        Decimal(1),
        Fraction(money),
        Fraction(1, (day(end) - day(start)).days),
        is_amount=True,
    )


def test_amounts_passed_on_have_no_quantity_at_the_provider():
    contents = [amounts("01-01", "02-01", "120.00")]
    assert found([], contents) == []
    assert found([], contents, []) == ["not_passed_on 01-01 02-01 0/1/0 120.00"]


# Usage


def earning(article, cost, rate, subscription="s"):
    return Earning(subscription, article, Decimal(cost), Decimal(rate))


def test_pitfall_106_a_rate_that_falls_to_nothing():
    before = [earning("vm", 100, "0.15"), earning("market", 50, 0)]
    now = [earning("vm", 200, 0), earning("market", 60, 0), earning("disk", 10, 0)]
    (lost,) = lost_credits(before, now)
    # 200 x 0.15, nothing of the market place, 10 x 0.15 of what is new
    assert (lost.subscription, lost.amount) == ("s", Decimal("31.50"))
    assert lost.rate == Decimal("0.15")


def test_a_rate_that_goes_on_or_never_was_is_not_lost():
    before = [earning("vm", 100, "0.15"), earning("disk", 10, "0.15")]
    assert lost_credits(before, [earning("vm", 9, 0), earning("disk", 9, "0.15")]) == []
    assert lost_credits([earning("vm", 9, 0)], [earning("vm", 9, 0)]) == []
    assert lost_credits([], [earning("vm", 9, 0)]) == []
    assert lost_credits(before, []) == []


def used(kind, cost, count=1, subject="plan"):
    return Usage(subject, kind, Decimal(cost), count)


@pytest.mark.parametrize(
    ("usages", "gaps"),
    [
        ([used("invoice", "100.00"), used("daily", "100.004")], []),
        ([used("invoice", "99.98", 2), used("daily", "100.00")], []),
        ([used("invoice", "99.97", 2), used("daily", "100.00")], ["-0.03"]),
        (
            [used("invoice", "60"), used("invoice", "47.5"), used("daily", "100")],
            ["7.5"],
        ),
        ([used("daily", "100"), used("cost", "88")], ["12"]),
        ([used("daily", "100")], []),
        ([used("daily", "100"), used("cost", "88", subject="other")], []),
    ],
)
def test_gaps_of_usage(usages, gaps):
    assert [one.amount for one in usage_gaps(usages)] == [Decimal(gap) for gap in gaps]


KINDS = st.sampled_from(["invoice", "daily", "cost"])
USAGES = st.lists(
    st.builds(
        Usage,
        st.integers(0, 3),
        KINDS,
        st.decimals("0.00", "500.00", places=2),
        st.integers(1, 5),
    )
)


@property_settings(200)
@given(USAGES, st.randoms())
def test_gaps_do_not_depend_on_the_order_of_rows(usages, random):
    shuffled = list(usages)
    random.shuffle(shuffled)
    key = {one.subject: one for one in usage_gaps(usages)}
    assert key == {one.subject: one for one in usage_gaps(shuffled)}
    for one in key.values():
        assert abs(one.amount) > Decimal("0.01")


@property_settings(200)
@given(USAGES)
def test_files_that_say_the_same_have_no_gap(usages):
    both = [one for one in usages if one.kind == "invoice"]
    both += [Usage(one.subject, "daily", one.cost, one.count) for one in both]
    assert usage_gaps(both) == []


@property_settings(200)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(1, 20), st.integers(1, 20)),
        unique_by=lambda one: one[0],
    )
)
def test_groups_keep_all_of_the_money(prices):
    before = [cost(key, old) for key, old, _new in prices]
    now = [cost(key, new, key + 1) for key, _old, new in prices]
    changes = cost_changes(before, now)
    groups = grouped((change.key % 2, change) for change in changes)
    assert sum(one.amount for one in groups) == sum(one.amount for one in changes)
    pairs = [(one.subject, one.old, one.new) for one in groups]
    assert len(pairs) == len(set(pairs))
