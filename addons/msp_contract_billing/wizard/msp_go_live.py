from odoo import fields, models
from odoo.exceptions import UserError


class MspGoLive(models.TransientModel):
    """Say since when something is live that was sold before."""

    _name = "msp.go.live"
    _description = "Go live"

    version_ids = fields.Many2many("msp.contract.version", string="Sold")
    date_start = fields.Date(
        "Live From",
        required=True,
        default=fields.Date.context_today,
        help="The day of delivery or acceptance, or the first day at the provider. "
        "Billing starts on it.",
    )

    def action_go_live(self):
        self.ensure_one()
        versions = self.version_ids
        versions.check_access("write")
        if not versions or versions.filtered(lambda version: not version.awaits):
            raise UserError(
                self.env._(
                    "Choose what was sold and is not live yet: what is live already has "
                    "its first day. Change that by a new version."
                )
            )
        versions._go_live(self.date_start)
        return {"type": "ir.actions.act_window_close"}
