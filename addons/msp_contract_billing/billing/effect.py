"""When a change counts: at once, from the next period, at the end of the term.

A policy may let more or fewer units wait. What is charged on a day is then not
what the contract contains on it, but what counted before, until the next border
of a period or term.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from .dated import is_dated
from .grids import term_starts
from .history import History, Line
from .periods import Period, Policy
from .portions import period_price
from .pricing import price_of


def merge_equal(lines: Iterable[Line]) -> list[Line]:
    """Return one position's `lines` with neighbours merged that differ in text only.

    Splitting a version without changing a value must not change an amount.

    :param lines: in order of days
    """
    merged: list[Line] = []
    for line in lines:
        last = merged[-1] if merged else None
        if last and last.end == line.start and last.priced == line.priced:
            merged[-1] = replace(
                last,
                end=line.end,
                text=line.text,
                versions=tuple(sorted({*last.versions, *line.versions})),
            )
        else:
            merged.append(line)
    return merged


def charged_lines(
    lines: Sequence[Line], grid: Sequence[Period], history: History
) -> list[Line]:
    """Return what is charged on each day of `grid`, as lines.

    :param lines: of one position, in order of days
    """
    if not any(period.policy.defers for period in grid):
        return list(lines)
    starts = [period.start for period in grid]
    stop = grid[-1].end
    terms = {
        months: term_starts(history.start, months, stop)
        for months in {period.policy.term_months for period in grid}
    }
    days = {line.start for line in lines} | {line.end for line in lines if line.end}
    days.update(starts, *terms.values())
    first = lines[0].start
    cuts = sorted(day for day in days if first <= day < stop)
    if not cuts:
        return []
    result: list[Line] = []
    counting: Line | None = None
    boundaries, line_starts = set(starts), [line.start for line in lines]
    for start, end in zip(cuts, [*cuts[1:], stop], strict=True):
        line = lines[bisect_right(line_starts, start) - 1]
        wanted = line if line.end is None or start < line.end else None
        policy = grid[bisect_right(starts, start) - 1].policy
        borders = {
            "next_period": start in boundaries,
            "end_of_term": start == history.start or start in terms[policy.term_months],
        }
        counting = _next(counting, wanted, policy, borders)
        if counting:
            result.append(replace(counting, start=start, end=end))
    return merge_equal(result)


def _next(
    counting: Line | None, wanted: Line | None, policy: Policy, borders: dict[str, bool]
) -> Line | None:
    """Return what counts from a day on, on which the contract contains `wanted`."""
    if is_dated(wanted):
        # Amounts belong to their own days: one that waits would be lost.
        return wanted
    if is_dated(counting):
        counting = None
    found = wanted
    before, after = _quantity(counting), _quantity(wanted)
    rule = policy.increase if after > before else policy.decrease
    if after != before and not borders.get(rule, True):
        # Only the quantity waits; what a unit costs changes on the day agreed.
        found = replace(wanted, quantity=before) if counting and wanted else counting
    keeps = policy.decrease == "never" and not borders["next_period"]
    if keeps and _price(found, policy) < _price(counting, policy):
        found = counting
    # What is suspended is so from the day agreed, whatever waits.
    return replace(found, share=wanted.share) if found and wanted else found


def _quantity(line: Line | None) -> Decimal:
    return line.quantity if line else Decimal(0)


def _price(line: Line | None, policy: Policy) -> Fraction:
    """Return what a line costs in a whole period."""
    if line is None:
        return Fraction(0)
    unit_price, pricing, count = period_price(line, policy)
    return price_of(line.quantity, unit_price, line.discount, pricing) / count
