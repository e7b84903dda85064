from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import day
from .limited_common import LimitedCommon


@freeze_time("2026-01-05 12:00:00")
@tagged("post_install", "-at_install")
class TestLimitedPriceApproval(LimitedCommon):
    """Special prices obey the limits of changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._role_user("anna", "group_account_manager")
        cls.colleague = cls._role_user("ben", "group_account_manager")
        cls.contract.user_id = cls.manager
        cls.company.msp_limit_percent = 20

    def _limit_as_colleague(self, **values):
        return (
            self.env["msp.limited.price"]
            .with_user(self.colleague)
            .create(
                {
                    "position_id": self.position.id,
                    "date_start": day(2),
                    "date_end": day(2, 28),
                    **values,
                }
            )
        )

    def _approve(self, limited):
        drafts = limited.version_ids.filtered(lambda one: one.state == "draft")
        drafts.with_user(self.manager).action_approve()

    def test_within_the_limits_it_holds_at_once(self):
        limited = self._limit_as_colleague(kind="discount", discount=10)
        self.assertEqual((limited.recorded, limited.pending_label), ("active", False))

    def test_a_trial_waits_with_its_stop(self):
        limited = self._limit_as_colleague(afterwards="stop")
        self.assertEqual(limited.state, "waiting")
        self.assertEqual(limited.pending_label, "It waits for an approval.")
        self.assertEqual(self._prices(), [(day(1), False, 12.5, 0)])
        with self.assertRaisesRegex(UserError, "is not in force"):
            limited._change(day(3, 31), "price")
        self._approve(limited)
        self.assertEqual(limited.recorded, "active")
        self.assertEqual(self._prices()[1:], [(day(2), day(2, 28), 12.5, 100)])

    def test_an_extension_waits_and_holds_once_approved(self):
        limited = self._limit_as_colleague(kind="discount", discount=50)
        self._approve(limited)
        self._change(limited, date_end=day(3, 31))
        self.assertEqual(limited.date_end, day(2, 28))
        self.assertIn("until 03/31/2026", limited.pending_label)
        self.assertEqual(self._prices()[1][1], day(2, 28))
        with self.assertRaisesRegex(UserError, "waits for an approval already"):
            limited._change(day(4, 30), "price")
        self._approve(limited)
        self.assertEqual((limited.date_end, limited.pending), (day(3, 31), False))
        self.assertEqual(self._prices()[1][1], day(3, 31))

    def test_an_extension_that_is_dropped(self):
        limited = self._limit_as_colleague(kind="discount", discount=50)
        self._approve(limited)
        self._change(limited, date_end=day(3, 31))
        limited.version_ids.filtered(lambda one: one.state == "draft").unlink()
        self.assertEqual((limited.date_end, limited.pending), (day(2, 28), False))
        limited.action_cancel()
        self.assertEqual(limited.recorded, "cancelled")

    def test_cancelled_while_it_waits(self):
        limited = self._limit_as_colleague()
        limited.action_cancel()
        self.assertEqual(limited.recorded, "cancelled")
        self.assertFalse(limited.version_ids)

    def test_a_proposed_price_obeys_them_as_well(self):
        self.company.msp_limit_price_percent = 5
        self.seats.standard_price = 11.0
        rule = self.env["msp.price.rule"].create({"name": "Rule", "percent": 25})
        self.position.write({"price_source": "cost", "price_rule_id": rule.id})
        self.contract.with_user(self.colleague).action_check_prices()
        draft = self.contract.version_ids.filtered("proposed_prices")
        draft.with_user(self.colleague).action_activate()
        self.assertEqual((draft.state, draft.approval_state), ("draft", "waiting"))
        # The next look leaves the question as it is.
        self.contract.action_check_prices()
        self.assertEqual(draft.approval_state, "waiting")
        draft.with_user(self.manager).action_approve()
        self.assertEqual(draft.state, "active")
        self.assertEqual(self.position._line_on(day(2)).price_unit, 13.75)

    def _stopping(self, last):
        """Return a trial of February to `last` after which the position ends."""
        limited = self._limit_as_colleague(
            kind="discount", discount=50, date_end=last, afterwards="stop"
        )
        self._approve(limited)
        return limited

    def _amounts(self, until):
        """Return {first day: amount} of what a run until a day would bill."""
        due = self.contract._compute_due(until, "regular")[self.contract.id]
        return {charge.start: float(charge.amount) for charge in due.charges}

    def test_what_stops_goes_on_stopping_until_another_end_is_approved(self):
        limited = self._stopping(day(2, 28))
        before = {day(1): 125.0, day(2): 62.5}
        self.assertEqual(self._amounts(day(6)), before)
        # March at half the price, and only then it stops: 0.00 to 62.50.
        self._change(limited, date_end=day(3, 31))
        self.assertTrue(limited.pending)
        self.assertEqual(self._amounts(day(6)), before)
        self._approve(limited)
        self.assertEqual(self._amounts(day(6)), {**before, day(3): 62.5})
        self.assertEqual((limited.date_end, limited.pending), (day(3, 31), False))

    def test_what_stops_earlier_is_billed_at_no_other_price_meanwhile(self):
        limited = self._stopping(day(3, 31))
        before = {day(1): 125.0, day(2): 62.5, day(3): 62.5}
        self.assertEqual(self._amounts(day(6)), before)
        self._change(limited, date_end=day(2, 28))
        self.assertTrue(limited.pending)
        self.assertEqual(self._amounts(day(6)), before)
        self._approve(limited)
        self.assertEqual(self._amounts(day(6)), {day(1): 125.0, day(2): 62.5})

    def test_a_dropped_change_leaves_the_end(self):
        limited = self._stopping(day(2, 28))
        self._change(limited, date_end=day(3, 31))
        limited.version_ids.filtered(lambda one: one.state == "draft").unlink()
        self.assertEqual((limited.date_end, limited.pending), (day(2, 28), False))
        self.assertEqual(self.contract.position_ids.date_end, day(2, 28))

    def test_what_was_entered_together_stays_together_when_edited_or_refused(self):
        for is_refused in (False, True):
            with self.subTest(is_refused=is_refused):
                limited = self._limit_as_colleague(afterwards="stop")
                drafts = limited.version_ids.sorted("date_start")
                if is_refused:
                    drafts[0].with_user(self.manager)._refuse_approval("Too long")
                drafts[0].with_user(self.colleague).reason = "Two weeks later"
                self.assertEqual(drafts.mapped("approval_state"), [False, False])
                drafts[0].with_user(self.colleague).action_activate()
                self.assertEqual(
                    drafts.mapped("approval_state"), ["waiting", "waiting"]
                )
                drafts[0].with_user(self.manager).action_approve()
                self.assertEqual(drafts.mapped("state"), ["active", "active"])
                limited.action_cancel()
