from odoo import models


class MspContract(models.Model):
    """From a contract to the quotation that changes it."""

    _inherit = "msp.contract"

    def action_new_quotation(self):
        """Open a quotation that amends this contract, so that it makes no other."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "name": self.env._("Change of Contract %s", self.name),
            "view_mode": "form",
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_partner_invoice_id": self.partner_invoice_id.id,
                "default_partner_shipping_id": self.partner_shipping_id.id,
                "default_company_id": self.company_id.id,
                "default_msp_contract_action": "amend",
                "default_msp_contract_id": self.id,
            },
        }
