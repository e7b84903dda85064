from odoo import Command
from odoo.tests import Form, freeze_time, tagged

from .sale_common import SaleContractCommon


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestQuotationTemplate(SaleContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref(
            "sale_management.group_sale_order_template"
        )
        cls.template = cls.env["sale.order.template"].create(
            {
                "name": "Office",
                "number_of_days": 14,
                "note": "<p>Prices are net.</p>",
                "sale_order_template_line_ids": [
                    Command.create({"display_type": "line_section", "name": "Start"}),
                    Command.create({"product_id": cls.seats.id, "product_uom_qty": 4}),
                    Command.create({"product_id": cls.work.id}),
                ],
            }
        )

    def _by_code(self, **values):
        return self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "sale_order_template_id": self.template.id,
                **values,
            }
        )

    def _in_the_form(self):
        form = Form(self.env["sale.order"])
        form.partner_id = self.customer
        form.sale_order_template_id = self.template
        return form.save()

    def _lines(self, order):
        names = [
            "sequence",
            "display_type",
            "name",
            "product_id",
            "product_uom_id",
            "product_uom_qty",
            "price_unit",
            "discount",
            "tax_ids",
            "is_optional",
            "msp_recurring",
            "msp_price_interval",
        ]
        return [[line[name] for name in names] for line in order.order_line]

    def test_quotation_template_brings_recurring_lines(self):
        form = Form(self.env["sale.order"])
        form.partner_id = self.customer
        form.sale_order_template_id = self.template
        self.assertTrue(form.msp_has_recurring)
        form.billing_every = 6
        order = form.save()
        self.assertEqual(order.order_line.mapped("msp_recurring"), [False, True, False])
        order.action_confirm()
        self.assertEqual(order.msp_version_id.contract_id.terms_ids.billing_every, 6)

    def test_order_made_by_code_has_the_lines_of_the_form(self):
        made, typed = self._by_code(), self._in_the_form()
        self.assertEqual(len(typed.order_line), 3)
        self.assertEqual(self._lines(made), self._lines(typed))
        self.assertEqual(made.order_line[1].price_subtotal, 50.0)
        self.assertEqual(made.note, typed.note)
        self.assertEqual(made.validity_date, typed.validity_date)
        self.assertEqual(made.amount_total, typed.amount_total)

    def test_lines_speak_the_customers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.customer.lang = "de_DE"
        section = self.template.sale_order_template_line_ids[0]
        section.with_context(lang="de_DE").name = "Beginn"
        self.assertEqual(self._by_code().order_line[0].name, "Beginn")

    def test_given_lines_are_not_doubled(self):
        line = Command.create({"product_id": self.backup.id})
        order = self._by_code(order_line=[line])
        self.assertEqual(order.order_line.product_id, self.backup)
        self.assertFalse(self._by_code(order_line=[]).order_line)

    def test_copy_has_the_lines_of_its_origin(self):
        order = self._by_code()
        order.order_line[1].product_uom_qty = 7
        copy = order.copy()
        self.assertEqual(copy.order_line.mapped("product_uom_qty"), [0, 7, 1])

    def test_form_without_the_lines_it_took_out_stays_empty(self):
        form = Form(self.env["sale.order"])
        form.partner_id = self.customer
        form.sale_order_template_id = self.template
        for _number in range(3):
            form.order_line.remove(0)
        self.assertFalse(form.save().order_line)

    def test_several_orders_at_once(self):
        orders = self.env["sale.order"].create(
            [
                {"partner_id": self.customer.id},
                {
                    "partner_id": self.customer.id,
                    "sale_order_template_id": self.template.id,
                },
            ]
        )
        self.assertEqual([len(order.order_line) for order in orders], [0, 3])
