import csv
import io
import json
from datetime import date

from odoo import Command

from ..formats.microsoft_daily_columns import COLUMNS
from .common import ImportCommon, us

TENANT = "11111111-0000-4000-8000-000000000001"
PLAN = "2a2a2a2a-0000-4000-8000-00000000000a"


def used(day, cost, **cells):
    """Return one row of daily rated usage; dates may be `date`."""
    base = {
        "PartnerId": "a1a1a1a1-0000-4000-8000-000000000000",
        "CustomerId": TENANT,
        "CustomerName": "Muster Bau GmbH",
        "CustomerDomainName": "musterbau.example",
        "CustomerCountry": "DE",
        "InvoiceNumber": "G100000001",
        "ProductId": "DZH318Z0BQ4B",
        "SkuId": "0001",
        "AvailabilityId": "DZH318Z0BMTX",
        "SkuName": "Virtual Machines",
        "ProductName": "Azure plan",
        "PublisherName": "Microsoft",
        "SubscriptionId": PLAN,
        "ChargeStartDate": date(2026, 3, 1),
        "ChargeEndDate": date(2026, 3, 31),
        "UsageDate": day,
        "MeterCategory": "Virtual Machines",
        "MeterId": "m-0001",
        "MeterName": "D2 v5",
        "MeterRegion": "EU West",
        "Unit": "1 Hour",
        "ResourceLocation": "westeurope",
        "ResourceGroup": "rg-web",
        "ResourceURI": "/subscriptions/x/resourceGroups/rg-web/vm/web01",
        "ChargeType": "New",
        "UnitPrice": "0.20",
        "EffectiveUnitPrice": "0.10",
        "Quantity": "24",
        "BillingPreTaxTotal": str(cost),
        "BillingCurrency": "EUR",
        "PricingPreTaxTotal": str(cost),
        "PricingCurrency": "EUR",
        "PCToBCExchangeRate": "1",
        "EntitlementId": "e-0001",
        "EntitlementDescription": "Production",
        "Tags": json.dumps({"env": "prod"}),
    }
    unknown = set(cells) - set(COLUMNS)
    assert not unknown, unknown
    base.update(cells)
    return {
        name: us(cell) if isinstance(cell, date) else str(cell)
        for name, cell in base.items()
    }


def daily_csv(*rows):
    """Return a file of daily rated usage."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for cells in rows:
        writer.writerow([cells.get(name, "") for name in COLUMNS])
    return stream.getvalue().encode("utf-8-sig")


class UsageCommon(ImportCommon):
    """A provider of usage, a product for it and its markup of 20 percent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.azure = cls._product("Azure Usage", 0.0)
        cls.markup = cls.env["msp.pricing"].create(
            {"name": "Azure + 20 %", "model": "amounts", "markup": 20.0}
        )
        cls.provider = cls.env["msp.provider"].create(
            {
                "name": "Azure Plan",
                "code": "azure_plan",
                "format_id": "microsoft_daily",
                "usage_product_id": cls.azure.id,
                "usage_pricing_id": cls.markup.id,
                "usage_tag": "env",
            }
        )
        cls._books()
        cls.env["msp.customer.mapping"].create(
            {
                "provider_id": cls.provider.id,
                "company_id": cls.company.id,
                "external_id": TENANT,
                "external_name": "Muster Bau GmbH",
                "partner_id": cls.customer.id,
            }
        )

    @classmethod
    def _books(cls):
        """Enter what an invoice needs: a journal and two accounts."""
        income, receivable = cls.env["account.account"].create(
            [
                {"name": "Sales", "code": "400000", "account_type": "income"},
                {
                    "name": "Customers",
                    "code": "140000",
                    "account_type": "asset_receivable",
                    "reconcile": True,
                },
            ]
        )
        cls.env["account.journal"].create(
            {
                "name": "Customer Invoices",
                "code": "CINV",
                "type": "sale",
                "default_account_id": income.id,
            }
        )
        cls.receivable = receivable
        cls.customer.property_account_receivable_id = receivable

    def _read(self, *rows, name="usage.csv", user=None):
        imports = self.env["msp.import"].with_user(user or self.clerk)
        return imports.import_file(self.provider.id, name, daily_csv(*rows))

    def _usage_contract(self, start=date(2026, 1, 1), timing="arrears", **vals):
        """Return a monthly contract of the customer with a position for usage."""
        contract = self._contract(self.customer, [(self.premium, 5, 20.0)], start)
        self._version(
            contract,
            start,
            {
                "action": "terms",
                "billing_every": 1,
                "billing_unit": "month",
                "billing_timing": timing,
                "billing_day_count": "actual",
                "anchor_date": start.replace(day=1),
            },
        )
        contract.write(vals)
        return contract

    def _begin(self, contract, day=date(2026, 1, 1), product=None, markup=None):
        position = self.env["msp.contract.position"].create(
            {"contract_id": contract.id, "product_id": (product or self.azure).id}
        )
        vals = position._prepare_begin_vals(
            1.0, 0.0, "0", pricing=(markup or self.markup)._to_data()
        )
        self._version(contract, day, vals)
        return position

    def _bill(self, contract, until, kind="regular"):
        """Run the billing; return the net sum of usage on the invoices it made."""
        run = self.env["msp.billing.run"].create(
            {
                "company_id": self.company.id,
                "kind": kind,
                "date_until": until,
                "invoice_date": until,
                "contract_ids": [Command.set(contract.ids)],
            }
        )
        run.action_preview()
        run.action_create_invoices()
        lines = run.move_ids.invoice_line_ids.filtered(
            lambda line: line.product_id == self.azure
        )
        return sum(
            line.price_subtotal * (-1 if line.move_id.move_type == "out_refund" else 1)
            for line in lines
        )
