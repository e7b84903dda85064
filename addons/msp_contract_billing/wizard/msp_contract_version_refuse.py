from odoo import fields, models


class MspContractVersionRefuse(models.TransientModel):
    _name = "msp.contract.version.refuse"
    _description = "Refuse changes that wait for approval"

    version_ids = fields.Many2many("msp.contract.version", string="Versions")
    reason = fields.Char(required=True)

    def action_refuse(self):
        self.version_ids._refuse_approval(self.reason)
        return {"type": "ir.actions.act_window_close"}
