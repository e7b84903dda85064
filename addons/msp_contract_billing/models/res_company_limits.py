from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .money import to_decimal


class ResCompany(models.Model):
    """How much a version may change a contract before somebody has to approve it."""

    _inherit = "res.company"

    msp_limit_percent = fields.Float(
        "Monthly Amount (%)",
        help="A change that moves a contract's monthly amount by more than this needs "
        "an approval. 0: no limit.",
    )
    msp_limit_amount = fields.Monetary(
        "Monthly Amount",
        help="A change that moves a contract's monthly amount by more than this needs "
        "an approval. 0: no limit.",
    )
    msp_limit_price_percent = fields.Float(
        "Price (%)",
        help="A change that moves a position's price by more than this needs an "
        "approval. 0: no limit.",
    )
    msp_limit_backdated_days = fields.Integer(
        "Days Back",
        help="A change that holds from a day further back than this needs an "
        "approval. 0: no limit.",
    )
    msp_approve_own = fields.Boolean(
        "Account managers approve their own changes",
        default=True,
        help="If not, somebody with the right to approve without limit has to.",
    )

    @api.constrains(
        "msp_limit_percent",
        "msp_limit_amount",
        "msp_limit_price_percent",
        "msp_limit_backdated_days",
    )
    def _check_version_limits(self):
        for company in self:
            if min(company._get_version_limits().values()) < 0:
                raise ValidationError(
                    self.env._("Limits of changes of contracts cannot be negative.")
                )

    def _get_version_limits(self):
        """Return the limits, 0 for none: percent, amount, price in percent, days."""
        self.ensure_one()
        return {
            "percent": to_decimal(self.msp_limit_percent),
            "amount": to_decimal(self.msp_limit_amount),
            "price": to_decimal(self.msp_limit_price_percent),
            "days": self.msp_limit_backdated_days,
        }


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    msp_limit_percent = fields.Float(
        related="company_id.msp_limit_percent", readonly=False
    )
    msp_limit_amount = fields.Monetary(
        related="company_id.msp_limit_amount", readonly=False
    )
    msp_limit_price_percent = fields.Float(
        related="company_id.msp_limit_price_percent", readonly=False
    )
    msp_limit_backdated_days = fields.Integer(
        related="company_id.msp_limit_backdated_days", readonly=False
    )
    msp_approve_own = fields.Boolean(
        related="company_id.msp_approve_own", readonly=False
    )
