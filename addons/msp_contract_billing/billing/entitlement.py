"""What a history entitles to bill: natural periods, cut into slices at changes."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from .errors import PriceIntervalError
from .history import History, Line
from .periods import Period, Policy, natural_periods
from .proration import day_share, factor


@dataclass(frozen=True, slots=True)
class Slice:
    """Days of one natural period on which a position's content is the same.

    :param unit_price: price of one unit for the whole natural period
    :param factor: exact share of the natural period
    :param amount: exact, unrounded
    :param days: days of the slice and of the natural period, as the policy counts
    """

    period: Period
    start: date
    end: date
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    factor: Fraction
    amount: Fraction
    days: tuple[int, int]
    text: str = ""
    versions: tuple[int, ...] = ()


def periods(history: History, horizon: date) -> list[Period]:
    """Return the natural periods of `history` that begin before `horizon`.

    They follow each other without gap; each is clipped to the contract's days
    and to the days of the policy that governs it.
    """
    result = []
    # Terms from the contract's end on govern nothing and cut nothing.
    governing = [
        terms
        for terms in history.terms
        if history.end is None or terms.start < history.end
    ]
    last = len(governing) - 1
    for index, terms in enumerate(governing):
        if index and terms.start >= horizon:
            break
        end = _earliest(terms.end, history.end)
        stop = _earliest(end, horizon)
        anchor = terms.policy.anchor or history.start
        for natural in natural_periods(terms.policy, anchor, terms.start, stop):
            start = max(natural[0], terms.start)
            clipped = _earliest(natural[1], end)
            cut = (index > 0 and natural[0] < terms.start) or (
                index < last and terms.end == clipped < natural[1]
            )
            result.append(Period(terms.policy, *natural, start, clipped, cut))
    return result


def slices_by_position(
    history: History, grid: list[Period]
) -> dict[Hashable, dict[int, list[Slice]]]:
    """Return for each position and index of `grid` the slices, in order of days.

    :raise PriceIntervalError: a price cannot be turned into the period's price
    """
    starts = [period.start for period in grid]
    anchors = {
        terms.policy: (terms.policy.anchor or history.start).day
        for terms in history.terms
    }
    result: dict = defaultdict(lambda: defaultdict(list))
    for line in merge_equal(history.lines):
        of_position = result[line.position]
        index = max(bisect_right(starts, line.start) - 1, 0)
        while index < len(grid) and (line.end is None or starts[index] < line.end):
            piece = _slice(line, grid[index], anchors[grid[index].policy])
            if piece:
                of_position[index].append(piece)
            index += 1
    return result


def merge_equal(lines: Iterable[Line]) -> list[Line]:
    """Return `lines` with neighbours merged that differ in text only.

    Splitting a version without changing a value must not change an amount.
    """
    merged: list[Line] = []
    for line in sorted(lines, key=lambda line: (str(line.position), line.start)):
        last = merged[-1] if merged else None
        if (
            last
            and last.position == line.position
            and last.end == line.start
            and last.content[:-1] == line.content[:-1]
        ):
            merged[-1] = Line(
                last.position,
                last.start,
                line.end,
                *last.content[:-1],
                line.text,
                tuple(sorted({*last.versions, *line.versions})),
            )
        else:
            merged.append(line)
    return merged


def period_price(line: Line, policy: Policy) -> Decimal:
    """Return the price of one unit of `line` for a whole period of `policy`.

    :raise PriceIntervalError: the period is no whole multiple of the price's months
    """
    if not line.price_months:
        return line.unit_price
    if not policy.months or policy.months % line.price_months:
        raise PriceIntervalError(line.price_months, policy.months)
    return line.unit_price * (policy.months // line.price_months)


def _slice(line: Line, period: Period, anchor_day: int) -> Slice | None:
    if period.policy.day_count == "none":
        # Whole periods only: what holds on the first day holds for all of it.
        covers = line.start <= period.start and (
            line.end is None or period.start < line.end
        )
        start, end = period.start, period.end
        share = factor(period, start, end, anchor_day) if period.cut else Fraction(1)
    else:
        start = max(line.start, period.start)
        end = _earliest(period.end, line.end)
        covers = start < end
        share = factor(period, start, end, anchor_day) if covers else None
    if not covers:
        return None
    price = period_price(line, period.policy)
    return Slice(
        period=period,
        start=start,
        end=end,
        quantity=line.quantity,
        unit_price=price,
        discount=line.discount,
        factor=share,
        amount=Fraction(line.quantity)
        * Fraction(price)
        * (1 - Fraction(line.discount) / 100)
        * share,
        days=_days(period, start, end, anchor_day, share),
        text=line.text,
        versions=line.versions,
    )


def _days(period, start, end, anchor_day, share) -> tuple[int, int]:
    used, whole = day_share(period, start, end, anchor_day)
    return (whole, whole) if share == 1 else (used, whole)


def _earliest(day: date, other: date | None) -> date:
    if day is None or other is None:
        return day or other
    return min(day, other)


def horizon_of(until: date, ends: Iterable[date]) -> date:
    """Return the day before which every period begins that may be due or claimed."""
    return max([until + timedelta(days=1), *ends])
