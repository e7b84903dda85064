from datetime import date

from odoo import Command

from odoo.addons.msp_cloud_import.tests.common import YEARLY, microsoft_csv, row
from odoo.addons.msp_contract_billing.tests.common import ContractCommon

TENANT = "11111111-0000-4000-8000-000000000001"
SUBSCRIPTION = "5b5b5b5b-0000-4000-8000-000000000001"


def last_day(month):
    return {1: 31, 2: 28, 3: 31, 4: 30}[month]


class ReconciliationCommon(ContractCommon):
    """A customer with ten seats at 20.00, which the provider bills at 15.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.currency = cls.company.currency_id
        cls.vendor = cls.env["res.partner"].create(
            {"name": "Contoso Ireland", "is_company": True}
        )
        cls.provider = cls.env["msp.provider"].create(
            {
                "name": "Contoso CSP",
                "code": "contoso",
                "format_id": "microsoft_nce",
                "partner_id": cls.vendor.id,
                "bill_tax": "odoo",
            }
        )
        cls.premium = cls._product("Contoso Premium", 20.00, msp_recurring=True)
        cls.env["msp.customer.mapping"].create(
            {
                "provider_id": cls.provider.id,
                "external_id": TENANT,
                "external_name": cls.customer.name,
                "partner_id": cls.customer.id,
            }
        )
        cls._article(cls.premium, "CFQ7TTC0LCHC:0002")
        cls.clerk = cls._role_user("rec_clerk", "group_billing_clerk")
        cls.accountant = cls._role_user("rec_accountant", "group_accountant")
        cls.manager = cls._role_user("rec_manager", "group_account_manager")

    @classmethod
    def _article(cls, product, sku_id, **values):
        return cls.env["msp.product.mapping"].create(
            {
                "provider_id": cls.provider.id,
                "sku_id": sku_id,
                "term": "P1Y",
                "billing_plan": "monthly",
                "product_id": product.id,
                **values,
            }
        )

    @classmethod
    def _row(cls, quantity, month=1, start=1, end=None, price="15.00", **cells):
        """Return a row that bills seats for days of a month; no tax."""
        subtotal = cells.pop("Subtotal", f"{float(price) * quantity:.2f}")
        first = date(2026, month, start)
        return row(
            **{
                "Quantity": abs(quantity),
                "BillableQuantity": abs(quantity),
                "UnitPrice": price.lstrip("-"),
                "EffectiveUnitPrice": price,
                "Subtotal": subtotal,
                "TaxTotal": "0.00",
                "Total": subtotal,
                "Currency": cls.currency.name,
                "PricingCurrency": cls.currency.name,
                "OrderDate": first,
                "ChargeStartDate": first,
                "ChargeEndDate": date(2026, month, end or last_day(month)),
                "SubscriptionId": SUBSCRIPTION,
                "SubscriptionStartDate": date(2026, 1, 1),
                "SubscriptionEndDate": date(2026, 12, 31),
                "TermAndBillingCycle": YEARLY,
                "InvoiceNumber": f"G0{month}",
                **cells,
            }
        )

    @classmethod
    def _change(cls, old, new, month, start):
        """Return the pair of rows by which seats are added or removed."""
        cells = {
            "ChargeType": "addQuantity" if new > old else "removeQuantity",
            "OrderDate": date(2026, month, start),
            "ReferenceId": f"b3a1b3a1-0000-4000-8000-0000000{month:02}{start:02}0",
        }
        share = (last_day(month) - start + 1) / last_day(month)
        price = f"{15 * share:.2f}"
        return [
            cls._row(old, month, price=f"-{price}", **cells),
            cls._row(new, month, start, price=price, **cells),
        ]

    def _import(self, *rows, name="january.csv", apply=True, user=None):
        """Import a file; without `apply` it is prepared only."""
        imports = self.env["msp.import"].with_user(user or self.clerk)
        import_ = imports.import_file(self.provider.id, name, microsoft_csv(*rows))
        import_.action_assign()
        import_.action_prepare()
        if apply:
            import_.action_apply()
        return import_

    def _compare(self, month=1, user=None):
        model = self.env["msp.reconciliation"].with_user(user or self.accountant)
        one = model._open(self.provider.with_user(model.env.user), date(2026, month, 1))
        one.action_compare()
        return one

    def _found(self, one):
        """Return {cause: amount} of the open findings."""
        found = one.finding_ids.filtered(lambda finding: finding.state == "open")
        self.assertEqual(len(found), len(set(found.mapped("cause"))))
        return {finding.cause: finding.amount for finding in found}

    @classmethod
    def _seats_contract(cls, quantity=10, start=None, **values):
        start = start or date(2026, 1, 1)
        return cls._contract(start, [(cls.premium, quantity, 20.00)], **values)

    @classmethod
    def _second_company(cls):
        company = cls.env["res.company"].create({"name": "Zweite GmbH"})
        cls.env.user.company_ids = [Command.link(company.id)]
        return company
