from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import day
from .run_common import RunCommon


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestBillingRunSchedule(RunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._role_user("bernd", "group_billing_clerk")
        cls.contract = cls._contract(day(3), [(cls.seats, 10, 12.50)])
        cls.env["res.company"].search([]).msp_run_schedule = "off"
        cls.start = cls.env.ref("msp_contract_billing.ir_cron_start_billing_runs")

    def _schedule(self, schedule="nightly", target="preview", **values):
        self.company.write(
            {
                "msp_run_user_id": self.clerk.id,
                "msp_run_schedule": schedule,
                "msp_run_target": target,
                **values,
            }
        )

    def _night(self, work=True):
        """Let both crons run; return the scheduled runs."""
        with self.enter_registry_test_mode():
            self.start.method_direct_trigger()
            if work:
                self.cron.method_direct_trigger()
        self.env.invalidate_all()
        return self.env["msp.billing.run"].search(
            [("company_id", "=", self.company.id), ("scheduled_on", "!=", False)],
            order="id",
        )

    def test_run_has_the_record_rights_and_log_of_a_clerk(self):
        self._schedule()
        run = self._night()
        self.assertRecordValues(
            run,
            [
                {
                    "state": "preview",
                    "kind": "regular",
                    "create_uid": self.clerk.id,
                    "previewed_by_id": self.clerk.id,
                    "date_until": day(3, 10),
                    "amount_due": 125.0,
                }
            ],
        )
        self.assertIn("found 1 contracts", run.message_ids[0].body)
        self.assertFalse(run.move_ids)

    def test_one_run_per_night(self):
        self._schedule()
        self._night()
        self.assertEqual(len(self._night()), 1)
        with freeze_time("2026-03-11 01:00:00"):
            self.assertEqual(len(self._night()), 2)

    def test_monthly_run_is_made_on_its_day_or_after(self):
        self._schedule("monthly", msp_run_day=31)
        self.assertFalse(self._night())
        with freeze_time("2026-04-29 01:00:00"):
            self.assertFalse(self._night())
        with freeze_time("2026-04-30 01:00:00"):
            self.assertEqual(len(self._night()), 1)
        # The server was off on the last of May.
        with freeze_time("2026-05-31 23:00:00"):
            self.assertEqual(len(self._night()), 2)
        with freeze_time("2026-06-29 01:00:00"):
            self.assertEqual(len(self._night()), 2)

    def test_run_goes_as_far_as_it_is_to(self):
        for target, state, step in (
            ("create", "created", "draft"),
            ("post", "posted", "posted"),
            ("send", "sent", "sent"),
        ):
            self._schedule(target=target)
            run = self._night()[-1]
            self.assertEqual((run.state, run.invoice_ids.step), (state, step))
            self.assertEqual(run.invoice_ids.move_id.create_uid, self.clerk)
            # Back again, for the next target.
            run._system_write({"scheduled_on": day(1)})
            self.contract = self._contract(day(3), [(self.seats, 1, 1)])
            self.env.cr.execute(
                "UPDATE msp_billing_run SET scheduled_on = NULL WHERE id = %s", [run.id]
            )
            self.env.invalidate_all()

    def test_approval_comes_first(self):
        self.company.msp_four_eyes = True
        self._schedule(target="post")
        run = self._night()
        self.assertEqual(run.state, "preview")
        self.assertIn("waits for approval", run.message_ids[0].body)
        run.with_user(self._role_user("carla", "group_billing_clerk")).action_approve()
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(run.state, "posted")

    @mute_logger("odoo.addons.msp_contract_billing.models.msp_batch_mixin")
    def test_run_that_cannot_begin_says_why(self):
        self._schedule(target="post")
        model = type(self.env["msp.billing.run"])
        with patch.object(model, "_find_contracts", side_effect=KeyError("x")):
            run = self._night()
        self.assertEqual(run.state, "draft")
        self.assertIn("unexpected error", run.problem)
        self.assertIn("could not begin", run.message_ids[0].body)

    def test_night_without_anything_due_leaves_a_record(self):
        self._schedule(target="post")
        self._run(day(3), contracts=self.contract)
        run = self._night()
        self.assertEqual((run.state, run.line_count), ("preview", 0))
        self.assertIn("nothing due", run.message_ids[0].body)

    def test_schedule_needs_a_billing_clerk_and_a_day(self):
        manager = self._role_user("anna", "group_account_manager")
        for values in (
            {"msp_run_user_id": False},
            {"msp_run_user_id": manager.id},
            {"msp_run_user_id": self.clerk.id, "msp_run_day": 32},
        ):
            with self.assertRaises(ValidationError):
                self.company.write({"msp_run_schedule": "monthly", **values})

    @mute_logger("odoo.addons.msp_contract_billing.models.msp_batch_mixin")
    def test_company_whose_clerk_lost_the_right_does_not_keep_others_from_theirs(self):
        self._schedule()
        other = self.setup_other_company()["company"]
        carla = self._role_user("carla", "group_billing_clerk")
        carla.company_ids |= other
        other.write({"msp_run_user_id": carla.id, "msp_run_schedule": "nightly"})
        self.clerk.group_ids = self.env.ref("base.group_user")
        run = self._night()
        self.assertEqual((run.state, run.started_by_id), ("draft", self.clerk))
        self.assertIn("not allowed to create", run.problem)
        self.assertIn("could not begin", run.message_ids[0].body)
        self.assertIn(self.clerk.partner_id, run.message_partner_ids)
        runs = self.env["msp.billing.run"].search([("company_id", "=", other.id)])
        self.assertEqual((runs.state, runs.create_uid), ("preview", carla))

    def test_month_whose_day_the_server_was_off_is_made_up_for(self):
        self._schedule("monthly", msp_run_day=30)
        with freeze_time("2026-04-30 01:00:00"):
            self.assertEqual(len(self._night()), 1)
        # Off from 30 May to 3 June.
        with freeze_time("2026-06-03 01:00:00"):
            self.assertEqual(len(self._night()), 2)
            self.assertEqual(len(self._night()), 2)
        with freeze_time("2026-06-30 01:00:00"):
            self.assertEqual(len(self._night()), 3)
        # Switched off for months, it waits for its day.
        with freeze_time("2026-11-03 01:00:00"):
            self.assertEqual(len(self._night()), 3)
