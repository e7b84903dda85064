from odoo import fields, models


class MspOpeningTakeBack(models.TransientModel):
    _name = "msp.opening.take.back"
    _description = "Take opening claims back"

    charge_ids = fields.Many2many("msp.charge", string="Opening Claims")
    reason = fields.Char(required=True)

    def action_take_back(self):
        self.check_access("write")
        self.charge_ids.check_access("read")
        self.charge_ids._take_back(self.reason)
        return {"type": "ir.actions.act_window_close"}
