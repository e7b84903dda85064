"""Usage: credits that are lost, and files that should say the same."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Earning:
    """What a subscription's article costs by list, and which part of it is earned.

    :param list_cost: in the billing currency
    :param rate: share of the list price that is left to the partner; 0: nothing
    """

    subscription: Hashable
    article: Hashable
    list_cost: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class LostCredit:
    """A subscription on which nothing is earned any more.

    :param rate: the highest one before
    :param amount: list costs now x the rate of each article before
    """

    subscription: Hashable
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Usage:
    """What one kind of file says a subscription has used in a month.

    :param kind: ``invoice``, ``daily`` or ``cost``
    :param count: of rows, each of which may be cut by a cent
    """

    subject: Hashable
    kind: str
    cost: Decimal
    count: int = 1


@dataclass(frozen=True, slots=True)
class Gap:
    """Two kinds of files that differ about a month.

    :param amount: what the first one says more than the second one
    """

    subject: Hashable
    kinds: tuple[str, str]
    costs: tuple[Decimal, Decimal]

    @property
    def amount(self) -> Decimal:
        return self.costs[0] - self.costs[1]


#: What is held against what: what is charged, or else used, against what is shown.
PAIRS = (("invoice", "daily"), ("daily", "cost"), ("invoice", "cost"))
_CENT = Decimal("0.01")


def lost_credits(before: Iterable[Earning], now: Iterable[Earning]) -> list[LostCredit]:
    """Return the subscriptions whose rate has fallen to 0.

    An article that was not used before counts with the subscription's rate.
    """
    rates: dict[Hashable, dict[Hashable, Decimal]] = {}
    for one in before:
        known = rates.setdefault(one.subscription, {})
        known[one.article] = max(one.rate, known.get(one.article, Decimal(0)))
    mine: dict[Hashable, list[Earning]] = {}
    for one in now:
        mine.setdefault(one.subscription, []).append(one)
    result = []
    for subscription, found in mine.items():
        known = rates.get(subscription, {})
        highest = max(known.values(), default=Decimal(0))
        if not highest or any(one.rate for one in found):
            continue
        amount = sum(
            (one.list_cost * known.get(one.article, highest) for one in found),
            Decimal(0),
        )
        if amount > 0:
            result.append(LostCredit(subscription, highest, amount))
    return result


def usage_gaps(usages: Iterable[Usage]) -> list[Gap]:
    """Return the subjects of which two kinds of files say different sums.

    The first pair that both speak of a subject decides; files that cut each of their
    rows may differ by a cent for each.
    """
    by_subject: dict[Hashable, dict[str, Usage]] = {}
    for one in usages:
        kinds = by_subject.setdefault(one.subject, {})
        if other := kinds.get(one.kind):
            one = Usage(
                one.subject, one.kind, one.cost + other.cost, one.count + other.count
            )
        kinds[one.kind] = one
    result = []
    for subject, kinds in by_subject.items():
        for pair in PAIRS:
            if not all(kind in kinds for kind in pair):
                continue
            first, second = (kinds[kind] for kind in pair)
            allowed = _CENT * (first.count if "invoice" in pair else 1)
            if abs(first.cost - second.cost) > allowed:
                result.append(Gap(subject, pair, (first.cost, second.cost)))
            break
    return result
