from odoo import fields, models

from odoo.addons.msp_contract_billing.models.msp_contract_waiting import Waiting


class MspContract(models.Model):
    """What an import that is not finished would change is not billed yet."""

    _inherit = "msp.contract"

    def _find_waiting(self):
        """Add the positions for which changes are proposed and not yet applied."""
        # sudo: whoever runs the billing need not see imports
        changes = (
            self.env["msp.import.change"]
            .sudo()
            .search(
                [
                    ("contract_id", "in", self.ids),
                    ("position_id", "!=", False),
                    ("state", "in", ("proposed", "failed")),
                    ("import_id.state", "=", "prepared"),
                ],
                order="id",
            )
        )
        waiting = {
            change.position_id.id: Waiting(
                "import",
                self.env._(
                    "Import %(import)s says: %(change)s. Apply the change or leave it "
                    "out.",
                    **{"import": change.import_id.name, "change": change.summary},
                ),
            )
            for change in changes
        }
        return waiting | super()._find_waiting()


class MspBillingRunException(models.Model):
    _inherit = "msp.billing.run.exception"

    code = fields.Selection(
        selection_add=[("import", "Unfinished import"), ("other",)],
        ondelete={"import": "set other"},
    )
