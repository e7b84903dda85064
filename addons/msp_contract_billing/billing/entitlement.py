"""What a history entitles to bill: natural periods, cut into slices at changes."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .dated import is_dated
from .effect import charged_lines, merge_equal
from .grids import areas_of, own_terms, periods, periods_by, terms_of
from .history import Amount, History, Line, Terms
from .periods import Period, Policy
from .portions import Portion, period_price, portions
from .pricing import Pricing, Step, average, price_of, shown_as
from .proration import day_share
from .rounding import to_decimal
from .shares import billed_lines, unshared

_ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Slice:
    """Days of one natural period on which a position's content is the same.

    :param quantity: what the contract contains
    :param unit_price: price of one unit for the whole natural period; of a price
        that is not per unit, the average
    :param shown: (quantity, unit price, discount) to print
    :param steps: how the price of the whole period is made, if not per unit
    :param factor: exact share of the price
    :param amount: exact, unrounded
    :param days: days of the slice and of the natural period, as the policy counts
    :param instalment: (number of the instalment, instalments), None without
    :param amounts: what it consists of, if priced by amounts
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
    pricing: Pricing | None = None
    steps: tuple[Step, ...] = ()
    shown: tuple[Decimal, Decimal, Decimal] | None = None
    instalment: tuple[int, int] | None = None
    amounts: tuple[Amount, ...] = ()


@dataclass(slots=True)
class Entitlement:
    """One position's entitlement, period by period, computed when it is asked for.

    :param grid: natural periods, in order and without gap
    :param areas: the days whose claims belong to each period
    :param lines: what is charged on which days, in order
    :param terms: of the contract, or the position's own
    """

    grid: list[Period]
    areas: list[tuple[date, date]]
    lines: list[Line]
    digits: int
    amounts: tuple[Amount, ...] = ()
    terms: Sequence[Terms] = ()
    _prices: dict = field(default_factory=dict)
    _amounts: dict[int, list[Amount]] | None = None

    def holding(self) -> Iterator[tuple[int, list[Line]]]:
        """Yield each index of the grid with the lines that hold in the period."""
        first, lines = 0, self.lines
        for index, period in enumerate(self.grid):
            while first < len(lines) and _ends_by(lines[first], period.start):
                first += 1
            held = first
            while held < len(lines) and lines[held].start < period.end:
                held += 1
            yield index, lines[first:held]

    def whole_price(self, index: int, held: list[Line]) -> Decimal | None:
        """Return the rounded price of a period that one line covers to the full.

        None if there is more to compute than a price that was agreed.
        """
        period = self.grid[index]
        if len(held) != 1 or not period.is_whole:
            return None
        line, policy = held[0], period.policy
        if line.start > period.start or _ends_before(line, period.end):
            return None
        key = (id(line), id(policy))
        if key not in self._prices:
            self._prices[key] = self._simple_price(line, policy)
        return self._prices[key]

    def _simple_price(self, line: Line, policy: Policy) -> Decimal | None:
        is_simple = (
            not is_dated(line)
            and policy.day_count != "year_share"
            and (line.pricing or policy.unit_rounding == "none")
        )
        if not is_simple:
            return None
        price, pricing, parts = period_price(line, policy)
        if parts > 1:
            return None
        exact = price_of(line.quantity, price, line.discount, pricing)
        return to_decimal(exact, self.digits)

    def total(self, index: int, held: list[Line] | None = None) -> Fraction:
        """Return the exact amount of a period."""
        found = self._portions(index, held)
        return sum((portion.amount for portion in found), Fraction(0))

    def slices(self, index: int, held: list[Line] | None = None) -> list[Slice]:
        """Return the slices of a period, in order of days."""
        period = self.grid[index]
        return [_slice(period, portion) for portion in self._portions(index, held)]

    def _portions(self, index: int, held: list[Line] | None) -> list[Portion]:
        period = self.grid[index]
        if held is None:
            held = [
                line
                for line in self.lines
                if line.start < period.end and not _ends_by(line, period.start)
            ]
        if not held:
            return []
        return portions(period, held, self._amounts_in(index), self.digits)

    def _amounts_in(self, index: int) -> Sequence[Amount]:
        """Return the dated amounts for days of a period."""
        if self._amounts is None:
            self._amounts = defaultdict(list)
            ends = [period.end for period in self.grid]
            for item in self.amounts:
                touched = bisect_right(ends, item.start)
                while touched < len(ends) and self.grid[touched].start < item.end:
                    self._amounts[touched].append(item)
                    touched += 1
        return self._amounts.get(index, ())


