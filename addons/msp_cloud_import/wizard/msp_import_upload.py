from odoo import fields, models
from odoo.exceptions import UserError


class MspImportUpload(models.TransientModel):
    """Drop files of a provider; each becomes an import."""

    _name = "msp.import.upload"
    _description = "Import provider files"

    provider_id = fields.Many2one(
        "msp.provider",
        required=True,
        default=lambda self: self.env["msp.provider"].search([], limit=1),
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Files")

    def action_import(self):
        """Read the files and assign what is known; open what was made."""
        self.ensure_one()
        if not self.attachment_ids:
            raise UserError(self.env._("Choose the file that the provider offers."))
        imports = self.env["msp.import"]
        for attachment in self.attachment_ids:
            import_ = imports.import_file(
                self.provider_id, attachment.name, attachment.raw
            )
            import_.action_assign()
            imports |= import_
        self.attachment_ids.unlink()
        action = {
            "type": "ir.actions.act_window",
            "res_model": "msp.import",
            "name": self.env._("Imports"),
            "view_mode": "list,form",
            "domain": [("id", "in", imports.ids)],
        }
        if len(imports) == 1:
            action.update(view_mode="form", res_id=imports.id)
        return action
