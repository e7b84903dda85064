"""What is due: entitlement minus what has already been claimed.

The regular run, catching up, a backdated change, a cancellation and a withdrawn
version are all this one computation, and doing it twice yields nothing the
second time.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .charges import Basis, Charge, Claim, differences
from .entitlement import Entitlement, Slice, entitlements
from .grids import areas_of, horizon_of, periods, terms_of
from .history import History
from .periods import Period, Policy
from .portions import period_price
from .proration import day_share
from .rounding import allocate, exact_sum, to_decimal

_ONE = Fraction(1)


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
    by_position, goodwill = defaultdict(list), defaultdict(list)
    for claim in claims:
        (goodwill if claim.goodwill else by_position)[claim.position].append(claim)
    ends = [claim.end for group in by_position.values() for claim in group]
    horizon = horizon_of(until, history, ends)
    # A period that was not due by then ends later, and no claim needs an older one.
    needed = None if by_position else since
    entitled = entitlements(history, horizon, digits, needed) if history else {}
    if by_position.keys() - entitled.keys():
        grid = periods(history, horizon) if history else []
        for position in by_position.keys() - entitled.keys():
            entitled[position] = Entitlement(
                grid,
                areas_of(grid),
                [],
                digits,
                terms=terms_of(history),
            )
    charges = []
    for position in sorted(entitled, key=_sort_key):
        charges += _settle_position(
            position,
            entitled[position],
            by_position.get(position, ()),
            goodwill.get(position, ()),
            until,
            since,
        )
    return charges


def _settle_position(
    position, entitled, claims, goodwill, until, since
) -> list[Charge]:
    by_index = _claims_by_index(entitled.areas, claims)
    if by_index is None:
        return _settle_joined(position, entitled, claims, goodwill, until, since)
    charges = []
    for index, held in entitled.holding():
        group = by_index.get(index)
        if group:
            whole = entitled.whole_price(index, held)
            if whole is None:
                whole = to_decimal(entitled.total(index, held), entitled.digits)
            if whole != exact_sum(claim.amount for claim in group):
                charges += _correction(position, entitled, [index], group, goodwill)
        elif held and _is_new(entitled.grid[index], until, since):
            charges += _regular(position, entitled, index, held)
    return charges


def _settle_joined(position, entitled, claims, goodwill, until, since) -> list[Charge]:
    """Settle a position some of whose claims cross borders or lie outside."""
    charges = []
    for indices, group in _components(entitled.areas, claims):
        if group:
            charges += _correction(position, entitled, indices, group, goodwill)
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
        if index < 0 or claim.end > areas[index][1]:
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
    if held and held[0].pricing is None:
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


def _correction(position, entitled, indices, claims, goodwill) -> list[Charge]:
    pieces = [piece for index in indices for piece in entitled.slices(index)]
    total = to_decimal(
        sum((piece.amount for piece in pieces), Fraction(0)), entitled.digits
    )
    claimed = exact_sum(claim.amount for claim in claims)
    amount = exact_sum([total, claimed.copy_negate()])
    grid = [entitled.grid[index] for index in indices]
    start = min(item.start for item in (*grid, *claims))
    end = max(item.end for item in (*grid, *claims))
    policy = _policy_of(entitled, indices, start)
    if amount < 0 and goodwill and policy and policy.credit_cap:
        days = [entitled.areas[index] for index in indices]
        days += [(claim.start, claim.end) for claim in claims]
        given = _given(goodwill, min(days)[0], max(end for _start, end in days))
        # What goodwill has not given back yet; nothing is left if it gave more.
        still_open = to_decimal(Fraction(claimed) + given, entitled.digits)
        amount = max(amount, max(still_open, Decimal(0)).copy_negate())
    if not amount:
        return []
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
            differences=differences(claims, basis),
        )
    ]


def _policy_of(entitled, indices, start) -> Policy | None:
    """Return whose rules hold for claims, which may lie outside of all periods."""
    if indices:
        return entitled.grid[indices[-1]].policy
    # Not the grid's, which only goes as far as somebody looks.
    before = [terms for terms in entitled.terms if terms.start <= start]
    governing = before[-1:] or entitled.terms[:1]
    return governing[0].policy if governing else None


def _given(goodwill: Iterable[Claim], start: date, end: date) -> Fraction:
    """Return what of `goodwill` is for [start, end), by days."""
    given = Fraction(0)
    for claim in goodwill:
        days = (min(claim.end, end) - max(claim.start, start)).days
        if days > 0:
            whole = (claim.end - claim.start).days
            given += Fraction(claim.amount) * Fraction(days, whole)
    return given


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
