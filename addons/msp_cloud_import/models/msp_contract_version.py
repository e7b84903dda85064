from odoo import fields, models


class MspContractVersion(models.Model):
    _inherit = "msp.contract.version"

    cause = fields.Selection(
        selection_add=[("import", "Provider's file")],
        # Versions outlive this addon; the guard of active versions is passed by.
        ondelete={
            "import": lambda versions: versions._system_write({"cause": "request"})
        },
    )
    import_id = fields.Many2one(
        "msp.import",
        # Imports with versions refuse to be deleted; uninstalling may.
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        copy=False,
    )
    provider_charge_ids = fields.One2many(
        "msp.provider.charge", "version_id", "Rows of the File"
    )

    def _caused_charges(self):
        """Return the charges to customers that rest on these versions."""
        numbers = {}
        for version in self:
            numbers.setdefault(version.contract_id.id, set()).add(version.number)
        charges = self.env["msp.charge"].search(
            [("position_id", "in", self.change_ids.position_id.ids)]
        )
        return charges.filtered(
            lambda charge: (
                set(charge.version_numbers or ())
                & numbers.get(charge.contract_id.id, set())
            )
        )

    def action_view_provider_charges(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.provider.charge",
            "name": self.env._("Rows That Caused %s", self.display_name),
            "view_mode": "list,form",
            "domain": [("version_id", "=", self.id)],
            "context": {"create": False},
        }
