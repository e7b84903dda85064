from datetime import date

from odoo import Command

from .common import SUBSCRIPTION, TENANT, ReconciliationCommon


class BillCommon(ReconciliationCommon):
    """Files of rows at 15.00, purchase tax 15 %, and two customers with accounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.company_data["default_tax_purchase"]
        cls.premium.supplier_taxes_id = [Command.set(cls.tax.ids)]
        cls.account = cls.company_data["default_account_expense"]
        cls.fees = cls.account.copy({"name": "Differences of providers"})
        cls.provider.bill_difference_account_id = cls.fees

    @classmethod
    def _analytic(cls, *names):
        plan = cls.env["account.analytic.plan"].create({"name": "Customers"})
        return [
            cls.env["account.analytic.account"].create(
                {"name": name, "plan_id": plan.id}
            )
            for name in names
        ]

    @classmethod
    def _second_customer(cls):
        """Return a customer whose rows have the returned cells."""
        other = cls.env["res.partner"].create({"name": "Zweitkunde AG"})
        cls.env["msp.customer.mapping"].create(
            {
                "provider_id": cls.provider.id,
                "external_id": TENANT.replace("1111-0000", "2222-0000"),
                "external_name": other.name,
                "partner_id": other.id,
            }
        )
        cells = {
            "CustomerId": TENANT.replace("1111-0000", "2222-0000"),
            "CustomerName": other.name,
            "CustomerDomainName": "zweitkunde.example",
            "SubscriptionId": SUBSCRIPTION[:-1] + "2",
        }
        return other, cells

    def _bill(self, *rows, **options):
        import_ = self._import(*rows, **options).with_user(self.accountant)
        import_.action_create_bill()
        return import_.bill_ids

    def _post(self, bill):
        bill.invoice_date = date(2026, 2, 8)
        bill.action_post()

    def _lines(self, bill):
        """Return (net, first day, last day) of each line, in their order."""
        return [
            (line.price_subtotal, line.msp_period_start, line.msp_period_end)
            for line in bill.invoice_line_ids.sorted("sequence")
        ]

    def _margin(self, account):
        """Return the sum of Odoo's analytic items of an account."""
        items = self.env["account.analytic.line"].search(
            [(account.plan_id._column_name(), "=", account.id)]
        )
        return round(sum(items.mapped("amount")), 2)
