"""What the days of a natural period cost, portion by portion of one content."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from .dated import dated_price, is_dated
from .errors import PriceIntervalError
from .history import Amount, Line
from .periods import Period, Policy, check_policy, earliest, index_at
from .pricing import Pricing, Step, limits, price_of, steps_of, times
from .proration import factors
from .rounding import exact_product, to_decimal

_ONE = Fraction(1)


class Portion(NamedTuple):
    """Days of one natural period on which a position's content is the same.

    :param price: of one unit for the whole period, or for all its instalments
    :param share: of the whole period's price
    :param amount: exact, unrounded
    :param steps: how the price of the whole period is made, if not per unit
    :param pricing: of the line, as `price` for the whole period
    :param instalment: (number of the instalment, instalments), None without
    :param units: what is billed by dated amounts, None if priced otherwise
    :param taken: the dated amounts
    """

    line: Line
    start: date
    end: date
    price: Decimal
    share: Fraction
    amount: Fraction
    steps: tuple[Step, ...] = ()
    pricing: Pricing | None = None
    instalment: tuple[int, int] | None = None
    units: Fraction | None = None
    taken: tuple[Amount, ...] = ()


def portions(
    period: Period, held: Sequence[Line], amounts: Sequence[Amount], digits: int
) -> list[Portion]:
    """Return what `held` costs in `period`, in order of days.

    :param held: one position's lines that hold on days of the period
    :param amounts: of the position, for lines that bill dated amounts
    :param digits: decimals of the currency, to which instalments and prices of one
        unit are rounded
    """
    check_policy(period.policy, period.start)
    dated = [line for line in held if is_dated(line)]
    if not dated:
        return _priced(period, held, digits)
    priced = [line for line in held if not is_dated(line)]
    found = _priced(period, priced, digits) + _dated(period, dated, amounts)
    return sorted(found, key=lambda portion: portion.start)


def period_price(line: Line, policy: Policy) -> tuple[Decimal, Pricing | None, int]:
    """Return (unit price, pricing, number of periods of `policy` that they pay for).

    By `year_share` they are those of a year.

    :raise PriceIntervalError: neither of price and period is a multiple of the
        other
    """
    if policy.day_count == "year_share":
        months = line.price_months or 12
        if 12 % months:
            raise PriceIntervalError(months, 12)
        return *_multiplied(line, 12 // months), 1
    if not line.price_months:
        return line.unit_price, line.pricing, policy.instalments
    if not policy.months:
        raise PriceIntervalError(line.price_months, None)
    if policy.months % line.price_months == 0:
        return *_multiplied(line, policy.months // line.price_months), 1
    if line.price_months % policy.months:
        raise PriceIntervalError(line.price_months, policy.months)
    return line.unit_price, line.pricing, line.price_months // policy.months


def _multiplied(line: Line, count: int) -> tuple[Decimal, Pricing | None]:
    if count == 1:
        return line.unit_price, line.pricing
    pricing = line.pricing and times(line.pricing, count)
    return exact_product(line.unit_price, count), pricing


def _priced(period: Period, held: Sequence[Line], digits: int) -> list[Portion]:
    policy, found, limited = period.policy, [], False
    parts = _parts(period, held)
    for (line, start, end), share in zip(parts, _shares(period, parts), strict=True):
        price, pricing, count = period_price(line, policy)
        content = (line.quantity, price, line.discount)
        steps: tuple[Step, ...] = ()
        if pricing is None:
            whole = price_of(*content)
        else:
            # Minimum and maximum of a price in instalments are those of all of them,
            # others those of a period, which its portions may share.
            steps = steps_of(*content, pricing, limited=count > 1)
            whole = sum((step.amount for step in steps), Fraction(0))
        instalment = None
        if count > 1:
            number = index_at(policy, period.anchor, period.natural_start) % count
            instalment = (number + 1, count)
            amount = _instalment(whole, number, count, digits) * share
            share /= count
        elif pricing is None and policy.unit_rounding != "none":
            amount = _by_rounded_unit(line, price, share, policy, digits)
        else:
            amount = whole * share
            limited = limited or (pricing is not None and pricing.has_limits)
        found.append(
            Portion(line, start, end, price, share, amount, steps, pricing, instalment)
        )
    return _limited(found) if limited else found


def _dated(
    period: Period, held: Sequence[Line], amounts: Sequence[Amount]
) -> list[Portion]:
    found = []
    parts = _days(period, held)
    days = [(start, end) for _line, start, end in parts]
    for (line, start, end), share in zip(
        parts, _dated_shares(period, days), strict=True
    ):
        amount, units, taken = dated_price(line, start, end, share, amounts)
        found.append(
            Portion(
                line,
                start,
                end,
                Decimal(0),
                share,
                amount,
                pricing=line.pricing,
                units=units,
                taken=taken,
            )
        )
    return _limited(found)


def _days(period: Period, held: Sequence[Line]) -> list[tuple[Line, date, date]]:
    return [
        (line, max(line.start, period.start), earliest(period.end, line.end))
        for line in held
    ]


def _parts(period: Period, held: Sequence[Line]) -> list[tuple[Line, date, date]]:
    """Return (line, first day, day after) of each part of the period."""
    if period.policy.day_count != "none":
        return _days(period, held)
    # Whole periods only: what holds on the first day holds for all of it.
    is_held = held and held[0].start <= period.start
    return [(held[0], period.start, period.end)] if is_held else []


def _shares(period: Period, parts) -> Sequence[Fraction]:
    if period.policy.day_count == "none" and not period.cut:
        return [_ONE] * len(parts)
    return factors(period, [(start, end) for _line, start, end in parts])


def _dated_shares(period: Period, days) -> Sequence[Fraction]:
    """Return the shares of what is agreed beside dated amounts for a whole period."""
    if period.policy.day_count == "none" and not period.cut:
        supplied = sum((end - start).days for start, end in days)
        return [Fraction((end - start).days, supplied) for start, end in days]
    return factors(period, days)


def _instalment(whole: Fraction, number: int, count: int, digits: int) -> Fraction:
    """Return one of `count` instalments, so that all of them are the rounded whole.

    Each is what is due by its end less what was due by its beginning.
    """
    by_end = to_decimal(whole * (number + 1) / count, digits)
    by_start = to_decimal(whole * number / count, digits)
    return Fraction(by_end) - Fraction(by_start)


def _by_rounded_unit(line, price, share, policy, digits) -> Fraction:
    """Return quantity x rounded price of one unit for the days charged.

    Microsoft rounds the price of a licence half up for its days (the
    "EffectiveUnitPrice" of its reconciliation files) and cuts it where it multiplies
    it with a rate; of usage it cuts price x quantity, then the product with the rate.
    """
    unit = Fraction(price) * (1 - Fraction(line.discount) / 100)
    quantity = Fraction(line.quantity)
    if policy.unit_rounding == "down_twice":
        return _cut(_cut(quantity * unit, digits) * share, digits)
    if policy.unit_rounding == "half_up":
        return quantity * Fraction(to_decimal(unit * share, digits))
    return quantity * _cut(unit * share, digits)


def _cut(value: Fraction, digits: int) -> Fraction:
    scaled = abs(value) * 10**digits
    units = scaled.numerator // scaled.denominator
    return Fraction(units if value >= 0 else -units, 10**digits)


def _limited(found: list[Portion]) -> list[Portion]:
    """Return `found` held between the minimum and maximum of a natural period.

    The limits of portions that share them hold for their sum: a peak of some days
    counts against the minimum of the others.
    """
    sharing: dict[tuple, list[int]] = {}
    for index, portion in enumerate(found):
        pricing = portion.pricing
        if pricing and pricing.has_limits and not portion.instalment:
            key = (pricing.minimum, pricing.maximum)
            sharing.setdefault(key, []).append(index)
    for indices in sharing.values():
        share = sum((found[index].share for index in indices), Fraction(0))
        if not share:
            continue
        price = sum((found[index].amount for index in indices), Fraction(0))
        for step in limits(price, share, found[indices[0]].pricing):
            step = replace(step, amount=step.amount / share)
            for index in indices:
                portion = found[index]
                found[index] = portion._replace(
                    amount=portion.amount + step.amount * portion.share,
                    steps=(*portion.steps, step),
                )
    return found
