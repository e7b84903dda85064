"""The share of a natural period's price that some of its days cost."""

from datetime import date
from fractions import Fraction

from .periods import Period


def days_360(start: date, end: date, start_day: int, end_day: int) -> int:
    """Return the days of [start, end) by 30E/360 (ISDA 2006, 4.16(g)).

    `start_day` and `end_day` stand for the dates' own days of the month.
    """
    return (
        360 * (end.year - start.year)
        + 30 * (end.month - start.month)
        + min(end_day, 30)
        - min(start_day, 30)
    )


def day_share(period: Period, start: date, end: date, anchor_day: int):
    """Return (days of [start, end), days of the natural period), both integers.

    Days are counted as the period's policy says; `none` counts actual days,
    which only matters where a change of policy cuts a period.

    A boundary that was clipped to a short month's end (anchored on the 31st: 28
    February) counts as the anchor's day, otherwise the days of such a period
    would not add up to 30 per month and a full period would not cost its price.
    """
    if period.policy.day_count != "30/360":
        return (end - start).days, (period.natural_end - period.natural_start).days

    def day(value: date) -> int:
        at_boundary = value in (period.natural_start, period.natural_end)
        return anchor_day if at_boundary else value.day

    return (
        days_360(start, end, day(start), day(end)),
        30 * (period.policy.months or 0),
    )


def factor(period: Period, start: date, end: date, anchor_day: int) -> Fraction:
    """Return the exact share of the period's price for [start, end).

    A whole natural period is 1 without any division.
    """
    if (start, end) == (period.natural_start, period.natural_end):
        return Fraction(1)
    used, whole = day_share(period, start, end, anchor_day)
    return Fraction(used, whole)
