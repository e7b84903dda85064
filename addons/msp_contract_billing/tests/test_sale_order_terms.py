from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .sale_common import SaleContractCommon


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestOrderTerms(SaleContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        templates = cls.env["msp.contract.template"]
        cls.licences = templates.create(
            {
                "name": "Licences",
                "term_months": 12,
                "renewal": "extend",
                "extension_months": 12,
                "notice_count": 1,
            }
        )
        cls.yearly = templates.create(
            {
                "name": "Maintenance",
                "billing_unit": "year",
                "billing_timing": "arrears",
                "anchor": "start",
                "term_months": 24,
                "renewal": "end",
            }
        )
        cls.seats.msp_template_id = cls.licences
        cls.backup.write({"msp_template_id": cls.yearly.id, "msp_price_interval": "12"})

    def _contracts(self, order):
        return order.msp_version_ids.contract_id.sorted("id")

    # Where terms come from

    def test_terms_are_those_of_the_first_recurring_product(self):
        order = self._order((self.work, 1), (self.seats, 1), (self.backup, 1))
        self.assertEqual(order.msp_template_id, self.licences)
        self.assertRecordValues(
            order,
            [
                {
                    "billing_unit": "month",
                    "billing_timing": "advance",
                    "term_months": 12,
                    "renewal": "extend",
                    "extension_months": 12,
                    "notice_count": 1,
                    "msp_anchor": "calendar",
                }
            ],
        )
        order = self._order((self.backup, 1))
        self.assertRecordValues(
            order,
            [
                {
                    "msp_template_id": self.yearly.id,
                    "billing_unit": "year",
                    "billing_timing": "arrears",
                    "msp_anchor": "start",
                    "term_months": 24,
                }
            ],
        )

    def test_products_without_terms_of_their_own_have_those_of_the_order(self):
        plain = self._product("Monitoring", 5.0, msp_recurring=True)
        order = self._order((plain, 1), (self.seats, 1))
        self.assertEqual(order.msp_template_id, self.licences)
        order.action_confirm()
        self.assertEqual(len(self._contracts(order)), 1)

    def test_quotation_template_comes_first(self):
        template = self.env["sale.order.template"].create(
            {
                "name": "Office",
                "msp_template_id": self.yearly.id,
                "sale_order_template_line_ids": [
                    Command.create({"product_id": self.seats.id})
                ],
            }
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "sale_order_template_id": template.id,
            }
        )
        self.assertEqual(order.msp_template_id, self.yearly)
        self.assertEqual(order.billing_unit, "year")

    def test_without_template_the_usual_terms(self):
        self.seats.msp_template_id = False
        order = self._order((self.seats, 1))
        self.assertRecordValues(
            order,
            [
                {
                    "msp_template_id": False,
                    "billing_every": 1,
                    "billing_unit": "month",
                    "billing_timing": "advance",
                    "billing_instalments": 1,
                    "renewal": "open",
                    "notice_unit": "month",
                    "term_months": 0,
                }
            ],
        )

    def test_given_terms_stand_beside_those_of_the_template(self):
        order = self._order((self.seats, 1), billing_every=3)
        self.assertRecordValues(order, [{"billing_every": 3, "term_months": 12}])
        order.write({"msp_template_id": self.yearly.id, "billing_timing": "advance"})
        self.assertRecordValues(
            order,
            [{"billing_unit": "year", "billing_timing": "advance", "term_months": 24}],
        )

    def test_what_was_changed_stays_when_lines_are_added(self):
        order = self._order((self.seats, 1))
        order.write({"term_months": 36, "billing_every": 6})
        order.order_line = [
            Command.create({"product_id": self.backup.id}),
            Command.create({"product_id": self.seats.id}),
        ]
        self.assertRecordValues(
            order,
            [
                {
                    "msp_template_id": self.licences.id,
                    "term_months": 36,
                    "billing_every": 6,
                }
            ],
        )

    def test_form_fills_the_terms_and_keeps_what_is_typed(self):
        form = Form(self.env["sale.order"])
        form.partner_id = self.customer
        with form.order_line.new() as line:
            line.product_id = self.seats
        self.assertEqual(form.msp_template_id, self.licences)
        self.assertEqual(form.term_months, 12)
        form.billing_every = 3
        form.term_months = 36
        with form.order_line.new() as line:
            line.product_id = self.backup
        self.assertEqual((form.billing_every, form.term_months), (3, 36))
        order = form.save()
        self.assertRecordValues(order, [{"billing_every": 3, "term_months": 36}])
        with Form(order) as form:
            form.msp_template_id = self.yearly
            self.assertEqual((form.billing_unit, form.term_months), ("year", 24))
        self.assertRecordValues(order, [{"billing_unit": "year", "term_months": 24}])

    def test_template_changed_later_changes_no_quotation(self):
        order = self._order((self.seats, 1))
        contract, confirmed = self._confirm((self.seats, 1))
        self.licences.write({"term_months": 60, "billing_every": 12})
        self.assertEqual(order.term_months, 12)
        self.assertEqual(confirmed.billing_every, 1)
        self.assertEqual(contract.terms_ids.billing_every, 1)

    # Confirming

    def test_commitment_is_part_of_the_first_version(self):
        contract, order = self._confirm((self.seats, 2))
        version = order.msp_version_ids
        self.assertEqual(
            version.change_ids.mapped("action"), ["terms", "commitment", "begin"]
        )
        self.assertRecordValues(
            version.change_ids[1],
            [{"term_months": 12, "renewal": "extend", "notice_count": 1}],
        )
        self.assertFalse(contract.date_end)

    def test_no_commitment_without_term_and_notice(self):
        self.seats.msp_template_id = False
        _contract, order = self._confirm((self.seats, 2))
        actions = order.msp_version_ids.change_ids.mapped("action")
        self.assertEqual(actions, ["terms", "begin"])

    def test_extension_without_a_term_is_nothing_agreed(self):
        terms = {"term_months": 0, "renewal": "open", "extension_months": 12}
        order = self._order((self.work, 1), (self.seats, 2), **terms, notice_count=0)
        self.assertNotIn("Agreed", order.msp_outlook_html)

    def test_contract_that_ends_with_its_term_has_that_end(self):
        contract, order = self._confirm((self.backup, 1))
        self.assertEqual(contract.date_end, date(2028, 3, 9))
        self.assertRecordValues(
            order.msp_version_ids.sorted("number"),
            [
                {"number": 1, "cause": "order", "date_start": date(2026, 3, 10)},
                {"number": 2, "cause": "order", "date_start": date(2028, 3, 10)},
            ],
        )
        self.assertEqual(
            order.msp_version_ids.sorted("number")[1].change_ids.action, "terminate"
        )
        self.assertEqual(order.msp_version_id.number, 1)

    def test_one_contract_per_rhythm_and_term(self):
        order = self._order((self.seats, 5), (self.backup, 1), (self.work, 1))
        self.assertEqual(
            order.order_line.mapped("msp_effect"),
            [
                "New contract 1 (Monthly, in advance)",
                "New contract 2 (Yearly, in arrears)",
                False,
            ],
        )
        order.action_confirm()
        first, second = self._contracts(order)
        self.assertEqual(first.position_ids.product_id, self.seats)
        self.assertEqual(second.position_ids.product_id, self.backup)
        self.assertEqual(first.terms_ids.billing_unit, "month")
        self.assertEqual(second.terms_ids.billing_unit, "year")
        self.assertEqual(second.terms_ids.anchor_date, date(2026, 3, 10))
        for contract in (first, second):
            self.assertEqual(contract.action_view_orders()["domain"][0][2], order.ids)
            self.assertEqual(contract.order_count, 1)
        action = order.action_view_msp_contract()
        self.assertEqual(action["domain"], [("id", "in", [first.id, second.id])])
        self.assertEqual(order.msp_contract_label, f"{first.name}, {second.name}")

    def test_one_for_all_by_the_managers_choice(self):
        order = self._order((self.seats, 5), (self.backup, 1), msp_contracts="one")
        order.action_confirm()
        contract = self._contracts(order)
        self.assertEqual(contract.position_ids.product_id, self.seats | self.backup)
        self.assertEqual(contract.terms_ids.billing_unit, "month")

    def test_equal_terms_are_one_contract(self):
        twin = self.licences.copy({"name": "The same in other words"})
        self.backup.write({"msp_template_id": twin.id, "msp_price_interval": "1"})
        order = self._order((self.seats, 5), (self.backup, 1))
        order.action_confirm()
        self.assertEqual(len(self._contracts(order)), 1)

    def test_own_template_of_a_line_can_be_taken_off(self):
        order = self._order((self.seats, 5), (self.backup, 1))
        order.order_line[1].msp_template_id = False
        order.action_confirm()
        self.assertEqual(len(self._contracts(order)), 1)

    def test_changed_terms_of_the_order_hold_for_its_own_template(self):
        order = self._order((self.seats, 5), (self.backup, 1), billing_timing="arrears")
        order.action_confirm()
        first, second = self._contracts(order)
        self.assertEqual(first.terms_ids.billing_timing, "arrears")
        self.assertEqual(second.terms_ids.billing_unit, "year")

    def test_cancelling_takes_all_contracts_back(self):
        order = self._order((self.seats, 5), (self.backup, 1))
        order.action_confirm()
        contracts = self._contracts(order)
        order.action_cancel()
        self.assertEqual(set(order.msp_version_ids.mapped("state")), {"withdrawn"})
        self.assertEqual(set(contracts.mapped("state")), {"draft"})
        self.assertFalse(order.order_line.msp_position_id)
        order.action_draft()
        order.action_confirm()
        self.assertEqual(len(self._contracts(order)), 4)

    def test_one_billed_contract_keeps_all(self):
        order = self._order((self.seats, 5), (self.backup, 1))
        order.action_confirm()
        first, second = self._contracts(order)
        self._run(date(2026, 3, 31), contracts=first)
        with self.assertRaisesRegex(UserError, first.name):
            order.action_cancel()
        self.assertEqual(second.state, "active")
        self.assertEqual(order.state, "sale")

    def test_contract_that_was_changed_since_keeps_all(self):
        order = self._order((self.seats, 5), (self.backup, 1))
        order.action_confirm()
        second = self._contracts(order)[1]
        self._set(second.position_ids, date(2026, 5, 1), quantity=3)
        with self.assertRaisesRegex(UserError, second.name):
            order.action_cancel()

    def test_pitfall_021_amendment_of_several_contracts_begins_none(self):
        order = self._order((self.seats, 5), (self.backup, 1))
        order.action_confirm()
        first, second = self._contracts(order)
        before = self.env["msp.contract"].search_count([])
        for contract, product in ((first, self.seats), (second, self.backup)):
            context = contract.action_new_quotation()["context"]
            amendment = (
                self.env["sale.order"]
                .with_context(**context)
                .create(
                    {
                        "order_line": [
                            Command.create({"product_id": product.id}),
                            # Sold under other terms, but to this contract.
                            Command.create({"product_id": self.work.id}),
                        ]
                    }
                )
            )
            amendment.action_confirm()
            self.assertEqual(amendment.msp_version_ids.contract_id, contract)
        self.assertEqual(self.env["msp.contract"].search_count([]), before)

    def test_copied_amendment_amends_the_same_contract(self):
        contract, _order = self._confirm((self.seats, 5))
        copy = self._amendment(contract, (self.backup, 1, {"price_unit": 10})).copy()
        self.assertEqual(copy.msp_contract_id, contract)
        copy.order_line.msp_template_id = self.yearly
        copy.action_confirm()
        self.assertEqual(copy.msp_version_ids.contract_id, contract)

    def test_option_not_chosen_begins_no_contract(self):
        order = self._order((self.seats, 5), (self.backup, 0))
        self.assertEqual(order.order_line[0].msp_effect, "New contract")
        order.action_confirm()
        self.assertEqual(self._contracts(order).position_ids.product_id, self.seats)

    def test_combo_items_go_to_their_contracts(self):
        choice = self.env["product.combo"].create(
            {
                "name": "Work place",
                "combo_item_ids": [
                    Command.create({"product_id": self.seats.id}),
                    Command.create({"product_id": self.backup.id}),
                ],
            }
        )
        menu = self._product(
            "Menu", 0.0, type="combo", combo_ids=[Command.set(choice.ids)]
        )
        order = self._order((menu, 1))
        order.order_line = [
            Command.create(
                {
                    "product_id": item.product_id.id,
                    "combo_item_id": item.id,
                    "linked_line_id": order.order_line[0].id,
                }
            )
            for item in choice.combo_item_ids
        ]
        order.action_confirm()
        first, second = self._contracts(order)
        self.assertEqual(first.position_ids.product_id, self.seats)
        self.assertEqual(second.position_ids.product_id, self.backup)
        self.assertFalse(order.order_line[0].msp_position_id)

    # Bad input

    def _assert_refused(self, order, sentence):
        self.assertIn(sentence, order.msp_contract_error)
        with self.assertRaisesRegex(UserError, sentence):
            order.action_confirm()

    def test_bad_terms_are_refused_in_a_sentence(self):
        cases = [
            ({"renewal": "extend", "term_months": 0}, "needs a term"),
            ({"renewal": "end", "term_months": 0}, "needs a term"),
            ({"billing_every": 0}, "Say how often"),
            ({"billing_every": 1000000}, "at most 120 months"),
            ({"billing_unit": "day", "billing_every": 4000}, "at most 120 months"),
        ]
        for values, sentence in cases:
            with self.subTest(values=values):
                self._assert_refused(self._order((self.seats, 1), **values), sentence)

    def test_instalments_are_checked_while_they_are_typed(self):
        form = Form(self._order((self.seats, 1)))
        form.billing_instalments = 100000
        self.assertIn("1 to 1000 instalments", form.msp_contract_error)

    def test_impossible_discount_is_refused_in_a_sentence(self):
        for discount in (150, -10):
            order = self._order((self.seats, 1, {"discount": discount}))
            self._assert_refused(order, "a discount is from 0 to 100 percent")

    def test_bad_price_in_the_second_contract_is_refused(self):
        self.backup.msp_template_id.billing_unit = "week"
        order = self._order((self.seats, 1), (self.backup, 1))
        self._assert_refused(order, "Backup has a price per Year")

    def test_quotation_dated_centuries_away_is_refused(self):
        for year in (1026, 2926):
            order = self._order((self.seats, 1), msp_date_start=date(year, 11, 22))
            self._assert_refused(order, "too far off")

    def test_template_of_another_company_is_refused(self):
        other = self.setup_other_company()["company"]
        template = self.licences.copy({"company_id": other.id})
        order = self._order((self.seats, 1))
        with self.assertRaises(UserError):
            order.msp_template_id = template

    def test_confirmed_terms_of_a_line_are_fixed(self):
        _contract, order = self._confirm((self.seats, 1))
        cases = [
            {"msp_template_id": self.yearly.id},
            {"msp_begins": "acceptance"},
            {"msp_until": "date", "msp_until_date": date(2027, 1, 1)},
        ]
        for vals in cases:
            with self.subTest(vals=vals), self.assertRaises(UserError):
                order.order_line.sudo().write(vals)
