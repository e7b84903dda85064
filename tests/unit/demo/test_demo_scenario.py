"""The story has in it what it promises, and is the same every time."""

from collections import Counter
from datetime import date
from decimal import Decimal

from demo import generator
from demo.scenario import (
    PROVIDERS,
    Cancellation,
    Credit,
    Delisting,
    PriceEntry,
    Rhythm,
    SeatChange,
    SeatEntry,
    Unknown,
)

JANUARY = date(2026, 1, 1)


def is_seats(event):
    return isinstance(event, SeatChange)


def customers_of(subscriptions):
    return {item.customer for item in subscriptions}


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


def test_forty_customers_with_a_quote_each_and_one_who_comes_later(scenario):
    assert len(scenario.quotes) == len(scenario.customers) == 41
    assert len({customer.tenant for customer in scenario.customers}) == 41
    assert len({customer.domain for customer in scenario.customers}) == 41
    assert all(1 <= len(quote.lines) <= 5 for quote in scenario.quotes)
    *others, newcomer = scenario.quotes
    assert all(
        date(2025, 12, 1) <= quote.start <= date(2026, 1, 31) for quote in others
    )
    first, second = (s for s in scenario.calendar if s.action == "confirm")
    assert scenario.confirmed_by(first) == tuple(others)
    assert scenario.confirmed_by(second) == (newcomer,)
    assert second.day == newcomer.ordered < newcomer.start
    assert {line.article.provider for line in newcomer.lines} == set(PROVIDERS)
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
    kinds = Counter(
        (event.subscription.article.provider, type(event)) for event in scenario.events
    )
    for provider in ("microsoft", "ingram"):
        assert kinds[provider, Cancellation] == kinds[provider, Credit] == 1
    assert kinds["ingram", SeatChange] == 5
    assert kinds["skykick", SeatChange] == 3
    assert kinds["skykick", Delisting] == 1
    assert len(scenario.cost_changes) == 1
    assert [event.is_left_out for event in scenario.events if is_seats(event)].count(
        True
    ) == 1
    assert {e.what for e in scenario.events if isinstance(e, Unknown)} == {
        "customer",
        "product",
    }
    for month in (1, 2, 3):
        steps = [
            event.new - event.old
            for event in scenario.events_at("microsoft")
            if is_seats(event) and event.day.month == month
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
    for event in scenario.events_at("microsoft"):
        is_less = isinstance(event, Cancellation) or (
            isinstance(event, SeatChange) and event.new < event.old
        )
        if is_less:
            assert event.subscription.term == "P1M"
            assert 0 < event.day.day - event.subscription.start.day < 7


def test_other_providers_bill_by_calendar_months(scenario):
    """SkyKick counts on the first; at Ingram it would be a cycle's own charge."""
    for event in scenario.events_at("ingram"):
        assert event.day.day > 1
    for event in scenario.events_at("skykick"):
        assert event.day.day == 1
    for provider in ("ingram", "skykick"):
        items = scenario.subscriptions_at(provider)
        assert len({item.customer for item in items}) == len(items)
        assert {item.start.day for item in items if item.start >= JANUARY} <= {1}
        quotes = [q for q in scenario.quotes if q.customer in customers_of(items)]
        assert {quote.rhythm.months for quote in quotes} == {1, 3}
        assert all(quote.start <= JANUARY for quote in quotes[:-1])


def test_what_a_provider_bills_is_under_contract(scenario):
    """The first file agrees with the quotes; what differs later is an event."""
    agreed = {
        (quote.customer.number, line.article.key): line.quantity
        for quote in scenario.quotes
        for line in quote.lines
        if line.article.provider
    }
    billed = {
        (item.customer.number, item.article.key): item.seats
        for item in scenario.subscriptions
    }
    assert billed == agreed
    assert len({item.id for item in scenario.subscriptions}) == len(agreed)


def test_everything_is_sold_for_more_than_it_costs(scenario):
    for item in scenario.subscriptions:
        (line,) = (
            line
            for quote in scenario.quotes
            if quote.customer == item.customer
            for line in quote.lines
            if line.article == item.article
        )
        cost = scenario.cost_on(item, date(2026, 3, 31))
        assert line.price * (100 - line.discount) / 100 > cost


def test_a_price_is_entered_in_time(scenario):
    entry = scenario.entries[0]
    (dearer,) = scenario.cost_changes
    assert entry.entered < entry.day == dearer.day
    assert entry.article == dearer.article
    assert entry.new - entry.old > dearer.new - dearer.old > 0


def test_entries_go_back_behind_what_is_billed(scenario):
    _revision, price, seats = scenario.entries
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
