from datetime import date, datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from ..connectors import CONNECTORS
from ..connectors import SENTENCES as CODES
from ..models.msp_connection_words import HELP, LABELS, SENTENCES, explain
from .connection_common import ConnectionCommon
from .small_connector import SmallConnector
from .vendors.small import RENEWED


@tagged("post_install", "-at_install")
class TestConnection(ConnectionCommon):
    """Setting up a connection, and what its test says."""

    def test_form_asks_for_what_the_interface_needs(self):
        connections = self.env["msp.connection"].with_user(self.administrator)
        form = Form(connections)
        form.kind = "small"
        form.provider_id = self.provider
        form.user_id = self.clerk
        self.assertEqual(form.name, "Small Provider")
        connection = form.save()
        self.assertEqual(
            connection.setting_ids.mapped(lambda one: (one.name, one.value)),
            [("address", False), ("region", "eu"), ("note", False)],
        )
        self.assertEqual(
            connection.secret_ids.mapped(lambda one: (one.label, one.set_at)),
            [("Client Secret", False), ("Refresh Token", False)],
        )
        self.assertEqual(connection.state, "draft")

    def test_value_that_the_interface_does_not_know(self):
        region = self.connection.setting_ids.filtered(lambda one: one.name == "region")
        with self.assertRaisesRegex(ValidationError, "one of eu, us, not “mars”"):
            region.value = "mars"

    def test_changed_setting_is_remembered(self):
        region = self.connection.setting_ids.filtered(lambda one: one.name == "region")
        region.with_user(self.administrator).value = "us"
        note = self.connection.message_ids[0]
        self.assertEqual(note.preview, "Region: eu → us")
        self.assertEqual(note.author_id, self.administrator.partner_id)

    def test_connection_that_is_deleted_leaves_nothing(self):
        self._test()
        self._sync()
        sync = self.connection.sync_ids
        activity = self.connection._ask("mail.mail_activity_data_warning", "a", ["b"])
        secrets = self.connection.secret_ids
        self.connection.with_user(self.administrator).unlink()
        self.assertFalse(sync.exists())
        self.assertFalse(secrets.exists())
        self.assertFalse(activity.exists())

    def test_entry_that_the_interface_does_not_ask_for(self):
        with self.assertRaisesRegex(ValidationError, "has no entry “colour”"):
            self.env["msp.connection.setting"].create(
                {"connection_id": self.connection.id, "name": "colour"}
            )
        with self.assertRaisesRegex(UserError, "asks for this entry"):
            self.connection.setting_ids[0].unlink()

    def test_test_that_succeeds_connects(self):
        told = self._test()
        self.assertEqual(
            (told["type"], told["message"]), ("success", "Signed in as Konto 7.")
        )
        self.assertEqual(self.connection.state, "connected")
        self.assertEqual(self.connection.account_name, "Konto 7")
        self.assertEqual(
            self.connection.ability_ids.mapped(lambda one: (one.ability, one.works)),
            [("subscriptions", True), ("exports", True)],
        )

    def test_test_says_first_what_is_not_entered(self):
        self.connection.setting_ids.value = False
        told = self._test()
        self.assertEqual(told["message"], "Enter first: Address.")
        self.assertEqual(self.connection.state, "draft")
        self.assertFalse(self.server.log)

    def test_wrong_secret(self):
        self.server.secret = "another"
        told = self._test()
        self.assertEqual(told["type"], "warning")
        self.assertIn("localhost refuses the sign-in", told["message"])
        self.assertIn("Invalid client secret provided.", told["message"])
        self.assertEqual(self.connection.state, "draft")
        self._test_again_after("secret")

    def _test_again_after(self, _what):
        self.server.secret = self._plain_data()["secret"]
        self.assertEqual(self._test()["type"], "success")
        self.assertFalse(self.connection.message)

    def test_one_ability_that_is_refused_leaves_the_other(self):
        self.server.faults.add("/exports", "error", times=None, status=403)
        self.assertEqual(self._test()["type"], "warning")
        self.assertEqual(self.connection.state, "connected")
        bad = self.connection.ability_ids.filtered(lambda one: not one.works)
        self.assertEqual(bad.ability, "exports")
        self.assertIn(
            "Give the connection's application or user the right", bad.message
        )

    def test_each_way_to_fail_has_a_sentence_that_says_what_to_do(self):
        details = {
            "host": "api.example",
            "what": "the invoices",
            "reason": "AADSTS1",
            "status": "500",
            "seconds": 30,
        }
        self.assertLessEqual(set(CODES), set(SENTENCES))
        sentences = [explain(self.env, code, details) for code in CODES]
        self.assertEqual(len(set(sentences)), len(CODES))
        for sentence in sentences:
            self.assertIn("api.example", sentence)
            self.assertNotIn("%(", sentence)

    def test_server_that_is_not_there(self):
        with self._committing() as connection:
            address = connection.setting_ids.filtered(lambda one: one.name == "address")
            address.value = "https://localhost:1"
        told = self._test()
        self.assertIn("localhost cannot be reached", told["message"])

    def test_server_that_cannot_prove_who_it_is(self):
        with patch.object(SmallConnector, "ca_path", True):
            told = self._test()
        self.assertIn("cannot prove who it is", told["message"])
        self.assertIn("nothing was sent", told["message"])

    def test_renewed_secret_is_stored_though_the_rest_fails(self):
        self.server.renewed = RENEWED
        self.server.faults.add("/account", "error", times=None, status=403)
        self.assertEqual(self._test()["type"], "warning")
        self.assertEqual(self._secret("refresh_token").value, RENEWED)
        self.assertTrue(self._secret("refresh_token").set_at)

    def test_interface_stays_once_it_was_synced(self):
        self._test()
        self._sync()
        with self.assertRaisesRegex(UserError, "was synced already"):
            self.connection.company_id = self.env.ref("base.main_company")
        self.connection.write({"kind": "small", "provider_id": self.provider.id})

    # Every night

    @freeze_time("2026-03-10 09:00:00")
    def test_next_night_is_that_of_the_company(self):
        self.company.partner_id.tz = "Europe/Berlin"
        self._test()
        self.assertEqual(self.connection.next_run_at, datetime(2026, 3, 11, 1, 0))
        self.connection.hour = 23.5
        self.assertEqual(self.connection.next_run_at, datetime(2026, 3, 10, 22, 30))
        self.connection.is_nightly = False
        self.assertFalse(self.connection.next_run_at)

    @freeze_time("2026-03-28 09:00:00")
    def test_night_in_which_clocks_are_put_forward(self):
        self.company.partner_id.tz = "Europe/Berlin"
        self.connection.hour = 2.5
        self._test()
        # 2:30 does not exist on the 29th: the moment 2.5 hours after midnight
        self.assertEqual(self.connection.next_run_at, datetime(2026, 3, 29, 1, 30))

    def test_paused_connection_rests_until_it_is_resumed(self):
        self._test()
        self.connection.action_pause()
        self.assertEqual(self.connection.state, "paused")
        self.assertFalse(self.connection.next_run_at)
        self.assertEqual(self._test()["type"], "success")
        self.assertEqual(self.connection.state, "paused")
        with self.assertRaisesRegex(UserError, "is not connected"):
            self.connection.with_user(self.clerk).action_sync_now()
        self.connection.action_resume()
        self.assertEqual(self.connection.state, "connected")
        self.assertTrue(self.connection.next_run_at)

    # Secrets that lapse

    @freeze_time("2026-03-10 09:00:00")
    def test_owner_is_warned_weeks_before_a_secret_lapses(self):
        secret = self._secret()
        secret.expires_on = date(2026, 4, 8)
        self.env["msp.connection"]._cron_watch_secrets()
        self.assertFalse(self.connection.activity_ids)
        secret.expires_on = date(2026, 4, 7)
        activity = self.connection.activity_ids
        self.assertEqual(activity.user_id, self.owner)
        self.assertEqual(activity.date_deadline, date(2026, 4, 7))
        self.assertEqual(
            activity.summary,
            "Client Secret of Small Provider is valid until 04/07/2026",
        )
        self.env["msp.connection"]._cron_watch_secrets()
        self.assertEqual(len(self.connection.activity_ids), 1)

    @freeze_time("2026-03-10 09:00:00")
    def test_new_secret_takes_the_warning_back(self):
        secret = self._secret()
        secret.expires_on = date(2026, 3, 20)
        self.assertEqual(len(self.connection.activity_ids), 1)
        secret.with_user(self.administrator).new_value = "another one"
        self.assertFalse(secret.expires_on)
        self.assertFalse(self.connection.activity_ids)
        secret.write({"new_value": "and another", "expires_on": date(2027, 3, 20)})
        self.assertEqual(secret.expires_on, date(2027, 3, 20))

    def test_connector_may_know_until_when_a_secret_is_valid(self):
        with patch.object(
            SmallConnector,
            "expires_on",
            lambda self: {"client_secret": date(2026, 9, 1)},
        ):
            self._test()
        # the connector says from when on it is not valid any more
        self.assertEqual(self._secret().expires_on, date(2026, 8, 31))

    def test_each_entry_of_each_interface_is_named_and_explained(self):
        for connector in CONNECTORS.values():
            for field in connector.fields:
                if not field.is_kept and connector != SmallConnector:
                    self.assertIn(field.name, LABELS, connector.kind)
                    self.assertIn(field.name, HELP, connector.kind)

    def test_what_a_connector_keeps_for_itself_is_not_on_the_form(self):
        with self._committing() as connection:
            connection._keep_secrets({"kept_token": "t0k3n"}, {})
            connection._keep_secrets({"kept_token": "t0k3n-2"}, {})
        self.assertEqual(
            self.connection._get_account().secrets["kept_token"], "t0k3n-2"
        )
        self.assertNotIn("kept_token", self.connection.secret_ids.mapped("name"))
