from odoo import api, fields, models
from odoo.exceptions import ValidationError

PRICE_DAYS = [
    ("at_once", "At once"),
    ("next_period", "From the next billing period"),
    ("next_term", "From the next term"),
]


class ResCompany(models.Model):
    """How computed prices are proposed."""

    _inherit = "res.company"

    msp_price_from = fields.Selection(
        PRICE_DAYS,
        "Computed Prices Hold",
        required=True,
        default="next_period",
        help="From which day a price that follows a pricelist or the cost is "
        "proposed. The next billing period is one that no invoice claims yet; of "
        "contracts without a term it counts instead of the next term.",
    )
    msp_price_threshold = fields.Float(
        "Propose From (%)",
        min_display_digits="Discount",
        help="Smaller differences are not proposed, such as those that exchange rates "
        "make every day. 0: every difference.",
    )

    @api.constrains("msp_price_threshold")
    def _check_msp_prices(self):
        for company in self:
            if company.msp_price_threshold < 0:
                raise ValidationError(
                    self.env._(
                        "Prices are proposed from a difference of 0 percent on, not "
                        "%s.",
                        company.msp_price_threshold,
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
