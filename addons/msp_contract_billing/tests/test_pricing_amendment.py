from datetime import date

from odoo.tests import Form, freeze_time, tagged

from .common import day
from .pricing_common import PricingCommon


@freeze_time("2026-03-01 12:00:00")
@tagged("post_install", "-at_install")
class TestPricingOnAmendment(PricingCommon):
    """Quotations that change positions with schemes and rules."""

    def test_amendment_without_environment_moves_the_position_there_is(self):
        test = self.env.ref("msp_contract_billing.msp_environment_test")
        contract, _order = self._confirm(
            (self.seats, 1, {"msp_environment_id": test.id})
        )
        self._amendment(contract, (self.seats, 2)).action_confirm()
        self.assertEqual(contract.position_ids.quantity, 3)
        production = self.env.ref("msp_contract_billing.msp_environment_production")
        self._amendment(
            contract, (self.seats, 4, {"msp_environment_id": production.id})
        ).action_confirm()
        self.assertEqual(contract.position_ids.mapped("quantity"), [3, 4])

    def test_amendment_costs_what_the_tiers_make_of_all_units(self):
        self.seats.msp_pricing_id = self._graduated()
        contract, _order = self._confirm((self.seats, 8))
        amendment = self._amendment(contract, (self.seats, 4))
        self.assertEqual(amendment.amount_untaxed, 36.0, "116 less 80")
        self.assertIn("8 → 12", amendment.order_line.msp_effect)
        amendment.action_confirm()
        self.assertEqual(amendment.amount_untaxed, 36.0)
        amendment.invalidate_recordset()
        self.assertEqual(amendment.tax_totals["base_amount_currency"], 36.0)
        self.assertEqual(self._amounts_due(contract, day(3)), [116.0])
        fewer = self._amendment(contract, (self.seats, -6))
        self.assertEqual(fewer.amount_untaxed, -56.0, "60 less 116")
        fewer.action_confirm()
        self.assertEqual(contract.line_ids.quantity, 6)
        self.assertEqual(contract.line_ids.pricing["model"], "graduated")

    def test_chosen_position_keeps_its_scheme(self):
        scheme = self._graduated()
        self.seats.msp_pricing_id = scheme
        contract, _order = self._confirm((self.seats, 8))
        agreed = contract.line_ids.pricing
        scheme.tier_ids.write({"unit_price": 99})
        order = self._amendment(contract)
        with Form(order) as form, form.order_line.new() as line:
            line.product_id = self.seats
            line.product_uom_qty = 4
            line.msp_position_id = contract.position_ids
            self.assertFalse(line.msp_pricing_id)
            self.assertIn("$8.00", line.msp_pricing_label)
            self.assertEqual(line.price_subtotal, 36.0)
        order.action_confirm()
        self.assertFalse(order.msp_version_id.change_ids.sets_pricing)
        self.assertEqual(contract.line_ids.pricing, agreed)
        duplicate = order.copy()
        self.assertEqual(duplicate.order_line.msp_pricing, agreed)

    def test_amendment_sets_another_scheme_and_rule(self):
        contract, _order = self._confirm((self.seats, 12))
        order = self._amendment(
            contract,
            (
                self.seats,
                0.5,
                {
                    "msp_position_id": contract.position_ids.id,
                    "msp_pricing_id": self._graduated().id,
                    "msp_rule_id": self._rule(billing_decrease="never").id,
                },
            ),
        )
        effect = order.order_line.msp_effect
        self.assertIn("price scheme of all → graduated", effect)
        self.assertIn("billing rule of all → fewer units: never", effect)
        order.action_confirm()
        self.assertEqual(contract.line_ids.overrides, {"decrease": "never"})
        self.assertEqual(contract.line_ids.pricing["model"], "graduated")

    def test_scheme_counts_in_the_unit_of_the_position(self):
        self.seats.msp_pricing_id = self._graduated()
        contract, _order = self._confirm((self.seats, 8))
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._amendment(
            contract,
            (
                self.seats,
                1,
                {
                    "product_uom_id": dozen.id,
                    "msp_position_id": contract.position_ids.id,
                },
            ),
        )
        self.assertIn("counts in", order.msp_contract_error)

    def test_pitfall_021_amendment_begins_no_second_contract(self):
        contract, _order = self._confirm((self.seats, 8))
        count = self.env["msp.contract"].search_count([])
        amendment = self._amendment(contract, (self.seats, 1), (self.backup, 1))
        amendment.action_confirm()
        run = self._run(date(2026, 3, 31), contracts=contract)
        self.assertTrue(run.move_ids)
        self.assertEqual(self.env["msp.contract"].search_count([]), count)
        self.assertEqual(amendment.msp_version_id.contract_id, contract)
        self.assertFalse(run.move_ids.invoice_line_ids.sale_line_ids)

    def test_pitfall_030_product_type_and_invoices_do_not_matter(self):
        for kind in ("service", "consu"):
            with self.subTest(type=kind):
                product = self._product(
                    f"Product {kind}", 31.0, type=kind, msp_recurring=True
                )
                contract, _order = self._confirm(
                    (product, 1), msp_date_start=date(2026, 3, 16)
                )
                # Amended before anything was invoiced.
                self._amendment(
                    contract, (product, 1), msp_date_start=date(2026, 3, 20)
                ).action_confirm()
                self.assertEqual(sum(self._amounts_due(contract, day(3, 31))), 28.0)
