from odoo import fields, models


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
