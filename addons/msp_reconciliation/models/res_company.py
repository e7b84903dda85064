from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """How a month is proved, and what that is worth."""

    _inherit = "res.company"

    msp_sample_percent = fields.Float(
        "Rows Looked At (%)",
        default=1.0,
        help="Share of the rows of a provider's month that somebody looks at one by "
        "one before the month is signed off.",
    )
    msp_sample_min = fields.Integer("At Least", default=5)
    msp_sample_max = fields.Integer("At Most", default=25)

    msp_minutes_per_row = fields.Float(
        "Minutes per Row by Hand",
        default=2.0,
        help="What it takes to find a row of a provider's file in contracts and "
        "invoices by hand. The hours saved are counted with it.",
    )

    @api.constrains("msp_minutes_per_row")
    def _check_minutes_per_row(self):
        for company in self:
            if company.msp_minutes_per_row < 0:
                raise ValidationError(
                    self.env._("The minutes per row by hand cannot be negative.")
                )

    @api.constrains("msp_sample_percent", "msp_sample_min", "msp_sample_max")
    def _check_sample(self):
        for company in self:
            if not 0 <= company.msp_sample_percent <= 100:
                raise ValidationError(
                    self.env._(
                        "The share of rows looked at before a sign-off is between 0 "
                        "and 100 %%, not %s.",
                        company.msp_sample_percent,
                    )
                )
            if not 0 <= company.msp_sample_min <= company.msp_sample_max:
                raise ValidationError(
                    self.env._(
                        "Before a sign-off, at least %(least)s and at most %(most)s "
                        "rows are looked at: enter two numbers from 0 up, the smaller "
                        "one first.",
                        least=company.msp_sample_min,
                        most=company.msp_sample_max,
                    )
                )

    def _get_sample_size(self, rows):
        """Return how many of a month's rows are looked at: ceil(percent), in limits."""
        self.ensure_one()
        share = -int(-rows * self.msp_sample_percent // 100)
        return min(rows, max(self.msp_sample_min, min(share, self.msp_sample_max)))
