from odoo.tests import freeze_time, tagged

from .common import day
from .run_common import RunCommon


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestBillingRunMail(RunCommon):
    """Who gets the invoices of a run, whatever people do beside it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contracts = cls.env["msp.contract"]
        for index in range(3):
            cls.contracts |= cls._contract(day(1), [(cls.seats, index + 1, 10)])
        cls.clerk = cls._role_user("bernd", "group_billing_clerk")

    def _posted(self, contracts, user=None):
        return self._run(day(1), contracts=contracts, user=user)

    def _steps(self, run):
        return run.invoice_ids.sorted("id").mapped("step")

    def test_further_recipients_get_the_mail_too(self):
        bookkeeper = self._customer("Bookkeeper")
        self.contracts[0].invoice_recipient_ids = bookkeeper
        run = self._posted(self.contracts[:2], user=self.clerk)
        run.action_render()
        run.action_send()
        recipients = {
            row.move_id.msp_contract_ids: row.message_id.sudo().notified_partner_ids
            for row in run.invoice_ids
        }
        self.assertEqual(
            recipients,
            {
                self.contracts[0]: self.customer | bookkeeper,
                self.contracts[1]: self.customer,
            },
        )

    def test_invoice_mailed_by_hand_is_not_mailed_again(self):
        run = self._posted(self.contracts)
        by_hand, printed, _third = run.move_ids
        self.env["account.move.send"]._generate_and_send_invoices(by_hand)
        # Whoever only looks at the PDF has sent nothing.
        self.env["account.move.send"]._generate_and_send_invoices(
            printed, sending_methods=["manual"]
        )
        run.action_render()
        run.action_send()
        self.assertEqual(self._steps(run), ["sent"] * 3)
        self.assertTrue(all(run.move_ids.mapped("is_move_sent")))
        mails = self.env["mail.message"].search(
            [
                ("model", "=", "account.move"),
                ("res_id", "in", run.move_ids.ids),
                ("message_type", "=", "comment"),
            ]
        )
        self.assertEqual(sorted(mails.mapped("res_id")), sorted(run.move_ids.ids))
        self.assertEqual(run.invoice_ids.message_id, mails)
        # A new version of the document is mailed again.
        by_hand.button_draft()
        run.action_post()
        run.action_render()
        run.action_send()
        self.assertEqual(self._steps(run), ["sent"] * 3)
        self.assertNotIn(run.invoice_ids.message_id, mails)

    def test_customer_who_wants_paper_after_all_is_printed(self):
        self.customer.email = False
        run = self._posted(self.contracts[0])
        run.action_render()
        run.action_send()
        self.assertIn("choose to print", run.invoice_ids.error)
        self.customer.invoice_sending_method = "manual"
        run.invoice_ids.action_retry()
        self.assertEqual(self._steps(run), ["rendered"])
        self.assertEqual(run.to_print_count, 1)
        run.action_print()
        self.assertEqual(self._steps(run), ["sent"])

    def test_retry_posts_nothing_that_has_not_failed(self):
        run = self._run(day(1), contracts=self.contracts, post=False)
        run.invoice_ids.action_retry()
        self.assertEqual(self._steps(run), ["draft"] * 3)
        self.assertEqual(run.state, "created")
