"""FOCUS files: one reader for all vendors that export in this format.

Source: page "FOCUS (FinOps Open Cost and Usage Specification) 1.0, 1.1, 1.2";
section numbers below are its sections. Recognised by its columns; read by name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from .focus_columns import (
    ALIASES,
    COLUMNS,
    COMMON,
    IDS,
    KEY_COLUMNS,
    NUMBERS,
    REQUIRED,
    SUMMED,
    focus_version,
)
from .ids import uniform
from .provider_charge import charge_category, flagged
from .sentence import _
from .usage_format import UsageFormat
from .usage_period import exclusive_end, period_of_use
from .usage_row import UsageRow, credit_rate

# Section 2; keys normalised.
_EVENTS = {
    "usage": "usage",
    "purchase": "purchase",
    "tax": "tax",
    "credit": "credit",
    "adjustment": "rounding",
}
_ONE_DAY = timedelta(days=1)
# 24:00 and 23:59:59 are there as well, so anything but midnight
_TIME = re.compile(r"[T ]\s*(?!00?:00(?::00)?(?![0-9:]))[0-9]{1,2}:")
_SUBSCRIPTIONS = "/subscriptions/"


@dataclass(slots=True)
class FocusRow(UsageRow):
    """One row: usage of some hours or a day, a purchase, tax, credit or adjustment."""

    AMOUNT = "BilledCost"
    CURRENCY = "BillingCurrency"
    DAY = "ChargePeriodStart"
    SUMS: ClassVar[Mapping[str, str]] = SUMMED
    DETAILS: ClassVar[Mapping[str, str]] = {
        "resource_id": "ResourceId",
        "resource_name": "ResourceName",
        "resource_group": "x_ResourceGroupName",
        "region": "RegionId",
    }
    PRICED = "contracted_cost"
    TAGS = "Tags"
    CHARGE = COMMON
    NUMBERS = NUMBERS
    DAYS = ("BillingPeriodStart", "BillingPeriodEnd")
    ROW_DAYS = ("ChargePeriodEnd",)
    END = "ChargePeriodEnd"
    IDS = IDS
    NAMES = ("SubAccountName", "x_CustomerName")
    BLANKS = frozenset({"NULL"})
    KEY_COLUMNS = KEY_COLUMNS
    KEY = (
        "event",
        "charge_class",
        "pricing_unit",
        "consumed_unit",
        "list_unit_price",
        "contracted_unit_price",
        "partner_credit_rate",
        "billing_currency",
        "charge_period_start",
        "charge_period_end",
    )

    def own_key(self, fields: Mapping[str, object]) -> list[str]:
        """Return what tells apart rows that are a charge of their own."""
        # super() without arguments does not work in a class with slots
        return [self.cell("ChargeDescription"), *UsageRow.own_key(self, fields)]

    def customer_key(self) -> str:
        """Return what the customer is recognised by."""
        names = ("x_CustomerId", "SubAccountId", "BillingAccountId")
        return next(filter(None, map(self.word, names)), "")

    def describe(self) -> dict[str, object]:
        """Return the fields of the row's charge, but for sums, row and raw."""
        word, text, number = self.word, self.text, self.numbers.get
        event = self.event_of(_EVENTS, "ChargeCategory", "ChargeFrequency")
        is_single = event in self.SINGLE
        if is_single:
            start, end, is_late = self.day, self._end(), False
        else:
            start, end, is_late = period_of_use(
                self.day,
                self.days["BillingPeriodStart"],
                exclusive_end(self.days["BillingPeriodEnd"]),
            )
        charge_class = text("ChargeClass")
        customer, account = word("x_CustomerId"), word("SubAccountId")
        subscription = uniform(_bare_subscription(account)) if customer else ""
        flags = {
            "unknown_charge_type": event == "unknown",
            "no_customer_id": not customer and not account,
            "no_charge_end": end is None and bool(self.numbers[self.AMOUNT]),
            "unbilled": "InvoiceId" in self.layout.position and not word("InvoiceId"),
            # a correction says itself that it is for an earlier period
            "late": is_late and not charge_class,
        }
        return {
            "invoice_id": word("InvoiceId") or self.layout.file_hash,
            "billing_account_id": word("BillingAccountId") or None,
            "billing_account_name": text("BillingAccountName"),
            # what no account has used is the reseller's own
            "sub_account_id": uniform(self.customer_key()) or None,
            "sub_account_name": text("x_CustomerName")
            if customer
            else text("SubAccountName" if account else "BillingAccountName"),
            "sub_subscription_id": subscription or None,
            "sub_subscription_name": text("SubAccountName") if customer else None,
            # taxes and credits have no article; then the service stands for it
            "sku_id": word("SkuId") or text("ServiceName") or word("ChargeCategory"),
            "service_name": text("ServiceName"),
            "service_category": text("ServiceCategory"),
            "sku_name": text("SkuMeter"),
            "publisher_name": text("PublisherName"),
            "charge_description": text("ChargeDescription"),
            "resource_id": text("ResourceId") if is_single else None,
            "region_id": text("RegionId") if is_single else None,
            "event": event,
            "charge_type": word("ChargeCategory"),
            "charge_category": charge_category(event),
            "charge_class": charge_class,
            "charge_frequency": text("ChargeFrequency"),
            "pricing_unit": text("PricingUnit"),
            "consumed_unit": text("ConsumedUnit"),
            "list_unit_price": number("ListUnitPrice"),
            "contracted_unit_price": number("ContractedUnitPrice"),
            "billing_currency": self.currency,
            # unit prices are in the billing currency, as all costs
            "pricing_currency": self.currency,
            "charge_period_start": start,
            "charge_period_end": end,
            "partner_credit_rate": credit_rate(
                number("x_PartnerCreditRate"), self.cell("x_PartnerCreditApplied")
            ),
            "flags": flagged(flags),
        }

    def _end(self) -> date | None:
        """Return the day after; an end in the middle of a day does not cut it."""
        end = self.days["ChargePeriodEnd"]
        if end is None or end == date.max:
            return None
        is_within = _TIME.search(self.cell("ChargePeriodEnd")) or end == self.day
        return end + _ONE_DAY if is_within else end


def _bare_subscription(text: str) -> str:
    """Return the id of an Azure subscription, which some exports write as a path."""
    is_path = text.casefold().startswith(_SUBSCRIPTIONS)
    return text[len(_SUBSCRIPTIONS) :] if is_path else text


FOCUS = UsageFormat(
    id="focus",
    title=_("FOCUS, the FinOps Open Cost and Usage Specification"),
    columns=COLUMNS,
    aliases=ALIASES,
    required=REQUIRED,
    number_columns=(*SUMMED.values(), *NUMBERS),
    date_columns=(
        "ChargePeriodStart",
        "ChargePeriodEnd",
        "BillingPeriodStart",
        "BillingPeriodEnd",
    ),
    identity_columns=("BillingAccountId", "SubAccountId", "ServiceName", "SkuId"),
    sum_columns=("BilledCost", "", ""),
    row=FocusRow,
    version=focus_version,
)
