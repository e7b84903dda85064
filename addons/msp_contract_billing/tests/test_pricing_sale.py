from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import day
from .pricing_common import PricingCommon


@freeze_time("2026-03-01 12:00:00")
@tagged("post_install", "-at_install")
class TestPricingOnQuotation(PricingCommon):
    """Schemes and rules from the product over the quotation to the contract."""

    def _content_of(self, contract):
        return [
            (line.product_id.name, line.quantity, line.pricing, line.overrides)
            for line in contract.line_ids
        ]

    def test_product_form_offers_schemes_for_recurring_products(self):
        scheme = self._graduated()
        with Form(self.work.product_tmpl_id) as form:
            with self.assertRaises(AssertionError):
                form.msp_pricing_id = scheme
            form.msp_recurring = True
            form.msp_pricing_id = scheme
            form.msp_rule_id = self._rule(billing_timing="arrears")
        self.assertEqual(self.work.msp_pricing_id, scheme)

    def test_order_total_is_the_first_full_period_net(self):
        self.seats.msp_pricing_id = self._graduated()
        self.backup.msp_pricing_id = self._scheme("flat", discount_amount=5)
        contract, order = self._confirm(
            (self.seats, 12, {"discount": 10}), (self.backup, 3)
        )
        self.assertEqual(order.order_line.mapped("price_subtotal"), [104.4, 25.0])
        self.assertEqual(order.amount_untaxed, 129.4)
        self.assertEqual(order.msp_amount_recurring, 129.4)
        self.assertEqual(self._amounts_due(contract, day(3)), [104.4, 25.0])
        self.assertEqual(order.tax_totals["base_amount_currency"], 129.4)

    def test_totals_of_all_schemes_are_what_is_billed(self):
        schemes = [
            self._scheme("unit", included=3),
            self._scheme("volume", [(10, 10.0, 5.0), (0, 8.0, 1.0)]),
            self._scheme("package", package_size=5, package_free=1),
            self._scheme("unit", minimum=500),
            self._scheme("flat", maximum=9),
        ]
        for scheme in schemes:
            with self.subTest(scheme=scheme.summary):
                self.seats.msp_pricing_id = scheme
                contract, order = self._confirm((self.seats, 12))
                due = self._amounts_due(contract, day(3))
                self.assertEqual([order.amount_untaxed], due)

    def test_form_shows_the_price_by_scheme(self):
        scheme = self._graduated()
        user = self.env.user
        user.group_ids |= self.env.ref("sale.group_discount_per_so_line")
        form = Form(self.env["sale.order"])
        form.partner_id = self.customer
        with form.order_line.new() as line:
            line.product_id = self.seats
            line.product_uom_qty = 12
            self.assertEqual(line.price_subtotal, 150.0)
            line.msp_pricing_id = scheme
            self.assertEqual(line.price_unit, 10.0, "that of the first tier")
            self.assertEqual(line.price_subtotal, 116.0)
            self.assertIn("graduated", line.msp_pricing_label)
            line.product_uom_qty = 60
            self.assertEqual(line.price_subtotal, 480.0)
            line.discount = 50
            self.assertEqual(line.price_subtotal, 240.0)
        order = form.save()
        self.assertEqual(order.amount_untaxed, 240.0)
        order.action_confirm()
        line = order.msp_version_id.contract_id.line_ids
        self.assertEqual(line.pricing, scheme._to_data())
        self.assertEqual(order.amount_untaxed, 240.0)

    def test_quotation_keeps_the_scheme_it_was_made_with(self):
        scheme = self._graduated()
        self.seats.msp_pricing_id = scheme
        order = self._order((self.seats, 12))
        scheme.tier_ids.write({"unit_price": 99})
        scheme.copy({"name": "Another"})
        self.seats.msp_pricing_id = False
        order.order_line.product_uom_qty = 13
        self.assertEqual(order.amount_untaxed, 124.0)
        order.action_confirm()
        contract = order.msp_version_id.contract_id
        self.assertEqual(self._amounts_due(contract, day(3)), [124.0])

    def test_scheme_and_rule_are_fixed_once_confirmed(self):
        self.seats.msp_pricing_id = self._graduated()
        _contract, order = self._confirm((self.seats, 12))
        for vals in (
            {"msp_pricing_id": False},
            {"msp_pricing": {"model": "flat"}},
            {"msp_rule_id": self._rule(billing_timing="arrears").id},
            {"msp_overrides": {"timing": "arrears"}},
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "contract"):
                order.order_line.sudo().write(vals)

    def test_malformed_scheme_by_rpc_is_refused(self):
        order = self._order((self.seats, 12))
        with self.assertRaisesRegex(ValidationError, "cannot be read"):
            order.order_line.write({"msp_pricing": {"model": "stairs"}})
        with self.assertRaisesRegex(ValidationError, "cannot be read"):
            order.order_line.write({"msp_overrides": {"anchor": "x"}})

    def test_rule_makes_a_position_of_its_own_rhythm(self):
        self.backup.msp_rule_id = self._rule(
            billing_unit="year", billing_decrease="never"
        )
        self.backup.msp_price_interval = "12"
        order = self._order((self.seats, 1), (self.backup, 2))
        self.assertFalse(order.msp_contract_error)
        self.assertEqual(
            order.order_line[1].msp_overrides_label,
            "yearly; fewer units: never credited in a billed period",
        )
        order.action_confirm()
        contract = order.msp_version_id.contract_id
        self.assertEqual(
            [due[:3] for due in self._due(contract, day(3))],
            [
                ("Business Premium", day(3), day(4)),
                ("Backup", day(3), day(1, year=2027)),
            ],
        )

    def test_price_must_fit_the_rhythm_of_the_position(self):
        self.seats.msp_rule_id = self._rule(billing_unit="week")
        order = self._order((self.seats, 1))
        self.assertIn("does not fit", order.msp_contract_error)
        self.seats.msp_pricing_id = self._graduated()
        order = self._order((self.seats, 1), billing_unit="quarter")
        order.order_line.msp_rule_id = False
        self.assertFalse(order.msp_contract_error)

    def test_scheme_of_another_currency_is_refused(self):
        self.seats.msp_pricing_id = self._graduated(
            currency_id=self.env.ref("base.EUR").id
        )
        order = self._order((self.seats, 1))
        with self.assertRaisesRegex(UserError, "is in EUR"):
            order.action_confirm()

    def test_more_rules_of_the_quotation_reach_the_contract(self):
        contract, _order = self._confirm(
            (self.seats, 1),
            billing_lead_days=14,
            billing_decrease="next_period",
            billing_re_anchor=True,
        )
        self.assertRecordValues(
            contract.terms_ids,
            [
                {
                    "billing_lead_days": 14,
                    "billing_decrease": "next_period",
                    "billing_re_anchor": True,
                }
            ],
        )
        self.assertIn("14 days before", contract.rules)

    def test_position_takes_environment_analytic_and_purchase_order(self):
        plan = self.env["account.analytic.plan"].create({"name": "Projects"})
        account = self.env["account.analytic.account"].create(
            {"name": "Cloud", "plan_id": plan.id}
        )
        test = self.env.ref("msp_contract_billing.msp_environment_test")
        values = {
            "msp_environment_id": test.id,
            "analytic_distribution": {str(account.id): 100},
        }
        contract, _order = self._confirm(
            (self.seats, 1, values), client_order_ref="PO-1"
        )
        self.assertRecordValues(
            contract.position_ids,
            [
                {
                    "environment_id": test.id,
                    "analytic_distribution": {str(account.id): 100},
                    "purchase_order": False,
                }
            ],
        )
        self.assertEqual(contract.customer_reference, "PO-1")
        self._amendment(
            contract,
            (self.seats, 2, {"price_unit": 11, "msp_new_position": True}),
            client_order_ref="PO-2",
        ).action_confirm()
        self.assertEqual(contract.position_ids[1].purchase_order, "PO-2")

    def test_quotation_template_says_scheme_rule_and_environment(self):
        user = self.env.user
        user.group_ids |= self.env.ref("sale_management.group_sale_order_template")
        scheme, rule = self._graduated(), self._rule(billing_timing="arrears")
        test = self.env.ref("msp_contract_billing.msp_environment_test")
        template = self.env["sale.order.template"].create(
            {
                "name": "Start",
                "sale_order_template_line_ids": [
                    Command.create(
                        {
                            "product_id": self.seats.id,
                            "product_uom_qty": 12,
                            "msp_pricing_id": scheme.id,
                            "msp_rule_id": rule.id,
                            "msp_environment_id": test.id,
                        }
                    )
                ],
            }
        )
        form = Form(self.env["sale.order"])
        form.partner_id = self.customer
        form.sale_order_template_id = template
        order = form.save()
        self.assertRecordValues(
            order.order_line,
            [
                {
                    "msp_pricing_id": scheme.id,
                    "msp_overrides": {"timing": "arrears"},
                    "msp_environment_id": test.id,
                    "price_subtotal": 116.0,
                }
            ],
        )

    def test_salesman_and_customer_confirm_with_schemes(self):
        self.seats.msp_pricing_id = self._graduated()
        self.seats.msp_rule_id = self._rule(billing_timing="arrears")
        salesman = new_test_user(
            self.env,
            login="seller",
            groups="sales_team.group_sale_salesman",
            company_id=self.env.company.id,
        )
        order = self._order((self.seats, 12), user_id=salesman.id)
        order.with_user(salesman).action_confirm()
        self.assertEqual(
            self._content_of(order.msp_version_id.contract_id),
            [
                (
                    "Business Premium",
                    12,
                    self.seats.msp_pricing_id._to_data(),
                    {"timing": "arrears"},
                )
            ],
        )

    def test_pitfall_116_every_way_to_begin_takes_the_products_scheme(self):
        self.seats.msp_pricing_id = self._graduated()
        self.seats.msp_rule_id = self._rule(billing_timing="arrears")
        ordered, _order = self._confirm((self.seats, 12))
        amended = self._contract(day(3), [(self.backup, 1, 30)])
        form = Form(
            self.env["msp.contract.amend"].with_context(default_contract_id=amended.id)
        )
        form.date_start = day(3)
        with form.line_ids.new() as line:
            line.product_id = self.seats
            line.quantity = 12
        form.save().action_apply()
        by_code = self._contract(day(3), [(self.backup, 1, 30)])
        position = self.env["msp.contract.position"].create(
            {"contract_id": by_code.id, "product_id": self.seats.id}
        )
        self._version(by_code, day(3), [position._prepare_begin_vals(12, 12.5, "1")])
        expected = self._content_of(ordered)
        for contract in (amended, by_code):
            self.assertEqual(self._content_of(contract)[-1:], expected)
