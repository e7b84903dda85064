from odoo import models
from odoo.tools import plaintext2html

ACTIVITY = "msp_contract_billing.mail_activity_type_billing_failed"


class MspBillingRunLine(models.Model):
    """A contract that cannot be billed becomes an activity of its account manager."""

    _inherit = "msp.billing.run.line"

    def _tell_managers(self):
        """Make the activities of what failed, close those of what was billed."""
        # sudo: billing clerks may not write contracts, but their managers are told
        contracts = self.contract_id.sudo()
        failed = self.filtered(lambda line: line.state in ("failed", "blocked"))
        known = contracts.activity_search([ACTIVITY])
        known.filtered(lambda one: one.res_id in failed.contract_id.ids).unlink()
        known.exists().action_feedback(
            feedback=self.env._("Billed by %s", ", ".join(self.run_id.mapped("name")))
        )
        fallback = self.run_id.started_by_id[:1] or self.env.user
        for line in failed:
            # sudo: as above
            line.contract_id.sudo().activity_schedule(
                ACTIVITY,
                user_id=(line.contract_id.user_id.filtered("active") or fallback).id,
                summary=self.env._("Could not be billed by %s", line.run_id.name),
                note=line.error and plaintext2html(line.error),
            )
