from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..connectors import Answer
from .common import seats
from .states_common import StatesCommon, StatesConnector
from .subscription_common import SUBSCRIPTION, state

IMAGE = "<img src='https://evil.example/a.png'>"


@tagged("post_install", "-at_install")
class TestProviderOrderHostile(StatesCommon):
    """Orders while connections are paused and people gone; answers are text."""

    def setUp(self):
        super().setUp()
        self._applied(seats(12))
        self._sync(state(purchased=12))
        self.connection.may_order = True
        self.subscription = self.env["msp.subscription"].search(
            [("subscription_id", "=", SUBSCRIPTION)]
        )
        self.order = (
            self.env["msp.provider.order"]
            .with_user(self.manager)
            ._propose(self.subscription, kind="quantity", quantity=10)
        )

    def _send(self):
        self._run("ir_cron_send_orders")

    def test_paused_connection_sends_nothing(self):
        self.order.action_confirm()
        self.connection.action_pause()
        self._send()
        self.assertFalse(StatesConnector.orders)
        self.assertEqual(self.order.state, "refused")
        with self.assertRaisesRegex(UserError, "Nothing may be ordered"):
            self.order.action_confirm()
        self.connection._system_write({"state": "connected"})
        self.order.action_confirm()
        self._send()
        self.assertEqual(len(StatesConnector.orders), 1)

    def test_paused_connection_is_not_asked_about_orders(self):
        self.order.action_confirm()
        self._send()
        self.connection.action_pause()
        self.order.action_look()
        StatesConnector.listed = [state(purchased=10)]
        triggers = self.env["ir.cron.trigger"].search_count([])
        self._send()
        self.assertEqual(self.order.state, "waiting")
        self.assertEqual(self.env["ir.cron.trigger"].search_count([]), triggers)
        self.connection._system_write({"state": "connected"})
        self._send()
        self.assertEqual(self.order.state, "done")

    def test_words_of_the_provider_are_text(self):
        StatesConnector.answer = Answer("refused", IMAGE)
        self.order.action_confirm()
        self._send()
        self.assertEqual(self.order.answer, IMAGE)
        for body in (
            self.order.activity_ids.note,
            *self.order.message_ids.mapped("body"),
        ):
            self.assertNotIn("<img", body)
        self.assertIn("&lt;img", self.order.activity_ids.note)

    def test_who_confirmed_is_told_in_his_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["ir.module.module"]._load_module_terms(["msp_cloud_import"], ["de_DE"])
        self.manager.lang = "de_DE"
        StatesConnector.answer = Answer("refused", "no")
        self.order.action_confirm()
        self._send()
        summary = "An order at a provider was not carried out"
        self.assertEqual(
            self.order.activity_ids.summary,
            self.order.with_context(lang="de_DE").env._(summary),
        )
        self.assertNotEqual(self.order.activity_ids.summary, summary)

    def test_who_confirmed_has_gone(self):
        boss = self._user("boss", "group_account_manager")
        self.provider.user_id = boss
        StatesConnector.answer = Answer("refused", "no")
        self.order.action_confirm()
        self.manager.active = False
        self._send()
        self.assertEqual(self.order.activity_ids.user_id, boss)

    def test_who_confirmed_has_left_the_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        StatesConnector.answer = Answer("refused", "no")
        self.order.action_confirm()
        self.order.invalidate_recordset()
        self.manager.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self._send()
        order = self.order.with_user(self.env.user)
        self.assertEqual(order.activity_ids.user_id, self.clerk)

    def test_what_is_seen_after_an_order_is_of_the_day_of_the_company(self):
        self.company.partner_id.tz = "Europe/Berlin"
        with freeze_time("2026-03-10 23:30:00"):
            self.order.action_confirm()
            self._send()
            StatesConnector.listed = [state(purchased=10)]
            self.order.action_look()
            self._send()
        self.assertEqual(self.order.state, "done")
        seen = self.subscription.change_ids.filtered(
            lambda one: one.what == "purchased"
        )
        self.assertEqual(seen.day, date(2026, 3, 11))
        self.assertEqual(self.subscription.state_since, date(2026, 3, 11))
