from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .bill_common import BillCommon


@freeze_time("2026-02-10")
@tagged("post_install", "-at_install")
class TestVendorBillMatch(BillCommon):
    """A bill that came as a document is matched with its import afterwards."""

    def _document(self, *nets, **vals):
        """Return a draft as people, or a reader of invoices, have entered it."""
        move = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.vendor.id,
                "invoice_date": date(2026, 2, 4),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Licences",
                            "price_unit": net,
                            "tax_ids": [Command.set(self.tax.ids)],
                        }
                    )
                    for net in nets
                ],
                **vals,
            }
        )
        return move.with_user(self.accountant)

    def test_a_draft_without_lines_is_filled_by_its_number(self):
        import_ = self._import(self._row(10))
        bill = self._document(ref="g 01")
        self.assertEqual(bill.msp_proposal, f"invoice G01 of {import_.name}")
        bill.action_fill_proposed()
        self.assertRecordValues(
            bill,
            [
                {
                    "ref": "g 01",
                    "amount_untaxed": 150.0,
                    "msp_file_number": "G01",
                    "invoice_date": date(2026, 2, 4),
                    "msp_is_matched": True,
                    "msp_proposal": False,
                }
            ],
        )
        self.assertEqual(import_.bill_state, "draft")
        self.assertEqual(bill.attachment_ids.mapped("name"), ["january.csv"])

    def test_a_draft_with_lines_gets_those_of_the_file_and_back(self):
        import_ = self._import(self._row(10))
        bill = self._document(100.0, 50.0, ref="INV/7")
        # The total and the month speak for it.
        self.assertIn("G01", bill.msp_proposal)
        bill.action_fill_proposed()
        self.assertEqual(bill.invoice_line_ids.product_id, self.premium)
        self.assertEqual((bill.ref, bill.amount_total), ("INV/7", 172.5))
        bill.action_undo_match()
        self.assertEqual(
            bill.invoice_line_ids.sorted("id").mapped("price_subtotal"), [100.0, 50.0]
        )
        self.assertEqual(bill.invoice_line_ids.tax_ids, self.tax)
        self.assertEqual((bill.ref, bill.amount_total), ("INV/7", 172.5))
        self.assertFalse(bill.attachment_ids or bill.msp_import_ids)
        self.assertEqual(import_.bill_state, "none")
        import_.with_user(self.accountant).action_create_bill()
        self.assertNotEqual(import_.bill_ids, bill)

    def test_a_posted_bill_is_linked_and_its_lines_stay(self):
        import_ = self._import(self._row(10))
        bill = self._document(150.0, ref="G01")
        bill.action_post()
        bill.action_fill_proposed()
        self.assertEqual(bill.invoice_line_ids.name, "Licences")
        self.assertEqual(import_.bill_state, "posted")
        self.assertEqual(import_.bill_difference, 0.0)
        bill.action_undo_match()
        self.assertEqual((bill.state, import_.bill_state), ("posted", "none"))

    def test_another_total_is_refused_with_both_amounts(self):
        self.provider.bill_tolerance = 0.05
        self._import(self._row(10))
        bill = self._document(151.0, ref="G01")
        with self.assertRaisesRegex(UserError, r"151\.00 .*150\.00: .*1\.00; .*0\.05"):
            bill.action_fill_proposed()
        self.assertEqual(bill.amount_untaxed, 151.0)

    def test_what_the_document_asks_for_beyond_the_file_has_a_line(self):
        self.provider.bill_tolerance = 0.05
        import_ = self._import(self._row(10))
        bill = self._document(150.04, ref="G01")
        bill.action_fill_proposed()
        self.assertEqual(bill.amount_untaxed, 150.04)
        fee = bill.invoice_line_ids.filtered("msp_is_difference")
        self.assertEqual((fee.price_subtotal, fee.account_id), (0.04, self.fees))
        self.assertEqual(import_.bill_difference, 0.0)

    def test_an_upload_without_vendor_is_found_by_the_name_of_its_file(self):
        import_ = self._import(self._row(10, InvoiceNumber="G012345678"))
        bill = self._document(partner_id=False, invoice_date=False)
        self.env["ir.attachment"].create(
            {
                "name": "Invoice_G012345678.pdf",
                "raw": b"%PDF",
                "res_model": bill._name,
                "res_id": bill.id,
            }
        )
        bill.invalidate_recordset()
        self.assertIn(import_.name, bill.msp_proposal)
        bill.action_fill_proposed()
        self.assertEqual(bill.partner_id, self.vendor)
        self.assertEqual(bill.ref, "G012345678")

    def test_several_that_look_alike_are_chosen_by_hand(self):
        self._import(self._row(10))
        self._import(self._row(10, month=2), name="february.csv")
        bill = self._document(150.0, ref="INV/7", invoice_date=False)
        self.assertFalse(bill.msp_proposal)
        action = bill.action_match_import()
        match = self.env["msp.bill.match"].browse(action["res_id"])
        self.assertEqual(sorted(match.line_ids.mapped("number")), ["G01", "G02"])
        line = match.line_ids.filtered(lambda one: one.number == "G02")
        line.with_user(self.accountant).action_match()
        self.assertEqual(bill.msp_file_number, "G02")

    def test_from_the_import_the_likeliest_bill_comes_first(self):
        self._document(10.0, ref="OTHER")
        bill = self._document(150.0, ref="G01")
        import_ = self._import(self._row(10)).with_user(self.accountant)
        action = import_.action_match_bill()
        match = self.env["msp.bill.match"].browse(action["res_id"])
        self.assertEqual(match.line_ids[0].move_id, bill)
        self.assertEqual(
            match.line_ids[0].why, "same number, same total, of this month"
        )
        match.line_ids[0].with_user(self.accountant).action_match()
        self.assertEqual(import_.bill_ids, bill)

    def test_keeping_the_lines_of_a_draft(self):
        import_ = self._import(self._row(10)).with_user(self.accountant)
        bill = self._document(150.0, ref="G01")
        action = import_.action_match_bill()
        match = self.env["msp.bill.match"].browse(action["res_id"])
        match.keep_lines = True
        match.line_ids.with_user(self.accountant).action_match()
        self.assertEqual(bill.invoice_line_ids.name, "Licences")
        self.assertEqual(import_.bill_difference, 0.0)

    def test_a_filled_bill_that_is_posted_is_reset_first(self):
        self._import(self._row(10))
        bill = self._document(ref="G01")
        bill.action_fill_proposed()
        bill.action_post()
        with self.assertRaisesRegex(UserError, "Reset it to draft"):
            bill.action_undo_match()

    def test_a_withdrawn_file_leaves_the_document_as_it_was(self):
        import_ = self._import(self._row(10))
        bill = self._document(150.0, ref="G01")
        bill.action_fill_proposed()
        import_._withdraw("wrong file")
        self.assertEqual(bill.invoice_line_ids.name, "Licences")
        self.assertFalse(bill.msp_import_ids or bill.msp_match_undo)

    def test_a_withdrawn_file_leaves_a_posted_document_alone(self):
        import_ = self._import(self._row(10))
        bill = self._document(150.0, ref="G01")
        bill.action_post()
        bill.action_fill_proposed()
        import_._withdraw("wrong file")
        self.assertEqual((bill.state, bill.amount_untaxed), ("posted", 150.0))
        self.assertFalse(bill.msp_import_ids)

    def test_only_accountants_match(self):
        self._import(self._row(10))
        bill = self._document(ref="G01")
        for user in (self.clerk, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                bill.with_user(user).action_match_import()

    def test_bills_of_other_vendors_are_not_asked(self):
        self._import(self._row(10))
        stranger = self.env["res.partner"].create({"name": "Power company"})
        bill = self._document(150.0, ref="G01", partner_id=stranger.id)
        self.assertFalse(bill.msp_proposal)
