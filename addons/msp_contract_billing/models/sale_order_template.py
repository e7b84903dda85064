from odoo import api, fields, models


class SaleOrderTemplate(models.Model):
    """A quotation template may say under which terms its products are sold."""

    _inherit = "sale.order.template"

    msp_template_id = fields.Many2one(
        "msp.contract.template",
        "Contract Template",
        check_company=True,
        help="The terms of the contract that the quotation begins. Empty: those of the "
        "products.",
    )


class SaleOrderTemplateLine(models.Model):
    """A quotation template may say another scheme or rule than the product."""

    _inherit = "sale.order.template.line"

    msp_recurring = fields.Boolean(related="product_id.msp_recurring")
    msp_pricing_id = fields.Many2one(
        "msp.pricing",
        "Price Scheme",
        check_company=True,
        help="Empty: the scheme of the product.",
    )
    msp_rule_id = fields.Many2one(
        "msp.billing.rule",
        "Billing Rule",
        check_company=True,
        help="Empty: the rule of the product.",
    )
    msp_environment_id = fields.Many2one("msp.environment", "Environment")

    def _prepare_order_line_values(self):
        values = super()._prepare_order_line_values()
        for name in ("msp_pricing_id", "msp_rule_id", "msp_environment_id"):
            if self[name]:
                values[name] = self[name].id
        return values


class SaleOrder(models.Model):
    """An order made by code from a quotation template has the template's lines."""

    _inherit = "sale.order"

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        for order, vals in zip(orders, vals_list, strict=True):
            # Forms and copies name the lines, if only to say that there are none.
            if vals.get("sale_order_template_id") and "order_line" not in vals:
                # Odoo copies them by this onchange only.
                order._onchange_sale_order_template_id()
        return orders
