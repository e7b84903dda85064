from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MockEmail

from .common import day
from .run_common import RunCommon


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestBillingRunDeliver(RunCommon, MockEmail):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contracts = cls.env["msp.contract"]
        for index in range(3):
            cls.contracts |= cls._contract(day(1), [(cls.seats, index + 1, 10)])
        cls.clerk = cls._role_user("bernd", "group_billing_clerk")

    def _created(self, contracts=None, user=None):
        run = self._preview(day(1), contracts or self.contracts, user=user)
        run.action_create_invoices()
        return run

    def _steps(self, run):
        return run.invoice_ids.sorted("id").mapped("step")

    def _mails(self, run):
        """Return the messages that went to the customer, with PDF."""
        return run.invoice_ids.message_id

    def test_pitfall_063_order_is_post_render_send(self):
        run = self._created(user=self.clerk)
        for action in (run.action_render, run.action_send):
            with self.assertRaisesRegex(UserError, "is at step Drafts"):
                action()
        run.action_post()
        self.assertEqual(self._steps(run), ["posted"] * 3)
        with self.assertRaisesRegex(UserError, "is at step Posted"):
            run.action_send()
        run.action_render()
        self.assertEqual(run.state, "rendered")
        self.assertEqual(self._steps(run), ["rendered"] * 3)
        self.assertTrue(all(run.move_ids.mapped("invoice_pdf_report_id")))
        self.assertFalse(any(run.move_ids.mapped("is_move_sent")))
        self.assertFalse(self._mails(run))
        run.action_send()
        self.assertEqual(run.state, "sent")
        self.assertEqual(self._steps(run), ["sent"] * 3)
        self.assertTrue(all(run.move_ids.mapped("is_move_sent")))
        mails = self._mails(run)
        self.assertEqual(len(mails), 3)
        self.assertEqual(mails.notified_partner_ids, self.customer)
        for row in run.invoice_ids:
            attachments = row.message_id.sudo().attachment_ids
            self.assertEqual(len(attachments), 1)
            # The number is the final one, as only posted invoices get this far.
            self.assertIn(row.move_id.name.replace("/", "_"), attachments.name)

    def test_mails_are_left_to_the_outgoing_queue(self):
        run = self._created(user=self.clerk)
        run.action_post()
        run.action_render()
        with patch.object(type(self.env["mail.mail"]), "send_after_commit") as at_once:
            run.action_send()
        at_once.assert_not_called()
        mails = run.invoice_ids.message_id.sudo().mail_ids
        self.assertEqual(mails.mapped("state"), ["outgoing"] * 3)

    def test_steps_done_twice_do_nothing(self):
        run = self._created()
        run.action_post()
        run.action_render()
        run.action_send()
        mails = self._mails(run)
        run.action_send()
        run.action_render()
        run.action_post()
        self.assertEqual(self._mails(run), mails)
        count = self.env["mail.message"].search_count(
            [
                ("model", "=", "account.move"),
                ("res_id", "in", run.move_ids.ids),
                ("message_type", "=", "comment"),
            ]
        )
        self.assertEqual(count, 3)

    def test_pitfall_062_each_contract_says_how_far_its_invoices_go(self):
        draft, post, send = self.contracts
        draft.invoice_goal = "draft"
        post.invoice_goal = "post"
        run = self._created()
        run.action_post()
        run.action_render()
        run.action_send()
        self.assertEqual(self._steps(run), ["draft", "posted", "sent"])
        self.assertEqual(run.state, "sent")
        self.company.msp_invoice_goal = "draft"
        run = self._preview(day(2), self.contracts)
        run.action_create_invoices()
        run.action_post()
        self.assertEqual(
            dict(zip(run.move_ids.msp_contract_ids, run.move_ids, strict=True)).keys(),
            {draft, post, send},
        )
        states = {move.msp_contract_ids: move.state for move in run.move_ids}
        self.assertEqual(states, {draft: "draft", post: "posted", send: "draft"})

    def test_shared_invoice_goes_as_far_as_the_weakest_contract(self):
        self.customer.msp_invoice_grouping = "customer"
        self.contracts[1].invoice_goal = "post"
        run = self._created()
        self.assertEqual(run.invoice_ids.goal, "post")
        self.contracts[2].invoice_goal = "draft"
        run = self._preview(day(2), self.contracts)
        run.action_create_invoices()
        self.assertEqual(run.invoice_ids.goal, "draft")

    def test_one_invoice_that_cannot_be_posted_does_not_stop_the_others(self):
        run = self._created()
        bad = run.invoice_ids[1]
        bad.move_id.invoice_date = False
        bad.move_id.partner_bank_id = False
        model = type(bad.move_id)
        post = model._post

        def refuse(moves, soft=True):
            if bad.move_id in moves:
                raise UserError(bad.move_id.partner_id.name)
            return post(moves, soft)

        with patch.object(model, "_post", refuse):
            run.action_post()
        self.assertEqual(run.state, "created")
        self.assertEqual(self._steps(run), ["posted", "draft", "posted"])
        self.assertIn(bad.move_id.partner_id.name, bad.error)
        self.assertEqual(run.invoice_problem_count, 1)
        bad.action_retry()
        self.assertEqual(run.state, "posted")
        self.assertFalse(bad.error)

    def test_pitfall_058_mails_keep_to_what_an_hour_allows(self):
        self.company.msp_mails_per_hour = 2
        run = self._created()
        run.action_post()
        run.action_render()
        run.action_send()
        self.assertEqual(run.state, "running")
        self.assertEqual(self._steps(run), ["sent", "sent", "rendered"])
        now = fields.Datetime.now()
        self.assertEqual(run.next_at, now + timedelta(hours=1, seconds=1))
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        self.assertIn(run.next_at, triggers.mapped("call_at"))
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.assertEqual(len(self._mails(run)), 2)
        # Another run of the company has to wait as well.
        with freeze_time("2026-03-10 11:00:02"), self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        run.invalidate_recordset()
        self.assertEqual(self._steps(run), ["sent"] * 3)
        self.assertEqual(run.state, "sent")

    def test_customer_without_an_address_is_listed_and_retried(self):
        self.customer.email = False
        other = self._contract(day(1), [(self.seats, 1, 7)], self._customer("Other"))
        run = self._created(self.contracts[0] | other)
        run.action_post()
        run.action_render()
        run.action_send()
        self.assertEqual(run.state, "rendered")
        failed = run.invoice_ids.filtered("error")
        self.assertIn("has no e-mail address", failed.error)
        self.assertEqual(failed.step, "rendered")
        self.customer.email = "neu@muster.example"
        failed.action_retry()
        self.assertEqual(self._steps(run), ["sent", "sent"])
        self.assertEqual(run.state, "sent")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_pitfall_064_mail_that_was_not_delivered_is_sent_again(self):
        run = self._created()
        run.action_post()
        run.action_render()
        run.action_send()
        rows = run.invoice_ids
        mails = rows.message_id.sudo().mail_ids
        self.assertEqual(set(mails.mapped("state")), {"outgoing"})
        with self.mock_mail_gateway():
            mails[1:].send()
            self.send_email_mocked.side_effect = OSError("no route")
            mails[0].send()
        self.env.invalidate_all()
        self.assertEqual(run.mail_problem_count, 1)
        failed = rows.filtered("mail_problem")
        self.assertEqual(failed.message_id, mails[0].mail_message_id)
        found = rows.search([("mail_problem", "!=", False), ("run_id", "=", run.id)])
        self.assertEqual(found, failed)
        failed.with_user(self.clerk).action_retry()
        self.assertEqual(mails[0].state, "outgoing")
        self.assertFalse(failed.mail_problem)
        with self.mock_mail_gateway():
            mails[0].send()
        self.env.invalidate_all()
        self.assertEqual(run.mail_problem_count, 0)
        self.assertEqual(
            failed.message_id.sudo().notification_ids.notification_status, "sent"
        )

    def test_lost_mail_is_made_again(self):
        run = self._created(self.contracts[0])
        run.action_post()
        run.action_render()
        run.action_send()
        row = run.invoice_ids
        first = row.message_id
        first.sudo().notification_ids.notification_status = "bounce"
        first.sudo().mail_ids.unlink()
        row.action_retry()
        self.assertTrue(row.message_id)
        self.assertNotEqual(row.message_id, first)
        self.assertEqual(row.step, "sent")

    def test_invoices_on_paper_are_printed(self):
        self.customer.invoice_sending_method = "manual"
        run = self._created()
        run.action_post()
        run.action_render()
        run.action_send()
        self.assertEqual(run.to_print_count, 3)
        self.assertFalse(self._mails(run))
        action = run.action_print()
        self.assertEqual(action["type"], "ir.actions.report")
        self.assertEqual(set(action["context"]["active_ids"]), set(run.move_ids.ids))
        self.assertEqual(self._steps(run), ["sent"] * 3)
        self.assertEqual(run.to_print_count, 0)

    def test_invoice_that_is_reset_and_posted_takes_its_steps_again(self):
        run = self._created(self.contracts[0])
        run.action_post()
        run.action_render()
        run.move_ids.button_draft()
        self.assertEqual(self._steps(run), ["draft"])
        run.action_post()
        self.assertEqual(self._steps(run), ["posted"])
        run.action_render()
        self.assertEqual(self._steps(run), ["rendered"])
        self.assertTrue(run.move_ids.invoice_pdf_report_id)

    def test_progress_of_invoices_is_written_by_nobody(self):
        row = self._created(self.contracts[0]).invoice_ids
        for call in (
            lambda: row.with_user(self.clerk).write({"goal": "send"}),
            lambda: row.unlink(),
            lambda: row.create({"run_id": row.run_id.id}),
        ):
            with self.assertRaises(UserError):
                call()
