from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .bundle_common import BundleCommon
from .common import day


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestContractStart(BundleCommon):
    """A contract straight from a template, without a quotation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.env["msp.contract.template"].create(
            {
                "name": "Flat rate",
                "billing_lead_days": 14,
                "billing_unit_rounding": "half_up",
                "anchor": "start",
                "term_months": 12,
                "renewal": "extend",
                "extension_months": 12,
                "notice_count": 3,
                "notice_to": "term",
                "line_ids": [
                    Command.create({"product_id": cls.seats.id, "quantity": 5}),
                    Command.create(
                        {
                            "product_id": cls.backup.id,
                            "name": "Backup, off site",
                            "price_unit": 25.0,
                            "discount": 10,
                        }
                    ),
                ],
            }
        )
        cls.start = cls.env["msp.contract.start"]

    def _form(self, record=None, **values):
        context = (record or self.env["msp.contract"]).action_start()["context"]
        form = Form(self.start.with_context(**context))
        for name, value in values.items():
            form[name] = value
        return form

    def _enable_pricelists(self):
        everybody = self.env.ref("base.group_user")
        everybody.implied_ids += self.env.ref("product.group_product_pricelist")

    def _begin_of(self, start):
        action = start.action_start()
        return self.env["msp.contract"].browse(action["res_id"])

    def _check_flat_rate(self, contract):
        self.assertRecordValues(
            contract,
            [
                {
                    "partner_id": self.customer.id,
                    "state": "active",
                    "date_start": date(2026, 3, 10),
                    "date_end": False,
                    "amount_month": 85.0,
                }
            ],
        )
        self.assertRecordValues(
            contract.version_ids, [{"number": 1, "cause": "request", "state": "active"}]
        )
        self.assertRecordValues(
            contract.terms_ids,
            [
                {
                    "billing_unit": "month",
                    "billing_lead_days": 14,
                    "billing_unit_rounding": "half_up",
                    "anchor_date": date(2026, 3, 10),
                }
            ],
        )
        self.assertRecordValues(
            contract.line_ids,
            [
                {
                    "name": "Business Premium",
                    "quantity": 5,
                    "price_unit": 12.5,
                    "price_interval": "1",
                    "discount": 0,
                },
                {
                    "name": "Backup, off site",
                    "quantity": 1,
                    "price_unit": 25.0,
                    "price_interval": "1",
                    "discount": 10,
                },
            ],
        )
        commitment = contract.version_ids.change_ids.filtered(
            lambda change: change.action == "commitment"
        )
        self.assertRecordValues(
            commitment,
            [
                {
                    "term_months": 12,
                    "renewal": "extend",
                    "extension_months": 12,
                    "notice_count": 3,
                    "notice_unit": "month",
                    "notice_to": "term",
                }
            ],
        )

    def test_contract_from_a_template_in_the_form(self):
        form = self._form(partner_id=self.customer, template_id=self.template)
        self.assertEqual(form.rhythm, "Monthly, in advance")
        self._check_flat_rate(self._begin_of(form.save()))

    def test_contract_from_a_template_by_code_has_the_same(self):
        start = self.start.create(
            {"partner_id": self.customer.id, "template_id": self.template.id}
        )
        self._check_flat_rate(self._begin_of(start))

    def test_what_is_entered_counts_and_the_template_is_not_linked(self):
        form = self._form(partner_id=self.customer, template_id=self.template)
        form.billing_every = 3
        form.term_months = 24
        form.anchor = "calendar"
        with form.line_ids.edit(0) as line:
            line.quantity = 7
        form.line_ids.remove(1)
        start = form.save()
        self.template.billing_every = 6
        self.template.line_ids.unlink()
        contract = self._begin_of(start)
        self.assertEqual(contract.terms_ids.billing_every, 3)
        self.assertEqual(contract.terms_ids.anchor_date, date(2026, 1, 1))
        self.assertEqual(contract.line_ids.mapped("quantity"), [7.0])

    def test_template_without_products_keeps_those_entered(self):
        self.template.line_ids.unlink()
        form = self._form(partner_id=self.customer)
        with form.line_ids.new() as line:
            line.product_id = self.seats
        form.template_id = self.template
        self.assertEqual(len(form.line_ids), 1)
        self.assertEqual(form.term_months, 12)

    def test_a_term_that_ends_is_recorded_with_its_end(self):
        self.template.write({"renewal": "end", "extension_months": 0})
        start = self.start.create(
            {
                "partner_id": self.customer.id,
                "template_id": self.template.id,
                "date_start": date(2026, 1, 31),
            }
        )
        contract = self._begin_of(start)
        self.assertRecordValues(
            contract.version_ids.sorted("number"),
            [
                {"number": 1, "cause": "request", "date_start": date(2026, 1, 31)},
                {"number": 2, "cause": "termination", "date_start": date(2027, 1, 31)},
            ],
        )
        self.assertEqual(contract.date_end, date(2027, 1, 30))

    def test_cost_is_shown_before_it_is_recorded(self):
        form = self._form(partner_id=self.customer, template_id=self.template)
        # 5 x 12.50 + 25.00 less 10 %
        self.assertIn("85.00 per month, untaxed", form.cost.replace("$\xa0", ""))
        self.assertIn("03/10/2026 to 04/09/2026", form.cost)
        form.anchor = "calendar"
        # 22 of 31 days: 5 x 8.87 + 15.97
        self.assertIn("03/10/2026 to 03/31/2026", form.cost)
        self.assertIn("60.32", form.cost)
        form.billing_timing = "arrears"
        self.assertIn("from 04/01/2026 on", form.cost)
        with form.line_ids.edit(0) as line:
            line.price_interval = "12"
            line.price_unit = 120.0
        self.assertIn("72.50 per month", form.cost.replace("$\xa0", ""))

    def test_price_is_that_of_the_customers_price_list(self):
        """Pitfall 116: the customer's prices, however the contract begins."""
        self._enable_pricelists()
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Partners",
                "item_ids": [
                    Command.create({"compute_price": "percentage", "percent_price": 20})
                ],
            }
        )
        self.customer.property_product_pricelist = pricelist
        form = self._form(partner_id=self.customer)
        with form.line_ids.new() as line:
            line.product_id = self.seats
            self.assertEqual(line.price_unit, 10.0)
        order = self._order((self.seats, 1))
        self.assertEqual(order.order_line._get_discounted_price(), 10.0)

    def test_price_by_unit_and_from_cost_is_that_of_a_running_contract(self):
        rule = self.env["msp.price.rule"].create(
            {"name": "Plus a quarter", "basis": "markup", "percent": 25.0}
        )
        self.mailbox.write({"msp_price_rule_id": rule.id, "standard_price": 4.0})
        dozen = self.env.ref("uom.product_uom_dozen")
        start = self.start.create(
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create({"product_id": self.mailbox.id}),
                    Command.create(
                        {"product_id": self.seats.id, "product_uom_id": dozen.id}
                    ),
                ],
            }
        )
        self.assertEqual(start.line_ids.mapped("price_unit"), [5.0, 150.0])

    def test_prices_follow_the_currency(self):
        self._enable_pricelists()
        currency = self.setup_other_currency("EUR", rates=[("2016-01-01", 0.5)])
        self.customer.property_product_pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": currency.id}
        )
        start = self.start.create(
            {"partner_id": self.customer.id, "template_id": self.template.id}
        )
        self.assertEqual(start.currency_id, currency)
        self.assertEqual(start.line_ids.mapped("price_unit"), [6.25, 12.5])
        contract = self._begin_of(start)
        self.assertEqual(contract.currency_id, currency)
        self.assertEqual(contract.line_ids.mapped("price_unit"), [6.25, 12.5])

    def test_scheme_and_rule_come_from_template_or_product(self):
        scheme, rule = self._graduated(), self._rule(billing_timing="arrears")
        self.seats.msp_pricing_id = scheme
        self.template.line_ids[1].rule_id = rule
        contract = self._begin_of(
            self.start.create(
                {"partner_id": self.customer.id, "template_id": self.template.id}
            )
        )
        seats, backup = contract.line_ids
        self.assertEqual(seats.pricing["model"], "graduated")
        self.assertEqual(backup.overrides, {"timing": "arrears"})

    # What cannot be

    def test_bad_input_is_refused_with_a_sentence(self):
        lines = [Command.create({"product_id": self.seats.id})]
        cases = [
            ({"line_ids": []}, "contains nothing yet"),
            ({"date_start": date(202, 1, 1)}, "too far off"),
            ({"renewal": "end"}, "ends with its term needs a term"),
            ({"billing_every": 0}, "how often and when"),
            (
                {"billing_unit": "week", "billing_day_count": "30/360"},
                "30 days per month cannot be counted",
            ),
        ]
        for values, sentence in cases:
            with self.subTest(sentence):
                start = self.start.create(
                    {"partner_id": self.customer.id, "line_ids": lines, **values}
                )
                count = self.env["msp.contract"].search_count([])
                with self.assertRaisesRegex(UserError, sentence):
                    start.action_start()
                self.assertEqual(self.env["msp.contract"].search_count([]), count)
        start = self.start.create(
            {
                "partner_id": self.customer.id,
                "billing_every": 5,
                "line_ids": [
                    Command.create(
                        {"product_id": self.seats.id, "price_interval": "12"}
                    )
                ],
            }
        )
        self.assertFalse(start.cost)
        with self.assertRaisesRegex(UserError, "price of Business Premium is for 12"):
            start.action_start()

    def test_template_of_another_company_is_refused(self):
        other = self.setup_other_company()["company"]
        template = self.template.copy({"company_id": other.id, "line_ids": False})
        for record, values in (
            (self.start, {"partner_id": self.customer.id}),
            (self.env["sale.order.template"], {"name": "Q"}),
        ):
            with self.assertRaises(UserError):
                record.create(
                    {
                        **values,
                        "company_id": self.env.company.id,
                        (
                            "template_id" if record == self.start else "msp_template_id"
                        ): template.id,
                    }
                )

    def test_only_account_managers_begin_contracts(self):
        clerk = self._role_user("start_clerk", "group_billing_clerk")
        with self.assertRaises(AccessError):
            self.start.with_user(clerk).create({"partner_id": self.customer.id})
        manager = self._role_user("start_manager", "group_account_manager")
        start = self.start.with_user(manager).create(
            {"partner_id": self.customer.id, "template_id": self.template.id}
        )
        contract = self._begin_of(start)
        self.assertEqual(contract.user_id, manager)
        self.assertEqual(contract.state, "active")

    def test_a_contract_beyond_the_users_limits_waits_for_an_approval(self):
        self.env.company.write({"msp_limit_amount": 50.0, "msp_approve_own": False})
        manager = self._role_user("limited_manager", "group_account_manager")
        start = self.start.with_user(manager).create(
            {"partner_id": self.customer.id, "template_id": self.template.id}
        )
        message = start.action_start()
        self.assertEqual(message["tag"], "display_notification")
        contract = self.env["msp.contract"].browse(message["params"]["next"]["res_id"])
        self.assertRecordValues(
            contract, [{"state": "draft", "can_begin": False, "amount_month": 0.0}]
        )
        self.assertEqual(contract.version_ids.approval_state, "waiting")
        contract.version_ids.action_activate()
        self._check_flat_rate(contract)

    # Copies, and contracts without content

    def test_pitfall_006_copy_has_the_content_of_today_and_no_billed_state(self):
        contract = self._contract(
            day(1),
            [(self.seats, 10, 12.50, 5), (self.backup, 1, 30.00)],
            title="Licences",
            terms={"billing_unit": "quarter", "anchor_date": day(1)},
        )
        scheme = self._graduated()
        self._begin(contract, day(1), self.mailbox, 12, pricing=scheme._to_data())
        self._set(self._position(contract, self.seats), day(2), quantity=12, price=11.0)
        self._end(self._position(contract, self.backup), day(3))
        self._set(self._position(contract, self.seats), day(6), quantity=99)
        self._run(day(4), contracts=contract)
        context = contract.action_duplicate()["context"]
        form = Form(self.start.with_context(**context))
        self.assertEqual(form.partner_id, self.customer)
        self.assertEqual(form.billing_unit, "quarter")
        form.date_start = day(4)
        copy = self._begin_of(form.save())
        self.assertNotEqual(copy, contract)
        self.assertEqual(copy.title, "Licences")
        self.assertRecordValues(
            copy.line_ids,
            [
                {
                    "product_id": self.seats.id,
                    "quantity": 12,
                    "price_unit": 11.0,
                    "discount": 5,
                    "pricing": False,
                },
                {
                    "product_id": self.mailbox.id,
                    "quantity": 12,
                    "price_unit": 0.0,
                    "discount": 0,
                    "pricing": scheme._to_data(),
                },
            ],
        )
        self.assertFalse(copy.charge_ids)
        self.assertTrue(copy.to_settle)
        self.assertEqual(len(copy.version_ids), 1)
        # A quarter: 12 x 11.00 less 5 %; 10 x 10.00 + 2 x 8.00
        self.assertEqual(self._amounts_due(copy, day(4)), [125.4, 116.0])

    def test_copy_of_a_bundle_has_its_components_not_those_of_the_product(self):
        contract = self._bundle(day(1))
        self._end(self._position(contract, self.seats), day(2))
        self.workplace.msp_bundle_line_ids.unlink()
        start = self.start.create({"source_id": contract.id})
        self.assertEqual(start.line_ids.product_id, self.workplace)
        self.assertEqual(start.line_ids.bundle_label, "20 × Mailbox")
        copy = self._begin_of(start)
        self.assertEqual(
            self._quantities(copy, date(2026, 3, 10)), {"Workplace": 10, "Mailbox": 20}
        )

    def test_copy_for_another_customer_takes_nothing_of_the_first(self):
        contract = self._contract(day(1), [(self.seats, 10, 12.50)])
        contract.payment_term_id = self.pay_terms_b
        plan = self.env["account.analytic.plan"].create({"name": "Projects"})
        account = self.env["account.analytic.account"].create(
            {"name": "Cloud", "plan_id": plan.id}
        )
        contract.analytic_distribution = {str(account.id): 100}
        other = self.env["res.partner"].create({"name": "Beispiel AG"})
        start = self.start.create({"source_id": contract.id, "partner_id": other.id})
        copy = self._begin_of(start)
        self.assertEqual(copy.partner_id, other)
        self.assertEqual(copy.partner_invoice_id, other)
        self.assertFalse(copy.payment_term_id or copy.analytic_distribution)
        start = self.start.create({"source_id": contract.id})
        copy = self._begin_of(start)
        self.assertEqual(copy.payment_term_id, self.pay_terms_b)
        self.assertEqual(copy.analytic_distribution, {str(account.id): 100})

    def test_a_contract_without_content_begins(self):
        contract = self.env["msp.contract"].create({"partner_id": self.customer.id})
        self.assertTrue(contract.can_begin)
        form = self._form(contract)
        self.assertEqual(form.partner_id, self.customer)
        with form.line_ids.new() as line:
            line.product_id = self.seats
        start = form.save()
        self.assertEqual(self._begin_of(start), contract)
        self.assertEqual(contract.state, "active")
        self.assertFalse(contract.can_begin)
        with self.assertRaisesRegex(UserError, "has begun meanwhile"):
            start.action_start()
        contract.version_ids._withdraw("Wrong customer")
        self.assertTrue(contract.can_begin)

    def test_contracts_of_another_company_cannot_be_copied(self):
        manager = self._role_user("copy_manager", "group_account_manager")
        other = self.setup_other_company()["company"]
        contract = self.env["msp.contract"].create(
            {"partner_id": self.customer.id, "company_id": other.id}
        )
        with self.assertRaises(AccessError):
            self.start.with_user(manager).create({"source_id": contract.id})

    def test_button_of_the_customer_counts_and_leads_to_a_new_one(self):
        contact = self.env["res.partner"].create(
            {"name": "Eva", "parent_id": self.customer.id}
        )
        self._contract(day(1), [(self.seats, 10, 12.50)])
        self.assertEqual(contact.msp_contract_count, 1)
        action = contact.action_view_msp_contracts()
        self.assertEqual(
            self.env["msp.contract"].search(action["domain"]).partner_id, self.customer
        )
        contracts = self.env["msp.contract"].with_context(**action["context"])
        start = Form(self.start.with_context(**contracts.action_start()["context"]))
        self.assertEqual(start.partner_id, contact)
