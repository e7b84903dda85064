from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.msp_cloud_import.models.msp_provider import format_month

from ..models.msp_reconciliation import USABLE


class MspReconciliationStart(models.TransientModel):
    """Choose the month whose files are compared with contracts and invoices."""

    _name = "msp.reconciliation.start"
    _description = "Reconcile a month"

    month = fields.Date(
        required=True,
        default=lambda self: self._default_month(),
        help="Any day of the month.",
    )
    provider_ids = fields.Many2many(
        "msp.provider",
        string="Providers",
        help="Empty: all providers with files of the month.",
    )

    @api.model
    def _default_month(self):
        latest = self.env["msp.import"].search(
            [("company_id", "=", self.env.company.id), ("month", "!=", False)],
            order="month desc",
            limit=1,
        )
        return latest.month or fields.Date.context_today(self)

    def action_compare(self):
        """Compare each provider's month; open the result."""
        self.ensure_one()
        month = self.month.replace(day=1)
        domain = [
            ("company_id", "=", self.env.company.id),
            ("month", "=", month),
            ("state", "in", USABLE),
        ]
        if self.provider_ids:
            domain.append(("provider_id", "in", self.provider_ids.ids))
        providers = self.env["msp.import"].search(domain).provider_id
        if not providers:
            raise UserError(
                self.env._(
                    "No file of %(providers)s for %(month)s has been imported and "
                    "assigned yet. Import it first, or choose another month.",
                    providers=", ".join(self.provider_ids.mapped("name"))
                    or self.env._("any provider"),
                    month=format_month(self.env, month),
                )
            )
        reconciliations = self.env["msp.reconciliation"]
        for provider in providers:
            reconciliations |= reconciliations._open(provider, month)
        failures = reconciliations._compare_all()
        action = {
            "type": "ir.actions.act_window",
            "res_model": "msp.reconciliation",
            "name": self.env._("Reconciliations"),
            "view_mode": "list,form",
            "domain": [("id", "in", reconciliations.ids)],
            "context": {"create": False},
        }
        if len(reconciliations) == 1:
            action.update(view_mode="form", res_id=reconciliations.id)
        return reconciliations._tell(failures, action)
