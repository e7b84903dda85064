"""Azure Cost Management: exports of actual and of amortised costs.

Source: page "Azure Cost Management – exports and cost APIs"; section numbers below
are its sections. Amortised costs spread the price of a reservation over the usage
it covers: nothing of them is ever billed, or the purchase would be billed twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from .azure_cost_columns import (
    COLUMNS,
    COMMON,
    DATES,
    IDS,
    KEY_COLUMNS,
    METER,
    NUMBERS,
    REQUIRED,
    SERVICE_PERIOD,
    SPELLINGS,
)
from .layout import normalised
from .problem import Notice
from .provider_charge import charge_category, flagged
from .sentence import _
from .usage_format import Turn, UsageFormat
from .usage_period import exclusive_end, month_of, period_of_use
from .usage_row import UsageRow, credit_rate

# Section 3; keys normalised.
_EVENTS = {
    "": "usage",
    "usage": "usage",
    "purchase": "purchase",
    "refund": "credit",
    "roundingadjustment": "rounding",
    "unusedreservation": "usage",
    "unusedsavingsplan": "usage",
}
_UNUSED = frozenset({"unusedreservation", "unusedsavingsplan"})
_COVERED = frozenset({"reservation", "savingsplan"})
_FREQUENCIES = {
    "onetime": "One-Time",
    "recurring": "Recurring",
    "usagebased": "Usage-Based",
}
_ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class AzureRow(UsageRow):
    """One day of one resource and meter, or a purchase, refund or rounding."""

    AMOUNT = "Cost"
    CURRENCY = "BillingCurrency"
    DAY = "Date"
    SUMS: ClassVar[Mapping[str, str]] = {
        "pricing_quantity": "Quantity",
        "billed_cost": "Cost",
        "list_cost": "PaygCostInBillingCurrency",
    }
    DETAILS: ClassVar[Mapping[str, str]] = {
        "resource_id": "ResourceId",
        "resource_name": "ResourceName",
        "resource_group": "ResourceGroup",
        "region": "ResourceLocation",
    }
    TAGS = "Tags"
    CHARGE = COMMON
    NUMBERS = NUMBERS
    DAYS = DATES
    ROW_DAYS = SERVICE_PERIOD
    IDS = IDS
    NAMES = ("CustomerName", "SubscriptionName")
    KEY_COLUMNS = KEY_COLUMNS
    KEY = (
        "event",
        "charge_type",
        "charge_description",
        "pricing_unit",
        "list_unit_price",
        "contracted_unit_price",
        "partner_credit_rate",
        "billing_currency",
        "exchange_rate",
        "charge_period_start",
        "charge_period_end",
    )

    def customer_key(self) -> str:
        """Return what the customer is recognised by."""
        return (
            self.word("CustomerTenantId")
            or self.cell("CustomerName")
            or self.word("SubscriptionId")
        )

    def describe(self) -> dict[str, object]:
        """Return the fields of the row's charge, but for sums, row and raw."""
        word, text, number = self.word, self.text, self.numbers.get
        event = self.event_of(_EVENTS, "ChargeType", "Frequency")
        start, end, is_late = self._period(event)
        customer = self.uniform_id("CustomerTenantId")
        is_named = bool(customer or text("CustomerName"))
        subscription = self.uniform_id("SubscriptionId")
        flags = {
            "unknown_charge_type": event == "unknown",
            "no_customer_id": not customer and not subscription,
            "no_charge_end": end is None and bool(self.numbers[self.AMOUNT]),
            "unbilled": "InvoiceId" in self.layout.position and not word("InvoiceId"),
            "late": is_late,
        }
        return {
            "invoice_id": word("InvoiceId") or self.layout.file_hash,
            "billing_account_id": word("BillingAccountId") or None,
            "billing_account_name": text("BillingAccountName"),
            # who is no partner sees the own subscriptions only
            "sub_account_id": customer if is_named else subscription,
            "sub_account_name": text(
                "CustomerName" if is_named else "SubscriptionName"
            ),
            "sub_subscription_id": subscription,
            "sub_subscription_name": text("SubscriptionName"),
            "sku_id": self._sku_id(),
            "service_name": text("MeterCategory") or text("ConsumedService"),
            "service_category": text("ServiceFamily"),
            "sku_name": text("Product") or text("MeterName"),
            "publisher_name": text("PublisherName"),
            "charge_description": self.meter() or text("Product"),
            "region_id": text("MeterRegion"),
            "event": event,
            "charge_type": word("ChargeType"),
            "charge_category": charge_category(event),
            "charge_class": "Correction" if word("PreviousInvoiceId") else None,
            "charge_frequency": _FREQUENCIES.get(normalised(self.cell("Frequency"))),
            "pricing_unit": text("UnitOfMeasure"),
            "list_unit_price": number("PayGPrice"),
            "contracted_unit_price": number("UnitPrice"),
            "billing_currency": self.currency,
            "pricing_currency": word("PricingCurrency").upper() or None,
            "exchange_rate": number("ExchangeRatePricingToBilling"),
            "exchange_rate_date": self.days["ExchangeRateDate"],
            "charge_period_start": start,
            "charge_period_end": end,
            "partner_credit_rate": credit_rate(
                number("PartnerEarnedCreditRate"),
                self.cell("PartnerEarnedCreditApplied"),
            ),
            "flags": flagged(flags),
        }

    def _period(self, event: str) -> tuple[date, date | None, bool]:
        """Return first day, day after and whether the use is late.

        A purchase is for the period it states, if it states one; its `Date` is the
        day of purchase (section 6).
        """
        if event in ("purchase", "recurring"):
            start, last = (self.days[name] for name in SERVICE_PERIOD)
            if not start or not last or last < start or last == date.max:
                return start or self.day, None, False
            return start, last + _ONE_DAY, False
        if event in self.SINGLE:
            return *month_of(self.day), False
        return period_of_use(
            self.day,
            self.days["BillingPeriodStartDate"],
            exclusive_end(self.days["BillingPeriodEndDate"]),
        )

    def _sku_id(self) -> str | None:
        """Return the article, else what there is a name for.

        Some exports name the meter only, roundings not even that (section 7).
        """
        number = self.uniform_id("ProductId", "PartNumber", "MeterId")
        name = self.meter() or self.text("Product")
        return number or name or self.word("ChargeType") or None

    @staticmethod
    def tags(cell: str) -> str | None:
        """Return tags as the text of a JSON object, None if they are not one.

        Classic exports leave out the outer braces (section 3).
        """
        return UsageRow.tags(cell) or UsageRow.tags("{" + cell + "}")


