from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..billing import CaseError, Pricing
from ..billing.pricing import TIERED, price_of, steps_of
from ..billing.pricing_data import from_data, to_data
from ..billing.rounding import to_decimal as round_money
from .money import to_decimal
from .msp_content_mixin import has_amounts
from .wording import (
    describe_pricing,
    describe_steps,
    format_number,
    format_price,
)

MODELS = [
    ("unit", "Per unit"),
    ("flat", "Flat amount"),
    ("graduated", "Graduated: each part at its tier's price"),
    ("volume", "Volume: all units at the price of the tier reached"),
    ("package", "Packages"),
    ("amounts", "Amounts as charged by others"),
]
#: Quantities that the example always shows, beside those of the tiers.
LADDER = (1, 5, 10, 25, 50, 100)


class MspPricing(models.Model):
    """A named price scheme: how a quantity and a unit price make a price.

    Master data: whoever uses it takes a copy, so changing a scheme changes no
    quotation and no contract.
    """

    _name = "msp.pricing"
    _description = "Price scheme"
    _inherit = "msp.master.mixin"
    _order = "name, id"

    currency_id = fields.Many2one(
        "res.currency",
        default=lambda self: self.env.company.currency_id,
        help="The currency of the scheme's amounts. It is needed for tiers, a "
        "minimum, a maximum and a discount amount only.",
    )
    model = fields.Selection(MODELS, "Price", default="unit", required=True)
    tier_ids = fields.One2many("msp.pricing.tier", "pricing_id", "Tiers", copy=True)
    package_size = fields.Float(
        "Units per Package", min_display_digits="Product Unit", default=1.0
    )
    package_free = fields.Float(
        "Free Units",
        min_display_digits="Product Unit",
        help="Units for which no package is needed.",
    )
    included = fields.Float(
        "Included Units",
        min_display_digits="Product Unit",
        help="That many units are not charged; only those beyond are.",
    )
    minimum = fields.Float(
        min_display_digits="Product Price",
        help="The least that a whole billing period costs. 0: no minimum.",
    )
    maximum = fields.Float(
        min_display_digits="Product Price",
        help="The most that a whole billing period costs. 0: no maximum.",
    )
    discount_amount = fields.Float(
        min_display_digits="Product Price",
        help="Taken off each billing period, after a discount in percent.",
    )
    markup = fields.Float(
        "Markup (%)",
        min_display_digits="Discount",
        help="Added to the amounts that others charge.",
    )
    summary = fields.Char("In Words", compute="_compute_summary")
    example_quantity = fields.Float(
        "What Do These Units Cost?",
        min_display_digits="Product Unit",
        compute="_compute_example_input",
        readonly=False,
    )
    example_price = fields.Float(
        "At a Price of",
        min_display_digits="Product Price",
        compute="_compute_example_input",
        readonly=False,
        help="The price of one unit or package, or the flat amount. It is no part "
        "of the scheme: it comes from the product or the contract.",
    )
    example = fields.Char(compute="_compute_example")
    ladder = fields.Html("Price List", compute="_compute_example", sanitize=False)
    brings_prices = fields.Boolean(compute="_compute_brings_prices")

    _numbers_check = models.Constraint(
        "CHECK (package_size > 0 AND package_free >= 0 AND included >= 0 "
        "AND minimum >= 0 AND maximum >= 0 AND discount_amount >= 0 "
        "AND markup >= -100)",
        "Units and amounts of a price scheme are not negative, and a package holds "
        "more than 0 units.",
    )
    _limits_check = models.Constraint(
        "CHECK (maximum = 0 OR maximum >= minimum)",
        "The maximum of a price scheme is not less than its minimum.",
    )

    @api.depends("model")
    def _compute_brings_prices(self):
        for scheme in self:
            scheme.brings_prices = scheme.model in (*TIERED, "amounts")

    @api.depends(
        "model",
        "currency_id",
        "tier_ids.up_to",
        "tier_ids.unit_price",
        "tier_ids.flat",
        "package_size",
        "package_free",
        "included",
        "minimum",
        "maximum",
        "discount_amount",
        "markup",
    )
    @api.depends_context("lang")
    def _compute_summary(self):
        for scheme in self:
            try:
                scheme.summary = describe_pricing(
                    self.env, scheme._to_plain(), scheme.currency_id
                )
            except ValidationError as error:
                scheme.summary = error.args[0]

    @api.depends("summary", "example_quantity", "example_price")
    @api.depends_context("lang", "company")
    def _compute_example(self):
        for scheme in self:
            scheme.example, scheme.ladder = False, False
            if scheme.model == "amounts":
                continue
            try:
                pricing = scheme._to_plain()
            except ValidationError:
                continue
            quantity = to_decimal(scheme.example_quantity)
            scheme.example = self.env._(
                "%(quantity)s units cost %(price)s: %(steps)s",
                quantity=format_number(self.env, quantity),
                price=scheme._format_example(quantity, pricing),
                steps=describe_steps(
                    self.env,
                    steps_of(
                        quantity, to_decimal(scheme.example_price), pricing=pricing
                    ),
                    scheme._get_example_currency(),
                ),
            )
            scheme.ladder = scheme._format_ladder(pricing)

    def _compute_example_input(self):
        for scheme in self:
            scheme.example_quantity = 12.0
            scheme.example_price = 10.0

    def _get_example_currency(self):
        return self.currency_id or self.env.company.currency_id

    def _format_example(self, quantity, pricing, units=1):
        """Return the price of `quantity` divided by `units`, as text."""
        currency = self._get_example_currency()
        price = price_of(quantity, to_decimal(self.example_price), pricing=pricing)
        amount = round_money(price / units, currency.decimal_places)
        return format_price(self.env, currency, amount)

    def _format_ladder(self, pricing):
        """Return a table of what some quantities cost, the tiers' borders among."""
        borders = {tier.up_to for tier in pricing.tiers} - {None}
        quantities = sorted(
            {*LADDER, *borders, *(border + 1 for border in borders), pricing.size}
        )
        rows = Markup().join(
            Markup(
                "<tr><td class='text-end'>%s</td><td class='text-end'>%s</td>"
                "<td class='text-end text-muted'>%s</td></tr>"
            )
            % (
                format_number(self.env, quantity),
                self._format_example(quantity, pricing),
                self._format_example(quantity, pricing, units=int(quantity) or 1)
                if quantity == int(quantity)
                else "",
            )
            for quantity in quantities
        )
        return Markup(
            "<table class='table table-sm w-auto'><thead><tr><th class='text-end'>%s"
            "</th><th class='text-end'>%s</th><th class='text-end'>%s</th></tr></thead>"
            "<tbody>%s</tbody></table>"
        ) % (self.env._("Units"), self.env._("Cost"), self.env._("Each"), rows)

    @api.constrains("model", "tier_ids", "included", "minimum", "maximum")
    def _check_scheme(self):
        for scheme in self:
            scheme._to_plain()

    @api.constrains(
        "model", "currency_id", "minimum", "maximum", "discount_amount", "tier_ids"
    )
    def _check_currency(self):
        for scheme in self:
            if has_amounts(scheme._to_plain()) and not scheme.currency_id:
                raise ValidationError(
                    self.env._(
                        "Price scheme %s has amounts of money. Choose its currency.",
                        scheme.name,
                    )
                )

    def _get_currency_error(self, record):
        """Return why `record`, which has a currency, cannot use the scheme, or False.

        Of no scheme as well, so that callers need not ask.
        """
        if not self.currency_id or self.currency_id == record.currency_id:
            return False
        return self.env._(
            "Price scheme %(scheme)s is in %(currency)s and %(record)s is in %(other)s. "
            "Choose another scheme.",
            scheme=self.name,
            currency=self.currency_id.name,
            record=record.display_name,
            other=record.currency_id.name,
        )

    def _check_currency_of(self, record):
        if error := self._get_currency_error(record):
            raise UserError(error)

    def _to_plain(self):
        """Return the `billing.Pricing` of this scheme.

        :raise ValidationError: there is no tier, or they do not follow each other
        """
        self.ensure_one()
        if self.model in TIERED and not self.tier_ids:
            raise ValidationError(
                self.env._(
                    "Price scheme %s has no tier yet. Add a line for each, the last one "
                    "up to 0 units.",
                    self.name or "",
                )
            )
        return self._read_data(self._to_data())

    def _to_data(self):
        """Return the copy of this scheme that quotations and contracts keep."""
        self.ensure_one()
        tiers = self.tier_ids if self.model in TIERED else self.tier_ids.browse()
        return to_data(
            Pricing(
                model=self.model,
                tiers=tuple(tier._to_plain() for tier in tiers._in_order()),
                size=to_decimal(self.package_size),
                free=to_decimal(self.package_free),
                included=to_decimal(self.included),
                minimum=to_decimal(self.minimum) if self.minimum else None,
                maximum=to_decimal(self.maximum) if self.maximum else None,
                discount_amount=to_decimal(self.discount_amount),
                markup=to_decimal(self.markup) if self.model == "amounts" else 0,
            )
        )

    def _read_data(self, data):
        try:
            return from_data(data)
        except CaseError as error:
            values = {
                "scheme": self.name or "",
                "found": error.found,
                "expected": error.expected,
            }
            if "tiers" in error.field:
                message = self.env._(
                    "Price scheme %(scheme)s: tiers follow each other, each up to more "
                    "units than the one before, and the last one has no limit (0). "
                    "Found %(found)s, expected %(expected)s.",
                    **values,
                )
            else:
                message = self.env._(
                    "Price scheme %(scheme)s: found %(found)s, expected %(expected)s.",
                    **values,
                )
            raise ValidationError(message) from error
