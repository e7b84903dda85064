from odoo import api, fields, models

from odoo.addons.msp_contract_billing.wizard.readable import readable

from ..models.msp_finding_resolve import BY_QUANTITY


class MspContractAmend(models.TransientModel):
    """A contract that is changed because of a finding; limits hold as always."""

    _inherit = "msp.contract.amend"

    finding_id = fields.Many2one("msp.finding")

    @api.constrains("finding_id")
    def _check_finding_access(self):
        readable(self.finding_id)

    @api.depends("finding_id")
    def _compute_line_ids(self):
        """Fill in the quantity that the provider supplies, unless one was entered."""
        result = super()._compute_line_ids()
        for amend in self:
            finding = readable(amend.finding_id)
            if finding.cause not in BY_QUANTITY:
                continue
            for line in amend.line_ids:
                is_meant = line.position_id == finding.position_id
                if is_meant and "quantity" not in line._get_edits():
                    amend._take_over(line, finding)
        return result

    def _take_over(self, line, finding):
        if finding.supplied_quantity:
            line.quantity = finding.supplied_quantity
        else:
            line.is_ended = True

    def _prepare_version_vals(self, day, vals_list):
        return {
            **super()._prepare_version_vals(day, vals_list),
            "finding_id": self.finding_id.id,
        }

    def _record(self):
        versions = super()._record()
        finding = self.finding_id
        if finding.state in ("open", "small"):
            is_credit = finding.direction == "overbilled"
            finding._note_resolution(
                "credit" if is_credit else "contract",
                self.env._("The contract was changed from %s on.", self.date_start),
            )
        return versions
