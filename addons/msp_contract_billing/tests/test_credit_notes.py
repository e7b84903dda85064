from odoo.tests import freeze_time, tagged

from .common import day
from .ledger_common import LedgerCommon


@tagged("post_install", "-at_install")
class TestCreditNotes(LedgerCommon):
    """What credit notes take back, in part, twice, and undone."""

    def test_cancelled_credit_note_takes_nothing_back(self):
        invoice = self._bill()
        refund = self._reverse(invoice)
        refund.action_post()
        self.assertFalse(self._claims(self.contract))
        refund.button_draft()
        refund.button_cancel()
        self.assertEqual(self._claims(self.contract), [(day(1), day(1, 31), 125.0)])
        self.assertSettled(self.contract, day(1))

    def test_two_partial_credit_notes_to_be_billed_again(self):
        invoice = self._bill()
        for price in (2.00, 3.00):
            refund = self._reverse(invoice, mode="again")
            refund.invoice_line_ids.price_unit = price
            refund.action_post()
        self.assertEqual(
            sorted(amount for *_days, amount in self._claims(self.contract)),
            [-30.0, -20.0, 125.0],
        )
        again = self._bill(kind="differential")
        self.assertEqual(again.amount_untaxed, 50.00)
        self.assertSettled(self.contract, day(1))

    def test_credit_notes_take_back_no_more_than_is_still_open(self):
        invoice = self._bill()
        partial = self._reverse(invoice, mode="again")
        partial.invoice_line_ids.price_unit = 10.00
        partial.action_post()
        self._reverse(invoice, mode="again").action_post()
        charge = self.contract.charge_ids.filtered(lambda c: c.kind == "regular")
        self.assertEqual(charge.counter_ids.mapped("amount"), [-100.0, -25.0])
        # Taken back in full, so the period is unclaimed: claim and counters rest.
        self.assertFalse(self._claims(self.contract))
        again = self._bill()
        self.assertEqual(again.amount_untaxed, 125.00)

    def test_line_removed_from_a_credit_note_keeps_its_claim(self):
        self.contract = self._contract(
            day(1), [(self.seats, 10, 12.50), (self.backup, 1, 30.00)]
        )
        invoice = self._bill()
        refund = self._reverse(invoice)
        refund.invoice_line_ids.filtered(
            lambda line: line.product_id == self.backup
        ).unlink()
        refund.action_post()
        self.assertEqual(self._claims(self.contract), [(day(1), day(1, 31), 30.0)])
        self.assertEqual(self._bill().amount_untaxed, 125.00)

    def test_goodwill_is_outside_later_differences(self):
        invoice = self._bill()
        refund = self._reverse(invoice)
        refund.invoice_line_ids.price_unit = 2.00
        refund.action_post()
        self._set(self.position, day(1), quantity=8)
        credit = self._bill(kind="differential")
        # 2 seats, whatever was granted beside.
        self.assertEqual(credit.amount_untaxed, 25.00)
        self.assertEqual(credit.move_type, "out_refund")
        self.assertSettled(self.contract, day(1))

    def _grant(self, invoice, price=2.00):
        """Post a credit note of 10 seats at `price` that is goodwill."""
        refund = self._reverse(invoice)
        refund.invoice_line_ids.price_unit = price
        refund.action_post()

    def _paid(self):
        """Return what the customer's posted documents add up to."""
        moves = self.env["account.move"].search(
            [("partner_id", "=", self.customer.id), ("state", "=", "posted")]
        )
        return sum(moves.mapped("amount_untaxed_signed"))

    def test_goodwill_stands_though_the_rest_is_credited_and_billed_again(self):
        invoice = self._bill()
        self._grant(invoice)
        self._reverse(invoice, mode="again").action_post()
        self.assertFalse(self._claims(self.contract))
        self.assertEqual(self._bill().amount_untaxed, 125.00)
        self.assertEqual(self._paid(), 105.00)
        self.assertSettled(self.contract, day(1))

    def test_goodwill_stands_though_the_invoice_is_made_anew(self):
        invoice = self._bill()
        self._grant(invoice)
        draft = self._reverse(invoice, modify=True)
        self.assertEqual(self._claims(self.contract), [(day(1), day(1, 31), 125.0)])
        draft.action_post()
        self.assertEqual(self._paid(), 105.00)
        self.assertSettled(self.contract, day(1))

    def test_what_is_to_be_billed_again_is_due_though_the_invoice_is_made_anew(self):
        invoice = self._bill()
        refund = self._reverse(invoice, mode="again")
        refund.invoice_line_ids.price_unit = 2.00
        refund.action_post()
        draft = self._reverse(invoice, modify=True)
        draft.action_post()
        # Odoo's wizard credited the whole invoice, though 20.00 were credited.
        self.assertEqual(self._paid(), 105.00)
        self.assertEqual(self._claims(self.contract), [(day(1), day(1, 31), 105.0)])
        self._bill(kind="differential")
        self.assertEqual(self._paid(), 125.00)
        self.assertSettled(self.contract, day(1))

    def test_goodwill_is_no_more_than_is_still_open(self):
        invoice = self._bill()
        self._grant(invoice)
        self._reverse(invoice, mode="final").action_post()
        charge = self.contract.charge_ids.filtered(lambda c: c.kind == "regular")
        self.assertEqual(charge.counter_ids.mapped("amount"), [-20.0, -105.0])
        self.assertTrue(all(charge.counter_ids.mapped("is_goodwill")))
        self.assertSettled(self.contract, day(1))

    def test_invoice_made_anew_at_a_later_day_waits_for_its_credit_note(self):
        invoice = self._bill()
        with freeze_time(day(1, 20)):
            draft = self._reverse(invoice, modify=True)
            credit = invoice.reversal_move_ids
            self.assertEqual(credit.state, "draft")
            # Both count, and the position waits until it is clear which one stays.
            run = self._run(day(1), "differential", self.contract, post=False)
            self.assertFalse(run.move_ids)
        with freeze_time(day(2)):
            credit.action_post()
            draft.action_post()
        self.assertEqual(self._claims(self.contract), [(day(1), day(1, 31), 125.0)])
        self.assertSettled(self.contract, day(1))

    def test_credited_correction_is_due_again(self):
        self._bill()
        self._set(self.position, day(1, 15), quantity=12)
        correction = self._bill(kind="differential")
        self._reverse(correction).action_post()
        again = self._bill(kind="differential")
        self.assertEqual(again.amount_untaxed, correction.amount_untaxed)
        self.assertSettled(self.contract, day(1))

    def test_new_draft_of_reverse_and_create_is_like_any_other(self):
        invoice = self._bill()
        draft = self._reverse(invoice, modify=True)
        self.assertSettled(self.contract, day(1))
        draft.invoice_line_ids.price_unit = 12.00
        draft.action_post()
        self.assertEqual(draft.invoice_line_ids.msp_deviation, -5.00)
        self.assertSettled(self.contract, day(1))
        draft.button_draft()
        draft.unlink()
        self.assertFalse(self._claims(self.contract))
        self.assertEqual(self._bill().amount_untaxed, 125.00)

    def test_new_draft_of_reverse_and_create_can_be_corrected_and_credited(self):
        draft = self._reverse(self._bill(), modify=True)
        draft.action_post()
        self._set(self.position, day(1), quantity=12)
        correction = self._bill(kind="differential")
        self.assertEqual(correction.amount_untaxed, 25.00)
        self.assertEqual(correction.msp_corrected_move_ids, draft)
        self._reverse(draft).action_post()
        # The correction stands alone now, and the difference to it is due.
        self._bill(kind="differential")
        self._bill()
        total = sum(amount for *_days, amount in self._claims(self.contract))
        self.assertEqual(total, 150.00)
        self.assertSettled(self.contract, day(1))

    def test_credit_note_of_an_invoice_billed_elsewhere_takes_nothing(self):
        invoice = self._bill()
        copy = invoice.copy({"invoice_date": day(1)})
        copy.action_post()
        self._reverse(copy).action_post()
        self.assertEqual(self._claims(self.contract), [(day(1), day(1, 31), 125.0)])

    def test_service_day_and_order_number_stay_when_credited_and_made_anew(self):
        self.contract.customer_reference = "PO 7"
        invoice = self._bill()
        self.assertEqual(invoice.delivery_date, day(1, 31))
        credit = self._reverse(invoice)
        self.assertEqual(credit.delivery_date, day(1, 31))
        draft = self._reverse(invoice, modify=True)
        self.assertEqual((draft.delivery_date, draft.ref), (day(1, 31), "PO 7"))
