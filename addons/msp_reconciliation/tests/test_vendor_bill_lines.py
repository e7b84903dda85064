from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ..models import msp_import_bill_lines
from .bill_common import BillCommon


@freeze_time("2026-02-10")
@tagged("post_install", "-at_install")
class TestVendorBillLines(BillCommon):
    """What shares a line, for which days, and whose cost it is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other, cls.others = cls._second_customer()
        cls.first_account, cls.second_account = cls._analytic("Muster", "Zweitkunde")

    def _contracts(self):
        """Give both customers a contract whose position has its own account."""
        first = self._seats_contract(10)
        second = self._seats_contract(3, partner=self.other)
        first.position_ids.analytic_distribution = {str(self.first_account.id): 100}
        second.position_ids.analytic_distribution = {str(self.second_account.id): 100}
        return first, second

    def test_one_line_per_product_shares_its_cost_among_customers(self):
        self._contracts()
        bill = self._bill(self._row(10), self._row(3, **self.others))
        self.assertEqual(bill.invoice_line_ids.mapped("price_subtotal"), [195.0])
        self.assertEqual(
            bill.invoice_line_ids.analytic_distribution,
            {str(self.first_account.id): 76.92, str(self.second_account.id): 23.08},
        )
        self._post(bill)
        # To the cent, though 23.08 % of 195.00 are 45.01.
        self.assertEqual(self._margin(self.first_account), -150.0)
        self.assertEqual(self._margin(self.second_account), -45.0)

    def test_analytic_items_show_the_margin_after_bill_and_invoice(self):
        first, second = self._contracts()
        bill = self._bill(self._row(10), self._row(3, **self.others))
        self._post(bill)
        self._run(date(2026, 1, 1), contracts=first | second)
        # 10 x (20.00 - 15.00) and 3 x (20.00 - 15.00)
        self.assertEqual(self._margin(self.first_account), 50.0)
        self.assertEqual(self._margin(self.second_account), 15.0)

    def test_the_contracts_accounts_are_those_of_its_revenue_and_its_cost(self):
        first = self._seats_contract(10)
        first.analytic_distribution = {str(self.first_account.id): 100}
        second = self._seats_contract(3, partner=self.other)
        second.analytic_distribution = {str(self.first_account.id): 100}
        # What a position says itself comes first.
        second.position_ids.analytic_distribution = {str(self.second_account.id): 100}
        # A fee of the customer without subscription is its contract's.
        fee = self._row(1, price="2.00", SubscriptionId="", ChargeType="customerCredit")
        bill = self._bill(self._row(10), self._row(3, **self.others), fee)
        self._post(bill)
        self._run(date(2026, 1, 1), contracts=first | second)
        # 10 x (20.00 - 15.00) - 2.00 and 3 x (20.00 - 15.00)
        self.assertEqual(self._margin(self.first_account), 48.0)
        self.assertEqual(self._margin(self.second_account), 15.0)

    def test_the_cost_of_components_is_where_their_bundle_is_billed(self):
        workplace = self._product(
            "Workplace",
            50.00,
            msp_recurring=True,
            msp_bundle_line_ids=[
                Command.create({"product_id": self.premium.id, "quantity": 1})
            ],
        )
        contract = self.env["msp.contract"].create({"partner_id": self.customer.id})
        bundle = self.env["msp.contract.position"].create(
            {"contract_id": contract.id, "product_id": workplace.id}
        )
        start = date(2026, 1, 1)
        self._version(
            contract,
            start,
            [
                {"action": "terms", "anchor_date": start},
                bundle._prepare_begin_vals(10, 50.0, "1"),
            ],
        )
        bundle.analytic_distribution = {str(self.second_account.id): 100}
        self._post(self._bill(self._row(10)))
        self._run(start, contracts=contract)
        # 10 x (50.00 - 15.00)
        self.assertEqual(self._margin(self.second_account), 350.0)

    def test_cost_follows_the_account_of_the_customers_invoice(self):
        """Odoo's rules, or people, put it there; the position names none."""
        contract = self._seats_contract(10)
        invoice = self._run(date(2026, 1, 1), contracts=contract, post=False).move_ids
        shares = {str(self.first_account.id): 100}
        invoice.invoice_line_ids.filtered("product_id").analytic_distribution = shares
        bill = self._bill(self._row(10))
        self.assertEqual(bill.invoice_line_ids.analytic_distribution, shares)

    def test_a_credit_without_subscription_is_the_customers(self):
        self._contracts()
        credit = self._row(
            10, price="-1.15", ChargeType="customerCredit", SubscriptionId=""
        )
        bill = self._bill(self._row(10), credit)
        self._post(bill)
        self.assertEqual(self._margin(self.first_account), -138.5)

    def test_what_people_distribute_otherwise_is_theirs(self):
        self._contracts()
        bill = self._bill(self._row(10), self._row(3, **self.others))
        bill.invoice_line_ids.analytic_distribution = {str(self.first_account.id): 100}
        self._post(bill)
        self.assertEqual(self._margin(self.first_account), -195.0)
        self.assertEqual(self._margin(self.second_account), 0.0)

    def test_charges_and_credits_of_customers_share_no_line(self):
        """150.00 less 150.00 is a line of 0, of which nobody has a share."""
        self._contracts()
        back = self._row(10, price="-15.00", ChargeType="cancelImmediate")
        bill = self._bill(back, self._row(10, **self.others))
        self.assertEqual(
            bill.invoice_line_ids.mapped("price_subtotal"), [150.0, -150.0]
        )
        self.assertEqual(bill.amount_total, 0.0)

    def test_one_line_per_customer(self):
        self.provider.bill_grouping = "customer"
        unknown = {
            **self.others,
            "CustomerId": "99999999-0000-4000-8000-000000000009",
            "CustomerName": "Nobody Ltd",
            "SubscriptionId": "5b5b-9",
        }
        bill = self._bill(
            self._row(10), self._row(3, **self.others), self._row(1, **unknown)
        )
        found = {
            line.name.partition("\n")[0]: line.price_subtotal
            for line in bill.invoice_line_ids
        }
        self.assertEqual(
            found,
            {
                "Muster Bau GmbH, Contoso Premium": 150.0,
                "Zweitkunde AG, Contoso Premium": 45.0,
                "Nobody Ltd, Contoso Premium": 15.0,
            },
        )

    def test_one_line_per_analytic_account(self):
        self.provider.bill_grouping = "analytic"
        self._contracts()
        bill = self._bill(self._row(10), self._row(3, **self.others))
        self.assertEqual(
            {
                tuple(line.analytic_distribution): line.price_subtotal
                for line in bill.invoice_line_ids
            },
            {
                (str(self.first_account.id),): 150.0,
                (str(self.second_account.id),): 45.0,
            },
        )

    def test_products_booked_alike_share_a_customers_line_others_do_not(self):
        self.provider.bill_grouping = "customer"
        own = self.account.copy({"name": "Backup licences"})
        backup, archive = (
            self._product(name, 9.0, msp_recurring=True)
            for name in ("Backup", "Archive")
        )
        (backup | archive).supplier_taxes_id = [Command.set(self.tax.ids)]
        backup.property_account_expense_id = own
        self._article(backup, "CFQ7TTC0LCHC:0003")
        self._article(archive, "CFQ7TTC0LCHC:0004")
        bill = self._bill(
            self._row(10),
            self._row(1, SkuId="0003", SubscriptionId="5b5b-3"),
            self._row(2, SkuId="0004", SubscriptionId="5b5b-4"),
        )
        self.assertEqual(
            [
                (line.price_subtotal, line.account_id, line.tax_ids, line.product_id)
                for line in bill.invoice_line_ids.sorted("price_subtotal")
            ],
            [
                (15.0, own, self.tax, backup),
                # Premium and Archive
                (180.0, self.account, self.tax, self.env["product.product"]),
            ],
        )

    def test_one_line_per_row(self):
        self.provider.bill_grouping = "row"
        bill = self._bill(self._row(10), self._row(3, start=2), self._row(4, start=3))
        self.assertEqual(
            self._lines(bill),
            [
                (150.0, date(2026, 1, 1), date(2026, 1, 31)),
                (45.0, date(2026, 1, 2), date(2026, 1, 31)),
                (60.0, date(2026, 1, 3), date(2026, 1, 31)),
            ],
        )
        self.assertEqual(
            bill.invoice_line_ids.sorted("sequence").mapped("quantity"), [10, 3, 4]
        )

    def test_one_line_per_row_is_refused_above_the_limit(self):
        self.assertEqual(msp_import_bill_lines.MAX_ROW_LINES, 1000)
        self.provider.bill_grouping = "row"
        import_ = self._import(self._row(10), self._row(3, start=2))
        with (
            patch.object(msp_import_bill_lines, "MAX_ROW_LINES", 1),
            self.assertRaisesRegex(UserError, "has 2 rows.* per product, customer or"),
        ):
            import_.with_user(self.accountant).action_create_bill()

    def test_pitfall_044_a_credit_is_of_the_period_it_credits(self):
        """Three cancelled months, not the whole year that was paid."""
        year = self._row(
            10, price="180.00", ChargeEndDate=date(2026, 12, 31), InvoiceNumber="G02"
        )
        back = self._row(
            10,
            price="-45.00",
            ChargeType="customerCredit",
            ChargeStartDate=date(2026, 10, 1),
            ChargeEndDate=date(2026, 12, 31),
            InvoiceNumber="G02",
        )
        bill = self._bill(self._row(2, month=2, SubscriptionId="5b5b-2"), year, back)
        self.assertEqual(
            self._lines(bill),
            [
                (30.0, date(2026, 2, 1), date(2026, 2, 28)),
                (1800.0, date(2026, 1, 1), date(2026, 12, 31)),
                (-450.0, date(2026, 10, 1), date(2026, 12, 31)),
            ],
        )

    def test_rows_of_another_month_have_a_line_of_their_own(self):
        late = self._row(1, InvoiceNumber="G02", SubscriptionId="5b5b-2")
        bill = self._bill(self._row(10, month=2), late)
        self.assertEqual(
            self._lines(bill),
            [
                (15.0, date(2026, 1, 1), date(2026, 1, 31)),
                (150.0, date(2026, 2, 1), date(2026, 2, 28)),
            ],
        )

    def test_quantity_one_where_the_products_quantity_fails_to_the_cent(self):
        """Ledger 4: quantity x price, rounded, is the amount of each line."""
        rows = [
            self._row(3, price="3.333", Subtotal="10.00", SkuId="0011"),
            self._row(7, price="1.43", Subtotal="10.01", SkuId="0012"),
        ]
        bill = self._bill(*rows)
        self.assertEqual(bill.amount_untaxed, 20.01)
        for line in bill.invoice_line_ids:
            self.assertAlmostEqual(
                line.quantity * line.price_unit, line.price_subtotal, 2
            )

    def test_rows_lead_to_their_line_and_back(self):
        bill = self._bill(self._row(10), self._row(3, **self.others))
        rows = bill.msp_import_ids.provider_charge_ids
        self.assertEqual(rows.bill_line_id, bill.invoice_line_ids)
        action = bill.action_view_msp_rows()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), rows)
        action = bill.invoice_line_ids.action_view_msp_rows()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), rows)
        bill.unlink()
        rows.invalidate_recordset()
        self.assertFalse(rows.bill_line_id)
