from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import day
from .limited_common import LimitedCommon


@freeze_time("2026-01-05 12:00:00")
@tagged("post_install", "-at_install")
class TestLimitedPriceChanges(LimitedCommon):
    """Extended, ended early, decided, taken back; and reminded of."""

    def test_extended_twice_and_ended_early(self):
        limited = self._limit(day(2), day(2, 14))
        self._change(limited, date_end=day(2, 28))
        self._change(limited, date_end=day(3, 31))
        self.assertEqual(
            self._prices()[1:],
            [(day(2), day(3, 31), 12.5, 100), (day(4), False, 12.5, 0)],
        )
        self._run(day(3), contracts=self.contract)
        self._change(limited, date_end=day(2, 20), reason="They like it")
        self.assertEqual(
            self._prices()[1:],
            [(day(2), day(2, 20), 12.5, 100), (day(2, 21), False, 12.5, 0)],
        )
        self.assertEqual(limited.date_end, day(2, 20))
        self.assertEqual(
            limited.version_ids.sorted("number").mapped("state"),
            ["active", "withdrawn", "withdrawn", "active"],
        )
        self._run(day(3), "differential", self.contract)
        # 125.00 + 125.00 x 8 / 28 + 125.00
        self.assertEqual(self._total(), 285.71)
        self.assertSettled(self.contract, day(3))

    def test_a_stop_moves_with_the_last_day(self):
        limited = self._limit(day(2), day(2, 14), afterwards="stop")
        self.assertEqual(self.position.date_end, day(2, 14))
        self._change(limited, date_end=day(2, 28))
        self.assertEqual(self._prices()[1:], [(day(2), day(2, 28), 12.5, 100)])
        self._change(limited, afterwards="price")
        self.assertEqual(
            self._prices()[1:],
            [(day(2), day(2, 28), 12.5, 100), (day(3), False, 12.5, 0)],
        )
        self.assertEqual(limited.amount_month, 125.0)
        self._change(limited, afterwards="stop")
        self.assertEqual(self.position.date_end, day(2, 28))
        self.assertEqual(limited.amount_month, 0.0)

    def test_decided_to_go_on_for_good(self):
        limited = self._limit(day(2), day(2, 28), afterwards="ask")
        self._change(limited, afterwards="keep")
        self.assertEqual(self._prices()[1:], [(day(2), False, 12.5, 100)])
        self.assertEqual(len(limited.version_ids), 1)
        self._change(limited, afterwards="price", date_end=day(3, 31))
        self.assertEqual(
            self._prices()[1:],
            [(day(2), day(3, 31), 12.5, 100), (day(4), False, 12.5, 0)],
        )
        self._change(limited, afterwards="ask")
        self.assertEqual(self._prices()[1:], [(day(2), False, 12.5, 100)])

    def test_cancelled_it_has_never_been(self):
        limited = self._limit(day(1), day(1, 31), afterwards="stop")
        self._run(day(2), contracts=self.contract)
        self.assertEqual(self._total(), 0)
        limited.action_cancel()
        self.assertEqual(limited.state, "cancelled")
        self.assertEqual(self._prices(), [(day(1), False, 12.5, 0)])
        self._run(day(2), "differential", self.contract)
        self._run(day(2), contracts=self.contract)
        self.assertEqual(self._total(), 250.0)
        self.assertSettled(self.contract, day(2))
        # The days are free for another one.
        self._limit(day(1), day(1, 31), kind="discount", discount=10)

    def test_withdrawing_its_version_cancels_it(self):
        limited = self._limit(day(2), day(2, 28))
        limited.version_ids._withdraw("Wrong position")
        self.assertEqual(limited.state, "cancelled")
        with self.assertRaisesRegex(UserError, "is not in force"):
            limited._change(day(3, 31), "price")

    def test_changes_that_mean_nothing_are_refused(self):
        limited = self._limit(day(2), day(2, 28))
        with self.assertRaisesRegex(UserError, "Nothing is different"):
            self._change(limited)
        with self.assertRaisesRegex(UserError, "begins on 02/01/2026 and cannot end"):
            self._change(limited, date_end=day(1, 31))
        with self.assertRaisesRegex(UserError, "too far off"), self.env.cr.savepoint():
            self._change(limited, date_end=day(1, 31, 3026))

    # Reminders

    def _remind(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "msp_contract_billing.ir_cron_remind_limited_prices"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def test_the_owner_is_reminded_once(self):
        limited = self._limit(day(1), day(1, 31))
        later = self._limit(day(3), day(3, 31), kind="discount", discount=10)
        self._remind()
        self.assertRecordValues(
            limited.activity_ids,
            [
                {
                    "user_id": self.contract.user_id.id,
                    "date_deadline": day(1, 31),
                    "summary": "Business Premium: Trial ends on 01/31/2026; $125.00 "
                    "more per month from then on",
                }
            ],
        )
        self.assertFalse(later.activity_ids, "not within 30 days")
        limited.activity_ids.action_done()
        self._remind()
        self.assertFalse(limited.activity_ids)
        self._change(limited, date_end=day(2, 3), afterwards="stop")
        self._remind()
        self.assertEqual(
            limited.activity_ids.summary,
            "Business Premium: Trial and the position end on 02/03/2026",
        )
        limited.action_cancel()
        self.assertFalse(limited.activity_ids)

    def test_whoever_must_decide_is_asked_whatever_the_setting(self):
        self.company.msp_limited_days = 0
        limited = self._limit(day(1), day(1, 5), afterwards="ask")
        vendor = self._limit(
            day(1), day(1, 5), side="vendor", kind="grant", cost_regular=3.0
        )
        self._remind()
        self.assertIn("decide what follows", limited.activity_ids.summary)
        self.assertFalse(vendor.activity_ids)
        self.company.msp_limited_days = 10
        self._remind()
        self.assertIn("$30.00 more per month", vendor.activity_ids.summary)

    def test_what_is_over_needs_no_reminder(self):
        limited = self._limit(day(1), day(1, 4))
        asked = self._limit(
            day(1, 5), day(1, 6), afterwards="ask", kind="discount", discount=5
        )
        with freeze_time("2026-01-20 12:00:00"):
            self._remind()
        self.assertFalse(limited.activity_ids)
        self.assertTrue(asked.activity_ids)
