"""Builds invented files of FOCUS and of Azure Cost Management."""

from collections.abc import Iterable, Sequence

from formats.focus_columns import COLUMNS as FOCUS_COLUMNS
from usage_files import AZURE, CUSTOMER, MACHINE, usage_text

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
