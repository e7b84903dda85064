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
            self.assertEqual(text.count("per month"), 3)
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

    def test_price_that_code_gave_stays_when_the_contract_is_recorded(self):
        contract, order = self._confirm((self.seats, 8, {"price_unit": 11.0}))
        self.env.flush_all()
        order.invalidate_recordset()
        # 11.00, not the product's 12.50: the portal shows what was agreed.
        self.assertEqual(order.order_line.price_unit, 11.0)
        self.assertEqual(order.amount_untaxed, 88.0)
        self.assertEqual(contract.line_ids.price_unit, 11.0)
        order._action_cancel()
        self.env.flush_all()
        order.invalidate_recordset()
        self.assertEqual(order.order_line.price_unit, 11.0)
