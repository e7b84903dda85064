from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..connectors import Answer, ConnectorError
from .common import seats
from .states_common import StatesCommon, StatesConnector
from .subscription_common import SUBSCRIPTION, state


@tagged("post_install", "-at_install")
class TestProviderOrder(StatesCommon):
    """Orders: confirmed by a person, sent once, believed when they are seen."""

    def setUp(self):
        super().setUp()
        self._applied(seats(12))
        self._sync(state(purchased=12))
        self.connection.may_order = True

    @property
    def subscription(self):
        return self.env["msp.subscription"].search(
            [("subscription_id", "=", SUBSCRIPTION)]
        )

    def _wanted(self, quantity=10):
        """Return the draft order of a version that wants fewer units."""
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
        self.assertTrue(version.can_order)
        action = version.action_order()
        return self.env["msp.provider.order"].browse(action["res_id"])

    def _send(self):
        self._run("ir_cron_send_orders")

    def test_nothing_is_sent_before_somebody_confirms(self):
        order = self._wanted()
        self._send()
        self.assertFalse(StatesConnector.orders)
        self.assertEqual(order.state, "draft")
        self.assertEqual((order.old_quantity, order.quantity), (12.0, 10.0))

    def test_an_order_is_sent_and_waits_until_it_is_seen(self):
        order = self._wanted()
        order.with_user(self.manager).action_confirm()
        self._send()
        (sent,) = StatesConnector.orders
        self.assertEqual(
            (sent.quantity, sent.expected, sent.subscription_id, sent.request_id),
            (10, 12, SUBSCRIPTION, order.request_id),
        )
        self.assertEqual(order.state, "waiting")
        self.assertTrue(order.version_id.is_waiting_at_provider)
        self._send()
        self.assertEqual(len(StatesConnector.orders), 1)
        self._sync(state(purchased=10))
        self.assertEqual(order.state, "done")
        self.assertFalse(order.version_id.is_waiting_at_provider)

    def test_a_sync_does_not_undo_what_was_ordered(self):
        order = self._wanted()
        order.with_user(self.manager).action_confirm()
        self._send()
        # the provider has not done it yet, and has others meanwhile
        sync = self._sync(state(purchased=13))
        self.assertFalse(sync.count_import_id)
        self.assertEqual(self._content(self.position)[-1][1], 10.0)
        self.assertEqual(order.state, "waiting")

    def test_a_refusal_is_told_to_who_confirmed(self):
        StatesConnector.answer = Answer("refused", "The term does not allow it")
        order = self._wanted()
        order.with_user(self.manager).action_confirm()
        self._send()
        self.assertEqual(order.state, "refused")
        self.assertEqual(order.activity_ids.user_id, self.manager)
        self.assertIn("term does not allow", order.answer)

    def test_an_order_that_may_have_arrived_is_never_sent_again(self):
        StatesConnector.answer = ConnectorError("unreachable", "states")
        order = self._wanted()
        order.with_user(self.manager).action_confirm()
        self._send()
        self.assertEqual(order.state, "unknown")
        self._send()
        self.assertEqual(len(StatesConnector.orders), 1)
        # it had arrived
        self._sync(state(purchased=10))
        self.assertEqual(order.state, "done")

    def test_an_order_that_did_not_arrive_says_so_after_an_hour(self):
        StatesConnector.answer = ConnectorError("faulty", "states", status=500)
        order = self._wanted()
        order.with_user(self.manager).action_confirm()
        self._send()
        self._sync(state(purchased=12))
        self.assertEqual(order.state, "unknown")
        with freeze_time(fields.Datetime.now() + timedelta(hours=2)):
            self._sync(state(purchased=12))
        self.assertEqual(order.state, "refused")
        self.assertIn("did not arrive", order.answer)
        # the same number, so that the provider can tell
        StatesConnector.answer = Answer("done")
        order.with_user(self.manager).action_confirm()
        self._send()
        first, second = StatesConnector.orders
        self.assertEqual(first.request_id, second.request_id)

    def test_a_throttled_order_is_tried_again(self):
        StatesConnector.answer = ConnectorError("throttled", "states", 30)
        order = self._wanted()
        order.with_user(self.manager).action_confirm()
        self._send()
        self.assertEqual(order.state, "confirmed")
        self._send()
        self.assertEqual(len(StatesConnector.orders), 1)
        StatesConnector.answer = Answer("done")
        with freeze_time(fields.Datetime.now() + timedelta(minutes=11)):
            self._send()
        self.assertEqual(order.state, "waiting")

    def test_a_process_that_died_while_sending_leaves_an_order_to_look_at(self):
        order = self._wanted()
        order.with_user(self.manager).action_confirm()
        order._system_write(
            {
                "state": "sending",
                "sent_at": fields.Datetime.now() - timedelta(minutes=10),
            }
        )
        self._send()
        self.assertEqual(order.state, "unknown")
        self.assertFalse(StatesConnector.orders)

    def test_a_process_that_died_is_followed_by_a_look_at_once(self):
        order = self._wanted()
        order.with_user(self.manager).action_confirm()
        order._system_write(
            {
                "state": "sending",
                "sent_at": fields.Datetime.now() - timedelta(minutes=10),
            }
        )
        StatesConnector.listed = [state(purchased=10)]
        self._send()
        self.assertEqual(order.state, "done")
        self.assertFalse(StatesConnector.orders)

    def _sent(self, quantity=10):
        order = self._wanted(quantity).with_user(self.manager)
        order.action_confirm()
        self._send()
        self.assertEqual(order.state, "waiting")
        return order

    def _later(self, hours, *states):
        with freeze_time(fields.Datetime.now() + timedelta(hours=hours)):
            return self._sync(*states)

    def test_another_number_than_ordered_is_told_and_contracts_hear_of_it(self):
        order = self._sent()
        sync = self._later(2, state(purchased=11))
        self.assertEqual(order.state, "refused")
        self.assertIn("11", order.answer)
        self.assertEqual(order.activity_ids.user_id, self.manager)
        change = (sync.count_import_id or self._later(26).count_import_id).change_ids
        self.assertEqual((change.quantity, change.state), (11.0, "waiting"))

    def test_what_was_sent_can_be_given_up(self):
        order = self._sent()
        self._later(2, state(purchased=12))
        self.assertEqual(order.state, "waiting")
        with self.assertRaises(AccessError):
            order.with_user(self.clerk).action_give_up()
        order.action_give_up()
        self.assertEqual(order.state, "cancelled")
        self.assertFalse(order.version_id.is_waiting_at_provider)
        with self.assertRaisesRegex(UserError, "not waited for"):
            order.action_give_up()
        # it comes late: then the contract says so already
        sync = self._later(26, state(purchased=10))
        self.assertEqual(sync.count_import_id.change_ids.state, "no_change")

    def test_another_order_waits_until_the_first_is_settled(self):
        order = self._sent()
        with self.assertRaisesRegex(UserError, "not settled yet"):
            self._wanted(8)
        self.assertEqual(self._wanted(10), order)

    def test_a_withdrawn_version_orders_nothing(self):
        order = self._wanted()
        order.with_user(self.manager).action_confirm()
        order.version_id._withdraw("not wanted")
        self.assertEqual(order.state, "cancelled")
        self._send()
        self.assertFalse(StatesConnector.orders)

    def test_what_a_withdrawn_version_has_sent_is_told(self):
        order = self._sent()
        order.version_id._withdraw("not wanted")
        self.assertEqual(order.state, "waiting")
        self.assertIn("opposite", str(order.activity_ids.note))
        self.assertEqual(order.activity_ids.user_id, self.manager)

    def test_a_refused_order_of_a_withdrawn_version_is_not_sent_again(self):
        StatesConnector.answer = Answer("refused", "No")
        order = self._wanted().with_user(self.manager)
        order.action_confirm()
        self._send()
        order.version_id.sudo()._withdraw("not wanted")
        with self.assertRaisesRegex(UserError, "withdrawn"):
            order.action_confirm()

    def test_what_holds_later_is_sent_later(self):
        day = fields.Date.today() + timedelta(days=20)
        version = self._version(
            self.contract,
            day,
            {
                "action": "set",
                "position_id": self.position.id,
                "quantity_mode": "set",
                "quantity": 15,
            },
        ).with_user(self.manager)
        order = self.env["msp.provider.order"].browse(version.action_order()["res_id"])
        self.assertEqual(order.send_on, day)
        order.with_user(self.manager).action_confirm()
        self._send()
        self.assertEqual((order.state, StatesConnector.orders), ("confirmed", []))
        with freeze_time(fields.Datetime.to_datetime(day) + timedelta(hours=1)):
            self._send()
        self.assertEqual(len(StatesConnector.orders), 1)

    def test_the_licence_status_leads_to_the_order(self):
        order = self._sent()
        status = self.env["msp.licence.status"].with_user(self.manager).search([])
        self.assertEqual((status.order_id, status.order_state), (order, "waiting"))
        self.assertEqual(status.action_open_order()["res_id"], order.id)

    def test_a_draft_is_not_waiting_at_the_provider(self):
        order = self._wanted()
        self.assertFalse(order.version_id.is_waiting_at_provider)
        order.with_user(self.manager).action_confirm()
        self.assertTrue(order.version_id.is_waiting_at_provider)

    def test_a_terminated_contract_is_not_renewed(self):
        version = self._version(
            self.contract, fields.Date.today(), {"action": "terminate"}
        ).with_user(self.manager)
        self.assertTrue(version.can_order)
        order = self.env["msp.provider.order"].browse(version.action_order()["res_id"])
        self.assertEqual((order.kind, order.auto_renew), ("auto_renew", False))

    def test_one_of_several_subscriptions_gets_what_is_missing(self):
        mapping = self.env["msp.position.mapping"].search(
            [("subscription_id", "=", SUBSCRIPTION)]
        )
        mapping.is_summed = True
        mapping.copy({"subscription_id": "second", "is_summed": True})
        self._sync(state(purchased=12), state(subscription_id="second", purchased=20))
        self.env.flush_all()
        statuses = self.env["msp.licence.status"].with_user(self.manager)
        # 12 are agreed of 32, and the first has 12 only
        with self.assertRaisesRegex(UserError, "adds up"):
            statuses.search([("difference", "!=", 0)]).action_order()
        with self.assertRaisesRegex(UserError, "has what the contract says"):
            statuses.search([("difference", "=", 0)]).action_order()

    def test_an_order_nobody_sees_becomes_an_activity(self):
        order = self._wanted()
        order.with_user(self.manager).action_confirm()
        self._send()
        order._system_write(
            {"sent_at": fields.Datetime.now() - timedelta(days=4), "look_at": False}
        )
        self._send()
        self.assertTrue(order.is_overdue)
        self.assertEqual(order.activity_ids.user_id, self.manager)
        self._send()
        self.assertEqual(len(order.activity_ids), 1)

    def test_nothing_can_be_ordered_unless_the_connection_may(self):
        self.connection.may_order = False
        version = self._version(
            self.contract,
            fields.Date.today(),
            {
                "action": "set",
                "position_id": self.position.id,
                "quantity_mode": "set",
                "quantity": 9,
            },
        ).with_user(self.manager)
        self.assertFalse(version.can_order)
        status = self.env["msp.licence.status"].search([])
        with self.assertRaisesRegex(UserError, "no connection"):
            status.with_user(self.manager).action_order()

    def test_only_account_managers_order(self):
        order = self._wanted()
        for method in ("action_confirm", "action_cancel", "action_look"):
            with self.assertRaises(AccessError):
                getattr(order.with_user(self.clerk), method)()
        with self.assertRaises(UserError):
            order.with_user(self.manager).write({"state": "confirmed"})

    def test_what_was_not_sent_can_be_taken_back(self):
        order = self._wanted().with_user(self.manager)
        order.action_confirm()
        order.action_cancel()
        self._send()
        self.assertEqual(order.state, "cancelled")
        self.assertFalse(StatesConnector.orders)
        again = self._wanted(9).with_user(self.manager)
        again.action_confirm()
        self._send()
        with self.assertRaisesRegex(UserError, "sent already"):
            again.action_cancel()

    def test_what_the_provider_has_already_is_not_ordered(self):
        order = self._wanted().with_user(self.manager)
        self._sync(state(purchased=10))
        with self.assertRaisesRegex(UserError, "has this already"):
            order.action_confirm()

    def test_a_position_that_ends_is_not_renewed(self):
        version = self._version(
            self.contract,
            fields.Date.today(),
            {"action": "end", "position_id": self.position.id},
        ).with_user(self.manager)
        order = self.env["msp.provider.order"].browse(version.action_order()["res_id"])
        self.assertEqual((order.kind, order.auto_renew), ("auto_renew", False))
