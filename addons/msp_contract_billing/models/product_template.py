from odoo import fields, models

from .msp_contract_line import PRICE_INTERVALS


class ProductTemplate(models.Model):
    _inherit = "product.template"

    msp_recurring = fields.Boolean(
        "Recurring",
        help="Sold under a contract: confirming a quotation begins or changes a "
        "contract, which bills the product again and again.",
    )
    msp_price_interval = fields.Selection(
        PRICE_INTERVALS,
        "Price Per",
        default="1",
        required=True,
        help="The time that the sales price pays for.",
    )

    _msp_recurring_check = models.Constraint(
        "CHECK (type != 'combo' OR msp_recurring IS NOT TRUE)",
        "A combo cannot be recurring itself. Mark the products in it as recurring.",
    )
