import psycopg2.errors

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .connection_common import ConnectionCommon
from .vendors.small import RENEWED, SECRET


@tagged("post_install", "-at_install")
class TestConnectionHostile(ConnectionCommon):
    """What an administrator, or somebody in another company, must not do by RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other GmbH"})
        cls.other_clerk = cls._user("other_clerk", "group_billing_clerk")
        cls.other_clerk.write(
            {
                "company_ids": [Command.set(cls.other.ids)],
                "company_id": cls.other.id,
            }
        )

    def _mine(self):
        return self.connection.with_user(self.administrator)

    def _entry(self, name):
        entries = self.connection.sudo().setting_ids
        found = entries.filtered(lambda one: one.name == name)
        return found.with_user(self.administrator).sudo(False)

    def _as_administrator(self, secret):
        return secret.with_user(self.administrator).sudo(False)

    # Secrets

    def test_secret_is_not_moved_renamed_or_marked(self):
        second = self._connect(self.server)
        secret = self._as_administrator(self._secret())
        for vals in (
            {"connection_id": second.id},
            {"name": "refresh_token"},
            {"is_kept": True},
            {"set_at": "2020-01-01 00:00:00"},
        ):
            with self.assertRaises(UserError, msg=vals):
                secret.write(vals)
            with self.assertRaises(UserError, msg=vals):
                self._mine().write({"secret_ids": [Command.update(secret.id, vals)]})
        with self.assertRaises(UserError):
            self._entry("region").connection_id = second

    def test_secret_that_is_no_text(self):
        for value in (5, {"a": 1}, ["a"]):
            with self.assertRaisesRegex(UserError, "A secret is a text"):
                self._as_administrator(self._secret()).write({"new_value": value})

    def test_secret_of_a_lost_race_is_not_logged(self):
        """Odoo logs each query that fails, with its values."""
        secret = self._secret()
        queries = []

        def execute(cr, query, params=None, log_exceptions=True):
            text = repr((query, params))
            if "n3w-V4lue" in text or RENEWED in text:
                queries.append(log_exceptions)
            return original(cr, query, params, log_exceptions)

        cursor = type(self.env.cr)
        original = cursor.execute
        self.patch(cursor, "execute", execute)
        self._as_administrator(secret).new_value = "n3w-V4lue"
        self.env.flush_all()
        with self._committing() as connection:
            connection._keep_secrets({"refresh_token": RENEWED}, {})
        self.assertEqual(secret.value, "n3w-V4lue")
        self.assertEqual(queries, [False, False])

    def test_renewed_secret_does_not_replace_one_that_was_entered_meanwhile(self):
        secret = self._secret("refresh_token")
        account = self.connection._get_account()
        self._as_administrator(secret).new_value = "entered-meanwhile"
        with self._committing():
            account.renew(refresh_token=RENEWED)
        secret.invalidate_recordset()
        self.assertEqual(secret.value, "entered-meanwhile")

    def test_renewed_secret_is_renewed_again(self):
        account = self.connection._get_account()
        with self._committing():
            account.renew(refresh_token=RENEWED)
            account.renew(refresh_token=RENEWED + "2")
        self.env.invalidate_all()
        self.assertEqual(self._secret("refresh_token").value, RENEWED + "2")

    def test_renewed_secret_is_stored_after_a_lost_race(self):
        lost = []
        model = self.registry["msp.connection"]
        original = model._keep_secret

        def keep_secret(connection, *arguments):
            if not lost:
                lost.append(True)
                raise psycopg2.errors.SerializationFailure
            return original(connection, *arguments)

        self.patch(model, "_keep_secret", keep_secret)
        with self._committing() as connection:
            connection._keep_secrets({"refresh_token": RENEWED}, {})
        self.env.invalidate_all()
        self.assertEqual(self._secret("refresh_token").value, RENEWED)

    # Where secrets are sent

    def test_address_is_one_of_a_server(self):
        connection = (
            self.env["msp.connection"]
            .with_user(self.administrator)
            .create(
                {
                    "provider_id": self.provider.id,
                    "kind": "microsoft",
                    "user_id": self.clerk.id,
                }
            )
        )
        address = connection.setting_ids.filtered(lambda one: one.name == "graph_url")
        for bad in (
            "http://graph.microsoft.com",
            "file:///etc/passwd",
            "https://graph.microsoft.com@evil.example",
            "https://user:pass@graph.microsoft.com/v1.0",
            "https://evil.example\\@graph.microsoft.com",
            "https://graph.microsoft.com/v1.0?sig=abc",
            "https://graph.microsoft.com/v1.0#a",
            "https://gr\u0430ph.microsoft.com",
            "https://",
            "https:///v1.0",
            "ftp://graph.microsoft.com",
            "graph.microsoft.com",
            "https://a\nb",
        ):
            with self.assertRaisesRegex(ValidationError, "is an address", msg=bad):
                address.value = bad
        for good in ("https://graph.microsoft.us/v1.0", " https://localhost:8443/ "):
            address.value = good
        address.value = False

    def test_note_repeats_no_free_text(self):
        """Somebody may have pasted a secret into the wrong entry."""
        self._entry("note").value = SECRET
        self.assertEqual(self.connection.message_ids[0].preview, "Entered anew: Note")
        self._entry("region").value = "us"
        self.assertEqual(self.connection.message_ids[0].preview, "Region: eu → us")

    # Companies

    def test_connection_is_not_moved_to_a_company_of_others(self):
        with self.assertRaises(AccessError):
            self._mine().write(
                {"company_id": self.other.id, "user_id": self.other_clerk.id}
            )
        with self.assertRaises(AccessError):
            self._mine().create(
                {
                    "provider_id": self.provider.id,
                    "kind": "small",
                    "company_id": self.other.id,
                    "user_id": self.other_clerk.id,
                }
            )

    def test_mailbox_is_not_moved_to_a_company_of_others(self):
        mailbox = (
            self.env["msp.provider.mailbox"]
            .with_user(self.administrator)
            .create(
                {
                    "provider_id": self.provider.id,
                    "user_id": self.clerk.id,
                    "allowed_senders": "vendor.example",
                }
            )
        )
        with self.assertRaises(AccessError):
            mailbox.write({"company_id": self.other.id, "user_id": self.other_clerk.id})

    def test_provider_of_another_company(self):
        theirs = self.env["msp.provider"].create(
            {"name": "Theirs", "code": "theirs", "company_id": self.other.id}
        )
        with self.assertRaises(UserError):
            self._mine().provider_id = theirs

    def test_shared_provider_that_other_companies_are_connected_to(self):
        """Who deletes it would delete what he may not even see."""
        theirs = (
            self.env["msp.connection"]
            .sudo()
            .create(
                {
                    "provider_id": self.provider.id,
                    "kind": "small",
                    "company_id": self.other.id,
                    "user_id": self.other_clerk.id,
                }
            )
        )
        provider = self.provider.with_user(self.administrator)
        with self.assertRaisesRegex(UserError, "used by other companies"):
            provider.unlink()
        theirs.unlink()
        provider.unlink()
        self.assertFalse(self.connection.exists())
