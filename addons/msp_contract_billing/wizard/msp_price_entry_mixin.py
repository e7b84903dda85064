from odoo import api, fields, models

from ..models.msp_contract_line import PRICE_INTERVALS


class MspPriceEntryMixin(models.AbstractModel):
    """What a product costs in a contract and how it is billed, as a wizard asks for it.

    Price, scheme and rule begin with those of the product.
    """

    _name = "msp.price.entry.mixin"
    _description = "Price of a product in a wizard"

    price_unit = fields.Float(
        "Unit Price",
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        precompute=True,
        min_display_digits="Product Price",
    )
    price_interval = fields.Selection(
        PRICE_INTERVALS,
        "Price Per",
        compute="_compute_price_interval",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    discount = fields.Float("Discount (%)", min_display_digits="Discount")
    pricing_id = fields.Many2one(
        "msp.pricing",
        "Price Scheme",
        compute="_compute_pricing_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    rule_id = fields.Many2one(
        "msp.billing.rule",
        "Billing Rule",
        compute="_compute_rule_id",
        store=True,
        readonly=False,
        precompute=True,
    )

    def _get_new_product(self):
        """Return the product with whose scheme and rule the line begins.

        A hook: it is none where the line goes on with what there is.
        """
        self.ensure_one()
        return self.product_id.with_company(self.company_id)

    @api.depends("product_id")
    def _compute_pricing_id(self):
        for line in self:
            line.pricing_id = line._get_new_product().msp_pricing_id

    @api.depends("product_id")
    def _compute_rule_id(self):
        for line in self:
            line.rule_id = line._get_new_product().msp_rule_id
