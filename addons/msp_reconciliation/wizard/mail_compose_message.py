from odoo import models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _action_send_mail(self, auto_commit=False):
        """Note on the findings that the vendor was asked once the mail is sent."""
        result = super()._action_send_mail(auto_commit=auto_commit)
        if self.env.context.get("msp_finding_ids"):
            for mail in self.filtered(lambda one: one.model == "msp.reconciliation"):
                one = self.env["msp.reconciliation"].browse(mail._evaluate_res_ids())
                one._find_asked()._note_asked()
        return result
