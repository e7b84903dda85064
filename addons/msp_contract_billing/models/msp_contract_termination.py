from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .money import day_after


class MspContractVersion(models.Model):
    """A termination says why, and when notice of it was received."""

    _inherit = "msp.contract.version"

    churn_reason_id = fields.Many2one(
        "msp.churn.reason",
        "Reason of the Termination",
        ondelete="restrict",
        index="btree_not_null",
    )
    notice_date = fields.Date(
        "Notice Received", help="Empty: both sides agreed on the end."
    )

    _notice_check = models.Constraint(
        "CHECK (notice_date < date_start)",
        "Notice cannot arrive after the last day of what it ends.",
    )


class MspContract(models.Model):
    """The end of a contract, and taking it back."""

    _inherit = "msp.contract"

    is_terminated = fields.Boolean(compute="_compute_is_terminated")

    _end_check = models.Constraint(
        "CHECK (date_end >= date_start)", "A contract cannot end before it begins."
    )

    @api.depends("date_end", "version_ids.state")
    def _compute_is_terminated(self):
        for contract in self:
            contract.is_terminated = bool(contract._get_terminations())

    def _get_terminations(self):
        """Return the active versions that end the contract."""
        self.ensure_one()
        first = self.date_end and day_after(self.date_end)
        return self.version_ids.filtered(
            lambda version: (
                version.state == "active"
                and version.date_start == first
                and "terminate" in version.change_ids.mapped("action")
            )
        )

    def _fold(self, drafts=None):
        history = super()._fold(drafts)
        if history and history.end and history.end <= history.start:
            raise UserError(
                self.env._(
                    "Contract %(contract)s begins on %(day)s and cannot end before. "
                    "Withdraw its versions if it shall not begin.",
                    contract=self.display_name,
                    day=format_date(self.env, history.start),
                )
            )
        return history

    def _check_ends_on(self, last_day):
        """Refuse an end that other versions make a different one."""
        self.ensure_one()
        if self.date_end == last_day:
            return
        if self.date_end and self.date_end < last_day:
            raise UserError(
                self.env._(
                    "Contract %(contract)s already ends on %(day)s. Withdraw the "
                    "version that ends it before you enter a later end.",
                    contract=self.display_name,
                    day=format_date(self.env, self.date_end),
                )
            )
        later = self.version_ids.filtered(
            lambda version: (
                version.state == "active"
                and version.date_start > last_day
                and "begin" in version.change_ids.mapped("action")
            )
        )
        raise UserError(
            self.env._(
                "Contract %(contract)s would not end on %(day)s, as something begins "
                "after it: %(versions)s. Withdraw these versions first.",
                contract=self.display_name,
                day=format_date(self.env, last_day),
                versions=", ".join(later.mapped("display_name")),
            )
        )

    def action_terminate(self):
        self.ensure_one()
        return self._action_ask(
            self.env._("End Contract %s", self.name),
            "msp.contract.terminate",
            {"default_contract_id": self.id, "dialog_size": "extra-large"},
        )

    def action_revoke_termination(self):
        """Open the question why the contract does not end after all."""
        self.ensure_one()
        return {
            **self._get_terminations().action_withdraw(),
            "name": self.env._("Revoke the Termination"),
        }
