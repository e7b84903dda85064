"""Columns and charge types of Microsoft's licence file before new commerce.

Source: page "Microsoft Partner Center – legacy reconciliation files", part A.
"""

COLUMNS = (
    "PartnerId",
    "CustomerId",
    "CustomerName",
    "MpnId",
    "ResellerMpnId",
    "OrderId",
    "SubscriptionId",
    "SyndicationPartnerSubscriptionNumber",
    "OfferId",
    "DurableOfferId",
    "OfferName",
    "SubscriptionStartDate",
    "SubscriptionEndDate",
    "ChargeStartDate",
    "ChargeEndDate",
    "ChargeType",
    "UnitPrice",
    "Quantity",
    "Amount",
    "TotalOtherDiscount",
    "Subtotal",
    "Tax",
    "TotalForCustomer",
    "Currency",
    "DomainName",
    "SubscriptionName",
    "SubscriptionDescription",
    "BillingCycleType",
)
REQUIRED = (
    "CustomerName",
    "SyndicationPartnerSubscriptionNumber",
    "OfferName",
    "ChargeStartDate",
    "ChargeEndDate",
    "ChargeType",
    "Quantity",
    "Subtotal",
    "Currency",
)
NUMBERS = (
    "UnitPrice",
    "Quantity",
    "Amount",
    "TotalOtherDiscount",
    "Subtotal",
    "Tax",
    "TotalForCustomer",
)
DATES = (
    "SubscriptionStartDate",
    "SubscriptionEndDate",
    "ChargeStartDate",
    "ChargeEndDate",
)
IDS = (
    "PartnerId",
    "CustomerId",
    "MpnId",
    "OrderId",
    "SubscriptionId",
    "SyndicationPartnerSubscriptionNumber",
    "OfferId",
    "DurableOfferId",
)
# Keys normalised. A change of seats is a pair of "Cycle instance prorate": the old
# number back, the new one charged, both for the rest of the month.
EVENTS = {
    "activationfee": "purchase",
    "proratefeeswhenactivate": "purchase",
    "proratefeeswhenpurchase": "purchase",
    "purchasefee": "purchase",
    "cyclefee": "recurring",
    "renewfee": "renewal",
    "proratefeewhenrenew": "renewal",
    "proratefeeswhenrenew": "renewal",
    "cycleinstanceprorate": "increase",
    "cancelfee": "fee",
    "cancelinstanceprorate": "cancel",
    "proratefeeswhencancel": "cancel",
    "proratefeeswhenconvertawayfromcurrentoffering": "convert",
    "proratefeeswhenconverttoanewoffering": "convert",
    "offsetalineitem": "credit",
    "activationdiscount": "credit",
    "cyclediscount": "credit",
    "renewdiscount": "credit",
    "canceldiscount": "credit",
}
KEY_COLUMNS = (
    "CustomerId",
    "OrderId",
    "SyndicationPartnerSubscriptionNumber",
    "SubscriptionId",
    "DurableOfferId",
    "OfferId",
    "ChargeType",
)
