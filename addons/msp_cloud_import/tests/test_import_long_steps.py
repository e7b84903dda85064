import time
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ImportCommon, microsoft_csv, seats
from .profile_common import csv_file, recurring


@tagged("post_install", "-at_install")
class TestLongSteps(ImportCommon):
    """Large imports are worked on by the scheduler; people watch and stop."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._contract(cls.customer, [(cls.premium, 10, 20.0)])
        cls.cron = cls.env.ref("msp_cloud_import.ir_cron_continue_imports")
        cls.manager = cls._user("manager", "group_account_manager")

    def _large(self):
        target = "odoo.addons.msp_cloud_import.models.msp_import_steps.LARGE_ROWS"
        return patch(target, 1)

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_next_step_is_always_known(self):
        import_ = self._read(seats(12))
        self.assertEqual(import_.next_step, "assign")
        self._assign(import_)
        self.assertEqual(import_.next_step, "prepare")
        import_.action_prepare()
        self.assertEqual(import_.next_step, "apply")
        import_.action_apply()
        self.assertFalse(import_.next_step)
        import_._withdraw("wrong")
        self.assertFalse(import_.next_step)

    def test_rows_that_wait_ask_to_prepare_again(self):
        import_ = self._applied(
            seats(12), seats(3, SubscriptionId="s2", ChargeStartDate=date(2026, 3, 9))
        )
        import_.provider_charge_ids[1]._system_write({"state": "waiting"})
        import_.invalidate_recordset()
        self.assertEqual(import_.next_step, "prepare")

    def test_large_import_is_prepared_by_the_scheduler_in_the_clerks_name(self):
        import_ = self._read(seats(12))
        self._assign(import_)
        with self._large():
            self.assertIs(import_.action_prepare(), True)
        self.assertEqual(
            (import_.state, import_.is_running, import_.running_step),
            ("mapped", True, "prepare"),
        )
        self.assertFalse(import_.next_step)
        self.assertEqual(import_.progress_total, 0)
        self._run_cron()
        self.assertEqual((import_.state, import_.is_running), ("prepared", False))
        self.assertEqual(import_.change_ids.quantity, 12.0)
        self.assertFalse(import_._get_parts("prepare", "decided"))
        import_.action_apply()
        self.assertEqual(import_.version_ids.user_id, self.clerk)

    def test_stopped_step_goes_on_by_its_button(self):
        import_ = self._read(seats(12))
        self._assign(import_)
        with self._large():
            import_.action_prepare()
        import_.action_stop()
        self._run_cron()
        self.assertEqual((import_.state, import_.is_running), ("mapped", False))
        self.assertEqual(import_.next_step, "prepare")
        with self._large():
            import_.action_prepare()
        self._run_cron()
        self.assertEqual(import_.state, "prepared")

    def test_step_that_fails_says_why_and_can_be_repeated(self):
        import_ = self._read(seats(12))
        self._assign(import_)
        with self._large():
            import_.action_prepare()
        with (
            patch.object(
                type(import_), "_propose", side_effect=ValueError("No reason at all.")
            ),
            mute_logger("odoo.addons.msp_contract_billing.models.msp_batch_mixin"),
        ):
            self._run_cron()
        self.assertFalse(import_.is_running)
        self.assertIn("No reason at all.", import_.problem)
        with self._large():
            import_.action_prepare()
        self.assertFalse(import_.problem)
        self._run_cron()
        self.assertEqual(import_.state, "prepared")

    def test_of_several_only_large_ones_are_left_to_the_scheduler(self):
        small = self._read(seats(12))
        large = self._read(
            seats(3, SubscriptionId="s2"),
            seats(4, SubscriptionId="s3"),
            name="large.csv",
        )
        target = "odoo.addons.msp_cloud_import.models.msp_import_steps.LARGE_ROWS"
        with patch(target, 2):
            (small + large).action_assign()
            self.assertEqual((small.state, small.is_running), ("mapped", False))
            self.assertEqual((large.state, large.is_running), ("read", True))
            action = (small + large).action_assign()
        self.assertIn("being worked on", action["params"]["message"])
        self._run_cron()
        self.assertEqual((large.state, large.is_running), ("mapped", False))

    def test_applying_shows_progress_and_what_was_proposed_before_is_not_applied(self):
        march = self._prepared(seats(12))
        april = self._prepared(
            seats(
                14,
                OrderDate=date(2026, 4, 5),
                ChargeStartDate=date(2026, 4, 5),
                ChargeEndDate=date(2026, 5, 4),
            ),
            name="april.csv",
        )
        target = "odoo.addons.msp_cloud_import.models.msp_import_apply.REQUEST_SECONDS"
        with patch(target, -1):
            (march + april).action_apply()
        self.assertTrue(april.is_running and april.is_outdated)
        self.assertEqual(april.running_step, "apply")
        self.assertEqual((april.progress_done, april.progress_total), (0, 1))
        april.action_stop()
        self.assertEqual(april.state, "mapped")
        self.assertFalse(april.is_running or april.is_outdated)

    def test_account_manager_neither_starts_nor_stops(self):
        import_ = self._read(seats(12))
        import_.action_assign()
        mine = import_.with_user(self.manager)
        with self._large():
            for method in ("action_prepare", "action_stop", "action_read"):
                with self.subTest(method=method), self.assertRaises(AccessError):
                    getattr(mine, method)()

    # Large files

    def _take(self, content, name="large.csv"):
        target = "odoo.addons.msp_cloud_import.models.msp_import_arrival.LARGE_BYTES"
        with patch(target, 1):
            results = (
                self.env["msp.import"]
                .with_user(self.clerk)
                ._take_files(self.provider, [(name, content)], time.monotonic() + 60)
            )
        self.assertEqual([one["state"] for one in results], ["reading"])
        return self.env["msp.import"].browse(results[0]["import_id"])

    def test_large_file_is_kept_first_and_read_afterwards(self):
        import_ = self._take(microsoft_csv(seats(12)))
        self.assertEqual((import_.state, import_.is_running), ("new", True))
        self.assertEqual(self.provider.import_count, 1)
        self.assertFalse(self.provider.last_import_id)
        self._run_cron()
        self.assertEqual((import_.state, import_.is_running), ("mapped", False))
        self.assertEqual(import_.amount_read, 120.0)
        self.assertEqual(import_.format_id, "microsoft_nce")
        self.assertEqual(import_.amount_lost, 0.0)

    def test_large_file_that_cannot_be_read_stays_with_the_reason(self):
        import_ = self._take(b"\x1f\x8b\x08cut", "cut.gz")
        self._run_cron()
        self.assertEqual((import_.state, import_.is_running), ("new", False))
        self.assertIn("cut.gz", import_.problem)
        self.assertEqual(import_.next_step, "read")
        self.assertFalse(import_.provider_charge_ids)
        import_.action_read()
        self.assertTrue(import_.is_running)
        with self.assertRaisesRegex(UserError, "stop it first"):
            import_._withdraw("broken")
        import_.action_stop()
        import_._withdraw("broken")
        self.assertEqual(import_.state, "withdrawn")

    def test_large_file_with_unknown_columns_waits_for_them(self):
        self.provider.format_id = False
        import_ = self._take(b"Kunde;Artikel;Betrag\r\nA;B;1,50\r\n")
        self._run_cron()
        self.assertEqual((import_.state, import_.is_running), ("columns", False))
        self.assertTrue(import_.profile_id)
        self.assertEqual(import_.next_step, "columns")

    def test_columns_of_a_large_file_are_checked_and_read_by_the_scheduler(self):
        provider = self.env.ref("msp_cloud_import.provider_ingram")
        rows = [recurring(12), recurring(3, **{"Subscription ID": "2001002"})]
        import_ = self.env["msp.import"].with_user(self.clerk)
        import_ = import_.import_file(provider.id, "export.csv", csv_file(rows))
        profile = import_.profile_id
        self.assertEqual(import_.check_result["rows"], 2)
        import_._system_write({"check_result": False})
        target = "odoo.addons.msp_cloud_import.models.msp_import_arrival.LARGE_BYTES"
        with patch(target, 1):
            action = profile.action_check()
            self.assertEqual(action["tag"], "display_notification")
            self.assertEqual(
                (import_.is_running, import_.running_step), (True, "check")
            )
            self.assertFalse(import_.check_result)
            with self.assertRaises(UserError) as refused, self.env.cr.savepoint():
                profile.action_confirm()
            self.assertIn("stop it first", str(refused.exception))
            self.env.invalidate_all()
            self._run_cron()
            self.assertFalse(import_.problem)
            self.assertFalse(import_.is_running)
            self.assertEqual(import_.state, "columns")
            self.assertEqual(import_.check_result["rows"], 2)
            self.assertFalse(import_.check_result["is_part"])
            action = profile.action_confirm()
        self.assertEqual(action["res_id"], import_.id)
        self.assertEqual(
            (import_.state, import_.is_running, import_.running_step),
            ("new", True, "read"),
        )
        self.assertFalse(import_.provider_charge_ids)
        for _turn in range(3):
            self._run_cron()
        self.assertEqual((import_.state, import_.is_running), ("mapped", False))
        self.assertEqual(import_.profile_id, profile)
        self.assertEqual(len(import_.provider_charge_ids), 2)
