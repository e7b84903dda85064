"""Builds invented files of daily rated usage, written as Microsoft writes them."""

import csv
import io
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from formats.focus_columns import COLUMNS as FOCUS_COLUMNS
from formats.microsoft_daily_columns import COLUMNS

COLUMNS_2021 = tuple(
    name
    for name in COLUMNS
    if name not in ("Tier2MpnId", "BenefitOrderId", "BenefitId", "BenefitType")
)

CUSTOMER = "77777777-0000-4000-8000-000000000001"
PLAN = "11111111-0000-4000-8000-000000000001"
AZURE = "22222222-0000-4000-8000-000000000001"
MACHINE = f"/subscriptions/{AZURE}/resourceGroups/rg-prod/providers/M.C/vm-1"

# A machine that ran all of 1 March.
HOURS = {
    "PartnerId": "99999999-0000-4000-8000-000000000009",
    "PartnerName": "Muster IT",
    "CustomerId": CUSTOMER,
    "CustomerName": "Muster Bau GmbH",
    "CustomerDomainName": "musterbau.example",
    "CustomerCountry": "DE",
    "MpnId": "1234567",
    "InvoiceNumber": "G000000101",
    "ProductId": "DZH318Z0BPS6",
    "SkuId": "0001",
    "AvailabilityId": "DZH318Z08MLK",
    "SkuName": "Azure plan",
    "ProductName": "Azure plan",
    "PublisherName": "Microsoft",
    "SubscriptionDescription": "Azure plan",
    "SubscriptionId": PLAN,
    "ChargeStartDate": "03/01/2026",
    "ChargeEndDate": "04/01/2026",
    "UsageDate": "03/01/2026",
    "MeterType": "1 Hour",
    "MeterCategory": "Virtual Machines",
    "MeterId": "33333333-0000-4000-8000-000000000001",
    "MeterSubCategory": "Bs Series",
    "MeterName": "B2s",
    "MeterRegion": "EU West",
    "Unit": "1 Hour",
    "ResourceLocation": "westeurope",
    "ConsumedService": "Microsoft.Compute",
    "ResourceGroup": "rg-prod",
    "ResourceURI": MACHINE,
    "ChargeType": "New",
    "UnitPrice": "0.05",
    "Quantity": "24",
    "UnitType": "1 Hour",
    "BillingPreTaxTotal": "0.9404158694",
    "BillingCurrency": "EUR",
    "PricingPreTaxTotal": "1.0207488000",
    "PricingCurrency": "USD",
    "Tags": '{"costcenter": "4711"}',
    "AdditionalInfo": '{"VMName": "vm-1", "VCPUs": 2}',
    "EffectiveUnitPrice": "0.0425312",
    "PCToBCExchangeRate": "0.9213",
    "PCToBCExchangeRateDate": "03/31/2026",
    "EntitlementId": AZURE,
    "EntitlementDescription": "Produktion",
    "PartnerEarnedCreditPercentage": "15",
    "CreditPercentage": "15",
    "CreditType": "Partner Earned Credit Applied",
}


def hours(**cells: str) -> dict[str, str]:
    """Return the row with some cells changed."""
    return HOURS | cells


