from odoo import models

from .money import same_number
from .named import named


class SaleOrderLine(models.Model):
    """What an order that takes units away costs at the vendor."""

    _inherit = "sale.order.line"

    def _msp_describe_effect(self, day):
        effect = super()._msp_describe_effect(day)
        warnings = self._msp_get_vendor_warnings(day) if effect else []
        return f"{effect}. {' '.join(warnings)}" if warnings else effect

    def _msp_get_vendor_warnings(self, day):
        """Return in sentences what a vendor charges for units that the line ends."""
        self.ensure_one()
        if self._msp_position_error(day) or self._msp_get_replace_error(day):
            return []
        quantities = {}
        for position, left in self._msp_get_reduced(day).items():
            content = position._line_on(day).quantity
            if left < content and not same_number(left, content):
                quantities[position] = max(left, 0.0)
        # sudo: whoever sells is told what it costs, without reading contracts
        positions = self.env["msp.contract.position"].sudo()
        return positions._get_vendor_warnings(quantities, day)

    def _msp_get_reduced(self, day):
        """Return {position: units left} of the positions that the line changes."""
        replaced = named(self, "msp_replaces_id")
        quantities = {}
        if replaced:
            content = replaced._line_on(day).quantity
            quantities[replaced] = content - self.msp_replaced_qty
        if position := self._msp_find_position(day):
            content = position._line_on(day).quantity
            quantities[position] = content + self._msp_get_move(position)
        return quantities
