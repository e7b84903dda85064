"""Columns of FOCUS, the FinOps Open Cost and Usage Specification, 1.0 to 1.2.

Source: page "FOCUS (FinOps Open Cost and Usage Specification) 1.0, 1.1, 1.2";
section numbers are its sections.
"""

from collections.abc import Sequence

from .layout import normalised

COLUMNS_1_0 = (
    "AvailabilityZone",
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "SkuId",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "Tags",
)
ADDED_1_1 = (
    "CapacityReservationId",
    "CapacityReservationStatus",
    "CommitmentDiscountQuantity",
    "CommitmentDiscountUnit",
    "ServiceSubcategory",
    "SkuMeter",
    "SkuPriceDetails",
)
ADDED_1_2 = (
    "BillingAccountType",
    "InvoiceId",
    "PricingCurrency",
    "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice",
    "SubAccountType",
)
# Of vendors' own columns those that say whom a row is for and what the partner gets
# (page "Azure Cost Management", section 4), and Azure's resource group.
VENDOR_COLUMNS = (
    "x_CustomerId",
    "x_CustomerName",
    "x_PartnerCreditApplied",
    "x_PartnerCreditRate",
    "x_ResourceGroupName",
)
COLUMNS = COLUMNS_1_0 + ADDED_1_1 + ADDED_1_2 + VENDOR_COLUMNS

# Azure's export of 1.0 has the invoice number of 1.2 under a name of its own.
ALIASES = {"x_InvoiceId": "InvoiceId"}

REQUIRED = (
    "BilledCost",
    "BillingAccountId",
    "BillingCurrency",
    "ChargeCategory",
    "ChargePeriodEnd",
    "ChargePeriodStart",
)


def focus_version(header: Sequence[str]) -> str:
    """Return the version a header is of (section 1: a file does not say it)."""
    names = {normalised(name) for name in header}
    if any(normalised(name) in names for name in ADDED_1_2):
        return "1.2"
    return "1.1" if any(normalised(name) in names for name in ADDED_1_1) else "1.0"


# The same in all rows of a charge.
COMMON = (
    *("InvoiceId", "BillingAccountId", "BillingAccountName", "BillingAccountType"),
    *("SubAccountId", "SubAccountName", "SubAccountType"),
    *("x_CustomerId", "x_CustomerName"),
    *("x_PartnerCreditApplied", "x_PartnerCreditRate"),
    *("BillingCurrency", "BillingPeriodStart", "BillingPeriodEnd"),
    *("ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency"),
    *("InvoiceIssuerName", "ProviderName", "PublisherName"),
    *("ServiceCategory", "ServiceSubcategory", "ServiceName"),
    *("SkuId", "SkuPriceId", "SkuMeter", "PricingCategory", "PricingUnit"),
    *("ConsumedUnit", "ContractedUnitPrice", "ListUnitPrice", "PricingCurrency"),
    *("CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountStatus"),
    *("CommitmentDiscountCategory", "CommitmentDiscountType"),
)
NUMBERS = ("ContractedUnitPrice", "ListUnitPrice", "x_PartnerCreditRate")
SUMMED = {
    "pricing_quantity": "PricingQuantity",
    "billed_cost": "BilledCost",
    "contracted_cost": "ContractedCost",
    "list_cost": "ListCost",
    "effective_cost": "EffectiveCost",
    "consumed_quantity": "ConsumedQuantity",
}
IDS = (
    "InvoiceId",
    "BillingAccountId",
    "SubAccountId",
    "x_CustomerId",
    "SkuId",
    "SkuPriceId",
    "CommitmentDiscountId",
)
KEY_COLUMNS = (
    "InvoiceId",
    "BillingAccountId",
    "SubAccountId",
    "SkuId",
    "SkuPriceId",
    "SkuMeter",
    "ServiceName",
    "InvoiceIssuerName",
    "ProviderName",
    "PublisherName",
    "PricingCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountStatus",
)