def entitlements(
    history: History,
    horizon: date,
    digits: int,
    since: date | None = None,
    of: Callable[[list[Line]], list[Line]] = billed_lines,
) -> dict[Hashable, Entitlement]:
    """Return what each position of `history` entitles to bill.

    :param horizon: periods that begin before it are looked at
    :param digits: decimals of the currency
    :param since: periods that end by this day may be left out
    :param of: picks the lines to look at from those that count, see `shares`
    """
    if any(terms.policy.defers for terms in history.terms):
        # What counts on a day depends on the borders before it.
        since = None
    grid = periods(history, horizon, since)
    areas = areas_of(grid)
    by_position = defaultdict(list)
    for line in history.lines:
        by_position[line.position].append(line)
    result = {}
    for position, lines in by_position.items():
        lines.sort(key=lambda line: line.start)
        ruled = lines = merge_equal(lines)
        if any(line.overrides for line in lines):
            # Own rules make periods; what is left of a line is its price.
            lines = merge_equal(replace(line, overrides=()) for line in lines)
        # To suspend is not to change what it costs, so no new period begins.
        changes = {line.start for line in merge_equal(map(unshared, lines))}
        own = own_terms(history, ruled, changes)
        own_grid = grid if own is None else periods_by(own, history, horizon)
        result[position] = Entitlement(
            own_grid,
            areas if own is None else areas_of(own_grid),
            of(charged_lines(lines, own_grid, history)),
            digits,
            tuple(history.amounts.get(position, ())),
            terms_of(history, own),
        )
    return result


def slices_by_position(
    history: History,
    horizon: date,
    digits: int,
    of: Callable[[list[Line]], list[Line]] = billed_lines,
) -> dict[Hashable, list[Slice]]:
    """Return all slices of each position that begin before `horizon`, by days.

    :param of: picks the lines to look at, see `entitlements`
    """
    return {
        position: [
            piece
            for index, held in entitled.holding()
            for piece in entitled.slices(index, held)
        ]
        for position, entitled in entitlements(history, horizon, digits, of=of).items()
    }


def _ends_by(line: Line, day: date) -> bool:
    return line.end is not None and line.end <= day


def _ends_before(line: Line, day: date) -> bool:
    return line.end is not None and line.end < day


def _slice(period: Period, portion: Portion) -> Slice:
    line, start, end = portion.line, portion.start, portion.end
    steps: tuple[Step, ...] = ()
    if portion.units is not None:
        quantity, unit_price = average(portion.amount, portion.units)
        discount, factor = Decimal(0), _ONE
        shown = (quantity, unit_price, discount)
        days = ((end - start).days,) * 2
    else:
        shown = (line.quantity, portion.price, line.discount)
        quantity, unit_price, discount = shown
        factor = portion.share
        days = _days(period, start, end, factor, portion.instalment)
    if portion.units is None and line.pricing is not None:
        steps = portion.steps
        shown = shown_as(*shown, steps)
        price = sum((step.amount for step in steps), Fraction(0))
        _units, unit_price = average(price, quantity)
        discount = Decimal(0)
    return Slice(
        period=period,
        start=start,
        end=end,
        quantity=quantity,
        unit_price=unit_price,
        discount=discount,
        factor=factor,
        amount=portion.amount,
        days=days,
        text=line.text,
        versions=line.versions,
        pricing=line.pricing,
        steps=steps,
        shown=shown,
        instalment=portion.instalment,
        amounts=portion.taken,
    )


def _days(period, start, end, factor, instalment) -> tuple[int, int]:
    """Return the days of a slice and of its natural period, as the policy counts."""
    used, whole = day_share(period, start, end)
    share = factor * instalment[1] if instalment else factor
    if period.policy.day_count == "actual/30":
        whole = int(used / share)
    return (whole, whole) if share == 1 else (used, whole)
