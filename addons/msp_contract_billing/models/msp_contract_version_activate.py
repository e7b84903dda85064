from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class MspContractVersion(models.Model):
    """How drafts become part of a contract's history, and how versions leave it."""

    _inherit = "msp.contract.version"

    def action_activate(self):
        """Make drafts part of their contracts' history and rebuild the lines.

        :return: True, or the message that some of them wait for an approval
        """
        self.check_access("write")
        self._check_draft()
        for version in self._in_order():
            version._check_conflicts()
        return self._activate_or_ask()._tell_waiting() or True

    def action_take_as_base(self):
        """Confirm that the draft was checked against the latest version."""
        self.check_access("write")
        self._check_draft()
        for version in self:
            latest = version.contract_id._get_latest_number()
            version._system_write({"base_number": latest})
        return True

    def action_withdraw(self):
        """Open the question for the reason of a withdrawal."""
        return self._action_ask(
            self.env._("Withdraw Version"),
            "msp.contract.version.withdraw",
            {"default_version_ids": self.ids},
        )

    def _check_conflicts(self):
        """Refuse a draft that sets what a version activated meanwhile has set."""
        self.ensure_one()
        mine = set().union(*(change._touches() for change in self.change_ids))
        for other in self.contract_id.version_ids:
            if other.state != "active" or other.number <= self.base_number:
                continue
            for change in other.change_ids:
                if not change._touches() & mine:
                    continue
                raise UserError(
                    self.env._(
                        "Contract %(contract)s: version %(number)s, activated since "
                        "this draft was made, also says: %(change)s. Check the draft "
                        'and press "Checked against latest version".',
                        contract=self.contract_id.display_name,
                        number=other.number,
                        change=change.summary,
                    )
                )

    def _go_live(self, day):
        """Activate drafts that waited for `day`; the caller has checked the rights."""
        self._check_draft()
        self._system_write({"date_start": day, "awaits": False})
        self._check_as_sold()
        self._activate()

    def _check_as_sold(self):
        """Refuse what is not as sold any more, unless the user may decide on it."""

    def _activate(self):
        """Activate drafts; the caller has checked the rights.

        :raise UserError: the changes have no meaning in a contract's history
        """
        contracts = self.contract_id
        contracts._lock_ledger()
        now = fields.Datetime.now()
        self._check_complete()
        for version in self._in_order():
            version._system_write(
                {
                    "state": "active",
                    "number": version.contract_id._get_latest_number() + 1,
                    "activated_at": now,
                }
            )
        contracts._rebuild_lines()
        self._post_differences()

    def _get_replaced(self):
        """Return the active versions that are withdrawn once these drafts are active.

        A hook: what is looked at before, such as limits, leaves them out.
        """
        return self.browse()

    def _in_order(self):
        """Return the versions in the order in which they are recorded together."""
        return self.sorted(lambda version: (version.date_start, version.id))

    def _check_complete(self):
        """Refuse drafts that change nothing, or whose first day is not known."""
        labels = dict(self._fields["awaits"]._description_selection(self.env))
        for version in self:
            if version.awaits:
                raise UserError(
                    self.env._(
                        "What contract %(contract)s begins here waits: %(awaits)s. Say "
                        "since when it is live.",
                        contract=version.contract_id.display_name,
                        awaits=labels[version.awaits],
                    )
                )
            if not version.change_ids:
                raise UserError(
                    self.env._(
                        "The version of contract %(contract)s from %(day)s changes "
                        "nothing. Add a change or delete it.",
                        contract=version.contract_id.display_name,
                        day=format_date(self.env, version.date_start),
                    )
                )

    def _withdraw(self, reason):
        """Fold without these versions from now on; they stay, with the reason."""
        contracts = self.contract_id
        contracts._lock_ledger()
        for version in self:
            if version.state != "active":
                raise UserError(
                    self.env._(
                        "Version %s is not active, so it cannot be withdrawn.",
                        version.display_name,
                    )
                )
        self._system_write(
            {
                "state": "withdrawn",
                "withdrawn_at": fields.Datetime.now(),
                "withdrawn_by_id": self.env.user.id,
                "withdraw_reason": reason,
            }
        )
        contracts._rebuild_lines()
        for version in self:
            version.contract_id.message_post(
                body=self.env._(
                    "Version %(number)s withdrawn: %(reason)s",
                    number=version.number,
                    reason=reason or "",
                )
            )
