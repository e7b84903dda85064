import psycopg2

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import ContractCommon, day


@tagged("post_install", "-at_install")
class TestLedger(ContractCommon):
    """When a charge counts, and what documents with charges may not become."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.position = cls.contract.position_ids
        cls.first_run = cls._run(day(1), contracts=cls.contract, post=False)
        cls.invoice = cls.first_run.move_ids
        cls.charge = cls.contract.charge_ids

    def _reverse(self, invoice, mode="auto", modify=False):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(
                {
                    "journal_id": invoice.journal_id.id,
                    "reason": "wrong",
                    "date": day(2),
                    "msp_credit_mode": mode,
                }
            )
        )
        if modify:
            wizard.modify_moves()
        else:
            wizard.reverse_moves()
        return wizard.new_move_ids

    def test_pitfall_007_deleting_the_draft_opens_the_period(self):
        self.invoice.unlink()
        self.assertFalse(self.charge.counts)
        self.assertIn("Line deleted", self.charge.release_reason)
        again = self._run(day(1), contracts=self.contract)
        self.assertEqual(again.move_ids.amount_untaxed, 125.00)
        self.assertEqual(self.contract.charge_ids.mapped("settlement"), [1, 2])

    def test_pitfall_013_deleted_a_second_and_third_time(self):
        invoice = self.invoice
        for settlement in (1, 2, 3):
            charge = invoice.invoice_line_ids.msp_charge_ids
            self.assertEqual(charge.settlement, settlement)
            invoice.unlink()
            invoice = self._run(day(1), contracts=self.contract, post=False).move_ids
        self.assertEqual(self._claims(self.contract), [(day(1), day(1, 31), 125.0)])

    def test_deleting_by_sql_fails_instead_of_leaking(self):
        with (
            mute_logger("odoo.sql_db"),
            # Which of the two guards speaks first is up to the database.
            self.assertRaises(psycopg2.IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "DELETE FROM account_move WHERE id = %s", [self.invoice.id]
            )

    def test_cancelled_invoice_does_not_count_until_reopened(self):
        self.invoice.button_cancel()
        self.assertFalse(self.charge.counts)
        self.invoice.button_draft()
        self.assertTrue(self.charge.counts)

    def test_cancelled_invoice_cannot_return_once_billed_again(self):
        self.invoice.button_cancel()
        self._run(day(1), contracts=self.contract)
        with self.assertRaisesRegex(UserError, "was billed for .* meanwhile"):
            self.invoice.button_draft()

    def test_edited_amount_stays_and_is_shown_as_deviation(self):
        line = self.invoice.invoice_line_ids
        line.price_unit = 11.00
        self.assertEqual(line.msp_deviation, -15.00)
        self.assertTrue(self.invoice.msp_has_deviation)
        self.invoice.action_post()
        self.assertSettled(self.contract, day(1))

    def test_deleted_line_releases_its_charge(self):
        self.invoice.invoice_line_ids.unlink()
        self.assertFalse(self.charge.counts)

    def test_document_with_charges_keeps_customer_currency_and_type(self):
        for values in (
            {"partner_id": self.partner_b.id},
            {"currency_id": self.setup_other_currency("EUR").id},
        ):
            with self.assertRaisesRegex(UserError, "cannot be changed"):
                self.invoice.write(values)
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            self.invoice.action_switch_move_type()
        with self.assertRaisesRegex(UserError, "cannot recur"):
            self.invoice.auto_post = "monthly"

    def test_user_without_our_rights_deletes_cancels_and_credits(self):
        accountant = self.env["res.users"].create(
            {
                "name": "Only accounting",
                "login": "only.accounting",
                "company_id": self.company_data["company"].id,
                "company_ids": [Command.set(self.company_data["company"].ids)],
                "group_ids": [
                    Command.set(
                        (
                            self.env.ref("account.group_account_user")
                            | self.env.ref("base.group_user")
                        ).ids
                    )
                ],
            }
        )
        invoice = self.invoice.with_user(accountant)
        self.assertEqual(Form(invoice).partner_id, self.customer)
        invoice.action_post()
        invoice.button_draft()
        invoice.button_cancel()
        self.assertFalse(self.charge.counts)
        invoice.button_draft()
        invoice.action_post()
        self.env = self.env(user=accountant)
        refund = self._reverse(invoice)
        refund.action_post()
        self.assertFalse(self.charge.sudo().counts)

    # Credit notes

    def test_full_credit_note_opens_the_period_when_posted(self):
        self.invoice.action_post()
        refund = self._reverse(self.invoice)
        self.assertTrue(self.charge.counts)
        # While it is a draft its positions wait.
        run = self._run(day(2), contracts=self.contract, post=False)
        self.assertEqual(run.line_ids.state, "held")
        self.assertFalse(run.move_ids)
        refund.action_post()
        self.assertFalse(self.charge.counts)
        self.assertEqual(self.charge.counter_ids.amount, -125.00)
        self.assertFalse(self.charge.counter_ids.counts)
        again = self._run(day(1), contracts=self.contract)
        self.assertEqual(again.move_ids.amount_untaxed, 125.00)
        self.assertEqual(again.move_ids.move_type, "out_invoice")

    def test_credit_note_reset_to_draft_takes_nothing_back(self):
        self.invoice.action_post()
        refund = self._reverse(self.invoice)
        refund.action_post()
        refund.button_draft()
        self.assertTrue(self.charge.counts)
        refund.action_post()
        self.assertFalse(self.charge.counts)
        self.assertEqual(self.charge.counter_ids.mapped("amount"), [-125.00])

    def test_credit_note_cannot_return_once_billed_again(self):
        self.invoice.action_post()
        refund = self._reverse(self.invoice)
        refund.action_post()
        self._run(day(1), contracts=self.contract)
        with self.assertRaisesRegex(UserError, "was billed for .* meanwhile"):
            refund.button_draft()

    def test_line_changed_by_hand_is_goodwill(self):
        self.invoice.action_post()
        refund = self._reverse(self.invoice)
        refund.invoice_line_ids.price_unit = 2.00
        refund.action_post()
        self.assertTrue(self.charge.counts)
        self.assertTrue(self.charge.counter_ids.is_goodwill)
        self.assertEqual(self.charge.counter_ids.amount, -20.00)
        self.assertSettled(self.contract, day(1))

    def test_partial_credit_to_be_billed_again(self):
        self.invoice.action_post()
        refund = self._reverse(self.invoice, mode="again")
        refund.invoice_line_ids.price_unit = 2.00
        refund.action_post()
        run = self._run(day(1), "differential", self.contract)
        self.assertEqual(run.move_ids.amount_untaxed, 20.00)
        self.assertSettled(self.contract, day(1))

    def test_full_credit_as_final_is_not_billed_again(self):
        self.invoice.action_post()
        self._reverse(self.invoice, mode="final").action_post()
        self.assertTrue(self.charge.counts)
        self.assertSettled(self.contract, day(1))

    def test_mode_changed_on_the_draft_of_a_reopened_note(self):
        self.invoice.action_post()
        refund = self._reverse(self.invoice, mode="final")
        refund.action_post()
        refund.button_draft()
        refund.msp_credit_mode = "again"
        refund.action_post()
        self.assertFalse(self.charge.counts)

    def test_second_full_credit_note_carries_no_claim(self):
        self.invoice.action_post()
        self._reverse(self.invoice).action_post()
        self._reverse(self.invoice).action_post()
        self.assertEqual(self.charge.counter_ids.mapped("amount"), [-125.00])
        again = self._run(day(1), contracts=self.contract)
        self.assertEqual(again.move_ids.amount_untaxed, 125.00)

    def test_reverse_and_create_invoice_moves_the_claims(self):
        self.invoice.action_post()
        draft = self._reverse(self.invoice, modify=True)
        self.assertEqual(draft.move_type, "out_invoice")
        self.assertFalse(self.charge.counts)
        self.assertEqual(draft.invoice_line_ids.msp_charge_ids.amount, 125.00)
        self.assertTrue(draft.invoice_line_ids.msp_charge_ids.counts)
        self.assertSettled(self.contract, day(1))

    def test_pitfall_042_credited_correction_is_open_again(self):
        self.invoice.action_post()
        self._set(self.position, day(1), quantity=8)
        credit = self._run(day(1), "differential", self.contract).move_ids
        self.assertEqual(credit.move_type, "out_refund")
        self.assertEqual(credit.amount_untaxed, 25.00)
        self.assertSettled(self.contract, day(1))

    # Copies

    def test_duplicate_carries_neither_charges_nor_periods(self):
        copy = self.invoice.copy()
        self.assertFalse(copy.invoice_line_ids.msp_charge_ids)
        self.assertFalse(copy.invoice_line_ids.msp_period_start)
        self.assertFalse(copy.invoice_line_ids.msp_origin_line_id)
        copy.invoice_date = day(1)
        copy.action_post()
        self.assertTrue(self.charge.counts)

    def test_debit_note_carries_neither_charges_nor_periods(self):
        # What the debit note wizard of account_debit_note calls.
        copied = self.invoice.with_context(include_business_fields=True)
        for origin, expected in ((self.invoice.id, False), (False, True)):
            vals = copied.copy_data({"debit_origin_id": origin})[0]
            names = {name for _command, _id, line in vals["line_ids"] for name in line}
            self.assertNotIn("msp_charge_ids", names)
            self.assertEqual("msp_origin_line_id" in names, expected)
            self.assertEqual("msp_period_start" in names, expected)

    # The guard

    def test_two_settlements_from_the_same_claims_collide(self):
        vals = self.charge.copy_data()[0]
        vals.update(settlement=self.charge.settlement, sequence=1)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.env["msp.charge"]._system_create([vals])

    def test_merging_customers_keeps_contracts_and_charges(self):
        other = self.env["res.partner"].create({"name": "Muster Bau"})
        self.invoice.action_post()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | other).ids, other
        )
        self.env.invalidate_all()
        self.assertEqual(self.contract.partner_id, other)
        self.assertEqual(self.contract.partner_invoice_id, other)
        self.assertEqual(self._claims(self.contract), [(day(1), day(1, 31), 125.0)])
        self.assertSettled(self.contract, day(1))

    def test_credit_mode_is_offered_in_the_wizard(self):
        self.invoice.action_post()
        form = Form(
            self.env["account.move.reversal"].with_context(
                active_model="account.move", active_ids=self.invoice.ids
            )
        )
        self.assertEqual(form.msp_credit_mode, "auto")
        form.msp_credit_mode = "final"

    def test_where_a_document_comes_from_cannot_be_changed(self):
        line = self.invoice.invoice_line_ids
        other = self._contract(day(1), [(self.backup, 1, 30)])
        for values in (
            {"msp_contract_id": other.id},
            {"msp_contract_id": False},
            {"msp_period_start": "2020-01-01"},
            {"msp_period_end": False},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                line.write(values)
        # What is so already may be sent.
        line.write(
            {"msp_contract_id": self.contract.id, "msp_period_start": "2026-01-01"}
        )
        for values in (
            {"msp_run_id": False},
            {"msp_corrected_move_ids": [Command.clear()]},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                self.invoice.write(values)
        self.invoice.action_post()
        credit = self._reverse(self.invoice)
        with self.assertRaises(UserError):
            credit.invoice_line_ids.msp_origin_line_id = False
