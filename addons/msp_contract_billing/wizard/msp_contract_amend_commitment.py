from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.msp_commitment_mixin import COMMITMENT
from ..takeover import is_plausible
from .msp_contract_amend import shown_field
from .readable import readable


def _commitment_field(kind, name):
    return shown_field(kind, name, "changes_commitment", "_get_commitment")


class MspContractAmend(models.TransientModel):
    """Change for how long a contract is agreed, and how notice is given."""

    _name = "msp.contract.amend"
    _inherit = ["msp.contract.amend", "msp.commitment.mixin"]

    changes_commitment = fields.Boolean("Change Term and Notice")
    old_commitment = fields.Char(
        "Term and Notice Now", compute="_compute_old_commitment"
    )
    term_months = _commitment_field(fields.Integer, "term_months")
    minimum_months = _commitment_field(fields.Integer, "minimum_months")
    renewal = _commitment_field(fields.Selection, "renewal")
    extension_months = _commitment_field(fields.Integer, "extension_months")
    notice_count = _commitment_field(fields.Integer, "notice_count")
    notice_unit = _commitment_field(fields.Selection, "notice_unit")
    notice_to = _commitment_field(fields.Selection, "notice_to")

    def _get_commitment(self, day):
        """Return term and notice as the contract has them on `day`.

        :rtype: dict by the fields of `msp.commitment.mixin`
        """
        self.ensure_one()
        change = self.env["msp.contract.change"]
        if day and is_plausible(day):
            change = readable(self.contract_id)._get_commitment_change(day)
        if change:
            return change._copy_commitment(change)
        defaults = change.default_get(COMMITMENT)
        return {name: defaults.get(name, 0) for name in COMMITMENT}

    @api.onchange("date_start")
    def _onchange_terms_shown_date(self):
        # Computed before, as they look at the day for which they were shown.
        self.read(COMMITMENT, load="")
        return super()._onchange_terms_shown_date()

    @api.onchange("changes_commitment", *COMMITMENT)
    def _onchange_commitment_forget_preview(self):
        self._onchange_forget_preview()

    @api.depends("contract_id", "date_start")
    def _compute_old_commitment(self):
        for amend in self:
            contract = readable(amend.contract_id)
            change = amend.date_start and contract._get_commitment_change(
                amend.date_start
            )
            amend.old_commitment = change._get_commitment_label() if change else False

    def _prepare_changes(self):
        changes = super()._prepare_changes()
        if not self.changes_commitment:
            return changes
        values = self._copy_commitment(self)
        if values == self._get_commitment(self.date_start):
            return changes
        if error := self._get_commitment_error():
            raise UserError(
                self.env._(
                    "Contract %(contract)s: %(error)s",
                    contract=self.contract_id.display_name,
                    error=error,
                )
            )
        vals = {"action": "commitment", **values}
        changes.setdefault(self.date_start, []).append(vals)
        return changes
