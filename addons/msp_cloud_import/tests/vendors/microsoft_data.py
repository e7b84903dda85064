"""What the local Microsoft knows: customers, subscriptions, invoices and their rows."""

import uuid
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
_SPACE = uuid.UUID("3f2c1f0a-0000-4000-8000-000000000000")


def guid(name: str) -> str:
    """Return an id that is the same for the same name."""
    return str(uuid.uuid5(_SPACE, name))


@dataclass
class MicrosoftData:
    """Plain data in the shapes in which Microsoft sends them.

    :param subscriptions: customer id -> subscription id -> subscription
    :param rows: (kind of export, invoice number or “EUR:current”) -> rows
    :param may_reduce: whether seats can be given back
    :param changes: (subscription id, quantity) of each change that was carried out
    """

    tenant_id: str = guid("partner")
    client_id: str = guid("app")
    customers: dict[str, Json] = field(default_factory=dict)
    subscriptions: dict[str, dict[str, Json]] = field(default_factory=dict)
    invoices: list[Json] = field(default_factory=list)
    rows: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    may_reduce: bool = False
    changes: list[tuple[str, int]] = field(default_factory=list)

    def add_customer(self, name: str, domain: str = "") -> str:
        """Add a customer; return its id."""
        number = guid(f"customer {name}")
        profile = {
            "tenantId": number,
            "domain": domain or f"{name.split()[0].lower()}.example",
            "companyName": name,
        }
        self.customers[number] = {
            "id": number,
            "companyProfile": profile,
            "relationshipToPartner": "reseller",
        }
        self.subscriptions.setdefault(number, {})
        return number

    def add_subscription(self, customer_id: str, name: str, **fields: Any) -> str:
        """Add a yearly subscription billed monthly, unless `fields` say otherwise."""
        number = guid(f"subscription {customer_id} {name}")
        self.subscriptions[customer_id][number] = {
            "id": number,
            "offerId": "CFQ7TTC0LH18:0001:CFQ7TTC0K971",
            "offerName": name,
            "friendlyName": name,
            "quantity": 1,
            "unitType": "Licenses",
            "creationDate": "2026-03-05T09:12:00.1234567Z",
            "effectiveStartDate": "2026-03-05T00:00:00Z",
            "commitmentEndDate": "2027-03-04T00:00:00Z",
            "cancellationAllowedUntilDate": None,
            "status": "active",
            "autoRenewEnabled": True,
            "isTrial": False,
            "billingType": "license",
            "billingCycle": "monthly",
            "termDuration": "P1Y",
            "renewalTermDuration": "P1Y",
            "isMicrosoftProduct": True,
            "publisherName": "Microsoft Corporation",
            "contractType": "subscription",
            "orderId": "order1",
            **fields,
        }
        return number

    def subscription(self, customer_id: str, number: str) -> Json | None:
        """Return a subscription by its ids, in any case."""
        found = self.subscriptions.get(customer_id.lower(), {})
        return found.get(number.lower())

    def add_invoice(
        self,
        number: str,
        issued: str,
        month_end: str,
        rows: list[Json] | None = None,
        usage: list[Json] | None = None,
        currency: str = "EUR",
    ) -> None:
        """Add an invoice, and what its exports hold; None: there is no data."""
        self.invoices.append(
            {
                "id": number,
                "invoiceDate": f"{issued}T00:00:00Z",
                "billingPeriodStartDate": f"{month_end[:8]}01T00:00:00Z",
                "billingPeriodEndDate": f"{month_end}T23:59:59Z",
                "totalCharges": sum(row["Total"] for row in rows or ()),
                "currencyCode": currency,
                "documentType": "invoice",
                "invoiceType": "Recurring" if number.startswith("D") else "OneTime",
            }
        )
        if rows is not None:
            self.rows["reconciliation/billed", number] = rows
        if usage is not None:
            self.rows["usage/billed", number] = usage


