from odoo import fields, models
from odoo.exceptions import AccessError

from .msp_contract_approval import APPROVER
from .wording import to_list

ACTIVITY = "msp_contract_billing.mail_activity_type_version_approval"


class MspContract(models.Model):
    """What of a contract waits for an approval, and who is told."""

    _inherit = "msp.contract"

    approval_count = fields.Integer(compute="_compute_approval_count")

    def _compute_approval_count(self):
        counts = {
            contract.id: count
            for contract, count in self.env["msp.contract.version"]._read_group(
                [("contract_id", "in", self.ids), ("approval_state", "=", "waiting")],
                ["contract_id"],
                ["__count"],
            )
        }
        for contract in self:
            contract.approval_count = counts.get(contract.id, 0)

    def action_view_approvals(self):
        """Show the drafts that wait for an approval."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_contract_billing.msp_contract_version_action_approve"
        )
        domain = [("contract_id", "in", self.ids), ("approval_state", "=", "waiting")]
        return {**action, "domain": domain, "context": {}}

    def _update_approval_activities(self):
        """Keep one activity on each contract while something of it waits."""
        if not self:
            return
        # sudo: whoever enters or decides need not write the contract
        contracts = self.sudo().exists()
        waiting = contracts.version_ids.filtered(
            lambda version: version.approval_state == "waiting"
        ).grouped("contract_id")
        activities = contracts.activity_search([ACTIVITY])
        known = contracts.browse(activities.mapped("res_id"))
        done = known - contracts.browse().union(*waiting)
        done.activity_feedback([ACTIVITY])
        for contract, drafts in waiting.items():
            approver = drafts[0]._find_approver()
            if contract in known or not approver:
                continue
            reader = drafts.with_context(lang=approver.lang)
            contract.activity_schedule(
                ACTIVITY,
                user_id=approver.id,
                summary=reader.env._("A change waits for your approval"),
                note=to_list(
                    sentence
                    for draft in reader
                    for sentence in draft.approval_reasons.splitlines()
                ),
            )

    def write(self, vals):
        if "user_id" in vals:
            self._check_handover()
        result = super().write(vals)
        if "user_id" in vals:
            self._hand_over_approvals()
        return result

    def _hand_over_approvals(self):
        """Let those decide on what waits who may after a change of account manager."""
        # sudo: whoever hands a contract over need not see its activities
        for contract in self.sudo().filtered("approval_count"):
            drafts = contract.version_ids.filtered(
                lambda version: version.approval_state == "waiting"
            )
            if approver := drafts[:1]._find_approver():
                contract.activity_reschedule([ACTIVITY], new_user_id=approver.id)
        self._update_approval_activities()

    def _check_handover(self):
        """Refuse that somebody makes himself the one who approves his own changes."""
        user = self.env.user
        for contract in self:
            limits = contract.company_id._get_version_limits()
            if contract.state != "active" or not any(limits.values()):
                continue
            if user != contract.user_id and not user.has_group(APPROVER):
                raise AccessError(
                    self.env._(
                        "Contract %(contract)s is handed over by %(manager)s or by "
                        "somebody who approves changes without limit, as its account "
                        "manager approves changes that pass a limit.",
                        contract=contract.display_name,
                        manager=contract.user_id.name
                        or self.env._("its account manager"),
                    )
                )
