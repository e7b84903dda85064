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

    def action_view_provider_charges(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.provider.charge",
            "name": self.env._("Rows That Caused %s", self.display_name),
            "view_mode": "list,form",
            "domain": [
                "|",
                ("version_id", "=", self.id),
                ("id", "in", self.import_change_ids.provider_charge_ids.ids),
            ],
            "context": {"create": False},
        }
