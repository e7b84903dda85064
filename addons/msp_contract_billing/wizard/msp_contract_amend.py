from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..models.money import day_after, day_before
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
            amend.date_last = day_before(amend.date_start)

    @api.onchange("date_last")
    def _onchange_date_last(self):
        """Who ends a contract says its last day; the version begins after it."""
        self.date_start = day_after(self.date_last)

    @api.depends("contract_id", "date_start")
    def _compute_line_ids(self):
        for amend in self:
            amend.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "position_id": line.position_id.id,
                            "product_id": line.product_id.id,
                            "quantity": line.quantity,
                            "price_unit": line.price_unit,
                            "price_interval": line.price_interval,
                            "discount": line.discount,
                        }
                    )
                    for line in amend._get_content()
                ),
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
        """Record and activate what differs; nothing changed is a question."""
        self.ensure_one()
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
        versions = self.env["msp.contract.version"]
        for day, vals_list in sorted(changes.items()):
            version = versions.create(
                {
                    "contract_id": self.contract_id.id,
                    "date_start": day,
                    "date_end": self.date_end,
                    "cause": "termination" if self.is_termination else self.cause,
                    "reason": self.reason,
                    "change_ids": [Command.create(vals) for vals in vals_list],
                }
            )
            version.action_activate()
        return {"type": "ir.actions.act_window_close"}

    def _prepare_changes(self):
        """Return the values of changes, by the first day from which they hold."""
        if self.is_termination:
            return {self.date_start: [{"action": "terminate"}]}
        changes = [vals for line in self.line_ids for vals in line._prepare_changes()]
        return {self.date_start: changes} if changes else {}
