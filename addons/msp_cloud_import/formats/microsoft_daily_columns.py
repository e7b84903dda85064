"""Columns of Microsoft's daily rated usage file.

Source: page "Microsoft Partner Center – daily rated usage file (Azure plan)".
"""

# Section 2: portal spelling and order of the newest form.
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
    "BenefitOrderId",
    "BenefitId",
    "BenefitType",
)

# Section 6: what the API calls them, and what it has instead.
ALIASES = {
    "ResellerMpnId": "Tier2MpnId",
    "UnitOfMeasure": "Unit",
    "RateOfPartnerEarnedCredit": "RateOfPartnerEarnedCredit",
    "RateOfCredit": "RateOfCredit",
}

# Without these nothing can be billed; `attributeSet = basic` has them (section 5).
REQUIRED = (
    "SubscriptionId",
    "UsageDate",
    "Quantity",
    "BillingPreTaxTotal",
    "BillingCurrency",
    "EffectiveUnitPrice",
    "EntitlementId",
)
CUSTOMER = ("CustomerId", "CustomerDomainName", "CustomerName")

# The same in all rows of a charge.
COMMON = (
    "PartnerId",
    "PartnerName",
    *("CustomerId", "CustomerName", "CustomerDomainName", "CustomerCountry"),
    *("MpnId", "Tier2MpnId", "InvoiceNumber"),
    *("ProductId", "SkuId", "AvailabilityId", "SkuName", "ProductName"),
    *("PublisherName", "PublisherId", "SubscriptionDescription", "SubscriptionId"),
    *("ChargeStartDate", "ChargeEndDate"),
    *("MeterType", "MeterCategory", "MeterId", "MeterSubCategory", "MeterName"),
    *("MeterRegion", "Unit", "ChargeType", "UnitPrice", "UnitType"),
    *("BillingCurrency", "PricingCurrency", "EffectiveUnitPrice"),
    *("PCToBCExchangeRate", "PCToBCExchangeRateDate"),
    *("EntitlementId", "EntitlementDescription"),
    *("PartnerEarnedCreditPercentage", "RateOfPartnerEarnedCredit"),
    *("CreditPercentage", "RateOfCredit", "CreditType"),
)
# Numbers and dates among them.
NUMBERS = (
    "UnitPrice",
    "EffectiveUnitPrice",
    "PCToBCExchangeRate",
    "PartnerEarnedCreditPercentage",
    "RateOfPartnerEarnedCredit",
)
DATES = ("ChargeStartDate", "ChargeEndDate", "PCToBCExchangeRateDate")

IDS = (
    "PartnerId",
    "CustomerId",
    "InvoiceNumber",
    "MpnId",
    "ProductId",
    "SkuId",
    "AvailabilityId",
    "PublisherId",
    "SubscriptionId",
    "MeterId",
    "EntitlementId",
)
