from datetime import date
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import seats
from .subscription_common import SUBSCRIPTION, SubscriptionCommon, state
from .test_import_steps import TestImportSteps


@tagged("post_install", "-at_install")
class TestSubscriptionStates(SubscriptionCommon):
    """What an interface says of subscriptions changes contracts as a file does."""

    _increase = TestImportSteps._increase

    def test_a_count_is_prepared_as_a_file_is(self):
        import_ = self._told(date(2026, 3, 11), state(purchased=12))
        self.assertTrue(import_.is_count)
        self.assertFalse(import_.month)
        change = import_.change_ids
        self.assertEqual(change.state, "proposed")
        self.assertEqual(
            (change.kind, change.old_quantity, change.quantity, change.date_start),
            ("set", 10.0, 12.0, date(2026, 3, 11)),
        )
        import_.action_apply()
        self.assertEqual(
            self._content(self.position),
            [(date(2026, 1, 1), 10.0), (date(2026, 3, 11), 12.0)],
        )
        self.assertEqual(import_.version_ids.cause, "import")

    def test_the_same_state_is_told_once(self):
        first = self._followed(date(2026, 3, 11), state(purchased=12))
        self.assertTrue(first)
        self.assertFalse(self._told(date(2026, 3, 12), state(purchased=12)))
        # somebody decides otherwise: the state is no news
        self._version(
            self.contract,
            date(2026, 3, 13),
            {
                "action": "set",
                "position_id": self.position.id,
                "quantity_mode": "set",
                "quantity": 15,
            },
        )
        self.assertFalse(self._told(date(2026, 3, 14), state(purchased=12)))
        self.assertTrue(self._told(date(2026, 3, 15), state(purchased=13)))

    def test_a_month_of_daily_syncs_ends_as_the_months_file(self):
        """The file is alone in one contract's life, and follows the syncs in another."""
        file_rows = (
            seats(12),
            *self._increase(12, 15, date(2026, 3, 15)),
            *self._increase(
                15, 14, date(2026, 3, 20), ReferenceId="c3c3c3c3-0000-4000-8000-0002"
            ),
        )
        alone = self._applied(*file_rows)
        expected = self._content(self.position)
        alone._withdraw("to compare")
        for day, units in ((5, 12), (9, 12), (16, 15), (17, 15), (21, 14), (31, 14)):
            self._followed(date(2026, 3, day), state(purchased=units))
        by_syncs = self._content(self.position)
        self.assertEqual(by_syncs[-1][1], 14.0)
        self._applied(*file_rows, name="again.csv")
        found = self._content(self.position)
        # lines are cut where a version begins, whether it changes anything or not
        joined = [
            line
            for number, line in enumerate(found)
            if not number or found[number - 1][1] != line[1]
        ]
        self.assertEqual(joined, expected)

    def test_a_sync_after_the_file_changes_nothing(self):
        self._applied(seats(12))
        versions = self.contract.version_ids
        import_ = self._followed(date(2026, 3, 31), state(purchased=12))
        self.assertEqual(import_.change_ids.state, "no_change")
        self.assertEqual(self.contract.version_ids, versions)

    def test_a_count_is_no_file_of_the_month(self):
        self.provider.expected_day = 8
        self._applied(seats(12))
        self._followed(date(2026, 4, 3), state(purchased=13))
        self.assertEqual(self.provider.last_file_name, "G012345678.csv")
        self.assertEqual(str(self.provider.expected_on), "2026-05-08")

    def test_a_missing_row_is_missing_whatever_a_count_says(self):
        self._applied(seats(12))
        self._followed(date(2026, 4, 20), state(purchased=12))
        other = self._prepared(
            seats(
                3,
                SubscriptionId="5b5b5b5b-0000-4000-8000-000000000009",
                ProductId="CFQ7TTC0LH18",
                ProductName="Contoso Mail",
                ChargeStartDate=date(2026, 4, 5),
                ChargeEndDate=date(2026, 5, 4),
            ),
            name="april.csv",
        )
        missing = other.change_ids.filtered("is_missing")
        self.assertEqual(missing.position_id, self.position)
        self.assertEqual(missing.date_start, date(2026, 4, 5))

    def test_what_ends_waits_for_people_whatever_the_rule(self):
        self._followed(date(2026, 3, 11), state(purchased=12))
        import_ = self._followed(date(2026, 3, 20), state(status="ended"))
        self.assertEqual(import_.change_ids.kind, "end")
        self.assertEqual(import_.change_ids.state, "proposed")
        self.assertEqual(self._content(self.position)[-1][1], 12.0)
        import_.action_apply()
        self.assertEqual(self.position.date_end, date(2026, 3, 19))

    def test_what_was_over_before_anybody_looked_is_no_news(self):
        import_ = self._told(
            date(2026, 3, 11), state(status="ended", subscription_id="old-1")
        )
        self.assertFalse(import_)

    def test_a_subscription_not_listed_any_more_has_ended(self):
        self._followed(date(2026, 3, 11), state(purchased=12))
        gone = self.subscriptions.search([("subscription_id", "=", SUBSCRIPTION)])
        gone._store_gone(date(2026, 3, 25))
        self.assertEqual(gone.status, "ended")
        untold = self.subscriptions._find_untold(self.provider, self.company)
        self.assertEqual(untold, gone)

    def test_trials_usage_and_pending_ones_are_left_alone(self):
        for values in ({"is_trial": True}, {"is_usage": True}, {"status": "pending"}):
            self.assertFalse(self._told(date(2026, 3, 11), state(**values)), values)

    def test_suspended_is_still_charged(self):
        self._followed(date(2026, 3, 11), state(purchased=12))
        self.assertFalse(
            self._told(date(2026, 3, 12), state(purchased=12, status="suspended"))
        )

    def test_what_can_be_returned_and_what_comes_next(self):
        raw = {"promotionId": "39NFJQT1X20X"}
        self._see(date(2026, 3, 10), state(raw=raw))
        self._see(
            date(2026, 3, 11), state(returnable=Decimal(0), next_term="P1M", raw=raw)
        )
        found = self.subscriptions.search([("subscription_id", "=", SUBSCRIPTION)])
        self.assertEqual((found.has_returnable, found.returnable), (True, 0.0))
        self.assertEqual(found.next_term, "P1M")
        change = found.change_ids.filtered(lambda one: one.what == "next_term")
        self.assertEqual((change.old, change.new), (False, "P1M"))
        self.assertIn("39NFJQT1X20X", found.raw_text)

    def test_history_says_what_was_seen_when(self):
        self._see(date(2026, 3, 10), state())
        self._see(date(2026, 3, 11), state(purchased=12, auto_renew=False))
        self._see(date(2026, 3, 12), state(purchased=12, auto_renew=False))
        found = self.subscriptions.search([("subscription_id", "=", SUBSCRIPTION)])
        self.assertEqual(
            [
                (str(one.day), one.what, one.old, one.new)
                for one in found.change_ids.sorted("id")
            ],
            [
                ("2026-03-10", "seen", False, "10"),
                ("2026-03-11", "purchased", "10", "12"),
                ("2026-03-11", "auto_renew", "yes", "no"),
            ],
        )
        self.assertEqual(found.state_since, date(2026, 3, 11))

    def test_the_count_that_matters_is_chosen_per_provider_and_subscription(self):
        self.provider.count_kind = "assigned"
        # what the interface does not say is not 0
        self.assertFalse(self._told(date(2026, 3, 11), state(purchased=12)))
        both = state(purchased=12, assigned=9)
        import_ = self._told(date(2026, 3, 12), both)
        self.assertEqual(import_.change_ids.quantity, 9.0)
        import_.action_apply()
        mapping = self.env["msp.position.mapping"].search(
            [("subscription_id", "=", SUBSCRIPTION)]
        )
        mapping.count_kind = "purchased"
        import_ = self._told(date(2026, 3, 13), state(purchased=14, assigned=9))
        self.assertEqual(import_.change_ids.quantity, 14.0)

    def test_people_write_no_states(self):
        self._see(date(2026, 3, 11))
        found = self.subscriptions.search([("subscription_id", "=", SUBSCRIPTION)])
        for attempt in (
            lambda: found.write({"purchased": 99}),
            found.unlink,
            lambda: found.create({"subscription_id": "x"}),
        ):
            with self.assertRaises(UserError):
                attempt()

    def test_the_terms_end_is_followed_by_the_commitment(self):
        self._applied(seats(12))
        self._followed(date(2027, 3, 6), state(purchased=12, term_end=date(2028, 3, 5)))
        commitments = self.env["msp.vendor.commitment"].search(
            [("position_id", "=", self.position.id)], order="date_end desc"
        )
        self.assertEqual(commitments[:1].date_end, date(2028, 3, 4))

    def test_thousands_are_stored_by_few_queries(self):
        states = [state(subscription_id=f"s-{number}") for number in range(300)]
        self._see(date(2026, 3, 10), *states)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(20):
            self._see(date(2026, 3, 11), *states)
            self.env.flush_all()
