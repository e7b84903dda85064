from odoo.tests import freeze_time, tagged

from .common import day
from .run_common import RunCommon


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestBillingRunEquation(RunCommon):
    """The equation of a run in currencies other than the company's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.setup_other_currency("EUR", rates=[("2025-12-01", 3.0)])

    def _foreign(self, *lines):
        return self._contract(day(1), lines, currency_id=self.currency.id)

    def test_rounding_of_many_contracts_leaves_no_rest(self):
        contracts = self.env["msp.contract"]
        for _time in range(3):
            contracts |= self._foreign((self.seats, 1, 10.0))
        run = self._run(day(1), contracts=contracts, post=False)
        self.assertEqual(
            self._parts(run),
            {"billed": (3, 9.99), "total": (3, 9.99), "rest": (0, 0.0)},
        )

    def test_rate_that_is_entered_later_leaves_no_rest(self):
        contract = self._foreign((self.seats, 1, 30.0), (self.backup, 1, 60.0))
        run = self._run(day(1), contracts=contract, post=False)
        lines = run.move_ids.invoice_line_ids.filtered("product_id")
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.currency.id,
                "company_id": self.company.id,
                "name": day(1),
                "rate": 2.0,
            }
        )
        lines.filtered(lambda line: line.product_id == self.backup).unlink()
        self.assertEqual(
            self._parts(run),
            {
                "billed": (1, 10.0),
                "taken_back": (1, 20.0),
                "total": (2, 30.0),
                "rest": (0, 0.0),
            },
        )

    def test_contract_whose_charges_cancel_each_other_leaves_no_rest(self):
        contract = self._foreign((self.seats, 1, 30.0))
        self.env["msp.one.off"].create(
            {
                "contract_id": contract.id,
                "product_id": self.backup.id,
                "price_unit": -30,
                "reason": "Goodwill",
                "date": day(1),
            }
        )
        run = self._run(day(1), contracts=contract, post=False)
        run.move_ids.invoice_line_ids.filtered(
            lambda line: line.product_id == self.backup
        ).unlink()
        self.assertEqual(
            self._parts(run),
            {
                "billed": (1, 10.0),
                "taken_back": (1, -10.0),
                "total": (2, 0.0),
                "rest": (0, 0.0),
            },
        )
