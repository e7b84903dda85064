"""The figures, checked by hand where they can be."""

from datetime import date
from decimal import Decimal

from demo import expected, generator
from demo.catalogue import BY_KEY
from demo.scenario import (
    Cancellation,
    PriceEntry,
    Quote,
    QuoteLine,
    Rhythm,
    Scenario,
    SeatChange,
    SeatEntry,
    Step,
    Subscription,
)

JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)


def small(line, rhythm, start=JAN, events=(), entries=(), calendar=()):
    """A scenario of one contract with one line."""
    whole = generator.build()
    customer = whole.customers[0]
    quote = Quote(customer, date(2025, 12, 1), start, rhythm, (line,))
    return Scenario(
        whole.place, (customer,), (quote,), (), (), events, entries, calendar
    )


def change(day, old, new, key="premium"):
    customer = generator.build().customers[0]
    article = BY_KEY[key]
    item = Subscription("s", customer, article, JAN, old, "P1Y", article.cost)
    return SeatChange(day, item, old, new)


def nets(scenario):
    return [figures.net for figures in expected.compute(scenario).steps]


def test_by_hand_ten_seats_then_twelve():
    """January of 31 days, ten seats at 22.90, two more from the 15th: 17 days."""
    line = QuoteLine(BY_KEY["premium"], 10, Decimal("22.90"))
    calendar = (
        Step(JAN, "regular"),
        Step(date(2026, 2, 8), "import", JAN),
        Step(date(2026, 2, 8), "differential"),
        Step(date(2026, 2, 8), "differential"),
        Step(date(2026, 2, 8), "regular"),
    )
    events = (change(date(2026, 1, 15), 10, 12),)

    # 45.80 x 17 / 31 = 25.116...
    assert nets(small(line, Rhythm(1), events=events, calendar=calendar)) == [
        Decimal("229.00"),
        0,
        Decimal("25.12"),
        0,
        Decimal("274.80"),
    ]


def test_by_hand_a_quarter_and_a_discount():
    """Three months at 13.40 less 10 %, 7 seats: 253.26; 6 from 1 March: 31 days."""
    line = QuoteLine(BY_KEY["standard"], 7, Decimal("13.40"), 10)
    calendar = (
        Step(JAN, "regular"),
        Step(date(2026, 4, 8), "import", date(2026, 3, 1)),
        Step(date(2026, 4, 8), "differential"),
    )
    events = (change(date(2026, 3, 1), 7, 6, "standard"),)

    # 36.18 x 31 / 90 = 12.462
    assert nets(small(line, Rhythm(3), events=events, calendar=calendar)) == [
        Decimal("253.26"),
        0,
        Decimal("-12.46"),
    ]


def test_by_hand_arrears_from_the_twelfth():
    """Due on the day after the month; 20 of 31 days."""
    line = QuoteLine(BY_KEY["workplace"], 2, Decimal("39.00"))
    calendar = (Step(date(2026, 1, 31), "regular"), Step(FEB, "regular"))
    scenario = small(
        line, Rhythm(1, "arrears"), start=date(2026, 1, 12), calendar=calendar
    )

    assert nets(scenario) == [0, Decimal("50.32")]


def test_by_hand_a_year_from_its_own_day():
    line = QuoteLine(BY_KEY["workplace"], 1, Decimal("39.00"))
    rhythm = Rhythm(12, anchor="start")
    calendar = (Step(JAN, "regular"),)
    scenario = small(line, rhythm, start=date(2025, 12, 15), calendar=calendar)

    assert nets(scenario) == [Decimal("468.00")]


def test_by_hand_a_cancellation_after_two_months_were_billed():
    """From 15 January on nothing: 14 days of January stay, February goes back."""
    line = QuoteLine(BY_KEY["premium"], 10, Decimal("22.90"))
    calendar = (
        Step(FEB, "regular"),
        Step(date(2026, 2, 8), "import", JAN),
        Step(date(2026, 2, 8), "differential"),
        Step(date(2026, 3, 1), "regular"),
    )
    item = change(date(2026, 1, 15), 10, 10).subscription
    events = (Cancellation(date(2026, 1, 15), item, 10),)

    # 229.00 x 14 / 31 = 103.419
    assert nets(small(line, Rhythm(1), events=events, calendar=calendar)) == [
        Decimal("458.00"),
        0,
        Decimal("103.42") - Decimal("458.00"),
        0,
    ]


def test_the_whole_history_costs_what_was_billed(scenario, figures):
    fees = sum(quote.setup_fee for quote in scenario.quotes if quote.setup_fee)
    entitled = sum(expected.final_entitlements(scenario).values())

    assert figures.invoiced_total == entitled + fees


def test_microsofts_part_is_as_it_was_without_the_others(scenario, figures):
    """What was added beside Microsoft has not moved it: figures noted before."""
    articles = {"acrobat", "endpoint", "cloudbackup", "mailbackup"}
    entitled = sum(
        amount
        for (number, key, _start), amount in expected.final_entitlements(
            scenario
        ).items()
        if key not in articles and number != scenario.customers[-1].number
    )
    fees = sum(quote.setup_fee for quote in scenario.quotes if quote.setup_fee)

    assert entitled + fees == Decimal("160836.76")


def test_a_backdated_price_and_seats_are_settled_to_the_cent(scenario, figures):
    """February to April: 1.30 less for the seats of each day; three workplaces."""
    _revision, price, seats = scenario.entries
    assert isinstance(price, PriceEntry) and isinstance(seats, SeatEntry)
    entered, proof = figures.steps[-2:]
    # 42 seats until 27 February, then 41: see the events of customer 12.
    assert [
        (event.day, event.old, event.new)
        for event in scenario.events
        if event.subscription.customer == price.customer
        and isinstance(event, SeatChange)
    ] == [(date(2026, 2, 27), 42, 41)]
    less = Decimal("1.30") * Decimal(42 * 26 + 41 * 2) / 28
    less = less.quantize(Decimal("0.01")) + 2 * Decimal("1.30") * 41
    # 19 of February's days, then March and April.
    more = (117 * Decimal(19) / 28).quantize(Decimal("0.01")) + 2 * 117
    assert (entered.invoices, entered.credit_notes) == (1, 1)
    assert abs(entered.net - (more - less)) <= Decimal("0.01")
    assert (proof.invoices, proof.credit_notes, proof.net) == (0, 0, 0)


def test_no_document_comes_to_nothing(scenario, figures):
    """Where corrections cancel out, what the document is called is arbitrary."""
    for step in figures.steps:
        assert all(step.documents.values())


def test_what_waits(figures):
    """12 seats in February and March, 4 in March, at Microsoft's prices."""
    assert figures.waiting == {
        "customer": 2 * 12 * Decimal("10.85"),
        "product": 4 * Decimal("9.40"),
    }


def test_counts(figures):
    assert figures.contracts == 41
    # Quotes; seats and ends at Microsoft, at Ingram (one left out) and at SkyKick;
    # what people enter.
    assert figures.versions == 41 + 25 + 5 + 3 + 3
    assert figures.credit_notes >= 5
