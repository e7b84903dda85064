"""Microsoft Partner Center: daily rated usage of Azure plans.

Source: page "Microsoft Partner Center – daily rated usage file (Azure plan)";
section numbers below are its sections. One line per day, resource and meter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from .exact import EXACT
from .lacking import NAMES_NO_CUSTOMER
from .layout import normalised
from .microsoft_daily_columns import (
    ALIASES,
    COLUMNS,
    COMMON,
    CUSTOMER,
    DATES,
    IDS,
    NUMBERS,
    REQUIRED,
)
from .provider_charge import charge_category, flagged
from .sentence import _
from .usage_format import UsageFormat
from .usage_period import exclusive_end, period_of_use
from .usage_row import UsageRow

# Section 2; keys normalised. Only "New" was ever seen.
_EVENTS = {
    "": "usage",
    "new": "usage",
    "customercredit": "credit",
    "credit": "credit",
    "refund": "credit",
}
SKU_ID_CHARS = 4
_PERCENT = Decimal("0.01")


@dataclass(slots=True)
class DailyRow(UsageRow):
    """One day of one resource."""

    AMOUNT = "BillingPreTaxTotal"
    CURRENCY = "BillingCurrency"
    DAY = "UsageDate"
    SUMS: ClassVar[Mapping[str, str]] = {
        "pricing_quantity": "Quantity",
        "billed_cost": "BillingPreTaxTotal",
    }
    DETAILS: ClassVar[Mapping[str, str]] = {
        "resource_id": "ResourceURI",
        "resource_group": "ResourceGroup",
        "region": "ResourceLocation",
    }
    # credits as well are a row per day and resource
    SINGLE = frozenset()
    PRICED = "billed_cost"
    TAGS = "Tags"
    CHARGE = COMMON
    NUMBERS = NUMBERS
    DAYS = DATES
    IDS = IDS
    NAMES = ("CustomerName", "CustomerDomainName")
    KEY_COLUMNS = (
        "InvoiceNumber",
        "SubscriptionId",
        "EntitlementId",
        "ProductId",
        "SkuId",
        "AvailabilityId",
        "MeterId",
        "MeterRegion",
        "CreditType",
    )
    KEY = (
        "charge_description",
        "charge_type",
        "pricing_unit",
        "list_unit_price",
        "contracted_unit_price",
        "partner_credit_rate",
        "billing_currency",
        "pricing_currency",
        "exchange_rate",
        "charge_period_start",
        "charge_period_end",
    )

    def is_damaged(self, name: str, text: str) -> bool:
        """Return whether a spreadsheet changed an id (section 6)."""
        is_short = name == "SkuId" and len(text) < SKU_ID_CHARS
        # super() without arguments does not work in a class with slots
        return is_short or UsageRow.is_damaged(self, name, text)

    def check(self) -> None:
        """Add to `bad` what else is wrong with the row."""
        if not any(self.text(name) for name in CUSTOMER):
            self.bad.append(("CustomerId", "", NAMES_NO_CUSTOMER))
        self.check_order("ChargeStartDate", "ChargeEndDate")

    def customer_key(self) -> str:
        """Return what the customer is recognised by."""
        return (
            self.word("CustomerId")
            or self.cell("CustomerDomainName")
            or self.cell("CustomerName")
        )

    def describe(self) -> dict[str, object]:
        """Return the fields of the row's charge, but for sums, row and raw."""
        word, text, number = self.word, self.text, self.numbers.get
        event = _EVENTS.get(normalised(self.cell("ChargeType")), "unknown")
        # exclusive, as section 1 says; unlike in the reconciliation file
        stated_end = exclusive_end(self.days["ChargeEndDate"])
        start, end, is_late = period_of_use(
            self.day, self.days["ChargeStartDate"], stated_end
        )
        flags = {
            "unknown_charge_type": event == "unknown",
            "no_customer_id": not word("CustomerId"),
            "unbilled": not word("InvoiceNumber"),
            "late": is_late,
        }
        meter = self.meter() or word("MeterId") or None
        sku = ":".join(filter(None, (word("ProductId"), word("SkuId"))))
        return {
            "invoice_id": word("InvoiceNumber") or self.layout.file_hash,
            "sub_account_id": self.uniform_id("CustomerId"),
            "sub_account_name": text("CustomerName"),
            "customer_domain": text("CustomerDomainName"),
            "subscription_id": self.uniform_id("SubscriptionId"),
            "sub_subscription_id": self.uniform_id("EntitlementId"),
            "sub_subscription_name": text("EntitlementDescription"),
            # usage of a marketplace may name the meter only (section 6)
            "sku_id": sku or meter,
            "availability_id": word("AvailabilityId") or None,
            "service_name": text("ProductName") or text("MeterCategory"),
            "sku_name": text("SkuName") or text("MeterName"),
            "publisher_name": text("PublisherName"),
            "charge_description": meter,
            "region_id": text("MeterRegion"),
            "event": event,
            "charge_type": word("ChargeType"),
            "charge_category": charge_category(event),
            "pricing_unit": text("Unit") or text("UnitType"),
            "list_unit_price": number("UnitPrice"),
            "contracted_unit_price": number("EffectiveUnitPrice"),
            "billing_currency": self.currency,
            "pricing_currency": word("PricingCurrency").upper() or None,
            "exchange_rate": number("PCToBCExchangeRate"),
            "exchange_rate_date": self.days["PCToBCExchangeRateDate"],
            "charge_period_start": start,
            "charge_period_end": end,
            "partner_credit_rate": self._credit_rate(),
            "flags": flagged(flags),
        }

    def _credit_rate(self) -> Decimal | None:
        """Return the share; the file has percents, the API a share (section 2)."""
        percent = self.numbers["PartnerEarnedCreditPercentage"]
        if percent is None:
            return self.numbers["RateOfPartnerEarnedCredit"]
        return EXACT.multiply(percent, _PERCENT)


MICROSOFT_DAILY = UsageFormat(
    id="microsoft_daily",
    title=_("Microsoft Partner Center, daily rated usage"),
    columns=COLUMNS,
    aliases=ALIASES,
    required=REQUIRED,
    one_of=(CUSTOMER,),
    number_columns=("Quantity", "BillingPreTaxTotal", "PricingPreTaxTotal", *NUMBERS),
    date_columns=("UsageDate", *DATES),
    identity_columns=("CustomerId", "SubscriptionId", "EntitlementId", "ProductId"),
    sum_columns=("BillingPreTaxTotal", "", ""),
    row=DailyRow,
)
