"""Microsoft Partner Center: new-commerce invoice reconciliation file.

Source: page "Microsoft Partner Center – new-commerce invoice reconciliation
file"; section numbers below are its sections. Recognised by its columns, in any
order; read by name, never by position.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from .exact import with_sign
from .layout import Format, normalised
from .microsoft_arithmetic import oddities
from .microsoft_nce_columns import ALIASES, COLUMNS, DATES, NUMBERS, REQUIRED
from .microsoft_nce_row import NceRow, read_row
from .oddities import NO_CHARGE_END, NO_CUSTOMER_ID, unknown_charge_type
from .period_text import day_after
from .provider_charge import ProviderCharge, charge_category, flagged
from .row_by_row import RowByRow
from .row_key import sign
from .sentence import _
from .terms import (
    ONCE_PER_TERM,
    add_months,
    billing_plan,
    is_trial,
    named_plan,
    term_of_dates,
    term_of_text,
)

# Section 7, with the sign of the amount and not the amount, which a corrected file
# changes; without the meter, which the interface's "basic" set lacks. Lines that
# differ in it alone are told apart by their content.
_KEY_COLUMNS = (
    "InvoiceNumber",
    "CustomerId",
    "ReservationOrderId",
    "ReferenceId",
    "SubscriptionId",
    "ProductId",
    "SkuId",
    "AvailabilityId",
)
# Section 2: usage has the day the month was closed as OrderDate, the 3rd.
_MONTH_CLOSING = timedelta(days=5)
_ONE_DAY = timedelta(days=1)


class NceReader(RowByRow[NceRow]):
    """Reads the rows of one reconciliation file."""

    def _line(self, row: int, cells: Sequence[str]) -> NceRow:
        return NceRow(self._layout, row, cells)

    def _checked(self, row: int, cells: Sequence[str]) -> NceRow:
        return read_row(self._layout, row, cells)

    def _charge(self, line: NceRow) -> ProviderCharge:
        numbers, days, word, text = line.numbers, line.days, line.word, line.text
        subtotal, start = numbers["Subtotal"], days["ChargeStartDate"]
        assert subtotal is not None and start is not None  # checked by read_row
        term, plan = _term_and_plan(line)
        price = numbers["EffectiveUnitPrice"]
        return ProviderCharge(
            row=line.row,
            row_key=self._row_key(line, start),
            invoice_id=word("InvoiceNumber") or self._layout.file_hash,
            sub_account_id=line.uniform_id("CustomerId"),
            sub_account_name=text("CustomerName"),
            customer_domain=text("CustomerDomainName"),
            subscription_id=line.uniform_id("SubscriptionId"),
            sku_id=_sku_id(line),
            availability_id=word("AvailabilityId") or None,
            service_name=text("ProductName"),
            sku_name=text("SkuName"),
            publisher_name=text("PublisherName"),
            charge_description=text("MeterDescription"),
            event=line.event,
            charge_type=word("ChargeType"),
            event_date=days["OrderDate"],
            charge_category=charge_category(line.event),
            charge_class=_charge_class(line, subtotal, start),
            quantity=numbers["Quantity"],
            pricing_quantity=_signed_quantity(line, subtotal),
            pricing_unit=text("UnitType"),
            list_unit_price=numbers["UnitPrice"],
            contracted_unit_price=None if price is None else price.copy_abs(),
            billed_cost=subtotal,
            tax=numbers["TaxTotal"],
            total=numbers["Total"],
            billing_currency=line.currency,
            pricing_currency=word("PricingCurrency").upper() or None,
            exchange_rate=numbers["PCToBCExchangeRate"],
            exchange_rate_date=days["PCToBCExchangeRateDate"],
            charge_period_start=start,
            charge_period_end=day_after(days["ChargeEndDate"]),
            term=term,
            billing_plan=plan,
            term_start=days["SubscriptionStartDate"],
            term_end=day_after(days["SubscriptionEndDate"]),
            group_ref=_group_ref(word("ReferenceId")),
            flags=_flags(line),
            raw=self._raw(line),
        )

    def _row_key(self, line: NceRow, start: date) -> str:
        parts = [line.word(name) for name in _KEY_COLUMNS]
        parts.append(normalised(line.cell("ChargeType")))
        parts.append(start.isoformat())
        parts.append(
            sign(line.numbers["Subtotal"] or line.numbers["EffectiveUnitPrice"])
        )
        return self._keys.key(parts)

    def _oddities(self, line: NceRow) -> Iterator[tuple[str, str]]:
        pricing_currency = line.word("PricingCurrency").upper()
        is_foreign = pricing_currency not in ("", line.currency)
        yield from oddities(line.numbers, is_foreign, line.is_metered)
        if line.event == "unknown":
            yield unknown_charge_type(line.cell("ChargeType"))
        if not line.word("CustomerId"):
            yield NO_CUSTOMER_ID
        if line.days["ChargeEndDate"] is None and line.numbers["Subtotal"]:
            yield NO_CHARGE_END


def _flags(line: NceRow) -> tuple[str, ...]:
    """Return the reasons to look at a charge, see `ProviderCharge`."""
    subtotal, quantity = line.numbers["Subtotal"], line.numbers["BillableQuantity"]
    flags = {
        "unknown_charge_type": line.event == "unknown",
        "no_customer_id": not line.word("CustomerId"),
        "no_charge_end": line.days["ChargeEndDate"] is None and bool(subtotal),
        "zero_amount": not subtotal,
        "zero_quantity": quantity is not None and not quantity,
        "trial": line.is_trial(),
        # an estimate of the open month; seats are what they are all the same
        "unbilled": line.event == "usage"
        and "InvoiceNumber" in line.layout.position
        and not line.word("InvoiceNumber"),
    }
    return flagged(flags)


def _term_and_plan(line: NceRow) -> tuple[str | None, str | None]:
    """Return term and billing plan, both None on consumption (section 4)."""
    if line.is_metered:
        return None, None
    text = line.word("TermAndBillingCycle")
    start = line.days["SubscriptionStartDate"]
    end = day_after(line.days["SubscriptionEndDate"])
    term = term_of_dates(start, end) if start and end else None
    term = term or term_of_text(text)
    frequency = line.word("BillingFrequency")
    if "BillingFrequency" not in line.values:
        # what is missing is not blank: the period says it, if anything does
        return term, named_plan(text) or _plan_of_period(line, term)
    return term, billing_plan(frequency, text, term)


def _plan_of_period(line: NceRow, term: str | None) -> str | None:
    """Return the plan that the days charged prove, None if they prove none.

    More than a month is never billed monthly; a month or less that does not reach
    to the end of the term is part of nothing longer.
    """
    if is_trial(line.word("TermAndBillingCycle")):
        return None
    start, last = line.days["ChargeStartDate"], line.days["ChargeEndDate"]
    until = line.days["SubscriptionEndDate"]
    if start is None or last is None:
        return None
    if term == "P1M":
        return "monthly"
    length = term_of_dates(start, last + _ONE_DAY)
    if term == "P3Y" and length == "P1Y":
        return "annual"
    if last + _ONE_DAY > add_months(start, 1):
        return ONCE_PER_TERM.get(term or "") if last == until else None
    if until is not None and last < until:
        return "monthly"
    return None


def _sku_id(line: NceRow) -> str | None:
    parts = (line.word("ProductId"), line.word("SkuId"))
    return ":".join(part for part in parts if part) or None


def _signed_quantity(line: NceRow, subtotal: Decimal) -> Decimal | None:
    """Return BillableQuantity with the sign of the line (section 6, second trap).

    The sign is that of Subtotal, on zero lines that of EffectiveUnitPrice.
    Quantity stands in only where BillableQuantity is blank.
    """
    quantity = line.numbers["BillableQuantity"]
    if quantity is None:
        quantity = line.numbers["Quantity"]
    if not quantity:
        return quantity
    price = line.numbers["EffectiveUnitPrice"]
    is_back = subtotal < 0 or (not subtotal and price is not None and price < 0)
    return with_sign(quantity, is_back)


def _charge_class(line: NceRow, subtotal: Decimal, start: date) -> str | None:
    """Return ``Correction`` for money back on a charge of an earlier invoice.

    An invoice covers a calendar month (section 1); what began in a month before
    the event was on an earlier one. Usage is closed on the 3rd of the next month.
    """
    event_date = line.days["OrderDate"]
    if subtotal >= 0 or event_date is None:
        return None
    billed = event_date - _MONTH_CLOSING if line.is_metered else event_date
    earlier = (start.year, start.month) < (billed.year, billed.month)
    return "Correction" if earlier else None


def _group_ref(text: str) -> str | None:
    """Return ReferenceId; some 2026 files wrap it in JSON (section 2, column 44)."""
    if text.startswith("{"):
        try:
            inner = json.loads(text).get("id")
        except (ValueError, RecursionError):
            return text
        return str(inner) if inner else text
    return text or None


MICROSOFT_NCE = Format(
    id="microsoft_nce",
    title=_("Microsoft Partner Center, new-commerce invoice reconciliation"),
    columns=COLUMNS,
    aliases=ALIASES,
    required=REQUIRED,
    number_columns=NUMBERS,
    date_columns=DATES,
    identity_columns=("CustomerId", "ProductId", "SkuId", "SubscriptionId"),
    sum_columns=("Subtotal", "TaxTotal", "Total"),
    reader=NceReader,
)
