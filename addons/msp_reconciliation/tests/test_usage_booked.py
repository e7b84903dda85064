from datetime import date

from odoo.tests import freeze_time, tagged

from .test_causes_usage import MARCH, UsageCommon


@freeze_time("2026-05-20 12:00:00")
@tagged("post_install", "-at_install")
class TestUsageBooked(UsageCommon):
    """Usage that the invoice, the daily file and Cost Management say is owed once."""

    def _used_in_march(self):
        return self._daily(
            self._used(MARCH, "60.00"), self._used(date(2026, 3, 2), "40.00")
        )

    def _make_bills(self, imports):
        imports.with_user(self.accountant).action_create_bill()
        return imports.bill_ids

    def _cost(self):
        self.env.flush_all()
        facts = self.env["msp.margin"].search(
            [("company_id", "=", self.company.id), ("month", "=", MARCH)]
        )
        return sum(facts.mapped("cost"))

    def test_the_invoices_file_is_booked_the_daily_one_shows_it(self):
        daily = self._used_in_march()
        account = self._account()
        self.contract.analytic_distribution = {str(account.id): 100}
        invoice = self._invoice("107.50", price="10.75", InvoiceNumber="G3")
        bill = self._make_bills(daily | invoice)
        self.assertEqual((bill.ref, bill.amount_untaxed), ("G3", 107.5))
        self.assertEqual(bill.msp_import_ids, invoice)
        self.assertEqual((daily.bill_state, daily.bill_difference), ("nothing", 0.0))
        self.assertEqual(
            bill.invoice_line_ids.analytic_distribution, {str(account.id): 100}
        )

    def test_the_daily_file_alone_is_booked(self):
        daily = self._used_in_march()
        self.assertEqual(self._make_bills(daily).amount_untaxed, 100.0)
        self.assertEqual(daily.bill_state, "draft")

    def test_a_draft_of_the_daily_file_becomes_that_of_the_invoice(self):
        daily = self._used_in_march()
        draft = self._make_bills(daily)
        invoice = self._invoice("100.00", InvoiceNumber="G3")
        bill = self._make_bills(invoice)
        self.assertEqual(bill, draft)
        self.assertEqual((bill.amount_untaxed, bill.msp_import_ids), (100.0, invoice))
        self.assertEqual(daily.bill_state, "nothing")

    def test_what_the_daily_file_has_booked_the_invoice_only_shows(self):
        daily = self._used_in_march()
        bill = self._make_bills(daily)
        bill.invoice_date = date(2026, 4, 8)
        bill.action_post()
        invoice = self._invoice("100.00", InvoiceNumber="G3")
        self.assertEqual((invoice.bill_state, daily.bill_state), ("nothing", "posted"))

    def test_cost_management_is_no_bill_of_its_own(self):
        daily = self._used_in_march()
        costs = self._azure_export("100.00")
        costs.action_assign()
        self.assertEqual(costs.bill_state, "nothing")
        self.assertEqual(self._make_bills(daily).amount_untaxed, 100.0)

    def test_usage_costs_once_whatever_files_say_it(self):
        self._used_in_march()
        self._bill()
        self.assertEqual(self._cost(), 100.0)
        self._invoice("100.00", InvoiceNumber="G3")
        self._azure_export("100.00")
        self.assertEqual(self._cost(), 100.0)

    def test_an_invoice_without_details_is_the_cost(self):
        self._invoice("100.00", InvoiceNumber="G3")
        self.assertEqual(self._cost(), 100.0)

    def test_what_is_said_in_detail_is_counted_elsewhere(self):
        self._used_in_march()
        self._bill()
        invoice = self._invoice("100.00", InvoiceNumber="G3")
        invoice.provider_charge_ids._system_write(
            {"detailed_by_id": self.env["msp.import"].search([], limit=1).id}
        )
        one = self._compare(month=3)
        self.assertEqual(
            (one.vendor_total, one.amount_billed, one.amount_before), (200, 100, 100)
        )
        self.assertEqual(one.conservation_rest, 0.0)

    def _account(self):
        plan = self.env["account.analytic.plan"].create({"name": "Customers"})
        return self.env["account.analytic.account"].create(
            {"name": "Muster", "plan_id": plan.id}
        )
