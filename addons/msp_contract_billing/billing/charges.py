"""What is claimed and what is due, and where the two differ in content."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from .periods import Period
from .pricing import Pricing, Step


@dataclass(frozen=True, slots=True)
class Basis:
    """What a claim rests on: the content of some days of a position.

    :param unit_price: for a whole period; the average if the price is not per unit
    :param keys: sources of the amounts, if priced by amounts
    """

    start: date
    end: date
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = Decimal(0)
    pricing: Pricing | None = None
    keys: tuple[Hashable, ...] = ()

    @property
    def content(self) -> tuple:
        return self.quantity, self.unit_price, self.discount, self.pricing


@dataclass(frozen=True, slots=True)
class Claim:
    """An amount already put on an invoice for [start, end) of a position.

    :param amount: signed, rounded to the currency
    :param settlement: number of the settlement that made it, 1 and up
    :param basis: what it rested on, empty if on nothing, None if unknown
    :param key: anything by which the caller finds the claim again
    :param goodwill: a credit given for good: outside the difference
    """

    position: Hashable
    start: date
    end: date
    amount: Decimal
    settlement: int = 0
    basis: tuple[Basis, ...] | None = None
    versions: tuple[int, ...] = ()
    key: Hashable = None
    goodwill: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """Days on which the content differs from what was claimed; None: no content."""

    start: date
    end: date
    old: Basis | None
    new: Basis | None


@dataclass(frozen=True, slots=True)
class Charge:
    """One amount that is due.

    A regular charge is one slice: amount = quantity x unit price x (100 - discount)
    percent x factor, rounded. Where the price is not per unit, quantity and price
    are those of its only step, or the quantity at its average price. A correction
    has quantity 1 or -1 and the amount as its price.

    :param start: first day of the service period
    :param end: first day after it
    :param kind: ``regular`` if no claim touches the natural period, else
        ``correction``
    :param days: days charged and days of the natural period
    :param claims: what a correction was compared with
    :param claimed: sum of `claims`
    :param entitled: rounded entitlement of the period
    :param period: natural period of a regular charge
    :param steps: how the price of the whole period is made, if not per unit
    :param instalment: (number of the instalment, instalments)
    :param key: anything by which the caller finds the source of the charge again
    """

    position: Hashable
    start: date
    end: date
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    factor: Fraction
    amount: Decimal
    kind: str
    days: tuple[int, int]
    basis: tuple[Basis, ...]
    versions: tuple[int, ...] = ()
    text: str = ""
    claims: tuple[Claim, ...] = ()
    claimed: Decimal = Decimal(0)
    entitled: Decimal = Decimal(0)
    differences: tuple[Difference, ...] = ()
    period: Period | None = None
    steps: tuple[Step, ...] = ()
    instalment: tuple[int, int] | None = None
    key: Hashable = None


def latest_versions(claims: Sequence[Claim]) -> set[int]:
    """Return the versions on which those of `claims` rest that are not out of date.

    A claim is out of date once a later settlement has looked at all of its days.
    """
    known = [claim for claim in claims if claim.basis is not None]
    return {
        number
        for claim in known
        if not any(
            later.settlement > claim.settlement
            and later.start <= claim.start
            and claim.end <= later.end
            for later in known
        )
        for number in claim.versions
    }


def differences(
    claims: Sequence[Claim], basis: Sequence[Basis]
) -> tuple[Difference, ...]:
    """Return where the content now differs from what the claims rested on.

    On each day the claim of the latest settlement says what was charged; an
    earlier one that the latest looked at as well is out of date.
    """
    known = sorted(
        (claim for claim in claims if claim.basis is not None),
        key=lambda claim: claim.settlement,
    )
    if not known:
        return ()
    days = sorted(
        {
            day
            for piece in (*basis, *(item for claim in known for item in claim.basis))
            for day in (piece.start, piece.end)
        }
        | {day for claim in known for day in (claim.start, claim.end)}
    )
    result: list[Difference] = []
    for start, end in pairwise(days):
        old = None
        for claim in known:
            if claim.start <= start < claim.end:
                old = _on(claim.basis, start)
        new = _on(basis, start)
        if (old and old.content) == (new and new.content):
            continue
        last = result[-1] if result else None
        if last and last.end == start and (last.old, last.new) == (old, new):
            result[-1] = Difference(last.start, end, old, new)
        else:
            result.append(Difference(start, end, old, new))
    return tuple(result)


def _on(basis: Iterable[Basis], day: date) -> Basis | None:
    return next((piece for piece in basis if piece.start <= day < piece.end), None)
