from datetime import date

from odoo.tests import freeze_time, tagged

from odoo.addons.msp_cloud_import.formats.microsoft_nce_columns import COLUMNS
from odoo.addons.msp_cloud_import.tests.common import microsoft_csv

from .bill_common import BillCommon


@freeze_time("2026-02-10")
@tagged("post_install", "-at_install")
class TestVendorBillAuto(BillCommon):
    """Bills made and posted by themselves, where the company wants it."""

    def _night(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "msp_reconciliation.ir_cron_create_bills"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def test_nothing_happens_by_itself_unless_it_is_wanted(self):
        import_ = self._import(self._row(10))
        self.assertFalse(import_.bill_is_due)
        self._night()
        self.assertFalse(import_.bill_ids)

    def test_a_draft_is_made_once_the_file_is_applied(self):
        self.provider.bill_auto_post = "draft"
        import_ = self._import(self._row(10))
        self.assertTrue(import_.bill_is_due)
        self._night()
        self.assertEqual(import_.bill_ids.state, "draft")
        self.assertFalse(import_.bill_note or import_.bill_is_due)

    def test_it_is_posted_once_the_total_is_known_to_agree(self):
        self.provider.bill_auto_post = "post"
        import_ = self._import(self._row(10))
        self._night()
        self.assertEqual(import_.bill_ids.state, "draft")
        self.assertIn("Enter the net total of invoice G01", import_.bill_note)
        import_.with_user(self.accountant).invoice_amount = 150.00
        self._night()
        self.assertRecordValues(
            import_.bill_ids,
            [{"state": "posted", "invoice_date": date(2026, 2, 10)}],
        )
        self.assertFalse(import_.bill_note)

    def test_the_date_that_was_entered_is_the_bills(self):
        self.provider.bill_auto_post = "post"
        import_ = self._import(self._row(10), apply=False).with_user(self.accountant)
        import_.write({"invoice_amount": 150.00, "invoice_date": date(2026, 2, 3)})
        import_.action_apply()
        self._night()
        self.assertEqual(import_.bill_ids.invoice_date, date(2026, 2, 3))
        self.assertEqual(import_.bill_ids.state, "posted")

    def _bill_of(self, *rows):
        """Return the bills of a file that states dates of its invoices."""
        content = microsoft_csv(*rows, columns=(*COLUMNS, "InvoiceDate"))
        imports = self.env["msp.import"].with_user(self.accountant)
        import_ = imports.import_file(self.provider.id, "january.csv", content)
        import_.action_assign()
        import_.action_prepare()
        import_.action_create_bill()
        return import_.bill_ids

    def test_a_date_with_slashes_is_read_as_the_file_writes_dates(self):
        """Microsoft puts the month first: 01/31/2026 stands in the same file."""
        row = {**self._row(10), "InvoiceDate": "2/8/2026"}
        self.assertEqual(self._bill_of(row).invoice_date, date(2026, 2, 8))

    def test_each_invoice_of_a_file_has_its_own_date(self):
        first = {**self._row(10), "InvoiceDate": "2/8/2026"}
        second = {
            **self._row(3, start=2, InvoiceNumber="G02"),
            "InvoiceDate": "2/9/2026",
        }
        bills = self._bill_of(first, second).sorted("ref")
        self.assertEqual(
            bills.mapped("invoice_date"), [date(2026, 2, 8), date(2026, 2, 9)]
        )

    def test_a_locked_month_is_booked_in_the_next_one(self):
        self.provider.bill_auto_post = "post"
        self.company.purchase_lock_date = date(2026, 1, 31)
        import_ = self._import(self._row(10), apply=False).with_user(self.accountant)
        import_.write({"invoice_amount": 150.00, "invoice_date": date(2026, 1, 31)})
        import_.action_apply()
        self._night()
        bill = import_.bill_ids
        self.assertEqual((bill.state, bill.invoice_date), ("posted", date(2026, 1, 31)))
        self.assertGreater(bill.date, date(2026, 1, 31))

    def test_another_total_says_why_and_posts_nothing(self):
        self.provider.write({"bill_auto_post": "post", "user_id": self.accountant.id})
        import_ = self._import(self._row(10), apply=False).with_user(self.accountant)
        import_.invoice_amount = 155.00
        import_.action_apply()
        self._night()
        self.assertFalse(import_.bill_ids)
        self.assertRegex(import_.bill_note, "155.00 differs from the file's .*150.00")
        self.assertEqual(self.provider.activity_ids.user_id, self.accountant)
        import_.invoice_amount = 150.00
        self._night()
        self.assertEqual(import_.bill_ids.state, "posted")
        self.assertFalse(self.provider.activity_ids)

    def test_what_people_have_changed_they_post_themselves(self):
        self.provider.bill_auto_post = "draft"
        import_ = self._import(self._row(10)).with_user(self.accountant)
        self._night()
        import_.bill_ids.invoice_line_ids.price_unit = 14.00
        self.provider.bill_auto_post = "post"
        import_.invoice_amount = 150.00
        self._night()
        self.assertEqual(import_.bill_ids.state, "draft")
        self.assertIn("changed by hand", import_.bill_note)

    def test_a_foreign_bill_without_a_rate_stays_a_draft(self):
        eur = self.env.ref("base.EUR")
        eur.active = True
        eur.rate_ids.unlink()
        self.provider.bill_auto_post = "post"
        foreign = {"Currency": "EUR", "PricingCurrency": "EUR"}
        import_ = self._import(self._row(10, **foreign), apply=False)
        import_.with_user(self.accountant).invoice_amount = 150.00
        import_.action_apply()
        self._night()
        self.assertEqual(import_.bill_ids.state, "draft")
        self.assertIn("No rate of EUR is known", import_.bill_note)

    def test_a_corrected_file_posts_the_difference(self):
        self.provider.bill_auto_post = "post"
        for quantity, name in ((10, "january.csv"), (12, "again.csv")):
            import_ = self._import(self._row(quantity), name=name, apply=False)
            import_.with_user(self.accountant).invoice_amount = 15.0 * quantity
            import_.action_apply()
            self._night()
        self.assertRecordValues(
            import_.bill_ids, [{"state": "posted", "amount_untaxed": 30.0}]
        )

    def test_a_draft_that_came_first_is_filled(self):
        self.provider.bill_auto_post = "post"
        document = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.vendor.id,
                "ref": "g-01",
                "invoice_date": date(2026, 2, 4),
                "invoice_line_ids": [(0, 0, {"name": "Total", "price_unit": 150.0})],
            }
        )
        document.invoice_line_ids.tax_ids = self.tax
        import_ = self._import(self._row(10))
        self._night()
        self.assertEqual(import_.bill_ids, document)
        self.assertEqual(document.invoice_line_ids.product_id, self.premium)
        self.assertEqual((document.state, document.ref), ("posted", "g-01"))
