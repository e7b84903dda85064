"""What a history entitles to bill: natural periods, cut into slices at changes."""

from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from .effect import charged_lines, merge_equal
from .errors import PriceIntervalError
from .grids import areas_of, earliest, periods, periods_of
from .history import Amount, History, Line
from .periods import Period, Policy, index_at
from .pricing import Pricing, Step, average, limits, price_of, shown_as, steps_of
from .proration import day_share, factors
from .rounding import to_decimal


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
    """

    grid: list[Period]
    areas: list[tuple[date, date]]
    lines: list[Line]
    digits: int
    amounts: tuple[Amount, ...] = ()
    _prices: dict = field(default_factory=dict)

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
            line.pricing is None
            and policy.day_count != "year_share"
            and policy.unit_rounding == "none"
        )
        if not is_simple:
            return None
        price, parts = period_price(line, policy)
        if parts > 1:
            return None
        exact = price_of(line.quantity, price, line.discount)
        return to_decimal(exact, self.digits)

    def slices(self, index: int, held: list[Line] | None = None) -> list[Slice]:
        """Return the slices of a period, in order of days."""
        period = self.grid[index]
        if held is None:
            held = [
                line
                for line in self.lines
                if line.start < period.end and not _ends_by(line, period.start)
            ]
        if not held:
            return []
        if held[0].pricing and held[0].pricing.model == "amounts":
            return [piece for line in held if (piece := self._of_amounts(line, period))]
        parts = _parts(period, held)
        shares = _shares(period, parts)
        pieces = [
            _slice(line, period, start, end, share, self.digits)
            for (line, start, end), share in zip(parts, shares, strict=True)
        ]
        return _limited(pieces)

    def _of_amounts(self, line: Line, period: Period) -> Slice | None:
        start = max(line.start, period.start)
        end = earliest(period.end, line.end)
        taken, quantity, total = [], Fraction(0), Fraction(0)
        for item in self.amounts:
            days = (min(item.end, end) - max(item.start, start)).days
            if days > 0:
                # What is for several periods is spread over its days.
                share = Fraction(days, (item.end - item.start).days)
                quantity += Fraction(item.quantity) * share
                total += Fraction(item.amount) * share
                taken.append(item)
        pricing = line.pricing
        if pricing.included and quantity:
            charged = max(quantity - Fraction(pricing.included), Fraction(0))
            total, quantity = total * charged / quantity, charged
        price = total * (1 + Fraction(pricing.markup) / 100)
        price *= 1 - Fraction(line.discount) / 100
        price -= min(Fraction(pricing.discount_amount), max(price, Fraction(0)))
        price += sum(step.amount for step in limits(price, Fraction(1), pricing))
        units, unit_price = average(price, quantity)
        days = (end - start).days
        return Slice(
            period=period,
            start=start,
            end=end,
            quantity=units,
            unit_price=unit_price,
            discount=Decimal(0),
            factor=Fraction(1),
            amount=price,
            days=(days, days),
            text=line.text,
            versions=line.versions,
            pricing=pricing,
            shown=(units, unit_price, Decimal(0)),
            amounts=tuple(taken),
        )


def entitlements(
    history: History, horizon: date, digits: int
) -> dict[Hashable, Entitlement]:
    """Return what each position of `history` entitles to bill.

    :param horizon: periods that begin before it are looked at
    :param digits: decimals of the currency
    """
    grid = periods(history, horizon)
    areas = areas_of(grid)
    by_position = defaultdict(list)
    for line in history.lines:
        by_position[line.position].append(line)
    result = {}
    for position, lines in by_position.items():
        lines.sort(key=lambda line: line.start)
        lines = merge_equal(lines)
        own = periods_of(history, lines, horizon)
        own_grid = grid if own is None else own
        result[position] = Entitlement(
            own_grid,
            areas if own is None else areas_of(own),
            charged_lines(lines, own_grid, history),
            digits,
            tuple(history.amounts.get(position, ())),
        )
    return result


def slices_by_position(
    history: History, horizon: date, digits: int
) -> dict[Hashable, list[Slice]]:
    """Return all slices of each position that begin before `horizon`, by days."""
    return {
        position: [
            piece
            for index, held in entitled.holding()
            for piece in entitled.slices(index, held)
        ]
        for position, entitled in entitlements(history, horizon, digits).items()
    }


def unplaced_amounts(history: History) -> list[tuple[Hashable, Amount]]:
    """Return (position, amount) of amounts for days on which no line bills them.

    Such money would be lost without a word.
    """
    by_position = defaultdict(list)
    for line in history.lines:
        if line.pricing and line.pricing.model == "amounts":
            by_position[line.position].append(line)
    result = []
    for position, amounts in history.amounts.items():
        for item in amounts:
            days = 0
            for line in by_position.get(position, ()):
                end = earliest(earliest(item.end, line.end), history.end)
                days += max((end - max(item.start, line.start)).days, 0)
            if days < (item.end - item.start).days:
                result.append((position, item))
    return result


def period_price(line: Line, policy: Policy) -> tuple[Decimal, int]:
    """Return (unit price, number of periods of `policy` that it pays for).

    By `year_share` the price is that of a year.

    :raise PriceIntervalError: neither of price and period is a multiple of the
        other
    """
    if policy.day_count == "year_share":
        months = line.price_months or 12
        if 12 % months:
            raise PriceIntervalError(months, 12)
        return line.unit_price * (12 // months), 1
    if not line.price_months:
        return line.unit_price, policy.instalments
    if not policy.months:
        raise PriceIntervalError(line.price_months, None)
    if policy.months % line.price_months == 0:
        return line.unit_price * (policy.months // line.price_months), 1
    if line.price_months % policy.months:
        raise PriceIntervalError(line.price_months, policy.months)
    return line.unit_price, line.price_months // policy.months


def _ends_by(line: Line, day: date) -> bool:
    return line.end is not None and line.end <= day


def _ends_before(line: Line, day: date) -> bool:
    return line.end is not None and line.end < day


def _parts(period: Period, held: list[Line]) -> list[tuple[Line, date, date]]:
    """Return (line, first day, day after) of each part of the period."""
    if period.policy.day_count != "none":
        return [
            (line, max(line.start, period.start), earliest(period.end, line.end))
            for line in held
        ]
    # Whole periods only: what holds on the first day holds for all of it.
    first = held[0]
    return [(first, period.start, period.end)] if first.start <= period.start else []


def _shares(period: Period, parts) -> list[Fraction]:
    if period.policy.day_count == "none" and not period.cut:
        return [Fraction(1) for _part in parts]
    return factors(period, [(start, end) for _line, start, end in parts])


def _slice(line, period, start, end, share, digits) -> Slice:
    price, count = period_price(line, period.policy)
    days = _days(period, start, end, share)
    instalment = None
    if count > 1:
        number = index_at(period.policy, period.anchor, period.natural_start) % count
        instalment = (number + 1, count)
        whole = price_of(line.quantity, price, line.discount, line.pricing)
        amount = _instalment(whole, number, count, digits) * share
        share /= count
    elif period.policy.unit_rounding != "none" and line.pricing is None:
        amount = _by_rounded_unit(line, price, share, period.policy, digits)
    else:
        # Minimum and maximum are those of the whole period; see `_limited`.
        pricing = line.pricing and _without_limits(line.pricing)
        amount = price_of(line.quantity, price, line.discount, pricing) * share
    content = (line.quantity, price, line.discount, line.pricing)
    shown = content[:3]
    if line.pricing is None:
        quantity, unit_price, discount = shown
        steps = ()
    else:
        shown, steps = shown_as(*content), steps_of(*content)
        _units, unit_price = average(price_of(*content), line.quantity)
        quantity, discount = line.quantity, Decimal(0)
    return Slice(
        period=period,
        start=start,
        end=end,
        quantity=quantity,
        unit_price=unit_price,
        discount=discount,
        factor=share,
        amount=amount,
        days=days,
        text=line.text,
        versions=line.versions,
        pricing=line.pricing,
        steps=steps,
        shown=shown,
        instalment=instalment,
    )


def _days(period: Period, start: date, end: date, share: Fraction) -> tuple[int, int]:
    used, whole = day_share(period, start, end)
    if period.policy.day_count == "actual/30":
        whole = int(used / share)
    return (whole, whole) if share == 1 else (used, whole)


def _instalment(whole: Fraction, number: int, count: int, digits: int) -> Fraction:
    """Return one of `count` instalments, so that all of them are the rounded whole.

    Each is what is due by its end less what was due by its beginning.
    """
    by_end = to_decimal(whole * (number + 1) / count, digits)
    by_start = to_decimal(whole * number / count, digits)
    return Fraction(by_end) - Fraction(by_start)


def _by_rounded_unit(line, price, share, policy, digits) -> Fraction:
    """Return quantity x rounded price of one unit for the days charged.

    Microsoft cuts the price of a unit after two decimals, and of usage the
    product as well ("EffectiveUnitPrice" of its reconciliation files).
    """
    unit = Fraction(price) * (1 - Fraction(line.discount) / 100) * share
    if policy.unit_rounding == "half_up":
        return Fraction(line.quantity) * Fraction(to_decimal(unit, digits))
    amount = Fraction(line.quantity) * _cut(unit, digits)
    return _cut(amount, digits) if policy.unit_rounding == "down_twice" else amount


def _cut(value: Fraction, digits: int) -> Fraction:
    scaled = abs(value) * 10**digits
    units = scaled.numerator // scaled.denominator
    return Fraction(units if value >= 0 else -units, 10**digits)


def _without_limits(pricing: Pricing) -> Pricing:
    if not pricing.has_limits:
        return pricing
    return replace(pricing, minimum=None, maximum=None)


def _limited(pieces: list[Slice]) -> list[Slice]:
    """Return `pieces` held between the minimum and maximum of a natural period.

    The limits of slices that share them hold for their sum: a peak of some days
    counts against the minimum of the others.
    """
    if not any(piece.pricing and piece.pricing.has_limits for piece in pieces):
        return pieces
    result = []
    for shared, group in groupby(pieces, key=_limits_of):
        group = list(group)
        share = sum((piece.factor for piece in group), Fraction(0))
        if shared is None or not share or group[0].instalment:
            # The limits of a price in instalments are part of the instalment.
            result += group
            continue
        price = sum((piece.amount for piece in group), Fraction(0))
        added = sum(step.amount for step in limits(price, share, group[0].pricing))
        result += [
            replace(piece, amount=piece.amount + added * piece.factor / share)
            for piece in group
        ]
    return result


def _limits_of(piece: Slice) -> tuple | None:
    pricing = piece.pricing
    if not pricing or not pricing.has_limits:
        return None
    return pricing.minimum, pricing.maximum
