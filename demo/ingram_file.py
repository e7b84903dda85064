"""Writes billing exports as Ingram Micro's cloud marketplace does.

Rules: page "Ingram Micro Cloud Marketplace"; the columns are those of its
illustrative rows, with the tax and the invoice's number behind them. Everything is
billed by calendar months; what changes in between is a row with the difference.
Nothing here is shared with the code that reads such files.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from .scenario import (
    Cancellation,
    Credit,
    FileEvent,
    Scenario,
    SeatChange,
    Subscription,
)

COLUMNS = (
    "Reseller ID",
    "Reseller Company Name",
    "Customer Account ID",
    "End Customer Name",
    "Subscription ID",
    "Subscription Name",
    "Subscription Expiration Date",
    "Plan ID",
    "MPN",
    "Order Type",
    "From",
    "To",
    "Quantity",
    "Duration",
    "Unit Cost",
    "Net Cost",
    "Currency",
    "Tax",
    "Invoice Number",
)
_CENT = Decimal("0.01")
_ONE_DAY = timedelta(days=1)
_PLANS = {"acrobat": "50012", "endpoint": "50020"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an export, before it becomes text.

    :param end: last day of the charge
    :param seats: on changes the difference, negative where money goes back
    :param share: of the month that is charged
    """

    subscription: Subscription
    order_type: str
    start: date
    end: date
    seats: int
    share: Fraction
    unit_cost: Decimal


def file_name(month: date) -> str:
    return f"ingram-{month:%Y-%m}.csv"


def content(scenario: Scenario, month: date) -> bytes:
    """Return the file of the invoice for `month`, given by its first day."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in rows_of(scenario, month):
        writer.writerow(_cells(scenario, row, f"55-{month:%y%m}1187"))
    return text.getvalue().encode()


def rows_of(scenario: Scenario, month: date) -> list[Row]:
    """Return what Ingram bills for `month`, subscription by subscription."""
    return [
        row
        for subscription in scenario.subscriptions_at("ingram")
        for row in _rows(scenario, subscription, month)
    ]


def _rows(scenario: Scenario, subscription: Subscription, month: date) -> Iterator[Row]:
    end = _last_day(month)
    seats = scenario.seats_on(subscription, month)
    cost = scenario.cost_on(subscription, month)
    if seats:
        kind = "Sales" if subscription.start == month else "Recurring"
        yield Row(subscription, kind, month, end, seats, Fraction(1), cost)
    for event in scenario.events:
        if event.subscription == subscription and month < event.day <= end:
            yield _row_of_event(event, cost, end)


def _row_of_event(event: FileEvent, cost: Decimal, end: date) -> Row:
    """Return the row of what happened within a month that ends on `end`."""
    if isinstance(event, Credit):
        # For a month that was billed before.
        start = event.cycle_start
        return Row(
            event.subscription,
            "Credit",
            start,
            _last_day(start),
            -event.seats,
            Fraction(1),
            event.unit_amount,
        )
    share = Fraction((end - event.day).days + 1, end.day)
    if isinstance(event, SeatChange):
        kind, seats = "Change", event.new - event.old
    elif isinstance(event, Cancellation):
        kind, seats = "Cancellation", -event.seats
    else:
        raise TypeError(f"Ingram has no row for {event}")
    return Row(event.subscription, kind, event.day, end, seats, share, cost)


def _last_day(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1) - _ONE_DAY


def net(row: Row) -> Decimal:
    """Return the net amount: the exact share, not the printed one, is charged."""
    exact = row.unit_cost * row.seats * row.share.numerator
    return _round(exact / row.share.denominator)


def tax(row: Row, rate: Decimal) -> Decimal:
    return _round(net(row) * rate)


def total(rows: Iterable[Row]) -> Decimal:
    """Return the net sum of `rows`."""
    return sum((net(row) for row in rows), Decimal(0))


def tax_total(rows: Iterable[Row], rate: Decimal) -> Decimal:
    """Return the tax the file states."""
    return sum((tax(row, rate) for row in rows), Decimal(0))


def _round(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _cells(scenario: Scenario, row: Row, invoice: str) -> dict[str, str]:
    subscription = row.subscription
    customer, article = subscription.customer, subscription.article
    started = subscription.start
    share = Decimal(row.share.numerator) / row.share.denominator
    return {
        "Reseller ID": "1000731",
        "Reseller Company Name": scenario.place.company,
        "Customer Account ID": account_id(customer.number),
        "End Customer Name": customer.name,
        "Subscription ID": subscription.id,
        "Subscription Name": f"{article.name} (annual)",
        "Subscription Expiration Date": str(
            started.replace(year=started.year + 1) - _ONE_DAY
        ),
        "Plan ID": _PLANS[article.key],
        "MPN": article.code,
        "Order Type": row.order_type,
        "From": str(row.start),
        "To": str(row.end),
        "Quantity": str(row.seats),
        "Duration": str(_round(share)),
        "Unit Cost": str(row.unit_cost),
        "Net Cost": str(net(row)),
        "Currency": "EUR",
        "Tax": str(tax(row, scenario.place.tax_rate)),
        "Invoice Number": invoice,
    }


def account_id(number: int) -> str:
    """Return Ingram's id of a customer, by our number."""
    return str(1004500 + number)
