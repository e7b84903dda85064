from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

APPROVALS = [
    ("waiting", "To approve"),
    ("approved", "Approved"),
    ("refused", "Refused"),
]
APPROVER = "msp_contract_billing.group_version_approver"
#: What asking and deciding set, and the values of a new draft.
APPROVAL_FIELDS = {
    "approval_state": False,
    "passed_limits": False,
    "asked_at": False,
    "asked_with_id": False,
    "decided_by_id": False,
    "decided_at": False,
    "refuse_reason": False,
}


class MspContractVersion(models.Model):
    """A draft that passes a limit of its company waits until somebody approves it.

    Approving is up to the contract's account manager and to those who approve without
    limit. Drafts that were entered together are approved together, as one may rest on
    the other.
    """

    _inherit = "msp.contract.version"

    approval_state = fields.Selection(
        APPROVALS, "Approval", readonly=True, copy=False, index="btree_not_null"
    )
    passed_limits = fields.Json(readonly=True, copy=False)
    approval_reasons = fields.Text("Why It Waits", compute="_compute_approval_reasons")
    asked_at = fields.Datetime("Approval Asked On", readonly=True, copy=False)
    asked_with_id = fields.Many2one(
        "msp.contract.version",
        "Entered Together With",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        copy=False,
    )
    decided_by_id = fields.Many2one(
        "res.users",
        "Approved or Refused By",
        ondelete="restrict",
        readonly=True,
        copy=False,
    )
    decided_at = fields.Datetime("Approved or Refused On", readonly=True, copy=False)
    refuse_reason = fields.Char("Why Refused", readonly=True, copy=False)
    may_approve = fields.Boolean(compute="_compute_may_approve")

    _approval_check = models.Constraint(
        "CHECK (state = 'draft' OR approval_state IS NULL "
        "OR approval_state = 'approved')",
        "Only a draft waits for an approval or is refused.",
    )

    @api.depends("passed_limits")
    @api.depends_context("lang")
    def _compute_approval_reasons(self):
        for version in self:
            sentences = version._describe_limits(version.passed_limits or [])
            version.approval_reasons = "\n".join(sentences)

    @api.depends("approval_state", "user_id", "contract_id.user_id")
    @api.depends_context("uid")
    def _compute_may_approve(self):
        for version in self:
            version.may_approve = (
                version.approval_state == "waiting"
                and version.has_access("write")
                and version._can_approve()
            )

    def _get_system_fields(self):
        return {**super()._get_system_fields(), **APPROVAL_FIELDS}

    # Asking

    def _activate_or_ask(self):
        """Activate drafts within the limits, ask for an approval of the others.

        Those of one contract stay together. Whoever may approve them need not ask.
        The caller has checked the rights; orders, which customers sign, do not ask.

        :return: the drafts that wait
        :raise UserError: the changes have no meaning in a contract's history
        """
        every = self._with_siblings()
        every._check_complete()
        passed = every._find_passed_limits()
        waiting = self.browse()
        for drafts in every.grouped("contract_id").values():
            passing = drafts.filtered(lambda draft: draft.id in passed)
            if passing and not all(draft._can_approve() for draft in drafts):
                waiting += drafts
        refused = waiting.filtered(lambda draft: draft.approval_state == "refused")
        if refused:
            raise UserError(refused[0]._explain_refusal())
        (every - waiting)._activate()
        waiting._ask(passed)
        return waiting

    def _ask(self, passed):
        """Let drafts wait, and tell who may approve them.

        :param passed: limits by the draft's id, as `_find_passed_limits` gives them
        """
        now = fields.Datetime.now()
        for contract, drafts in self.grouped("contract_id").items():
            drafts = drafts._in_order()
            # They are to mean something before anybody looks at them.
            contract._mark_ineffective(contract._fold(drafts), drafts)
            for draft in drafts:
                draft._system_write(
                    {
                        **APPROVAL_FIELDS,
                        "approval_state": "waiting",
                        "passed_limits": passed.get(draft.id),
                        "asked_at": now,
                        "asked_with_id": drafts[0].id,
                    }
                )
        self.contract_id._update_approval_activities()

    def _tell_waiting(self):
        """Return the message that these drafts wait and for whom, None without any."""
        if not self:
            return None
        reasons = " ".join(
            f"{sentence}."
            for draft in self
            for sentence in draft.approval_reasons.splitlines()
        )
        approver = self[:1]._find_approver()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Recorded as a draft, waits for approval"),
                "message": self.env._(
                    "%(reasons)s Asked: %(approver)s.",
                    reasons=reasons,
                    approver=approver.name or self.env._("nobody may approve yet"),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # Who decides

    def _can_approve(self):
        """Return whether the user may approve the draft, however much it changes."""
        self.ensure_one()
        if self.env.uid == SUPERUSER_ID:
            # What runs by itself is nobody who could approve.
            return False
        user = self.env.user
        if user.has_group(APPROVER):
            return True
        return user == self.contract_id.user_id and (
            user != self.user_id or self.company_id.msp_approve_own
        )

    def _find_approver(self):
        """Return who is asked: the account manager if he may, else who has the right."""
        self.ensure_one()
        # sudo: whoever enters a version need not see users and their groups
        draft = self.sudo()
        manager = draft.contract_id.user_id
        approvers = self.env.ref(APPROVER).sudo().all_user_ids
        # Others rather than who entered it.
        approvers = approvers.sorted(lambda user: (user == draft.user_id, user.id))
        for user in manager | approvers:
            if user.active and draft._is_approver(user):
                return user.with_env(self.env)
        return manager.browse().with_env(self.env)

    def _is_approver(self, user):
        if self.company_id not in user.company_ids:
            return False
        companies = {"allowed_company_ids": self.company_id.ids}
        draft = self.with_user(user).with_context(**companies)
        return draft.has_access("write") and draft._can_approve()

    def _with_siblings(self):
        """Return the drafts with those that were entered together with them."""
        leaders = self.asked_with_id
        if not leaders:
            return self
        return self | self.search(
            [("asked_with_id", "in", leaders.ids), ("state", "=", "draft")]
        )

    def _check_as_sold(self):
        super()._check_as_sold()
        edited = self.filtered("is_edited")
        passed = edited._find_passed_limits()
        for draft in edited:
            if draft.id not in passed or draft._can_approve():
                continue
            raise UserError(
                self.env._(
                    "Contract %(contract)s: this was changed after it was sold, and "
                    "passes a limit. %(reasons)s. Let %(approver)s say since when it "
                    "is live.",
                    contract=draft.contract_id.display_name,
                    reasons=". ".join(draft._describe_limits(passed[draft.id])),
                    approver=draft._find_approver().name
                    or self.env._("somebody who approves changes without limit"),
                )
            )

    # The state follows what is done with the draft

    def _activate(self):
        asked = self.filtered("approval_state")
        asked.filtered(
            lambda version: version.approval_state != "approved"
        )._system_write({"approval_state": False, "refuse_reason": False})
        result = super()._activate()
        asked.contract_id._update_approval_activities()
        return result

    def write(self, vals):
        result = super().write(vals)
        self._forget_approval()
        return result

    def unlink(self):
        contracts = self.filtered("approval_state").contract_id
        result = super().unlink()
        contracts._update_approval_activities()
        return result

    def _forget_approval(self):
        """An edited draft is another one, and that of whoever edited it."""
        asked = self._with_siblings().filtered("approval_state")
        self.filtered("awaits")._system_write({"is_edited": True})
        for version in self:
            if version.user_id.id != self.env.uid:
                version._system_write({"user_id": self.env.uid})
        # What was entered together stays together, whoever edits or refuses a part.
        asked._system_write(
            {
                name: value
                for name, value in APPROVAL_FIELDS.items()
                if name != "asked_with_id"
            }
        )
        asked.contract_id._update_approval_activities()


class MspContractChange(models.Model):
    _inherit = "msp.contract.change"

    @api.model_create_multi
    def create(self, vals_list):
        changes = super().create(vals_list)
        changes.version_id._forget_approval()
        return changes

    def write(self, vals):
        versions = self.version_id
        result = super().write(vals)
        (versions | self.version_id)._forget_approval()
        return result

    def unlink(self):
        versions = self.version_id
        result = super().unlink()
        versions.exists()._forget_approval()
        return result
