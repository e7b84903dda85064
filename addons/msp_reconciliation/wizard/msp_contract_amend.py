from odoo import api, fields, models

from odoo.addons.msp_contract_billing.wizard.readable import readable


class MspContractAmend(models.TransientModel):
    """A contract that is changed because of a finding; limits hold as always."""

    _inherit = "msp.contract.amend"

    finding_id = fields.Many2one("msp.finding")

    @api.constrains("finding_id")
    def _check_finding_access(self):
        readable(self.finding_id)

    def _prepare_version_vals(self, day, vals_list):
        return {
            **super()._prepare_version_vals(day, vals_list),
            "finding_id": self.finding_id.id,
        }
