"""Prices that a provider has changed from one period to the next."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class UnitCost:
    """What a row bills one unit with, for a whole cycle.

    :param key: subscription and article, by anything that is equal in all periods
    :param cost: net, in the file's currency
    :param row: by anything the caller finds the row by
    """

    key: Hashable
    cost: Decimal
    quantity: Decimal
    currency: Hashable
    row: Hashable = None


@dataclass(frozen=True, slots=True)
class CostChange:
    """The provider asks another price for a unit than in the period before.

    :param amount: (new - old) x quantity; positive: dearer
    """

    key: Hashable
    old: Decimal
    new: Decimal
    quantity: Decimal
    amount: Decimal
    row: Hashable = None


def cost_changes(
    before: Iterable[UnitCost], now: Iterable[UnitCost]
) -> list[CostChange]:
    """Return the changes of price of what was billed in both periods.

    Of several rows of one subscription the last one of `before` counts. Prices in
    different currencies are not compared.
    """
    known = {(one.key, one.currency): one.cost for one in before}
    return [
        CostChange(
            one.key,
            old,
            one.cost,
            one.quantity,
            (one.cost - old) * one.quantity,
            one.row,
        )
        for one in now
        if (old := known.get((one.key, one.currency))) is not None and old != one.cost
    ]
