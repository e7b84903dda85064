"""Writes invoices as workbooks, like SkyKick.

Rules: page "SkyKick", whose illustrative rows give the columns. An invoice lists
what is in use in a calendar month, seat by seat on its first day; who has cancelled
is just not listed any more. January comes as a legacy workbook, the later months in
today's format. Nothing here is shared with the code that reads such files.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import xlsxwriter
import xlwt

from .scenario import MONTHS, Scenario, Subscription

COLUMNS = (
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
)
_ONE_DAY = timedelta(days=1)
_SHEET = "Invoice"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an invoice: a month of one customer's plan."""

    subscription: Subscription
    month: date
    seats: int
    unit_price: Decimal


def file_name(month: date) -> str:
    return f"skykick-{month:%Y-%m}.{'xls' if _is_legacy(month) else 'xlsx'}"


def _is_legacy(month: date) -> bool:
    return month == MONTHS[0]


def content(scenario: Scenario, month: date) -> bytes:
    """Return the file of the invoice for `month`, given by its first day."""
    lines = [_cells(row) for row in rows_of(scenario, month)]
    return _to_xls(lines) if _is_legacy(month) else _to_xlsx(lines, month)


def rows_of(scenario: Scenario, month: date) -> list[Row]:
    """Return what SkyKick bills for `month`, customer by customer."""
    return [
        Row(item, month, seats, scenario.cost_on(item, month))
        for item in scenario.subscriptions_at("skykick")
        if (seats := scenario.seats_on(item, month))
    ]


def net(row: Row) -> Decimal:
    return row.unit_price * row.seats


def total(rows: Iterable[Row]) -> Decimal:
    """Return the net sum of `rows`."""
    return sum((net(row) for row in rows), Decimal(0))


def tax_total(rows: Iterable[Row], rate: Decimal) -> None:
    """Return None: the file states no tax."""


def _cells(row: Row) -> tuple[object, ...]:
    customer = row.subscription.customer
    product, plan = row.subscription.article.offer
    end = (row.month + timedelta(days=31)).replace(day=1)
    return (
        f"SK-{row.month:%Y%m}",
        end,
        customer.name,
        customer.domain,
        product,
        plan,
        row.seats,
        row.unit_price,
        net(row),
        "EUR",
        row.month,
        end - _ONE_DAY,
    )


def _to_xls(lines: Iterable[tuple[object, ...]]) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet(_SHEET)
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    money = xlwt.easyxf(num_format_str="0.00")
    for number, line in enumerate((COLUMNS, *lines)):
        for column, value in enumerate(line):
            if isinstance(value, date):
                sheet.write(number, column, value, day)
            elif isinstance(value, Decimal):
                sheet.write(number, column, float(value), money)
            else:
                sheet.write(number, column, value)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _to_xlsx(lines: Iterable[tuple[object, ...]], month: date) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        # Otherwise the time of writing makes each file another one.
        book.set_properties({"created": datetime(month.year, month.month, 1)})
        sheet = book.add_worksheet(_SHEET)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        money = book.add_format({"num_format": "0.00"})
        for number, line in enumerate((COLUMNS, *lines)):
            for column, value in enumerate(line):
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, day)
                elif isinstance(value, Decimal):
                    sheet.write_number(number, column, float(value), money)
                else:
                    sheet.write(number, column, value)
    return content.getvalue()
