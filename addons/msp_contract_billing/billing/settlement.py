"""What is due: entitlement minus what has already been claimed.

The regular run, catching up, a backdated change, a cancellation and a withdrawn
version are all this one computation, and doing it twice yields nothing the
second time.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from .entitlement import Entitlement, Slice, entitlements, period_price
from .grids import areas_of, horizon_of, periods
from .history import History
from .periods import Period
from .pricing import Pricing, Step
from .proration import day_share
from .rounding import allocate, exact_sum, to_decimal

_ONE = Fraction(1)


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


def settle(
    history: History | None,
    claims: Iterable[Claim],
    until: date,
    digits: int,
    since: date | None = None,
) -> list[Charge]:
    """Return what is due by the end of `until`, ordered by position and day.

    Periods that are due and not claimed become regular charges, one per slice.
    Wherever there are claims, due or not, the entitlement of their natural
    periods is compared with their sum, however long ago that is.

    :param history: None if the contract has none any more: all claims go back
    :param digits: decimals of the currency
    :param since: unclaimed periods that were due by the end of it are left out,
        for callers who know that all of them are claimed
    """
    by_position = defaultdict(list)
    for claim in claims:
        by_position[claim.position].append(claim)
    ends = [claim.end for group in by_position.values() for claim in group]
    horizon = horizon_of(until, history, ends)
    entitled = entitlements(history, horizon, digits) if history else {}
    if by_position.keys() - entitled.keys():
        grid = periods(history, horizon) if history else []
        for position in by_position.keys() - entitled.keys():
            entitled[position] = Entitlement(grid, areas_of(grid), [], digits)
    charges = []
    for position in sorted(entitled, key=_sort_key):
        charges += _settle_position(
            position,
            entitled[position],
            by_position.get(position, ()),
            until,
            since,
        )
    return charges


def _settle_position(position, entitled, claims, until, since) -> list[Charge]:
    by_index = _claims_by_index(entitled.areas, claims)
    if by_index is None:
        return _settle_joined(position, entitled, claims, until, since)
    charges = []
    for index, held in entitled.holding():
        group = by_index.get(index)
        if group:
            whole = entitled.whole_price(index, held)
            if whole is None or whole != exact_sum(claim.amount for claim in group):
                charges += _correction(position, entitled, [index], group)
        elif held and _is_new(entitled.grid[index], until, since):
            charges += _regular(position, entitled, index, held)
    return charges


def _settle_joined(position, entitled, claims, until, since) -> list[Charge]:
    """Settle a position some of whose claims cross borders or lie outside."""
    charges = []
    for indices, group in _components(entitled.areas, claims):
        if any(not claim.goodwill for claim in group):
            charges += _correction(position, entitled, indices, group)
            continue
        for index in indices:
            if _is_new(entitled.grid[index], until, since):
                charges += _regular(position, entitled, index)
    return charges


def _is_new(period: Period, until: date, since: date | None) -> bool:
    return period.is_due(until) and not (since and period.is_due(since))


def _claims_by_index(areas, claims) -> dict[int, list[Claim]] | None:
    """Return the claims of each area, None if one is in no area or in several."""
    if not claims:
        return {}
    starts = [start for start, _end in areas]
    result: dict[int, list[Claim]] = {}
    for claim in claims:
        index = bisect_right(starts, claim.start) - 1
        if claim.goodwill or index < 0 or claim.end > areas[index][1]:
            return None
        result.setdefault(index, []).append(claim)
    return result


def _sort_key(position: Hashable) -> tuple[bool, object]:
    return (True, position) if isinstance(position, int) else (False, str(position))


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


def _regular(position, entitled, index, held=None) -> list[Charge]:
    period = entitled.grid[index]
    if held is not None:
        whole = entitled.whole_price(index, held)
        if whole is not None:
            return [_whole(position, entitled, period, held[0], whole)]
    slices = entitled.slices(index, held)
    amounts = allocate([piece.amount for piece in slices], entitled.digits)
    return [
        _charge(position, piece, amount)
        for piece, amount in zip(slices, amounts, strict=True)
    ]


def _whole(position, entitled, period, line, amount) -> Charge:
    """Return the charge of a period that one line covers at the agreed price."""
    price = period_price(line, period.policy)[0]
    start, end = period.start, period.end
    return Charge(
        position=position,
        start=start,
        end=end,
        quantity=line.quantity,
        unit_price=price,
        discount=line.discount,
        factor=_ONE,
        amount=amount,
        kind="regular",
        days=(day_share(period, start, end)[1],) * 2,
        basis=(Basis(start, end, line.quantity, price, line.discount),),
        versions=line.versions,
        text=line.text,
        entitled=amount,
        period=period,
    )


def _charge(position, piece: Slice, amount: Decimal) -> Charge:
    quantity, unit_price, discount = piece.shown
    return Charge(
        position=position,
        start=piece.start,
        end=piece.end,
        quantity=quantity,
        unit_price=unit_price,
        discount=discount,
        factor=piece.factor,
        amount=amount,
        kind="regular",
        days=piece.days,
        basis=(_basis(piece),),
        versions=piece.versions,
        text=piece.text,
        entitled=amount,
        period=piece.period,
        steps=piece.steps,
        instalment=piece.instalment,
    )


def _correction(position, entitled, indices, group) -> list[Charge]:
    pieces = [piece for index in indices for piece in entitled.slices(index)]
    claims = [claim for claim in group if not claim.goodwill]
    total = to_decimal(
        sum((piece.amount for piece in pieces), Fraction(0)), entitled.digits
    )
    claimed = exact_sum(claim.amount for claim in claims)
    amount = exact_sum([total, claimed.copy_negate()])
    grid = [entitled.grid[index] for index in indices]
    if amount < 0 and grid and grid[-1].policy.credit_cap:
        given = exact_sum(claim.amount for claim in group if claim.goodwill)
        # What goodwill has not given back yet; nothing is left if it gave more.
        still_open = max(exact_sum([claimed, given]), Decimal(0))
        amount = max(amount, still_open.copy_negate())
    if not amount:
        return []
    start = min(item.start for item in (*grid, *claims))
    end = max(item.end for item in (*grid, *claims))
    basis = tuple(_basis(piece) for piece in pieces)
    return [
        Charge(
            position=position,
            start=start,
            end=end,
            quantity=Decimal(1 if amount > 0 else -1),
            unit_price=amount.copy_abs(),
            discount=Decimal(0),
            factor=_ONE,
            amount=amount,
            kind="correction",
            days=((end - start).days,) * 2,
            basis=basis,
            versions=tuple(sorted({n for piece in pieces for n in piece.versions})),
            text=pieces[-1].text if pieces else "",
            claims=tuple(claims),
            claimed=claimed,
            entitled=total,
            differences=_differences(claims, basis),
        )
    ]


def _basis(piece: Slice) -> Basis:
    return Basis(
        piece.start,
        piece.end,
        piece.quantity,
        piece.unit_price,
        piece.discount,
        piece.pricing,
        tuple(item.key for item in piece.amounts),
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
