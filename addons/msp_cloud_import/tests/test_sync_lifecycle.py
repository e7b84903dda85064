from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import seats
from .states_common import StatesCommon, StatesConnector


@tagged("post_install", "-at_install")
class TestSyncLifecycle(StatesCommon):
    """What a sync is about goes, or is begun twice, while it is at work."""

    def setUp(self):
        super().setUp()
        self._applied(seats(12))

    def _sync_while(self, happens):
        """Sync; `happens` is called as the provider answers; return the sync."""
        original = StatesConnector.read_subscriptions

        def read(connector, *arguments):
            page = original(connector, *arguments)
            happens()
            self.env.flush_all()
            return page

        with patch.object(StatesConnector, "read_subscriptions", read):
            self.connection.with_user(self.clerk).action_sync_now()
            sync = self.connection.last_sync_id
            self._run("ir_cron_sync")
        return sync

    def _assert_others_go_on(self):
        second = self.env["msp.provider"].create({"name": "Second", "code": "second"})
        connection = self.env["msp.connection"].create(
            {"provider_id": second.id, "kind": "states", "user_id": self.clerk.id}
        )
        connection._system_write({"state": "connected"})
        connection.with_user(self.clerk).action_sync_now()
        self._run("ir_cron_sync")
        self.assertIn(connection.last_sync_id.state, ("done", "waiting"))
        self.assertTrue(connection.last_sync_id.read_count)

    def test_connection_is_deleted(self):
        connection = self.connection
        sync = self._sync_while(lambda: connection.exists().unlink())
        self.assertFalse(sync.exists())
        self.assertFalse(self.subscriptions.search([]))
        self._assert_others_go_on()

    def test_provider_is_deleted(self):
        sync = self._sync_while(lambda: self.provider.exists().unlink())
        self.assertFalse(sync.exists())
        self.assertFalse(self.subscriptions.search([]))
        self._assert_others_go_on()

    def test_connection_is_paused(self):
        sync = self._sync_while(self.connection.action_pause)
        self.assertEqual(sync.state, "stopped")
        self.assertFalse(self.subscriptions.search([]))

    def test_importer_is_archived(self):
        sync = self._sync_while(lambda: self.clerk.write({"active": False}))
        # what was read is stored; contracts are not told of it any more
        self.assertTrue(sync.read_count)
        sync._hurry()
        self._run("ir_cron_sync")
        self.assertEqual((sync.state, sync.code), ("failed", "not_allowed"))
        self.assertFalse(sync.import_ids.version_ids)

    def test_interface_of_a_connection_at_work(self):
        def change():
            with self.assertRaisesRegex(UserError, "was synced already"):
                self.connection.kind = "microsoft"

        self.assertEqual(self._sync_while(change).code, False)

    def test_archived_provider_is_not_read_at_night(self):
        with freeze_time("2026-03-10 09:00:00"):
            self.connection._plan_next_run()
        self.provider.active = False
        with freeze_time("2026-03-11 09:00:00"):
            self._run("ir_cron_sync")
            self.assertFalse(self.connection.sync_ids)
            self.provider.active = True
            self._run("ir_cron_sync")
        self.assertEqual(self.connection.sync_ids.trigger, "night")

    def test_begun_by_somebody_else_at_the_same_moment(self):
        """The night's syncs of others begin though one cannot."""
        other = self.env["msp.connection"].create(
            {
                "provider_id": self.provider.id,
                "kind": "states",
                "user_id": self.clerk.id,
            }
        )
        other._system_write({"state": "connected"})
        self.connection.with_user(self.clerk).action_sync_now()
        # As the other worker's snapshot has it: nothing has begun.
        none = self.env["msp.sync"]
        model = self.registry["msp.connection"]
        with (
            patch.object(model, "_find_active_syncs", lambda _self: none),
            mute_logger("odoo.sql_db"),
        ):
            begun = self.env["msp.sync"]._begin(self.connection + other, "night")
        self.assertEqual(begun.connection_id, other)
        self.assertEqual(len(self.connection.sync_ids), 1)
