from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import ReconciliationCommon


@freeze_time("2026-02-10")
@tagged("post_install", "-at_install")
class TestVendorBill(ReconciliationCommon):
    """The bill says what the file says, to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.company_data["default_tax_purchase"]
        cls.premium.supplier_taxes_id = [Command.set(cls.tax.ids)]

    def _bill(self, *rows, **options):
        import_ = self._import(*rows, **options).with_user(self.accountant)
        import_.action_create_bill()
        return import_.bill_ids

    def _post(self, bill):
        bill.invoice_date = date(2026, 2, 8)
        bill.action_post()

    def _taxed(self, quantity, tax, price="15.00", **cells):
        """Return a row with its own tax."""
        net = float(cells.pop("Subtotal", f"{float(price) * quantity:.2f}"))
        row = self._row(quantity, price=price, Subtotal=f"{net:.2f}", **cells)
        return {**row, "TaxTotal": f"{tax:.2f}", "Total": f"{net + tax:.2f}"}

    def test_bill_carries_net_tax_period_number_and_file(self):
        self.provider.bill_tax = "file"
        bill = self._bill(self._taxed(10, 22.50))
        self.assertRecordValues(
            bill,
            [
                {
                    "move_type": "in_invoice",
                    "state": "draft",
                    "partner_id": self.vendor.id,
                    "ref": "G01",
                    "amount_untaxed": 150.00,
                    "amount_tax": 22.50,
                    "amount_total": 172.50,
                    "msp_file_difference": 0.0,
                }
            ],
        )
        self.assertRecordValues(
            bill.invoice_line_ids,
            [
                {
                    "product_id": self.premium.id,
                    "quantity": 10,
                    "price_unit": 15.00,
                    "tax_ids": self.tax.ids,
                    "msp_period_start": date(2026, 1, 1),
                    "msp_period_end": date(2026, 1, 31),
                }
            ],
        )
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", bill.id)]
        )
        self.assertEqual(attachment.name, "january.csv")
        self.assertEqual(attachment.raw, bill.msp_import_ids._original())
        bill.invoice_date = date(2026, 2, 8)
        bill.action_post()
        self.assertEqual(bill.state, "posted")

    def test_the_files_own_tax_is_kept(self):
        """Rounded seat by seat, the tax is some cents off the tax of the sum."""
        self.provider.bill_tax = "file"
        bill = self._bill(self._taxed(10, 22.60), self._taxed(7, 15.80, start=2))
        self.assertEqual(
            (bill.amount_untaxed, bill.amount_tax, bill.amount_total),
            (255.00, 38.40, 293.40),
        )

    def test_pitfall_073_three_rounded_parts_add_up(self):
        rows = [
            self._row(3, price="3.333", Subtotal=amount, SkuId=sku, SkuName=sku)
            for amount, sku in (("9.99", "0011"), ("10.00", "0012"), ("0.01", "0013"))
        ]
        bill = self._bill(*rows)
        self.assertEqual(bill.amount_untaxed, 20.00)
        self.assertEqual(len(bill.invoice_line_ids), 3)

    def test_another_tax_than_the_lines_have_is_refused(self):
        self.provider.bill_tax = "file"
        import_ = self._import(self._taxed(10, 40.00)).with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "states .*40.* of tax"):
            import_.action_create_bill()

    def test_tax_of_zero_that_the_file_states_needs_lines_without_tax(self):
        self.provider.bill_tax = "file"
        with self.assertRaisesRegex(UserError, "states .*0.00 of tax"):
            self._bill(self._row(10))
        none = self.env["account.tax"].create(
            {"name": "None", "amount": 0, "type_tax_use": "purchase"}
        )
        self.premium.supplier_taxes_id = [Command.set(none.ids)]
        bill = self._bill(self._row(10, InvoiceNumber="G01-N"), name="other.csv")
        self.assertEqual(bill.amount_total, 150.00)

    def test_tax_by_our_own_purchase_taxes(self):
        bill = self._bill(self._row(10))
        self.assertEqual((bill.amount_untaxed, bill.amount_tax), (150.00, 22.50))
        self.assertEqual(bill.msp_file_difference, 0.0)

    def test_credits_keep_the_days_they_are_about(self):
        credit = self._row(
            10,
            price="-1.15",
            ChargeType="customerCredit",
            OrderDate=date(2026, 2, 19),
        )
        bill = self._bill(self._row(10, month=2), {**credit, "InvoiceNumber": "G02"})
        lines = bill.invoice_line_ids.sorted("price_subtotal")
        self.assertEqual(lines.mapped("price_subtotal"), [-11.50, 150.00])
        self.assertEqual(
            lines.mapped("msp_period_start"), [date(2026, 1, 1), date(2026, 2, 1)]
        )

    def test_a_file_of_credits_is_a_refund(self):
        bill = self._bill(self._row(10, price="-1.15", ChargeType="customerCredit"))
        self.assertRecordValues(
            bill, [{"move_type": "in_refund", "amount_untaxed": 11.50}]
        )
        self.assertEqual(bill.msp_import_ids.bill_total, -11.50)
        self.assertEqual(bill.msp_import_ids.bill_difference, 0.0)

    def test_one_bill_per_invoice_number(self):
        import_ = self._import(
            self._row(10),
            self._row(3, InvoiceNumber="G01-B", SubscriptionId="5b5b-2"),
        ).with_user(self.accountant)
        import_.action_create_bill()
        self.assertEqual(sorted(import_.bill_ids.mapped("ref")), ["G01", "G01-B"])
        self.assertEqual(import_.bill_total, 195.0)

    def test_rows_that_nobody_assigned_or_could_read_are_owed_as_well(self):
        stranger = {
            "CustomerId": "99999999-0000-4000-8000-000000000009",
            "SubscriptionId": "5b5b-9",
        }
        broken = self._row(4, SubscriptionId="5b5b-8", ChargeStartDate="yesterday")
        bill = self._bill(self._row(10), self._row(2, **stranger), broken)
        self.assertEqual(bill.amount_untaxed, 240.0)
        self.assertIn("could not be read", "".join(bill.line_ids.mapped("name")))

    def test_pitfall_076_an_invoice_total_that_differs_stops_the_bill(self):
        import_ = self._import(self._row(10)).with_user(self.accountant)
        import_.invoice_amount = 155.00
        with self.assertRaisesRegex(UserError, "155.*150"):
            import_.action_create_bill()
        import_.invoice_amount = 150.00
        import_.action_create_bill()
        self.assertEqual(import_.bill_ids.amount_untaxed, 150.00)

    def test_one_file_that_cannot_be_booked_stops_no_other(self):
        bad = self._import(self._row(10))
        bad.invoice_amount = 155.00
        good = self._import(self._row(10, month=2), name="february.csv")
        action = (bad | good).with_user(self.accountant).action_create_bill()
        self.assertEqual((bad.bill_count, good.bill_count), (0, 1))
        self.assertIn(bad.name, action["params"]["message"])
        self.assertEqual(action["params"]["next"]["res_model"], "account.move")

    def test_a_bill_is_made_once(self):
        bill = self._bill(self._row(10))
        with self.assertRaisesRegex(UserError, "already"):
            bill.msp_import_ids.action_create_bill()
        import_ = bill.msp_import_ids
        bill.unlink()
        import_.action_create_bill()
        self.assertEqual(len(import_.bill_ids), 1)

    def test_one_of_several_bills_can_be_made_anew(self):
        import_ = self._import(
            self._row(10),
            self._row(3, InvoiceNumber="G01-B", SubscriptionId="5b5b-2"),
        ).with_user(self.accountant)
        import_.action_create_bill()
        posted, draft = import_.bill_ids.sorted("ref")
        posted.invoice_date = date(2026, 2, 8)
        posted.action_post()
        draft.unlink()
        self.assertEqual(import_.bill_difference, 45.0)
        import_.action_create_bill()
        self.assertEqual(sorted(import_.bill_ids.mapped("ref")), ["G01", "G01-B"])
        self.assertEqual(import_.bill_difference, 0.0)

    def test_an_invoice_in_two_currencies_is_two_bills(self):
        self.env.ref("base.EUR").active = True
        foreign = {"Currency": "EUR", "PricingCurrency": "EUR"}
        rows = [self._row(10), self._row(3, SubscriptionId="5b5b-2", **foreign)]
        bills = self._bill(*rows)
        self.assertEqual(bills.mapped("ref"), ["G01", "G01"])
        self.assertEqual(sorted(bills.mapped("amount_untaxed")), [45.0, 150.0])
        with self.assertRaisesRegex(UserError, "already"):
            bills.msp_import_ids.action_create_bill()

    def test_rows_without_an_article_get_the_companys_tax(self):
        """Credits and unknown articles are taxed by the file, so by the bill too."""
        self.provider.bill_tax = "file"
        credit = self._taxed(10, -1.73, price="-1.15", ChargeType="customerCredit")
        bill = self._bill(self._taxed(10, 22.50), credit)
        self.assertEqual((bill.amount_untaxed, bill.amount_tax), (138.50, 20.77))
        self.assertEqual(bill.invoice_line_ids.tax_ids, self.tax)
        untaxed = self._row(
            2, SubscriptionId="5b5b-7", ProductId="X", InvoiceNumber="G2"
        )
        self.assertEqual(self._bill(untaxed, name="untaxed.csv").amount_tax, 0.0)

    def test_a_row_without_last_day_is_read_and_booked(self):
        self.assertEqual(
            self._bill(self._row(10, ChargeEndDate="")).amount_untaxed, 150
        )

    def test_an_import_is_deleted_with_its_draft_bill(self):
        import_ = self._import(self._row(10), apply=False).with_user(self.accountant)
        import_.action_create_bill()
        bill = import_.bill_ids
        import_ = import_.with_user(self.env.user)
        import_.unlink()
        self.assertFalse(bill.exists())

    def test_a_cancelled_bill_stays_without_its_import(self):
        import_ = self._import(self._row(10), apply=False).with_user(self.accountant)
        import_.action_create_bill()
        bill = import_.bill_ids
        bill.button_cancel()
        import_.with_user(self.env.user).unlink()
        self.assertFalse(bill.msp_import_ids)

    def test_where_nothing_may_be_deleted_withdrawing_cancels_the_bill(self):
        self.company.restrictive_audit_trail = True
        bill = self._bill(self._row(10))
        bill.invoice_date = date(2026, 2, 8)
        bill.action_post()
        bill.button_draft()
        bill.msp_import_ids._withdraw("wrong file")
        self.assertEqual(bill.state, "cancel")

    def test_a_number_that_was_entered_by_hand_is_refused(self):
        self.env["account.move"].create(
            {"move_type": "in_invoice", "partner_id": self.vendor.id, "ref": "G01"}
        )
        import_ = self._import(self._row(10)).with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "Invoice G01 of Contoso Ireland"):
            import_.action_create_bill()

    def test_a_provider_without_vendor_is_refused_in_words(self):
        self.provider.partner_id = False
        import_ = self._import(self._row(10)).with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "has no vendor"):
            import_.action_create_bill()

    def test_only_accountants_make_bills(self):
        import_ = self._import(self._row(10))
        for user in (self.clerk, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                import_.with_user(user).action_create_bill()

    def test_withdrawing_needs_the_bill_out_of_the_books(self):
        bill = self._bill(self._row(10))
        import_ = bill.msp_import_ids
        bill.invoice_date = date(2026, 2, 8)
        bill.action_post()
        with self.assertRaisesRegex(UserError, "was posted from import"):
            import_._withdraw("wrong file")
        bill.button_draft()
        import_._withdraw("wrong file")
        self.assertFalse(bill.exists())
        self.assertEqual(import_.state, "withdrawn")

    def test_the_files_tax_survives_a_reset_to_draft(self):
        self.provider.bill_tax = "file"
        bill = self._bill(self._taxed(10, 22.60))
        bill.invoice_date = date(2026, 2, 8)
        bill.action_post()
        self.assertEqual(bill.amount_tax, 22.60)
        bill.button_draft()
        self.assertEqual((bill.amount_tax, bill.msp_file_difference), (22.60, 0.0))
        bill.action_post()
        self.assertEqual((bill.amount_tax, bill.amount_total), (22.60, 172.60))

    def test_a_reversed_bill_can_be_made_anew(self):
        bill = self._bill(self._row(10))
        bill.invoice_date = date(2026, 2, 8)
        bill.action_post()
        wizard = self.env["account.move.reversal"].create(
            {
                "move_ids": [Command.set(bill.ids)],
                "date": date(2026, 2, 9),
                "journal_id": bill.journal_id.id,
            }
        )
        wizard.modify_moves()
        self.assertEqual(bill.payment_state, "reversed")
        import_ = bill.msp_import_ids
        self.assertEqual(import_.bill_difference, 150.0)
        # The copy that Odoo offers has the number; it is not needed.
        wizard.new_move_ids.filtered(lambda move: move.state == "draft").unlink()
        import_.action_create_bill()
        self.assertEqual((import_.bill_total, import_.bill_difference), (150.0, 0.0))

    def test_a_bill_that_was_edited_says_so(self):
        bill = self._bill(self._row(10))
        bill.invoice_line_ids.price_unit = 14.00
        self.assertEqual(bill.msp_file_difference, -10.0)

    def test_rows_another_import_has_read_are_on_its_bill(self):
        first = self._bill(self._row(10))
        more = {"InvoiceNumber": "G01-C", "SubscriptionId": "5b5b-3"}
        second = self._bill(self._row(10), self._row(1, **more), name="again.csv")
        self.assertEqual(first.amount_untaxed, 150.0)
        self.assertEqual((second.ref, second.amount_untaxed), ("G01-C", 15.0))
        self.assertEqual(second.msp_import_ids.bill_difference, 0.0)

    def test_corrected_file_books_the_difference(self):
        other = {"SubscriptionId": "5b5b-3"}
        first = self._bill(self._row(10), self._row(2, **other))
        self._post(first)
        second = self._bill(self._row(12), self._row(2, **other), name="again.csv")
        self.assertEqual((first.ref, first.amount_untaxed), ("G01", 180.0))
        self.assertEqual((second.ref, second.amount_untaxed), ("G01", 30.0))
        imports = first.msp_import_ids + second.msp_import_ids
        self.assertEqual(imports.mapped("bill_difference"), [0.0, 0.0])

    def test_rows_replaced_before_a_bill_are_on_the_later_one(self):
        first = self._import(self._row(10)).with_user(self.accountant)
        second = self._bill(self._row(12), name="again.csv")
        self.assertEqual(second.amount_untaxed, 180.0)
        self.assertEqual(first.bill_difference, 0.0)
        self.assertEqual(second.msp_import_ids.bill_difference, 0.0)

    def test_reconciliation_counts_the_corrected_row_only(self):
        self._seats_contract(10)
        self._import(self._row(10))
        self._import(self._row(12), name="again.csv")
        one = self._compare()
        self.assertEqual((one.bill_total, one.bill_difference), (0.0, 180.0))

    def test_copies_do_not_belong_to_the_file(self):
        bill = self._bill(self._row(10))
        self.assertFalse(bill.copy().msp_import_ids)

    def test_reconciliation_shows_what_is_not_on_bills(self):
        import_ = self._import(self._row(10))
        one = self._compare()
        self.assertEqual((one.bill_total, one.bill_difference), (0.0, 150.0))
        one.action_create_bill()
        one.invalidate_recordset()
        self.assertEqual((one.bill_total, one.bill_difference), (150.0, 0.0))
        self.assertEqual(import_.bill_count, 1)

    def test_the_due_date_follows_the_bills_date(self):
        bill = self._bill(self._row(10))
        self.vendor.property_supplier_payment_term_id = False
        bill.invoice_payment_term_id = False
        bill.invoice_date = date(2026, 2, 3)
        self.assertEqual(bill.invoice_date_due, date(2026, 2, 3))
