from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date


class MspContractVersion(models.Model):
    """Approving or refusing drafts that wait, and telling who entered them."""

    _inherit = "msp.contract.version"

    def _check_decidable(self):
        """Refuse decisions on drafts that do not wait, or by who may not decide."""
        self.check_access("write")
        for version in self:
            if version.approval_state != "waiting":
                raise UserError(
                    self.env._(
                        "%s does not wait for an approval: it was decided or changed "
                        "meanwhile. Reload the page.",
                        version.display_name,
                    )
                )
            if not version._can_approve():
                raise AccessError(
                    self.env._(
                        "%(version)s is approved or refused by %(manager)s, or by "
                        "somebody who approves changes without limit.",
                        version=version.display_name,
                        manager=version._find_approver().name
                        or self.env._("the account manager"),
                    )
                )

    def action_approve(self):
        """Approve drafts that wait, and activate them."""
        versions = self._with_siblings()._in_order()
        versions._check_decidable()
        for version in versions:
            version._check_conflicts()
        versions._system_write(
            {
                "approval_state": "approved",
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        versions._activate()
        versions._tell_authors()
        return True

    def action_refuse(self):
        """Open the question for the reason of a refusal."""
        return self._action_ask(
            self.env._("Refuse Change"),
            "msp.contract.version.refuse",
            {"default_version_ids": self.ids},
        )

    def _refuse_approval(self, reason):
        """Give drafts back to who entered them; editing one asks again."""
        versions = self._with_siblings()._in_order()
        versions._check_decidable()
        versions._system_write(
            {
                "approval_state": "refused",
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
                "refuse_reason": reason,
            }
        )
        versions.contract_id._update_approval_activities()
        versions._tell_authors()
        return versions

    def _explain_refusal(self):
        self.ensure_one()
        return self.env._(
            "The change of contract %(contract)s from %(day)s was refused by %(user)s: "
            "%(reason)s. Change the draft and activate it again, or delete it.",
            contract=self.contract_id.display_name,
            day=format_date(self.env, self.date_start),
            user=self.decided_by_id.name,
            reason=self.refuse_reason,
        )

    def _tell_authors(self):
        """Tell who entered the drafts what was decided, in his language."""
        for (contract, author), versions in self.grouped(
            lambda version: (version.contract_id, version.user_id)
        ).items():
            if author == self.env.user:
                continue
            told = versions.with_context(lang=author.lang)
            text = told.env._("Approved by %s", self.env.user.name)
            if told[0].approval_state == "refused":
                text = told[0]._explain_refusal()
            # sudo: whoever decides may write to people who follow nothing
            contract.sudo().message_notify(
                partner_ids=author.partner_id.ids,
                subject=contract.display_name,
                body=f"{text}: {'; '.join(told.mapped('difference'))}",
            )
