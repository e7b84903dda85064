from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .common import seats
from .states_common import StatesCommon
from .subscription_common import SUBSCRIPTION, state


@tagged("post_install", "-at_install")
class TestSyncCountsAgain(StatesCommon):
    """What nobody has applied yet, when the provider says something else."""

    def setUp(self):
        super().setUp()
        self._applied(seats(12))
        self.other = state(subscription_id="other-1", sub_account_id="c-2")
        with freeze_time("2026-03-06"):
            self._sync(state(purchased=12), self.other)

    def _night(self, day, *states):
        with freeze_time(day):
            return self._sync(*states, self.other).count_import_id

    def _open_changes(self):
        """Return (day, kind, quantity) of what could be applied to the position."""
        changes = self.env["msp.import.change"].search(
            [("state", "=", "proposed"), ("subscription_id", "=", SUBSCRIPTION)],
            order="date_start",
        )
        return [(one.date_start.day, one.kind, one.quantity) for one in changes]

    def test_a_night_without_it_ends_nothing(self):
        gone = self._night("2026-03-10")
        self.assertEqual(self._open_changes(), [(10, "end", 0.0)])
        self._night("2026-03-11", state(purchased=12))
        self.assertFalse(self._open_changes())
        self.assertEqual(gone.state, "applied")
        self.assertFalse(gone.change_ids)
        self.assertEqual(self._content(self.position)[-1][1], 12.0)

    def test_a_count_that_is_over_is_not_applied_for_good(self):
        first = self._night("2026-03-10", state(purchased=14))
        second = self._night("2026-03-14", state(purchased=12))
        self.assertEqual(self._open_changes(), [(10, "set", 14.0), (14, "set", 12.0)])
        self.assertFalse(first.change_ids)
        second.action_apply()
        self.assertEqual(
            self._content(self.position)[1:],
            [
                (date(2026, 3, 5), 12.0),
                (date(2026, 3, 10), 14.0),
                (date(2026, 3, 14), 12.0),
            ],
        )

    def test_two_open_counts_are_proposed_together(self):
        self._night("2026-03-10", state(purchased=14))
        self._night("2026-03-14", state(purchased=16))
        self.assertEqual(self._open_changes(), [(10, "set", 14.0), (14, "set", 16.0)])

    def test_another_count_than_the_one_that_counts_is_no_news(self):
        first = self._night("2026-03-10", state(purchased=14, assigned=5))
        self.assertFalse(self._night("2026-03-14", state(purchased=14, assigned=6)))
        self.assertEqual(self._open_changes(), [(10, "set", 14.0)])
        self.assertEqual(first.state, "prepared")
        self.assertEqual(str(self._stored().state_since), "2026-03-10")

    def test_another_count_counts_from_the_day_on_which_it_was_chosen(self):
        self._night("2026-03-10", state(purchased=12, assigned=5))
        self._night("2026-03-12", state(purchased=12, assigned=9))
        self.provider.count_kind = "assigned"
        self._night("2026-03-20", state(purchased=12, assigned=9))
        self.assertEqual(self._open_changes(), [(20, "set", 9.0)])

    def test_what_others_propose_stays_as_it_is(self):
        self.other = state(subscription_id="other-1", purchased=3)
        self._night("2026-03-08", state(purchased=12))
        first = self._night("2026-03-10", state(purchased=14))
        self.other = state(subscription_id="other-1", purchased=4)
        before = first.change_ids
        self._night("2026-03-11", state(purchased=14))
        self.assertEqual(first.change_ids, before)
        self.assertEqual(self._open_changes(), [(10, "set", 14.0)])

    def test_what_somebody_has_decided_stays(self):
        first = self._night("2026-03-10", state(purchased=14))
        first.change_ids.with_user(self.clerk).action_exclude()
        self._night("2026-03-14", state(purchased=15))
        self.assertEqual(first.change_ids.state, "excluded")
        self.assertEqual(self._open_changes(), [(14, "set", 15.0)])

    def test_an_import_in_which_nothing_is_open_ends_by_itself(self):
        with freeze_time("2027-03-06"):
            self._applied(
                seats(
                    12,
                    ChargeStartDate=date(2027, 3, 5),
                    ChargeEndDate=date(2027, 4, 4),
                ),
                name="renewed.csv",
            )
        self.other = state(subscription_id="other-1", status="suspended")
        renewed = state(purchased=12, term_end=date(2028, 3, 5))
        import_ = self._night("2027-03-07", renewed)
        self.assertEqual(import_.change_ids.mapped("state"), ["no_change"])
        self.assertEqual(import_.state, "applied")

    def _stored(self):
        return self.subscriptions.search([("subscription_id", "=", SUBSCRIPTION)])

    def _month(self, *rows, name):
        """Apply the bill of a month as somebody does who takes the file as right."""
        self.provider.conflict_rule = "file"
        return self._applied(*rows, name=name)

    @property
    def _april(self):
        return {
            "ChargeStartDate": date(2026, 4, 5),
            "ChargeEndDate": date(2026, 5, 4),
        }

    def test_what_a_bill_has_said_meanwhile_asks_nobody(self):
        count = self._night("2026-04-10", state(purchased=14))
        self._month(seats(14, **self._april), name="april.csv")
        self.assertFalse(self._open_changes())
        self.assertEqual(count.change_ids.state, "no_change")
        self.assertEqual(count.state, "applied")

    def test_a_bill_that_says_otherwise_is_asked_about(self):
        self.connection.count_rule = "apply"
        self._night("2026-04-10", state(purchased=14))
        self._night("2026-04-12", state(purchased=12))
        file = self._prepared(seats(12, **self._april), name="april.csv")
        (asked,) = file.change_ids.filtered("has_conflict")
        self.assertEqual(asked.date_start, date(2026, 4, 10))
        self.assertIn("says 12 on 04/10/2026", asked.error)
        self.provider.conflict_rule = "file"
        file.action_prepare()
        file.action_apply()
        for day in (9, 10, 11, 12):
            self.assertEqual(self.position._line_on(date(2026, 4, day)).quantity, 12.0)

    def test_a_bill_says_nothing_of_the_next_month(self):
        self.connection.count_rule = "apply"
        self._night("2026-05-02", state(purchased=14))
        file = self._prepared(seats(12, **self._april), name="april.csv")
        self.assertFalse(file.change_ids.filtered("has_conflict"))
        file.action_apply()
        self.assertEqual(self._content(self.position)[-1], (date(2026, 5, 2), 14.0))

    def test_a_proposal_that_is_over_ends_with_the_bill(self):
        count = self._night("2026-04-10", state(purchased=14))
        self.connection.count_rule = "show"
        self._night("2026-04-12", state(purchased=12))
        self._month(seats(12, **self._april), name="april.csv")
        self.assertEqual(count.change_ids.state, "excluded")
        self.assertEqual(count.state, "applied")

    def test_a_proposal_that_is_still_so_stays(self):
        count = self._night("2026-04-30", state(purchased=14))
        self._month(seats(12, **self._april), name="april.csv")
        self.assertEqual(count.change_ids.state, "proposed")

    def test_days_before_a_proposal_are_billed(self):
        self._night("2026-04-10", state(purchased=14))
        due = self.contract._compute_due(date(2026, 4, 30), "regular")[self.contract.id]
        held = {str(one.charge.start) for one in due.held}
        self.assertEqual(held, {"2026-04-01"})
        self.assertIn("2026-03-05", {str(one.start) for one in due.charges})
