from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..models.money import day_after, day_before
from ..takeover import is_plausible
from .msp_contract_amend_line import CONTENT
from .readable import readable


class MspContractAmend(models.TransientModel):
    """Enter what a contract shall contain from a day on, as one new version."""

    _name = "msp.contract.amend"
    _description = "Change contract"

    contract_id = fields.Many2one("msp.contract", required=True)
    company_id = fields.Many2one(related="contract_id.company_id")
    currency_id = fields.Many2one(related="contract_id.currency_id")
    date_start = fields.Date("From", required=True, default=fields.Date.context_today)
    date_end = fields.Date("Until", help="Only for a temporary change.")
    cause = fields.Selection(
        selection=lambda self: (
            self.env["msp.contract.version"]
            ._fields["cause"]
            ._description_selection(self.env)
        ),
        required=True,
        default="request",
    )
    reason = fields.Char(help="Printed on the corrections that follow from it.")
    is_termination = fields.Boolean("End the Contract")
    date_last = fields.Date(
        "Last Day of the Contract",
        compute="_compute_date_last",
        store=True,
        readonly=False,
    )
    line_ids = fields.One2many(
        "msp.contract.amend.line",
        "amend_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    has_schemes = fields.Boolean(compute="_compute_has_schemes")

    @api.constrains("contract_id")
    def _check_contract_access(self):
        readable(self.contract_id)

    @api.depends("date_start")
    def _compute_date_last(self):
        for amend in self:
            day = amend.date_start
            amend.date_last = day and is_plausible(day) and day_before(day)

    @api.onchange("date_last")
    def _onchange_date_last(self):
        """Who ends a contract says its last day; the version begins after it."""
        if self.date_last and is_plausible(self.date_last):
            self.date_start = day_after(self.date_last)

    @api.depends("contract_id", "date_start")
    def _compute_line_ids(self):
        for amend in self:
            entered = {line.position_id: line._get_edits() for line in amend.line_ids}
            new = amend.line_ids.filtered(lambda line: not line.position_id)
            amend.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "position_id": line.position_id.id,
                            "product_id": line.product_id.id,
                            "content_date": amend.date_start,
                            **{name: line[name] for name in CONTENT},
                            **entered.get(line.position_id, {}),
                        }
                    )
                    for line in amend._get_content()
                ),
                *(Command.create(line._get_entered()) for line in new),
            ]

    @api.depends("line_ids.old_pricing_label")
    def _compute_has_schemes(self):
        for amend in self:
            amend.has_schemes = any(amend.line_ids.mapped("old_pricing_label"))

    def _get_content(self):
        """Return the contract's lines on the first day of the change."""
        self.ensure_one()
        lines = readable(self.contract_id).line_ids
        return lines._on(self.date_start) if self.date_start else lines.browse()

    def action_apply(self):
        """Record what differs, and activate it or ask for an approval."""
        self.ensure_one()
        waiting = self._record()._activate_or_ask()
        if self.is_termination and not waiting:
            self._check_ended()
        return waiting._tell_waiting() or {"type": "ir.actions.act_window_close"}

    def _record(self):
        """Return draft versions of what differs; nothing changed is a question."""
        self._check_days()
        changes = self._prepare_changes()
        if not changes:
            raise UserError(
                self.env._(
                    "Nothing is different from what contract %(contract)s contains on "
                    "%(day)s. Change a quantity, price or discount, or add a line.",
                    contract=self.contract_id.display_name,
                    day=format_date(self.env, self.date_start),
                )
            )
        return self.env["msp.contract.version"].create(
            [
                self._prepare_version_vals(day, vals_list)
                for day, vals_list in sorted(changes.items())
            ]
        )

    def _prepare_version_vals(self, day, vals_list):
        """Return the values of a version; addons add where it comes from."""
        return {
            "contract_id": self.contract_id.id,
            "date_start": day,
            "date_end": not self.is_termination and self.date_end,
            "cause": "termination" if self.is_termination else self.cause,
            "reason": self.reason,
            "change_ids": [Command.create(vals) for vals in vals_list],
        }

    def _check_days(self):
        contract = self.contract_id
        for day in filter(None, (self.date_start, self.date_end)):
            if not is_plausible(day):
                raise UserError(
                    self.env._(
                        "%s is too far off. Check the year.", format_date(self.env, day)
                    )
                )
        begins = contract.date_start
        if self.is_termination and begins and self.date_start < begins:
            raise UserError(
                self.env._(
                    "Contract %(contract)s begins on %(day)s and cannot end before. "
                    "Withdraw its versions if it shall not begin.",
                    contract=contract.display_name,
                    day=format_date(self.env, begins),
                )
            )

    def _check_ended(self):
        """Refuse an end that other versions make a different one."""
        contract, last = self.contract_id, day_before(self.date_start)
        if contract.date_end == last:
            return
        if contract.date_end and contract.date_end < last:
            raise UserError(
                self.env._(
                    "Contract %(contract)s already ends on %(day)s. Withdraw the "
                    "version that ends it before you enter a later end.",
                    contract=contract.display_name,
                    day=format_date(self.env, contract.date_end),
                )
            )
        later = contract.version_ids.filtered(
            lambda version: (
                version.state == "active"
                and version.date_start >= self.date_start
                and "begin" in version.change_ids.mapped("action")
            )
        )
        raise UserError(
            self.env._(
                "Contract %(contract)s would not end on %(day)s, as something begins "
                "after it: %(versions)s. Withdraw these versions first.",
                contract=contract.display_name,
                day=format_date(self.env, last),
                versions=", ".join(later.mapped("display_name")),
            )
        )

    def _prepare_changes(self):
        """Return the values of changes, by the first day from which they hold."""
        if self.is_termination:
            return {self.date_start: [{"action": "terminate"}]}
        changes = [vals for line in self.line_ids for vals in line._prepare_changes()]
        return {self.date_start: changes} if changes else {}
