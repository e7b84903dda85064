from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import day
from .run_common import RunCommon


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestBillingRunApproval(RunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.bernd = cls._role_user("bernd", "group_billing_clerk")
        cls.carla = cls._role_user("carla", "group_billing_clerk")
        cls.company.msp_four_eyes = True

    def test_somebody_else_approves(self):
        run = self._preview(day(1), self.contract, user=self.bernd)
        self.assertTrue(run.needs_approval)
        with self.assertRaisesRegex(UserError, "needs the approval"):
            run.action_create_invoices()
        with self.assertRaisesRegex(UserError, "somebody else"):
            run.action_approve()
        run.with_user(self.carla).action_approve()
        self.assertEqual(run.approved_by_id, self.carla)
        self.assertFalse(run.needs_approval)
        run.action_create_invoices()
        self.assertEqual(run.move_ids.amount_untaxed, 125.0)

    def test_manager_cannot_approve(self):
        run = self._preview(day(1), self.contract, user=self.bernd)
        manager = self._role_user("anna", "group_account_manager")
        with self.assertRaises(UserError):
            run.with_user(manager).action_approve()

    def test_small_runs_need_no_approval(self):
        self.company.msp_four_eyes_amount = 126
        self.assertFalse(self._preview(day(1), self.contract).needs_approval)
        self.company.msp_four_eyes_amount = 125
        self.assertTrue(self._preview(day(1), self.contract).needs_approval)

    def test_credits_count_like_invoices_for_the_limit(self):
        self.company.msp_four_eyes = False
        other = self._contract(day(1), [(self.seats, 10, 12.50)])
        both = self.contract | other
        self._run(day(1), contracts=both)
        self._set(self.contract.position_ids, day(1), quantity=20)
        self._set(other.position_ids, day(1), quantity=0)
        self.company.write({"msp_four_eyes": True, "msp_four_eyes_amount": 200})
        run = self._preview(day(1), both, "differential")
        self.assertEqual(run.amount_due, 0.0)
        self.assertTrue(run.needs_approval)

    def test_contracts_left_out_and_taken_in_later_need_approval_too(self):
        self.company.msp_four_eyes_amount = 100
        small = self._contract(day(1), [(self.seats, 1, 10)])
        run = self._preview(day(1), self.contract | small, user=self.bernd)
        large_line = run.line_ids.filtered(lambda x: x.contract_id == self.contract)
        large_line.action_exclude()
        self.assertFalse(run.needs_approval)
        run.action_create_invoices()
        with self.assertRaisesRegex(UserError, "needs the approval"):
            large_line.action_retry()

    def test_what_was_approved_is_what_is_billed(self):
        run = self._preview(day(1), self.contract, user=self.bernd)
        run.with_user(self.carla).action_approve()
        self._set(self.contract.position_ids, day(1), quantity=20)
        run.action_create_invoices()
        self.assertFalse(run.move_ids)
        self.assertIn("approved $ 125.00", run.line_ids.error.replace("\xa0", " "))
        # Retrying does not make it more approved.
        run.action_create_invoices()
        self.assertFalse(run.move_ids)
        self.assertEqual(run.equation_rest, 0)

    def test_another_decision_or_preview_asks_for_another_approval(self):
        run = self._preview(day(1), self.contract, user=self.bernd)
        run.with_user(self.carla).action_approve()
        run.line_ids.action_exclude()
        self.assertFalse(run.approved_by_id)
        run.line_ids.action_include()
        self.assertTrue(run.needs_approval)
        run.with_user(self.carla).action_approve()
        run.action_preview()
        self.assertTrue(run.needs_approval)

    def test_steps_are_not_entered_by_hand(self):
        run = self._preview(day(1), self.contract, user=self.bernd)
        runs = self.env["msp.billing.run"].with_user(self.bernd)
        values = {"date_until": day(1), "invoice_date": day(1)}
        for call in (
            lambda: run.write({"approved_by_id": self.carla.id}),
            lambda: run.write({"state": "created"}),
            lambda: runs.create({**values, "state": "preview"}),
            lambda: run.line_ids.write({"amount": 1}),
            lambda: run.line_ids.unlink(),
            lambda: run.line_ids.with_user(self.env.user).write({"is_approved": True}),
            lambda: run.write({"line_ids": [(1, run.line_ids.id, {"state": "done"})]}),
        ):
            with self.assertRaises(UserError):
                call()
        sly = runs.with_context(default_state="created", default_approved_by_id=1)
        new = sly.create(values)
        self.assertEqual((new.state, new.approved_by_id.id), ("draft", False))
        run.with_user(self.carla).action_approve()
        run.action_create_invoices()
        with self.assertRaisesRegex(UserError, "is at step Drafts"):
            run.date_until = day(2)

    def test_run_that_grew_beyond_the_limit_needs_an_approval(self):
        self.company.msp_four_eyes_amount = 200
        small = self._contract(day(1), [(self.seats, 1, 10)])
        both = self.contract | small
        run = self._preview(day(1), both, user=self.bernd)
        self.assertFalse(run.needs_approval)
        self._set(self.contract.position_ids, day(1), quantity=16)
        run.action_create_invoices()
        self.assertEqual(run.move_ids.msp_contract_ids, small)
        failed = run.line_ids.filtered("error")
        self.assertEqual(failed.contract_id, self.contract)
        self.assertIn("needs an approval", failed.error)
        self.assertEqual(run.equation_rest, 0)

    def test_run_that_grew_below_the_limit_is_billed(self):
        self.company.msp_four_eyes_amount = 200
        run = self._preview(day(1), self.contract, user=self.bernd)
        self._set(self.contract.position_ids, day(1), quantity=15)
        run.action_create_invoices()
        self.assertEqual(run.move_ids.amount_untaxed, 187.5)

    def test_growth_that_is_blocked_needs_no_approval(self):
        self.company.msp_four_eyes_amount = 200
        run = self._preview(day(1), self.contract, user=self.bernd)
        self._set(self.contract.position_ids, day(1), quantity=100)
        self.customer.active = False
        run.action_create_invoices()
        self.assertEqual(run.line_ids.state, "blocked")
        self.customer.active = True
        with self.assertRaisesRegex(UserError, "needs the approval"):
            run.action_create_invoices()
