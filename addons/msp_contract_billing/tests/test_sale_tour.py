from datetime import date

from odoo.tests import HttpCase, freeze_time, tagged

from .sale_common import SaleContractCommon


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestSaleTour(SaleContractCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Names that nothing else in the database has.
        cls.seats.name = "Modern Workplace"
        cls.customer.name = "Rhein Druck GmbH"

    def test_quotation_becomes_a_contract(self):
        self.start_tour("/odoo/sales/new", "msp_quote_to_contract", login="accountman")
        contract = self.env["msp.contract"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertRecordValues(
            contract.line_ids,
            [{"product_id": self.seats.id, "quantity": 10, "price_unit": 12.5}],
        )
        run = self._run(date(2026, 4, 1), contracts=contract)
        # 125.00 x 22 / 31, and April
        self.assertEqual(run.move_ids.amount_untaxed, 213.71)

    def test_upsell_becomes_a_version(self):
        contract, _order = self._confirm(
            (self.seats, 10), msp_date_start=date(2026, 1, 1)
        )
        self.start_tour(
            f"/odoo/contracts/{contract.id}", "msp_upsell", login="accountman"
        )
        version = contract.version_ids.sorted("number")[-1]
        self.assertRecordValues(version, [{"number": 2, "cause": "order"}])
        self.assertRecordValues(
            version.change_ids, [{"quantity_mode": "move", "quantity": 2}]
        )
        self.assertEqual(
            self.env["msp.contract"].search_count(
                [("partner_id", "=", self.customer.id)]
            ),
            1,
        )
