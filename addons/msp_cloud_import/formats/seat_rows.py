"""What single rows say about seats: periods begun, taken back, one within another."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from .provider_charge import ProviderCharge

BEGINNINGS = frozenset({"purchase", "renewal", "recurring"})
CHANGES = frozenset({"increase", "decrease", "convert"})
# Taking the old quantity back without charging a new one ends the position.
ENDINGS = frozenset({"decrease", "convert", "cancel"})
_ZERO = Decimal(0)


def is_reversal(charge: ProviderCharge) -> bool:
    """Return whether a row takes a quantity back.

    Free seats have no sign; there a reversal shows the start of the charge that
    it reverses, not the day of the change (section 6, first trap).
    """
    quantity = charge.pricing_quantity or _ZERO
    if charge.billed_cost or quantity < 0:
        return charge.billed_cost < 0 or quantity < 0
    if charge.event == "cancel":
        return True
    return (
        charge.event in CHANGES
        and charge.event_date is not None
        and charge.charge_period_start < charge.event_date
    )


def effective(charge: ProviderCharge) -> date:
    return charge.event_date or charge.charge_period_start


def begun_by_day(
    charges: Iterable[ProviderCharge],
) -> dict[date, list[ProviderCharge]]:
    """Return the rows that begin a period and were not taken back, by first day.

    12, −12 and 12 again at another price are 12 seats, not 24. A period taken back
    without another row for it says nothing: no row here, and nothing ends.
    """
    begun, back = [], []
    for charge in charges:
        if charge.event in BEGINNINGS and not charge.is_difference:
            (back if is_reversal(charge) else begun).append(charge)
    # the row with the same amount, else one of the same size
    back = _take_back(begun, back, lambda one: (_size(one), abs(one.billed_cost)))
    _take_back(begun, back, _size)
    by_day: dict[date, list[ProviderCharge]] = defaultdict(list)
    for charge in begun:
        by_day[charge.charge_period_start].append(charge)
    return dict(by_day)


def _take_back(
    begun: list[ProviderCharge],
    back: list[ProviderCharge],
    key: Callable[[ProviderCharge], object],
) -> list[ProviderCharge]:
    """Remove from `begun` a row of the same key for each reversal.

    :return: reversals without such a row
    """
    count = Counter(map(key, back))
    kept = []
    for charge in begun:
        if count[key(charge)]:
            count[key(charge)] -= 1
        else:
            kept.append(charge)
    begun[:] = kept
    left = []
    for reversal in back:
        if count[key(reversal)]:
            count[key(reversal)] -= 1
            left.append(reversal)
    return left


def _size(charge: ProviderCharge) -> tuple[date, date | None, Decimal]:
    quantity = abs(charge.pricing_quantity or _ZERO)
    return charge.charge_period_start, charge.charge_period_end, quantity


def doubtful_days(charges: Iterable[ProviderCharge]) -> set[date]:
    """Return first days of periods within another one that no row took back."""
    charges = [charge for charge in charges if not charge.is_difference]
    begun = begun_by_day(charges)
    # a change, an end or a reversal explains what follows
    explained = {
        day
        for charge in charges
        if charge.event not in BEGINNINGS or is_reversal(charge)
        for day in (effective(charge), charge.charge_period_start)
    }
    found, until = set(), date.min
    for day in sorted({*begun, *explained}):
        if day in explained:
            until = date.min
            continue
        if day < until:
            found.add(day)
        until = max(until, *(row.charge_period_end or day for row in begun[day]))
    return found