def usage_text(
    rows: Iterable[dict[str, str]],
    columns: Sequence[str] = COLUMNS,
    delimiter: str = ",",
    newline: str = "\r\n",
) -> str:
    """Return a file's text, quoted only where needed."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline)
    writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    return text.getvalue()


def usage_file(rows: Iterable[dict[str, str]], **options) -> bytes:
    """Return a file as Microsoft sends it: UTF-8 with byte order mark."""
    return usage_text(rows, **options).encode("utf-8-sig")


# What the API calls the columns (REST line items).
API_NAMES = {
    "Tier2MpnId": "resellerMpnId",
    "Unit": "unitOfMeasure",
    "ResourceURI": "resourceUri",
    "PCToBCExchangeRate": "pcToBCExchangeRate",
    "PCToBCExchangeRateDate": "pcToBCExchangeRateDate",
    "PartnerEarnedCreditPercentage": "rateOfPartnerEarnedCredit",
    "CreditPercentage": "rateOfCredit",
}
# What `attributeSet = basic` leaves out.
NOT_BASIC = frozenset(
    {
        "AvailabilityId",
        "BenefitId",
        "ConsumedService",
        "CustomerCountry",
        "CustomerDomainName",
        "EntitlementDescription",
        "MeterCategory",
        "MeterName",
        "MeterRegion",
        "MeterSubCategory",
        "MeterType",
        "MpnId",
        "PartnerEarnedCreditPercentage",
        "ProductName",
        "PublisherId",
        "ResourceGroup",
        "ResourceLocation",
        "ServiceInfo1",
        "ServiceInfo2",
        "SubscriptionDescription",
        "Tags",
        "Tier2MpnId",
        "Unit",
    }
)


def api_name(column: str) -> str:
    """Return a column as the API spells it."""
    return API_NAMES.get(column) or column[:1].lower() + column[1:]


def api_line(
    row: dict[str, str], columns: Sequence[str] = COLUMNS
) -> dict[str, object]:
    """Return a row as the API gives it: days as ISO 8601, rates as shares."""
    line: dict[str, object] = {}
    for column in columns:
        cell = row.get(column, "")
        if column.endswith("Date") and cell:
            month, day, year = cell.split("/")
            cell = f"{year}-{month}-{day}T00:00:00Z"
        elif column in ("PartnerEarnedCreditPercentage", "CreditPercentage") and cell:
            cell = str(int(cell) / 100)
        line[api_name(column)] = cell
    return line


def api_lines(rows: Iterable[dict[str, str]], columns: Sequence[str] = COLUMNS) -> str:
    """Return rows as JSON lines of the usage export."""
    return "".join(
        json.dumps(api_line(row, columns), ensure_ascii=False) + "\n" for row in rows
    )


def many_rows(count: int, rows_per_charge: int = 30) -> Iterator[list[str]]:
    """Yield rows of a large file: machines of many customers, a row per day.

    :param rows_per_charge: days of each resource
    """
    chance = random.Random(6)
    template = [HOURS.get(name, "") for name in COLUMNS]
    at = {name: index for index, name in enumerate(COLUMNS)}
    for number in range(count):
        resource, day = divmod(number, rows_per_charge)
        customer, azure, meter = resource // 100, resource // 50, resource % 40
        quantity = f"{chance.random() * 24:.6f}"
        price = f"{0.001 + meter * 0.0137:.7f}"
        cost = f"{float(quantity) * float(price) * 0.9213:.10f}"
        cells = {
            "CustomerId": f"77777777-0000-4000-8000-{customer:012d}",
            "CustomerName": f"Muster {customer} GmbH",
            "CustomerDomainName": f"muster{customer}.example",
            "SkuId": f"{meter:04d}",
            "SubscriptionId": f"11111111-0000-4000-8000-{customer:012d}",
            "UsageDate": f"03/{day % 31 + 1:02d}/2026",
            "MeterId": f"33333333-0000-4000-8000-{meter:012d}",
            "MeterName": f"B{meter}s",
            "ResourceGroup": f"rg-{resource % 10}",
            "ResourceURI": (
                f"/subscriptions/22222222-0000-4000-8000-{azure:012d}/resourceGroups/"
                f"rg-{resource % 10}/providers/Microsoft.Compute/virtualMachines/"
                f"vm{resource}"
            ),
            "UnitPrice": price,
            "Quantity": quantity,
            "BillingPreTaxTotal": cost,
            "Tags": json.dumps({"costcenter": str(4700 + azure % 50)}),
            "AdditionalInfo": json.dumps(
                {"ImageType": "Windows Server", "VMName": f"vm{resource}", "VCPUs": 2}
            ),
            "EffectiveUnitPrice": price,
            "EntitlementId": f"22222222-0000-4000-8000-{azure:012d}",
            "EntitlementDescription": f"Azure {azure}",
        }
        row = template.copy()
        for name, cell in cells.items():
            row[at[name]] = cell
        yield row


def write_many(stream: TextIO, count: int, rows_per_charge: int = 30) -> None:
    """Write a large file to a text stream opened with ``newline=""``."""
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    writer.writerows(many_rows(count, rows_per_charge))


# -- FOCUS -----------------------------------------------------------------------

# A machine of a vendor that bills per hour, on 1 March.
FOCUS_HOURS = {
    "BilledCost": "1.2",
    "BillingAccountId": "BA-1",
    "BillingAccountName": "Muster IT",
    "BillingCurrency": "EUR",
    "BillingPeriodStart": "2026-03-01T00:00:00Z",
    "BillingPeriodEnd": "2026-04-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeClass": "",
    "ChargeDescription": "VM-S, per hour",
    "ChargeFrequency": "Usage-Based",
    "ChargePeriodStart": "2026-03-01T00:00:00Z",
    "ChargePeriodEnd": "2026-03-02T00:00:00Z",
    "ConsumedQuantity": "24",
    "ConsumedUnit": "Hours",
    "ContractedCost": "1.2",
    "ContractedUnitPrice": "0.05",
    "EffectiveCost": "1.2",
    "InvoiceIssuerName": "Example Cloud",
    "ListCost": "1.44",
    "ListUnitPrice": "0.06",
    "PricingCategory": "Standard",
    "PricingQuantity": "24",
    "PricingUnit": "Hours",
    "ProviderName": "Example Cloud",
    "PublisherName": "Example Cloud",
    "RegionId": "eu-1",
    "RegionName": "Europe 1",
    "ResourceId": "vm/1",
    "ResourceName": "web",
    "ResourceType": "machine",
    "ServiceCategory": "Compute",
    "ServiceName": "Virtual Machines",
    "SkuId": "VM-S",
    "SkuPriceId": "VM-S-eur",
    "SubAccountId": "sub-001",
    "SubAccountName": "Muster Bau",
    "Tags": '{"env": "prod"}',
    "InvoiceId": "INV-77",
}


def focus(**cells: str) -> dict[str, str]:
    """Return the row with some cells changed."""
    return FOCUS_HOURS | cells


def focus_file(
    rows: Iterable[dict[str, str]], columns: Sequence[str] = FOCUS_COLUMNS
) -> bytes:
    """Return a FOCUS file as UTF-8."""
    return usage_text(rows, columns, newline="\n").encode()


# -- Azure Cost Management -------------------------------------------------------

# As a partner sees a machine of a customer on 1 March.
AZURE_HOURS = {
    "BillingAccountId": "ba-1",
    "BillingPeriodStartDate": "03/01/2026",
    "BillingPeriodEndDate": "03/31/2026",
    "InvoiceId": "G000000101",
    "SubscriptionId": AZURE,
    "SubscriptionName": "Produktion",
    "Date": "03/01/2026",
    "Product": "Virtual Machines B2s",
    "MeterId": "33333333-0000-4000-8000-000000000001",
    "ServiceFamily": "Compute",
    "MeterCategory": "Virtual Machines",
    "MeterSubCategory": "Bs Series",
    "MeterRegion": "EU West",
    "MeterName": "B2s",
    "Quantity": "24",
    "EffectivePrice": "0.0391840",
    "CostInBillingCurrency": "0.940416",
    "UnitPrice": "0.05",
    "BillingCurrency": "EUR",
    "PricingCurrency": "USD",
    "ExchangeRatePricingToBilling": "0.9213",
    "ResourceLocation": "westeurope",
    "ResourceId": MACHINE,
    "ResourceName": "vm-1",
    "ResourceGroup": "rg-prod",
    "Tags": '"costcenter": "4711"',
    "UnitOfMeasure": "1 Hour",
    "PublisherName": "Microsoft",
    "ChargeType": "Usage",
    "Frequency": "UsageBased",
    "PricingModel": "OnDemand",
    "PayGPrice": "0.06",
    "ProductId": "DZH318Z0BPS6",
    "CustomerName": "Muster Bau GmbH",
    "CustomerTenantId": CUSTOMER,
    "PartnerEarnedCreditApplied": "1",
    "PartnerEarnedCreditRate": "0.15",
}


def azure(**cells: str) -> dict[str, str]:
    """Return the row with some cells changed."""
    return AZURE_HOURS | cells


def azure_file(
    rows: Iterable[dict[str, str]], columns: Sequence[str] | None = None
) -> bytes:
    """Return an export for partners: UTF-8 with byte order mark."""
    rows = list(rows)
    columns = columns or list(dict.fromkeys(name for row in rows for name in row))
    return usage_text(rows, columns, newline="\n").encode("utf-8-sig")
