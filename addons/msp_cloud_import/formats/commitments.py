"""What the rows of providers' files say about terms: seats bought, until when, at what.

Only a term whose end a row states counts; no end is made up from a length. Of each
subscription the newest term counts, as an earlier one binds nobody any more. Seats
that were added later end with the term and are a commitment of their own.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from .exact import EXACT
from .provider_charge import ProviderCharge
from .quantities import QuantityChange, quantity_changes
from .seat_rows import CHANGES, is_reversal
from .terms import add_months

_ZERO = Decimal(0)
# Digits of a unit price that is an amount divided by a quantity.
_PRICE = Decimal("0.000001")
_MONTHS_OF_PLAN = {"monthly": 1, "annual": 12, "triennial": 36}
# Bought on the day on which their charge begins.
_BOUGHT = frozenset({"purchase", "renewal", "increase", "convert"})


@dataclass(frozen=True, slots=True)
class Commitment:
    """Seats of a subscription that are paid until the end of a term.

    :param start: first day of the seats
    :param end: first day after the term
    :param unit_price: of one seat for `months` months, 0 if no row states it
    :param currency: of `unit_price`, as bills are in
    :param bought: day on which they were bought, from which a provider counts the
        time to take them back; None if no row says so
    """

    subscription_id: str
    sku_id: str | None
    start: date
    end: date
    quantity: Decimal
    unit_price: Decimal
    months: int
    currency: str
    bought: date | None


@dataclass(slots=True)
class _Seats:
    start: date
    quantity: Decimal
    bought: date | None


def commitments(charges: Iterable[ProviderCharge]) -> list[Commitment]:
    """Return what the newest term of each subscription commits to.

    :param charges: of any number of files of one provider, each row once
    :return: by subscription, article and first day
    """
    by_term = defaultdict(list)
    for charge in charges:
        if charge.term_end and charge.subscription_id:
            key = (charge.subscription_id, charge.sku_id)
            by_term[key, charge.term_end].append(charge)
    newest: dict[tuple[str, str | None], date] = {}
    for key, end in by_term:
        newest[key] = max(end, newest.get(key, end))
    return [
        commitment
        for (key, end) in sorted(newest.items(), key=_sortable)
        for commitment in _of_term(by_term[key, end], end)
    ]


def _sortable(item: tuple[tuple[str, str | None], date]) -> tuple[str, str]:
    (subscription_id, sku_id), _end = item
    return subscription_id, sku_id or ""


def _of_term(charges: Sequence[ProviderCharge], end: date) -> list[Commitment]:
    """Return the commitments of one term of a subscription."""
    # Files number their rows on their own.
    rows = {
        number: replace(charge, row=number)
        for number, charge in enumerate(charges, start=1)
    }
    starts = [charge.term_start for charge in charges if charge.term_start]
    term_start = min(starts, default=None)
    # A state of the interface names a currency, and no money in it.
    billed = [charge for charge in charges if "count_only" not in charge.flags]
    by_plan = defaultdict(list)
    for change in quantity_changes(rows.values()):
        by_plan[change.term, change.billing_plan].append(change)
    result = []
    for (_term, plan), changes in by_plan.items():
        seats = _held(sorted(changes, key=lambda one: one.start), rows, term_start)
        price, months = _price(charges, plan)
        result += [
            Commitment(
                subscription_id=charges[0].subscription_id or "",
                sku_id=charges[0].sku_id,
                start=one.start,
                end=end,
                quantity=one.quantity,
                unit_price=price,
                months=months,
                currency=(billed or charges)[0].billing_currency,
                bought=one.bought,
            )
            for one in seats
            if one.start < end
        ]
    return sorted(result, key=lambda one: one.start)


def _held(
    changes: Sequence[QuantityChange],
    rows: dict[int, ProviderCharge],
    term_start: date | None,
) -> list[_Seats]:
    """Return the seats held at the end of `changes`, those bought first in front."""
    held: list[_Seats] = []
    for change in changes:
        said = [rows[number] for number in change.rows]
        if not change.is_certain:
            continue
        if not held and change.kind != "end":
            held = _seats_before(said, change, term_start)
        total = sum((one.quantity for one in held), _ZERO)
        if change.kind == "move":
            difference = change.quantity
        elif change.kind == "end":
            difference = -total
        else:
            difference = EXACT.subtract(change.quantity, total)
        if difference > 0:
            held.append(_bought(said, change.start, difference, not held, term_start))
        else:
            _give_back(held, -difference)
    return held


def _seats_before(
    said: Sequence[ProviderCharge], change: QuantityChange, term_start: date | None
) -> list[_Seats]:
    """Return the seats that a change takes back before it charges more or fewer."""
    back = [one for one in said if one.event in CHANGES and is_reversal(one)]
    quantity = sum((abs(one.pricing_quantity or _ZERO) for one in back), _ZERO)
    if not quantity:
        return []
    return [_Seats(term_start or change.start, quantity, term_start)]


def _bought(
    said: Sequence[ProviderCharge],
    day: date,
    quantity: Decimal,
    is_first: bool,
    term_start: date | None,
) -> _Seats:
    if any(one.event in _BOUGHT and not is_reversal(one) for one in said):
        return _Seats(day, quantity, day)
    if is_first:
        # An instalment: the seats are there since the term began.
        return _Seats(term_start or day, quantity, term_start)
    return _Seats(day, quantity, None)


def _give_back(held: list[_Seats], quantity: Decimal) -> None:
    """Remove seats, those bought last first."""
    while held and quantity > 0:
        last = held[-1]
        units = min(last.quantity, quantity)
        quantity = EXACT.subtract(quantity, units)
        last.quantity = EXACT.subtract(last.quantity, units)
        if not last.quantity:
            held.pop()


def _price(charges: Sequence[ProviderCharge], plan: str | None) -> tuple[Decimal, int]:
    """Return the price of one seat and the months it is for.

    The latest charge for whole months says it. Charges for parts of months show a
    price that was cut, so where there is nothing else the list price stands in.
    """
    charges = sorted(charges, key=lambda one: one.charge_period_start)
    for charge in reversed(charges):
        months = _whole_months(charge)
        if months and charge.pricing_quantity and not is_reversal(charge):
            price = EXACT.divide(charge.billed_cost, charge.pricing_quantity)
            return _rounded(price), months
    for charge in reversed(charges):
        months = _MONTHS_OF_PLAN.get(plan or "")
        is_same = charge.pricing_currency in (None, "", charge.billing_currency)
        rate = Decimal(1) if is_same else charge.exchange_rate
        if months and rate and charge.list_unit_price:
            return _rounded(EXACT.multiply(charge.list_unit_price, rate)), months
    return _ZERO, 1


def _rounded(price: Decimal) -> Decimal:
    price = price.quantize(_PRICE, ROUND_HALF_UP, EXACT)
    whole = price.quantize(Decimal("0.01"))
    return whole if whole == price else price


def _whole_months(charge: ProviderCharge) -> int:
    """Return the months of a charge's period, 0 if it is not whole months."""
    start, end = charge.charge_period_start, charge.charge_period_end
    if end is None:
        return 0
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if months > 0 and end == add_months(start, months) else 0
