"""Which natural periods there are: of a contract, and of a position with own rules."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from .history import History, Line, Terms
from .periods import Period, add_months, natural_periods


def periods(history: History, horizon: date) -> list[Period]:
    """Return the natural periods of `history` that begin before `horizon`.

    They follow each other without gap; each is clipped to the contract's days
    and to the days of the policy that governs it.
    """
    return _periods(history.terms, history, horizon)


def periods_of(
    history: History, lines: Sequence[Line], horizon: date
) -> list[Period] | None:
    """Return the natural periods of one position, None if they are the contract's.

    :param lines: of the position, in order of days
    """
    terms = _own_terms(history, lines)
    return None if terms is None else _periods(terms, history, horizon)


def horizon_of(until: date, history: History | None, ends: Iterable[date]) -> date:
    """Return the day before which every period begins that may be due or claimed."""
    policies = [terms.policy for terms in history.terms] if history else []
    own = (
        {
            dict(line.overrides).get("lead_days", 0)
            for line in history.lines
            if line.overrides
        }
        if history
        else set()
    )
    lead = max([0, *own, *(policy.lead_days for policy in policies)])
    return max([until + timedelta(days=1 + lead), *ends])


def _periods(
    all_terms: Sequence[Terms], history: History, horizon: date
) -> list[Period]:
    result = []
    # Terms from the contract's end on govern nothing and cut nothing.
    governing = [
        terms for terms in all_terms if history.end is None or terms.start < history.end
    ]
    last = len(governing) - 1
    for index, terms in enumerate(governing):
        if index and terms.start >= horizon:
            break
        end = earliest(terms.end, history.end)
        stop = earliest(end, horizon)
        anchor = terms.policy.anchor or history.start
        for first, after in natural_periods(terms.policy, anchor, terms.start, stop):
            start = max(first, terms.start)
            clipped = earliest(after, end)
            cut = (index > 0 and first < terms.start) or (
                index < last and terms.end == clipped < after
            )
            result.append(
                Period(terms.policy, first, after, start, clipped, cut, anchor)
            )
    return result


def _own_terms(history: History, lines: Sequence[Line]) -> list[Terms] | None:
    """Return the terms of a position that has rules of its own, else None.

    What a line overrides holds until the next line; days without one keep what
    held before. A change of a position whose policy re-anchors begins a new grid.
    """
    re_anchors = any(
        dict(line.overrides).get("re_anchor", terms.policy.re_anchor)
        for line in lines
        for terms in history.terms
    )
    if not re_anchors and not any(line.overrides for line in lines):
        return None
    borders = {terms.start for terms in history.terms}
    borders |= {line.start for line in lines if line.start > history.start}
    result: list[Terms] = []
    anchor = base = None
    for start in sorted(borders):
        terms = next(t for t in reversed(history.terms) if t.start <= start)
        line = next((ln for ln in reversed(lines) if ln.start <= start), lines[0])
        policy = replace(terms.policy, **dict(line.overrides))
        if policy != base:
            base, anchor = policy, None
        if policy.re_anchor and line.start == start > history.start:
            anchor = start
        if anchor:
            policy = replace(policy, anchor=anchor)
        if result and result[-1].policy == policy:
            continue
        if result:
            result[-1] = replace(result[-1], end=start)
        result.append(Terms(start, None, policy))
    return result


def areas_of(grid: Sequence[Period]) -> list[tuple[date, date]]:
    """Return the days whose claims belong to each period.

    The contract's first and last period take the days of their whole natural
    period; a border between two policies stays where the change was.
    """
    areas = [(period.start, period.end) for period in grid]
    if areas:
        areas[0] = (grid[0].natural_start, areas[0][1])
        areas[-1] = (areas[-1][0], max(grid[-1].natural_end, areas[-1][1]))
    return areas


def earliest(day: date | None, other: date | None) -> date | None:
    """Return the earlier of two ends; None means no end."""
    if day is None or other is None:
        return day or other
    return min(day, other)


def term_starts(start: date, months: int, until: date) -> set[date]:
    """Return the first days of the terms that begin in [start, until)."""
    days, count = set(), 1
    while months and (day := add_months(start, count * months)) < until:
        days.add(day)
        count += 1
    return days
