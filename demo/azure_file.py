"""Writes daily rated usage of Azure as Microsoft does: who used what on which day.

Rules: page "Microsoft Partner Center – daily rated usage file (Azure plan)". Nothing
here is shared with the code that reads such files. The amounts follow from a list of
machines and stores: quantity of a day, price of a unit, less the partner's credit.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .microsoft_file import PARTNER, invoice_number
from .scenario import Customer, Quote, Rhythm, Scenario, guid

COLUMNS = (
    "PartnerId",
    "PartnerName",
    "CustomerId",
    "CustomerName",
    "CustomerDomainName",
    "CustomerCountry",
    "MpnId",
    "Tier2MpnId",
    "InvoiceNumber",
    "ProductId",
    "SkuId",
    "AvailabilityId",
    "SkuName",
    "ProductName",
    "PublisherName",
    "PublisherId",
    "SubscriptionDescription",
    "SubscriptionId",
    "ChargeStartDate",
    "ChargeEndDate",
    "UsageDate",
    "MeterType",
    "MeterCategory",
    "MeterId",
    "MeterSubCategory",
    "MeterName",
    "MeterRegion",
    "Unit",
    "ResourceLocation",
    "ConsumedService",
    "ResourceGroup",
    "ResourceURI",
    "ChargeType",
    "UnitPrice",
    "Quantity",
    "UnitType",
    "BillingPreTaxTotal",
    "BillingCurrency",
    "PricingPreTaxTotal",
    "PricingCurrency",
    "ServiceInfo1",
    "ServiceInfo2",
    "Tags",
    "AdditionalInfo",
    "EffectiveUnitPrice",
    "PCToBCExchangeRate",
    "PCToBCExchangeRateDate",
    "EntitlementId",
    "EntitlementDescription",
    "PartnerEarnedCreditPercentage",
    "CreditPercentage",
    "CreditType",
)
# What of the list price is left after the credit that partners earn.
_AFTER_CREDIT = Decimal("0.85")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Meter:
    """:param quantity: of a working day
    :param weekend: of a day on which nobody works
    """

    category: str
    name: str
    unit: str
    price: Decimal
    quantity: Decimal
    weekend: Decimal
    group: str
    resource: str
    cost_center: str


_METERS = (
    _Meter(
        *("Virtual Machines", "D4s v5", "1 Hour", Decimal("0.2210")),
        *(Decimal(24), Decimal(24), "rg-erp", "vm-erp-01", "production"),
    ),
    _Meter(
        *("Virtual Machines", "B2ms", "1 Hour", Decimal("0.0912")),
        *(Decimal(12), Decimal(0), "rg-office", "vm-terminal-01", "office"),
    ),
    _Meter(
        *("Storage", "Hot LRS Data Stored", "1 GB/Month", Decimal("0.0184")),
        *(Decimal("17.0667"), Decimal("17.0667"), "rg-erp", "stdata", "production"),
    ),
    _Meter(
        *("Bandwidth", "Standard Data Transfer Out", "1 GB", Decimal("0.0730")),
        *(Decimal("3.415"), Decimal("0.382"), "rg-office", "vnet-office", "office"),
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """What a customer used of a meter on a day.

    :param cost: what Microsoft asks, every digit of it
    """

    customer: Customer
    meter: _Meter
    day: date
    quantity: Decimal
    cost: Decimal


def file_name(month: date) -> str:
    return f"azure-usage-{month:%Y-%m}.csv"


def customers_of(scenario: Scenario) -> tuple[Customer, ...]:
    """Return who uses Azure: three who are billed monthly in advance."""
    monthly = (q for q in scenario.quotes if _is_monthly(q))
    return tuple(quote.customer for quote in monthly)[-4:-1]


def _is_monthly(quote: Quote) -> bool:
    has_microsoft = any(line.article.provider == "microsoft" for line in quote.lines)
    return quote.rhythm == Rhythm(1) and has_microsoft


def rows_of(scenario: Scenario, month: date) -> list[Row]:
    """Return what was used in a month; the second customer has twice the machines."""
    return [
        row
        for number, customer in enumerate(customers_of(scenario))
        for meter in _METERS
        for row in _rows(customer, meter, month, 2 if number == 1 else 1)
    ]


def _rows(customer: Customer, meter: _Meter, month: date, factor: int) -> Iterator[Row]:
    day = month
    while day.month == month.month:
        quantity = factor * (meter.weekend if day.weekday() > 4 else meter.quantity)
        if quantity:
            cost = quantity * meter.price * _AFTER_CREDIT
            yield Row(customer, meter, day, quantity, cost)
        day += _ONE_DAY


def total(rows: Iterable[Row]) -> Decimal:
    """Return what Microsoft asks for `rows`, every digit of it."""
    return sum((row.cost for row in rows), Decimal(0))


def content(scenario: Scenario, month: date) -> bytes:
    """Return the file of the usage of `month`, given by its first day."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_cells(row, month) for row in rows_of(scenario, month))
    return text.getvalue().encode("utf-8-sig")


def _cells(row: Row, month: date) -> dict[str, str]:
    customer, meter = row.customer, row.meter
    end = (month + timedelta(days=31)).replace(day=1) - _ONE_DAY
    entitlement = guid("azure", customer.domain)
    return {
        "PartnerId": PARTNER,
        "PartnerName": "Nordlicht Systemhaus",
        "CustomerId": customer.tenant,
        "CustomerName": customer.name,
        "CustomerDomainName": customer.domain,
        "CustomerCountry": customer.country,
        "InvoiceNumber": invoice_number(month),
        "ProductId": "DZH318Z0BPS6",
        "SkuId": "0001",
        "AvailabilityId": "DZH318Z0BMTX",
        "SkuName": "Azure plan",
        "ProductName": "Azure plan",
        "PublisherName": "Microsoft",
        "SubscriptionDescription": "Azure plan",
        "SubscriptionId": guid("azure plan", customer.domain),
        "ChargeStartDate": _day(month),
        "ChargeEndDate": _day(end),
        "UsageDate": _day(row.day),
        "MeterType": meter.name,
        "MeterCategory": meter.category,
        "MeterId": guid("meter", meter.name),
        "MeterName": meter.name,
        "MeterRegion": "EU West",
        "Unit": meter.unit,
        "ResourceLocation": "westeurope",
        "ConsumedService": f"Microsoft.{meter.category.split()[0]}",
        "ResourceGroup": meter.group,
        "ResourceURI": (
            f"/subscriptions/{entitlement}/resourceGroups/{meter.group}"
            f"/providers/{meter.resource}"
        ),
        "ChargeType": "New",
        "UnitPrice": f"{meter.price}",
        "Quantity": f"{row.quantity}",
        "BillingPreTaxTotal": f"{row.cost}",
        "BillingCurrency": "EUR",
        "PricingPreTaxTotal": f"{row.cost}",
        "PricingCurrency": "EUR",
        "Tags": json.dumps({"costcenter": meter.cost_center}),
        "EffectiveUnitPrice": f"{meter.price * _AFTER_CREDIT}",
        "PCToBCExchangeRate": "1",
        "PCToBCExchangeRateDate": _day(end),
        "EntitlementId": entitlement,
        "EntitlementDescription": "Azure subscription",
        "PartnerEarnedCreditPercentage": "15",
        "CreditPercentage": "15",
        "CreditType": "Partner Earned Credit",
    }


def _day(day: date) -> str:
    return f"{day:%m/%d/%Y}"
