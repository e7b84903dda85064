from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..models.money import day_after
from ..takeover import is_plausible
from .readable import readable

SCOPES = [
    ("contract", "The whole contract"),
    ("part", "Some positions, or fewer units"),
]


class MspContractTerminate(models.TransientModel):
    """End a contract, or a part of it, with its last day and the reason.

    An end that is earlier than agreed is allowed, as both sides may agree on it: the
    wizard says by how much.
    """

    _name = "msp.contract.terminate"
    _description = "End contract"
    _inherit = "msp.contract.preview.mixin"

    scope = fields.Selection(SCOPES, "What Ends", required=True, default="contract")
    notice_date = fields.Date(
        "Notice Received",
        default=fields.Date.context_today,
        help="Empty: nobody gave notice, both sides agreed on the end.",
    )
    date_last = fields.Date(
        "Last Day",
        compute="_compute_date_last",
        store=True,
        readonly=False,
        help="The last day on which it is supplied and billed. As it was agreed, "
        "unless you enter another one; it may be over.",
    )
    date_start = fields.Date(
        compute="_compute_date_start", store=True, required=False, default=None
    )
    churn_reason_id = fields.Many2one("msp.churn.reason", "Reason", required=True)
    note = fields.Char(help="Printed on the corrections that follow from it.")
    commitment_label = fields.Char(
        "Agreed", related="contract_id.commitment_label", related_sudo=False
    )
    line_ids = fields.One2many(
        "msp.contract.terminate.line",
        "terminate_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("contract_id", "notice_date")
    def _compute_date_last(self):
        for wizard in self:
            contract = readable(wizard.contract_id)
            day = wizard.notice_date
            if contract.date_start and day and is_plausible(day):
                wizard.date_last = contract._get_regular_end(day)
            else:
                wizard.date_last = wizard.date_last

    @api.depends("date_last")
    def _compute_date_start(self):
        for wizard in self:
            day = wizard.date_last
            wizard.date_start = day and is_plausible(day) and day_after(day)

    @api.depends("contract_id", "date_last")
    def _compute_line_ids(self):
        for wizard in self:
            entered = {line.position_id: line._get_edits() for line in wizard.line_ids}
            wizard.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "position_id": line.position_id.id,
                            "old_quantity": line.quantity,
                            "quantity": line.quantity,
                            **entered.get(line.position_id, {}),
                        }
                    )
                    for line in wizard._get_content()
                ),
            ]

    def _get_content(self):
        """Return the contract's lines on its last day."""
        self.ensure_one()
        lines = readable(self.contract_id).line_ids
        return lines._on(self.date_last) if self.date_last else lines.browse()

    @api.onchange("date_last")
    def _onchange_date_last(self):
        """An end before the notice is one that both sides agreed on."""
        if self.notice_date and self.date_last and self.date_last < self.notice_date:
            self.notice_date = False

    @api.onchange("scope", "date_last", "line_ids")
    def _onchange_forget_preview(self):
        """What is shown must not be the cost of something else."""
        self.preview = False

    def _prepare_version_vals(self, day, vals_list):
        return {
            **super()._prepare_version_vals(day, vals_list),
            "date_end": False,
            "cause": "termination",
            "churn_reason_id": self.churn_reason_id.id,
            "notice_date": self.notice_date,
            "reason": self.note,
        }

    def _prepare_changes(self):
        self.ensure_one()
        self._check_days()
        if self.scope == "contract":
            return {self.date_start: [{"action": "terminate"}]}
        return {self.date_start: self._prepare_part()}

    def _prepare_part(self):
        """Return the values of the changes that end positions and units."""
        changes = [vals for line in self.line_ids for vals in line._prepare_changes()]
        values = {
            "contract": self.contract_id.display_name,
            "day": format_date(self.env, self.date_last),
        }
        if not changes:
            raise UserError(
                self.env._(
                    "Say what of contract %(contract)s ends on %(day)s: mark positions "
                    "as ended, or enter how many units are left.",
                    **values,
                )
            )
        ended = [vals for vals in changes if vals["action"] == "end"]
        if len(ended) == len(self.line_ids):
            raise UserError(
                self.env._(
                    "All that contract %(contract)s contains on %(day)s would end. "
                    "End the whole contract instead.",
                    **values,
                )
            )
        return changes

    def _check_days(self):
        contract, last = self.contract_id, self.date_last
        if not last:
            raise UserError(
                self.env._("Say on which day contract %s ends.", contract.display_name)
            )
        self._check_days_plausible(last, self.notice_date)
        if contract.date_start and last < contract.date_start:
            raise UserError(
                self.env._(
                    "Contract %(contract)s begins on %(day)s and cannot end before. "
                    "Withdraw its versions if it shall not begin.",
                    contract=contract.display_name,
                    day=format_date(self.env, contract.date_start),
                )
            )
        if self.notice_date and self.notice_date > last:
            raise UserError(
                self.env._(
                    "Notice of %(notice)s came after the last day of contract "
                    "%(contract)s, %(last)s. Enter the day on which notice arrived, or "
                    "none if both sides agreed on the end.",
                    notice=format_date(self.env, self.notice_date),
                    contract=contract.display_name,
                    last=format_date(self.env, last),
                )
            )

    def _check_recorded(self):
        if self.scope == "contract":
            self.contract_id._check_ends_on(self.date_last)
        else:
            self.line_ids._check_ended()
