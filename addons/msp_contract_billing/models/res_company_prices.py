from odoo import api, fields, models
from odoo.exceptions import ValidationError

PRICE_DAYS = [
    ("at_once", "At once"),
    ("next_period", "From the next billing period"),
]


class ResCompany(models.Model):
    """How computed prices are proposed, and when ending prices are reminded of."""

    _inherit = "res.company"

    msp_price_from = fields.Selection(
        PRICE_DAYS,
        "Computed Prices Hold",
        required=True,
        default="next_period",
        help="From which day a price that follows a pricelist or the cost is "
        "proposed. The next billing period is one that no invoice claims yet.",
    )
    msp_price_threshold = fields.Float(
        "Propose From (%)",
        min_display_digits="Discount",
        help="Smaller differences are not proposed, such as those that exchange rates "
        "make every day. 0: every difference.",
    )
    msp_limited_days = fields.Integer(
        "Remind of Ending Prices",
        default=30,
        help="So many days before a trial, discount, promotion or grant ends, its "
        "account manager finds an activity.",
    )

    @api.constrains("msp_price_threshold", "msp_limited_days")
    def _check_msp_prices(self):
        for company in self:
            if min(company.msp_price_threshold, company.msp_limited_days) < 0:
                raise ValidationError(
                    self.env._(
                        "Days and percentages of price proposals cannot be negative."
                    )
                )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    msp_price_from = fields.Selection(
        related="company_id.msp_price_from", readonly=False
    )
    msp_price_threshold = fields.Float(
        related="company_id.msp_price_threshold", readonly=False
    )
    msp_limited_days = fields.Integer(
        related="company_id.msp_limited_days", readonly=False
    )
