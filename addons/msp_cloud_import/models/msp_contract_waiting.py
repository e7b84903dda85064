from datetime import date

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
        waiting = {}
        for position, own in changes.grouped("position_id").items():
            files = own.filtered(lambda change: not change.import_id.is_count)
            last = (files or own)[-1]
            first = min(own.mapped("date_start"))
            waiting[position.id] = Waiting(
                "import",
                self.env._(
                    "Import %(import)s says: %(change)s. Apply the change or leave it "
                    "out.",
                    **{"import": last.import_id.name, "change": last.summary},
                ),
                # A count says nothing of the days before it.
                days=None if files else (first, date.max),
            )
        return waiting | super()._find_waiting()


class MspBillingRunException(models.Model):
    _inherit = "msp.billing.run.exception"

    code = fields.Selection(
        selection_add=[("import", "Unfinished import"), ("other",)],
        ondelete={"import": "set other"},
    )
