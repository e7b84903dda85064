from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common import day
from .limited_common import LimitedCommon


@freeze_time("2026-01-05 12:00:00")
@tagged("post_install", "-at_install")
class TestLimitedPriceUpcoming(LimitedCommon):
    """Ends of special prices in the list of what is coming up, and who is told."""

    def _rows(self):
        rows = self.env["msp.upcoming"].search(
            [("contract_id", "=", self.contract.id), ("date", ">=", day(1, 5))]
        )
        return [
            (row.kind, row.date, row.amount_month, row.amount_stake) for row in rows
        ]

    def _remind(self):
        with self.enter_registry_test_mode():
            self.env.ref("msp_contract_billing.ir_cron_remind").method_direct_trigger()
        self.env.invalidate_all()

    def _told(self):
        return [
            (activity.date_deadline, activity.summary)
            for activity in self.contract.activity_ids.sorted("date_deadline")
        ]

    def test_each_sum_of_money_stands_in_one_row(self):
        self._limit(day(1, 5), day(1, 31))
        self._set(self.position, day(4), price=13.0)
        self.assertEqual(
            self._rows(),
            [
                ("price", day(1, 5), -125.0, 0),
                ("promotion", day(2), 125.0, 0),
                ("price", day(4), 5.0, 0),
            ],
        )

    def test_a_stop_is_the_end_of_the_position(self):
        self._limit(day(1), day(1, 31), kind="discount", discount=20, afterwards="stop")
        self.assertEqual(self._rows(), [("position", day(1, 31), -100.0, 0)])

    def test_a_decision_and_a_vendors_price_are_at_stake(self):
        limited = self._limit(day(1), day(1, 31), afterwards="ask")
        vendor = self._limit(
            day(1), day(2, 28), side="vendor", kind="grant", cost_regular=3.0
        )
        self.assertEqual(
            self._rows(),
            [
                ("decision", day(1, 31), 0, 125.0),
                ("vendor_price", day(2, 28), 0, 30.0),
            ],
        )
        limited.action_cancel()
        vendor.action_cancel()
        self.assertEqual(self._rows(), [])

    def test_the_owner_is_told_once(self):
        limited = self._limit(day(1), day(1, 31))
        self._remind()
        self.assertEqual(self._told(), [(day(2), "Special price ends")])
        self.assertIn("$125.00 more per month", self.contract.activity_ids.note)
        self.contract.activity_ids.action_done()
        self._remind()
        self.assertEqual(self._told(), [])
        self._change(limited, date_end=day(1, 20))
        self._remind()
        self.assertEqual(self._told(), [(day(1, 21), "Special price ends")])
        limited.action_cancel()
        self._remind()
        self.assertEqual(self._told(), [])

    def test_whoever_must_decide_is_asked_whatever_the_setting(self):
        self.company.msp_remind_promotion = 0
        self._limit(day(1), day(1, 6), afterwards="ask")
        self._limit(day(1), day(1, 6), side="vendor", kind="grant", cost_regular=3.0)
        self._remind()
        self.assertEqual(self._told(), [(day(1, 6), "Special price to decide")])

    def test_days_out_of_range_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "or never"):
            self.company.msp_remind_promotion = 400