def reconciliation_row(customer_id: str, subscription_id: str, **fields: Any) -> Json:
    """Return a row of an invoice: a month of a yearly subscription of 12 seats."""
    return {
        "PartnerId": guid("partner"),
        "CustomerId": customer_id,
        "CustomerName": "Muster Bau GmbH",
        "CustomerDomainName": "muster.example",
        "CustomerCountry": "DE",
        "InvoiceNumber": "G000000001",
        "MpnId": "1234567",
        "OrderId": "order1",
        "OrderDate": "2026-03-05T00:00:00Z",
        "ProductId": "CFQ7TTC0LH18",
        "SkuId": "0001",
        "AvailabilityId": "CFQ7TTC0K971",
        "SkuName": "Contoso Office Suite",
        "ProductName": "Contoso Office Suite",
        "ChargeType": "cycleCharge",
        "UnitPrice": 10.0,
        "Quantity": 12,
        "SubTotal": 120.0,
        "TaxTotal": 22.8,
        "Total": 142.8,
        "Currency": "EUR",
        "PublisherName": "Microsoft Corporation",
        "SubscriptionDescription": "Contoso Office Suite",
        "SubscriptionId": subscription_id,
        "ChargeStartDate": "2026-03-05T00:00:00Z",
        "ChargeEndDate": "2026-04-04T00:00:00Z",
        "TermAndBillingCycle": "One-Year commitment for monthly/yearly billing",
        "EffectiveUnitPrice": 10.0,
        "UnitType": "",
        "BillableQuantity": 12,
        "BillingFrequency": "Monthly",
        "PricingCurrency": "EUR",
        "PCToBCExchangeRate": 1,
        "PCToBCExchangeRateDate": "2026-04-01T00:00:00Z",
        "SubscriptionStartDate": "2026-03-05T00:00:00Z",
        "SubscriptionEndDate": "2027-03-04T00:00:00Z",
        "ReferenceId": guid(f"reference {subscription_id}"),
        **fields,
    }


def usage_row(customer_id: str, day: str, **fields: Any) -> Json:
    """Return a row of daily rated usage: one meter of one virtual machine."""
    entitlement = guid(f"azure {customer_id}")
    return {
        "PartnerId": guid("partner"),
        "PartnerName": "Systemhaus",
        "CustomerId": customer_id,
        "CustomerName": "Muster Bau GmbH",
        "CustomerDomainName": "muster.example",
        "CustomerCountry": "DE",
        "MpnId": "1234567",
        "InvoiceNumber": "G000000001",
        "ProductId": "DZH318Z0BPS6",
        "SkuId": "0001",
        "AvailabilityId": "DZH318Z0BPS7",
        "SkuName": "Virtual Machines",
        "ProductName": "Azure plan",
        "PublisherName": "Microsoft",
        "PublisherId": "",
        "SubscriptionDescription": "Azure plan",
        "SubscriptionId": guid(f"plan {customer_id}"),
        "ChargeStartDate": "2026-03-01T00:00:00Z",
        "ChargeEndDate": "2026-04-01T00:00:00Z",
        "UsageDate": f"{day}T00:00:00Z",
        "MeterType": "1 Compute Hour",
        "MeterCategory": "Virtual Machines",
        "MeterId": guid("meter B2s"),
        "MeterSubCategory": "BS Series",
        "MeterName": "B2s",
        "MeterRegion": "EU West",
        "Unit": "1 Hour",
        "ResourceLocation": "EUWest",
        "ConsumedService": "Microsoft.Compute",
        "ResourceGroup": "rg-prod",
        "ResourceURI": f"/subscriptions/{entitlement}/resourceGroups/rg-prod/providers"
        "/Microsoft.Compute/virtualMachines/vm1",
        "ChargeType": "New",
        "UnitPrice": 0.05,
        "Quantity": 24,
        "UnitType": "1 Hour",
        "BillingPreTaxTotal": 0.9404158694,
        "BillingCurrency": "EUR",
        "PricingPreTaxTotal": 1.0207487988,
        "PricingCurrency": "USD",
        "ServiceInfo1": "",
        "ServiceInfo2": "",
        "Tags": '{"costcenter": "4711"}',
        "AdditionalInfo": "",
        "EffectiveUnitPrice": 0.0425312,
        "PCToBCExchangeRate": 0.9213,
        "PCToBCExchangeRateDate": "2026-03-31T00:00:00Z",
        "EntitlementId": entitlement,
        "EntitlementDescription": "Production",
        "PartnerEarnedCreditPercentage": 15,
        "CreditPercentage": 15,
        "CreditType": "Partner Earned Credit Applied",
        "BenefitOrderId": "",
        "BenefitId": "",
        "BenefitType": "",
        **fields,
    }
