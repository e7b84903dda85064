"""Prices that a provider has changed from one period to the next."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class UnitCost:
    """What a row bills one unit with, for a whole cycle.

    :param key: subscription and article, by anything that is equal in all periods
    :param cost: net, in the currency of the price
    :param basis: currencies and cycle; prices of another basis are not compared
    :param row: by anything the caller finds the row by
    :param rate: from the price's currency to that in which it is billed
    """

    key: Hashable
    cost: Decimal
    quantity: Decimal
    basis: Hashable
    row: Hashable = None
    rate: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class CostChange:
    """The provider asks another price for a unit than it did before.

    :param old: price of one unit, of the last row before
    :param new: likewise, of the last row now
    :param quantity: of all rows whose price has changed
    :param amount: sum of (new - old) x quantity, as billed; positive: dearer
    :param old_row: the one with the old price
    """

    key: Hashable
    old: Decimal
    new: Decimal
    quantity: Decimal
    amount: Decimal
    row: Hashable = None
    basis: Hashable = None
    old_row: Hashable = None


@dataclass(frozen=True, slots=True)
class GroupedChange:
    """One change of a price, whomever it meets.

    :param subject: what has another price now
    :param changes: by subscription, in order
    """

    subject: Hashable
    old: Decimal
    new: Decimal
    basis: Hashable
    changes: tuple[CostChange, ...]

    @property
    def quantity(self) -> Decimal:
        return sum((one.quantity for one in self.changes), Decimal(0))

    @property
    def amount(self) -> Decimal:
        return sum((one.amount for one in self.changes), Decimal(0))


def cost_changes(
    before: Iterable[UnitCost], now: Iterable[UnitCost]
) -> list[CostChange]:
    """Return the changes of price of what was billed in both periods, by key.

    Several rows of one subscription may have several prices: one that was asked
    before is no change, and the n-th new one is held against the n-th old one.
    """
    known = _by_key(before)
    result: dict[Hashable, CostChange] = {}
    for subject, rows in _by_key(now).items():
        olds = known.get(subject, [])
        costs = {one.cost for one in olds}
        for number, one in enumerate(rows):
            if not olds or one.cost in costs:
                continue
            old = olds[min(number, len(olds) - 1)]
            change = CostChange(
                one.key,
                old.cost,
                one.cost,
                one.quantity,
                (one.cost - old.cost) * one.quantity * one.rate,
                one.row,
                one.basis,
                old.row,
            )
            earlier = result.get(one.key)
            if earlier:
                change = replace(
                    change,
                    quantity=change.quantity + earlier.quantity,
                    amount=change.amount + earlier.amount,
                )
            result[one.key] = change
    return list(result.values())


def grouped(changes: Iterable[tuple[Hashable, CostChange]]) -> list[GroupedChange]:
    """Return one change per subject and pair of prices, in order of the first.

    :param changes: (subject, change); what nobody else has in common is a subject of
        its own
    """
    found: dict[Hashable, list[CostChange]] = {}
    for subject, change in changes:
        key = (subject, change.old, change.new, change.basis)
        found.setdefault(key, []).append(change)
    return [GroupedChange(*key, tuple(own)) for key, own in found.items()]


def _by_key(costs: Iterable[UnitCost]) -> dict[Hashable, list[UnitCost]]:
    result: dict[Hashable, list[UnitCost]] = {}
    for one in costs:
        result.setdefault((one.key, one.basis), []).append(one)
    return result
