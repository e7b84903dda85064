"""Seat quantities a file asserts, per subscription and day.

Microsoft writes a change of seats as two rows: the reversal of the old quantity
and the charge for the new one (page "Partner Center NCE reconciliation file",
sections 3 and 6). Read together, the rows of one day form a chain: each says
"from this quantity to that". The end of the chain is the quantity of that day, in
whatever order the rows stand in the file.

Other providers write how many more or fewer (`ProviderCharge.is_difference`). Such
a row moves the quantity that the same file says for the day before. Where the file
does not say it, the difference is all that is known.

Where a file has no rows for changes, a second period that begins within the first one
may be seats that came on top or all seats from then on: nobody can tell.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from .exact import EXACT
from .provider_charge import ProviderCharge
from .quantity_steps import Step, ends_of_chain, steps_by_day
from .seat_rows import (
    BEGINNINGS,
    CHANGES,
    ENDINGS,
    doubtful_days,
    is_reversal,
)

_ZERO = Decimal(0)
# sub_account_id, subscription_id, sku_id, term, billing_plan
_Position = tuple[str | None, str | None, str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class QuantityChange:
    """The quantity of a subscription from one day on.

    A subscription a file does not mention keeps its quantity: a missing row never
    ends anything.

    :param start: first day of the quantity; for ``end`` the day it took effect
    :param quantity: seats from `start` on; 0 for ``end``; for ``move`` how many more,
        or fewer if negative
    :param kind: ``set``, ``end`` or ``move``
    :param rows: rows of the file that say so, ascending
    :param row_keys: keys of these rows, in the same order
    :param cost: net amount of these rows
    :param currency: currency of `cost`
    :param is_certain: False if the rows of the day contradict each other; then
        `quantity` is the largest of those left, or the end if one is among them; or if
        the period before still runs and nothing took it back
    """

    sub_account_id: str | None
    subscription_id: str | None
    sku_id: str | None
    term: str | None
    billing_plan: str | None
    start: date
    quantity: Decimal
    kind: str
    rows: tuple[int, ...]
    row_keys: tuple[str, ...]
    cost: Decimal
    currency: str
    is_certain: bool = True


def quantity_changes(charges: Iterable[ProviderCharge]) -> list[QuantityChange]:
    """Return what the charges of one file say about seats, oldest first.

    Usage, credits, taxes, fees, trials and unknown charge types say nothing. The
    order of `charges` does not matter. At most one change per subscription, SKU,
    term, billing plan and day. Give all charges of a file: a row with a problem
    may be the missing half of a pair, so apply nothing of that subscription until
    the problem is solved.

    :return: sorted by customer, subscription, SKU, term, billing plan and start
    """
    by_position: dict[_Position, list[ProviderCharge]] = defaultdict(list)
    for charge in charges:
        if _counts_seats(charge):
            by_position[_position(charge)].append(charge)
    return [
        change
        for position in sorted(by_position, key=_sortable)
        for change in _timeline(position, by_position[position])
    ]


def _position(charge: ProviderCharge) -> _Position:
    return (
        charge.sub_account_id or charge.customer_domain or charge.sub_account_name,
        charge.subscription_id,
        charge.sku_id,
        charge.term,
        charge.billing_plan,
    )


def _sortable(position: _Position) -> tuple[str, ...]:
    return tuple(part or "" for part in position)


def _counts_seats(charge: ProviderCharge) -> bool:
    return (
        charge.event in BEGINNINGS | CHANGES | ENDINGS
        and charge.pricing_quantity is not None
        and charge.subscription_id is not None
        # neither commitment nor rhythm: one-time software, Azure plan placeholder
        and (charge.term is not None or charge.billing_plan is not None)
        and "trial" not in charge.flags
        and (bool(charge.pricing_quantity) or is_reversal(charge))
    )


def _timeline(
    position: _Position, charges: Sequence[ProviderCharge]
) -> Iterator[QuantityChange]:
    """Yield the changes of one position; differences move what is known so far."""
    steps = steps_by_day([charge for charge in charges if not charge.is_difference])
    moves: dict[date, list[ProviderCharge]] = defaultdict(list)
    for charge in charges:
        if charge.is_difference:
            moves[charge.charge_period_start].append(charge)
    known, doubtful = _Known(), doubtful_days(charges)
    for day in sorted({*steps, *moves}):
        said = [charge for step in steps.get(day, ()) for charge in step.charges]
        change = _change_of_day(position, day, steps.get(day, ()))
        if change and day in doubtful:
            change = replace(change, is_certain=False)
        if change:
            known.take(change, said)
        if day in moves:
            change = _moved(position, day, moves[day], change, said, known)
        if change:
            yield change


@dataclass(slots=True)
class _Known:
    """The quantity that the rows read so far say.

    :param quantity: None while unknown
    :param until: first day for which they say nothing, None if there is none
    """

    quantity: Decimal | None = None
    until: date | None = None

    def on(self, day: date) -> Decimal | None:
        """Return the quantity of a day, None if unknown."""
        return self.quantity if self.until is None or day < self.until else None

    def take(self, change: QuantityChange, charges: Sequence[ProviderCharge]) -> None:
        """Take over what the rows of one day say."""
        self.quantity = change.quantity
        ends = [charge.charge_period_end for charge in charges]
        known = [end for end in ends if end is not None]
        # an end lasts, and so does a charge without a last day
        lasts = change.kind == "end" or len(known) < len(ends)
        self.until = None if lasts else max(known)


def _moved(
    position: _Position,
    day: date,
    charges: Sequence[ProviderCharge],
    before: QuantityChange | None,
    said: Sequence[ProviderCharge],
    known: _Known,
) -> QuantityChange | None:
    """Return the change of a day on which differences take effect.

    :param before: what the other rows of the day say, `said` are these rows
    :param known: the quantity before the differences; moved by them
    """
    difference = _ZERO
    for charge in charges:
        difference = EXACT.add(difference, charge.pricing_quantity or _ZERO)
    base = known.on(day)
    if not difference:
        return before
    if base is None:
        return _change(position, day, charges, difference, "move")
    quantity = EXACT.add(base, difference)
    known.quantity = max(quantity, _ZERO)
    # fewer than none: a row of the file is missing
    is_certain = quantity >= 0 and (before is None or before.is_certain)
    kind = "set" if known.quantity else "end"
    return _change(position, day, [*said, *charges], known.quantity, kind, is_certain)


def _change_of_day(
    position: _Position, day: date, steps: Sequence[Step]
) -> QuantityChange | None:
    """Return the quantity at the end of a day, None if the day changes nothing."""
    left = ends_of_chain(steps)
    if not left:
        # a round trip such as 15 -> 35 -> 15: the quantity stays what it was
        return None
    quantity = _ZERO if _ZERO in left else max(left)
    charges = [charge for step in steps for charge in step.charges]
    kind = "set" if quantity else "end"
    return _change(position, day, charges, quantity, kind, len(left) == 1)


def _change(
    position: _Position,
    day: date,
    charges: Sequence[ProviderCharge],
    quantity: Decimal,
    kind: str,
    is_certain: bool = True,
) -> QuantityChange:
    """Return a change with rows and cost of the charges that say so."""
    charges = sorted(charges, key=lambda charge: charge.row)
    cost = _ZERO
    for charge in charges:
        cost = EXACT.add(cost, charge.billed_cost)
    sub_account_id, subscription_id, sku_id, term, billing_plan = position
    return QuantityChange(
        sub_account_id=sub_account_id,
        subscription_id=subscription_id,
        sku_id=sku_id,
        term=term,
        billing_plan=billing_plan,
        start=day,
        quantity=quantity,
        kind=kind,
        rows=tuple(charge.row for charge in charges),
        row_keys=tuple(charge.row_key for charge in charges),
        cost=cost,
        currency=charges[0].billing_currency,
        is_certain=is_certain,
    )
