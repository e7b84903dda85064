"""Columns and charge types of Microsoft's new-commerce reconciliation file.

Source: page "Microsoft Partner Center – new-commerce invoice reconciliation
file"; section numbers below are its sections.
"""

# Section 2, portal spelling and order.
COLUMNS = (
    "PartnerId",
    "CustomerId",
    "CustomerName",
    "CustomerDomainName",
    "CustomerCountry",
    "InvoiceNumber",
    "MpnId",
    "Tier2MpnId",
    "OrderId",
    "OrderDate",
    "ProductId",
    "SkuId",
    "AvailabilityId",
    "SkuName",
    "ProductName",
    "ChargeType",
    "UnitPrice",
    "Quantity",
    "Subtotal",
    "TaxTotal",
    "Total",
    "Currency",
    "PriceAdjustmentDescription",
    "PublisherName",
    "PublisherId",
    "SubscriptionDescription",
    "SubscriptionId",
    "ChargeStartDate",
    "ChargeEndDate",
    "TermAndBillingCycle",
    "EffectiveUnitPrice",
    "UnitType",
    "AlternateId",
    "BillableQuantity",
    "BillingFrequency",
    "PricingCurrency",
    "PCToBCExchangeRate",
    "PCToBCExchangeRateDate",
    "MeterDescription",
    "ReservationOrderId",
    "CreditReasonCode",
    "SubscriptionStartDate",
    "SubscriptionEndDate",
    "ReferenceId",
    "ProductQualifiers",
    "PromotionId",
    "ProductCategory",
)

ALIASES = {
    "ResellerMpnId": "Tier2MpnId",
    "TotalForCustomer": "Total",
}

REQUIRED = (
    "CustomerId",
    "OrderDate",
    "ProductId",
    "SkuId",
    "ChargeType",
    "Subtotal",
    "TaxTotal",
    "Currency",
    "SubscriptionId",
    "ChargeStartDate",
    "ChargeEndDate",
    "TermAndBillingCycle",
    "EffectiveUnitPrice",
    "BillableQuantity",
)

NUMBERS = (
    "UnitPrice",
    "Quantity",
    "Subtotal",
    "TaxTotal",
    "Total",
    "EffectiveUnitPrice",
    "BillableQuantity",
    "PCToBCExchangeRate",
)

DATES = (
    "OrderDate",
    "ChargeStartDate",
    "ChargeEndDate",
    "PCToBCExchangeRateDate",
    "SubscriptionStartDate",
    "SubscriptionEndDate",
)

# Section 3; keys normalised. Unconfirmed names stay out: they become "unknown".
EVENTS = {
    "new": "purchase",
    "renew": "renewal",
    "cyclecharge": "recurring",
    "cycleccharge": "recurring",
    "addquantity": "increase",
    "removequantity": "decrease",
    "cancelimmediate": "cancel",
    "cancel": "cancel",
    "convert": "convert",
    "trialconversion": "convert",
    "customercredit": "credit",
    "credit": "credit",
    "creditnote": "credit",
}
# Only OrderDate says when these took effect.
NEEDS_ORDER_DATE = frozenset({"increase", "decrease", "cancel", "convert"})

IDS = (
    "PartnerId",
    "CustomerId",
    "InvoiceNumber",
    "MpnId",
    "OrderId",
    "ProductId",
    "SkuId",
    "AvailabilityId",
    "PublisherId",
    "SubscriptionId",
    "AlternateId",
    "ReservationOrderId",
    "ReferenceId",
    "PromotionId",
)
