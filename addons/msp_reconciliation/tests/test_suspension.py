from datetime import date

from odoo.tests import freeze_time, tagged

from .common import ReconciliationCommon


@freeze_time("2026-04-10")
@tagged("post_install", "-at_install")
class TestSuspendedReconciliation(ReconciliationCommon):
    """What is suspended is in the contract, whatever is billed for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._seats_contract()

    def _suspend(self, first, last=None):
        suspend = {"action": "suspend", "billed_share": 0.0}
        self._version(self.contract, first, [suspend], date_end=last)

    def _assert_quantities(self, one, supplied, contained, billed):
        line = one.line_ids
        self.assertEqual(
            (line.supplied_quantity, line.contained_quantity, line.billed_quantity),
            (supplied, contained, billed),
        )

    def test_what_is_suspended_is_in_the_contract_and_worth_nothing(self):
        self._suspend(date(2026, 1, 1))
        self._run(date(2026, 1, 31), contracts=self.contract)
        self._import(self._row(10))
        one = self._compare()
        self.assertEqual(self._found(one), {})
        self._assert_quantities(one, 10, 10, 0)
        self.assertRecordValues(
            one.line_ids,
            [{"cost": 150.0, "value": 0.0, "billed_value": 0.0, "result": "agrees"}],
        )

    def test_suspended_for_some_days_of_the_month(self):
        self._run(date(2026, 1, 1), contracts=self.contract)
        self._suspend(date(2026, 1, 11), date(2026, 1, 20))
        self._run(date(2026, 1, 31), "differential", self.contract)
        self._import(self._row(10))
        one = self._compare()
        self.assertEqual(self._found(one), {})
        self._assert_quantities(one, 10, 10, 10)
        # 21 of 31 days of 200.00
        self.assertEqual((one.line_ids.value, one.line_ids.billed_value), (135.48,) * 2)

    def test_billed_although_suspended_is_to_correct(self):
        self._run(date(2026, 1, 1), contracts=self.contract)
        self._suspend(date(2026, 1, 11), date(2026, 1, 20))
        self._import(self._row(10))
        # 10 of 31 days of 200.00
        self.assertEqual(self._found(self._compare()), {"to_correct": -64.52})

    def test_other_seats_than_those_suspended_are_found(self):
        self._suspend(date(2026, 1, 1))
        self._import(self._row(10), *self._change(10, 12, 1, 20), apply=False)
        one = self._compare()
        # the customer pays nothing, the reseller 2 of 12 seats at 15.00 for 12 of 31 days
        self.assertEqual(self._found(one), {"seats_missing": 11.61})
        self._assert_quantities(one, 12, 10, 0)

    def test_what_goes_on_after_the_end_is_worth_the_price_before(self):
        self._suspend(date(2026, 1, 11))
        self._end(self.contract.position_ids, date(2026, 1, 21))
        self._run(date(2026, 1, 31), contracts=self.contract)
        self._import(self._row(10), apply=False)
        # 11 of 31 days of 200.00
        self.assertEqual(self._found(self._compare()), {"cancellation_missed": 70.97})
