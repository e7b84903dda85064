"""Which figures differ from the last months by more than usual."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from decimal import Decimal


def is_outlier(
    value: Decimal, earlier: Iterable[Decimal], percent: Decimal, least: Decimal
) -> bool:
    """Return whether `value` is far from every one of the earlier figures.

    Far is more than `percent` of the earlier figure and more than `least` besides, so
    that neither one more of two seats nor 60 more of 10,000 is odd. A figure like one
    of the last months is none, whatever the others were: what comes and goes is not odd.

    :param percent: 0 or less: nothing is an outlier
    :return: False without earlier figures, as there is nothing to compare with
    """
    known = list(earlier)
    if not known or percent <= 0:
        return False
    return all(_is_far(value, old, percent, least) for old in known)


def _is_far(value: Decimal, old: Decimal, percent: Decimal, least: Decimal) -> bool:
    moved = abs(value - old)
    return moved > least and moved * 100 > percent * abs(old)


def months_before(day: date, count: int) -> list[date]:
    """Return the same day of the `count` months before, the latest first.

    The 31st is the last day of a shorter month.
    """
    result = []
    for number in range(1, count + 1):
        index = day.year * 12 + day.month - 1 - number
        year, month = divmod(index, 12)
        last = monthrange(year, month + 1)[1]
        result.append(date(year, month + 1, min(day.day, last)))
    return result
