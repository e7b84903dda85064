from odoo import fields, models

RATE_RULES = [
    ("booked", "Odoo's rate on the last day of the charge"),
    ("vendor", "The vendor's own rate, from the file"),
    ("fixed", "The rate agreed in the contract"),
]


class MspProvider(models.Model):
    """How a provider's usage is passed on."""

    _inherit = "msp.provider"

    rate_rule = fields.Selection(
        RATE_RULES,
        "Exchange Rate",
        required=True,
        default="booked",
        help="By which rate amounts in another currency than the contract's are "
        "passed on. A contract may have a rule of its own. The rate is kept with each "
        "amount.",
    )
    usage_product_id = fields.Many2one(
        "product.product",
        "Product for Usage",
        ondelete="restrict",
        check_company=True,
        help="New articles of usage are assigned to it at once: nobody assigns a "
        "thousand meters. Empty: each article is assigned by hand.",
    )
    usage_pricing_id = fields.Many2one(
        "msp.pricing",
        "Markup on Usage",
        ondelete="restrict",
        domain="[('model', '=', 'amounts')]",
        check_company=True,
        help="Price scheme with which positions begin that amounts are passed on by, "
        "unless the article has one of its own.",
    )
    usage_tag = fields.Char(
        "Report Usage by Tag",
        help="Name of a tag, such as costcenter. Files read from now on can be grouped "
        "by its value.",
    )
