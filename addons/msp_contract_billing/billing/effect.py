"""When a change counts: at once, from the next period, at the end of the term.

A policy may let more or fewer units wait. What is charged on a day is then not
what the contract contains on it, but what counted before, until the next border
of a period or term.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from .grids import term_starts
from .history import History, Line
from .periods import Period, Policy
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
        period.policy.term_months: term_starts(
            history.start, period.policy.term_months, stop
        )
        for period in grid
    }
    days = {line.start for line in lines} | {line.end for line in lines if line.end}
    days.update(starts, *terms.values())
    first = lines[0].start
    cuts = sorted(day for day in days if first <= day < stop)
    result: list[Line] = []
    counting: Line | None = None
    for start, end in zip(cuts, [*cuts[1:], stop], strict=True):
        wanted = next((ln for ln in reversed(lines) if _holds(ln, start)), None)
        policy = grid[bisect_right(starts, start) - 1].policy
        borders = {
            "next_period": start in starts,
            "never": start in starts,
            "end_of_term": start == history.start or start in terms[policy.term_months],
        }
        counting = _next(counting, wanted, policy, borders)
        if counting:
            result.append(replace(counting, start=start, end=end))
    return merge_equal(result)


def _holds(line: Line, day: date) -> bool:
    return line.start <= day and (line.end is None or day < line.end)


def _next(
    counting: Line | None, wanted: Line | None, policy: Policy, borders: dict[str, bool]
) -> Line | None:
    """Return what counts from a day on, on which the contract contains `wanted`."""
    before, after = _measure(counting, policy), _measure(wanted, policy)
    rule = "at_once"
    if after > before:
        rule = policy.increase
    elif after < before:
        rule = policy.decrease
    if rule == "at_once" or borders[rule]:
        return wanted
    if counting is None or wanted is None or rule == "never":
        return counting
    # Only the quantity waits; what a unit costs changes on the day agreed.
    return replace(wanted, quantity=counting.quantity)


def _measure(line: Line | None, policy: Policy):
    """Return by what more and less are told apart: units, or money for a mark."""
    if line is None:
        return 0
    if policy.decrease == "never":
        return price_of(line.quantity, line.unit_price, line.discount, line.pricing)
    return line.quantity
