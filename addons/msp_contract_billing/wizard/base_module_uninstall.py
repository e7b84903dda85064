from odoo import api, fields, models


class BaseModuleUninstall(models.TransientModel):
    _inherit = "base.module.uninstall"

    msp_ledger_warning = fields.Text(compute="_compute_msp_ledger_warning")

    @api.depends("module_ids")
    def _compute_msp_ledger_warning(self):
        # sudo: an administrator of the server need not have rights on charges
        count = self.env["msp.charge"].sudo().search_count([])
        for wizard in self:
            names = wizard._get_modules().mapped("name")
            is_ours = "msp_contract_billing" in names
            wizard.msp_ledger_warning = is_ours and self.env._(
                "Invoices, bills and orders stay whole, but all contracts and the "
                "ledger of %(count)s charges, which knows what has been billed, will "
                "be lost. Export the charges first (Billing > Charges > Export all): "
                "they can be read back (Billing > Import Opening Claims).",
                count=count,
            )
