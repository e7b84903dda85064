"""Terms and billing plans that a provider charges other than they were sold."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .timeline import Content


@dataclass(frozen=True, slots=True)
class Plan:
    """What a subscription was charged with in one month.

    :param subscription: and article, without term and billing plan
    :param name: term and billing plan
    :param start: first day of the rows
    :param cost: of a unit for a month, None if no row bills a whole cycle
    """

    subscription: Hashable
    name: Hashable
    start: date
    quantity: Decimal = Decimal(0)
    cost: Fraction | None = None
    currency: Hashable = None
    rows: tuple[Hashable, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A plan that is charged although nothing in the contract says so.

    :param old: the last one that goes with the contract's price
    :param new: the one of the month
    """

    old: Plan
    new: Plan

    @property
    def amount(self) -> Fraction | None:
        """Return what a month of the new one costs more, None if nobody knows."""
        return dearer(self.old, self.new)


def dearer(old: Plan | None, new: Plan) -> Fraction | None:
    """Return what a month costs more than by an earlier plan, None if unknown.

    What costs less is no loss.
    """
    if not old or old.cost is None or new.cost is None or old.currency != new.currency:
        return None
    return max((new.cost - old.cost) * Fraction(new.quantity), Fraction(0))


def agreed_since(contents: Sequence[Content], day: date) -> date | None:
    """Return since when the price that holds on a day was agreed, None without any.

    A change of the quantity alone agrees on nothing else; a gap ends it.
    """
    before = [one for one in contents if one.start <= day]
    if not before:
        return None
    last = before[-1]
    since = last.start
    for one in reversed(before[:-1]):
        if one.unit_price != last.unit_price or one.end != since:
            break
        since = one.start
    return since


def plan_change(
    earlier: Iterable[Plan], now: Iterable[Plan], since: date | None
) -> PlanChange | None:
    """Return how one subscription is charged other than what was agreed.

    The plan of the first rows since the price was agreed is the one that was sold.

    :param earlier: of months before, oldest first
    :param now: of the month, in order of days
    :param since: see `agreed_since`; None: nothing is agreed
    """
    if since is None:
        return None
    now = list(now)
    agreed = [one for one in (*earlier, *now) if one.start >= since]
    if not agreed:
        return None
    sold = agreed[0].name
    other = [one for one in now if one.name != sold]
    if not other:
        return None
    same = [one for one in agreed if one.name == sold]
    priced = [one for one in same if one.cost is not None]
    return PlanChange((priced or same)[-1], other[-1])
