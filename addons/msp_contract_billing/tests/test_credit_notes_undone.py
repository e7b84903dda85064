from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import day
from .ledger_common import LedgerCommon
from .trace_common import TraceMixin


@tagged("post_install", "-at_install")
class TestCreditNotesUndone(TraceMixin, LedgerCommon):
    """Documents that are set back, turned round or reversed."""

    def _correct(self):
        """Bill January, then two more seats of it; return both invoices."""
        invoice = self._bill()
        self._set(self.position, day(1), quantity=12)
        return invoice, self._bill(kind="differential")

    def _total(self):
        return sum(amount for *_days, amount in self._claims(self.contract))

    def test_credit_note_of_a_correction_can_be_set_back(self):
        _invoice, correction = self._correct()
        refund = self._reverse(correction)
        refund.action_post()
        self.assertEqual(self._total(), 125.00)
        # The first invoice claims the same days, but nothing was billed meanwhile.
        refund.button_draft()
        self.assertEqual(self._total(), 150.00)
        refund.unlink()
        self.assertSettled(self.contract, day(1))

    def test_credit_note_of_a_corrected_invoice_can_be_set_back(self):
        invoice, _correction = self._correct()
        refund = self._reverse(invoice)
        refund.action_post()
        self.assertEqual(self._total(), 25.00)
        refund.button_draft()
        self.assertEqual(self._total(), 150.00)

    def test_neither_can_be_set_back_once_billed_again(self):
        for index in range(2):
            with self.subTest(index), self.env.cr.savepoint() as savepoint:
                refund = self._reverse(self._correct()[index])
                refund.action_post()
                again = self._bill(kind="differential")
                self.assertEqual(self._total(), 150.00)
                with self.assertRaisesRegex(UserError, f"by {again.name} meanwhile"):
                    refund.button_draft()
                savepoint.rollback()

    def test_cancelled_correction_can_return_until_billed_again(self):
        _invoice, correction = self._correct()
        correction.button_draft()
        correction.button_cancel()
        self.assertEqual(self._total(), 125.00)
        correction.button_draft()
        self.assertEqual(self._total(), 150.00)
        correction.button_cancel()
        again = self._bill(kind="differential")
        with self.assertRaisesRegex(UserError, f"by {again.name} meanwhile"):
            correction.button_draft()

    def test_credit_note_turned_into_an_invoice_takes_nothing_back(self):
        invoice = self._bill()
        draft = self._reverse(invoice, mode="again")
        draft.action_switch_move_type()
        self.assertEqual(draft.move_type, "out_invoice")
        draft.invoice_date = day(2)
        draft.action_post()
        self.assertEqual(self._claims(self.contract), [(day(1), day(1, 31), 125.0)])
        self.assertSettled(self.contract, day(1))

    def test_reversed_credit_note_of_a_run(self):
        """What a differential run credited is due again once that is reversed."""
        self._bill()
        self._set(self.position, day(1), quantity=8)
        credit = self._bill(kind="differential")
        self.assertEqual(self._total(), 100.00)
        reversal = credit._reverse_moves([{"date": day(2), "invoice_date": day(2)}])
        reversal.action_post()
        self.assertEqual(self._total(), 125.00)
        self._bill(kind="differential")
        self.assertEqual(self._total(), 100.00)
        self.assertSettled(self.contract, day(1))

    def test_reversed_credit_note_gives_back_what_it_took(self):
        """Otherwise the next run would bill beside the reversing invoice."""
        for mode in ("again", "final"):
            with self.subTest(mode), self.env.cr.savepoint() as savepoint:
                refund = self._reverse(self._bill(), mode=mode)
                refund.action_post()
                claim = self.contract.charge_ids.filtered("move_line_id")[:1]
                self.assertEqual(claim.counts, mode == "final")
                back = refund._reverse_moves([{"date": day(2), "invoice_date": day(2)}])
                self.assertEqual(back.move_type, "out_invoice")
                back.action_post()
                self.assertEqual(self._total(), 125.00)
                self.assertEqual(sum(claim.counter_ids.mapped("amount")), 0.00)
                self.assertSettled(self.contract, day(1))
                back.button_draft()
                self.assertEqual(claim.counts, mode == "final")
                back.action_post()
                self.assertEqual(sum(claim.counter_ids.mapped("amount")), 0.00)
                savepoint.rollback()

    def test_credit_note_is_not_reversed_once_billed_again(self):
        refund = self._reverse(self._bill())
        refund.action_post()
        back = refund._reverse_moves([{"date": day(2), "invoice_date": day(2)}])
        # While it is a draft nothing is billed beside it.
        self.assertFalse(self._bill())
        copy = back.copy()
        back.unlink()
        again = self._bill()
        back = refund._reverse_moves([{"date": day(2), "invoice_date": day(2)}])
        with self.assertRaisesRegex(UserError, f"by {again.name} meanwhile"):
            back.action_post()
        # An invoice by hand, which has nothing to do with the contract, is posted.
        copy.invoice_date = day(2)
        copy.action_post()
        self.assertEqual(self._total(), 125.00)

    def test_trace_leads_from_a_claim_to_the_draft_made_in_its_place(self):
        invoice = self._bill()
        claim = self.contract.charge_ids
        draft = self._reverse(invoice, modify=True)
        moved = draft.invoice_line_ids.msp_charge_ids
        self.assertEqual(self._find(claim, "Billed anew by").record, moved)
        self.assertTrue(self._find(claim, "Taken back by"))
        line = self._find(draft.invoice_line_ids, "Invoice line")
        self.assertIn(f"Made anew from a line of {invoice.name}", line.details)
        # The draft is made in place of another one in turn.
        draft.action_post()
        last = self._reverse(draft, modify=True).invoice_line_ids.msp_charge_ids
        self.assertEqual(self._find(moved, "Billed anew by").record, last)
        self.assertFalse(self._all(last, "Billed anew by"))

    def test_journal_with_another_currency_is_refused(self):
        draft = self._bill(post=False)
        journal = draft.journal_id.copy(
            {"currency_id": self.setup_other_currency("EUR").id, "code": "EURO"}
        )
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            draft.journal_id = journal
            self.env.flush_all()

    def test_credited_document_is_not_cancelled_before_its_credit_note(self):
        """The credit would stand alone and the month be billed once more."""
        invoice = self._bill()
        credit = self._reverse(invoice)
        credit.action_post()
        with self.assertRaisesRegex(UserError, f"credited by {credit.name}"):
            invoice.button_cancel()
        invoice.button_draft()
        with self.assertRaisesRegex(UserError, f"credited by {credit.name}"):
            invoice.button_cancel()
        with self.assertRaisesRegex(UserError, f"credited by {credit.name}"):
            invoice.invoice_line_ids.unlink()
        credit.button_draft()
        credit.button_cancel()
        invoice.button_cancel()
        self.assertEqual(self._bill().amount_untaxed, 125.00)

    def test_second_full_credit_note_is_a_deviation(self):
        invoice = self._bill()
        first, second = self._reverse(invoice), self._reverse(invoice)
        first.action_post()
        self.assertFalse(first.msp_has_deviation)
        self.assertFalse(second.msp_has_deviation)
        second.action_post()
        self.assertTrue(second.msp_has_deviation)
        self.assertEqual(second.invoice_line_ids.msp_deviation, -125.00)

    def test_reversal_of_a_second_credit_note_makes_up_for_it(self):
        invoice = self._bill()
        notes = [self._reverse(invoice), self._reverse(invoice)]
        for note in notes:
            note.action_post()
        notes.append(self._reverse(notes[1]))
        notes[2].action_post()
        deviations = [note.invoice_line_ids.msp_deviation for note in notes]
        self.assertEqual(deviations, [0.00, -125.00, 125.00])

    def test_invoice_made_anew_of_a_credited_one_is_a_deviation(self):
        """The month is open again, so the next run bills it beside that invoice."""
        invoice = self._bill()
        self._reverse(invoice).action_post()
        draft = self._reverse(invoice, modify=True)
        self.assertEqual(draft.move_type, "out_invoice")
        self.assertEqual(draft.invoice_line_ids.msp_deviation, 125.00)
        self.assertTrue(draft.msp_has_deviation)
        draft.action_post()
        self.assertEqual(draft.invoice_line_ids.msp_deviation, 125.00)
