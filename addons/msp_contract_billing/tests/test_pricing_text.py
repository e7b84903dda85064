from odoo.tests import freeze_time, tagged

from .common import day
from .pricing_common import PricingCommon


@freeze_time("2026-02-10 12:00:00")
@tagged("post_install", "-at_install")
class TestPricingText(PricingCommon):
    """Invoices name the units and prices that were agreed, not an average."""

    def _text(self, scheme, quantity, price=0.0, **values):
        """Return the text of the invoice line that bills January."""
        contract = self._contract(day(1), [])
        self._begin(
            contract,
            day(1),
            self.seats,
            quantity,
            price,
            pricing=scheme._to_data(),
            **values,
        )
        run = self._run(day(1), contracts=contract)
        self.assertFalse(run.line_ids.filtered("error"), run.line_ids.mapped("error"))
        line = run.move_ids.invoice_line_ids
        self.assertEqual(line.msp_deviation, 0)
        return contract, line.name

    def _assert_content(self, expected, scheme, *args, **values):
        _contract, text = self._text(scheme, *args, **values)
        self.assertIn(f": {expected}, 31 of 31 days", text)

    def test_each_kind_of_scheme_in_words(self):
        for expected, scheme, *args in (
            ("12 Units: 10 × $10.00, 2 × $8.00", self._graduated(), 12),
            (
                "12 Units: 12 × $8.00",
                self._scheme("volume", [(10, 10.0), (0, 8.0)]),
                12,
            ),
            (
                "25 Units: 3 packages × $30.00",
                self._scheme("package", package_size=10),
                25,
                30.0,
            ),
            ("12 Units: flat $99.00", self._scheme("flat"), 12, 99.0),
            (
                "12 Units: 5 included, 7 × $10.00",
                self._scheme("unit", included=5),
                12,
                10.0,
            ),
            (
                "2 Units: 2 × $10.00, at least $50.00",
                self._scheme("unit", minimum=50),
                2,
                10.0,
            ),
            ("0 Units × $10.00", self._graduated(), 0),
        ):
            with self.subTest(expected):
                self._assert_content(expected, scheme, *args)

    def test_discount_of_a_scheme_is_named(self):
        self._assert_content(
            "12 Units: 10 × $10.00, 2 × $8.00, less 10 %",
            self._graduated(),
            12,
            discount=10,
        )

    def test_correction_names_the_tiers_before_and_after(self):
        contract, _text = self._text(self._graduated(), 12)
        self._set(contract.position_ids, day(1), quantity=14)
        run = self._run(day(1), kind="differential", contracts=contract)
        self.assertIn(
            "12 Units: 10 × $10.00, 2 × $8.00 → 14 Units: 10 × $10.00, 4 × $8.00",
            run.move_ids.invoice_line_ids.name,
        )

    def test_correction_of_a_discount_shows_that_the_price_differs(self):
        contract, _text = self._text(self._graduated(), 12)
        self._set(contract.position_ids, day(1), discount=50)
        run = self._run(day(1), kind="differential", contracts=contract)
        self.assertIn(
            "12 Units: 10 × $10.00, 2 × $8.00 → 12 Units × $4.833333",
            run.move_ids.invoice_line_ids.name,
        )
