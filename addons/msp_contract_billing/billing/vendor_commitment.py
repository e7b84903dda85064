"""What a vendor charges until the end of a term, whatever the customer gives back.

A vendor that sells for a term takes units back within a window of some days or hours
after they were bought, and not at all after it: their price falls due until the end of
the term. Months are counted back from that end, as the bills of seats that were added
later are cut so that all of a subscription end together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from .periods import add_months
from .rounding import exact_sum, less


@dataclass(frozen=True, slots=True)
class VendorCommitment:
    """Units bought from a vendor for a term.

    :param position: key of the position they are for
    :param start: first day
    :param end: first day after the term
    :param quantity: units, more than 0
    :param unit_price: of one unit for `months` months
    :param months: at least 1
    :param reduction_until: moment (UTC, naive) up to which the vendor takes units
        back and charges nothing for them; None: it takes none back
    """

    position: Any
    start: date
    end: date
    quantity: Decimal
    unit_price: Decimal
    months: int = 1
    reduction_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class StillCharged:
    """Units of one commitment that the customer no longer wants.

    :param quantity: units that the vendor goes on charging
    :param amount: what it charges for them
    :param returnable: units that it takes back, if told by `reduction_until`
    """

    commitment: VendorCommitment
    quantity: Decimal
    amount: Fraction
    returnable: Decimal


def still_charged(
    commitments: Iterable[VendorCommitment],
    quantity: Decimal,
    day: date,
    now: datetime,
    until: date | None = None,
) -> list[StillCharged]:
    """Return what a vendor charges if only `quantity` units are needed from `day` on.

    Units that it takes back go first, then those bought last.

    :param commitments: of one position
    :param now: moment (UTC, naive) at which somebody decides
    :param until: first day on which the units are needed again, None: never
    :return: the commitments that lose units, the first to end first
    """
    held = sorted(
        (one for one in commitments if one.end > day and one.quantity > 0),
        key=lambda one: (not _is_open(one, day, now), -one.start.toordinal()),
    )
    lost: dict[int, Decimal] = {}
    amounts: dict[int, Fraction] = {}
    for start, end in _stretches(held, day, until):
        running = [one for one in held if one.start <= start < one.end]
        excess = less(exact_sum(one.quantity for one in running), quantity)
        for one in running:
            if excess <= 0:
                break
            units = min(excess, one.quantity)
            excess = less(excess, units)
            lost[id(one)] = max(units, lost.get(id(one), Decimal(0)))
            if not _is_open(one, day, now):
                price = _price(one, units, start, end)
                amounts[id(one)] = amounts.get(id(one), Fraction(0)) + price
    return [
        StillCharged(
            one,
            Decimal(0) if _is_open(one, day, now) else lost[id(one)],
            amounts.get(id(one), Fraction(0)),
            lost[id(one)] if _is_open(one, day, now) else Decimal(0),
        )
        for one in sorted(held, key=lambda one: (one.end, one.start))
        if id(one) in lost
    ]


def value_left(commitment: VendorCommitment, day: date) -> Fraction:
    """Return the price of all units of a commitment from `day` to its end."""
    start = max(day, commitment.start)
    if start >= commitment.end:
        return Fraction(0)
    return _price(commitment, commitment.quantity, start, commitment.end)


def months_between(day: date, end: date) -> Fraction:
    """Return the months of [day, end), counted back from `end`.

    The month that `day` cuts counts by its days.
    """
    if day >= end:
        return Fraction(0)
    count = (end.year - day.year) * 12 + end.month - day.month
    # `count` months before the end may lie on either side of `day`.
    if add_months(end, -count) > day:
        count += 1
    first, after = add_months(end, -count), add_months(end, 1 - count)
    return count - 1 + Fraction((after - day).days, (after - first).days)


def _is_open(commitment: VendorCommitment, day: date, now: datetime) -> bool:
    """Return whether the vendor takes units back that are not needed from `day` on.

    A window that is open now but closed on that day helps nobody.
    """
    until = commitment.reduction_until
    return until is not None and now < until and day <= until.date()


def _stretches(
    commitments: Sequence[VendorCommitment], day: date, until: date | None
) -> list[tuple[date, date]]:
    """Return the intervals from `day` on in which the same commitments run."""
    days = {day, *(one.start for one in commitments), *(one.end for one in commitments)}
    if until:
        days.add(until)
    borders = sorted(
        border for border in days if border >= day and (not until or border <= until)
    )
    return list(pairwise(borders))


def _price(
    commitment: VendorCommitment, units: Decimal, start: date, end: date
) -> Fraction:
    months = months_between(start, commitment.end)
    months -= months_between(end, commitment.end)
    price = Fraction(units) * Fraction(commitment.unit_price)
    return price * months / commitment.months
