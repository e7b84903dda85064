from odoo import fields, models


class MspContractVersionWithdraw(models.TransientModel):
    _name = "msp.contract.version.withdraw"
    _description = "Withdraw versions"

    version_ids = fields.Many2many("msp.contract.version", string="Versions")
    reason = fields.Char(required=True)

    def action_withdraw(self):
        self.version_ids.check_access("write")
        self.version_ids._withdraw(self.reason)
        return {"type": "ir.actions.act_window_close"}
