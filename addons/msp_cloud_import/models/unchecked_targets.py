"""What others link to without foreign keys, when it is deleted."""

from odoo import api, models
from odoo.exceptions import UserError


class MspContract(models.Model):
    _inherit = "msp.contract"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_files(self):
        # sudo: what other users have imported counts as well
        change = (
            self.env["msp.import.change"]
            .sudo()
            .search(
                [
                    "|",
                    ("contract_id", "in", self.ids),
                    ("position_id.contract_id", "in", self.ids),
                ],
                limit=1,
            )
        )
        if change:
            raise UserError(
                self.env._(
                    "Import %(import)s proposes changes of contract %(contract)s, so it "
                    "stays. Choose another contract there, or withdraw the import and "
                    "delete it.",
                    **{
                        "import": change.import_id.name,
                        "contract": change.contract_id.display_name,
                    },
                )
            )


class MspContractPosition(models.Model):
    """What was sold and never live goes with its order; all else stays."""

    _inherit = "msp.contract.position"

    def unlink(self):
        gone = self | self.component_ids
        changes = self.env["msp.import.change"]._forget("position_id", gone)
        rows = changes.provider_charge_ids
        rows = rows.filtered(lambda row: row.position_id in gone)
        rows._system_write({"position_id": False})
        return super().unlink()


class ResPartner(models.Model):
    """Customers of rows stay; others may be those of proposals without any."""

    _inherit = "res.partner"

    def unlink(self):
        self.env["msp.import.change"]._forget("partner_id", self)
        return super().unlink()


class ProductTemplate(models.Model):
    """The database deletes variants with their template."""

    _inherit = "product.template"

    def unlink(self):
        variants = self.with_context(active_test=False).product_variant_ids
        self.env["msp.import.change"]._forget("product_id", variants)
        return super().unlink()


class ProductProduct(models.Model):
    """Products of rows stay; others may be those of proposals without any."""

    _inherit = "product.product"

    def unlink(self):
        self.env["msp.import.change"]._forget("product_id", self)
        return super().unlink()


class MspImportChange(models.Model):
    _inherit = "msp.import.change"

    @api.model
    def _forget(self, name, records):
        """Let changes link to records no more that are being deleted; return them."""
        # sudo: what other users have imported counts as well
        changes = self.sudo().search([(name, "in", records.ids)])
        changes._system_write({name: False})
        return changes
