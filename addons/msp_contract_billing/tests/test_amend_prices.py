from odoo.tests import freeze_time, tagged

from .common import day
from .price_common import PriceCommon


@freeze_time("2026-05-14 12:00:00")
@tagged("post_install", "-at_install")
class TestAmendPrices(PriceCommon):
    """What a new position costs when it is added to a running contract."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])

    def _new_price(self, product, contract=None):
        form = self._dialog((contract or self.contract).action_amend())
        with form.line_ids.new() as line:
            line.product_id = product
            price = line.price_unit
        form.save().action_apply()
        added = (contract or self.contract).line_ids.sorted("id")[-1]
        self.assertEqual(added.price_unit, price)
        return price

    def test_pitfall_116_the_contracts_pricelist_counts(self):
        self.contract.pricelist_id = self._pricelist(25.0, self.backup)
        self.assertEqual(self._new_price(self.backup), 25.0)

    def test_pitfall_116_a_new_contract_takes_the_customers_pricelist(self):
        group = self.env.ref("product.group_product_pricelist")
        self.env.user.group_ids |= group
        self.env.ref("base.group_user").implied_ids |= group
        pricelist = self._pricelist(25.0, self.backup)
        self.customer.property_product_pricelist = pricelist
        contract = self._contract(day(1), [(self.seats, 1, 12.50)])
        self.assertEqual(contract.pricelist_id, pricelist)
        self.assertEqual(self._new_price(self.backup, contract), 25.0)

    def test_without_a_pricelist_the_sales_price(self):
        self.assertFalse(self.contract.pricelist_id)
        self.assertEqual(self._new_price(self.backup), 30.0)

    def test_a_rule_makes_the_price_of_the_cost(self):
        self.backup.write({"msp_price_rule_id": self.rule.id, "standard_price": 20.0})
        self.assertEqual(self._new_price(self.backup), 25.0)
        position = self._position(self.contract, self.backup)
        self.assertEqual(position.price_source, "cost")

    def test_without_a_cost_a_rule_makes_nothing(self):
        self.backup.msp_price_rule_id = self.rule
        self.assertEqual(self._new_price(self.backup), 30.0)

    def test_a_contract_keeps_the_pricelist_of_its_order(self):
        pricelist = self._pricelist(25.0, self.backup)
        contract, _order = self._confirm((self.seats, 1), pricelist_id=pricelist.id)
        self.assertEqual(contract.pricelist_id, pricelist)
        self.assertEqual(self._new_price(self.backup, contract), 25.0)
