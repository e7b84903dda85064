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
        """Return in sentences what a vendor charges for units that the line ends.

        Of lines that change one position it is the last that says it, for all.
        """
        self.ensure_one()
        if self._msp_position_error(day) or self._msp_get_replace_error(day):
            return []
        quantities = {}
        for position, move in self._msp_get_moves(day).items():
            alike = self._msp_find_moves(position, day) or [(self, move)]
            content = position._line_on(day).quantity
            left = content + sum(moved for _line, moved in alike)
            if alike[-1][0] != self or same_number(left, content):
                continue
            if left < content:
                quantities[position] = max(left, 0.0)
        # sudo: whoever sells is told what it costs, without reading contracts
        positions = self.env["msp.contract.position"].sudo()
        last = self._msp_get_move_end(day)
        return positions._get_vendor_warnings(quantities, day, last)

    def _msp_get_moves(self, day):
        """Return {position: units added} of the positions that the line changes."""
        moves = {}
        if replaced := named(self, "msp_replaces_id"):
            moves[replaced] = -self.msp_replaced_qty
        if position := self._msp_find_position(day):
            moves[position] = self._msp_get_move(position)
        return moves

    def _msp_get_move_end(self, day):
        """Return the last day of a change of positions there are, False: for ever."""
        return bool(self._msp_find_position(day)) and self._msp_get_last_day()

    def _msp_find_moves(self, position, day):
        """Return [(line, units added)] of what the order does to `position` by `day`.

        Only lines that do it for as long as this one, in order of their first days.
        """
        last, found = self._msp_get_move_end(day), []
        # Looking for the position of each line would take long.
        lines = self.order_id._msp_get_ordered_lines().filtered(
            lambda line: (
                line.product_id == position.product_id
                or line.msp_replaces_id == position
            )
        )
        for line in lines.sorted(lambda line: line._msp_get_first_day()):
            first = line._msp_get_first_day()
            if first <= day and line._msp_get_move_end(first) == last:
                moves = line._msp_get_moves(first)
                found += [(line, moves[position])] if position in moves else []
        return found if self in [line for line, _move in found] else []
