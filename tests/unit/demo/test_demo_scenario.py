"""The story has in it what it promises, and is the same every time."""

from collections import Counter
from datetime import date
from decimal import Decimal

from demo import generator
from demo.scenario import (
    Cancellation,
    Credit,
    PriceEntry,
    Rhythm,
    SeatChange,
    SeatEntry,
    Unknown,
)


def test_built_twice_is_equal(scenario):
    assert generator.build() == scenario


def test_another_country_has_the_same_quotes_and_events(scenario):
    dutch = generator.build("nl")

    assert dutch.quotes[0].customer.name.endswith("B.V.")
    assert [quote.lines for quote in dutch.quotes] == [
        quote.lines for quote in scenario.quotes
    ]
    assert [event.day for event in dutch.events] == [
        event.day for event in scenario.events
    ]


def test_forty_customers_with_a_quote_each(scenario):
    assert len(scenario.quotes) == len(scenario.customers) == 40
    assert len({customer.tenant for customer in scenario.customers}) == 40
    assert len({customer.domain for customer in scenario.customers}) == 40
    assert all(1 <= len(quote.lines) <= 4 for quote in scenario.quotes)
    assert all(
        date(2025, 12, 1) <= quote.start <= date(2026, 1, 31)
        for quote in scenario.quotes
    )
    assert any(quote.setup_fee for quote in scenario.quotes)
    assert any(line.discount for quote in scenario.quotes for line in quote.lines)
    rhythms = {quote.rhythm for quote in scenario.quotes}
    assert rhythms >= {Rhythm(1), Rhythm(3), Rhythm(1, "arrears")}
    assert any(rhythm.months == 12 for rhythm in rhythms)


def test_a_customer_has_an_article_once(scenario):
    """The importer finds a position by customer and article."""
    for quote in scenario.quotes:
        assert len({line.article for line in quote.lines}) == len(quote.lines)


def test_every_kind_of_event_happens(scenario):
    kinds = Counter(type(event) for event in scenario.events)
    assert kinds[Cancellation] == 1
    assert kinds[Credit] == 1
    assert {e.what for e in scenario.events if isinstance(e, Unknown)} == {
        "customer",
        "product",
    }
    for month in (1, 2, 3):
        steps = [
            event.new - event.old
            for event in scenario.events
            if isinstance(event, SeatChange) and event.day.month == month
        ]
        assert min(steps) < 0 < max(steps)
    assert {type(entry) for entry in scenario.entries} == {PriceEntry, SeatEntry}


def test_changes_of_a_subscription_follow_each_other(scenario):
    seats = {item.id: item.seats for item in scenario.subscriptions}
    for event in scenario.events:
        if isinstance(event, SeatChange):
            assert seats[event.subscription.id] == event.old
            assert event.new > 0
            seats[event.subscription.id] = event.new
        elif isinstance(event, Cancellation):
            assert seats.pop(event.subscription.id) == event.seats


def test_seats_are_taken_back_within_seven_days_of_a_term(scenario):
    for event in scenario.events:
        is_less = isinstance(event, Cancellation) or (
            isinstance(event, SeatChange) and event.new < event.old
        )
        if is_less:
            assert event.subscription.term == "P1M"
            assert 0 < event.day.day - event.subscription.start.day < 7


def test_entries_go_back_behind_what_is_billed(scenario):
    price, seats = scenario.entries
    assert price.day < seats.day < price.entered
    assert price.new == price.old - Decimal("1.30")
    # The price flows into seats that changed after its first day.
    assert any(
        event.day > price.day
        and event.subscription.customer == price.customer
        and event.subscription.article == price.article
        for event in scenario.events
    )
    assert seats.article.cost is None
