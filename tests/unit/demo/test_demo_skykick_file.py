"""SkyKick's workbooks are genuine ones, and say what happened."""

import io
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
import xlrd

from demo import files, skykick_file
from demo.scenario import MONTHS, Delisting, SeatChange

HEADER = [
    "Invoice Number",
    "Invoice Date",
    "Customer",
    "Domain",
    "Product",
    "Plan",
    "Seats",
    "Unit Price",
    "Amount",
    "Currency",
    "Period Start",
    "Period End",
]


def read(scenario, month):
    """The cells of a file as the libraries for workbooks give them."""
    content = skykick_file.content(scenario, month)
    if month == MONTHS[0]:
        book = xlrd.open_workbook(file_contents=content)
        (sheet,) = book.sheets()
        lines = [
            [
                xlrd.xldate_as_datetime(cell.value, book.datemode)
                if cell.ctype == xlrd.XL_CELL_DATE
                else cell.value
                for cell in line
            ]
            for line in sheet.get_rows()
        ]
    else:
        book = openpyxl.load_workbook(io.BytesIO(content))
        (sheet,) = book.worksheets
        lines = [list(line) for line in sheet.iter_rows(values_only=True)]
    header, *rows = lines
    assert header == HEADER
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.mark.parametrize("month", MONTHS)
def test_numbers_and_days_are_typed(scenario, month):
    for row in read(scenario, month):
        for name in ("Invoice Date", "Period Start", "Period End"):
            assert isinstance(row[name], datetime)
        for name in ("Seats", "Unit Price", "Amount"):
            assert isinstance(row[name], int | float)
        assert row["Period Start"].date() == month
        assert row["Invoice Number"] == f"SK-{month:%Y%m}"
    last = {1: 31, 2: 28, 3: 31}[month.month]
    assert row["Period End"].date() == month.replace(day=last)


@pytest.mark.parametrize("month", MONTHS)
def test_the_cells_of_a_file_add_up_to_its_figures(scenario, month):
    rows = read(scenario, month)
    (figures,) = (f for f in files.figures(scenario, month) if f.provider == "skykick")

    assert sum(Decimal(f"{row['Amount']:.2f}") for row in rows) == figures.net
    assert figures.tax is figures.gross is None
    for row in rows:
        amount = Decimal(f"{row['Unit Price']:.2f}") * int(row["Seats"])
        assert Decimal(f"{row['Amount']:.2f}") == amount


def test_january_is_a_legacy_workbook(scenario):
    starts = [skykick_file.content(scenario, month)[:4] for month in MONTHS]
    assert starts == [b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"PK\x03\x04"]


def test_who_is_gone_is_not_listed_and_who_is_new_is(scenario):
    listed = [{row["Domain"] for row in read(scenario, month)} for month in MONTHS]
    (gone,) = (e for e in scenario.events_at("skykick") if isinstance(e, Delisting))
    newcomer = scenario.customers[-1]

    assert listed[0] == listed[1]
    assert listed[1] - listed[2] == {gone.subscription.customer.domain}
    assert listed[2] - listed[1] == {newcomer.domain}


def test_seats_change_on_the_first_of_a_month(scenario):
    seats = {
        (row["Domain"], month): int(row["Seats"])
        for month in MONTHS
        for row in read(scenario, month)
    }
    changes = {
        (event.subscription.customer.domain, event.day): (event.old, event.new)
        for event in scenario.events_at("skykick")
        if isinstance(event, SeatChange)
    }
    found = {}
    for month, before in zip(MONTHS[1:], MONTHS, strict=False):
        for (domain, day), new in seats.items():
            old = seats.get((domain, before))
            if day == month and old is not None and old != new:
                found[domain, month] = (old, new)
    assert found == changes
    assert len(changes) == 3


def test_one_plan_becomes_dearer_in_march(scenario):
    prices = [
        {(row["Plan"], row["Unit Price"]) for row in read(scenario, month)}
        for month in MONTHS
    ]
    assert prices[0] == prices[1] == {("Exchange + SharePoint", 2.9), ("Exchange", 1.7)}
    assert prices[2] == {("Exchange + SharePoint", 3.2), ("Exchange", 1.7)}
    assert [change.day for change in scenario.cost_changes] == [date(2026, 3, 1)]
