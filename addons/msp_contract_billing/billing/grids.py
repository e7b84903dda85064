"""Which natural periods there are: of a contract, and of a position with own rules."""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from .history import History, Line, Terms
from .periods import Period, Policy, add_months, check_policy, earliest, natural_periods


def periods(history: History, horizon: date, since: date | None = None) -> list[Period]:
    """Return the natural periods of `history` that begin before `horizon`.

    They follow each other without gap; each is clipped to the contract's days
    and to the days of the policy that governs it.

    :param since: those that end by this day are left out
    """
    return periods_by(history.terms, history, horizon, since)


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


def periods_by(
    all_terms: Sequence[Terms],
    history: History,
    horizon: date,
    since: date | None = None,
) -> list[Period]:
    """Return the natural periods that `all_terms` make; see `periods`.

    :param all_terms: of the contract, or of one position
    """
    result = []
    governing = governing_terms(all_terms, history)
    last = len(governing) - 1
    for index, terms in enumerate(governing):
        if index and terms.start >= horizon:
            break
        end = earliest(terms.end, history.end)
        stop = earliest(end, horizon)
        anchor = terms.policy.anchor or history.start
        begin = max(terms.start, since) if since else terms.start
        for first, after in natural_periods(terms.policy, anchor, begin, stop):
            start = max(first, terms.start)
            clipped = earliest(after, end)
            cut = (index > 0 and first < terms.start) or (
                index < last and terms.end == clipped < after
            )
            result.append(
                Period(terms.policy, first, after, start, clipped, cut, anchor)
            )
    return result


def governing_terms(all_terms: Sequence[Terms], history: History) -> Sequence[Terms]:
    """Return the terms before the contract's end: later ones cut nothing."""
    return [
        terms for terms in all_terms if history.end is None or terms.start < history.end
    ]


def terms_of(
    history: History | None, own: Sequence[Terms] | None = None
) -> Sequence[Terms]:
    """Return the terms that rule a position, the first ones of an empty contract.

    :param own: of the position, None if it has those of the contract
    """
    if history is None:
        return ()
    terms = own or history.terms
    return governing_terms(terms, history) or terms[:1]


def own_terms(
    history: History, lines: Sequence[Line], changes: Collection[date]
) -> list[Terms] | None:
    """Return the terms of a position that has rules of its own, else None.

    What a line overrides holds until the next line; days without one keep what
    held before. Where the policy re-anchors, each of `changes` begins a new grid; by
    `own_start`, the day on which the position begins.

    :param lines: of the position, in order of days
    :param changes: days on which what it costs changes, or it begins
    """
    has_own = any(line.overrides for line in lines) or any(
        terms.policy.re_anchor or terms.policy.own_start for terms in history.terms
    )
    if not has_own:
        return None
    borders = {terms.start for terms in history.terms}
    borders |= {line.start for line in lines if line.start > history.start}
    begins = [
        line.start
        for before, line in zip((None, *lines), lines, strict=False)
        if before is None or before.end != line.start
    ]
    result: list[Terms] = []
    anchor = base = None
    for start in sorted(borders):
        terms = next(t for t in reversed(history.terms) if t.start <= start)
        line = next((ln for ln in reversed(lines) if ln.start <= start), lines[0])
        policy = replace(terms.policy, **dict(line.overrides))
        if line.start <= start and (line.end is None or start < line.end):
            check_policy(policy, start)
        policy = replace(policy, anchor=policy.anchor or history.start)
        if policy != base:
            base, anchor = policy, None
        if policy.re_anchor and start in changes and start > history.start:
            anchor = start
        if policy.own_start:
            begun = [day for day in begins if day <= start]
            anchor = max(filter(None, (anchor, *begun)), default=None)
        if anchor:
            policy = replace(policy, anchor=anchor)
        if result and result[-1].policy == policy:
            continue
        if result:
            result[-1] = replace(result[-1], end=start)
        result.append(Terms(start, None, policy))
    return result


def next_start(
    history: History, position: Hashable, day: date
) -> tuple[date, Policy] | None:
    """Return the first period of a position that begins on `day` or later.

    :return: its first day and its policy, None if the contract ends before
    """
    lines = [line for line in history.lines if line.position == position]
    changes = [line.start for line in lines]
    terms = (own_terms(history, lines, changes) if lines else None) or history.terms
    day = max(day, history.start)
    for _attempt in range(2):
        holding = periods_by(terms, history, day + timedelta(days=1), day)
        if not holding:
            return None
        if holding[-1].start >= day:
            return holding[-1].start, holding[-1].policy
        day = holding[-1].end
    return None


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


def term_starts(start: date, months: int, until: date) -> set[date]:
    """Return the first days of the terms that begin in [start, until)."""
    days, count = set(), 1
    while months and (day := add_months(start, count * months)) < until:
        days.add(day)
        count += 1
    return days
