"""What is due: entitlement minus what has already been claimed.

The regular run, catching up, a backdated change, a cancellation and a withdrawn
version are all this one computation, and doing it twice yields nothing the
second time.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from .entitlement import Slice, horizon_of, periods, slices_by_position
from .history import History
from .periods import Period
from .rounding import allocate, exact_sum, to_decimal


@dataclass(frozen=True, slots=True)
class Basis:
    """What a claim rests on: the content of some days of a position."""

    start: date
    end: date
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = Decimal(0)

    @property
    def content(self) -> tuple[Decimal, Decimal, Decimal]:
        return self.quantity, self.unit_price, self.discount


@dataclass(frozen=True, slots=True)
class Claim:
    """An amount already put on an invoice for [start, end) of a position.

    :param amount: signed, rounded to the currency
    :param settlement: number of the settlement that made it, 1 and up
    :param basis: what it rested on, empty if on nothing, None if unknown
    :param key: anything by which the caller finds the claim again
    """

    position: Hashable
    start: date
    end: date
    amount: Decimal
    settlement: int = 0
    basis: tuple[Basis, ...] | None = None
    versions: tuple[int, ...] = ()
    key: Hashable = None


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
    percent x factor, rounded. A correction has quantity 1 or -1 and the amount as
    its price.

    :param start: first day of the service period
    :param end: first day after it
    :param kind: ``regular`` if no claim touches the natural period, else
        ``correction``
    :param days: days charged and days of the natural period
    :param claims: what a correction was compared with
    :param claimed: sum of `claims`
    :param entitled: rounded entitlement of the period
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


def settle(
    history: History | None, claims: Iterable[Claim], until: date, digits: int
) -> list[Charge]:
    """Return what is due by the end of `until`, ordered by position and day.

    Periods that are due and not claimed become regular charges, one per slice.
    Wherever there are claims, due or not, the entitlement of their natural
    periods is compared with their sum, however long ago that is.

    :param history: None if the contract has none any more: all claims go back
    :param digits: decimals of the currency
    """
    by_position = defaultdict(list)
    for claim in claims:
        by_position[claim.position].append(claim)
    ends = [claim.end for group in by_position.values() for claim in group]
    grid = periods(history, horizon_of(until, ends)) if history else []
    areas = _areas(grid)
    slices = slices_by_position(history, grid) if history else {}
    charges = []
    for position in sorted({*slices, *by_position}, key=_sort_key):
        of_position = slices.get(position, {})
        for indices, group in _components(areas, by_position.get(position, ())):
            if group:
                charges += _correction(
                    position, grid, indices, of_position, group, digits
                )
            elif indices and grid[indices[0]].is_due(until):
                charges += _regular(position, of_position.get(indices[0], ()), digits)
    return charges


def _sort_key(position: Hashable) -> tuple[bool, object]:
    return (True, position) if isinstance(position, int) else (False, str(position))


def _areas(grid: Sequence[Period]) -> list[tuple[date, date]]:
    """Return the days whose claims belong to each period.

    The contract's first and last period take the days of their whole natural
    period; a border between two policies stays where the change was.
    """
    areas = [(period.start, period.end) for period in grid]
    if areas:
        areas[0] = (grid[0].natural_start, areas[0][1])
        areas[-1] = (areas[-1][0], max(grid[-1].natural_end, areas[-1][1]))
    return areas


def _components(areas, claims):
    """Yield (indices of areas, claims) that belong together, in order of days.

    Areas never overlap, so what joins two of them is a claim that crosses their
    border.
    """
    items = [(start, end, index, None) for index, (start, end) in enumerate(areas)]
    items += [(claim.start, claim.end, None, claim) for claim in claims]
    items.sort(key=lambda item: item[:2])
    indices, group, reach = [], [], None
    for start, end, index, claim in items:
        if reach is not None and start >= reach:
            yield indices, group
            indices, group, reach = [], [], None
        reach = end if reach is None else max(reach, end)
        if claim is None:
            indices.append(index)
        else:
            group.append(claim)
    if items:
        yield indices, group


def _regular(position, slices: Sequence[Slice], digits: int) -> list[Charge]:
    amounts = allocate([piece.amount for piece in slices], digits)
    return [
        Charge(
            position=position,
            start=piece.start,
            end=piece.end,
            quantity=piece.quantity,
            unit_price=piece.unit_price,
            discount=piece.discount,
            factor=piece.factor,
            amount=amount,
            kind="regular",
            days=piece.days,
            basis=(_basis(piece),),
            versions=piece.versions,
            text=piece.text,
            entitled=amount,
        )
        for piece, amount in zip(slices, amounts, strict=True)
    ]


def _correction(position, grid, indices, of_position, claims, digits) -> list[Charge]:
    pieces = [piece for index in indices for piece in of_position.get(index, ())]
    entitled = to_decimal(sum((piece.amount for piece in pieces), Fraction(0)), digits)
    claimed = exact_sum(claim.amount for claim in claims)
    amount = exact_sum([entitled, claimed.copy_negate()])
    if not amount:
        return []
    start = min([grid[i].start for i in indices] + [claim.start for claim in claims])
    end = max([grid[i].end for i in indices] + [claim.end for claim in claims])
    basis = tuple(_basis(piece) for piece in pieces)
    return [
        Charge(
            position=position,
            start=start,
            end=end,
            quantity=Decimal(1 if amount > 0 else -1),
            unit_price=amount.copy_abs(),
            discount=Decimal(0),
            factor=Fraction(1),
            amount=amount,
            kind="correction",
            days=((end - start).days,) * 2,
            basis=basis,
            versions=tuple(sorted({n for piece in pieces for n in piece.versions})),
            text=pieces[-1].text if pieces else "",
            claims=tuple(claims),
            claimed=claimed,
            entitled=entitled,
            differences=_differences(claims, basis),
        )
    ]


def _basis(piece: Slice) -> Basis:
    return Basis(
        piece.start, piece.end, piece.quantity, piece.unit_price, piece.discount
    )


def _differences(
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
