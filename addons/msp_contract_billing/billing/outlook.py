"""What will be billed: the first invoice, what comes regularly, and what a change costs.

A history, compared with the one before it if a running contract changes, is settled
far enough ahead to see what it comes to. Positions that are billed in one rhythm make
one stream of invoices, told as its first invoice and then as steps: periods in a row
that cost the same.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .charges import Charge, Claim
from .history import History
from .periods import Policy, add_months
from .rounding import exact_sum
from .settlement import settle
from .streams import Book, Cell, total

#: Over so many months amounts by days of the year show all that they may be.
_YEAR = 12
#: Instalments may last for centuries, which nobody looks at.
_CENTURY = 1200


class Invoice(NamedTuple):
    """What is billed of one stream on one day.

    :param day: first day on which it can be made
    :param start: first day that it is for
    :param end: first day after those that it is for
    """

    day: date
    start: date
    end: date
    amount: Decimal


class Range(NamedTuple):
    """What the periods of a step cost; instalments differ by a cent."""

    lowest: Decimal
    highest: Decimal


class Step(NamedTuple):
    """Natural periods in a row that cost the same, or one that is cut.

    :param end: first day after them, None: from then on
    :param is_part: whether it is one period whose content changes or that is cut
    :param old: what they cost before the change, 0 if nothing changes
    """

    start: date
    end: date | None
    is_part: bool
    amount: Range
    old: Range


@dataclass(frozen=True, slots=True)
class Stream:
    """The invoices of one rhythm.

    :param policy: whose rhythm and timing all of them have
    :param positions: that are billed in it
    :param is_new: whether nothing is billed in this rhythm before the change
    :param first: the first invoice of a new stream
    :param next: the one after it, or the next one of a stream that goes on
    :param rest: what a change adds until `rest_end`, less than 0 if it takes away;
        for periods that are billed already or cut by the change
    :param rest_end: first day after those periods, None if there are none
    """

    policy: Policy
    positions: frozenset[Hashable]
    is_new: bool
    first: Invoice | None
    next: Invoice | None
    rest: Decimal
    rest_end: date | None
    steps: tuple[Step, ...]


def outlook(
    after: History,
    before: History | None,
    claims: Iterable[Claim],
    today: date,
    digits: int,
) -> list[Stream]:
    """Return what is billed by `after`, of a running contract where that changes.

    :param before: what holds without the change, None for a new contract
    :param claims: of the running contract
    :param today: no invoice is made before it
    :param digits: decimals of the currency
    """
    claims = list(claims)
    histories = [item for item in (after, before) if item]
    change = _last_change(histories, claims, today)
    months = _cycle(histories)
    # What begins after the first cycle lasts one at most, and may be billed at its end.
    steady, horizon = (add_months(change, count * months) for count in (1, 3))
    book = Book(histories, horizon, digits)
    for charge in settle(before, claims, horizon, digits) if before else ():
        book.cell_of(charge).old.append(charge)
    for charge in settle(after, claims, horizon, digits):
        book.cell_of(charge).new.append(charge)
    for claim in claims:
        book.mark(claim)
    return [
        stream
        for cells in book.streams()
        if (stream := _stream(cells, today, steady)) is not None
    ]


def _stream(cells: Sequence[Cell], today: date, steady: date) -> Stream | None:
    """Return what `cells` come to, None if nothing of it changes or costs money."""
    changed = next((i for i, cell in enumerate(cells) if cell.is_changed), None)
    if changed is None or not any(any(cell.amounts) for cell in cells):
        return None
    is_new = not any(cell.old or cell.is_billed for cell in cells)
    invoices = _invoices(cells, today)
    coming = list(cells[changed:])
    rest, rest_end = Decimal(0), None
    if is_new:
        first = invoices.pop(0)
        coming = [cell for cell in cells if max(cell.period.due_day, today) > first.day]
    else:
        first = None
        while coming and (coming[0].is_billed or coming[0].is_part):
            old, new = coming[0].amounts
            rest = exact_sum([rest, new, old.copy_negate()])
            rest_end = coming.pop(0).period.end
    charges = [item for cell in cells for item in (*cell.new, *cell.old)]
    return Stream(
        policy=cells[0].period.policy,
        positions=frozenset(item.position for item in charges),
        is_new=is_new,
        first=first,
        next=invoices[0] if invoices else None,
        rest=rest,
        rest_end=rest_end,
        steps=tuple(_steps(coming, steady)),
    )


def _invoices(cells: Sequence[Cell], today: date) -> list[Invoice]:
    """Return what is to come; all that can be made by today is made today."""
    by_day: dict[date, list[Charge]] = {}
    for cell in cells:
        charges = [item for item in cell.new if item.kind == "regular"]
        if charges:
            by_day.setdefault(max(cell.period.due_day, today), []).extend(charges)
    return [
        Invoice(
            day,
            min(item.start for item in charges),
            max(item.end for item in charges),
            total(charges),
        )
        for day, charges in sorted(by_day.items())
    ]


def _steps(cells: Sequence[Cell], steady: date) -> list[Step]:
    """Return `cells` with neighbours merged that have the same content.

    :param steady: from this day on nothing changes any more
    """
    merged: list[list[Cell]] = []
    for cell in cells:
        last = merged[-1][-1] if merged else None
        if (
            last
            and last.period.end == cell.period.start
            and not (last.is_part or cell.is_part)
            and last.content == cell.content
        ):
            merged[-1].append(cell)
        else:
            merged.append([cell])
    return [
        _step(group, steady)
        for group in merged
        if any(cell.is_changed for cell in group)
    ]


def _step(group: Sequence[Cell], steady: date) -> Step:
    last = group[-1].period
    old, new = zip(*(cell.amounts for cell in group), strict=True)
    return Step(
        start=group[0].period.start,
        end=None if last.start >= steady else last.end,
        is_part=group[0].is_part,
        amount=Range(min(new), max(new)),
        old=Range(min(old), max(old)),
    )


def _last_change(
    histories: Sequence[History], claims: Sequence[Claim], today: date
) -> date:
    """Return the last day on which anything begins, ends or is claimed."""
    days = [today, *(claim.end for claim in claims)]
    for history in histories:
        days += [history.start, history.end]
        for item in (*history.lines, *history.terms):
            days += [item.start, item.end]
    return max(filter(None, days))


def _cycle(histories: Sequence[History]) -> int:
    """Return the months after which all that repeats has done so."""
    months = [_YEAR]
    for history in histories:
        rules = [(), *{line.overrides for line in history.lines}]
        for terms in history.terms:
            for rule in rules:
                policy = replace(terms.policy, **dict(rule))
                length = policy.months or _in_months(policy)
                months.append(length * policy.instalments + policy.term_months)
        months += [line.price_months for line in history.lines]
    return min(max(months), _CENTURY)


def _in_months(policy: Policy) -> int:
    """Return how many months a period of days or weeks has at most."""
    days = policy.every * (7 if policy.unit == "week" else 1)
    return days // 28 + 1
