from odoo import api, fields, models

from odoo.addons.msp_contract_billing.wizard.readable import readable


class MspReconciliationSign(models.TransientModel):
    """Sign off a month, with the reason why, where something speaks against it."""

    _name = "msp.reconciliation.sign"
    _description = "Sign off a month"

    reconciliation_id = fields.Many2one("msp.reconciliation", required=True)
    obstacles = fields.Text(compute="_compute_obstacles")
    reason = fields.Text("Nevertheless, Because")

    @api.depends("reconciliation_id")
    def _compute_obstacles(self):
        for wizard in self:
            one = readable(wizard.reconciliation_id)
            wizard.obstacles = "\n".join(one._find_obstacles()) if one else False

    def action_sign(self):
        self.ensure_one()
        readable(self.reconciliation_id)._sign(self.reason)
        return {"type": "ir.actions.act_window_close"}


class MspReconciliationReopen(models.TransientModel):
    """Open a month again that was signed off."""

    _name = "msp.reconciliation.reopen"
    _description = "Reopen a month"

    reconciliation_id = fields.Many2one("msp.reconciliation", required=True)
    reason = fields.Char(required=True)

    def action_reopen(self):
        self.ensure_one()
        readable(self.reconciliation_id)._reopen(self.reason)
        return {"type": "ir.actions.act_window_close"}


class MspReconciliationSampleJudge(models.TransientModel):
    """Say what is wrong with rows of a sample."""

    _name = "msp.reconciliation.sample.judge"
    _description = "Wrong row of a sample"

    sample_ids = fields.Many2many("msp.reconciliation.sample", required=True)
    remark = fields.Char("What Is Wrong", required=True)

    def action_wrong(self):
        self.ensure_one()
        return readable(self.sample_ids)._judge("wrong", self.remark)
