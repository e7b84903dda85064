from odoo.tests import freeze_time, tagged

from .common import day
from .sale_common import SaleContractCommon


@freeze_time("2026-01-16 12:00:00")
@tagged("post_install", "-at_install")
class TestRulesByOrder(SaleContractCommon):
    """A provider's rule stands on the product and reaches the invoice by an order."""

    def _billed(self, contract, until, kind="regular"):
        """Return [(first day, last day, amount)] of what a run has billed."""
        before = contract.charge_ids
        self._run(until, kind, contract)
        charges = contract.charge_ids - before
        return [
            (charge.date_start, charge.date_end, charge.amount)
            for charge in charges.sorted("date_start")
        ]

    def test_pitfall_112_annual_is_charged_once_and_trued_up_at_renewal(self):
        rule = self.env.ref("msp_contract_billing.msp_billing_rule_annual")
        self.backup.write(
            {"msp_rule_id": rule.id, "msp_price_interval": "12", "lst_price": 36.0}
        )
        contract, _order = self._confirm((self.backup, 10), msp_date_start=day(1))
        year = (day(1), day(12, 31))
        self.assertEqual(self._billed(contract, day(1, 31)), [(*year, 360.0)])
        fewer = self._amendment(contract, (self.backup, -6), msp_date_start=day(4, 1))
        fewer.action_confirm()
        self.assertEqual(self._billed(contract, day(4, 30), "differential"), [])
        self.assertEqual(
            self._billed(contract, day(1, 1, 2027)),
            [(day(1, 1, 2027), day(12, 31, 2027), 144.0)],
        )
        self.assertSettled(contract, day(1, 1, 2027))

    def test_pitfall_113_new_purchases_in_full_and_additions_by_days(self):
        rule = self.env.ref("msp_contract_billing.msp_billing_rule_own_start")
        self.seats.write({"msp_rule_id": rule.id, "lst_price": 31.0})
        contract, _order = self._confirm((self.backup, 1), msp_date_start=day(1))
        self._billed(contract, day(1, 15))
        new = self._amendment(contract, (self.seats, 10), msp_date_start=day(1, 16))
        new.action_confirm()
        # A whole month from the first day on, not 16 of January's 31 days.
        first = (day(1, 16), day(2, 15))
        self.assertEqual(self._billed(contract, day(1, 30)), [(*first, 310.0)])
        more = self._amendment(contract, (self.seats, 2), msp_date_start=day(1, 31))
        more.action_confirm()
        # Two seats for the last 16 of its 31 days.
        self.assertEqual(
            self._billed(contract, day(1, 31), "differential"), [(*first, 32.0)]
        )
        self.assertEqual(
            self._billed(contract, day(2, 16)),
            [(day(2), day(2, 28), 30.0), (day(2, 16), day(3, 15), 372.0)],
        )
        self.assertSettled(contract, day(2, 16))

    def test_the_rule_is_said_in_words(self):
        rule = self.env.ref("msp_contract_billing.msp_billing_rule_own_start")
        self.assertEqual(rule.summary, "periods from the position's first day")
