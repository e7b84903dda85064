from fractions import Fraction

from odoo import api, fields, models

from ..billing.pricing import price_of
from .money import to_decimal
from .msp_content_mixin import (
    check_overrides,
    check_pricing,
    pricing_data,
    to_pricing,
)
from .named import named
from .wording import describe_pricing, describe_rules


class SaleOrderLine(models.Model):
    """The price scheme, billing rule and environment of a recurring line.

    What master data say is copied onto the line, so that what the customer signs
    is what will be billed.
    """

    _inherit = "sale.order.line"

    msp_pricing_id = fields.Many2one(
        "msp.pricing",
        "Price Scheme",
        compute="_compute_msp_pricing_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        ondelete="set null",
        help="How quantity and price make the amount. Empty: as the contract position "
        "that is chosen, or else quantity × price.",
    )
    msp_pricing = fields.Json(
        compute="_compute_msp_pricing", store=True, readonly=False, precompute=True
    )
    msp_pricing_label = fields.Char(compute="_compute_msp_labels")
    msp_rule_id = fields.Many2one(
        "msp.billing.rule",
        "Billing Rule",
        compute="_compute_msp_rule_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        ondelete="set null",
        help="In what the position is billed otherwise than its contract. Empty: as "
        "the contract position that is chosen, or else as the contract.",
    )
    msp_overrides = fields.Json(
        compute="_compute_msp_overrides", store=True, readonly=False, precompute=True
    )
    msp_overrides_label = fields.Char(compute="_compute_msp_labels")
    msp_environment_id = fields.Many2one(
        "msp.environment", "Environment", ondelete="restrict"
    )
    # Stored, as what an amendment adds is no longer to be seen once it is recorded.
    msp_has_scheme = fields.Boolean(
        compute="_compute_msp_period_price", store=True, precompute=True
    )
    msp_period_price = fields.Float(
        "Price by Scheme",
        compute="_compute_msp_period_price",
        store=True,
        precompute=True,
        min_display_digits="Product Price",
        help="What the line adds to a period's price by the price scheme.",
    )

    # One method for each: of fields that share one, a caller who gives one would
    # have to give them all.

    @api.depends("product_id", "msp_recurring")
    def _compute_msp_pricing_id(self):
        for line in self._msp_unlocked():
            product = line.product_id.with_company(line.company_id)
            line.msp_pricing_id = line.msp_recurring and product.msp_pricing_id

    @api.depends("product_id", "msp_recurring")
    def _compute_msp_rule_id(self):
        for line in self._msp_unlocked():
            product = line.product_id.with_company(line.company_id)
            line.msp_rule_id = line.msp_recurring and product.msp_rule_id

    @api.depends("msp_recurring", "msp_pricing_id", "msp_position_id")
    def _compute_msp_pricing(self):
        for line in self._msp_unlocked():
            # sudo: whoever sells may use all schemes
            if scheme := line.msp_pricing_id.sudo():
                line.msp_pricing = pricing_data(scheme._to_plain())
            else:
                line.msp_pricing = line._msp_get_chosen_content().pricing

    @api.depends("msp_recurring", "msp_rule_id", "msp_position_id")
    def _compute_msp_overrides(self):
        for line in self._msp_unlocked():
            # sudo: whoever sells may use all rules
            if rule := line.msp_rule_id.sudo():
                line.msp_overrides = rule._to_data() or False
            else:
                line.msp_overrides = line._msp_get_chosen_content().overrides

    def _msp_unlocked(self):
        """Return those of the lines whose content follows what is entered."""
        return self.filtered(lambda line: not line._origin or not line._msp_is_locked())

    def _msp_get_chosen_content(self):
        """Return what the position that was chosen by hand contains."""
        self.ensure_one()
        position = named(self, "msp_position_id")
        if not position:
            return self.env["msp.contract.line"]
        return position._line_on(self._msp_get_first_day())

    @api.depends("msp_pricing", "msp_overrides", "currency_id")
    @api.depends_context("lang")
    def _compute_msp_labels(self):
        for line in self:
            line.msp_pricing_label = line.msp_pricing and describe_pricing(
                self.env, to_pricing(line.msp_pricing), line.currency_id
            )
            line.msp_overrides_label = describe_rules(
                self.env, line.msp_overrides or {}
            )

    @api.constrains("msp_pricing", "msp_overrides")
    def _check_msp_content(self):
        for line in self:
            check_pricing(self.env, line.msp_pricing)
            check_overrides(self.env, line.msp_overrides)

    @api.onchange("msp_pricing_id")
    def _onchange_msp_pricing_id(self):
        """Tiers have prices of their own, so a price typed before means nothing."""
        pricing = to_pricing(self.msp_pricing)
        if pricing and pricing.tiers:
            self._reset_price_unit()

    def _msp_take_content(self, content):
        """Let the line leave scheme and rule of a position as they are."""
        self.msp_pricing_id = False
        self.msp_rule_id = False
        self.msp_environment_id = content.environment_id

    # The price of a period by the scheme

    @api.depends(
        "msp_recurring",
        "msp_pricing",
        "product_id",
        "product_uom_id",
        "product_uom_qty",
        "price_unit",
        "discount",
        "msp_position_id",
        "msp_new_position",
        "msp_replaces_id",
        "msp_begins",
        "msp_begin_date",
        "order_id.msp_contract_action",
        "order_id.msp_contract_id",
        "order_id.msp_date_start",
    )
    def _compute_msp_period_price(self):
        for line in self._msp_unlocked():
            content = line._msp_find_content()
            line.msp_has_scheme = line.msp_recurring and bool(
                line.msp_pricing or content.pricing
            )
            line.msp_period_price = (
                float(line._msp_get_period_price(content))
                if line.msp_has_scheme
                else 0.0
            )

    def _msp_find_content(self):
        """Return the contract line that the order line changes, if any."""
        self.ensure_one()
        order = self.order_id
        if not self.msp_recurring or order.msp_contract_action != "amend":
            return self.env["msp.contract.line"]
        day = self._msp_get_first_day()
        return self._msp_find_position(day).line_ids._on(day)

    def _msp_get_period_price(self, content):
        """Return what the line adds to the price that `content` has, exactly."""
        pricing, discount = to_pricing(self.msp_pricing), to_decimal(self.discount)
        quantity, price = self.product_uom_qty, self.price_unit
        if not content:
            return price_of(to_decimal(quantity), to_decimal(price), discount, pricing)
        before = price_of(
            to_decimal(content.quantity),
            to_decimal(content.price_unit),
            to_decimal(content.discount),
            to_pricing(content.pricing),
        )
        months, old_months = int(self.msp_price_interval), int(content.price_interval)
        if months and old_months:
            before *= Fraction(months, old_months)
        position = content.position_id
        after = price_of(
            to_decimal(content.quantity) + to_decimal(self._msp_get_move(position)),
            to_decimal(self._msp_price_in_unit_of(position)),
            discount,
            pricing,
        )
        return after - before

    @api.depends("msp_has_scheme", "msp_period_price")
    def _compute_amount(self):
        return super()._compute_amount()

    def _prepare_base_line_for_taxes_computation(self, **kwargs):
        """Let the amount be the price by the scheme, not quantity × price."""
        if self.msp_has_scheme:
            units = self.product_uom_qty or 1.0
            kwargs = {
                "quantity": units,
                "price_unit": self.msp_period_price / units,
                "discount": 0.0,
                **kwargs,
            }
        return super()._prepare_base_line_for_taxes_computation(**kwargs)

    # Not on the position as well: confirming sets it, and a price that code has given
    # looks to Odoo like the product's own.
    @api.depends("msp_pricing_id")
    def _compute_price_unit(self):
        return super()._compute_price_unit()

    def _get_display_price(self):
        """Return the first tier's price where the product's own does not count."""
        pricing = to_pricing(self.msp_pricing) if self.msp_recurring else None
        if pricing and pricing.tiers:
            return float(pricing.tiers[0].unit_price)
        return super()._get_display_price()
