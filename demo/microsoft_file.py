"""Writes reconciliation files as Microsoft does, from the scenario's events.

Rules: page "Microsoft Partner Center – new-commerce invoice reconciliation file";
section numbers are its sections. Nothing here is shared with the code that reads
such files.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from .scenario import (
    MONTHS,
    Cancellation,
    Credit,
    Scenario,
    SeatChange,
    Subscription,
    guid,
)

# Section 2, in order.
COLUMNS = (
    "PartnerId",
    "CustomerId",
    "CustomerName",
    "CustomerDomainName",
    "CustomerCountry",
    "InvoiceNumber",
    "MpnId",
    "Tier2MpnId",
    "OrderId",
    "OrderDate",
    "ProductId",
    "SkuId",
    "AvailabilityId",
    "SkuName",
    "ProductName",
    "ChargeType",
    "UnitPrice",
    "Quantity",
    "Subtotal",
    "TaxTotal",
    "Total",
    "Currency",
    "PriceAdjustmentDescription",
    "PublisherName",
    "PublisherId",
    "SubscriptionDescription",
    "SubscriptionId",
    "ChargeStartDate",
    "ChargeEndDate",
    "TermAndBillingCycle",
    "EffectiveUnitPrice",
    "UnitType",
    "AlternateId",
    "BillableQuantity",
    "BillingFrequency",
    "PricingCurrency",
    "PCToBCExchangeRate",
    "PCToBCExchangeRateDate",
    "MeterDescription",
    "ReservationOrderId",
    "CreditReasonCode",
    "SubscriptionStartDate",
    "SubscriptionEndDate",
    "ReferenceId",
    "ProductQualifiers",
    "PromotionId",
    "ProductCategory",
)
PARTNER = guid("partner")
_CENT = Decimal("0.01")
_ONE_DAY = timedelta(days=1)
_TERMS = {
    "P1Y": "One-Year commitment for monthly/yearly billing",
    "P1M": "One-Month commitment for monthly billing",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an invoice, before it becomes text.

    :param unit_amount: price of a seat for the charged days, with the sign
    :param start: first day of the charge; on a reversal that of the charge
        reversed (section 6)
    :param end: last day of the charge
    :param event: names what happened; the rows of one event share it
    """

    subscription: Subscription
    charge_type: str
    ordered: date
    seats: int
    unit_amount: Decimal
    start: date
    end: date
    event: str
    reason: str = ""


def file_name(month: date) -> str:
    return f"microsoft-{month:%Y-%m}.csv"


def invoice_number(month: date) -> str:
    return f"G0{month:%y%m}{month.month * 417:04}"


def content(
    scenario: Scenario, month: date, rows: Iterable[Row] | None = None
) -> bytes:
    """Return the file of the invoice for `month`, given by its first day.

    :param rows: instead of those that are right
    """
    invoice = invoice_number(month)
    rows = rows_of(scenario, month) if rows is None else rows
    # The rows of a file are in no order (section 7); ids shuffle them.
    cells = sorted(
        (_cells(row, invoice, scenario.place.tax_rate) for row in rows),
        key=lambda cell: cell["ReservationOrderId"],
    )
    text = io.StringIO()
    writer = csv.DictWriter(
        text, COLUMNS, restval="", quoting=csv.QUOTE_ALL, lineterminator="\r\n"
    )
    writer.writeheader()
    writer.writerows(cells)
    return text.getvalue().encode("utf-8-sig")


def rows_of(scenario: Scenario, month: date) -> list[Row]:
    """Return what Microsoft bills for `month`, subscription by subscription."""
    return [
        row
        for subscription in scenario.subscriptions_at("microsoft")
        for row in _rows(scenario, subscription, month)
        if row.ordered.replace(day=1) == month
    ]


def _rows(scenario: Scenario, subscription: Subscription, until: date) -> Iterator[Row]:
    """Yield all charges of a subscription until the end of the month `until`."""
    events = [event for event in scenario.events if event.subscription == subscription]
    seats: int | None = subscription.seats
    for start, end in _cycles(subscription, until):
        if seats is None:
            return
        yield Row(
            subscription,
            _cycle_type(subscription, start),
            start,
            seats,
            subscription.cost,
            start,
            end,
            f"cycle {start}",
        )
        charged_from = start
        for event in events:
            if not start <= event.day <= end:
                continue
            if isinstance(event, SeatChange):
                yield from _change(event, charged_from, start, end)
                seats, charged_from = event.new, event.day
            elif isinstance(event, Cancellation):
                yield _reversal(
                    event, "cancelImmediate", event.seats, charged_from, start, end
                )
                seats = None
    yield from (credit_row(event) for event in events if isinstance(event, Credit))


def _cycles(subscription: Subscription, until: date) -> Iterator[tuple[date, date]]:
    """Yield first and last day of the cycles that can have rows in a file.

    The one that runs when the first month begins was billed before; changes in it
    are not.
    """
    first, horizon = MONTHS[0], _month_later(until, 1)
    number = 0
    while (start := _month_later(subscription.start, number)) < horizon:
        number += 1
        end = _month_later(subscription.start, number) - _ONE_DAY
        if end >= first:
            yield start, end


