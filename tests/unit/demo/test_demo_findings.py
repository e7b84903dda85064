"""What the reconciliation must find, checked by hand where it can be."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from demo import expected_findings, files
from demo.expected_findings import Content
from demo.scenario import (
    MONTHS,
    PROVIDERS,
    Cancellation,
    Credit,
    Delisting,
    SeatChange,
)

FEB, MAR = MONTHS[1:]


def of_cause(figures, cause):
    return [finding for finding in figures.findings if finding.cause == cause]


def line_of(scenario, item):
    """The line of the quote for a subscription."""
    (line,) = (
        line
        for quote in scenario.quotes
        if quote.customer == item.customer
        for line in quote.lines
        if line.article == item.article
    )
    return line


def test_january_is_in_order(figures):
    assert not [finding for finding in figures.findings if finding.month == MONTHS[0]]


def test_seats_that_are_never_billed(scenario, figures):
    """Two seats from 11 February: 18 of 28 days, then all of March."""
    (event,) = (e for e in scenario.events if getattr(e, "is_left_out", False))
    assert (event.new - event.old, event.day) == (2, date(2026, 2, 11))
    line = line_of(scenario, event.subscription)
    assert (line.price, line.discount) == (Decimal("23.90"), 0)
    february, march = of_cause(figures, "seats_missing")

    # 47.80 x 18 / 28 = 30.728...
    assert (february.month, february.amount) == (FEB, Decimal("30.73"))
    assert (march.month, march.amount) == (MAR, Decimal("47.80"))
    assert {f.customer for f in (february, march)} == {event.subscription.customer.name}


def test_a_contract_that_nobody_cancelled(scenario, figures):
    (event,) = (e for e in scenario.events if isinstance(e, Delisting))
    line = line_of(scenario, event.subscription)
    assert (line.quantity, line.price, line.discount) == (15, Decimal("2.60"), 0)
    (finding,) = of_cause(figures, "ended_at_provider")

    assert (finding.provider, finding.month) == ("skykick", MAR)
    assert finding.customer == event.subscription.customer.name
    assert finding.amount == figures.overbilled_total == Decimal("39.00")


def test_credits_of_both_providers(scenario, figures):
    credits = {
        event.subscription.customer.name: event.seats * event.unit_amount
        for event in scenario.events
        if isinstance(event, Credit)
    }
    found = of_cause(figures, "credit_not_passed_on")
    assert {finding.customer: finding.amount for finding in found} == credits
    assert {finding.provider for finding in found} == {"microsoft", "ingram"}


def test_a_dearer_plan_once_for_all_who_had_it(scenario, figures):
    """0.30 more for each seat of March."""
    (found,) = of_cause(figures, "cost_changed")
    rows = [
        scenario.seats_on(item, MAR) * Decimal("0.30")
        for item in scenario.subscriptions
        if item.article.key == "cloudbackup" and item.start < MAR
    ]
    assert (found.customer, found.amount) == ("4 customers", sum(rows))
    assert len(rows) == 4


def test_leakage_is_what_nobody_pays(figures):
    """The stranger twice, Power BI once, and the seats."""
    unassigned = 2 * 12 * Decimal("10.85") + 4 * Decimal("9.40")
    assert figures.leakage_total == unassigned + Decimal("30.73") + Decimal("47.80")
    assert sum(f.amount for f in of_cause(figures, "unassigned")) == unassigned
    assert sum(figures.waiting.values()) == unassigned


def test_nine_files_are_nine_bills(scenario, figures):
    keys = [(bill.month, bill.provider) for bill in figures.bills]
    assert keys == [(month, code) for month in MONTHS for code in PROVIDERS]
    assert figures.vendor_total == sum(bill.net for bill in figures.bills)
    months = [files.figures(scenario, month) for month in MONTHS]
    assert figures.bills == tuple(bill for month in months for bill in month)


def test_contracts_and_files_agree_on_all_other_days(scenario):
    """Not one day differs but those of the left-out seats and of March's delisting."""
    planted = {
        event.subscription.id: event.day
        for event in scenario.events
        if isinstance(event, Delisting) or getattr(event, "is_left_out", False)
    }
    told = [
        event
        for event in scenario.events
        if isinstance(event, SeatChange | Cancellation)
        and event.subscription.id not in planted
    ]
    for item in scenario.subscriptions:
        for month in MONTHS:
            day = month.replace(day=28)
            agreed = item.seats if item.start <= day else 0
            for event in sorted(told, key=lambda event: event.day):
                if event.subscription == item and event.day <= day:
                    agreed = getattr(event, "new", 0)
            is_planted = planted.get(item.id, date.max) <= day
            assert (scenario.seats_on(item, day) != agreed) == is_planted


def test_a_day_that_the_story_does_not_plant_is_an_error(scenario):
    """A contract with more seats than are billed would be another finding."""

    def contents(number, key, day):
        return Content(Fraction(1000), Fraction(1))

    with pytest.raises(ValueError, match="billed, 1000 agreed"):
        expected_findings.find(scenario, FEB, contents)


def test_half_a_cent_is_rounded_up():
    assert expected_findings.round_half_up(Fraction(25, 1000)) == Decimal("0.03")
    assert expected_findings.round_half_up(Fraction(-25, 1000)) == Decimal("-0.03")
