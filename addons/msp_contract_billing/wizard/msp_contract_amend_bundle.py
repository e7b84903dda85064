from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..models.msp_bundle_position import INCLUDED
from .readable import readable


class MspContractAmend(models.TransientModel):
    """Bundles in the content that is being changed."""

    _inherit = "msp.contract.amend"

    has_bundles = fields.Boolean(related="contract_id.has_bundles")

    def _get_content(self):
        return super()._get_content()._in_bundle_order()

    @api.depends("line_ids.bundle_id")
    def _compute_has_schemes(self):
        for amend in self:
            own = amend.line_ids.filtered(lambda line: not line.bundle_id)
            amend.has_schemes = any(own.mapped("old_pricing_label"))


class MspContractAmendLine(models.TransientModel):
    """A component has no price; how many there are follows from its bundle."""

    _inherit = "msp.contract.amend.line"

    bundle_id = fields.Many2one(
        "msp.contract.position",
        "Part of Bundle",
        compute="_compute_bundle",
        store=True,
        readonly=False,
        precompute=True,
        help="A new line can be added to a bundle that the contract contains: then the "
        "bundle's price includes it.",
    )
    bundle_quantity = fields.Float(
        "Quantity per Bundle",
        compute="_compute_bundle",
        store=True,
        readonly=False,
        precompute=True,
        min_display_digits="Product Unit",
    )

    @api.constrains("bundle_id")
    def _check_bundle_access(self):
        readable(self.bundle_id)

    @api.depends("position_id")
    def _compute_bundle(self):
        for line in self:
            position = readable(line.position_id)
            line.bundle_id = position.bundle_id
            line.bundle_quantity = position.bundle_quantity or 1.0

    @api.onchange("bundle_id", "bundle_quantity")
    def _onchange_bundle(self):
        """Show what recording will make of a component that is added."""
        if self.bundle_id and not self.position_id:
            day = self.amend_id.date_start
            bundle = day and readable(self.bundle_id)._line_on(day)
            self.quantity = (bundle.quantity if bundle else 0) * self.bundle_quantity
            self.price_unit, self.discount = 0.0, 0.0
            self.price_interval, self.pricing_id, self.rule_id = "0", False, False

    def _get_entered(self):
        return {
            **super()._get_entered(),
            "bundle_id": self.bundle_id.id,
            "bundle_quantity": self.bundle_quantity,
        }

    def _prepare_changes(self):
        bundles = self.amend_id.line_ids.filtered("is_ended").position_id
        if self.bundle_id and self.bundle_id in bundles:
            # It ends with its bundle.
            return []
        if self.bundle_id and not self.position_id:
            self._check_bundle_runs()
        return super()._prepare_changes()

    def _check_bundle_runs(self):
        day = self.amend_id.date_start
        if not self.bundle_id._line_on(day):
            raise UserError(
                self.env._(
                    "%(product)s cannot be added to %(bundle)s, which contract "
                    "%(contract)s does not contain on %(day)s. Choose another day or "
                    "bundle.",
                    product=self.product_id.display_name,
                    bundle=self.bundle_id.display_name,
                    contract=self.amend_id.contract_id.display_name,
                    day=format_date(self.env, day),
                )
            )

    def _prepare_position_vals(self):
        vals = super()._prepare_position_vals()
        if self.bundle_id:
            vals.update(
                bundle_id=self.bundle_id.id,
                bundle_quantity=self.bundle_quantity,
                sequence=self.bundle_id.sequence,
                price_source="fixed",
            )
        return vals

    def _is_priced_per_period(self):
        content = self._content()
        is_included = self.bundle_id or content.pricing == INCLUDED
        return not is_included and super()._is_priced_per_period()