def _month_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, day.day)


def _cycle_type(subscription: Subscription, start: date) -> str:
    if start == subscription.start:
        return "new"
    return "renew" if term_of(subscription, start)[0] == start else "cycleCharge"


def _change(
    event: SeatChange, charged_from: date, start: date, end: date
) -> Iterator[Row]:
    """Yield the pair: the old seats back, the new ones for the days that are left."""
    name = "addQuantity" if event.new > event.old else "removeQuantity"
    yield _reversal(event, name, event.old, charged_from, start, end)
    yield Row(
        event.subscription,
        name,
        event.day,
        event.new,
        _prorated(event.subscription.cost, event.day, start, end),
        event.day,
        end,
        f"change {event.day}",
    )


def _reversal(event, charge_type, seats, charged_from, start, end) -> Row:
    return Row(
        event.subscription,
        charge_type,
        event.day,
        seats,
        -_prorated(event.subscription.cost, event.day, start, end),
        charged_from,
        end,
        f"change {event.day}",
    )


def credit_row(event: Credit) -> Row:
    start = event.cycle_start
    return Row(
        event.subscription,
        "customerCredit",
        event.day,
        event.seats,
        -event.unit_amount,
        start,
        _month_later(start, 1) - _ONE_DAY,
        f"credit {event.day}",
        "Service credit",
    )


def _prorated(price: Decimal, day: date, start: date, end: date) -> Decimal:
    """Return the price of the days left in a cycle, the event's own included."""
    left, whole = (end - day).days + 1, (end - start).days + 1
    return _round(price * left / whole)


def _round(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def term_of(subscription: Subscription, day: date) -> tuple[date, date]:
    """Return first and last day of the commitment that runs on `day`."""
    months = 12 if subscription.term == "P1Y" else 1
    number = 0
    while _month_later(subscription.start, number + months) <= day:
        number += months
    start = _month_later(subscription.start, number)
    return start, _month_later(subscription.start, number + months) - _ONE_DAY


def subtotal(row: Row) -> Decimal:
    """Return the net amount (section 6: the price is rounded, then multiplied)."""
    return row.unit_amount * row.seats


def tax(row: Row, rate: Decimal) -> Decimal:
    """Return the tax, which Microsoft rounds per seat (section 6)."""
    return _round(row.unit_amount * rate) * row.seats


def _cells(row: Row, invoice: str, rate: Decimal) -> dict[str, str]:
    subscription = row.subscription
    customer, article = subscription.customer, subscription.article
    product_id, sku_id, availability_id = article.offer
    term_start, term_end = term_of(subscription, row.ordered)
    order = guid("order", subscription.id).replace("-", "")
    return {
        "PartnerId": PARTNER,
        "CustomerId": customer.tenant,
        "CustomerName": customer.name,
        "CustomerDomainName": customer.domain,
        "CustomerCountry": customer.country,
        "InvoiceNumber": invoice,
        "MpnId": "6543210",
        "OrderId": order[:12],
        "OrderDate": _day(row.ordered),
        "ProductId": product_id,
        "SkuId": sku_id,
        "AvailabilityId": availability_id,
        "SkuName": article.name,
        "ProductName": article.name,
        "ChargeType": row.charge_type,
        "UnitPrice": _number(subscription.cost),
        "Quantity": str(row.seats),
        "Subtotal": _number(subtotal(row)),
        "TaxTotal": _number(tax(row, rate)),
        "Total": _number(subtotal(row) + tax(row, rate)),
        "Currency": "EUR",
        "PublisherName": "Microsoft Corporation",
        "SubscriptionId": subscription.id,
        "ChargeStartDate": _day(row.start),
        "ChargeEndDate": _day(row.end),
        "TermAndBillingCycle": _TERMS[subscription.term],
        "EffectiveUnitPrice": _number(row.unit_amount),
        "AlternateId": order[12:24],
        "BillableQuantity": str(row.seats),
        "BillingFrequency": "Monthly",
        "PricingCurrency": "EUR",
        "PCToBCExchangeRate": "1",
        "PCToBCExchangeRateDate": _day(row.ordered),
        "ReservationOrderId": guid(
            "row", subscription.id, row.event, row.unit_amount > 0
        ),
        "CreditReasonCode": row.reason,
        "SubscriptionStartDate": _day(term_start),
        "SubscriptionEndDate": _day(term_end),
        "ReferenceId": guid("event", subscription.id, row.event),
    }


def _day(day: date) -> str:
    return f"{day:%m/%d/%Y}"


def _number(value: Decimal) -> str:
    """Return a number without trailing zeros, as the genuine file has them."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def total(rows: Iterable[Row]) -> Decimal:
    """Return the net sum of `rows`."""
    return sum((subtotal(row) for row in rows), Decimal(0))


def tax_total(rows: Iterable[Row], rate: Decimal) -> Decimal:
    """Return the tax the file states."""
    return sum((tax(row, rate) for row in rows), Decimal(0))
