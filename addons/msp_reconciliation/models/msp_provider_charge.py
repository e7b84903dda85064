from odoo import fields, models


class MspProviderCharge(models.Model):
    """Where a row is booked."""

    _inherit = "msp.provider.charge"

    bill_line_id = fields.Many2one(
        "account.move.line",
        "Booked On",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        help="The line of the vendor bill that adds up the row with others.",
    )
