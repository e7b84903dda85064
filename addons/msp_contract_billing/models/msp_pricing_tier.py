from odoo import api, fields, models

from ..billing import Tier
from .money import to_decimal


class MspPricingTier(models.Model):
    """A range of quantities with its price."""

    _name = "msp.pricing.tier"
    _description = "Tier of a price scheme"
    _order = "pricing_id, is_last, up_to, id"

    pricing_id = fields.Many2one(
        "msp.pricing", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="pricing_id.company_id", store=True)
    currency_id = fields.Many2one(related="pricing_id.currency_id")
    up_to = fields.Float(
        "Up to Units",
        min_display_digits="Product Unit",
        help="The last unit of the tier. 0 for the last tier, which has no limit.",
    )
    is_last = fields.Boolean(compute="_compute_is_last", store=True)
    unit_price = fields.Float(
        "Price per Unit", min_display_digits="Product Price", required=True
    )
    flat = fields.Float(
        "Flat Amount",
        min_display_digits="Product Price",
        help="Due once per billing period as soon as the tier is entered.",
    )

    _up_to_check = models.Constraint(
        "CHECK (up_to >= 0)", "A tier cannot end below 0 units."
    )

    @api.depends("up_to")
    def _compute_is_last(self):
        for tier in self:
            tier.is_last = not tier.up_to

    def _in_order(self):
        return self.sorted(lambda tier: (not tier.up_to, tier.up_to))

    def _to_plain(self):
        """Return the `billing.Tier` of this record."""
        self.ensure_one()
        return Tier(
            up_to=to_decimal(self.up_to) if self.up_to else None,
            unit_price=to_decimal(self.unit_price),
            flat=to_decimal(self.flat),
        )
