from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..models.money import same_number, to_decimal
from ..models.wording import format_number


class MspContractTerminateLine(models.TransientModel):
    """A position of a contract of which a part ends."""

    _name = "msp.contract.terminate.line"
    _description = "Position that may end"

    terminate_id = fields.Many2one(
        "msp.contract.terminate", required=True, ondelete="cascade"
    )
    position_id = fields.Many2one("msp.contract.position", required=True)
    product_uom_id = fields.Many2one(related="position_id.product_uom_id")
    old_quantity = fields.Float(
        "Quantity Before", min_display_digits="Product Unit", readonly=True
    )
    quantity = fields.Float("Units Left", min_display_digits="Product Unit")
    is_ended = fields.Boolean("Ends")

    def _get_edits(self):
        """Return what was entered."""
        self.ensure_one()
        edits = {"is_ended": self.is_ended}
        if not same_number(self.quantity, self.old_quantity):
            edits["quantity"] = self.quantity
        return edits

    def _prepare_changes(self):
        """Return the values of the change that ends units, if any do."""
        self.ensure_one()
        position = self.position_id
        if self.is_ended:
            return [{"action": "end", "position_id": position.id}]
        content = self.terminate_id._get_content().filtered(
            lambda line: line.position_id == position
        )
        before = to_decimal(content.quantity)
        if same_number(self.quantity, content.quantity):
            return []
        if not 0 < self.quantity < content.quantity:
            raise UserError(
                self.env._(
                    "%(position)s: %(left)s units cannot be left of %(before)s. Enter "
                    "fewer, or mark the position as ended.",
                    position=position.name,
                    left=format_number(self.env, self.quantity),
                    before=format_number(self.env, content.quantity),
                )
            )
        return [
            {
                "action": "set",
                "position_id": position.id,
                # So many less, whatever else changes the quantity.
                "quantity_mode": "move",
                "quantity": float(to_decimal(self.quantity) - before),
            }
        ]

    def _check_ended(self):
        """Refuse the end of positions that other versions begin anew."""
        last = self.terminate_id.date_last
        for position in self.filtered("is_ended").position_id:
            if position.date_end == last:
                continue
            raise UserError(
                self.env._(
                    "%(position)s would not end on %(day)s, as another version begins "
                    "it after that day. Withdraw that version first.",
                    position=position.name,
                    day=format_date(self.env, last),
                )
            )
