from odoo import api, models


class AccountMove(models.Model):
    """What takes back an invoice has a name of its own in mails and on the portal.

    Odoo's "Credit Note" is a "Gutschrift" in German, which in law is an invoice that
    the customer makes out (UStG § 14 (2)); ours is a "Rechnungskorrektur".
    """

    _inherit = "account.move"

    @api.depends_context("lang")
    @api.depends("move_type")
    def _compute_type_name(self):
        super()._compute_type_name()
        for move in self:
            if move.move_type == "out_refund":
                move.type_name = self.env._("Credit Note")

    def _get_mail_template(self):
        """Return our own template for credit notes of contracts."""
        # sudo: whoever sends a credit note need not see the contract
        is_ours = all(
            move.move_type == "out_refund" and move.invoice_line_ids.msp_contract_id
            for move in self.sudo()
        )
        # Somebody may have deleted it.
        template = is_ours and self.env.ref(
            "msp_contract_billing.mail_template_credit_note", raise_if_not_found=False
        )
        return template or super()._get_mail_template()
