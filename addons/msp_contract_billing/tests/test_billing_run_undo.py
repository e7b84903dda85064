from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ..models import msp_billing_run_create, msp_billing_run_steps
from .common import day
from .run_common import RunCommon


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestBillingRunUndo(RunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contracts = cls.env["msp.contract"]
        for index in range(3):
            cls.contracts |= cls._contract(day(1), [(cls.seats, index + 1, 10)])

    def _credit(self, action, **values):
        """Go through Odoo's wizard that `action` opens; return the credit notes."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(**action["context"])
            .create(
                {
                    "reason": "wrong price list",
                    "date": day(2),
                    "journal_id": self.company_data["default_journal_sale"].id,
                    **values,
                }
            )
        )
        wizard.reverse_moves()
        wizard.new_move_ids.action_post()
        return wizard.new_move_ids

    def test_undone_run_can_be_made_again(self):
        run = self._run(day(1), contracts=self.contracts, post=False)
        run.action_delete_drafts()
        self.assertEqual(run.state, "preview")
        self.assertFalse(self.contracts.charge_ids.filtered("counts"))
        self.assertEqual(
            self._parts(run), {"due": (3, 60.0), "total": (3, 60.0), "rest": (0, 0.0)}
        )
        run.action_create_invoices()
        self.assertEqual(
            self._parts(run),
            {"billed": (3, 60.0), "total": (3, 60.0), "rest": (0, 0.0)},
        )

    def test_posted_invoices_stay_when_drafts_are_deleted(self):
        run = self._run(day(1), contracts=self.contracts, post=False)
        posted = run.move_ids.sorted("id")[0]
        posted.action_post()
        run.action_delete_drafts()
        self.assertEqual(run.state, "posted")
        self.assertEqual(run.move_ids, posted)
        self.assertEqual(sorted(run.line_ids.mapped("state")), ["done", "due", "due"])
        self.assertEqual(run.equation_rest, 0)
        with self.assertRaisesRegex(UserError, "never deleted but credited"):
            run.action_delete_drafts()

    def test_draft_that_was_posted_once_is_cancelled(self):
        run = self._run(day(1), contracts=self.contracts[0], post=False)
        run.move_ids.action_post()
        run.move_ids.button_draft()
        run.action_delete_drafts()
        self.assertEqual(run.move_ids.state, "cancel")
        self.assertEqual(run.invoice_ids.step, "cancelled")
        self.assertEqual(run.line_ids.state, "due")
        run.action_create_invoices()
        self.assertEqual(
            sorted(run.move_ids.mapped("state")),
            ["cancel", "draft"],
        )
        self.assertEqual(run.equation_rest, 0)

    def test_pitfall_054_posted_invoices_are_credited_in_bulk(self):
        run = self._run(day(1), contracts=self.contracts)
        credits_ = self._credit(run.action_credit(), msp_credit_mode="again")
        self.assertEqual(len(credits_), 3)
        self.assertEqual(
            self._parts(run),
            {"taken_back": (3, 60.0), "total": (3, 60.0), "rest": (0, 0.0)},
        )
        again = self._run(day(1), contracts=self.contracts)
        self.assertEqual(again.amount_billed, 60.0)

    def test_selected_invoices_are_credited_for_good(self):
        run = self._run(day(1), contracts=self.contracts)
        chosen = run.invoice_ids.filtered(lambda row: row.amount_total != 23.0)
        credits_ = self._credit(chosen.action_credit(), msp_credit_mode="final")
        self.assertEqual(len(credits_), len(chosen))
        self.assertFalse(self._run(day(1), contracts=self.contracts).line_ids)

    def test_nothing_to_credit_is_said(self):
        run = self._run(day(1), contracts=self.contracts, post=False)
        with self.assertRaisesRegex(UserError, "no posted invoice"):
            run.invoice_ids.action_credit()

    def test_run_with_invoices_stays(self):
        run = self._run(day(1), contracts=self.contracts, post=False)
        with self.assertRaisesRegex(UserError, "has made 3 invoices"):
            run.unlink()
        run.action_delete_drafts()
        run.unlink()

    def test_run_that_was_stopped_is_undone(self):
        with patch.object(msp_billing_run_steps, "REQUEST_SIZE", -1):
            run = self._preview(day(1), self.contracts)
            run.action_create_invoices()
        with patch.object(msp_billing_run_create, "BATCH_SIZE", 1):
            run._take_next()
        run.action_stop()
        self.assertEqual((len(run.move_ids), run.draft_count), (1, 1))
        run.action_delete_drafts()
        self.assertEqual((run.state, run.draft_count), ("preview", 0))
        self.assertFalse(run.move_ids)
        self.assertEqual(set(run.line_ids.mapped("state")), {"due"})
        run.action_create_invoices()
        self.assertEqual(len(run.move_ids), 3)

    def test_drafts_beside_sent_invoices_are_deleted(self):
        self.contracts[0].invoice_goal = "draft"
        run = self._run(day(1), contracts=self.contracts)
        run.action_render()
        self.assertEqual((run.state, run.draft_count), ("rendered", 1))
        run.action_delete_drafts()
        self.assertEqual((run.state, len(run.move_ids)), ("rendered", 2))
        self.assertEqual(sorted(run.line_ids.mapped("state")), ["done", "done", "due"])
        run.action_send()
        self.assertEqual(run.state, "sent")

    def test_draft_that_cannot_be_deleted_does_not_keep_the_others(self):
        run = self._run(day(1), contracts=self.contracts, post=False)
        bad = run.move_ids[1]
        model = type(bad)
        unlink, reason = model.unlink, "It is part of a chain."

        def refuse(moves):
            if bad in moves:
                raise UserError(reason)
            return unlink(moves)

        with patch.object(model, "unlink", refuse):
            run.action_delete_drafts()
        self.assertEqual((run.state, run.move_ids), ("created", bad))
        self.assertIn(reason, run.invoice_ids.error)
        self.assertEqual(sorted(run.line_ids.mapped("state")), ["done", "due", "due"])
        self.assertEqual(run.equation_rest, 0)
        run.action_delete_drafts()
        self.assertEqual((run.state, len(run.move_ids)), ("preview", 0))

    def test_clerk_undoes_a_run_without_being_an_accountant(self):
        clerk = self._role_user("bernd", "group_billing_clerk")
        run = self._run(day(1), contracts=self.contracts, post=False, user=clerk)
        run.move_ids[1].action_post()
        run.action_delete_drafts()
        self.assertEqual((run.state, len(run.move_ids)), ("posted", 1))

    def test_corrections_put_off_come_again_after_an_undo(self):
        contract = self.contracts[0]
        self._run(day(1), contracts=contract)
        self._set(contract.position_ids, day(1), quantity=3)
        self._preview(day(1), contract, "differential").line_ids.action_with_regular()
        run = self._run(day(2), contracts=contract, post=False)
        self.assertEqual(run.amount_billed, 50.0)
        self.assertFalse(contract.corrections_once)
        run.action_delete_drafts()
        self.assertTrue(contract.corrections_once)
        run.action_create_invoices()
        self.assertEqual(run.amount_billed, 50.0)
        self.assertSettled(contract, day(2))

    def test_cancelled_invoice_is_not_billed(self):
        run = self._run(day(1), contracts=self.contracts[0], post=False)
        self.assertEqual(run.amount_billed, 10.0)
        run.move_ids.button_cancel()
        self.assertEqual((run.amount_billed, run.move_count), (0.0, 1))


@tagged("post_install_l10n", "post_install", "-at_install")
class TestGermanUndo(RunCommon):
    @classmethod
    @AccountTestInvoicingCommon.setup_chart_template("de_skr03")
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])

    def test_german_company_keeps_what_was_posted_once(self):
        run = self._run(day(1), contracts=self.contract)
        with self.assertRaisesRegex(UserError, "never deleted but credited"):
            run.action_delete_drafts()
        number = run.move_ids.name
        run.move_ids.button_draft()
        run._system_write({"state": "created"})
        run.action_delete_drafts()
        self.assertEqual((run.move_ids.name, run.move_ids.state), (number, "cancel"))
