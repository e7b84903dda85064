from decimal import Decimal

from odoo.tests import freeze_time, tagged

from ..billing import Amount
from ..models.msp_contract_amounts import MspContract as MspContractAmounts
from .common import day
from .pricing_common import PricingCommon


@freeze_time("2026-04-10 12:00:00")
@tagged("post_install", "-at_install")
class TestAmounts(PricingCommon):
    """Positions whose entitlement comes from outside."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.usage = cls._begin(
            cls.contract,
            day(1),
            cls.backup,
            0,
            pricing=cls._scheme("amounts", markup=10)._to_data(),
            overrides={"timing": "arrears"},
        )
        cls.amounts = [cls._amount(day(1), day(2), 100, "g1")]

    @classmethod
    def _amount(cls, start, end, amount, key, quantity=1):
        return Amount(start, end, Decimal(quantity), Decimal(str(amount)), key)

    def setUp(self):
        super().setUp()
        self._patch_amounts(lambda: {self.usage.id: tuple(self.amounts)})

    def _patch_amounts(self, load):
        model = type(self.env["msp.contract"])
        self.patch(model, "_load_amounts", lambda contracts: load())

    def _bill(self, until, kind="regular"):
        run = self._run(until, kind, self.contract)
        lines = run.move_ids.invoice_line_ids
        return sum(
            line.price_subtotal * (-1 if line.move_id.move_type == "out_refund" else 1)
            for line in lines.filtered(lambda line: line.product_id == self.backup)
        )

    def test_hook_is_empty_without_other_addons(self):
        amounts = MspContractAmounts._load_amounts(self.contract)
        self.assertEqual(amounts, {})
        self._patch_amounts(lambda: amounts)
        self.assertEqual(self._amounts_due(self.contract, day(2))[-1], 0.0)

    def test_amounts_with_markup_late_and_corrected(self):
        self.assertAlmostEqual(self._bill(day(2)), 110.0)
        # Late usage of January and a first row for February.
        self.amounts += [
            self._amount(day(1, 20), day(1, 21), 10, "g2"),
            self._amount(day(2), day(3), 50, "g3"),
        ]
        self.contract._mark_to_settle()
        self.assertAlmostEqual(self._bill(day(3)), 55.0)
        self.assertAlmostEqual(self._bill(day(3), "differential"), 11.0)
        # The provider corrects January: 100 were 80.
        self.amounts[0] = self._amount(day(1), day(2), 80, "g1")
        self.contract._mark_to_settle()
        self.assertAlmostEqual(self._bill(day(3), "differential"), -22.0)
        self.assertSettled(self.contract, day(3))
