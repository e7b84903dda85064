"""The share of a natural period's price that some of its days cost."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from .periods import Period, add_months


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


def day_share(period: Period, start: date, end: date) -> tuple[int, int]:
    """Return (days of [start, end), days of the natural period).

    Days are counted as the period's policy says; `none` and `actual/30` count
    actual days, `year_share` compares them with the year that begins or has begun
    on the grid.

    A boundary that was clipped to a short month's end (anchored on the 31st: 28
    February) counts as the anchor's day, otherwise the days of such a period
    would not add up to 30 per month and a full period would not cost its price.
    """
    if period.policy.day_count == "year_share":
        first, after = _year(period.anchor, start)
        return (end - start).days, (after - first).days
    if period.policy.day_count != "30/360":
        return (end - start).days, (period.natural_end - period.natural_start).days

    def day(value: date) -> int:
        at_boundary = value in (period.natural_start, period.natural_end)
        return period.anchor.day if at_boundary else value.day

    return (
        days_360(start, end, day(start), day(end)),
        30 * (period.policy.months or 0),
    )


def factor(period: Period, start: date, end: date) -> Fraction:
    """Return the exact share of the price for [start, end), taken alone.

    A whole natural period is 1 without any division; by `year_share`, where the
    price is that of a year, a whole year is.
    """
    if period.policy.day_count == "year_share":
        return _year_share(period.anchor, start, end)
    if (start, end) == (period.natural_start, period.natural_end):
        return Fraction(1)
    used, whole = day_share(period, start, end)
    return Fraction(used, whole)


def factors(period: Period, days: Sequence[tuple[date, date]]) -> list[Fraction]:
    """Return the shares of the parts of one natural period that were supplied.

    :param days: (first day, day after) of each part, without overlap

    By `actual/30` days are counted over 30 per month; the parts together cost a
    whole period at most, and a whole one exactly its price.
    """
    if period.policy.day_count != "actual/30":
        return [factor(period, start, end) for start, end in days]
    natural = (period.natural_end - period.natural_start).days
    supplied = sum((end - start).days for start, end in days)
    commercial = 30 * (period.policy.months or 0)
    whole = natural if supplied == natural else max(commercial, supplied)
    return [Fraction((end - start).days, whole) for start, end in days]


def _year(anchor: date, day: date) -> tuple[date, date]:
    """Return the year of the grid through `anchor` that holds `day`."""
    years = day.year - anchor.year
    if add_months(anchor, 12 * years) > day:
        years -= 1
    return add_months(anchor, 12 * years), add_months(anchor, 12 * years + 12)


def _year_share(anchor: date, start: date, end: date) -> Fraction:
    share = Fraction(0)
    while start < end:
        first, after = _year(anchor, start)
        stop = min(after, end)
        share += Fraction((stop - start).days, (after - first).days)
        start = stop
    return share
