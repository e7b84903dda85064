from datetime import date

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .microsoft_common import MicrosoftCommon


@tagged("post_install", "-at_install")
class TestProviderOrderMicrosoft(MicrosoftCommon):
    """From a version of the contract to Microsoft and back, over HTTPS."""

    def setUp(self):
        super().setUp()
        self.manager = self._user("manager", "group_account_manager")
        self._night("2026-03-06")
        self.connection.may_order = True

    def _ordered(self, quantity):
        """Return the confirmed order of a version that wants other seats."""
        version = self._version(
            self.contract,
            fields.Date.today(),
            {
                "action": "set",
                "position_id": self.position.id,
                "quantity_mode": "set",
                "quantity": quantity,
            },
        ).with_user(self.manager)
        action = version.action_order()
        order = self.env["msp.provider.order"].browse(action["res_id"])
        order.with_user(self.manager).action_confirm()
        return order

    def _send(self):
        self._run("ir_cron_send_orders")

    def _at_microsoft(self):
        return self.server.data.subscription(self.number, self.seats)

    @freeze_time("2026-03-10 09:00:00", tick=True)
    def test_more_seats_are_ordered_once_and_believed_when_a_sync_sees_them(self):
        order = self._ordered(15)
        self._send()
        self.assertEqual(order.state, "waiting", order.answer)
        self.assertEqual(self._at_microsoft()["quantity"], 15)
        self.assertTrue(order.version_id.is_waiting_at_provider)
        self._send()
        self._night("2026-03-11")
        self.assertEqual(order.state, "done")
        self.assertFalse(order.version_id.is_waiting_at_provider)
        # nothing was proposed on top of what was ordered
        self.assertEqual(
            self._content()[1:],
            [(date(2026, 3, 6), 12.0), (date(2026, 3, 10), 15.0)],
        )
        self.assertEqual(self.server.data.changes, [(self.seats, 15)])
        told = "".join(order.message_ids.mapped("body"))
        for secret in self.server.secrets.values():
            self.assertNotIn(secret, told)

    @freeze_time("2026-03-10 09:00:00", tick=True)
    def test_a_refusal_is_told_in_microsofts_words(self):
        order = self._ordered(9)
        self._send()
        self.assertEqual(order.state, "refused")
        self.assertIn("first seven days only", order.answer)
        self.assertEqual(self._at_microsoft()["quantity"], 12)
        self.assertEqual(order.activity_ids.user_id, self.manager)
        # who changed the contract decides; until then the difference is in sight
        self._night("2026-03-11")
        self.assertEqual(self._content()[-1], (date(2026, 3, 10), 9.0))
        status = self.env["msp.licence.status"].search(
            [("contract_id", "=", self.contract.id)]
        )
        self.assertEqual((status.units, status.difference), (12.0, 3.0))

    @freeze_time("2026-03-10 09:00:00", tick=True)
    def test_an_answer_that_breaks_off_does_not_order_twice(self):
        order = self._ordered(15)
        # the first call reads the subscription, the second changes it
        self.server.faults.add(f"/subscriptions/{self.seats}", "reset", after=1)
        self._send()
        self.assertEqual(order.state, "unknown")
        self.assertEqual(self._at_microsoft()["quantity"], 15)
        order.with_user(self.manager).action_look()
        self._send()
        self.assertEqual(order.state, "done")
        self.assertEqual(len(self.server.calls(method="PATCH")), 1)

    @freeze_time("2026-03-10 09:00:00", tick=True)
    def test_none_left_lets_the_term_end(self):
        order = self._ordered(0)
        self.assertEqual((order.kind, order.auto_renew), ("auto_renew", False))
        self._send()
        self.assertIs(self._at_microsoft()["autoRenewEnabled"], False)
        self._night("2026-03-11")
        self.assertEqual(order.state, "done")
        self.assertEqual(order.subscription_id.auto_renew, "no")

    @freeze_time("2026-03-10 09:00:00", tick=True)
    def test_seats_that_somebody_changed_meanwhile_are_not_overwritten(self):
        order = self._ordered(15)
        self._at_microsoft()["quantity"] = 14
        self._send()
        self.assertEqual(order.state, "refused")
        self.assertIn("14", order.answer)
        self.assertFalse(self.server.calls(method="PATCH"))
