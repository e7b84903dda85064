from datetime import date
from decimal import Decimal
from functools import lru_cache
from json import dumps, loads

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..billing import CaseError, Line, PriceIntervalError, Pricing
from ..billing.portions import period_price
from ..billing.pricing_data import from_data, to_data
from .msp_contract_terms import (
    DAY_COUNTS,
    DECREASES,
    INCREASES,
    MAX_LEAD_DAYS,
    MAX_MONTHS,
    TIMINGS,
    UNITS,
)
from .wording import describe_pricing, describe_rules

#: What a position may have of its own: names of `billing.Policy`, and the values
#: that each may have.
OVERRIDES = {
    "timing": {value for value, _label in TIMINGS},
    "unit": {value for value, _label in UNITS},
    "every": range(1, 1001),
    "day_count": {value for value, _label in DAY_COUNTS},
    "lead_days": range(MAX_LEAD_DAYS + 1),
    "increase": {value for value, _label in INCREASES},
    "decrease": {value for value, _label in DECREASES},
    "term_months": range(MAX_MONTHS + 1),
    "own_start": {True},
}


def to_pricing(data):
    """Return the `billing.Pricing` that a record's JSON holds, None if per unit.

    :raise CaseError: the data is malformed
    """
    return _parse(dumps(data, sort_keys=True)) if data else None


@lru_cache(maxsize=1024)
def _parse(text):
    # The same scheme is read for many lines.
    pricing = from_data(loads(text))
    return None if pricing == Pricing() else pricing


def pricing_data(pricing):
    """Return the JSON that holds `pricing`, False if it is a plain price per unit."""
    return to_data(pricing) if pricing and pricing != Pricing() else False


def to_overrides(data):
    """Return a record's JSON as `billing.Line` wants it, in a fixed order."""
    return tuple(sorted((data or {}).items()))


def price_fits(policy, price_months, pricing=None):
    """Return whether a price can be billed by a policy.

    It can if one of their times is a multiple of the other.

    :param price_months: months the price is for; 0: a billing period
    :param pricing: `billing.Pricing` of the price, None if it is per unit
    """
    if pricing and pricing.model == "amounts":
        # They are for their own days.
        return True
    line = Line(None, date.min, None, Decimal(0), Decimal(0), price_months=price_months)
    try:
        period_price(line, policy)
    except PriceIntervalError:
        return False
    return True


def has_amounts(pricing):
    """Return whether a scheme has amounts of money of its own."""
    return bool(pricing) and (
        pricing.has_limits or bool(pricing.discount_amount) or bool(pricing.tiers)
    )


class MspContentMixin(models.AbstractModel):
    """Copies of a price scheme and of a billing rule, as JSON.

    They are copies, since what was agreed does not change with master data.
    """

    _name = "msp.content.mixin"
    _description = "Price scheme and rule of a position"

    pricing = fields.Json(
        "Price Scheme Data", help="Empty: quantity × unit price. See billing.pricing."
    )
    overrides = fields.Json(
        "Rule Data", help="Policy fields in which the position is not as its contract."
    )
    pricing_label = fields.Char("Price Scheme", compute="_compute_pricing_label")
    overrides_label = fields.Char("Billing Rule", compute="_compute_overrides_label")

    @api.depends("pricing")
    @api.depends_context("lang")
    def _compute_pricing_label(self):
        for record in self:
            record.pricing_label = record.pricing and describe_pricing(
                self.env, to_pricing(record.pricing), record.currency_id
            )

    @api.depends("overrides")
    @api.depends_context("lang")
    def _compute_overrides_label(self):
        for record in self:
            record.overrides_label = describe_rules(self.env, record.overrides or {})

    @api.constrains("pricing")
    def _check_pricing(self):
        for record in self:
            check_pricing(self.env, record.pricing)

    @api.constrains("overrides")
    def _check_overrides(self):
        for record in self:
            check_overrides(self.env, record.overrides)


def check_pricing(env, data):
    """Refuse JSON that is no price scheme."""
    try:
        to_pricing(data)
    except CaseError as error:
        raise ValidationError(
            env._(
                "The price scheme cannot be read: %(field)s is %(found)s, expected "
                "%(expected)s. Choose a scheme from the list.",
                field=error.field,
                found=error.found,
                expected=error.expected,
            )
        ) from error


def check_overrides(env, data):
    """Refuse JSON that is no billing rule."""
    if not data:
        return
    if not isinstance(data, dict):
        data = {str(data): data}
    for name, value in data.items():
        allowed = OVERRIDES.get(name, ())
        # True is 1 for Python, so numbers would allow it.
        is_flag = isinstance(value, bool)
        if is_flag != (name == "own_start") or isinstance(value, list | dict):
            allowed = ()
        if value not in allowed:
            raise ValidationError(
                env._(
                    "The billing rule cannot be read: %(name)s = %(value)s is not "
                    "possible. Choose a rule from the list.",
                    name=name,
                    value=value,
                )
            )
    if ("unit" in data) != ("every" in data):
        raise ValidationError(
            env._(
                "A billing rule with a rhythm of its own needs both number and unit, "
                "such as every 3 months."
            )
        )
