from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from .connection_common import ConnectionCommon


@tagged("post_install", "-at_install")
class TestConnectionAsked(ConnectionCommon):
    """Somebody is asked who can do something, in words that cannot do anything."""

    def setUp(self):
        super().setUp()
        self._test()

    def _fail_often(self, times=3):
        self.connection._system_write({"failure_count": times - 1})
        self.server.faults.add("/page", "error", times=None, status=400)
        self.server.faults.add("/exports", "error", times=None, status=400)
        return self._sync()

    def _asked(self):
        return self.connection.activity_ids.user_id

    def test_owner_is_asked(self):
        self._fail_often()
        self.assertEqual(self._asked(), self.owner)

    def test_owner_who_is_archived(self):
        self.owner.active = False
        self._fail_often()
        self.assertEqual(self._asked(), self.clerk)

    def test_owner_without_rights(self):
        self.owner.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        self._fail_often()
        self.assertEqual(self._asked(), self.clerk)

    def test_no_owner(self):
        self.provider.user_id = False
        self._fail_often()
        self.assertEqual(self._asked(), self.clerk)

    def test_neither_owner_nor_importer_can_do_anything(self):
        """What fails is that the user may not import: he is not the one to ask."""
        self.provider.user_id = False
        self.connection._system_write({"failure_count": 2})
        self.connection.with_user(self.clerk).action_sync_now()
        self.clerk.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        self._run_cron()
        sync = self.connection.last_sync_id
        self.assertEqual((sync.state, sync.code), ("failed", "not_allowed"))
        self.assertIn("may not import files", sync.message)
        self.assertTrue(
            self._asked().has_group("msp_contract_billing.group_administrator")
        )
        self.assertIn(self.company, self._asked().company_ids)

    def test_importer_who_is_archived(self):
        self.provider.user_id = False
        self.connection._system_write({"failure_count": 2})
        self.connection.with_user(self.clerk).action_sync_now()
        self.clerk.active = False
        self._run_cron()
        self.assertEqual(self.connection.last_sync_id.state, "failed")
        self.assertTrue(
            self._asked().has_group("msp_contract_billing.group_administrator")
        )

    def test_success_closes_what_was_asked_of_whomever(self):
        self._fail_often()
        self.owner.active = False
        self.server.faults.clear()
        self._sync()
        self.assertFalse(self.connection.activity_ids)

    def test_words_of_the_provider_are_text(self):
        words = "<img src='https://evil.example/a.png'><script>alert(1)</script>"
        self._fail_often()
        self.connection._system_write(
            {"code": "refused", "details": {"reason": words, "what": "x", "host": "h"}}
        )
        self.connection._ask_about_failures()
        note = self.connection.activity_ids.note
        self.assertNotIn("<img", note)
        self.assertIn("&lt;img", note)

    def test_weeks_before_a_secret_lapses_in_the_time_of_the_company(self):
        self.company.partner_id.tz = "Europe/Berlin"
        with freeze_time("2026-03-10 22:00:00"):
            self._secret().expires_on = date(2026, 4, 8)
            self.assertFalse(self.connection.activity_ids)
        with freeze_time("2026-03-10 23:30:00"):
            # It is the 11th already in Berlin.
            self.env["msp.connection"]._cron_watch_secrets()
        self.assertEqual(self.connection.activity_ids.date_deadline, date(2026, 4, 8))
