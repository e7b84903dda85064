"""What others link to without foreign keys, when it is deleted or merged."""

from odoo import api, models
from odoo.exceptions import UserError

from .unchecked_links import UncheckedMany2one


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
        # sudo: what other users have imported counts as well
        changes = self.env["msp.import.change"].sudo()
        changes = changes.search([("position_id", "in", gone.ids)])
        rows = changes.provider_charge_ids
        rows = rows.filtered(lambda row: row.position_id in gone)
        rows._system_write({"position_id": False})
        changes._system_write({"position_id": False})
        return super().unlink()


class ResPartner(models.Model):
    """Customers with rows stay; what rests on no row may have had another customer."""

    _inherit = "res.partner"

    def unlink(self):
        # sudo: what other users have imported counts as well
        changes = self.env["msp.import.change"].sudo()
        changes = changes.search([("partner_id", "in", self.ids)])
        changes._system_write({"partner_id": False})
        return super().unlink()


class PartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _get_fk_on(self, table):
        """Merge links without a foreign key as well."""
        return [
            *super()._get_fk_on(table),
            *(
                (model._table, field.name)
                for model in self.env.values()
                if model._auto
                for field in model._fields.values()
                if isinstance(field, UncheckedMany2one)
                and field.store
                and self.env[field.comodel_name]._table == table
            ),
        ]
