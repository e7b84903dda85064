from odoo import api, fields, models

from .named import named


class SaleOrderLine(models.Model):
    """What a bundle on a quotation consists of."""

    _inherit = "sale.order.line"

    msp_bundle_label = fields.Char("Consists Of", compute="_compute_msp_bundle_label")
    msp_shows_bundle = fields.Boolean(
        compute="_compute_msp_bundle_label",
        help="Whether the customer sees what the bundle consists of.",
    )

    @api.depends(
        "msp_recurring",
        "product_id.msp_bundle_display",
        "product_id.msp_bundle_line_ids.quantity",
        "product_id.msp_bundle_line_ids.product_id",
        "product_uom_qty",
    )
    @api.depends_context("lang")
    def _compute_msp_bundle_label(self):
        for line in self:
            product = line.product_id
            label = line.msp_recurring and product._msp_describe_bundle(
                line.product_uom_qty
            )
            line.msp_bundle_label = label
            line.msp_shows_bundle = bool(
                label and product.msp_bundle_display == "unfolded"
            )

    def _msp_position_error(self, day):
        error = super()._msp_position_error(day)
        # sudo: whoever may confirm the quotation need not read contracts
        position = self.sudo()._msp_find_position(day)
        if error or not position.bundle_id:
            return error
        return self._msp_explain_component(position)

    def _msp_get_replace_error(self, day):
        error = super()._msp_get_replace_error(day)
        position = named(self, "msp_replaces_id")
        if error or not position.bundle_id:
            return error
        return self._msp_explain_component(position)

    def _msp_explain_component(self, position):
        return self.env._(
            "%(product)s: position %(position)s is part of bundle %(bundle)s, which "
            "alone has a price. Choose the bundle, or a new position.",
            product=self.product_id.display_name,
            position=position.display_name,
            bundle=position.bundle_id.display_name,
        )
