from odoo import fields, models


class MspImportWithdraw(models.TransientModel):
    _name = "msp.import.withdraw"
    _description = "Withdraw import"

    import_id = fields.Many2one("msp.import", required=True)
    version_count = fields.Integer(related="import_id.version_count")
    billed_count = fields.Integer(compute="_compute_billed_count")
    reason = fields.Char(required=True)

    def _compute_billed_count(self):
        for wizard in self:
            charges = wizard.import_id._find_caused_charges()
            wizard.billed_count = len(charges.filtered("counts"))

    def action_withdraw(self):
        self.import_id._withdraw(self.reason)
        return {"type": "ir.actions.act_window_close"}
