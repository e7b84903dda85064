from odoo import models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _action_send_mail(self, auto_commit=False):
        """Note on the findings that the vendor was asked once the mail is sent."""
        result = super()._action_send_mail(auto_commit=auto_commit)
        ids = self.env.context.get("msp_finding_ids")
        if ids and self.model == "msp.reconciliation":
            findings = self.env["msp.finding"].browse(ids).exists()
            one = self.env["msp.reconciliation"].browse(self._evaluate_res_ids())
            findings.filtered(lambda each: each.reconciliation_id in one)._note_asked()
        return result
