from odoo import fields, models


class MspFinding(models.Model):
    """Whom a finding is about, if it is more than one."""

    _inherit = "msp.finding"

    subject_count = fields.Integer(
        "Customers",
        default=1,
        readonly=True,
        aggregator="max",
        help="How many customers one change meets, such as a new price of an article.",
    )
