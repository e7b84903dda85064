from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from odoo import api, fields, models
from odoo.tools import format_date

from ..billing import BillingError, Change, Version, fold, monthly_value, settle
from ..billing.rounding import to_decimal as round_money
from ..models.money import day_before, to_decimal
from ..models.msp_content_mixin import to_overrides, to_pricing
from ..models.msp_contract_terms import TERMS
from ..models.wording import format_price
from ..takeover import is_plausible

#: Every rhythm up to a year has an invoice within it.
LOOK_AHEAD = timedelta(days=800)


class MspContractStart(models.TransientModel):
    """What the contract will cost, while it is being entered; nothing is recorded."""

    _inherit = "msp.contract.start"

    cost = fields.Text("What It Costs", compute="_compute_cost")

    @api.depends(
        "date_start",
        "anchor",
        "currency_id",
        "line_ids.product_id",
        "line_ids.quantity",
        "line_ids.price_unit",
        "line_ids.price_interval",
        "line_ids.discount",
        "line_ids.pricing",
        "line_ids.overrides",
        *TERMS,
    )
    @api.depends_context("lang")
    def _compute_cost(self):
        for start in self:
            start.cost = start._format_cost()

    def _format_cost(self):
        """Return in sentences what is billed, False while it cannot be said."""
        self.ensure_one()
        lines = self.line_ids.filtered("product_id")
        is_ready = lines and self.date_start and is_plausible(self.date_start)
        if not is_ready or self._get_terms_error():
            return False
        digits = self.currency_id.decimal_places
        try:
            history = fold([self._to_version(lines)])
            value = sum(
                (monthly_value(one, history.terms[0].policy) for one in history.lines),
                Fraction(0),
            )
            charges = settle(history, (), self.date_start + LOOK_AHEAD, digits)
        except BillingError:
            # Recording it will say what is wrong.
            return False
        sentences = [
            self.env._(
                "%s per month, untaxed.",
                format_price(self.env, self.currency_id, round_money(value, digits)),
            )
        ]
        if charges:
            sentences.append(self._format_first(charges))
        return "\n".join(sentences)

    def _format_first(self, charges):
        """Return the first invoice in a sentence."""
        day = min(charge.period.due_day for charge in charges)
        # What was due before today is billed today.
        day = max(day, fields.Date.context_today(self))
        first = [charge for charge in charges if charge.period.due_day <= day]
        amount = sum((charge.amount for charge in first), Decimal(0))
        return self.env._(
            "First invoice from %(day)s on, for %(first)s to %(last)s: %(amount)s.",
            day=format_date(self.env, day),
            first=format_date(self.env, min(charge.start for charge in first)),
            last=format_date(self.env, day_before(max(charge.end for charge in first))),
            amount=format_price(self.env, self.currency_id, amount),
        )

    def _to_version(self, lines):
        """Return the `billing.Version` with which the contract would begin."""
        anchor = self._get_anchor(self.date_start, self.anchor)
        begins = (line._to_plain(key) for key, line in enumerate(lines))
        terms = Change("terms", policy=self._to_policy(anchor))
        return Version(1, self.date_start, (terms, *begins))


class MspContractStartLine(models.TransientModel):
    _inherit = "msp.contract.start.line"

    def _to_plain(self, key):
        """Return the `billing.Change` with which the line's position begins."""
        self.ensure_one()
        return Change(
            "begin",
            key,
            quantity=to_decimal(self.quantity),
            unit_price=to_decimal(self.price_unit),
            price_months=int(self.price_interval or 0),
            discount=to_decimal(self.discount),
            pricing=to_pricing(self.pricing),
            overrides=to_overrides(self.overrides),
        )
