from odoo import api, fields, models

from ..models.money import same_number
from ..models.msp_content_mixin import pricing_data
from .readable import readable

#: What a line shows of the contract and lets people change.
CONTENT = ("quantity", "price_unit", "price_interval", "discount")
#: What they may enter beside it, for new positions.
ENTERED = (
    *CONTENT,
    "pricing_id",
    "rule_id",
    "environment_id",
    "purchase_order",
    "analytic_distribution",
)


class MspContractAmendLine(models.TransientModel):
    """One position of the contract, or a new one, as it shall be."""

    _name = "msp.contract.amend.line"
    _description = "Position of a contract that is being changed"
    _inherit = ["analytic.mixin", "msp.price.entry.mixin"]

    amend_id = fields.Many2one("msp.contract.amend", required=True, ondelete="cascade")
    position_id = fields.Many2one("msp.contract.position")
    product_id = fields.Many2one(
        "product.product", required=True, domain=[("sale_ok", "=", True)]
    )
    product_uom_id = fields.Many2one(related="position_id.product_uom_id")
    company_id = fields.Many2one(related="amend_id.company_id")
    currency_id = fields.Many2one(related="amend_id.currency_id")
    content_date = fields.Date(help="The day whose content the line began with.")
    is_ended = fields.Boolean("End")
    old_quantity = fields.Float(
        "Quantity Before", min_display_digits="Product Unit", compute="_compute_old"
    )
    quantity = fields.Float(min_display_digits="Product Unit", default=1.0)
    old_price_unit = fields.Float(
        "Price Before", compute="_compute_old", min_display_digits="Product Price"
    )
    old_pricing_label = fields.Char("Scheme Now", compute="_compute_old")
    pricing_id = fields.Many2one(
        domain="['|', ('company_id', '=', False), ('company_id', '=', company_id), "
        "'|', ('currency_id', '=', False), ('currency_id', '=', currency_id)]",
        help="Empty: the scheme stays; for a new position the price is per unit. To go "
        'back to a price per unit, choose "Per unit".',
    )
    old_overrides_label = fields.Char("Rule Now", compute="_compute_old")
    rule_id = fields.Many2one(
        domain="['|', ('company_id', '=', False), ('company_id', '=', company_id)]",
        help="Empty: the rule stays; a new position is billed as the contract. To go "
        'back to the contract\'s rules, choose "As the contract".',
    )
    environment_id = fields.Many2one(
        "msp.environment",
        compute="_compute_position_data",
        store=True,
        readonly=False,
        precompute=True,
    )
    purchase_order = fields.Char(
        compute="_compute_position_data", store=True, readonly=False, precompute=True
    )
    analytic_distribution = fields.Json(
        compute="_compute_position_data", store=True, readonly=False, precompute=True
    )

    @api.constrains("position_id")
    def _check_position_access(self):
        readable(self.position_id)

    def _content(self):
        """Return the line of the contract that is being changed, empty if new."""
        self.ensure_one()
        return self.amend_id._get_content().filtered(
            lambda line: line.position_id == self.position_id
        )

    def _get_edits(self):
        """Return what was changed of the content that the line began with."""
        self.ensure_one()
        lines = readable(self.position_id).line_ids
        content = self.content_date and lines._on(self.content_date)
        edits = {
            "is_ended": self.is_ended,
            "pricing_id": self.pricing_id.id,
            "rule_id": self.rule_id.id,
        }
        for name in CONTENT if content else ():
            is_text = name == "price_interval"
            old, new = content[name], self[name]
            if not (old == new if is_text else same_number(old, new)):
                edits[name] = new
        return edits

    def _get_entered(self):
        """Return the values with which a line of a new position is made again."""
        self.ensure_one()
        values = {"product_id": self.product_id.id}
        for name in ENTERED:
            field = self._fields[name]
            values[name] = self[name].id if field.relational else self[name]
        return values

    @api.depends("position_id", "amend_id.date_start")
    def _compute_old(self):
        for line in self:
            content = line._content()
            line.old_quantity = content.quantity
            line.old_price_unit = content.price_unit
            line.old_pricing_label = content.pricing_label
            line.old_overrides_label = content.overrides_label

    def _get_new_product(self):
        product = super()._get_new_product()
        return product.browse() if self.position_id else product

    @api.depends("position_id")
    def _compute_position_data(self):
        for line in self:
            position = readable(line.position_id)
            line.environment_id = position.environment_id
            line.purchase_order = position.purchase_order
            line.analytic_distribution = position.analytic_distribution

    @api.depends("product_id")
    def _compute_price_unit(self):
        for line in self:
            product = line.product_id
            if product and not line.position_id:
                day = line.amend_id.date_start or fields.Date.context_today(self)
                contract = readable(line.amend_id.contract_id)
                line.price_unit = contract._get_new_price(product, day)
            else:
                line.price_unit = line.price_unit

    @api.depends("product_id")
    def _compute_price_interval(self):
        for line in self:
            is_new = line.product_id and not line.position_id
            line.price_interval = (
                line.product_id.msp_price_interval if is_new else line.price_interval
            ) or "0"

    def _is_priced_per_period(self):
        """Return whether the price is for a period of the contract, however long."""
        self.ensure_one()
        content = self._content()
        overrides = self.rule_id._to_data() if self.rule_id else content.overrides
        return (
            self.price_interval == "0"
            and not self.is_ended
            and "unit" not in (overrides or {})
            and (content.pricing or {}).get("model") != "amounts"
        )

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
        if self.pricing_id:
            pricing = self._get_pricing_data()
            if pricing != (content.pricing or False):
                vals.update(sets_pricing=True, pricing=pricing)
        if self.rule_id:
            overrides = self.rule_id._to_data() or False
            if overrides != (content.overrides or False):
                vals.update(sets_overrides=True, overrides=overrides)
        if not vals:
            return []
        return [{"action": "set", "position_id": self.position_id.id, **vals}]

    def _prepare_begin(self):
        positions = self.env["msp.contract.position"]
        position = positions.create(self._prepare_position_vals())
        return position._prepare_begin_vals(
            self.quantity,
            self.price_unit,
            self.price_interval,
            discount=self.discount,
            pricing=self._get_pricing_data(),
            overrides=(self.rule_id._to_data() if self.rule_id else {}) or False,
        )

    def _prepare_position_vals(self):
        """Return the values of the new position."""
        self.ensure_one()
        return {
            "contract_id": self.amend_id.contract_id.id,
            "product_id": self.product_id.id,
            "environment_id": self.environment_id.id,
            "purchase_order": self.purchase_order,
            "analytic_distribution": self.analytic_distribution,
        }

    def _get_pricing_data(self):
        """Return a copy of the chosen scheme, False if per unit."""
        self.pricing_id._check_currency_of(self.amend_id.contract_id)
        return pricing_data(self.pricing_id._to_plain()) if self.pricing_id else False
