from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..models.msp_contract_change import same_number
from ..models.msp_contract_line import PRICE_INTERVALS


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
    is_termination = fields.Boolean("End the contract on the day before")
    line_ids = fields.One2many(
        "msp.contract.amend.line",
        "amend_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("contract_id", "date_start")
    def _compute_line_ids(self):
        for amend in self:
            lines = amend.contract_id.line_ids.filtered(
                lambda line, day=amend.date_start: (
                    day
                    and line.date_start <= day
                    and (not line.date_end or day <= line.date_end)
                )
            )
            amend.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "position_id": line.position_id.id,
                            "product_id": line.product_id.id,
                            "old_quantity": line.quantity,
                            "quantity": line.quantity,
                            "old_price_unit": line.price_unit,
                            "price_unit": line.price_unit,
                            "price_interval": line.price_interval,
                            "old_discount": line.discount,
                            "discount": line.discount,
                        }
                    )
                    for line in lines
                ),
            ]

    def action_apply(self):
        """Record and activate the version; nothing changed is a question."""
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
        version = self.env["msp.contract.version"].create(
            {
                "contract_id": self.contract_id.id,
                "date_start": self.date_start,
                "date_end": self.date_end,
                "cause": "termination" if self.is_termination else self.cause,
                "reason": self.reason,
                "change_ids": [Command.create(vals) for vals in changes],
            }
        )
        version.action_activate()
        return {"type": "ir.actions.act_window_close"}

    def _prepare_changes(self):
        if self.is_termination:
            return [{"action": "terminate"}]
        return [vals for line in self.line_ids for vals in line._prepare_changes()]


class MspContractAmendLine(models.TransientModel):
    _name = "msp.contract.amend.line"
    _description = "Position of a contract that is being changed"

    amend_id = fields.Many2one("msp.contract.amend", required=True, ondelete="cascade")
    position_id = fields.Many2one("msp.contract.position", readonly=True)
    product_id = fields.Many2one(
        "product.product", required=True, domain=[("sale_ok", "=", True)]
    )
    currency_id = fields.Many2one(related="amend_id.currency_id")
    is_ended = fields.Boolean("End")
    old_quantity = fields.Float("Quantity Before", digits="Product Unit", readonly=True)
    quantity = fields.Float(digits="Product Unit", default=1.0)
    old_price_unit = fields.Float(
        "Price Before", readonly=True, min_display_digits="Product Price"
    )
    price_unit = fields.Float(
        "Unit Price",
        compute="_compute_price",
        store=True,
        readonly=False,
        precompute=True,
        min_display_digits="Product Price",
    )
    price_interval = fields.Selection(
        PRICE_INTERVALS,
        "Price Per",
        compute="_compute_price",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    old_discount = fields.Float(readonly=True, digits="Discount")
    discount = fields.Float("Discount (%)", digits="Discount")

    @api.depends("product_id")
    def _compute_price(self):
        for line in self:
            is_new = line.product_id and not line.position_id
            line.price_unit = line.product_id.lst_price if is_new else line.price_unit
            line.price_interval = (
                line.product_id.msp_price_interval if is_new else line.price_interval
            ) or "0"

    def _prepare_changes(self):
        """Return the values of the change that leads from before to now, if any."""
        self.ensure_one()
        if not self.position_id:
            return [self._prepare_begin()]
        if self.is_ended:
            return [{"action": "end", "position_id": self.position_id.id}]
        vals = {}
        if not same_number(self.quantity, self.old_quantity):
            vals.update(quantity_mode="set", quantity=self.quantity)
        if not same_number(self.price_unit, self.old_price_unit):
            vals.update(
                sets_price=True,
                price_unit=self.price_unit,
                price_interval=self.price_interval,
            )
        if not same_number(self.discount, self.old_discount):
            vals.update(sets_discount=True, discount=self.discount)
        if not vals:
            return []
        return [{"action": "set", "position_id": self.position_id.id, **vals}]

    def _prepare_begin(self):
        position = self.env["msp.contract.position"].create(
            {
                "contract_id": self.amend_id.contract_id.id,
                "product_id": self.product_id.id,
            }
        )
        return {
            "action": "begin",
            "position_id": position.id,
            "quantity_mode": "set",
            "quantity": self.quantity,
            "sets_price": True,
            "price_unit": self.price_unit,
            "price_interval": self.price_interval,
            "sets_discount": True,
            "discount": self.discount,
        }
