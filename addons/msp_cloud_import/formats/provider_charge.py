"""The provider charge: one normalised row of a provider's file.

Names and meanings follow FOCUS 1.2 in snake case; "ours" marks what FOCUS lacks
(page "Generic import: mapping profile", section 1). Periods are half-open:
`charge_period_end` and `term_end` are the first day that no longer counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

EVENTS = (
    "purchase",
    "renewal",
    "recurring",
    "increase",
    "decrease",
    "cancel",
    "convert",
    "credit",
    "usage",
    "tax",
    "rounding",
    "fee",
    "unknown",
)

# Same page: usage -> Usage, tax -> Tax, ... unknown -> none, else Purchase.
_CATEGORIES = {
    "usage": "Usage",
    "tax": "Tax",
    "credit": "Credit",
    "rounding": "Adjustment",
    "unknown": None,
}


def charge_category(event: str) -> str | None:
    """Return the FOCUS ChargeCategory of one of our events."""
    return _CATEGORIES.get(event, "Purchase")


def flagged(flags: Mapping[str, bool]) -> tuple[str, ...]:
    """Return the flags that are set."""
    return tuple(name for name, is_set in flags.items() if is_set)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCharge:
    """One line a provider bills.

    :param row: (ours) row of the file, counted from 1, as a spreadsheet shows it
    :param row_key: (ours) natural key of the row, the same in every download of
        the same line, see `row_key`
    :param sub_account_id: the end customer in the provider's system
    :param customer_domain: (ours) the end customer's domain
    :param subscription_id: (ours) the provider's subscription
    :param sku_id: text, leading zeros kept; Microsoft: ``ProductId:SkuId``
    :param availability_id: (ours) Microsoft: third part of the offer id
    :param event: (ours) one of `EVENTS`
    :param charge_type: (ours) the provider's own word for the event
    :param event_date: (ours) day the event took effect; for reversals and
        cancellations the last period's start is *not* that day
    :param charge_class: ``Correction`` if an earlier invoiced period is corrected
    :param quantity: (ours) quantity as printed, always positive at Microsoft
    :param pricing_quantity: quantity that was priced, with the sign of the money
    :param is_difference: (ours) `pricing_quantity` is how many more or fewer, not
        how many
    :param list_unit_price: price-list price, in `pricing_currency`
    :param contracted_unit_price: price after discount and proration, without
        sign as in FOCUS, in `pricing_currency`
    :param billed_cost: net amount in `billing_currency`, signed, as in the file
    :param tax: (ours) tax amount, signed, as in the file
    :param total: (ours) gross amount, signed, as in the file
    :param exchange_rate: (ours) pricing to billing currency
    :param charge_period_end: exclusive; None on rows without an end
    :param term: (ours) length of the commitment, ISO 8601 (``P1M``, ``P1Y``)
    :param billing_plan: (ours) ``monthly``, ``annual``, ``triennial`` or
        ``one_time``; None where nothing recurs
    :param term_start: (ours) first day of the running term
    :param term_end: (ours) exclusive
    :param group_ref: (ours) rows of one event share it
    :param flags: (ours) reasons to look at the charge: ``unknown_charge_type``,
        ``no_customer_id``, ``no_charge_end``, ``zero_amount``,
        ``zero_quantity``, ``trial``, ``unbilled`` (no invoice yet, the amount may
        change), ``late`` (used before the period that the invoice is for),
        ``amortised`` (shown for information, never billed),
        ``count_only`` (states a quantity without money)
    :param sub_subscription_id: (ours) what the subscription pays for, which has an
        id of its own: the Azure subscription under an Azure plan
    :param partner_credit_rate: (ours) the share that Microsoft leaves to the partner
        (partner earned credit), ``0.15``; it is part of the price already
    :param tags: text of a JSON object, if all rows of the charge have the same
    :param row_count: (ours) how many rows of the file the charge sums
    :param raw: (ours) every cell unchanged, by column name as in the file; of summed
        rows those that they have in common
    """

    row: int
    row_key: str
    invoice_id: str
    sub_account_id: str | None = None
    sub_account_name: str | None = None
    customer_domain: str | None = None
    subscription_id: str | None = None
    sku_id: str | None = None
    availability_id: str | None = None
    service_name: str | None = None
    sku_name: str | None = None
    publisher_name: str | None = None
    charge_description: str | None = None
    event: str
    charge_type: str
    event_date: date | None = None
    charge_category: str | None = None
    charge_class: str | None = None
    quantity: Decimal | None = None
    pricing_quantity: Decimal | None = None
    is_difference: bool = False
    pricing_unit: str | None = None
    list_unit_price: Decimal | None = None
    contracted_unit_price: Decimal | None = None
    billed_cost: Decimal
    tax: Decimal | None = None
    total: Decimal | None = None
    billing_currency: str
    pricing_currency: str | None = None
    exchange_rate: Decimal | None = None
    exchange_rate_date: date | None = None
    charge_period_start: date
    charge_period_end: date | None = None
    term: str | None = None
    billing_plan: str | None = None
    term_start: date | None = None
    term_end: date | None = None
    group_ref: str | None = None
    flags: tuple[str, ...] = ()
    billing_account_id: str | None = None
    billing_account_name: str | None = None
    sub_subscription_id: str | None = None
    sub_subscription_name: str | None = None
    resource_id: str | None = None
    region_id: str | None = None
    service_category: str | None = None
    charge_frequency: str | None = None
    contracted_cost: Decimal | None = None
    list_cost: Decimal | None = None
    effective_cost: Decimal | None = None
    consumed_quantity: Decimal | None = None
    consumed_unit: str | None = None
    tags: str | None = None
    partner_credit_rate: Decimal | None = None
    row_count: int = 1
    raw: Mapping[str, str]

    def to_dict(self) -> dict[str, object]:
        """Return the charge as JSON-able values; every key is always present.

        Decimals become plain text with the digits of the file and never an
        exponent, dates ``YYYY-MM-DD``, an unknown value None, flags a list.
        """
        return {name: _jsonable(getattr(self, name)) for name in _NAMES}


_NAMES = tuple(field.name for field in fields(ProviderCharge))


def plain(number: Decimal) -> str:
    """Return `number` without an exponent: ``0E-4`` becomes ``0.0000``."""
    return format(number, "f")


def _jsonable(value: object) -> object:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    return value
