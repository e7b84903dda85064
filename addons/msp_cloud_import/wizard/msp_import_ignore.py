from odoo import api, fields, models
from odoo.exceptions import UserError

LISTS = {
    "msp.provider.charge": "provider_charge_ids",
    "msp.import.problem": "problem_ids",
    "msp.customer.mapping": "customer_mapping_ids",
    "msp.product.mapping": "product_mapping_ids",
}


class MspImportIgnore(models.TransientModel):
    """Leave rows, problems, customers or articles out; only accountants may."""

    _name = "msp.import.ignore"
    _description = "Ignore rows of a file"

    provider_charge_ids = fields.Many2many("msp.provider.charge", string="Rows")
    problem_ids = fields.Many2many("msp.import.problem", string="Problems")
    customer_mapping_ids = fields.Many2many("msp.customer.mapping", string="Customers")
    product_mapping_ids = fields.Many2many("msp.product.mapping", string="Articles")
    mapping_count = fields.Integer(compute="_compute_mapping_count")
    reason = fields.Char(required=True)

    @api.depends("customer_mapping_ids", "product_mapping_ids")
    def _compute_mapping_count(self):
        for one in self:
            one.mapping_count = len(one.customer_mapping_ids) + len(
                one.product_mapping_ids
            )

    @api.model
    def _open(self, records):
        """Return the action that asks for the reason."""
        name = LISTS[records._name]
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
        vals = {"is_ignored": True, "ignore_reason": self.reason}
        for mappings in (self.customer_mapping_ids, self.product_mapping_ids):
            if mappings:
                mappings.write(vals)
        imports._update_owner_activities(is_new=False)
        return {"type": "ir.actions.act_window_close"}