@dataclass(slots=True)
class AmortisedRow(AzureRow):
    """A row of amortised costs: nothing of it is billed."""

    SUMS: ClassVar[Mapping[str, str]] = {
        "pricing_quantity": "Quantity",
        "effective_cost": "Cost",
    }

    def describe(self) -> dict[str, object]:
        """Return the fields of the row's charge, but for sums, row and raw."""
        fields = AzureRow.describe(self)
        flags = fields["flags"]
        assert isinstance(flags, tuple)
        return {**fields, "flags": ("amortised", *flags)}

    def money(self) -> tuple[Decimal | None, str | None]:
        """Return no amount: none would have been billed."""
        return None, None


def is_amortised(charge_type: str, pricing_model: str, has_cost: bool) -> bool:
    """Return whether a row can only be one of amortised costs (section 6).

    Usage that a commitment covers costs nothing in actual costs, and what is not
    used of a commitment is no row of them.
    """
    name = normalised(charge_type)
    is_covered = name == "usage" and normalised(pricing_model) in _COVERED
    return name in _UNUSED or (is_covered and has_cost)


AZURE_COST = UsageFormat(
    id="azure_cost",
    title=_("Azure Cost Management, costs and usage"),
    columns=COLUMNS,
    aliases={},
    spellings=SPELLINGS,
    required=REQUIRED,
    one_of=(METER,),
    number_columns=(*AzureRow.SUMS.values(), "EffectivePrice", *NUMBERS),
    date_columns=("Date", *DATES, *SERVICE_PERIOD),
    identity_columns=("SubscriptionId", "MeterId", "MeterCategory", "ResourceId"),
    sum_columns=("Cost", "", ""),
    row=AzureRow,
)
AZURE_COST = replace(
    AZURE_COST,
    turn=Turn(
        columns=("ChargeType", "PricingModel"),
        amount="Cost",
        is_sign=is_amortised,
        into=replace(
            AZURE_COST,
            title=_("Azure Cost Management, amortised costs"),
            row=AmortisedRow,
        ),
        notice=Notice(
            None,
            "amortised",
            _(
                "the file shows amortised costs, in which the price of a reservation or "
                "savings plan is spread over what it covers; it is read for information "
                "and nothing of it is billed; import the actual costs as well"
            ),
        ),
    ),
)
