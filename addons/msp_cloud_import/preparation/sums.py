"""Several subscriptions whose quantities add up in one position."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Said:
    """What a file says of one subscription from a day on.

    :param is_move: `quantity` is how many more or fewer
    """

    key: Hashable
    day: date
    quantity: Decimal
    is_move: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """How many there are of all subscriptions from a day on.

    :param parts: quantity of each subscription that is known
    :param unknown: subscriptions of which nobody has said how many there are
    """

    day: date
    quantity: Decimal
    parts: Mapping[Hashable, Decimal]
    unknown: tuple[Hashable, ...] = ()


def add_up(
    said: Iterable[Said], known: Mapping[Hashable, Decimal], keys: Iterable[Hashable]
) -> list[Total]:
    """Return the total on each day on which the file says something, oldest first.

    A subscription that the file does not mention keeps the quantity known of it: a
    missing row ends nothing.

    :param known: quantity of each subscription before the file
    :param keys: all subscriptions that add up
    """
    parts = dict(known)
    keys = [*dict.fromkeys(keys)]
    by_day: dict[date, list[Said]] = {}
    for one in said:
        by_day.setdefault(one.day, []).append(one)
    totals = []
    for day in sorted(by_day):
        for one in sorted(by_day[day], key=lambda one: one.is_move):
            if not one.is_move:
                parts[one.key] = one.quantity
            elif one.key in parts:
                parts[one.key] += one.quantity
        own = {key: parts[key] for key in keys if key in parts}
        unknown = tuple(key for key in keys if key not in parts)
        totals.append(Total(day, sum(own.values(), _ZERO), own, unknown))
    return totals
