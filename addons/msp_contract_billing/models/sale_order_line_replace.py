from odoo import api, fields, models
from odoo.tools import float_compare, format_date

from .named import named
from .wording import format_number


class SaleOrderLine(models.Model):
    """One product for another: the old ends the day before the new begins.

    Both stand in one version, so neither is billed with the other.
    """

    _inherit = "sale.order.line"

    msp_replaces_id = fields.Many2one(
        "msp.contract.position",
        "Replaces",
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The position that ends the day before this one begins. Of a position "
        "with more units than are ordered, only so many are replaced.",
    )
    msp_replaced_qty = fields.Float(
        "Units Replaced",
        compute="_compute_msp_replaced_qty",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        min_display_digits="Product Unit",
        help="How many units of the replaced position end. All of them end it.",
    )

    @api.depends(
        "msp_replaces_id",
        "product_uom_id",
        "product_uom_qty",
        "msp_begins",
        "msp_begin_date",
        "order_id.msp_date_start",
    )
    def _compute_msp_replaced_qty(self):
        for line in self._msp_unlocked():
            line.msp_replaced_qty = line._msp_get_replaced_default()

    def _msp_get_replaced_default(self):
        old = named(self, "msp_replaces_id")
        if not old:
            return 0.0
        there = old._line_on(self._msp_get_first_day()).quantity
        unit = self.product_uom_id
        if not unit or not unit._has_common_reference(old.product_uom_id):
            return there
        ordered = unit._compute_quantity(
            self.product_uom_qty, old.product_uom_id, round=False
        )
        return min(there, ordered)

    @api.onchange("msp_replaces_id")
    def _onchange_msp_replaces_id(self):
        """As many as there were, unless somebody says otherwise."""
        if quantity := self._msp_get_replacing_quantity():
            self.product_uom_qty = quantity

    def _msp_get_replacing_quantity(self):
        """Return the units of this line that the replaced position has, or 0."""
        old = named(self, "msp_replaces_id")
        unit = self.product_uom_id
        if not old or not unit or not unit._has_common_reference(old.product_uom_id):
            return 0.0
        there = old._line_on(self._msp_get_first_day()).quantity
        return old.product_uom_id._compute_quantity(there, unit, round=False)

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        for line, vals in zip(lines, vals_list, strict=True):
            if vals.get("msp_replaces_id") and "product_uom_qty" not in vals:
                line._onchange_msp_replaces_id()
        return lines

    def _msp_plan_replaced(self, version, taken):
        """Let the replaced units end in `version`.

        :param taken: units taken from each position by the lines before this one
        """
        old = named(self, "msp_replaces_id")
        there = old._line_on(self._msp_get_first_day()).quantity
        taken[old] = taken.get(old, 0.0) + self.msp_replaced_qty
        # Which of two lines goes live first is not known: neither ends all.
        gone = self.msp_replaced_qty if self._msp_awaits() else taken[old]
        if float_compare(gone, there, precision_digits=9) >= 0:
            version.add({"action": "end", "position_id": old.id})
        else:
            version.add(
                {
                    "action": "set",
                    "position_id": old.id,
                    "quantity_mode": "move",
                    "quantity": -self.msp_replaced_qty,
                }
            )

    def _msp_describe_replaced(self, day):
        """Return what becomes of the replaced position, in words."""
        old = named(self, "msp_replaces_id")
        there = old._line_on(day).quantity
        if float_compare(self.msp_replaced_qty, there, precision_digits=9) >= 0:
            return self.env._("instead of %s", old.name)
        return self.env._(
            "instead of %(quantity)s of %(there)s %(position)s",
            quantity=format_number(self.env, self.msp_replaced_qty),
            there=format_number(self.env, there),
            position=old.name,
        )

    def _msp_get_replace_error(self, day):
        """Return why the line cannot replace the position chosen, or False."""
        self.ensure_one()
        old = named(self, "msp_replaces_id")
        contract = named(self.order_id, "msp_contract_id")
        if not old:
            return False
        there = old._line_on(day)
        values = {
            "product": self.product_id.display_name,
            "position": old.name,
            "contract": contract.display_name,
            "day": format_date(self.env, day),
        }
        if old.contract_id != contract:
            return self.env._(
                "%(product)s replaces position %(position)s, which does not belong to "
                "contract %(contract)s. Choose another one or clear it.",
                **values,
            )
        if old == self._msp_find_position(day):
            return self.env._(
                "%(product)s: position %(position)s cannot replace itself. Clear one "
                "of the two.",
                **values,
            )
        if not there:
            return self.env._(
                "%(product)s replaces position %(position)s, which contract "
                "%(contract)s does not contain on %(day)s. Choose another day or "
                "position.",
                **values,
            )
        if not 0 < self.msp_replaced_qty <= there.quantity:
            return self.env._(
                "%(product)s replaces %(replaced)s of position %(position)s, which has "
                "%(there)s on %(day)s. Enter a quantity from 0 to that.",
                replaced=format_number(self.env, self.msp_replaced_qty),
                there=format_number(self.env, there.quantity),
                **values,
            )
        return False
