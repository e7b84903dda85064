from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from ..connectors import ConnectorError
from .common import seats
from .states_common import StatesCommon, StatesConnector
from .subscription_common import SUBSCRIPTION, state


@tagged("post_install", "-at_install")
class TestSyncCounts(StatesCommon):
    """What a sync reads of subscriptions: stored, compared with contracts, applied."""

    def setUp(self):
        super().setUp()
        # the month's file has said whose subscription it is
        self._applied(seats(12))

    def _stored(self, number=SUBSCRIPTION):
        return self.subscriptions.search([("subscription_id", "=", number)])

    def test_a_difference_is_proposed_and_waits(self):
        sync = self._sync(state(purchased=14))
        self.assertEqual(sync.state, "done")
        self.assertEqual((sync.read_count, sync.new_count), (1, 1))
        import_ = sync.count_import_id
        self.assertEqual(import_.connection_id, self.connection)
        self.assertEqual(import_.state, "prepared")
        self.assertEqual(import_.change_ids.state, "proposed")
        self.assertEqual(self._content(self.position)[-1][1], 12.0)

    def test_a_difference_is_applied_if_the_rule_says_so(self):
        self.connection.count_rule = "apply"
        sync = self._sync(state(purchased=14))
        self.assertEqual(sync.state, "done")
        self.assertEqual(self._content(self.position)[-1][1], 14.0)
        version = sync.count_import_id.version_ids
        self.assertEqual(version.user_id, self.clerk)
        self.assertEqual(sync.count_import_id.state, "applied")

    def test_nothing_is_imported_if_differences_are_only_shown(self):
        self.connection.count_rule = "show"
        sync = self._sync(state(purchased=14))
        self.assertEqual(sync.state, "done")
        self.assertFalse(sync.count_import_id)
        self.assertEqual(self._stored().purchased, 14.0)

    def test_the_second_sync_says_nothing_anew(self):
        self.connection.count_rule = "apply"
        self._sync(state(purchased=14))
        imports = self.env["msp.import"].search_count([])
        sync = self._sync(state(purchased=14))
        self.assertFalse(sync.count_import_id)
        self.assertEqual((sync.new_count, sync.changed_count), (0, 0))
        self.assertEqual(self.env["msp.import"].search_count([]), imports)

    def test_markers_are_handed_in_again(self):
        self._sync(state(marker="m-1"))
        self._sync(state(marker="m-1"))
        self.assertEqual(StatesConnector.known, {SUBSCRIPTION: "m-1"})

    def test_what_is_not_listed_any_more_has_ended(self):
        others = [state(subscription_id=f"s-{one}") for one in range(3)]
        self._sync(state(purchased=12), *others)
        sync = self._sync(*others)
        self.assertEqual(self._stored().status, "ended")
        self.assertEqual(sync.gone_count, 1)
        change = sync.count_import_id.change_ids.filtered("position_id")
        self.assertEqual((change.kind, change.state), ("end", "proposed"))

    def test_a_customer_that_cannot_be_read_keeps_what_it_has(self):
        other = state(subscription_id="s-1", sub_account_id="c-2")
        self._sync(state(), other)
        error = ConnectorError("no_permission", "states", what="a customer")
        StatesConnector.refused = [("c-2", error)]
        sync = self._sync(state())
        self.assertEqual(self._stored("s-1").status, "active")
        self.assertEqual(sync.problem_ids.subject, "c-2")
        self.assertEqual(sync.state, "done")

    def test_a_list_that_lost_much_is_not_believed(self):
        many = [state(subscription_id=f"s-{one}") for one in range(30)]
        self._sync(state(), *many)
        sync = self._sync(state())
        self.assertEqual(self._stored("s-7").status, "active")
        self.assertEqual(sync.state, "failed")
        self.assertIn("30", sync.message)
        sync.with_user(self.clerk).action_believe_gone()
        self.assertEqual(self._stored("s-7").status, "ended")
        self.assertEqual(self._stored().status, "active")

    def test_a_page_that_names_one_twice_stores_it_once(self):
        self._sync(state(purchased=12), state(purchased=14))
        self.assertEqual(self._stored().purchased, 14.0)

    def test_an_import_that_is_refused_is_told(self):
        # the company's currency is unknown to nobody, so let the user lose the right
        self.clerk.group_ids -= self.env.ref("msp_contract_billing.group_billing_clerk")
        self._sync_as_admin()
        sync = self.connection.last_sync_id
        self.assertEqual(sync.state, "failed")
        self.assertIn(self.clerk.name, sync.message)

    def _sync_as_admin(self):
        self.connection.action_sync_now()
        self._run("ir_cron_sync")

    @freeze_time("2026-03-25")
    def test_the_day_is_that_of_the_sync(self):
        self.connection.count_rule = "apply"
        self._sync(state(purchased=14))
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 25), 14.0))

    def test_the_day_is_that_of_the_company(self):
        """At one o'clock in Berlin it is still yesterday in Greenwich."""
        self.company.partner_id.tz = "Europe/Berlin"
        with freeze_time("2026-03-31 23:00:00"):
            self._sync(state(purchased=14))
        self.assertEqual(self._stored().state_since, date(2026, 4, 1))

    def test_clock_that_is_set_back_ends_nothing(self):
        with freeze_time("2026-03-24 02:00:00"):
            self._sync(state(purchased=12), state(subscription_id="s-1"))
        with freeze_time("2026-03-25 02:00:00") as clock:
            self.connection.action_sync_now()
            clock.move_to("2026-03-25 01:50:00")
            StatesConnector.listed = [state(purchased=12)]
            self._run("ir_cron_sync")
        self.assertEqual(self._stored().status, "active")
        # What was not listed is over all the same.
        self.assertEqual(self._stored("s-1").status, "ended")

    def test_new_names_in_answers_are_reported_once(self):
        self._sync(state(raw={"id": "1", "quantity": 10}))
        self._sync(state(raw={"id": "1", "quantity": 10, "seatKind": "x"}))
        self._sync(state(raw={"id": "1", "quantity": 10, "seatKind": "x"}))
        layout = self.env["msp.layout"].search(
            [("source", "=", "subscriptions:states")]
        )
        self.assertEqual(layout.added, ["seatKind"])
        self.assertFalse(layout.gone)
        self.assertEqual(len(layout.activity_ids), 1)
        self.assertEqual(layout.activity_ids.user_id, self.manager)

    def _layout(self):
        return self.env["msp.layout"].search([("source", "=", "subscriptions:states")])

    def test_a_renamed_field_is_reported_with_both_names(self):
        self._sync(state(raw={"id": "1", "quantity": 10, "note": "x"}))
        # What is empty is left out, which is no news.
        self._sync(state(raw={"id": "1", "quantity": 10}))
        self._sync(state(raw={"id": "1", "quantity": 12}))
        self.assertFalse(self._layout().changed_at)
        self._sync(state(raw={"id": "1", "seats": 10}))
        layout = self._layout()
        self.assertEqual((layout.added, layout.gone), (["seats"], ["quantity"]))
        self.assertIn("quantity", layout.before.split())
        self.assertEqual(layout.now.split(), ["id", "note", "seats"])
        self.assertEqual(len(layout.activity_ids), 1)
        # Once said is enough, and so it is if it comes back.
        self._sync(state(raw={"id": "1", "seats": 10}))
        self._sync(state(raw={"id": "1", "seats": 10, "quantity": 10}))
        self.assertEqual(len(layout.activity_ids), 1)

    def test_fields_deeper_in_answers_are_watched(self):
        """Ingram's and SkyKick's answers consist of several objects."""
        raw = {"subscription": {"id": "1", "period": {"type": "month"}}, "orders": []}
        others = [state(subscription_id=f"s-{n}", raw=raw) for n in range(2)]
        self._sync(state(raw=raw), *others)
        raw = {"subscription": {"id": "1", "period": {"kind": "month"}}, "orders": []}
        self._sync(state(raw=raw))
        layout = self._layout()
        self.assertEqual(layout.added, ["subscription.period.kind"])
        self.assertEqual(layout.gone, ["subscription.period.type"])

    def test_one_answer_of_several_that_has_a_field_is_enough(self):
        full = {"id": "1", "quantity": 10}
        others = [state(subscription_id=f"s-{n}", raw={"id": "1"}) for n in range(3)]
        self._sync(state(raw=full))
        self._sync(state(raw=full))
        self._sync(state(raw=full))
        self._sync(state(raw=full), *others)
        self._sync(*others, state(raw={"id": "1"}))
        self.assertFalse(self._layout().changed_at)
