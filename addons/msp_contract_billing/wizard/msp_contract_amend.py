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

    def _get_content(self):
        """Return the contract's lines on the first day of the change."""
        self.ensure_one()
        lines = self.contract_id.line_ids
        return lines._on(self.date_start) if self.date_start else lines.browse()

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
    position_id = fields.Many2one("msp.contract.position")
    product_id = fields.Many2one(
        "product.product", required=True, domain=[("sale_ok", "=", True)]
    )
    currency_id = fields.Many2one(related="amend_id.currency_id")
    is_ended = fields.Boolean("End")
    old_quantity = fields.Float(
        "Quantity Before", min_display_digits="Product Unit", compute="_compute_old"
    )
    quantity = fields.Float(min_display_digits="Product Unit", default=1.0)
    old_price_unit = fields.Float(
        "Price Before", compute="_compute_old", min_display_digits="Product Price"
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
    discount = fields.Float("Discount (%)", min_display_digits="Discount")

    def _content(self):
        """Return the line of the contract that is being changed, empty if new."""
        self.ensure_one()
        return self.amend_id._get_content().filtered(
            lambda line: line.position_id == self.position_id
        )

    @api.depends("position_id", "amend_id.date_start")
    def _compute_old(self):
        for line in self:
            content = line._content()
            line.old_quantity = content.quantity
            line.old_price_unit = content.price_unit

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
        content, vals = self._content(), {}
        if not same_number(self.quantity, content.quantity):
            vals.update(quantity_mode="set", quantity=self.quantity)
        is_same_interval = self.price_interval == content.price_interval
        if not is_same_interval or not same_number(self.price_unit, content.price_unit):
            vals.update(
                sets_price=True,
                price_unit=self.price_unit,
                price_interval=self.price_interval,
            )
        if not same_number(self.discount, content.discount):
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
