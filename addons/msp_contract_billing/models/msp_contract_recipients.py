from odoo import fields, models


class MspContract(models.Model):
    """Who gets a contract's invoices, beside the invoice address."""

    _inherit = "msp.contract"

    invoice_recipient_ids = fields.Many2many(
        "res.partner",
        "msp_contract_invoice_recipient_rel",
        "contract_id",
        "partner_id",
        "Send Invoices Also To",
        check_company=True,
        domain=[("email", "!=", False)],
        help="They get the contract's invoices by e-mail, in addition to the invoice "
        "address, whose language the invoice has.",
    )

    def _get_invoice_recipients(self):
        """Return the partners to whom the contracts' invoices are sent."""
        return self.partner_invoice_id | self.invoice_recipient_ids
