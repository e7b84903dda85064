"""Ingram's files say what happened, in the amounts of their own rules."""

import csv
import io
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from demo import files, ingram_file
from demo.scenario import MONTHS, Cancellation, Credit, SeatChange

CENT = Decimal("0.01")
HEADER = (
    "Reseller ID,Reseller Company Name,Customer Account ID,End Customer Name,"
    "Subscription ID,Subscription Name,Subscription Expiration Date,Plan ID,MPN,"
    "Order Type,From,To,Quantity,Duration,Unit Cost,Net Cost,Currency,"
    "Tax,Invoice Number"
)


def read(scenario, month):
    text = ingram_file.content(scenario, month).decode()
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="session")
def rows(scenario):
    return [row for month in MONTHS for row in read(scenario, month)]


def day(text):
    return date.fromisoformat(text)


def test_the_header_is_that_of_the_page_with_tax_and_invoice(scenario):
    text = ingram_file.content(scenario, MONTHS[0]).decode()
    assert text.split("\r\n")[0] == HEADER


@pytest.mark.parametrize("month", MONTHS)
def test_the_cells_of_a_file_add_up_to_its_figures(scenario, month):
    rows = read(scenario, month)
    (figures,) = (f for f in files.figures(scenario, month) if f.provider == "ingram")

    assert sum(Decimal(row["Net Cost"]) for row in rows) == figures.net
    assert sum(Decimal(row["Tax"]) for row in rows) == figures.tax
    assert figures.gross == figures.net + figures.tax
    assert len({row["Invoice Number"] for row in rows}) == 1


def test_amounts_of_a_row_follow_from_its_days(rows):
    """Quantity x unit cost x days of the row / days of the month."""
    for row in rows:
        start, end = day(row["From"]), day(row["To"])
        days = (end - start).days + 1
        full = Decimal(row["Quantity"]) * Decimal(row["Unit Cost"])
        net = (full * days / end.day).quantize(CENT, ROUND_HALF_UP)
        assert Decimal(row["Net Cost"]) == net
        assert Decimal(row["Tax"]) == (net * 19 / 100).quantize(CENT, ROUND_HALF_UP)
        share = (Decimal(days) / end.day).quantize(CENT, ROUND_HALF_UP)
        assert row["Duration"] == str(share)
        assert start.month == end.month


def test_each_month_recurs_with_the_seats_of_its_first_day(scenario, rows):
    found = {
        (row["Subscription ID"], day(row["From"])): int(row["Quantity"])
        for row in rows
        if row["Order Type"] in ("Recurring", "Sales")
    }
    expected = {}
    for item in scenario.subscriptions_at("ingram"):
        for month in MONTHS:
            seats = item.seats if item.start <= month else 0
            for event in scenario.events_at("ingram"):
                if event.subscription == item and event.day < month:
                    seats = getattr(event, "new", seats)
                    seats = 0 if isinstance(event, Cancellation) else seats
            if seats:
                expected[item.id, month] = seats
    assert found == expected
    (new,) = (row for row in rows if row["Order Type"] == "Sales")
    assert day(new["From"]) == MONTHS[-1]


def test_what_happened_is_a_row_with_the_difference(scenario, rows):
    found = {
        (row["Subscription ID"], row["Order Type"], day(row["From"])): Decimal(
            row["Quantity"]
        )
        for row in rows
        if row["Order Type"] not in ("Recurring", "Sales")
    }
    expected = {}
    for event in scenario.events_at("ingram"):
        number = event.subscription.id
        if isinstance(event, SeatChange):
            expected[number, "Change", event.day] = event.new - event.old
        elif isinstance(event, Cancellation):
            expected[number, "Cancellation", event.day] = -event.seats
        elif isinstance(event, Credit):
            expected[number, "Credit", event.cycle_start] = -event.seats
    assert found == expected
    assert min(found.values()) < 0 < max(found.values())


def test_the_credit_is_for_an_earlier_month(scenario):
    (row,) = (row for row in read(scenario, MONTHS[2]) if row["Order Type"] == "Credit")
    assert (row["From"], row["To"]) == ("2026-01-01", "2026-01-31")
    assert Decimal(row["Net Cost"]) < 0


def test_ids_are_short_enough_for_a_spreadsheet(rows):
    for row in rows:
        for name in ("Customer Account ID", "Subscription ID", "Reseller ID"):
            assert row[name].isdigit() and len(row[name]) == 7
