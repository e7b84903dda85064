from datetime import date
from fractions import Fraction
from typing import NamedTuple

from odoo import fields, models
from odoo.tools import format_date

from ..billing.grids import next_start
from ..billing.markup import margin_of
from .money import day_after, to_decimal
from .msp_contract_price_source import PRICE_DIGITS
from .wording import brings_prices, format_number, format_price


class NewPrice(NamedTuple):
    """What the source of a position's price says for a day.

    :param day: first day on which it could hold
    :param price: per unit, for `interval`
    :param old: price that the contract has on that day
    :param interval: one of `PRICE_INTERVALS`, as the contract has it
    :param cost: per unit, for `interval`; None if it does not come from a cost
    """

    position: models.BaseModel
    day: date
    price: float
    old: float
    interval: str
    cost: float | None = None


class Candidate(NamedTuple):
    """A position whose price is to be computed.

    :param factor: content's time as a multiple of that of the product's price
    """

    position: models.BaseModel
    day: date
    line: object
    factor: Fraction


class MspContractPosition(models.Model):
    """What the nightly look at the source of the price has found."""

    _inherit = "msp.contract.position"

    price_checked_on = fields.Date(readonly=True, copy=False)
    price_found = fields.Float(
        "Computed Price",
        readonly=True,
        copy=False,
        min_display_digits="Product Price",
        help="What pricelist or cost made the price when it was last checked.",
    )
    price_cost = fields.Float(
        "Cost",
        readonly=True,
        copy=False,
        min_display_digits="Product Price",
        help="Of one unit when it was last checked, in the contract's currency and "
        "for the time that the position's price pays for.",
    )
    price_cost_agreed = fields.Float(
        "Cost Behind the Price",
        readonly=True,
        copy=False,
        min_display_digits="Product Price",
        help="The cost when the price was last what the rule makes of it.",
    )
    price_margin = fields.Float("Margin (%)", compute="_compute_price_margin")
    price_note = fields.Char("Why Nothing Is Proposed", readonly=True, copy=False)
    price_dismissed = fields.Float(
        "Dismissed Price",
        readonly=True,
        copy=False,
        min_display_digits="Product Price",
        help="It was proposed and not wanted; it is not proposed again.",
    )

    def _compute_price_margin(self):
        today = fields.Date.context_today(self)
        for position in self:
            line = position._line_on(today)
            price = to_decimal(line.price_unit) * (100 - to_decimal(line.discount))
            cost = to_decimal(position.price_cost)
            margin = cost and margin_of(price / 100, cost)
            position.price_margin = float(margin or 0)

    def _get_price_language(self):
        """Return the environment in whose language the owner reads notes."""
        return self.with_context(
            lang=self.contract_id.user_id.lang or self.env.lang
        ).env

    def _find_price_blocker(self, changes, today, day):
        """Return (day, sentence): from when on a new price can hold, or why none.

        :param changes: to the position's price, by versions of somebody else
        """
        self.ensure_one()
        env = self._get_price_language()
        while held := [
            change.version_id.date_end
            for change in changes
            if change.version_id.date_end
            and change.version_id.date_start <= day <= change.version_id.date_end
        ]:
            # A temporary price stays; the new one holds when it ends.
            day = day_after(max(held))
        for change in changes:
            version = change.version_id
            is_later = version.date_start > today and not version.date_end
            if is_later or version.date_start >= day:
                return day, env._(
                    "%(version)s says what it costs from %(day)s on.",
                    version=version.with_env(env).display_name,
                    day=format_date(env, version.date_start),
                )
        return day, False

    def _find_candidate(self, history, day, changes, today):
        """Return (`Candidate` or None, note) of a running position.

        :param day: the earliest on which a new price may hold
        """
        self.ensure_one()
        env, contract = self._get_price_language(), self.contract_id
        following = next_start(history, self.id, day)
        if not following:
            return None, env._("The contract ends before a new price could hold.")
        start, policy = following
        if contract.company_id.msp_price_from == "at_once":
            start = day
        start, note = self._find_price_blocker(changes, today, start)
        line = history.line_on(self.id, start)
        if note or not line:
            return None, note
        if brings_prices(line.pricing):
            return None, env._("Its price scheme has prices of its own.")
        factor = self._get_interval_factor(line, policy)
        if factor is None:
            return None, env._(
                "The product's price and that of the position are for different times, "
                "of which at least one is a billing period of days or weeks."
            )
        return Candidate(self, start, line, factor), False

    def _get_interval_factor(self, line, policy):
        """Return the time the position's price is for, over that of the product's."""
        own = int(self.product_id.msp_price_interval or 0)
        if own == line.price_months:
            return Fraction(1)
        period = policy.months and policy.months * policy.instalments
        if policy.day_count == "year_share":
            period = 12
        wanted, own = line.price_months or period, own or period
        return Fraction(wanted, own) if wanted and own else None

    def _compare_price(self, candidate, lists):
        """Return (`NewPrice` or None, note) of a candidate.

        :param lists: what pricelists say, by position id
        """
        self.ensure_one()
        env, contract = self._get_price_language(), self.contract_id
        line, day, cost = candidate.line, candidate.day, None
        if self.price_source == "pricelist":
            price = round(lists[self.id] * candidate.factor, PRICE_DIGITS)
        else:
            # sudo: rules and costs decide, whoever asks
            rule = self.sudo().price_rule_id
            cost = candidate.factor * self.product_id._msp_get_cost(
                rule.vendor_id,
                contract.company_id,
                contract.currency_id,
                day,
                float(line.quantity),
                self.product_uom_id,
            )
            if not cost:
                return None, env._(
                    "No cost is known on %s: neither a vendor's price nor a cost of "
                    "the product.",
                    format_date(env, day),
                )
            price, cost = rule._to_price(cost, contract.currency_id), float(cost)
        old, price = float(line.unit_price), float(price)
        new = NewPrice(self, day, price, old, str(line.price_months), cost)
        return self._judge_price(new)

    def _judge_price(self, new):
        """Return (`new` or None, note): whether it is worth proposing."""
        env, contract = self._get_price_language(), self.contract_id
        difference = abs(new.price - new.old)
        is_right = difference < 10**-PRICE_DIGITS / 2
        self._note_price(new, is_right)
        if is_right:
            return None, False
        threshold = contract.company_id.msp_price_threshold
        if new.old and difference / abs(new.old) * 100 < threshold:
            return None, env._(
                "It differs by less than %s %%.", format_number(env, threshold)
            )
        if self.price_dismissed and _is_same(self.price_dismissed, new.price):
            price = format_price(env, contract.currency_id, new.price)
            return None, env._("%s was dismissed.", price)
        return new, False

    def _note_price(self, new, is_right):
        """Keep what was found; what was dismissed is forgotten once it is over."""
        vals = {"price_found": new.price, "price_cost": new.cost or 0.0}
        if is_right:
            vals["price_cost_agreed"] = new.cost or 0.0
        if self.price_dismissed and not _is_same(self.price_dismissed, new.price):
            vals["price_dismissed"] = 0.0
        if any(self[name] != value for name, value in vals.items()):
            self.write(vals)


def _is_same(price, other):
    return abs(price - other) < 10**-PRICE_DIGITS / 2
