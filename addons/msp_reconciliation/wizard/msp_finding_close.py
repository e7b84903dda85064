from odoo import fields, models


class MspFindingClose(models.TransientModel):
    """Say what was done about findings, or why they stay as they are."""

    _name = "msp.finding.close"
    _description = "Decide on findings"

    finding_ids = fields.Many2many("msp.finding", required=True)
    state = fields.Selection(
        [("resolved", "Resolved"), ("ignored", "Ignored")], required=True
    )
    reason = fields.Char(required=True)

    def action_close(self):
        self.ensure_one()
        self.finding_ids._close(self.state, self.reason)
        return {"type": "ir.actions.act_window_close"}
