from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import date_utils

from .readable import readable


class MspOpeningEnter(models.TransientModel):
    """Say up to which day a contract was billed before this system."""

    _name = "msp.opening.enter"
    _description = "Billed before this system"

    contract_id = fields.Many2one("msp.contract", required=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    date_until = fields.Date(
        "Billed Until",
        required=True,
        default=lambda self: date_utils.end_of(
            fields.Date.context_today(self), "month"
        ),
        help="Last day that the earlier system has billed. Each position may have "
        "another one, below.",
    )
    reference = fields.Char(
        "Earlier Invoice", help="Number of the last invoice of the earlier system."
    )
    line_ids = fields.One2many(
        "msp.opening.enter.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    amount = fields.Monetary("Total", compute="_compute_amount")

    @api.constrains("contract_id")
    def _check_contract_access(self):
        readable(self.contract_id)

    @api.depends("contract_id", "date_until")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [
                Command.clear(),
                *(Command.create(vals) for vals in wizard._prepare_lines()),
            ]

    @api.depends("line_ids.amount", "line_ids.is_included")
    def _compute_amount(self):
        for wizard in self:
            lines = wizard.line_ids.filtered("is_included")
            wizard.amount = sum(lines.mapped("amount"))

    def _prepare_lines(self):
        """Return a line for each position with days that nobody has claimed."""
        self.ensure_one()
        contract, until = readable(self.contract_id), self.date_until
        if not contract or not until:
            return []
        latest = {
            position.id: last
            for position, last in self.env["msp.charge"]._read_group(
                [
                    ("contract_id", "=", contract.id),
                    ("counts", "=", True),
                    ("kind", "!=", "counter"),
                ],
                ["position_id"],
                ["date_end:max"],
            )
        }
        ranges = []
        for position in contract.position_ids.filtered("date_start"):
            start = position.date_start
            if position.id in latest:
                start = max(start, latest[position.id] + timedelta(days=1))
            end = min(until, position.date_end or until)
            if start <= end:
                ranges.append((position.id, start, end))
        return [
            {
                "position_id": position,
                "date_start": start,
                "date_end": end,
                "entitled": float(entitled or 0),
                "amount": float(entitled or 0),
            }
            for (position, start, end), entitled in zip(
                ranges, contract._entitled_on(ranges), strict=True
            )
        ]

    def action_enter(self):
        """Enter the claims; the next runs bill what comes after them."""
        self.ensure_one()
        self.check_access("write")
        self.contract_id.check_access("read")
        lines = self.line_ids.filtered("is_included")
        if not lines:
            raise UserError(
                self.env._(
                    "No position is ticked. Tick those that the earlier system has "
                    "billed."
                )
            )
        lines._check_days()
        self.env["msp.charge"]._enter_opening(
            [
                {
                    "position": line.position_id,
                    "start": line.date_start,
                    "end": line.date_end,
                    "amount": line.amount,
                    "reference": line.reference or self.reference,
                }
                for line in lines
            ]
        )
        return {"type": "ir.actions.act_window_close"}


class MspOpeningEnterLine(models.TransientModel):
    _name = "msp.opening.enter.line"
    _description = "Position that was billed before this system"

    wizard_id = fields.Many2one("msp.opening.enter", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    is_included = fields.Boolean("Billed", default=True)
    position_id = fields.Many2one("msp.contract.position", required=True)
    date_start = fields.Date("First Day", required=True)
    date_end = fields.Date("Last Day", required=True)
    entitled = fields.Monetary(
        "Agreed", readonly=True, help="What the contract says for the days proposed."
    )
    amount = fields.Monetary(
        "Billed Amount",
        help="As the contract's prices are: untaxed, or with tax where the product's "
        "prices include it.",
    )
    reference = fields.Char("Earlier Invoice")

    @api.onchange("date_start", "date_end")
    def _onchange_days(self):
        if not (self.position_id and self.date_start and self.date_end):
            return
        contract = readable(self.wizard_id.contract_id._origin)
        days = (self.position_id._origin.id, self.date_start, self.date_end)
        entitled = contract._entitled_on([days])[0] if contract else None
        self.entitled = self.amount = float(entitled or 0)

    def _check_days(self):
        for line in self:
            if line.position_id not in line.wizard_id.contract_id.position_ids:
                raise UserError(
                    self.env._(
                        "Position %(position)s does not belong to contract "
                        "%(contract)s.",
                        position=line.position_id.name,
                        contract=line.wizard_id.contract_id.display_name,
                    )
                )
            if line.date_end < line.date_start:
                raise UserError(
                    self.env._(
                        "%s: the last day is before the first day. Correct the days.",
                        line.position_id.name,
                    )
                )
