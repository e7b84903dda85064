from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import config

from .common import row
from .connection_common import ConnectionCommon, folder_files


@tagged("post_install", "-at_install")
class TestSyncExports(ConnectionCommon):
    """Documents are asked for, waited for, fetched, and become imports."""

    def setUp(self):
        super().setUp()
        self._test()
        self.contract = self._contract(self.customer, [(self.premium, 10, 20.0)])

    def _imports(self):
        return self.env["msp.import"].search(
            [("provider_id", "=", self.provider.id)], order="id"
        )

    def _import_all(self):
        """Let the scheduler of imports work while it finds something to do."""
        for _turn in range(20):
            if not self._imports().filtered("is_running"):
                return
            self._run_cron(self.import_cron)

    def _folder(self):
        return Path(config["data_dir"], "msp_sync", self.env.cr.dbname)

    def test_document_becomes_an_import_that_goes_on_to_its_proposal(self):
        self.server.add_export("e1", "1", ("e1.csv", self._file(12)))
        sync = self._sync()
        self.assertEqual((sync.state, sync.document_count), ("done", 1))
        import_ = self._imports()
        self.assertEqual(import_.connection_id, self.connection)
        self.assertEqual(import_.sync_id, sync)
        self.assertEqual(import_.create_uid, self.clerk)
        self.assertEqual(import_.company_id, self.company)
        self._import_all()
        self.assertEqual(import_.state, "prepared")
        self.assertEqual((import_.row_count, import_.amount_read), (1, 120.0))
        export = sync.export_ids
        self.assertEqual((export.state, export.etag), ("fetched", "1"))
        self.assertEqual(export.import_ids, import_)
        self.assertFalse(export.sudo().content)
        self.assertFalse(folder_files(self._folder() / str(self.connection.id)))

    def test_same_content_is_not_fetched_again(self):
        self.server.add_export("e1", "1", ("e1.csv", self._file()))
        self._sync()
        self.server.log.clear()
        sync = self._sync()
        self.assertEqual((sync.state, sync.document_count), ("done", 0))
        self.assertFalse(self.server.calls("/part"))
        self.assertFalse(self.server.calls("/ask"))
        self.assertEqual(len(self._imports()), 1)

    def test_same_content_by_another_etag_adds_nothing(self):
        self.server.add_export("e1", "1", ("e1.csv", self._file()))
        self._sync()
        self.server.add_export("e1", "2", ("e1.csv", self._file()))
        sync = self._sync()
        self.assertEqual((sync.state, sync.document_count), ("done", 0))
        self.assertEqual(sync.export_ids.import_ids, self._imports())
        self.assertEqual(len(self._imports()), 1)

    def test_file_that_somebody_has_dropped_before_adds_nothing(self):
        dropped = self.env["msp.import"].with_user(self.clerk)
        dropped = dropped.import_file(self.provider.id, "mine.csv", self._file())
        self.server.add_export("e1", "1", ("e1.csv", self._file()))
        sync = self._sync()
        self.assertEqual((sync.state, sync.document_count), ("done", 0))
        self.assertEqual(self._imports(), dropped)
        self.assertFalse(dropped.connection_id)
        self.assertEqual(sync.export_ids.import_ids, dropped)

    def test_new_etag_is_a_corrected_file(self):
        self.server.add_export("e1", "1", ("e1.csv", self._file(12)))
        self._sync()
        self._import_all()
        self.server.add_export("e1", "2", ("e1.csv", self._file(12, price="11.00")))
        self._sync()
        self._import_all()
        first, second = self._imports()
        self.assertEqual((first.amount_read, second.amount_read), (120.0, 132.0))
        self.assertTrue(second.is_compared)
        self.assertEqual((second.changed_count, second.new_count), (1, 0))
        self.assertEqual(first.provider_charge_ids.superseded_by_id, second)

    def test_document_that_is_being_made_is_waited_for_without_sleeping(self):
        self.server.add_export("e1", "1", ("e1.csv", self._file()), looks=1, wait=600)
        with freeze_time("2026-03-11 01:00:00") as clock:
            sync = self._sync()
            self.assertEqual(sync.state, "waiting")
            self.assertEqual(sync.look_at, datetime(2026, 3, 11, 1, 10))
            self.assertEqual(sync.export_ids.state, "asked")
            self._run_cron()
            self.assertFalse(self.server.calls("/look"))
            clock.move_to("2026-03-11 01:10:00")
            self._run_cron()
            self.assertEqual(len(self.server.calls("/look")), 1)
            self.assertEqual(sync.look_at, datetime(2026, 3, 11, 1, 20))
            clock.move_to("2026-03-11 01:20:00")
            self._run_cron()
        self.assertEqual((sync.state, sync.document_count), ("done", 1))
        self.assertEqual(len(self.server.calls("/ask")), 1)

    def test_next_sync_goes_on_with_what_was_asked_for(self):
        self.server.add_export("e1", "1", ("e1.csv", self._file()), looks=1)
        sync = self._sync()
        sync.with_user(self.clerk).action_stop()
        again = self._sync()
        self.assertEqual(len(self.server.calls("/ask")), 1)
        again.with_user(self.clerk).action_run_now()
        self._run_cron()
        self.assertEqual((again.state, again.document_count), ("done", 1))

    def test_empty_document_is_no_failure(self):
        self.server.add_export("e1", "1")
        sync = self._sync_to_end()
        self.assertEqual((sync.state, sync.document_count), ("done", 0))
        self.assertEqual(sync.export_ids.state, "empty")

    def test_parts_of_one_document_are_one_import(self):
        one = self._file(12)
        two = self._file(3, SubscriptionId="s2", CustomerId="c2")
        self.server.add_export("e1", "1", ("a.csv", one), ("b.csv", two))
        sync = self._sync_to_end()
        self.assertEqual((sync.state, sync.document_count), ("done", 1))
        self._import_all()
        import_ = self._imports()
        self.assertEqual((import_.file_name, import_.row_count), ("e1.zip", 2))
        self.assertEqual(import_.amount_read, 150.0)
        # the same parts make the same bytes
        self.server.add_export("e1", "2", ("a.csv", one), ("b.csv", two))
        self._sync_to_end()
        self.assertEqual(len(self._imports()), 1)

    def _sync_to_end(self):
        with freeze_time("2026-03-11 01:00:00") as clock:
            sync = self._sync()
            while sync.state == "waiting":
                clock.move_to(sync.look_at)
                self._run_cron()
        return sync

    def test_expired_link_is_asked_for_anew(self):
        self.server.add_export("e1", "1", ("e1.csv", self._file()))
        self.server.faults.add("/part", "expire", times=1)
        sync = self._sync_to_end()
        self.assertEqual((sync.state, sync.document_count), ("done", 1))
        self.assertEqual(len(self.server.calls("/ask")), 2)
        self.assertFalse(sync.problem_ids)

    def test_storage_that_cannot_be_reached_stops_no_other(self):
        """Whoever is first in line must not keep the others waiting each night."""
        self.server.add_export("e1", "1", ("e1.csv", self._file(12)))
        self.server.add_export("e2", "1", ("e2.csv", self._file(3)))
        # Its answer cannot even be begun to read.
        self.server.faults.add("/part/e1", "header", times=None)
        sync = self._sync()
        first, second = self.connection.export_ids.sorted("key")
        self.assertEqual((first.state, first.code), ("ready", "unreachable"))
        self.assertEqual(second.state, "fetched")
        self.assertEqual((sync.state, sync.document_count), ("waiting", 1))

    def test_storage_that_sends_us_elsewhere_stops_no_other(self):
        self.server.add_export("e1", "1", ("e1.csv", self._file(12)))
        self.server.add_export("e2", "1", ("e2.csv", self._file(3)))
        target = {"location": "http://portal.example/sign-in"}
        self.server.faults.add("/part/e1", "redirect", times=None, **target)
        sync = self._sync_to_end()
        self.assertEqual((sync.state, sync.document_count), ("failed", 1))
        self.assertIn("portal.example", sync.message)

    def test_slow_download_goes_on_in_the_next_turn(self):
        self.server.add_export("e1", "1", ("e1.csv", self._file(12)))
        self.server.faults.add("/part/", "drip", times=None, seconds=0.002)
        with patch(
            "odoo.addons.msp_cloud_import.models.msp_sync_work.SLICE_SECONDS", 0.4
        ):
            sync = self._sync()
            self.assertEqual((sync.state, sync.document_count), ("running", 0))
            for _turn in range(30):
                if not sync.is_active:
                    break
                self._run_cron(self.cron)
        self.assertEqual((sync.state, sync.document_count), ("done", 1))
        self._import_all()
        self.assertEqual(self._imports().amount_read, 120.0)
        asked = self.server.calls("/part/")
        self.assertGreater(len(asked), 1)
        self.assertTrue(all(one.headers.get("Range") for one in asked[1:]))

    def test_document_that_fails_stops_no_other(self):
        self.server.add_export("e1", "1", ("e1.csv", self._file()))
        self.server.add_export("e2", "1", ("e2.csv", self._file(5)))
        self.server.faults.add("/part/e1", "error", times=None, status=404)
        sync = self._sync_to_end()
        self.assertEqual((sync.state, sync.document_count), ("failed", 1))
        states = {one.key: one.state for one in sync.export_ids}
        self.assertEqual(states, {"e1": "failed", "e2": "fetched"})
        self.assertEqual(sync.problem_ids.subject, "e1.csv")
        self.assertIn("knows nothing of a part", sync.message)
        self.server.faults.clear()
        again = self._sync_to_end()
        self.assertEqual((again.state, again.document_count), ("done", 1))

    def test_broken_download_is_repeated_later(self):
        self.server.add_export("e1", "1", ("e1.csv", self._file()))
        self.server.faults.add("/part", "reset", times=4)
        sync = self._sync_to_end()
        self.assertEqual((sync.state, sync.document_count), ("done", 1))

    def test_file_that_cannot_be_read_is_told(self):
        self.server.add_export("e1", "1", ("e1.csv", b"\x00\x01\x02 no table"))
        sync = self._sync_to_end()
        self._import_all()
        self.assertEqual(sync.document_count, 1)
        import_ = self._imports()
        self.assertTrue(import_.problem)
        activity = self.connection.activity_ids
        self.assertEqual(activity.user_id, self.owner)
        self.assertIn("e1.csv", activity.note)

    def test_archive_of_nothing_is_refused_and_asked_for_again(self):
        broken = b"PK\x05\x06" + bytes(18)
        self.server.add_export("e1", "1", ("e1.zip", broken))
        sync = self._sync_to_end()
        self.assertEqual((sync.state, sync.document_count), ("failed", 0))
        self.assertIn("e1.zip", sync.message)
        self.assertFalse(sync.export_ids.etag)

    def test_unbilled_figures_are_fetched_if_somebody_wants_them(self):
        self.server.add_export("e1", "1", ("e1.csv", self._file()), kind="unbilled")
        self.assertEqual(self._sync().document_count, 0)
        self.connection.reads_unbilled = True
        self.assertEqual(self._sync().document_count, 1)

    def test_document_with_unknown_columns_asks_the_owner(self):
        header = list(row())
        text = ",".join(f"x{name}" for name in header) + "\n" + "1," * len(header)
        self.server.add_export("e1", "1", ("e1.csv", text.encode()))
        self.provider.format_id = False
        self._sync_to_end()
        self._import_all()
        self.assertEqual(self._imports().state, "columns")
        self.assertEqual(self.connection.activity_ids.user_id, self.owner)
