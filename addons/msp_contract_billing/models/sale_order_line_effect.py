from odoo import models
from odoo.tools import format_date

from .msp_content_mixin import to_pricing
from .wording import (
    brings_prices,
    describe_price_change,
    describe_pricing,
    describe_rules,
)


class SaleOrderLine(models.Model):
    """What a recurring line makes of a contract, in words."""

    _inherit = "sale.order.line"

    def _msp_describe_effect(self, day):
        """Return what the line does to the contract's content on `day`, in words."""
        self.ensure_one()
        if not self.order_id.msp_contract_id:
            return False
        error = self._msp_position_error(day) or self._msp_get_replace_error(day)
        if error:
            return error
        if position := self._msp_find_position(day):
            texts = self._msp_describe_move(position, day)
        else:
            texts = [self.env._("New position")]
        if self.msp_replaces_id:
            texts.append(self._msp_describe_replaced(day))
        return ", ".join(texts + self._msp_describe_days())

    def _msp_describe_beginning(self):
        """Return which new contract the line goes to, in words."""
        self.ensure_one()
        groups = self.order_id._msp_group_ordered()
        texts = [self.env._("New contract")]
        if len(groups) > 1:
            number, source = next(
                (number, source)
                for number, (source, lines) in enumerate(groups, 1)
                if self in lines
            )
            texts = [
                self.env._(
                    "New contract %(number)s (%(rhythm)s)",
                    number=number,
                    rhythm=source._get_rhythm_label(),
                )
            ]
        return ", ".join(texts + self._msp_describe_days())

    def _msp_describe_move(self, position, day):
        content = position._line_on(day)
        vals = self._msp_prepare_move_vals(position, day)
        quantity = content.quantity + vals["quantity"]
        currency = position.currency_id
        texts = [f"{position.name}: {content.quantity:g} → {quantity:g}"]
        if vals.get("sets_price") and not brings_prices(to_pricing(self.msp_pricing)):
            prices = (
                (content.price_unit, int(content.price_interval)),
                (vals["price_unit"], int(vals["price_interval"])),
            )
            change = describe_price_change(self.env, currency, *prices)
            texts.append(self.env._("price of all %s", change))
        if vals.get("sets_pricing"):
            scheme = describe_pricing(self.env, to_pricing(self.msp_pricing), currency)
            texts.append(self.env._("price scheme of all → %s", scheme))
        if vals.get("sets_overrides"):
            rules = describe_rules(self.env, self.msp_overrides or {})
            rules = rules or self.env._("as the contract")
            texts.append(self.env._("billing rule of all → %s", rules))
        if vals.get("sets_discount"):
            discounts = f"{content.discount:g} % → {self.discount:g} %"
            texts.append(self.env._("discount of all %s", discounts))
        end, last = position.date_end, position.contract_id.date_end
        if end and end != last and not self._msp_get_last_day():
            texts.append(self.env._("all end on %s", format_date(self.env, end)))
        return texts

    def _msp_describe_days(self):
        """Return from when and until when, where that is not as the contract."""
        texts = []
        if self._msp_awaits():
            texts.append(self.env._("not live yet"))
        elif self.msp_begins == "date" and self.msp_begin_date:
            texts.append(
                self.env._("from %s", format_date(self.env, self.msp_begin_date))
            )
        if last := self._msp_get_last_day():
            texts.append(self.env._("until %s", format_date(self.env, last)))
        elif self.msp_until == "months" and self.msp_until_months:
            texts.append(self.env._("for %s months", self.msp_until_months))
        return texts
