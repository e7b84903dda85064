from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .connection_common import WORK, ConnectionCommon
from .small_connector import SmallConnector
from .vendors.small import SmallServer


@tagged("post_install", "-at_install")
class TestSync(ConnectionCommon):
    """Syncs step by step: pages, failures, retries, turns, the log."""

    def setUp(self):
        super().setUp()
        self._test()
        self.server.log.clear()

    def _taken(self):
        """Return a patch that keeps what `_take_page` is given, and the list."""
        taken = []

        def take_page(sync, page):
            taken.extend(one.subscription_id for one in page.subscriptions)

        return patch.object(self.registry["msp.sync"], "_take_page", take_page), taken

    def test_sync_now_reads_all_pages(self):
        patcher, taken = self._taken()
        with patcher:
            sync = self._sync()
        self.assertEqual(taken, ["s1", "s2", "s3"])
        self.assertEqual((sync.state, sync.trigger), ("done", "person"))
        self.assertEqual(sync.started_by_id, self.clerk)
        self.assertEqual((sync.read_count, sync.document_count), (3, 0))
        self.assertTrue(sync.ended_at)
        self.assertFalse(sync.message)
        self.assertGreater(sync.work_seconds, 0)
        self.assertEqual(sync.next_run_at, self.connection.next_run_at)
        self.assertTrue(self.connection.last_success_at)
        self.assertEqual(
            [one.path for one in self.server.calls("/page")], ["/page/0", "/page/1"]
        )

    def test_what_cannot_be_read_is_told_and_stops_nothing(self):
        self.server.refused = ["customer c9"]
        sync = self._sync()
        self.assertEqual(
            (sync.state, sync.read_count, sync.problem_count), ("done", 3, 1)
        )
        self.assertEqual(sync.problem_ids.subject, "customer c9")
        self.assertIn("refuses customer c9", sync.problem_ids.message)

    def test_night_begins_once_in_its_hour(self):
        self.company.partner_id.tz = "Europe/Berlin"
        with freeze_time("2026-03-10 09:00:00"):
            self.connection.hour = 2
            self._run_cron()
        self.assertFalse(self.connection.sync_ids)
        with freeze_time("2026-03-11 01:05:00"):
            self._run_cron()
            self._run_cron()
        sync = self.connection.sync_ids
        self.assertEqual((len(sync), sync.trigger, sync.state), (1, "night", "done"))
        self.assertEqual(self.connection.next_run_at, datetime(2026, 3, 12, 1, 0))

    def test_what_is_not_ticked_is_not_read(self):
        self.connection.write({"reads_subscriptions": False, "reads_exports": False})
        sync = self._sync()
        self.assertEqual((sync.state, sync.read_count), ("done", 0))
        self.assertFalse(self.server.log)

    def test_second_sync_beside_one_at_work(self):
        clerk = self.connection.with_user(self.clerk)
        clerk.action_sync_now()
        clerk.action_sync_now()
        self.assertEqual(len(self.connection.sync_ids), 1)
        self.assertEqual(self.connection.active_sync_id, self.connection.sync_ids)

    # A failure that passes

    def test_passing_failure_is_tried_again_with_growing_distance(self):
        self.server.faults.add("/page", "error", times=None)
        distances = []
        moment = datetime(2026, 3, 11, 1, 0)
        with freeze_time(moment) as clock:
            sync = self._sync()
            while sync.state == "waiting":
                self.assertIn("has a fault of its own (500)", sync.message)
                now = fields.Datetime.now()
                distances.append((sync.look_at - now).total_seconds() / 60)
                calls = len(self.server.calls("/page"))
                clock.move_to(sync.look_at - timedelta(seconds=5))
                self._run_cron()
                self.assertEqual(len(self.server.calls("/page")), calls)
                clock.move_to(sync.look_at)
                self._run_cron()
        self.assertEqual(distances, [5, 15, 45, 90, 120, 120])
        self.assertEqual((sync.state, self.connection.state), ("failed", "failing"))
        self.assertEqual(self.connection.failure_count, 1)
        self.assertEqual(sync.seconds, 395 * 60)

    def test_attempt_that_succeeds_goes_on_behind_what_was_read(self):
        self.server.faults.add("/page/1", "error", times=None)
        patcher, taken = self._taken()
        with patcher, freeze_time("2026-03-11 01:00:00") as clock:
            sync = self._sync()
            self.assertEqual((sync.state, sync.read_count), ("waiting", 2))
            self.server.faults.clear()
            clock.move_to(sync.look_at)
            self._run_cron()
        self.assertEqual(taken, ["s1", "s2", "s3"])
        self.assertEqual((sync.state, sync.read_count, sync.attempts), ("done", 3, 0))
        self.assertFalse(sync.message)
        self.assertEqual(self.connection.failure_count, 0)

    def test_provider_that_asks_to_wait_longer_is_left_alone_so_long(self):
        self.server.faults.add("/page", "throttle", times=None, seconds=7200)
        with freeze_time("2026-03-11 01:00:00"):
            sync = self._sync()
        self.assertEqual(sync.look_at, datetime(2026, 3, 11, 3, 0))

    def test_clerk_may_have_it_tried_at_once(self):
        self.server.faults.add("/page", "error", times=None)
        sync = self._sync()
        self.server.faults.clear()
        sync.with_user(self.clerk).action_run_now()
        self._run_cron()
        self.assertEqual(sync.state, "done")

    # A failure that lasts

    def test_wrong_secret_ends_the_sync_at_once(self):
        self.server.secret = "another"
        with freeze_time("2026-03-11 01:00:00"):
            sync = self._sync()
        self.assertEqual((sync.state, self.connection.state), ("failed", "failing"))
        self.assertIn("Invalid client secret provided.", sync.message)
        self.assertEqual(self.connection.message, sync.message)
        self.assertFalse(self.server.calls("/exports"))

    def test_what_is_refused_does_not_keep_the_rest_from_being_read(self):
        self.server.faults.add("/page", "error", times=None, status=403)
        self.server.add_export("e1", "1", ("e1.csv", self._file()))
        sync = self._sync()
        self.assertEqual((sync.state, sync.document_count), ("failed", 1))
        self.assertEqual(sync.problem_ids.label, "Reading subscriptions")

    def test_three_failures_in_a_row_ask_the_owner_once(self):
        self.server.secret = "another"
        for _night in range(2):
            self._sync()
        self.assertFalse(self.connection.activity_ids)
        self._sync()
        activity = self.connection.activity_ids
        self.assertEqual(activity.user_id, self.owner)
        self.assertEqual(activity.summary, "Small Provider has failed 3 times in a row")
        self.assertIn("Invalid client secret provided.", activity.note)
        self._sync()
        self.assertEqual(self.connection.activity_ids, activity)
        self.assertEqual(activity.summary, "Small Provider has failed 4 times in a row")
        self.server.secret = self._plain_data()["secret"]
        self._sync()
        self.assertFalse(self.connection.activity_ids)
        self.assertEqual(
            (self.connection.state, self.connection.failure_count), ("connected", 0)
        )

    def test_owner_of_another_company_is_not_asked(self):
        self.provider.user_id = False
        self.server.secret = "another"
        for _night in range(3):
            self._sync()
        self.assertEqual(self.connection.activity_ids.user_id, self.clerk)

    def test_user_who_may_not_import_any_more(self):
        self.clerk.group_ids -= self.env.ref("msp_contract_billing.group_billing_clerk")
        self.connection.with_user(self.administrator).action_sync_now()
        self._run_cron()
        sync = self.connection.last_sync_id
        self.assertEqual(sync.state, "failed")
        self.assertIn("may not import files for Systemhaus Test", sync.message)

    def test_sync_that_never_ends_is_given_up(self):
        self.server.add_export("e1", "1", looks=1000)
        with freeze_time("2026-03-11 01:00:00") as clock:
            sync = self._sync()
            self.assertEqual(sync.state, "waiting")
            clock.move_to("2026-03-11 21:05:00")
            self._run_cron()
        self.assertEqual(sync.state, "failed")
        self.assertIn("Not finished within 20 hours", sync.message)

    # Stop

    def test_stopped_sync_is_left_alone(self):
        self.server.faults.add("/page/1", "error", times=None)
        sync = self._sync()
        sync.with_user(self.clerk).action_stop()
        self.server.faults.clear()
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            self.assertFalse(self.env["msp.sync"]._find_due(sync.browse()))
        self.assertEqual((sync.state, sync.read_count), ("stopped", 2))
        self.assertEqual(self.connection.failure_count, 0)

    def test_sync_that_is_stopped_while_the_provider_is_asked(self):
        original = SmallConnector.read_subscriptions

        def stop_meanwhile(connector, cursor=None, *arguments):
            page = original(connector, cursor, *arguments)
            if cursor:
                with self.registry.cursor() as cr:
                    syncs = self.env(cr=cr)["msp.sync"].search(
                        [("state", "=", "running")]
                    )
                    syncs.with_user(self.clerk.id).action_stop()
            return page

        with patch.object(SmallConnector, "read_subscriptions", stop_meanwhile):
            sync = self._sync()
        self.assertEqual((sync.state, sync.read_count), ("stopped", 2))

    # Turns

    def test_provider_that_is_down_delays_no_other(self):
        other = SmallServer()
        other.start()
        self.addCleanup(other.stop)
        self.server.faults.add("/page", "slow", times=None, seconds=2)
        second = self._connect(other, name="Healthy")
        with (
            patch.object(SmallConnector, "ca_path", other.ca_path),
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
        ):
            env = self.env(cr=cr)
            second.with_env(env).with_user(self.administrator.id).action_test()
        order = []
        original = SmallConnector.read_subscriptions

        def remember(connector, cursor=None, *arguments):
            order.append(connector.account.settings["address"] == other.url)
            return original(connector, cursor, *arguments)

        (self.connection + second).with_user(self.clerk).action_sync_now()
        with (
            patch(f"{WORK}.TURN_SECONDS", 1),
            patch.object(SmallConnector, "read_subscriptions", remember),
            patch.object(SmallConnector, "ca_path", other.ca_path),
        ):
            self._run_cron()
        # one slow page, then the other one's turn, then the rest
        self.assertEqual(order, [False, True, True, False])
        self.assertEqual(second.last_sync_id.state, "done")
        self.assertEqual(self.connection.last_sync_id.state, "done")

    def test_provider_that_cannot_be_reached_leaves_the_others_their_night(self):
        other = SmallServer()
        other.start()
        second = self._connect(other, name="Down")
        with (
            patch.object(SmallConnector, "ca_path", other.ca_path),
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
        ):
            env = self.env(cr=cr)
            second.with_env(env).with_user(self.administrator.id).action_test()
        other.stop()
        (second + self.connection).with_user(self.clerk).action_sync_now()
        self._run_cron()
        self.assertEqual(self.connection.last_sync_id.state, "done")
        self.assertEqual(second.last_sync_id.state, "waiting")
        self.assertIn("cannot be reached", second.last_sync_id.message)

    def test_scheduler_comes_back_when_time_is_up(self):
        triggers = self.env["ir.cron.trigger"].sudo()
        mine = [("cron_id", "=", self.cron.id)]
        triggers.search(mine).unlink()
        self.connection.with_user(self.clerk).action_sync_now()
        triggers.search(mine).unlink()
        with patch(f"{WORK}.SLICE_SECONDS", 0.01), patch(f"{WORK}.TURN_SECONDS", 0.001):
            self._run_cron()
        sync = self.connection.last_sync_id
        self.assertEqual((sync.state, sync.read_count), ("running", 2))
        self.assertTrue(triggers.search(mine))
        self._run_cron()
        self.assertEqual((sync.state, sync.read_count), ("done", 3))

    # The log

    def test_board_says_how_it_went(self):
        self.assertTrue(self.provider.can_sync)
        self._sync()
        self.provider.invalidate_recordset()
        self.assertEqual(self.provider.synced_at, self.connection.last_success_at)
        self.assertFalse(self.provider.failing_count)
        self.server.secret = "another"
        self._sync()
        provider = self.provider.with_user(self.clerk)
        provider.invalidate_recordset()
        self.assertEqual(provider.failing_count, 1)
        self.assertIn("Invalid client secret", provider.sync_problem)
        self.assertTrue(provider.is_to_do)
        self.server.secret = self._plain_data()["secret"]
        provider.action_sync_now()
        self.assertTrue(self.connection.active_sync_id)

    def test_old_lines_of_the_log_are_deleted_not_the_new_ones(self):
        with freeze_time("2025-01-01 01:00:00"):
            old = self._sync()
        with freeze_time("2026-01-01 01:00:00"):
            new = self._sync()
        with freeze_time("2026-02-04 01:00:00"):
            self.env["msp.sync"]._gc_old()
        self.assertTrue(old.exists())
        with freeze_time("2026-02-06 01:00:00"):
            self.env["msp.sync"]._gc_old()
        self.assertEqual((old + new).exists(), new)
