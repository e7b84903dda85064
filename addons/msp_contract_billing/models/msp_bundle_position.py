from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..billing import Pricing
from .money import day_before, same_number, to_decimal
from .msp_bundle_line import BUNDLE_DISPLAYS
from .msp_content_mixin import pricing_data
from .wording import describe_components

#: The price scheme of a component: the bundle's price contains its own.
INCLUDED = pricing_data(Pricing(model="included"))


class MspContractPosition(models.Model):
    """A bundle is a position with a price; its components are positions without one.

    Providers' files match components one by one. How many there are follows from the
    bundle, which the fold sees to; only a file says otherwise.
    """

    _inherit = "msp.contract.position"

    bundle_id = fields.Many2one(
        "msp.contract.position",
        "Part of Bundle",
        ondelete="cascade",
        index="btree_not_null",
        domain="[('contract_id', '=', contract_id), ('bundle_id', '=', False)]",
        help="The position whose price includes this one.",
    )
    bundle_quantity = fields.Float(
        "Quantity per Bundle", min_display_digits="Product Unit", default=1.0
    )
    component_ids = fields.One2many(
        "msp.contract.position", "bundle_id", "Components of the Bundle"
    )
    is_bundle = fields.Boolean(compute="_compute_is_bundle")
    bundle_display = fields.Selection(
        BUNDLE_DISPLAYS,
        "Customers See",
        compute="_compute_bundle_display",
        store=True,
        readonly=False,
        precompute=True,
        help="On invoices, if the position is a bundle.",
    )
    bundled_quantity = fields.Float(
        "Bundle Contains",
        compute="_compute_bundled",
        min_display_digits="Product Unit",
        help="How many the bundle says there are today.",
    )
    differs_from_bundle = fields.Boolean(
        compute="_compute_bundled",
        search="_search_differs_from_bundle",
        help="Today a file says another quantity than the bundle. What the customer "
        "pays is the bundle.",
    )

    _bundle_check = models.Constraint(
        "CHECK (bundle_id IS NULL OR (bundle_id != id AND bundle_quantity > 0))",
        "A component is part of another position, with more than 0 per bundle.",
    )

    @api.depends("component_ids")
    def _compute_is_bundle(self):
        for position in self:
            position.is_bundle = bool(position.component_ids)

    @api.depends("product_id")
    def _compute_bundle_display(self):
        for position in self:
            position.bundle_display = (
                position.bundle_display
                or position.product_id.msp_bundle_display
                or "folded"
            )

    @api.depends("bundle_id.line_ids.quantity", "bundle_quantity", "line_ids.quantity")
    def _compute_bundled(self):
        today = fields.Date.context_today(self)
        for position in self:
            bundle = position.bundle_id.line_ids._on(today)
            own = position._line_on(today)
            position.bundled_quantity = bundle.quantity * position.bundle_quantity
            position.differs_from_bundle = bool(bundle and own) and not same_number(
                own.quantity, position.bundled_quantity
            )

    def _search_differs_from_bundle(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        components = self.search(
            Domain("bundle_id", "!=", False)
            & Domain("line_ids", "any", _holding(today))
            & Domain("bundle_id.line_ids", "any", _holding(today))
        )
        return [("id", "in", components.filtered("differs_from_bundle").ids)]

    @api.constrains("bundle_id", "contract_id")
    def _check_bundle(self):
        for position in self.filtered("bundle_id"):
            bundle = position.bundle_id
            values = {
                "position": position.display_name,
                "bundle": bundle.display_name,
                "contract": position.contract_id.display_name,
            }
            if bundle.contract_id != position.contract_id:
                raise ValidationError(
                    self.env._(
                        "%(position)s of contract %(contract)s cannot be part of "
                        "%(bundle)s, which belongs to contract %(other)s.",
                        other=bundle.contract_id.display_name,
                        **values,
                    )
                )
            if bundle.bundle_id or position.component_ids:
                raise ValidationError(
                    self.env._(
                        "Contract %(contract)s: %(position)s cannot be part of "
                        "%(bundle)s, as there is no bundle in a bundle. Choose the "
                        "outer bundle for each component.",
                        **values,
                    )
                )

    def write(self, vals):
        fixed = {"bundle_id", "bundle_quantity"} & set(vals)
        for position in self._find_recorded() if fixed else ():
            raise UserError(
                self.env._(
                    "Contract %(contract)s: what %(position)s is part of cannot be "
                    "changed once it is under contract. End it and add it again.",
                    contract=position.contract_id.display_name,
                    position=position.display_name,
                )
            )
        return super().write(vals)

    def _prepare_begin_vals(
        self,
        quantity,
        price_unit,
        price_interval,
        discount=0.0,
        pricing=None,
        overrides=None,
    ):
        """Return the change with which the position begins; a component has no price.

        Its quantity is what the bundle makes of it, whatever is said here.
        """
        if self.bundle_id:
            price_unit, price_interval, discount = 0.0, "0", 0.0
            pricing, overrides = INCLUDED, False
        return super()._prepare_begin_vals(
            quantity, price_unit, price_interval, discount, pricing, overrides
        )

    # Components of a bundle that begins

    def _ensure_components(self):
        """Return the components that begin with the bundle.

        Those of the product, when it begins for the first time. Later those that
        it had until it ended, or all if it never had any content.
        """
        self.ensure_one()
        if self.component_ids:
            last = self.date_end
            return self.component_ids.filtered(
                lambda one: not one.line_ids or not last or one.date_end == last
            )
        return self.create(
            [
                self._prepare_component_vals(line.product_id, line.quantity)
                for line in self.product_id._msp_get_bundle_lines()
            ]
        )

    def _prepare_component_vals(self, product, per_bundle):
        """Return the values of the position of one of the bundle's components."""
        self.ensure_one()
        return {
            "contract_id": self.contract_id.id,
            "product_id": product.id,
            "bundle_id": self.id,
            "bundle_quantity": per_bundle,
            "environment_id": self.environment_id.id,
            "sequence": self.sequence,
            # Whatever the product says: it has none.
            "price_source": "fixed",
        }

    def _get_components_on(self, day):
        """Return the components that the bundle consists of on `day`."""
        self.ensure_one()
        return self.component_ids.filtered(lambda one: one._line_on(day))

    def _describe_components(self, quantity, start=None, end=None):
        """Return what `quantity` of the bundle consist of, in words; may be empty.

        :param start: first day of interest, by default today
        :param end: first day after those of interest, by default the next one
        """
        self.ensure_one()
        start = start or fields.Date.context_today(self)
        last = day_before(end) or start
        components = self.component_ids.filtered(
            lambda one: any(
                line.date_start <= last
                and (not line.date_end or line.date_end >= start)
                for line in one.line_ids
            )
        )
        return describe_components(
            self.env,
            quantity,
            ((one.name, one.bundle_quantity) for one in components.sorted("id")),
        )

    def _get_bundled(self, quantity):
        """Return how many components `quantity` bundles contain, exactly."""
        self.ensure_one()
        return float(to_decimal(quantity) * to_decimal(self.bundle_quantity))

    def _get_bundle_order(self):
        """Return what positions are sorted by: components right after their bundle."""
        self.ensure_one()
        outer = self.bundle_id or self
        return (
            outer.sequence,
            outer._origin.id or 0,
            bool(self.bundle_id),
            self.sequence,
            self._origin.id or 0,
        )


def _holding(day):
    """Return the domain of the lines that say what is contained on `day`."""
    return Domain("date_start", "<=", day) & (
        Domain("date_end", "=", False) | Domain("date_end", ">=", day)
    )
