from datetime import date

import psycopg2

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import is_html_empty, mute_logger

from .sale_common import SaleContractCommon


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestNewContract(SaleContractCommon):
    def test_confirmed_quotation_begins_contract(self):
        contract, order = self._confirm(
            (self.seats, 10, {"discount": 5}),
            (self.work, 1),
            client_order_ref="PO-77",
        )
        self.assertEqual(contract.partner_id, self.customer)
        self.assertEqual(contract.customer_reference, "PO-77")
        self.assertEqual(contract.state, "active")
        self.assertEqual(contract.date_start, date(2026, 3, 10))
        self.assertRecordValues(
            contract.version_ids,
            [{"number": 1, "cause": "order", "sale_order_id": order.id}],
        )
        self.assertRecordValues(
            contract.line_ids,
            [
                {
                    "product_id": self.seats.id,
                    "quantity": 10,
                    "price_unit": 12.5,
                    "price_interval": "1",
                    "discount": 5,
                    "name": "Business Premium",
                }
            ],
        )
        self.assertRecordValues(
            order.order_line,
            [
                {"msp_recurring": True, "msp_position_id": contract.position_ids.id},
                {"msp_recurring": False, "msp_position_id": False},
            ],
        )

    def test_terms_and_first_day_are_those_of_the_quotation(self):
        contract, _order = self._confirm(
            (self.seats, 1),
            msp_date_start=date(2026, 5, 20),
            billing_every=3,
            billing_timing="arrears",
        )
        self.assertRecordValues(
            contract.terms_ids,
            [
                {
                    "date_start": date(2026, 5, 20),
                    "anchor_date": date(2026, 1, 1),
                    "billing_every": 3,
                    "billing_unit": "month",
                    "billing_timing": "arrears",
                    "billing_day_count": "actual",
                }
            ],
        )

    def test_anchors(self):
        self.seats.msp_price_interval = "0"
        cases = [
            ("calendar", "month", date(2026, 1, 1)),
            ("calendar", "year", date(2026, 1, 1)),
            ("calendar", "week", date(2026, 5, 18)),
            ("calendar", "day", date(2026, 5, 20)),
            ("start", "month", date(2026, 5, 20)),
            ("start", "year", date(2026, 5, 20)),
        ]
        for anchor, unit, expected in cases:
            with self.subTest(anchor=anchor, unit=unit):
                contract, _order = self._confirm(
                    (self.seats, 1),
                    msp_date_start=date(2026, 5, 20),
                    msp_anchor=anchor,
                    billing_unit=unit,
                )
                self.assertEqual(contract.terms_ids.anchor_date, expected)

    def test_one_time_products_make_no_contract(self):
        order = self._order((self.work, 1))
        order.action_confirm()
        self.assertFalse(order.msp_has_recurring)
        self.assertFalse(order.msp_version_ids)

    def test_option_not_chosen_makes_no_position(self):
        contract, order = self._confirm((self.seats, 2), (self.backup, 0))
        self.assertEqual(contract.position_ids.product_id, self.seats)
        self.assertFalse(order.order_line[1].msp_position_id)

    def test_price_per_year_needs_a_fitting_rhythm(self):
        self.seats.msp_price_interval = "12"
        order = self._order((self.seats, 1), billing_unit="week")
        self.assertIn("price per Year", order.msp_contract_error)
        with self.assertRaisesRegex(UserError, "price per Year"):
            order.action_confirm()
        for unit in ("year", "month"):
            order.billing_unit = unit
            self.assertFalse(order.msp_contract_error, unit)
        order.action_confirm()
        line = order.msp_version_id.contract_id.line_ids
        self.assertEqual(line.price_interval, "12")

    def test_negative_quantity_begins_nothing(self):
        order = self._order((self.seats, -1))
        with self.assertRaisesRegex(UserError, "cannot begin with the quantity -1"):
            order.action_confirm()

    def test_position_takes_own_words_of_the_salesman(self):
        self.seats.default_code = "BP"
        self.seats.description_sale = "The best office on earth"
        contract, _order = self._confirm(
            (self.seats, 1),
            (self.seats, 2, {"name": "[BP] Business Premium\nBerlin branch"}),
        )
        self.assertEqual(
            contract.position_ids.mapped("name"),
            ["Business Premium", "Business Premium, Berlin branch"],
        )

    def test_product_changed_later_leaves_confirmed_order(self):
        _contract, order = self._confirm((self.seats, 1))
        draft = self._order((self.seats, 1))
        self.seats.write({"msp_recurring": False, "msp_price_interval": "12"})
        self.assertTrue(order.order_line.msp_recurring)
        self.assertEqual(order.order_line.msp_price_interval, "1")
        self.assertFalse(draft.order_line.msp_recurring)

    def test_salesman_without_rights_on_contracts_confirms(self):
        salesman = new_test_user(
            self.env,
            login="seller",
            groups="sales_team.group_sale_salesman",
            company_id=self.env.company.id,
        )
        order = self._order((self.seats, 1), user_id=salesman.id)
        order.with_user(salesman).action_confirm()
        version = order.msp_version_id
        self.assertEqual(version.state, "active")
        self.assertEqual(version.user_id, salesman)
        self.assertEqual(version.contract_id.user_id, salesman)
        with Form(order.with_user(salesman)) as form:
            form.client_order_ref = "seen"
        # Programs read whole orders; that needs no rights on contracts either.
        self.assertTrue(order.with_user(salesman).read())
        order.with_user(salesman)._action_cancel()
        self.assertEqual(version.state, "withdrawn")

    def test_customer_confirms_in_portal(self):
        public = self.env.ref("base.public_user")
        order = self._order((self.seats, 3), user_id=self.env.user.id)
        order.with_user(public).sudo()._validate_order()
        version = order.msp_version_id
        self.assertEqual(version.state, "active")
        self.assertEqual(version.user_id, self.env.ref("base.user_root"))
        self.assertEqual(version.contract_id.user_id, self.env.user)
        self.assertEqual(version.contract_id.line_ids.quantity, 3)

    def test_sellers_day_counts(self):
        self.env.user.tz = "Europe/Berlin"
        order = self._order((self.seats, 3), user_id=self.env.user.id)
        with freeze_time("2026-03-31 22:30:00"):
            order.with_context(tz="America/New_York").action_confirm()
        self.assertEqual(order.msp_version_id.date_start, date(2026, 4, 1))

    def test_other_company(self):
        other = self.setup_other_company()
        order = self._order(
            (self.seats, 1, {"tax_ids": False}), company_id=other["company"].id
        )
        order.action_confirm()
        self.assertEqual(order.msp_version_id.company_id, other["company"])

    def test_amounts_are_told_apart(self):
        self.backup.msp_price_interval = "12"
        order = self._order((self.seats, 2), (self.backup, 1), (self.work, 1))
        self.assertRecordValues(
            order, [{"msp_amount_recurring": 55.0, "msp_amount_one_time": 100.0}]
        )
        label = order.msp_recurring_label.replace("\xa0", "")
        self.assertEqual(label, "$25.00 per month, $30.00 per year")

    def test_quotation_says_what_is_paid_per_month(self):
        order = self._order((self.seats, 2), (self.work, 1))
        report, _type = self.env["ir.actions.report"]._render_qweb_html(
            "sale.report_saleorder", order.ids
        )
        portal = self.env["ir.qweb"]._render(
            "sale.sale_order_portal_content",
            {
                "sale_order": order,
                "report_type": "html",
                "product_documents": (),
                "is_html_empty": is_html_empty,
            },
        )
        for html in (report.decode(), portal):
            text = " ".join(html.split())
            self.assertEqual(text.count("per month"), 2)
            self.assertIn("Monthly, in advance", text)

    def test_lines_are_entered_in_the_form(self):
        form = Form(self.env["sale.order"])
        form.partner_id = self.customer
        for product in (self.seats, self.work):
            with form.order_line.new() as line:
                line.product_id = product
                line.product_uom_qty = 3
        self.assertTrue(form.msp_has_recurring)
        order = form.save()
        self.assertEqual(order.order_line.mapped("price_subtotal"), [37.5, 300])

    def test_quotation_template_brings_recurring_lines(self):
        self.env.user.group_ids += self.env.ref(
            "sale_management.group_sale_order_template"
        )
        template = self.env["sale.order.template"].create(
            {
                "name": "Office",
                "sale_order_template_line_ids": [
                    Command.create({"product_id": self.seats.id}),
                    Command.create({"product_id": self.work.id}),
                ],
            }
        )
        form = Form(self.env["sale.order"])
        form.partner_id = self.customer
        form.sale_order_template_id = template
        self.assertTrue(form.msp_has_recurring)
        form.billing_every = 6
        order = form.save()
        self.assertEqual(order.order_line.mapped("msp_recurring"), [True, False])
        order.action_confirm()
        self.assertEqual(order.msp_version_id.contract_id.terms_ids.billing_every, 6)

    @mute_logger("odoo.sql_db")
    def test_combo_is_not_recurring_itself(self):
        combo = self.env["product.combo"].create(
            {
                "name": "Seats",
                "combo_item_ids": [Command.create({"product_id": self.seats.id})],
            }
        )
        with self.assertRaises(psycopg2.IntegrityError):
            self.env["product.template"].create(
                {
                    "name": "Menu",
                    "type": "combo",
                    "combo_ids": [Command.set(combo.ids)],
                    "msp_recurring": True,
                }
            )


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestAmendContract(SaleContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract, cls.first_order = cls._confirm(
            (cls.seats, 10), msp_date_start=date(2026, 1, 1)
        )
        cls.premium = cls.contract.position_ids

    def _quantities(self):
        return [
            (line.date_start, line.quantity, line.price_unit, line.discount)
            for line in self.contract.line_ids.sorted("date_start")
        ]

    def test_upsell_finds_the_position(self):
        order = self._amendment(self.contract, (self.seats, 2))
        self.assertEqual(order.order_line.msp_effect, "Business Premium: 10 → 12")
        order.action_confirm()
        self.assertEqual(order.order_line.msp_position_id, self.premium)
        self.assertEqual(
            self._quantities(),
            [
                (date(2026, 1, 1), 10, 12.5, 0),
                (date(2026, 3, 10), 12, 12.5, 0),
            ],
        )
        self.assertEqual(order.msp_version_id.number, 2)

    def test_downsell_takes_away(self):
        order = self._amendment(
            self.contract, (self.seats, -4), msp_date_start=date(2026, 4, 1)
        )
        order.action_confirm()
        self.assertEqual(self._quantities()[-1], (date(2026, 4, 1), 6, 12.5, 0))

    def test_new_product_begins_a_position(self):
        order = self._amendment(self.contract, (self.backup, 1), (self.work, 1))
        self.assertEqual(order.order_line[0].msp_effect, "New position")
        order.action_confirm()
        backup = self._position(self.contract, self.backup)
        self.assertEqual(order.order_line[0].msp_position_id, backup)
        self.assertEqual(backup.date_start, date(2026, 3, 10))
        self.assertEqual(self._quantities()[0], (date(2026, 1, 1), 10, 12.5, 0))

    def test_other_price_begins_a_position_and_leaves_the_old_one(self):
        order = self._amendment(self.contract, (self.seats, 2, {"price_unit": 11}))
        order.action_confirm()
        self.assertNotEqual(order.order_line.msp_position_id, self.premium)
        self.assertEqual(len(self.contract.position_ids), 2)
        self.assertEqual(self.premium._line_on(date(2026, 3, 10)).quantity, 10)

    def test_other_price_on_a_chosen_position_holds_for_all_of_it(self):
        order = self._amendment(
            self.contract,
            (
                self.seats,
                2,
                {
                    "price_unit": 11,
                    "discount": 10,
                    "msp_position_id": self.premium.id,
                },
            ),
        )
        effect = order.order_line.msp_effect.replace("\xa0", "")
        self.assertEqual(
            effect,
            "Business Premium: 10 → 12, price of all $12.50 → $11.00, "
            "discount of all 0 % → 10 %",
        )
        order.action_confirm()
        self.assertEqual(self._quantities()[-1], (date(2026, 3, 10), 12, 11, 10))
        self.assertIn("price", order.msp_version_id.summary)

    def test_choosing_a_position_takes_its_price(self):
        self.seats.lst_price = 14
        order = self._amendment(self.contract, (self.seats, 1))
        with Form(order) as form, form.order_line.edit(0) as line:
            self.assertEqual(line.price_unit, 14)
            line.msp_position_id = self.premium
            self.assertEqual(line.price_unit, 12.5)
        order.action_confirm()
        self.assertEqual(self._quantities()[-1], (date(2026, 3, 10), 11, 12.5, 0))

    def test_salesman_may_ask_for_a_new_position(self):
        order = self._amendment(
            self.contract, (self.seats, 2, {"msp_new_position": True})
        )
        order.action_confirm()
        self.assertEqual(len(self.contract.position_ids), 2)

    def test_other_unit_is_converted(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._amendment(
            self.contract,
            (
                self.seats,
                1,
                {
                    "product_uom_id": dozen.id,
                    "price_unit": 150,
                    "msp_position_id": self.premium.id,
                },
            ),
        )
        order.action_confirm()
        self.assertEqual(self._quantities()[-1], (date(2026, 3, 10), 22, 12.5, 0))

    def test_unit_of_another_kind_is_refused(self):
        order = self._amendment(
            self.contract,
            (
                self.seats,
                1,
                {
                    "product_uom_id": self.env.ref("uom.product_uom_hour").id,
                    "msp_position_id": self.premium.id,
                },
            ),
        )
        self._assert_refused(order, "cannot be converted")

    def _assert_refused(self, order, sentence):
        self.assertIn(sentence, order.msp_contract_error)
        with self.assertRaisesRegex(UserError, sentence):
            order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_what_cannot_be_amended_is_refused(self):
        stranger = self.env["res.partner"].create({"name": "Other"})
        euro = self.setup_other_currency("EUR")
        euro_list = self.env["product.pricelist"].create(
            {"name": "EUR", "currency_id": euro.id}
        )
        foreign, _order = self._confirm((self.backup, 1))
        draft = self.env["msp.contract"].create({"partner_id": self.customer.id})
        seats, amend = (self.seats, 1), {"msp_contract_action": "amend"}
        at_position = {"msp_position_id": self.premium.id}
        cases = [
            ("Choose the contract", self._order(seats, **amend)),
            (
                "another customer",
                self._amendment(self.contract, seats, partner_id=stranger.id),
            ),
            (
                "is in USD",
                self._amendment(self.contract, seats, pricelist_id=euro_list.id),
            ),
            ("does not run on", self._amendment(draft, seats)),
            (
                "does not run on",
                self._amendment(
                    self.contract, seats, msp_date_start=date(2025, 12, 31)
                ),
            ),
            (
                "does not belong to contract",
                self._amendment(foreign, (self.seats, 1, at_position)),
            ),
            (
                "is another product",
                self._amendment(self.contract, (self.backup, 1, at_position)),
            ),
            ("to take from", self._amendment(self.contract, (self.backup, -1))),
            ("has only 10", self._amendment(self.contract, (self.seats, -11))),
            (
                "has only 10",
                self._amendment(self.contract, (self.seats, -6), (self.seats, -6)),
            ),
        ]
        for sentence, order in cases:
            with self.subTest(sentence=sentence):
                self._assert_refused(order, sentence)

    def test_position_that_has_ended_is_refused(self):
        self._end(self.premium, date(2026, 2, 1))
        order = self._amendment(
            self.contract, (self.seats, 1, {"msp_position_id": self.premium.id})
        )
        self._assert_refused(order, "is not part of contract")
        order.order_line.msp_position_id = False
        order.action_confirm()
        self.assertEqual(len(self.contract.position_ids), 2)

    def test_contract_of_another_company_is_refused(self):
        other = self.setup_other_company()
        order = self._order(
            (self.seats, 1, {"tax_ids": False}),
            company_id=other["company"].id,
            msp_contract_action="amend",
        )
        with self.assertRaises(UserError):
            order.msp_contract_id = self.contract

    def test_portal_customer_amends_what_the_quotation_says(self):
        public = self.env.ref("base.public_user")
        order = self._amendment(self.contract, (self.seats, 2))
        order.with_user(public).sudo()._validate_order()
        self.assertEqual(self._quantities()[-1][1], 12)

    def test_copy_forgets_day_and_positions(self):
        order = self._amendment(
            self.contract, (self.seats, 2), msp_date_start=date(2026, 4, 1)
        )
        order.action_confirm()
        copy = order.copy()
        self.assertEqual(copy.msp_contract_id, self.contract)
        self.assertFalse(copy.msp_date_start)
        self.assertFalse(copy.msp_version_id)
        self.assertFalse(copy.order_line.msp_position_id)


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestConfirmedOrder(SaleContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract, cls.order = cls._confirm((cls.seats, 10), (cls.work, 1))
        cls.line, cls.work_line = cls.order.order_line

    def test_recurring_lines_are_read_only(self):
        cases = [
            {"product_id": self.backup.id},
            {"product_uom_qty": 11},
            {"price_unit": 1.0},
            {"discount": 50},
            {"product_uom_id": self.env.ref("uom.product_uom_dozen").id},
            {"tax_ids": [Command.clear()]},
            {"msp_recurring": False},
            {"msp_position_id": False},
        ]
        for vals in cases:
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(UserError, self.contract.name),
            ):
                self.line.sudo().write(vals)
            with (
                self.subTest(order=vals),
                self.assertRaisesRegex(UserError, self.contract.name),
            ):
                self.order.write({"order_line": [Command.update(self.line.id, vals)]})

    def test_same_values_are_no_change(self):
        self.line.write(
            {
                "product_uom_qty": 10,
                "product_id": self.seats.id,
                "tax_ids": [Command.set(self.line.tax_ids.ids)],
            }
        )
        self.line.name = "A text of one's own"

    def test_one_time_lines_stay_editable(self):
        self.work_line.product_uom_qty = 2
        self.order.action_update_taxes()
        self.assertEqual(self.work_line.price_subtotal, 200)

    def test_lines_cannot_be_deleted(self):
        self.order.sudo().write({"state": "sale"})
        with self.assertRaises(UserError):
            self.line.unlink()

    def test_recurring_products_cannot_be_slipped_in(self):
        with self.assertRaisesRegex(UserError, "amends the contract"):
            self.order.order_line = [Command.create({"product_id": self.backup.id})]
        with self.assertRaisesRegex(UserError, "amends the contract"):
            self.work_line.product_id = self.backup
        plain = self._order((self.work, 1))
        plain.action_confirm()
        with self.assertRaisesRegex(UserError, "Make a quotation"):
            plain.order_line = [Command.create({"product_id": self.backup.id})]

    def test_state_cannot_be_written_past_the_contract(self):
        for state in ("draft", "cancel"):
            with self.assertRaisesRegex(UserError, "Cancel the order"):
                self.order.state = state

    def test_cancelled_order_withdraws_its_version(self):
        version = self.order.msp_version_id
        self.order.action_cancel()
        self.assertEqual(self.order.state, "cancel")
        self.assertEqual(version.state, "withdrawn")
        self.assertFalse(self.contract.line_ids)
        self.assertFalse(self.line.msp_position_id)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            self.order.unlink()

    def test_order_confirmed_again_makes_another_contract(self):
        self.order.action_cancel()
        self.order.action_draft()
        self.line.product_uom_qty = 7
        self.order.action_confirm()
        contract = self.order.msp_version_id.contract_id
        self.assertNotEqual(contract, self.contract)
        self.assertEqual(contract.line_ids.quantity, 7)
        self.assertEqual(self.line.msp_position_id, contract.position_ids)

    def test_cancelled_amendment_is_taken_back(self):
        order = self._amendment(self.contract, (self.seats, 2), (self.backup, 1))
        order.action_confirm()
        self.assertEqual(len(self.contract.line_ids), 2)
        order._action_cancel()
        self.assertEqual(self.contract.line_ids.quantity, 10)

    def test_order_that_others_rest_on_is_not_cancelled(self):
        self._amendment(self.contract, (self.seats, 2)).action_confirm()
        with self.assertRaisesRegex(UserError, "version 2 of contract"):
            self.order.action_cancel()

    def test_billed_order_is_not_cancelled(self):
        run = self._run(date(2026, 3, 31), contracts=self.contract)
        self.assertTrue(run.move_ids)
        with self.assertRaisesRegex(UserError, self.contract.name):
            self.order.action_cancel()
        self.assertEqual(self.order.state, "sale")
        self.assertEqual(self.order.msp_version_id.state, "active")

    def test_deleted_drafts_let_the_order_be_cancelled(self):
        run = self._run(date(2026, 3, 31), contracts=self.contract, post=False)
        run.action_delete_drafts()
        self.order.action_cancel()
        self.assertEqual(self.order.msp_version_id.state, "withdrawn")

    def test_amendment_is_cancelled_until_its_days_are_billed(self):
        self._run(date(2026, 3, 31), contracts=self.contract)
        order = self._amendment(
            self.contract, (self.seats, 2), msp_date_start=date(2026, 4, 1)
        )
        order.action_confirm()
        order.action_cancel()
        order.action_draft()
        order.action_confirm()
        self._run(date(2026, 4, 30), contracts=self.contract)
        with self.assertRaisesRegex(UserError, self.contract.name):
            order.action_cancel()

    def test_contract_button_opens_the_contract(self):
        action = self.order.action_view_msp_contract()
        self.assertEqual(action["res_id"], self.contract.id)
