"""Builds invented reconciliation files, written as Microsoft writes them."""

import csv
import io
from collections.abc import Iterable, Sequence

from formats.microsoft_nce_columns import COLUMNS

COLUMNS_2021 = tuple(c for c in COLUMNS if c not in ("Tier2MpnId", "ProductCategory"))

CUSTOMER = "11111111-0000-4000-8000-000000000001"
SUBSCRIPTION = "22222222-0000-4000-8000-000000000001"
YEARLY_TERM = "One-Year commitment for monthly/yearly billing"

# Twelve seats, monthly instalment of an annual term, 19 % tax.
SEATS = {
    "PartnerId": "99999999-0000-4000-8000-000000000009",
    "CustomerId": CUSTOMER,
    "CustomerName": "Muster Bau GmbH",
    "CustomerDomainName": "musterbau.example",
    "CustomerCountry": "DE",
    "InvoiceNumber": "G000000101",
    "MpnId": "1234567",
    "OrderId": "a1b2c3d4e5f6",
    "OrderDate": "03/05/2026",
    "ProductId": "CFQ7TTC0AAAA",
    "SkuId": "0001",
    "AvailabilityId": "CFQ7TTC0BBBB",
    "SkuName": "Contoso Office Suite",
    "ProductName": "Contoso Office",
    "ChargeType": "cycleCharge",
    "UnitPrice": "10",
    "Quantity": "12",
    "Subtotal": "120",
    "TaxTotal": "22.8",
    "Total": "142.8",
    "Currency": "EUR",
    "PublisherName": "Microsoft Corporation",
    "SubscriptionId": SUBSCRIPTION,
    "ChargeStartDate": "03/05/2026",
    "ChargeEndDate": "04/04/2026",
    "TermAndBillingCycle": YEARLY_TERM,
    "EffectiveUnitPrice": "10",
    "BillableQuantity": "12",
    "BillingFrequency": "Monthly",
    "PricingCurrency": "EUR",
    "PCToBCExchangeRate": "1",
    "PCToBCExchangeRateDate": "03/05/2026",
    "SubscriptionStartDate": "03/05/2026",
    "SubscriptionEndDate": "03/04/2027",
    "ReferenceId": "b3a10000-0000-4000-8000-000000000001",
}

# Azure consumption of March, priced in USD, closed on 3 April.
USAGE = SEATS | {
    "OrderDate": "04/03/2026",
    "SkuId": "006G",
    "ProductName": "Sample Storage",
    "ChargeType": "new",
    "UnitPrice": "0.045",
    "Quantity": "1",
    "Subtotal": "13.26",
    "TaxTotal": "2.52",
    "Total": "15.78",
    "SubscriptionDescription": "Azure plan",
    "ChargeStartDate": "03/01/2026",
    "ChargeEndDate": "03/31/2026",
    "TermAndBillingCycle": "Data Stored (GB/Month)",
    "EffectiveUnitPrice": "0.03825",
    "UnitType": "1 GB/Month",
    "BillableQuantity": "376.5",
    "BillingFrequency": "",
    "PricingCurrency": "USD",
    "PCToBCExchangeRate": "0.9213",
    "PCToBCExchangeRateDate": "03/31/2026",
    "MeterDescription": "Sample Storage - Data Stored - EU West",
    "SubscriptionStartDate": "",
    "SubscriptionEndDate": "",
}


def seats(**cells: str) -> dict[str, str]:
    """Return the seat row with some cells changed."""
    return SEATS | cells


def usage(**cells: str) -> dict[str, str]:
    """Return the consumption row with some cells changed."""
    return USAGE | cells


def nce_text(
    rows: Iterable[dict[str, str]],
    columns: Sequence[str] = COLUMNS,
    delimiter: str = ",",
    newline: str = "\r\n",
) -> str:
    """Return a file's text: every cell quoted, embedded quotes doubled."""
    text = io.StringIO()
    writer = csv.writer(
        text, quoting=csv.QUOTE_ALL, delimiter=delimiter, lineterminator=newline
    )
    writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    return text.getvalue()


def nce_file(rows: Iterable[dict[str, str]], **options) -> bytes:
    """Return a file as Microsoft sends it: UTF-8 with byte order mark."""
    return nce_text(rows, **options).encode("utf-8-sig")
