from odoo import api, fields, models

from ..billing.markup import price_from_cost
from .money import to_decimal
from .wording import format_number, format_price

BASES = [
    ("markup", "Markup on the cost"),
    ("margin", "Margin of the price"),
]
ROUNDINGS = [("up", "Up"), ("nearest", "To the nearest")]
#: What the example on the form costs.
EXAMPLE_COST = 10.0


class MspPriceRule(models.Model):
    """How a price is computed from what something costs.

    Positions link to it, unlike price schemes: it bills nothing, it only says what
    price is proposed. What is billed changes by a version that somebody activates.
    """

    _name = "msp.price.rule"
    _description = "Price rule"
    _inherit = ["msp.master.mixin", "msp.action.mixin"]
    _order = "name, id"

    basis = fields.Selection(
        BASES,
        "Computed By",
        default="markup",
        required=True,
        help="With a cost of 10.00, a markup of 25 % makes 12.50 and a margin of 25 % "
        "makes 13.34: the margin is a share of the price.",
    )
    percent = fields.Float(min_display_digits="Discount", required=True)
    rounding = fields.Selection(
        ROUNDINGS,
        default="up",
        required=True,
        help="Up: the margin is never less than asked for.",
    )
    step = fields.Float(
        "Prices in Steps of",
        min_display_digits="Product Price",
        help="0.05 makes prices such as 12.55. 0: the currency's smallest coin.",
    )
    ending = fields.Float(
        "Less",
        min_display_digits="Product Price",
        help="Taken off after rounding: with steps of 1.00 less 0.10, prices end on "
        ".90.",
    )
    floor = fields.Float(
        "Least Price",
        min_display_digits="Product Price",
        help="Whatever it costs. 0: none.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        default=lambda self: self.env.company.currency_id,
        help="The currency of step and least price; contracts in another one cannot "
        "use the rule if it has any.",
    )
    vendor_id = fields.Many2one(
        "res.partner",
        help="Whose prices are the cost. Empty: those of the first vendor of the "
        "product that has a price on the day.",
    )
    summary = fields.Char("In Words", compute="_compute_summary")
    example = fields.Char(compute="_compute_summary")
    position_count = fields.Integer("Positions", compute="_compute_position_count")

    _percent_check = models.Constraint(
        "CHECK ((basis = 'markup' AND percent >= -100) "
        "OR (basis = 'margin' AND percent < 100))",
        "A markup is at least -100 percent, and a margin is less than 100 percent of "
        "the price.",
    )
    _rounding_check = models.Constraint(
        "CHECK (COALESCE(step, 0) >= 0 AND COALESCE(floor, 0) >= 0 "
        "AND COALESCE(ending, 0) >= 0 "
        "AND (COALESCE(ending, 0) = 0 OR ending < COALESCE(step, 0)))",
        "Step and least price are not negative, and what is taken off is less than a "
        "step.",
    )
    _currency_check = models.Constraint(
        "CHECK (currency_id IS NOT NULL OR (COALESCE(step, 0) = 0 "
        "AND COALESCE(floor, 0) = 0))",
        "A rule with a step or a least price needs their currency.",
    )

    @api.depends(
        "basis", "percent", "rounding", "step", "ending", "floor", "currency_id"
    )
    @api.depends_context("lang")
    def _compute_summary(self):
        for rule in self:
            words = rule._describe()
            rule.summary = words[:1].upper() + words[1:]
            rule.example = rule._describe_example()

    def _describe(self):
        """Return the rule in words, as part of a sentence."""
        env, currency = self.env, self.currency_id
        percent = format_number(env, self.percent)
        if self.basis == "margin":
            parts = [env._("cost plus a margin of %s %%", percent)]
        else:
            parts = [env._("cost plus %s %%", percent)]
        if self.step:
            step = format_price(env, currency, self.step)
            if self.rounding == "up":
                parts.append(env._("up to steps of %s", step))
            else:
                parts.append(env._("to steps of %s", step))
        if self.ending:
            parts.append(env._("less %s", format_price(env, currency, self.ending)))
        if self.floor:
            floor = format_price(env, currency, self.floor)
            parts.append(env._("at least %s", floor))
        return ", ".join(parts)

    def _describe_example(self):
        is_margin = self.basis == "margin"
        if not (self.percent < 100 if is_margin else self.percent >= -100):
            return False
        if self.ending and self.ending >= self.step:
            return False
        currency = self.currency_id or self.env.company.currency_id
        price = self._to_price(to_decimal(EXAMPLE_COST), currency)
        return self.env._(
            "What costs %(cost)s is sold for %(price)s.",
            cost=format_price(self.env, currency, EXAMPLE_COST),
            price=format_price(self.env, currency, price),
        )

    def _compute_position_count(self):
        groups = self.env["msp.contract.position"]._read_group(
            [("price_rule_id", "in", self.ids), ("price_source", "=", "cost")],
            ["price_rule_id"],
            ["__count"],
        )
        counts = {rule.id: count for rule, count in groups}
        for rule in self:
            rule.position_count = counts.get(rule.id, 0)

    def action_view_positions(self):
        return self._action_view(
            self.env._("Positions"),
            "msp.contract.position",
            [("price_rule_id", "in", self.ids), ("price_source", "=", "cost")],
        )

    def _to_price(self, cost, currency):
        """Return the price of what costs `cost`, a decimal or fraction.

        :param currency: of cost and price
        """
        self.ensure_one()
        return price_from_cost(
            cost,
            **{self.basis: to_decimal(self.percent)},
            digits=currency.decimal_places,
            step=to_decimal(self.step) if self.step else None,
            up=self.rounding == "up",
            ending=to_decimal(self.ending),
            floor=to_decimal(self.floor) if self.floor else None,
        )

    def _get_currency_error(self, record):
        """Return why `record`, which has a currency, cannot use the rule, or False."""
        has_amounts = self.step or self.floor
        if not has_amounts or self.currency_id == record.currency_id:
            return False
        return self.env._(
            "Price rule %(rule)s rounds in %(currency)s and %(record)s is in "
            "%(other)s. Choose another rule.",
            rule=self.name,
            currency=self.currency_id.name,
            record=record.display_name,
            other=record.currency_id.name,
        )


class ProductTemplate(models.Model):
    _inherit = "product.template"

    msp_price_rule_id = fields.Many2one(
        "msp.price.rule",
        "Price Rule",
        company_dependent=True,
        check_company=True,
        help="Prices of positions with the product are proposed from its cost. New "
        "positions take the rule over. The cost is for the same time as the sales "
        "price.",
    )
