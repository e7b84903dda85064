"""Columns of Azure Cost Management's exports.

Source: page "Azure Cost Management – exports and cost APIs"; section numbers are
its sections. Set and spelling differ by kind of account and version of the export.
"""

# Section 2: enterprise agreement, 55 columns.
COLUMNS_EA = (
    "BillingAccountId",
    "BillingAccountName",
    "BillingPeriodStartDate",
    "BillingPeriodEndDate",
    "BillingProfileId",
    "BillingProfileName",
    "AccountOwnerId",
    "AccountName",
    "SubscriptionId",
    "SubscriptionName",
    "Date",
    "Product",
    "PartNumber",
    "MeterId",
    "ServiceFamily",
    "MeterCategory",
    "MeterSubCategory",
    "MeterRegion",
    "MeterName",
    "Quantity",
    "EffectivePrice",
    "Cost",
    "UnitPrice",
    "BillingCurrency",
    "ResourceLocation",
    "AvailabilityZone",
    "ConsumedService",
    "ResourceId",
    "ResourceName",
    "ServiceInfo1",
    "ServiceInfo2",
    "AdditionalInfo",
    "Tags",
    "InvoiceSectionId",
    "InvoiceSection",
    "CostCenter",
    "UnitOfMeasure",
    "ResourceGroup",
    "ReservationId",
    "ReservationName",
    "ProductOrderId",
    "ProductOrderName",
    "OfferId",
    "IsAzureCreditEligible",
    "Term",
    "PublisherName",
    "PlanName",
    "ChargeType",
    "Frequency",
    "PublisherType",
    "PayGPrice",
    "PricingModel",
    "CostAllocationRuleName",
    "benefitId",
    "benefitName",
)
# Section 3: customer agreement, and what only partners see.
ADDED_MCA = (
    "InvoiceId",
    "PreviousInvoiceId",
    "CostInPricingCurrency",
    "PaygCostInBillingCurrency",
    "PricingCurrency",
    "ExchangeRatePricingToBilling",
    "ExchangeRateDate",
    "ServicePeriodStartDate",
    "ServicePeriodEndDate",
    "ProductId",
    "PublisherId",
    "ResourceType",
    "InvoiceSectionName",
    "CustomerName",
    "CustomerTenantId",
    "PartnerName",
    "PartnerTenantId",
    "PartnerEarnedCreditApplied",
    "PartnerEarnedCreditRate",
    "ResellerName",
    "ResellerMpnId",
)
COLUMNS = COLUMNS_EA + ADDED_MCA

# Older names, and where several columns may say one thing: the first counts.
_OTHER_SPELLINGS = {
    "Cost": ("CostInBillingCurrency", "Cost", "PreTaxCost"),
    "BillingCurrency": ("BillingCurrency", "BillingCurrencyCode"),
    "Date": ("Date", "UsageDate", "UsageDateTime"),
    "EffectivePrice": ("EffectivePrice", "ResourceRate", "Rate"),
    "Quantity": ("Quantity", "ConsumedQuantity"),
    "ResourceGroup": ("ResourceGroup", "ResourceGroupName"),
    "ResourceId": ("ResourceId", "InstanceId"),
    "ResourceLocation": ("ResourceLocation", "Location"),
    "SubscriptionId": ("SubscriptionId", "SubscriptionGuid"),
    "UnitOfMeasure": ("UnitOfMeasure", "Unit"),
}
SPELLINGS = {name: _OTHER_SPELLINGS.get(name, (name,)) for name in COLUMNS}

REQUIRED = ("SubscriptionId", "Date", "Quantity", "Cost", "BillingCurrency")
METER = ("MeterId", "MeterName", "MeterCategory")

# The same in all rows of a charge.
COMMON = (
    *("BillingAccountId", "BillingAccountName", "BillingProfileId"),
    *("BillingPeriodStartDate", "BillingPeriodEndDate", "InvoiceId"),
    *("PreviousInvoiceId", "CustomerName", "CustomerTenantId", "PartnerName"),
    *("PartnerTenantId", "PartnerEarnedCreditApplied", "PartnerEarnedCreditRate"),
    *("ResellerName", "ResellerMpnId", "SubscriptionId", "SubscriptionName"),
    *("Product", "ProductId", "PartNumber", "MeterId", "ServiceFamily"),
    *("MeterCategory", "MeterSubCategory", "MeterRegion", "MeterName"),
    *("UnitPrice", "PayGPrice", "BillingCurrency", "PricingCurrency"),
    *("ExchangeRatePricingToBilling", "ExchangeRateDate", "UnitOfMeasure"),
    *("ConsumedService", "PublisherName", "PublisherType", "ChargeType"),
    *("Frequency", "PricingModel", "Term", "OfferId"),
)
NUMBERS = (
    "UnitPrice",
    "PayGPrice",
    "ExchangeRatePricingToBilling",
    "PartnerEarnedCreditRate",
)
DATES = ("BillingPeriodStartDate", "BillingPeriodEndDate", "ExchangeRateDate")
SERVICE_PERIOD = ("ServicePeriodStartDate", "ServicePeriodEndDate")
IDS = (
    "BillingAccountId",
    "InvoiceId",
    "CustomerTenantId",
    "SubscriptionId",
    "ProductId",
    "PartNumber",
    "MeterId",
)
KEY_COLUMNS = (
    "InvoiceId",
    "BillingAccountId",
    "SubscriptionId",
    "ProductId",
    "PartNumber",
    "MeterId",
    "MeterRegion",
    "PublisherType",
    "PricingModel",
    "Term",
)
