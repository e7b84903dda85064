"""What the rows of a day say together: each "from this quantity to that".

Microsoft writes a change of seats as the reversal of the old quantity and the charge
for the new one; other rows begin or end a period.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .exact import EXACT
from .provider_charge import ProviderCharge
from .seat_rows import BEGINNINGS, ENDINGS, begun_by_day, effective, is_reversal

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Step:
    """Rows that say "from `old` to `new`"; `old` None where a period begins."""

    old: Decimal | None
    new: Decimal
    charges: tuple[ProviderCharge, ...]


def steps_by_day(charges: Sequence[ProviderCharge]) -> dict[date, list[Step]]:
    """Return the steps of each day: begun periods, pairs, endings."""
    pairs: dict[tuple[object, ...], list[ProviderCharge]] = defaultdict(list)
    for charge in charges:
        if charge.event not in BEGINNINGS:
            pairs[_pair(charge)].append(charge)

    steps: dict[date, list[Step]] = defaultdict(list)
    ended: dict[date, list[ProviderCharge]] = defaultdict(list)
    for halves in pairs.values():
        back = [charge for charge in halves if is_reversal(charge)]
        anew = [charge for charge in halves if not is_reversal(charge)]
        for day, step in _steps_of_pair(back, anew):
            steps[day].append(step)
        if not anew and any(charge.event in ENDINGS for charge in back):
            ended[min(effective(charge) for charge in back)].extend(back)
    # a period billed in several rows, say at two prices, is one quantity
    for day, rows in begun_by_day(charges).items():
        steps[day].append(Step(None, _seats(rows), tuple(rows)))
    for day, rows in ended.items():
        # credits may carry quantity 0: then it is not known what ended
        steps[day].append(Step(_seats(rows) or None, _ZERO, tuple(rows)))
    return steps


def _steps_of_pair(
    back: Sequence[ProviderCharge], anew: Sequence[ProviderCharge]
) -> Iterator[tuple[date, Step]]:
    """Yield the steps of one change, one per day on which a new charge begins.

    Normally that is one. If a change reaches over two billed periods, both halves
    of each end on the same day.
    """
    by_start: dict[date, list[ProviderCharge]] = defaultdict(list)
    for charge in anew:
        by_start[charge.charge_period_start].append(charge)
    left = list(back)
    for number, (day, rows) in enumerate(sorted(by_start.items(), reverse=True), 1):
        ends = {charge.charge_period_end for charge in rows}
        is_last = number == len(by_start)
        mine = [c for c in left if is_last or c.charge_period_end in ends]
        left = [c for c in left if c not in mine]
        old = _seats(mine) if mine else None
        yield day, Step(old, _seats(rows), (*mine, *rows))


def _pair(charge: ProviderCharge) -> tuple[object, ...]:
    """Return what the two halves of one change have in common."""
    if charge.group_ref:
        return (charge.group_ref,)
    return (charge.event, effective(charge))


def _seats(charges: Iterable[ProviderCharge]) -> Decimal:
    total = _ZERO
    for charge in charges:
        total = EXACT.add(total, abs(charge.pricing_quantity or _ZERO))
    return total


def ends_of_chain(steps: Sequence[Step]) -> set[Decimal]:
    """Return the quantities that no other step of the day starts from.

    10 -> 12 and 12 -> 15 leave 15. A step to the same quantity, a change of price
    only, counts for itself where nothing else is left.
    """
    moves = [step for step in steps if step.old != step.new]
    if not moves:
        return {step.new for step in steps}
    news = Counter(step.new for step in moves)
    olds = Counter(step.old for step in moves if step.old is not None)
    return set(news - olds)
