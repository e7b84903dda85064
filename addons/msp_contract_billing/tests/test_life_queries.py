from odoo.tests import freeze_time, tagged

from .common import day
from .price_common import PriceCommon


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestLifeQueries(PriceCommon):
    """What lists and nights read does not grow with the number of contracts."""

    def _contracts(self, number):
        pricelist = self._pricelist(20.0)
        contracts = self.env["msp.contract"]
        agreed = {"action": "commitment", "term_months": 12, "renewal": "extend"}
        agreed.update(extension_months=12, notice_count=1, notice_unit="month")
        for _number in range(number):
            contract = self._contract(
                day(1), [(self.seats, 12, 12.50)], pricelist_id=pricelist.id
            )
            self._version(contract, day(2), [agreed])
            contract.position_ids.price_source = "pricelist"
            contracts += contract
        return contracts

    def _queries(self, act, contracts):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        act(contracts)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _assert_constant(self, act):
        few, many = self._contracts(2), self._contracts(12)
        self._queries(act, few)
        self.assertLessEqual(self._queries(act, many), self._queries(act, few))

    def test_terms(self):
        def act(contracts):
            contracts._store_terms()
            contracts.mapped("commitment_label")

        self._assert_constant(act)

    def test_differences_of_versions(self):
        self._assert_constant(lambda contracts: contracts.version_ids._compare())

    def test_proposed_prices_and_their_activities(self):
        few, many = self._contracts(2), self._contracts(12)
        self._queries(lambda contracts: contracts._propose_prices(), self._contracts(1))
        first = self._queries(lambda contracts: contracts._propose_prices(), few)
        second = self._queries(lambda contracts: contracts._propose_prices(), many)
        self.assertEqual(len(many.activity_ids), 12)
        self.assertLessEqual(second, first + 10)
