from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..connectors import Answer, ConnectorError, Field
from .common import seats
from .states_common import StatesCommon, StatesConnector
from .subscription_common import SUBSCRIPTION, state


@tagged("post_install", "-at_install")
class TestSyncLanguage(StatesCommon):
    """What the scheduler writes down is in the language of who reads it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.manager.lang = "de_DE"

    def _ordered(self):
        self._applied(seats(12))
        self._sync(state(purchased=12))
        self.connection.may_order = True
        subscription = self.env["msp.subscription"].search(
            [("subscription_id", "=", SUBSCRIPTION)]
        )
        order = (
            self.env["msp.provider.order"]
            .with_user(self.manager)
            .with_context(lang="de_DE")
            ._propose(
                subscription,
                kind="quantity",
                quantity=10,
                contract_id=self.contract.id,
            )
        )
        order.action_confirm()
        return order

    def test_other_names_in_answers_are_told_in_the_owners_language(self):
        self._sync(state(raw={"quantity": 1}))
        self._sync(state(raw={"quantity": 1, "promotion": None}))
        layout = self.env["msp.layout"].search(
            [("source", "=", "subscriptions:states")]
        )
        self.assertEqual(layout.title, "Abonnements der Schnittstelle")
        self.assertIn("andere Spalten", layout.activity_ids.summary)

    def test_what_ends_a_row_of_failures_is_in_the_owners_language(self):
        error = ConnectorError("wrong_secret", "states.example")
        with patch.object(StatesConnector, "read_subscriptions", side_effect=error):
            for _night in range(3):
                self._sync()
        activity = self.connection.activity_ids
        self.assertIn("fehlgeschlagen", activity.summary)
        self._sync()
        self.assertIn(
            "Der Abgleich gelingt wieder.",
            "".join(self.connection.message_ids.mapped("body")),
        )

    def test_what_is_missing_is_named_in_the_language_of_who_looks(self):
        needed = (Field("client_secret", is_secret=True),)
        with patch.object(StatesConnector, "fields", needed):
            self.connection._complete_entries()
            sync = self._sync()
            self.assertEqual(sync.message, "Enter first: Client Secret.")
            german = sync.with_context(lang="de_DE")
            self.assertIn("Geben Sie zuerst ein", german.message)

    def test_what_becomes_of_an_order_is_told_to_who_confirmed_it(self):
        order = self._ordered()
        self._run("ir_cron_send_orders")
        self.assertIn(
            "An den Anbieter gesendet", "".join(order.message_ids.mapped("body"))
        )
        self._sync(state(purchased=10))
        self.assertEqual(order.state, "done")
        self.assertIn(
            "Beim Anbieter gesehen", "".join(order.message_ids.mapped("body"))
        )

    def test_an_overdue_order_is_told_to_who_confirmed_it(self):
        order = self._ordered()
        self._run("ir_cron_send_orders")
        order._system_write({"sent_at": fields.Datetime.now() - timedelta(days=4)})
        order._system_write({"look_at": False})
        self._run("ir_cron_send_orders")
        self.assertIn("nicht ausgeführt", order.activity_ids.summary)

    def test_a_refused_order_says_why_in_the_language_of_who_confirmed_it(self):
        order = self._ordered()
        StatesConnector.answer = Answer("refused", "")
        self._run("ir_cron_send_orders")
        self.assertEqual(order.answer, "Abgelehnt")

    def test_an_order_without_secret_is_refused_and_not_lost(self):
        order = self._ordered()
        needed = (Field("client_secret", is_secret=True),)
        with patch.object(StatesConnector, "fields", needed):
            self.connection._complete_entries()
            self._run("ir_cron_send_orders")
        self.assertFalse(StatesConnector.orders)
        self.assertEqual(order.state, "refused")
        self.assertIn("Geben Sie zuerst ein", order.answer)

    def test_a_setting_that_stays_empty_is_no_change(self):
        with patch.object(
            StatesConnector, "fields", (Field("note", is_required=False),)
        ):
            self.connection._complete_entries()
            setting = self.connection.setting_ids
            before = len(self.connection.message_ids)
            setting.value = None
            setting.value = ""
            self.assertEqual(len(self.connection.message_ids), before)
            setting.value = "by hand"
            self.assertEqual(len(self.connection.message_ids), before + 1)
