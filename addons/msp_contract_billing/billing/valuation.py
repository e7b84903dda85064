"""What a contract is worth per month: for lists and limits, never for billing."""

from dataclasses import replace
from fractions import Fraction

from .dated import is_dated
from .history import Line
from .periods import Policy
from .portions import period_price
from .pricing import price_of
from .shares import billed_lines

#: Average days of a month, 365 days a year.
_DAYS = Fraction(365, 12)


def monthly_value(line: Line, policy: Policy) -> Fraction:
    """Return what `line` costs per month by `policy`, exactly.

    :param policy: of the contract on the line's days; the line's own rules are
        taken into account. Dated amounts, which nobody knows before, count as 0
    :raise PriceIntervalError: the price cannot be billed in the policy's periods
    """
    billed = billed_lines([line])
    if not billed or is_dated(line):
        return Fraction(0)
    [line] = billed
    policy = replace(policy, **dict(line.overrides))
    price, pricing, count = period_price(line, policy)
    whole = price_of(line.quantity, price, line.discount, pricing)
    if policy.day_count == "year_share":
        return whole / 12
    if policy.months:
        return whole / (count * policy.months)
    days = policy.every * (7 if policy.unit == "week" else 1)
    return whole / count * _DAYS / days
