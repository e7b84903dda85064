from odoo import api, fields, models

from ..models.msp_content_mixin import pricing_data
from .readable import readable


class MspContractStartLine(models.TransientModel):
    """A product that a new contract begins with."""

    _name = "msp.contract.start.line"
    _description = "Product of a new contract"
    _inherit = ["analytic.mixin", "msp.content.mixin", "msp.price.entry.mixin"]
    _order = "start_id, sequence, id"
    _check_company_auto = True

    start_id = fields.Many2one("msp.contract.start", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="start_id.company_id")
    currency_id = fields.Many2one(related="start_id.currency_id")
    sequence = fields.Integer(default=10)
    source_position_id = fields.Many2one(
        "msp.contract.position", readonly=True, help="The position that is copied."
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        check_company=True,
        domain=[("msp_recurring", "=", True)],
    )
    product_uom_id = fields.Many2one(
        "uom.uom",
        "Unit",
        compute="_compute_product_uom_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    name = fields.Char("Description", help="Empty: the product's name.")
    quantity = fields.Float(min_display_digits="Product Unit", default=1.0)
    base_price = fields.Float(
        help="The price of template or copied contract.",
        min_display_digits="Product Price",
    )
    base_currency_id = fields.Many2one(
        "res.currency", help="Of that price; empty: the customer's price list."
    )
    pricing_id = fields.Many2one(
        string="Take Scheme",
        check_company=True,
        domain="['|', ('currency_id', '=', False), ('currency_id', '=', currency_id)]",
        help="Its content is copied: changing the scheme later changes no contract.",
    )
    pricing = fields.Json(
        compute="_compute_pricing", store=True, readonly=False, precompute=True
    )
    rule_id = fields.Many2one(
        string="Take Rule",
        check_company=True,
        help="Its content is copied: changing the rule later changes no contract.",
    )
    overrides = fields.Json(
        compute="_compute_overrides", store=True, readonly=False, precompute=True
    )
    environment_id = fields.Many2one("msp.environment")
    bundle_label = fields.Char("Consists Of", compute="_compute_bundle_label")

    _numbers_check = models.Constraint(
        "CHECK (quantity >= 0 AND discount BETWEEN 0 AND 100)",
        "A quantity is not negative and a discount is from 0 to 100 percent.",
    )

    @api.constrains("source_position_id")
    def _check_source_access(self):
        readable(self.source_position_id)

    @api.depends("product_id")
    def _compute_product_uom_id(self):
        for line in self:
            unit, own = line.product_uom_id, line.product_id.uom_id
            is_kept = unit and own and unit._has_common_reference(own)
            line.product_uom_id = unit if is_kept else own

    @api.depends(
        "product_id",
        "product_uom_id",
        "base_price",
        "base_currency_id",
        "start_id.partner_id",
        "start_id.currency_id",
    )
    def _compute_price_unit(self):
        for line in self:
            start, base = line.start_id, line.base_currency_id
            company = start.company_id or self.env.company
            currency = start.currency_id or company.currency_id
            product, day = line.product_id, start.date_start
            day = day or fields.Date.context_today(self)
            if base:
                price = base._convert(line.base_price, currency, company, day, False)
            elif product:
                # By the same code as in a contract that runs.
                price = start._to_new_contract()._get_new_price(product, day)
                price = product.uom_id._compute_price(price, line.product_uom_id)
            else:
                price = 0.0
            line.price_unit = price

    @api.depends("product_id")
    def _compute_price_interval(self):
        for line in self:
            line.price_interval = line.product_id.msp_price_interval or "0"

    def _is_copied(self):
        """Return whether the line is still that of the contract that is copied."""
        self.ensure_one()
        source = self.source_position_id
        return bool(source) and source.product_id == self.product_id

    def _get_new_product(self):
        product = super()._get_new_product()
        return product.browse() if self._is_copied() else product

    @api.depends("product_id", "pricing_id")
    def _compute_pricing(self):
        for line in self:
            # sudo: whoever sells may use all schemes
            scheme = line.pricing_id.sudo()
            if scheme:
                line.pricing = pricing_data(scheme._to_plain())
            else:
                line.pricing = line._is_copied() and line.pricing

    @api.depends("product_id", "rule_id")
    def _compute_overrides(self):
        for line in self:
            # sudo: whoever sells may use all rules
            rule = line.rule_id.sudo()
            if rule:
                line.overrides = rule._to_data() or False
            else:
                line.overrides = line._is_copied() and line.overrides

    @api.depends("product_id", "quantity", "source_position_id")
    @api.depends_context("lang")
    def _compute_bundle_label(self):
        for line in self:
            product, source = line.product_id, line.source_position_id
            if line._is_copied() and source.component_ids:
                line.bundle_label = source._describe_components(line.quantity)
            else:
                line.bundle_label = product and product._msp_describe_bundle(
                    line.quantity
                )

    def _prepare_changes(self, contract, sequence, number):
        """Return the change with which the position begins; makes the position.

        :param sequence: of the position in the contract
        :param number: of the change in the version
        """
        self.ensure_one()
        self.pricing_id._check_currency_of(contract)
        position = self.env["msp.contract.position"].create(
            {
                "contract_id": contract.id,
                "product_id": self.product_id.id,
                "product_uom_id": self.product_uom_id.id,
                "environment_id": self.environment_id.id,
                "analytic_distribution": self.analytic_distribution,
                "sequence": sequence,
                **({"name": self.name} if self.name else {}),
            }
        )
        self._copy_components(position)
        vals = position._prepare_begin_vals(
            self.quantity,
            self.price_unit,
            self.price_interval,
            discount=self.discount,
            pricing=self.pricing or False,
            overrides=self.overrides or False,
        )
        return [{**vals, "sequence": number}]

    def _copy_components(self, position):
        """Give the copy of a bundle what that bundle consists of, not the product."""
        source = self.source_position_id
        if not self._is_copied() or not source.component_ids:
            return
        position.bundle_display = source.bundle_display
        day = self.start_id._get_copied_day(source.contract_id)
        self.env["msp.contract.position"].create(
            [
                position._prepare_component_vals(
                    component.product_id, component.bundle_quantity
                )
                for component in source._get_components_on(day)
            ]
        )
