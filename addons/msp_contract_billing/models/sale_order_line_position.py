from odoo import fields, models
from odoo.tools import format_date

from .money import same_number
from .msp_content_mixin import to_pricing
from .named import named
from .wording import brings_prices


class SaleOrderLine(models.Model):
    """Which position of a running contract a recurring line means."""

    _inherit = "sale.order.line"

    def _msp_find_position(self, day):
        """Return the position whose quantity the line moves, if any."""
        self.ensure_one()
        order = self.order_id
        positions = named(order, "msp_contract_id").position_ids
        if order.msp_contract_action == "new":
            return positions.browse()
        if self.msp_position_id or self.msp_new_position:
            return named(self, "msp_position_id")
        return (positions - named(self, "msp_replaces_id")).filtered(
            lambda position: (
                position.product_id == self.product_id
                and position.product_uom_id == self.product_uom_id
                and self._msp_has_same_price(position, day)
                and same_number(position._line_on(day).discount, self.discount)
                and self._msp_has_same_content(position, day)
            )
        )[:1]

    def _msp_has_same_price(self, position, day):
        content = position._line_on(day)
        if not content:
            return False
        is_same_scheme = (content.pricing or False) == (self.msp_pricing or False)
        if is_same_scheme and brings_prices(to_pricing(content.pricing)):
            return content.price_interval == self.msp_price_interval
        mine, theirs = self._msp_price_in_unit_of(position), content.price_unit
        months, other_months = int(self.msp_price_interval), int(content.price_interval)
        if months and other_months:
            return same_number(mine * other_months, theirs * months)
        return months == other_months and same_number(mine, theirs)

    def _msp_has_same_content(self, position, day):
        """Return whether scheme, rule and environment are those of `position`.

        Who names no environment means the one there is.
        """
        content = position._line_on(day)
        return (
            (content.pricing or False) == (self.msp_pricing or False)
            and (content.overrides or False) == (self.msp_overrides or False)
            and self.msp_environment_id
            in (
                self.msp_environment_id.browse(),
                position.environment_id,
            )
        )

    def _msp_position_error(self, day):
        """Return why the line cannot amend the chosen contract, or False."""
        self.ensure_one()
        contract = named(self.order_id, "msp_contract_id")
        position = self._msp_find_position(day)
        values = {
            "product": self.product_id.display_name,
            "position": position.display_name,
            "contract": contract.display_name,
            "day": fields.Date.to_string(day),
        }
        if not position:
            return self.product_uom_qty < 0 and self.env._(
                "%(product)s: contract %(contract)s has no position with the same "
                "product, unit, price and discount on %(day)s to take from. Choose "
                "the contract position on the line.",
                **values,
            )
        if position.contract_id != contract:
            return self.env._(
                "%(product)s: position %(position)s does not belong to contract "
                "%(contract)s. Choose another one or clear it.",
                **values,
            )
        if position.product_id != self.product_id:
            return self.env._(
                "%(product)s: position %(position)s of contract %(contract)s is "
                "another product. Choose another one or clear it.",
                **values,
            )
        if not position._line_on(day):
            return self.env._(
                "%(product)s: position %(position)s is not part of contract "
                "%(contract)s on %(day)s. Choose another day or position.",
                **values,
            )
        last, end = self._msp_get_last_day(), position.date_end
        if last and end and last > end:
            return self.env._(
                "%(product)s would go on until %(last)s, but position %(position)s ends "
                "on %(end)s. Let it end with the position, or choose a new position.",
                last=format_date(self.env, last),
                end=format_date(self.env, end),
                **values,
            )
        if not self.product_uom_id._has_common_reference(position.product_uom_id):
            return self.env._(
                "%(product)s: position %(position)s is counted in %(unit)s, which "
                "%(line_unit)s cannot be converted to. Choose a new position.",
                unit=position.product_uom_id.display_name,
                line_unit=self.product_uom_id.display_name,
                **values,
            )
        if self.product_uom_id != position.product_uom_id and (
            self.msp_pricing or position._line_on(day).pricing
        ):
            return self.env._(
                "%(product)s: the price scheme of position %(position)s counts in "
                "%(unit)s. Enter the quantity in that unit.",
                unit=position.product_uom_id.display_name,
                **values,
            )
        return False

    def _msp_price_in_unit_of(self, position):
        """Return the price of one unit in which `position` is counted."""
        return self.product_uom_id._compute_price(
            self.price_unit, position.product_uom_id
        )

    def _msp_get_move(self, position):
        """Return the line's quantity in the unit in which `position` is counted."""
        return self.product_uom_id._compute_quantity(
            self.product_uom_qty, position.product_uom_id, round=False
        )
