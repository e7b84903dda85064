from odoo import models

from .money import day_after, same_number


class SaleOrderLine(models.Model):
    """What a recurring line makes of a contract when the order is confirmed."""

    _inherit = "sale.order.line"

    def _msp_is_ordered(self):
        """Return whether the line asks for anything; unchosen options do not."""
        self.ensure_one()
        unit = self.product_uom_id or self.product_id.uom_id
        return not unit or not unit.is_zero(self.product_uom_qty)

    def _msp_prepare_position_vals(self, contract, sequence):
        self.ensure_one()
        return {
            "contract_id": contract.id,
            "product_id": self.product_id.id,
            "product_uom_id": self.product_uom_id.id,
            "name": self._msp_get_position_name(),
            "environment_id": self.msp_environment_id.id,
            "analytic_distribution": self.analytic_distribution,
            "purchase_order": self._msp_get_purchase_order(contract),
            "sequence": sequence,
        }

    def _msp_get_purchase_order(self, contract):
        """Return the customer's order number if it is not the contract's."""
        number = self.order_id.client_order_ref
        return number != contract.customer_reference and number

    def _msp_get_position_name(self):
        """Return the product in the customer's language, and what was written to it.

        The product's own sales texts stay on the quotation.
        """
        self.ensure_one()
        line = self.with_context(lang=self.order_id._get_lang())
        product = line.product_id.with_context(display_default_code=False)
        if self.name == line._get_sale_order_line_multiline_description_sale():
            extra = line._get_sale_order_line_multiline_description_variants()
            texts = [product.display_name, *extra.splitlines()]
        else:
            texts = (self.name or "").splitlines()
            if texts and texts[0] == line.product_id.display_name:
                texts[0] = product.display_name
        return ", ".join(text.strip() for text in texts if text.strip())

    def _msp_plan(self, plan, taken):
        """Add to `plan` what the line does to a contract.

        :param taken: units that lines before it have replaced, by position
        """
        self.ensure_one()
        first, last = self._msp_get_first_day(), self._msp_get_last_day()
        waiting = self if self._msp_awaits() else None
        if waiting and plan.start:
            first = max(first, plan.start)
        if position := self._msp_find_position(first):
            # What is added to a position for some time needs no end of its own.
            version = plan.version(first, last, waiting)
            version.add(self._msp_prepare_move_vals(position, first))
            plan.positions[self] = position
        else:
            version = plan.version(first, waiting=waiting)
            version.add(self._msp_prepare_begin_vals(), self)
            if last and last != plan.last:
                plan.version(day_after(last)).add({"action": "end"}, self)
        if self.msp_replaces_id:
            self._msp_plan_replaced(version, taken)

    def _msp_prepare_begin_vals(self):
        """Return the change with which a position of the line begins."""
        self.ensure_one()
        # The position is not there yet; the change is that of all others.
        position = self.env["msp.contract.position"].new(
            {"product_id": self.product_id.id}
        )
        vals = position._prepare_begin_vals(
            self.product_uom_qty,
            self.price_unit,
            self.msp_price_interval,
            discount=self.discount,
            pricing=self.msp_pricing or False,
            overrides=self.msp_overrides or False,
        )
        return {**vals, "position_id": False}

    def _msp_prepare_move_vals(self, position, day):
        self.ensure_one()
        vals = {
            "action": "set",
            "position_id": position.id,
            "quantity_mode": "move",
            "quantity": self._msp_get_move(position),
        }
        if not self._msp_has_same_price(position, day):
            vals.update(
                sets_price=True,
                price_unit=self._msp_price_in_unit_of(position),
                price_interval=self.msp_price_interval,
            )
        content = position._line_on(day)
        if (content.pricing or False) != (self.msp_pricing or False):
            vals.update(sets_pricing=True, pricing=self.msp_pricing)
        if not same_number(content.discount, self.discount):
            vals.update(sets_discount=True, discount=self.discount)
        if (content.overrides or False) != (self.msp_overrides or False):
            vals.update(sets_overrides=True, overrides=self.msp_overrides)
        return vals
