"""Builds invented files of daily rated usage, written as Microsoft writes them."""

import csv
import io
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

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
