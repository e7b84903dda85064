from datetime import date

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .sale_common import SaleContractCommon


@freeze_time("2026-11-22 12:00:00")
@tagged("post_install", "-at_install")
class TestSeller(SaleContractCommon):
    """A salesman without a role in contracts sells them, and sees what became."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env,
            login="seller",
            groups="sales_team.group_sale_salesman",
            company_id=cls.env.company.id,
        )
        cls.template = cls.env["msp.contract.template"].create(
            {"name": "Yearly", "billing_unit": "year", "term_months": 12}
        )
        cls.seats.msp_template_id = cls.template.copy({"billing_unit": "month"})
        cls.backup.write(
            {"msp_template_id": cls.template.id, "msp_price_interval": "12"}
        )

    def _as_seller(self, order):
        order.user_id = self.seller
        return order.with_user(self.seller)

    def test_several_contracts_and_what_waits(self):
        order = self._as_seller(
            self._order((self.seats, 10, {"msp_begins": "provider"}), (self.backup, 1))
        )
        self.assertTrue(order.msp_outlook_html)
        order.action_confirm()
        contracts = order.sudo().msp_version_ids.contract_id.sorted("id")
        self.assertEqual(len(contracts), 2)
        self.assertEqual(contracts.user_id, self.seller)
        names = order.msp_contract_label
        self.assertEqual(names, ", ".join(contracts.mapped("name")))
        with Form(order) as form:
            self.assertEqual(form.msp_contract_label, names)
            form.client_order_ref = "seen"
        with self.assertRaises(AccessError):
            contracts.with_user(self.seller).read(["name"])
        order._action_cancel()
        self.assertFalse(order.sudo().msp_version_ids.filtered("awaits"))

    def test_amendment_with_a_replacement(self):
        contract, _order = self._confirm((self.seats, 10))
        line = {
            "msp_replaces_id": contract.position_ids.id,
            "price_unit": 10,
            "msp_until": "date",
            "msp_until_date": date(2027, 11, 21),
        }
        order = self._as_seller(self._amendment(contract, (self.seats, 10, line)))
        self.assertFalse(order.msp_contract_error)
        self.assertEqual(order.order_line.msp_last_day, date(2027, 11, 21))
        self.assertEqual(
            order.order_line.msp_effect,
            "New position, instead of Business Premium, until 11/21/2027",
        )
        order.action_confirm()
        self.assertEqual(len(contract.position_ids), 2)

    def test_template_and_terms_are_theirs_to_choose(self):
        with Form(self.env["sale.order"].with_user(self.seller)) as form:
            form.partner_id = self.customer
            with form.order_line.new() as line:
                line.product_id = self.seats
            form.msp_template_id = self.template
            self.assertEqual(form.term_months, 12)
        with self.assertRaises(AccessError):
            self.template.with_user(self.seller).name = "Mine"

    def test_form_tells_nothing_of_contracts_of_another_company(self):
        contract, _order = self._confirm((self.seats, 10))
        self.env["msp.vendor.commitment"].create(
            {
                "position_id": contract.position_ids.id,
                "quantity": 10,
                "price_unit": 9.0,
                "date_start": date(2026, 11, 1),
                "date_end": date(2027, 10, 31),
            }
        )
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            login="stranger",
            groups="sales_team.group_sale_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        named = {"msp_replaces_id": contract.position_ids.id}
        for user, told in ((self.seller, True), (stranger, False)):
            lines = self.env["sale.order.line"].with_user(user)
            values = {
                "order_id": {
                    "partner_id": self.customer.id,
                    "msp_contract_action": "amend",
                    "msp_contract_id": contract.id,
                },
                "product_id": self.backup.id,
                "product_uom_qty": 2,
                **named,
            }
            spec = {"msp_effect": {}, "msp_replaced_qty": {}}
            if told:
                found = lines.onchange(values, list(named), spec)["value"]
                self.assertIn("9.00 per month", found["msp_effect"])
                continue
            for name in ("msp_replaces_id", "msp_position_id"):
                values.pop("msp_replaces_id", None)
                values[name] = contract.position_ids.id
                with self.assertRaisesRegex(AccessError, "another company"):
                    lines.onchange(values, [name], spec)
