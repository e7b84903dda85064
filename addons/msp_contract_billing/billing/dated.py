"""Dated amounts: what is billed of amounts that are given from outside."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from datetime import date
from fractions import Fraction

from .history import Amount, History, Line
from .periods import earliest


def is_dated(line: Line | None) -> bool:
    """Return whether a line bills dated amounts instead of quantity and price."""
    return bool(line and line.pricing and line.pricing.model == "amounts")


def dated_price(
    line: Line, start: date, end: date, share: Fraction, amounts: Sequence[Amount]
) -> tuple[Fraction, Fraction, tuple[Amount, ...]]:
    """Return (price, units charged, amounts taken) of a line's days [start, end).

    Between minimum and maximum it is held by the caller, as they are shared.

    :param share: of the natural period; what is agreed for a whole one, units
        included and the amount of a discount, shrinks with it
    """
    taken, units, total = [], Fraction(0), Fraction(0)
    for item in amounts:
        days = (min(item.end, end) - max(item.start, start)).days
        if days > 0:
            # What is for several periods is spread over its days.
            part = Fraction(days, (item.end - item.start).days)
            units += Fraction(item.quantity) * part
            total += Fraction(item.amount) * part
            taken.append(item)
    pricing = line.pricing
    if pricing.included and units > 0:
        charged = max(units - Fraction(pricing.included) * share, Fraction(0))
        total, units = total * charged / units, charged
    price = total * (1 + Fraction(pricing.markup) / 100)
    price *= 1 - Fraction(line.discount) / 100
    off = Fraction(pricing.discount_amount) * share
    price -= min(off, max(price, Fraction(0)))
    return price, units, tuple(taken)


def unplaced_amounts(history: History) -> list[tuple[Hashable, Amount]]:
    """Return (position, amount) of amounts for days on which no line bills them.

    Such money would be lost without a word.
    """
    by_position = defaultdict(list)
    for line in history.lines:
        if is_dated(line):
            by_position[line.position].append(line)
    result = []
    for position, amounts in history.amounts.items():
        for item in amounts:
            days = 0
            for line in by_position.get(position, ()):
                end = earliest(earliest(item.end, line.end), history.end)
                days += max((end - max(item.start, line.start)).days, 0)
            # An amount for no day at all would be lost as well.
            if days < max((item.end - item.start).days, 1):
                result.append((position, item))
    return result
