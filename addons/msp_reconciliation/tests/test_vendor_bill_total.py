from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .bill_common import BillCommon


@freeze_time("2026-02-10")
@tagged("post_install", "-at_install")
class TestVendorBillTotal(BillCommon):
    """A bill comes to what the invoice asks for, once, or is not made."""

    def test_pitfall_076_a_difference_within_the_tolerance_has_its_own_line(self):
        self.provider.bill_tolerance = 0.05
        import_ = self._import(self._row(10)).with_user(self.accountant)
        import_.invoice_amount = 150.03
        import_.action_create_bill()
        bill = import_.bill_ids
        self.assertRecordValues(
            bill.invoice_line_ids.sorted("sequence"),
            [
                {"price_subtotal": 150.0, "msp_is_difference": False},
                {"price_subtotal": 0.03, "msp_is_difference": True},
            ],
        )
        fee = bill.invoice_line_ids.filtered("msp_is_difference")
        self.assertEqual(fee.account_id, self.fees)
        self.assertEqual(fee.name, "Rounding or fee of invoice G01, in no file")
        self.assertEqual((bill.amount_untaxed, bill.msp_file_difference), (150.03, 0.0))
        self.assertEqual((import_.bill_total, import_.bill_difference), (150.03, 0.0))
        self.assertEqual(import_.bill_state, "draft")

    def test_less_than_the_file_says_is_a_negative_line(self):
        self.provider.bill_tolerance = 0.05
        import_ = self._import(self._row(10)).with_user(self.accountant)
        import_.invoice_amount = 149.98
        import_.action_create_bill()
        self.assertEqual(import_.bill_ids.amount_untaxed, 149.98)

    def test_more_stops_the_bill_and_names_both_and_the_difference(self):
        self.provider.bill_tolerance = 0.05
        import_ = self._import(self._row(10)).with_user(self.accountant)
        import_.invoice_amount = 150.06
        with self.assertRaisesRegex(
            UserError, r"150\.06 .*150\.00 by .*0\.06; .*0\.05"
        ):
            import_.action_create_bill()
        self.assertFalse(import_.bill_ids)

    def test_a_difference_without_its_account_is_refused(self):
        self.provider.write(
            {"bill_tolerance": 0.05, "bill_difference_account_id": False}
        )
        import_ = self._import(self._row(10)).with_user(self.accountant)
        import_.invoice_amount = 150.03
        with self.assertRaisesRegex(UserError, "names the account for such"):
            import_.action_create_bill()

    def test_several_files_of_one_invoice_make_one_bill(self):
        seats = self._import(self._row(10))
        usage = self._import(self._row(2, SubscriptionId="5b5b-2"), name="usage.csv")
        seats.invoice_amount = 180.00
        # Each leads to the other.
        usage.with_user(self.accountant).action_create_bill()
        bill = usage.bill_ids
        self.assertEqual((bill.ref, bill.amount_untaxed), ("G01", 180.0))
        self.assertEqual(bill.msp_import_ids, seats | usage)
        self.assertEqual((seats.bill_total, usage.bill_total), (150.0, 30.0))
        self.assertEqual((seats | usage).mapped("bill_difference"), [0.0, 0.0])
        files = self.env["ir.attachment"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", bill.id)]
        )
        self.assertEqual(sorted(files.mapped("name")), ["january.csv", "usage.csv"])

    def test_a_part_that_comes_later_joins_the_draft(self):
        bill = self._bill(self._row(10))
        more = self._row(2, SubscriptionId="5b5b-2")
        self.assertEqual(self._bill(more, name="usage.csv"), bill)
        self.assertEqual((bill.amount_untaxed, len(bill.msp_import_ids)), (180.0, 2))
        self.assertIn(
            "Made anew of all files", "".join(bill.message_ids.mapped("body"))
        )

    def test_a_draft_that_was_edited_is_not_made_anew(self):
        bill = self._bill(self._row(10))
        bill.invoice_line_ids.price_unit = 14.00
        with self.assertRaisesRegex(UserError, "was changed by hand"):
            self._bill(self._row(2, SubscriptionId="5b5b-2"), name="usage.csv")

    def test_a_part_that_comes_after_posting_is_refused_in_words(self):
        bill = self._bill(self._row(10))
        self._post(bill)
        with self.assertRaisesRegex(UserError, "reset the bill to draft and create it"):
            self._bill(self._row(2, SubscriptionId="5b5b-2"), name="usage.csv")
        bill.button_draft()
        usage = self.env["msp.import"].search([("file_name", "=", "usage.csv")])
        usage.with_user(self.accountant).action_create_bill()
        self.assertEqual(bill.amount_untaxed, 180.0)

    def test_a_corrected_file_before_posting_corrects_the_draft(self):
        bill = self._bill(self._row(10))
        first = bill.msp_import_ids
        self.assertEqual(self._bill(self._row(12), name="again.csv"), bill)
        self.assertEqual(bill.amount_untaxed, 180.0)
        self.assertEqual(
            (first | bill.msp_import_ids).mapped("bill_difference"), [0, 0]
        )
        self.assertEqual((first.bill_state, first.bill_total), ("nothing", 0.0))

    def test_a_corrected_file_after_posting_proposes_an_additional_bill(self):
        first = self._bill(self._row(10))
        self._post(first)
        import_ = self._import(self._row(12), name="again.csv")
        self.assertRegex(import_.bill_proposal, f"{first.name}.*30.00 more.*additional")
        import_.with_user(self.accountant).action_create_bill()
        bill = import_.bill_ids
        self.assertRecordValues(
            bill, [{"move_type": "in_invoice", "amount_untaxed": 30.0, "ref": "G01"}]
        )
        self.assertFalse(import_.bill_proposal)

    def test_a_corrected_file_after_posting_proposes_a_refund(self):
        first = self._bill(self._row(10))
        self._post(first)
        import_ = self._import(self._row(8), name="again.csv")
        self.assertRegex(import_.bill_proposal, "gives back .*30.00.*refund")
        import_.with_user(self.accountant).action_create_bill()
        self.assertRecordValues(
            import_.bill_ids, [{"move_type": "in_refund", "amount_untaxed": 30.0}]
        )
        self._post(import_.bill_ids)

    def test_a_fee_is_booked_once_though_the_file_is_corrected(self):
        self.provider.bill_tolerance = 0.05
        first = self._import(self._row(10)).with_user(self.accountant)
        first.invoice_amount = 150.02
        first.action_create_bill()
        self._post(first.bill_ids)
        second = self._import(self._row(12), name="again.csv")
        second = second.with_user(self.accountant)
        second.invoice_amount = 180.02
        second.action_create_bill()
        self.assertEqual(second.bill_ids.amount_untaxed, 30.0)

    def test_of_two_invoices_in_a_file_only_what_is_booked_is_replaced(self):
        """The bill of G01 stands, that of G01-B was cancelled and counts no more."""
        more = {"SubscriptionId": "5b5b-2", "InvoiceNumber": "G01-B"}
        first = self._import(self._row(10), self._row(3, **more))
        first.with_user(self.accountant).action_create_bill()
        for bill in first.bill_ids:
            self._post(bill)
        cancelled = first.bill_ids.filtered(lambda bill: bill.ref == "G01-B")
        cancelled.button_draft()
        cancelled.button_cancel()
        second = self._import(self._row(10), self._row(5, **more), name="again.csv")
        second.with_user(self.accountant).action_create_bill()
        self.assertEqual(second.bill_ids.ref, "G01-B")
        self.assertEqual(second.bill_ids.amount_untaxed, 75.0)

    def test_a_number_in_another_spelling_is_the_same_number(self):
        by_hand = self.env["account.move"].create(
            {"move_type": "in_invoice", "partner_id": self.vendor.id, "ref": "g 01"}
        )
        import_ = self._import(self._row(10)).with_user(self.accountant)
        with self.assertRaisesRegex(UserError, 'booked as .* "Match Bill"'):
            import_.action_create_bill()
        by_hand.ref = "G-1"
        import_.action_create_bill()
        self.assertEqual(import_.bill_ids.ref, "G01")

    def test_a_vendor_with_the_same_tax_number_is_the_same_vendor(self):
        self.vendor.vat = "IE6388047V"
        twin = self.vendor.copy({"name": "Contoso Ireland Ltd", "vat": "IE6388047V"})
        self.env["account.move"].create(
            {"move_type": "in_invoice", "partner_id": twin.id, "ref": "G01"}
        )
        import_ = self._import(self._row(10)).with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "is booked as"):
            import_.action_create_bill()

    def test_what_a_file_has_booked_is_not_posted_by_hand_as_well(self):
        bill = self._bill(self._row(10))
        again = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.vendor.id,
                "ref": "G 01",
                "invoice_date": date(2026, 2, 8),
                "invoice_line_ids": [(0, 0, {"name": "x", "price_unit": 150.0})],
            }
        )
        with self.assertRaisesRegex(UserError, "G 01 of Contoso Ireland is booked as"):
            again.action_post()
        bill.button_cancel()
        again.action_post()
        self.assertEqual(again.state, "posted")

    def test_a_shared_draft_goes_with_a_withdrawn_file(self):
        seats = self._import(self._row(10))
        usage = self._import(self._row(2, SubscriptionId="5b5b-2"), name="usage.csv")
        seats.with_user(self.accountant).action_create_bill()
        usage._withdraw("wrong file")
        self.assertEqual((seats.bill_state, seats.bill_difference), ("none", 150.0))
        seats.with_user(self.accountant).action_create_bill()
        self.assertEqual(seats.bill_ids.amount_untaxed, 150.0)

    def test_files_without_bill_are_listed(self):
        first = self._import(self._row(10))
        second = self._import(self._row(10, month=2), name="february.csv")
        second.with_user(self.accountant).action_create_bill()
        imports = self.env["msp.import"]
        mine = [("provider_id", "=", self.provider.id)]
        found = imports.search([*mine, ("bill_state", "in", ["none", "part"])])
        self.assertEqual(found, first)
        found = imports.search([*mine, ("bill_state", "=", "draft")])
        self.assertEqual(found, second)
