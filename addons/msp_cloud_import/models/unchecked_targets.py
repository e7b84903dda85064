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
