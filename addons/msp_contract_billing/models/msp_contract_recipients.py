from odoo import api, fields, models


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


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _get_default_mail_partner_ids(self, move, mail_template, mail_lang):
        """Add the further recipients of the contracts on the document."""
        partners = super()._get_default_mail_partner_ids(move, mail_template, mail_lang)
        # sudo: whoever may send the invoice need not have rights on contracts
        contracts = move.sudo().msp_contract_ids
        recipients = contracts.invoice_recipient_ids.filtered("email")
        return partners | recipients.sudo(self.env.su)
