from odoo import api, fields, models
from odoo.exceptions import UserError


class MspImportIgnore(models.TransientModel):
    """Leave rows or problems out on purpose; only accountants may."""

    _name = "msp.import.ignore"
    _description = "Ignore rows of a file"

    provider_charge_ids = fields.Many2many("msp.provider.charge", string="Rows")
    problem_ids = fields.Many2many("msp.import.problem", string="Problems")
    reason = fields.Char(required=True)

    @api.model
    def _open(self, records):
        """Return the action that asks for the reason."""
        name = (
            "provider_charge_ids"
            if records._name == "msp.provider.charge"
            else "problem_ids"
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "name": self.env._("Ignore"),
            "view_mode": "form",
            "target": "new",
            "context": {f"default_{name}": records.ids},
        }

    def action_ignore(self):
        """Ignore them; their money stays shown as ignored."""
        self.ensure_one()
        self.check_access("write")
        imports = self.provider_charge_ids.import_id | self.problem_ids.import_id
        imports.check_access("write")
        for import_ in imports:
            if import_.state == "withdrawn":
                raise UserError(self.env._("%s is withdrawn.", import_.name))
        self.provider_charge_ids._ignore(self.reason)
        self.problem_ids._ignore(self.reason)
        return {"type": "ir.actions.act_window_close"}
