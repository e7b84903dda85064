"""The files are as Microsoft writes them, and say what happened."""

import csv
import io
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from formats import ProviderCharge, open_file, quantity_changes
from formats.microsoft_nce_columns import COLUMNS

from demo import files, microsoft_file
from demo.scenario import MONTHS, Cancellation, Credit, SeatChange, Unknown

CENT = Decimal("0.01")


@pytest.fixture(scope="session")
def rows(scenario):
    """All rows of the three files, as text by column."""
    return [
        row
        for month in MONTHS
        for row in csv.DictReader(
            io.StringIO(microsoft_file.content(scenario, month).decode("utf-8-sig"))
        )
    ]


def day(text):
    month, day_of_month, year = map(int, text.split("/"))
    return date(year, month, day_of_month)


def of_event(rows, event):
    """The rows that speak of one event."""
    return [
        row
        for row in rows
        if row["SubscriptionId"] == event.subscription.id
        and day(row["OrderDate"]) == event.day
    ]


def test_all_files_written_twice_have_the_same_bytes(scenario, tmp_path):
    first = files.write_files(scenario, tmp_path / "first")
    second = files.write_files(scenario, tmp_path / "second")

    assert [(file.provider, file.path.name) for file in first] == [
        ("microsoft", "microsoft-2026-01.csv"),
        ("ingram", "ingram-2026-01.csv"),
        ("skykick", "skykick-2026-01.xls"),
        ("microsoft", "microsoft-2026-02.csv"),
        ("ingram", "ingram-2026-02.csv"),
        ("skykick", "skykick-2026-02.xlsx"),
        ("microsoft", "microsoft-2026-03.csv"),
        ("ingram", "ingram-2026-03.csv"),
        ("skykick", "skykick-2026-03.xlsx"),
    ]
    contents = [[file.path.read_bytes() for file in group] for group in (first, second)]
    assert contents[0] == contents[1]


def test_bytes_are_as_microsoft_writes_them(scenario):
    content = microsoft_file.content(scenario, MONTHS[0])

    assert content.startswith(b'\xef\xbb\xbf"PartnerId","CustomerId",')
    lines = content.decode("utf-8-sig").split("\r\n")
    assert lines[-1] == ""
    assert tuple(next(csv.reader(lines[:1]))) == COLUMNS
    assert len(COLUMNS) == 47
    assert all(line.startswith('"') and line.endswith('"') for line in lines[:-1])
    assert "\n" not in "".join(lines)


@pytest.mark.parametrize("month", MONTHS)
def test_a_file_reads_without_problem_or_notice(scenario, month):
    content = microsoft_file.content(scenario, month)
    reading = open_file(io.BytesIO(content), "microsoft.csv")
    charges = list(reading)

    assert all(isinstance(charge, ProviderCharge) for charge in charges)
    assert (reading.problem_count, reading.warning_count) == (0, 0)
    assert len(charges) == len(microsoft_file.rows_of(scenario, month))
    assert len({charge.row_key for charge in charges}) == len(charges)
    assert sum(charge.billed_cost for charge in charges) == microsoft_file.total(
        microsoft_file.rows_of(scenario, month)
    )


@pytest.mark.parametrize("month", MONTHS)
def test_a_file_says_what_happened(scenario, month):
    """What the reader makes of the seats is what the events are."""
    content = microsoft_file.content(scenario, month)
    changes = quantity_changes(open_file(io.BytesIO(content), "microsoft.csv"))
    found = {(item.subscription_id, item.start): item for item in changes}

    assert all(item.is_certain for item in changes)
    events = [
        event
        for event in scenario.events_at("microsoft")
        if isinstance(event, SeatChange | Cancellation)
        and event.day.replace(day=1) == month
    ]
    assert len(events) >= 8
    for event in events:
        item = found.pop((event.subscription.id, event.day))
        is_end = isinstance(event, Cancellation)
        assert item.quantity == (0 if is_end else event.new)
    # The others are cycles, with the seats there were.
    seats = {item.id: item.seats for item in scenario.foreign}
    seats |= {item.id: item.seats for item in scenario.subscriptions}
    for (subscription_id, start), item in found.items():
        before = [
            event.new
            for event in scenario.events_at("microsoft")
            if isinstance(event, SeatChange)
            and event.subscription.id == subscription_id
            and event.day < start
        ]
        assert item.quantity == (before or [seats[subscription_id]])[-1]


