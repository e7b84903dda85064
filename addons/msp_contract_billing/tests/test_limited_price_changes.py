from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import day
from .limited_common import LimitedCommon


@freeze_time("2026-01-05 12:00:00")
@tagged("post_install", "-at_install")
class TestLimitedPriceChanges(LimitedCommon):
    """Extended, ended early, decided, taken back."""

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
