from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models import msp_billing_run_create, msp_billing_run_steps
from .common import day
from .run_common import RunCommon

ACTIVITY = "msp_contract_billing.mail_activity_type_billing_failed"


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestBillingRunFaults(RunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls._role_user("anna", "group_account_manager")
        cls.clerk = cls._role_user("bernd", "group_billing_clerk")
        cls.contract = cls._contract(
            day(1), [(cls.seats, 10, 12.50)], user_id=cls.anna.id
        )

    def _many(self, count):
        contracts = self.env["msp.contract"]
        for index in range(count):
            contracts |= self._contract(day(1), [(self.seats, index + 1, 1)])
        return contracts

    def _background(self):
        """Leave everything to the scheduler."""
        self.startPatcher(patch.object(msp_billing_run_steps, "REQUEST_SIZE", -1))

    def _work(self, times=1):
        with self.enter_registry_test_mode():
            for _time in range(times):
                self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def _activities(self, contract):
        return contract.activity_search([ACTIVITY])

    def test_failure_becomes_an_activity_of_the_manager_until_it_is_billed(self):
        run = self._preview(day(1), self.contract, user=self.clerk)
        self.customer.company_id = self.setup_other_company()["company"]
        run.action_create_invoices()
        activity = self._activities(self.contract)
        self.assertEqual(activity.user_id, self.anna)
        self.assertIn(run.name, activity.summary)
        self.assertIn("company", activity.note)
        run.action_create_invoices()
        self.assertEqual(len(self._activities(self.contract)), 1)
        self.customer.company_id = False
        run.line_ids.action_retry()
        self.assertEqual(run.line_ids.state, "done")
        self.assertFalse(self._activities(self.contract))

    @mute_logger("odoo.addons.msp_contract_billing.models.msp_batch_mixin")
    def test_pitfall_061_one_unexpected_error_stops_nobody_else(self):
        others = self._many(7)
        run = self._preview(day(1), self.contract | others)
        model = type(self.contract)
        prepare = model._prepare_invoice_vals

        def fail(contracts, run, charges):
            if self.contract in contracts:
                raise ZeroDivisionError("division by zero")
            return prepare(contracts, run, charges)

        with patch.object(model, "_prepare_invoice_vals", fail):
            run.action_create_invoices()
        failed = run.line_ids.filtered("error")
        self.assertEqual(failed.contract_id, self.contract)
        self.assertIn("division by zero", failed.error)
        self.assertEqual(len(run.move_ids), 7)
        self.assertEqual(run.state, "created")
        self.assertEqual(self._parts(run)["failed"], (1, 125.0))
        self.assertEqual(self._parts(run)["rest"], (0, 0.0))
        run.action_create_invoices()
        self.assertEqual(len(run.move_ids), 8)

    def test_pitfall_059_batches_go_on_until_the_list_is_empty(self):
        contracts = self._many(7)
        self._background()
        run = self._preview(day(1), contracts, user=self.clerk)
        self.startPatcher(patch.object(msp_billing_run_create, "BATCH_SIZE", 2))
        run.action_create_invoices()
        self.assertEqual(run.state, "running")
        self.assertEqual((run.progress_done, run.progress_total), (0, 7))
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        self.assertTrue(triggers)
        self._work()
        self.assertEqual(run.state, "created")
        self.assertEqual(len(run.move_ids), 7)
        self.assertEqual(run.move_ids.create_uid, self.clerk)

    def test_pitfall_014_two_schedulers_share_no_pointer(self):
        """Two runs over the same contracts, both left to the scheduler."""
        contracts = self._many(3)
        self._background()
        runs = [self._preview(day(1), contracts) for _time in range(2)]
        for run in runs:
            run.action_create_invoices()
        self._work(3)
        self.assertEqual([run.state for run in runs], ["created", "created"])
        self.assertEqual([len(run.move_ids) for run in runs], [3, 0])
        self.assertEqual([run.equation_rest for run in runs], [0, 0])
        self.assertEqual(len(contracts.charge_ids), 3)

    def test_run_is_stopped_and_continued(self):
        contracts = self._many(5)
        self._background()
        run = self._preview(day(1), contracts)
        run.action_create_invoices()
        run.action_stop()
        self._work()
        self.assertEqual(run.state, "stopped")
        self.assertFalse(run.move_ids)
        with self.assertRaisesRegex(UserError, "is at step Stopped"):
            run.action_stop()
        run.action_continue()
        self._work()
        self.assertEqual(run.state, "created")
        self.assertEqual(len(run.move_ids), 5)
        # Posting in the background is a step like creating.
        run.action_post()
        self.assertEqual((run.state, run.step), ("running", "post"))
        run.action_stop()
        run.action_continue()
        self._work()
        self.assertEqual(run.state, "posted")

    def test_contracts_may_be_left_out_of_a_stopped_run(self):
        contracts = self._many(2)
        self._background()
        run = self._preview(day(1), contracts)
        run.action_create_invoices()
        run.action_stop()
        run.line_ids[0].action_exclude()
        run.action_continue()
        self._work()
        self.assertEqual(len(run.move_ids), 1)
        self.assertEqual(run.equation_rest, 0)

    @mute_logger("odoo.addons.msp_contract_billing.models.msp_batch_mixin")
    def test_step_that_cannot_go_on_stops_visibly(self):
        self._background()
        run = self._preview(day(1), self.contract)
        run.action_create_invoices()
        with patch.object(type(run), "_next_lines", side_effect=KeyError("lines")):
            self._work()
        self.assertEqual(run.state, "stopped")
        self.assertIn("unexpected error", run.problem)
        run.action_continue()
        self.assertFalse(run.problem)
        self._work()
        self.assertEqual(run.state, "created")

    def test_run_of_a_user_who_lost_the_right_stops_and_others_go_on(self):
        self._background()
        other = self._many(1)
        run = self._preview(day(1), self.contract, user=self.clerk)
        run.action_create_invoices()
        run = run.with_user(self.env.user)
        next_run = self._preview(day(1), other)
        next_run.action_create_invoices()
        self.clerk.group_ids = self.env.ref("base.group_user")
        self._work(2)
        self.assertEqual(run.state, "stopped")
        self.assertIn("not allowed", run.problem)
        self.assertEqual(next_run.state, "created")
        run.action_continue()
        self._work()
        self.assertEqual(run.move_ids.amount_untaxed, 125.0)

    def test_scheduler_writes_sentences_in_the_language_of_the_clerk(self):
        self._background()
        self.env["res.lang"]._activate_lang("de_DE")
        self.clerk.lang = "de_DE"
        run = self._preview(day(1), self.contract, user=self.clerk)
        run.action_create_invoices()
        langs = []

        def find(runs):
            langs.append(runs.env.lang)
            return runs.env["msp.billing.run.line"]

        with patch.object(type(run), "_next_lines", find):
            self._work()
        self.assertEqual(set(langs), {"de_DE"})

    def test_activity_goes_to_somebody_who_is_there(self):
        run = self._preview(day(1), self.contract, user=self.clerk)
        self.customer.company_id = self.setup_other_company()["company"]
        self.anna.active = False
        run.action_create_invoices()
        self.assertEqual(self._activities(self.contract).user_id, self.clerk)

    @mute_logger("odoo.addons.msp_contract_billing.models.msp_batch_mixin")
    def test_contract_that_cannot_be_looked_at_leaves_the_others_their_preview(self):
        others = self._many(4)
        model = type(self.contract)
        find = model._find_waiting

        def fail(contracts):
            if self.contract in contracts:
                raise KeyError("position")
            return find(contracts)

        with patch.object(model, "_find_waiting", fail):
            run = self._preview(day(1), self.contract | others)
        failed = run.line_ids.filtered(lambda line: line.state == "failed")
        self.assertEqual(failed.contract_id, self.contract)
        self.assertIn("unexpected error", failed.error)
        run.action_create_invoices()
        self.assertEqual(run.move_ids.msp_contract_ids, others)
        failed.action_retry()
        self.assertEqual(run.move_ids.msp_contract_ids, others | self.contract)