def test_unit_price_is_prorated_by_days_and_rounded(rows):
    for row in rows:
        if row["ChargeType"] == "customerCredit":
            continue
        price = Decimal(row["UnitPrice"])
        if row["ChargeType"] in ("new", "renew", "cycleCharge"):
            assert Decimal(row["EffectiveUnitPrice"]) == price
            continue
        end = day(row["ChargeEndDate"])
        # The day after the cycle ends is the day of the month on which it began.
        after = end + timedelta(days=1)
        begun = (after - timedelta(days=after.day)).replace(day=after.day)
        left = (end - day(row["OrderDate"])).days + 1
        share = Decimal(left) / (end - begun + timedelta(days=1)).days
        expected = (price * share).quantize(CENT, ROUND_HALF_UP)
        assert abs(Decimal(row["EffectiveUnitPrice"])) == expected


def test_amounts_of_a_row_follow_from_its_unit_price(rows):
    for row in rows:
        unit = Decimal(row["EffectiveUnitPrice"])
        quantity = Decimal(row["BillableQuantity"])
        tax = (unit * 19 / 100).quantize(CENT, ROUND_HALF_UP) * quantity
        assert quantity > 0
        assert Decimal(row["Subtotal"]) == unit * quantity
        assert Decimal(row["TaxTotal"]) == tax
        assert Decimal(row["Total"]) == unit * quantity + tax


def test_a_change_of_seats_is_a_pair(rows, scenario):
    charged_since = defaultdict(set)
    for row in rows:
        if Decimal(row["Subtotal"]) > 0:
            charged_since[row["SubscriptionId"]].add(row["ChargeStartDate"])
    for event in scenario.events_at("microsoft"):
        if not isinstance(event, SeatChange):
            continue
        back, anew = sorted(
            of_event(rows, event), key=lambda row: Decimal(row["Subtotal"])
        )
        name = "addQuantity" if event.new > event.old else "removeQuantity"
        assert back["ChargeType"] == anew["ChargeType"] == name
        assert back["ReferenceId"] == anew["ReferenceId"]
        assert Decimal(back["EffectiveUnitPrice"]) == -Decimal(
            anew["EffectiveUnitPrice"]
        )
        assert (back["Quantity"], anew["Quantity"]) == (str(event.old), str(event.new))
        # The reversal shows the start of the charge that it reverses.
        assert day(anew["ChargeStartDate"]) == event.day
        assert day(back["ChargeStartDate"]) < event.day
        assert back["ChargeEndDate"] == anew["ChargeEndDate"]
        is_before = day(back["ChargeStartDate"]) < MONTHS[0]
        earlier = charged_since[event.subscription.id]
        assert is_before or back["ChargeStartDate"] in earlier


def test_a_cancelled_subscription_has_no_rows_any_more(rows, scenario):
    (event,) = [
        e for e in scenario.events_at("microsoft") if isinstance(e, Cancellation)
    ]
    (row,) = of_event(rows, event)
    assert row["ChargeType"] == "cancelImmediate"
    assert Decimal(row["Subtotal"]) < 0
    own = [r for r in rows if r["SubscriptionId"] == event.subscription.id]
    assert max(day(r["OrderDate"]) for r in own) == event.day


def test_a_credit_goes_back_to_an_earlier_month(rows, scenario):
    (event,) = [e for e in scenario.events_at("microsoft") if isinstance(e, Credit)]
    (row,) = of_event(rows, event)
    assert row["ChargeType"] == "customerCredit"
    assert Decimal(row["Subtotal"]) == Decimal("-1.15") * event.seats
    assert day(row["ChargeEndDate"]) < event.day.replace(day=1)


def test_strangers_are_in_the_files(rows, scenario):
    tenants = {customer.tenant for customer in scenario.customers}
    articles = {
        line.article.offer[:2] for quote in scenario.quotes for line in quote.lines
    }
    unknown_customers = {
        row["SubscriptionId"] for row in rows if row["CustomerId"] not in tenants
    }
    unknown_articles = {
        row["SubscriptionId"]
        for row in rows
        if (row["ProductId"], row["SkuId"]) not in articles
    }
    by_what = {
        event.what: event.subscription.id
        for event in scenario.events
        if isinstance(event, Unknown)
    }
    assert unknown_customers == {by_what["customer"]}
    assert unknown_articles == {by_what["product"]}


def test_by_hand_a_pair_in_the_documentation_of_the_format():
    """10.00 x 21 / 31 is 6.774, so 6.77; tax per seat 1.2863, so 1.29."""
    price = microsoft_file._prorated(
        Decimal("10.00"), date(2026, 3, 15), date(2026, 3, 5), date(2026, 4, 4)
    )
    assert price == Decimal("6.77")
