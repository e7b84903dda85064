from dataclasses import replace
from fractions import Fraction

from odoo import api, fields, models

from ..billing import FoldError, PriceIntervalError, fold, monthly_value
from ..billing.rounding import to_decimal as round_money
from .money import day_after, to_decimal
from .msp_content_mixin import to_pricing


class MspLimitedPrice(models.Model):
    """The money that begins when a limited price ends."""

    _inherit = "msp.limited.price"

    amount_month = fields.Monetary(
        "Begins per Month",
        compute="_compute_amount_month",
        store=True,
        help="What is earned more per month once the regular price begins. Less, if "
        "the position ends or a vendor then asks more.",
    )

    @api.depends(
        "side",
        "kind",
        "discount",
        "price_unit",
        "price_interval",
        "date_start",
        "date_end",
        "afterwards",
        "cost_special",
        "cost_regular",
        "cost_currency_id",
        "version_ids.state",
        "position_id.line_ids.amount_month",
        "position_id.line_ids.quantity",
    )
    def _compute_amount_month(self):
        for limited in self:
            if not limited.date_end or not limited.position_id:
                limited.amount_month = 0.0
            elif limited.side == "vendor":
                limited.amount_month = -limited._get_cost_increase()
            else:
                digits = limited.currency_id.decimal_places
                amount = limited._get_price_increase()
                limited.amount_month = float(round_money(amount, digits))

    def _get_cost_increase(self):
        """Return what the units of the day after cost more per month."""
        self.ensure_one()
        day = day_after(self.date_end)
        quantity = self.position_id.line_ids._on(day).quantity
        more = to_decimal(self.cost_regular) - to_decimal(self.cost_special)
        currency = self.cost_currency_id or self.currency_id
        return currency._convert(
            float(more * to_decimal(quantity)),
            self.currency_id,
            self.company_id or self.env.company,
            self.date_end,
        )

    def _get_price_increase(self):
        """Return what the position costs the customer more per month, exactly."""
        self.ensure_one()
        history = self._get_regular_history()
        if self.afterwards == "stop":
            line, policy = self._find_regular(history, self.date_end)
            return -_value(self._make_special(line), policy) if line else Fraction(0)
        line, policy = self._find_regular(history, day_after(self.date_end))
        if not line:
            return Fraction(0)
        return _value(line, policy) - _value(self._make_special(line), policy)

    def _get_regular_history(self):
        """Return the contract's `billing.History` without this price, or None."""
        self.ensure_one()
        versions = self.contract_id._to_plain_versions()
        own = set(self.version_ids._origin.ids)
        try:
            return fold(plain for key, plain in versions.items() if key not in own)
        except FoldError:
            return None

    def _find_regular(self, history, day):
        """Return (line, policy) of the position on a day, or (None, None)."""
        line = history and history.line_on(self.position_id._origin.id, day)
        return (line, history.policy_on(day)) if line else (None, None)

    def _make_special(self, line):
        """Return a line with the special price instead of its own."""
        if self.kind == "promotion":
            price, months = to_decimal(self.price_unit), int(self.price_interval or 0)
            return replace(line, unit_price=price, price_months=months)
        change = self._prepare_special_change(line)
        line = replace(line, discount=to_decimal(self.discount))
        if change.get("sets_pricing"):
            return replace(line, pricing=to_pricing(change["pricing"]))
        return line


def _value(line, policy):
    try:
        return monthly_value(line, policy)
    except PriceIntervalError:
        return Fraction(0)
