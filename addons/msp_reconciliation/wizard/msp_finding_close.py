from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..models.msp_finding_resolve import RESOLUTIONS


class MspFindingClose(models.TransientModel):
    """Say what was done about findings, or why they stay as they are."""

    _name = "msp.finding.close"
    _description = "Decide on findings"

    finding_ids = fields.Many2many("msp.finding", required=True)
    state = fields.Selection(
        [("resolved", "Resolved"), ("ignored", "Ignored")], required=True
    )
    reason = fields.Char(required=True)
    resolution = fields.Selection(RESOLUTIONS, "What Was Done", default="other")
    until = fields.Date(
        "Ask Again On", help="Empty: it stays ignored until its amount changes."
    )

    @api.constrains("until")
    def _check_until(self):
        for wizard in self:
            if wizard.until and wizard.until <= fields.Date.context_today(self):
                raise ValidationError(
                    self.env._("The day on which to ask again has to be in the future.")
                )

    def action_close(self):
        self.ensure_one()
        self.finding_ids._close(self.state, self.reason)
        is_ignored = self.state == "ignored"
        self.finding_ids._system_write(
            {
                "ignored_until": is_ignored and self.until,
                "resolution": not is_ignored and self.resolution,
            }
        )
        return {"type": "ir.actions.act_window_close"}
