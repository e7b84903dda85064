import logging
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.misc import file_open

from .connection_common import ConnectionCommon, as_text
from .small_connector import SmallConnector
from .vendors.small import RENEWED, SECRET

USERS = ("manager", "clerk", "administrator")


class _Lines(logging.Handler):
    """Keeps all lines that are logged, as they would be written."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []
        self.setFormatter(logging.Formatter())

    def emit(self, record):
        if not record.name.startswith("odoo.sql_db"):
            self.lines.append(self.format(record))


@tagged("post_install", "-at_install")
class TestConnectionSecret(ConnectionCommon):
    """Who may set up, run and see; and that nobody ever sees a secret."""

    def setUp(self):
        super().setUp()
        self.server.renewed = RENEWED
        self._test()
        exporters = self.env.ref("base.group_allow_export")
        for name in USERS:
            getattr(self, name).group_ids += exporters

    def _assert_silent(self, text):
        for secret in (SECRET, RENEWED):
            self.assertNotIn(secret, text)

    def test_secret_is_stored_and_used(self):
        self.assertEqual(self._secret().value, SECRET)
        self.assertEqual(self.server.calls("/token")[0].json(), {"secret": SECRET})

    def test_nobody_reads_a_secret(self):
        secret = self._secret()
        for name in USERS:
            mine = secret.with_user(getattr(self, name)).sudo(False)
            for method in (
                lambda mine=mine: mine.read(["value"]),
                lambda mine=mine: mine.search_read([], ["value"]),
                lambda mine=mine: mine.search([("value", "=like", "s%")]),
                lambda mine=mine: mine.export_data(["value"]),
                lambda mine=mine: mine.web_read({"value": {}}),
                lambda mine=mine: mine.search([], order="value"),
                lambda mine=mine: mine.formatted_read_group([], ["value"], ["__count"]),
            ):
                with self.assertRaises(AccessError):
                    method()

    def test_what_administrators_read_holds_no_secret(self):
        secret = self._secret().with_user(self.administrator).sudo(False)
        self._assert_silent(as_text(secret.read()))
        self._assert_silent(as_text(secret.export_data(["name", "new_value"])))
        connection = self.connection.with_user(self.administrator)
        self._assert_silent(as_text(connection.read()))
        fields = {"secret_ids": {"fields": {"new_value": {}, "set_at": {}}}}
        self._assert_silent(as_text(connection.web_read(fields)))
        self._assert_silent(as_text(connection.copy_data()))

    def test_answer_to_whoever_saves_a_secret_does_not_have_it(self):
        connection = self.connection.with_user(self.administrator)
        secret = self._secret()
        answer = connection.web_save(
            {"secret_ids": [(1, secret.id, {"new_value": "k33p-0ut"})]},
            {"secret_ids": {"fields": {"new_value": {}, "set_at": {}}}},
        )
        self.assertNotIn("k33p-0ut", as_text(answer))
        self.assertEqual(secret.value, "k33p-0ut")
        created = (
            self.env["msp.connection"]
            .with_user(self.administrator)
            .web_save(
                {
                    "provider_id": self.provider.id,
                    "kind": "small",
                    "user_id": self.clerk.id,
                    "secret_ids": [
                        (0, 0, {"name": "client_secret", "new_value": "k33p-0ut-2"})
                    ],
                },
                {"secret_ids": {"fields": {"new_value": {}, "set_at": {}}}},
            )
        )
        self.assertNotIn("k33p-0ut", as_text(created))

    def test_clerks_and_account_managers_see_no_settings(self):
        for user in (self.clerk, self.manager):
            connection = self.connection.with_user(user)
            self.assertEqual(connection.state, "connected")
            self.assertEqual(connection.read(["name", "message"])[0]["message"], False)
            for name in ("setting_ids", "secret_ids"):
                with self.assertRaises(AccessError):
                    connection.read([name])
            for model in ("msp.connection.setting", "msp.connection.secret"):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])

    def test_only_administrators_set_up(self):
        for user in (self.clerk, self.manager):
            connection = self.connection.with_user(user)
            for method in (
                lambda one=connection: one.write({"hour": 3}),
                lambda one=connection: one.create(
                    {"provider_id": self.provider.id, "kind": "small"}
                ),
                lambda one=connection: one.unlink(),
                lambda one=connection: one.action_test(),
                lambda one=connection: one.action_pause(),
                lambda one=connection: one.action_resume(),
            ):
                with self.assertRaises(AccessError):
                    method()

    def test_nobody_enters_what_follows_from_tests_and_syncs(self):
        connection = self.connection.with_user(self.administrator)
        for vals in (
            {"state": "connected"},
            {"failure_count": 0},
            {"next_run_at": "2026-01-01"},
            {"sync_ids": []},
        ):
            with self.assertRaisesRegex(UserError, "follow from its tests"):
                connection.write(vals)
        sync = self._sync().with_user(self.administrator)
        with self.assertRaises(AccessError):
            sync.read(["cursor"])
        for method in (
            lambda: sync.write({"state": "done"}),
            lambda: sync.create({"connection_id": connection.id, "trigger": "night"}),
            lambda: sync.unlink(),
            lambda: sync.problem_ids.create({"sync_id": sync.id}),
            lambda: self.env["msp.sync.export"].create({"key": "a"}),
        ):
            with self.assertRaises(UserError):
                method()

    def test_clerks_run_and_stop_account_managers_look_on(self):
        manager = self.connection.with_user(self.manager)
        for method in (manager.action_sync_now, manager.action_stop_sync):
            with self.assertRaisesRegex(AccessError, "Only billing clerks"):
                method()
        sync = self._sync()
        self.assertEqual(sync.with_user(self.manager).state, "done")
        with self.assertRaises(AccessError):
            sync.with_user(self.manager).action_stop()
        self.connection.with_user(self.clerk).action_sync_now()
        self.connection.with_user(self.clerk).action_stop_sync()
        self.assertEqual(self.connection.last_sync_id.state, "stopped")

    def test_other_companies_see_nothing(self):
        self.server.add_export("e1", "1", ("e1.csv", self._file()))
        self._sync()
        other = self.env["res.company"].create({"name": "Other"})
        user = self._user("other", "group_administrator")
        user.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for model in (
            "msp.connection",
            "msp.connection.setting",
            "msp.connection.secret",
            "msp.connection.ability",
            "msp.sync",
            "msp.sync.export",
        ):
            records = (
                self.env[model]
                .with_user(user)
                .with_context(allowed_company_ids=other.ids)
            )
            self.assertFalse(records.search([]), model)
            self.assertTrue(self.env[model].search([]), model)

    def test_secrets_are_in_no_log_note_or_error(self):
        lines = _Lines()
        root = logging.getLogger()
        level = root.level
        root.addHandler(lines)
        root.setLevel(logging.DEBUG)
        self.addCleanup(root.setLevel, level)
        self.addCleanup(root.removeHandler, lines)
        self.server.faults.add("/page", "error", times=None, status=500)
        sync = self._sync()
        self.server.faults.clear()
        self.server.secret = "changed at the provider"
        self._test()
        self.server.faults.add("/token", "not_json", times=None)
        self._test()
        self._run_cron()
        root.removeHandler(lines)
        self.assertTrue(lines.lines)
        self._assert_silent("\n".join(lines.lines))
        self.env.flush_all()
        for table in (
            "mail_message",
            "mail_tracking_value",
            "mail_activity",
            "msp_connection",
            "msp_connection_setting",
            "msp_connection_ability",
            "msp_sync",
            "msp_sync_problem",
            "msp_sync_export",
        ):
            self.env.cr.execute(f"SELECT to_jsonb(t)::text FROM {table} t")
            self._assert_silent("\n".join(row for (row,) in self.env.cr.fetchall()))
        self.assertEqual(sync.state, "waiting")

    def test_unexpected_error_is_named_by_its_kind_only(self):
        def fail(*_arguments):
            raise ValueError(f"https://localhost/blob?sig={SECRET}")

        with (
            patch.object(SmallConnector, "read_subscriptions", fail),
            self.assertLogs("odoo.addons.msp_cloud_import", "ERROR") as logs,
        ):
            sync = self._sync()
        self.assertEqual(sync.state, "failed")
        self.assertEqual(
            sync.message,
            "An unexpected error occurred (ValueError). The server's log has the details.",
        )
        self._assert_silent("\n".join(logs.output))
        self.assertIn("read_subscriptions", "\n".join(logs.output))

    def test_neutralised_database_has_no_secret_and_connects_to_nobody(self):
        self.server.add_export("e1", "1", ("e1.csv", self._file()), looks=5)
        self._sync()
        self.connection.with_user(self.administrator).may_order = True
        self.assertEqual(self.connection.last_sync_id.state, "waiting")
        self.env.flush_all()
        with file_open("msp_cloud_import/data/neutralize.sql") as file:
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        self.assertFalse(any(self.connection.sudo().secret_ids.mapped("value")))
        self.assertFalse(any(self.connection.secret_ids.mapped("set_at")))
        self.assertEqual(self.connection.state, "paused")
        self.assertFalse(self.connection.may_order)
        self.assertFalse(self.connection.next_run_at)
        self.assertEqual(self.connection.last_sync_id.state, "stopped")
        exports = self.env["msp.sync.export"].sudo().search([])
        self.assertFalse(any(exports.mapped("content")))
        calls = len(self.server.log)
        self._run_cron()
        self.assertEqual(len(self.server.log), calls)
