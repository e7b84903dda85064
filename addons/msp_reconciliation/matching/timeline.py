"""Days on which something is the same: what is supplied, contained, billed."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Statement:
    """A provider's file says how many are supplied from a day on.

    :param start: first day of the quantity
    :param end: first day the rows behind it no longer pay for, None if they name
        no end
    :param quantity: 0 where the file ends the subscription
    :param keys: the rows, by anything the caller finds them by
    """

    start: date
    end: date | None
    quantity: Decimal
    keys: tuple[Hashable, ...] = ()


@dataclass(frozen=True, slots=True)
class Supply:
    """A quantity the provider supplies on [start, end), None: until further notice."""

    start: date
    end: date | None
    quantity: Decimal
    keys: tuple[Hashable, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """Days of one natural period with one content, in a contract or on invoices.

    :param quantity: None on invoices where it is not known what they rest on
    :param unit_price: of one unit for the whole natural period, discount taken off
    :param share: exact share of the natural period that one of the days is; None on
        invoices that do not say: then the contract's share on that day counts
    :param is_due: whether the natural period is to be billed by now
    :param keys: version numbers or charges, by anything the caller finds them by
    :param is_included: whether it has no price, as that of a bundle includes it
    :param is_amount: whether it passes on what the provider charges: then no file
        says how many there are
    :param exact_price: where `unit_price` is an average, rounded to be printed
    """

    start: date
    end: date
    quantity: Decimal | None
    unit_price: Fraction
    share: Fraction | None = None
    is_due: bool = True
    keys: tuple[Hashable, ...] = ()
    is_included: bool = False
    is_amount: bool = False
    exact_price: Fraction | None = None

    def value(self, days: int, quantity: Decimal | None = None) -> Fraction:
        """Return what `quantity`, by default its own, costs on some of the days."""
        units = self.quantity if quantity is None else quantity
        price = self.unit_price if self.exact_price is None else self.exact_price
        return product(units or 0, price, self.share, days)

    def is_same(self, other: "Content") -> bool:
        """Return whether quantity and unit price are equal, or not known.

        Shares are left out: by 30/360 they depend on how the days were cut.
        """
        return (
            self.quantity is None
            or other.quantity is None
            or (self.quantity, self.unit_price) == (other.quantity, other.unit_price)
        )


def product(*factors: Decimal | Fraction | int) -> Fraction:
    """Return the exact product, reduced once instead of at each factor."""
    above = below = 1
    for one in factors:
        numerator, denominator = one.as_integer_ratio()
        above *= numerator
        below *= denominator
    return Fraction(above, below)


def supplied(statements: Iterable[Statement]) -> list[Supply]:
    """Return what one subscription's statements amount to, in order of days.

    A statement holds until the next one, at most until the last day that any rows
    so far have paid for: a subscription that is no longer listed is no longer
    supplied. An ending gives back what was paid ahead, so later statements reach
    only as far as rows from then on. Of two statements about one day the later
    given one wins, but the rows of both have paid.
    """
    ordered = sorted(statements, key=_start)
    by_day = [list(same) for _, same in groupby(ordered, key=_start)]
    following = [*(same[0].start for same in by_day[1:]), date.max]
    result: list[Supply] = []
    reach = date.min
    for same, until in zip(by_day, following, strict=False):
        one = same[-1]
        reach = max(reach, *(each.end or date.max for each in same))
        end = min(reach, until)
        if not one.quantity:
            reach = date.min
        elif one.start < end:
            end = None if end == date.max else end
            result.append(Supply(one.start, end, one.quantity, one.keys))
    return result


def overlay(contents: Sequence[Content], layer: Iterable[Content], start, end):
    """Return `contents` with [start, end) replaced by `layer`, in order of days.

    So each settlement says anew what is billed for the days it settles; days that
    `layer` leaves out are then no longer billed.

    :param layer: days within [start, end)
    """
    kept = []
    for one in contents:
        if one.start < start:
            kept.append(replace(one, end=min(one.end, start)))
        if one.end > end:
            kept.append(replace(one, start=max(one.start, end)))
    return sorted([*kept, *layer], key=_start)


def included(
    contents: Iterable[Content], factor: Decimal, days: Iterable[tuple[date, date]]
) -> list[Content]:
    """Return what a bundle's contents say about one of its components.

    :param factor: quantity of the component for each one of the bundle
    :param days: [start, end) in which the bundle has the component, in order, no
        overlap
    """
    return [
        replace(
            one,
            start=max(one.start, start),
            end=min(one.end, end),
            quantity=None if one.quantity is None else one.quantity * factor,
            unit_price=Fraction(0),
            exact_price=None,
            is_included=True,
        )
        for start, end in days
        for one in contents
        if one.start < end and start < one.end
    ]


def on(intervals, day: date):
    """Return the one of some intervals that holds `day`, None if none does."""
    for one in intervals:
        if one.start <= day and (one.end is None or day < one.end):
            return one
    return None


def _start(one) -> date:
    return one.start
