"""Charges cut where what they are subject to changes, such as a rate of tax.

A regime is anything hashable. New days are under the one that holds on them, days
that were claimed under that of the claim: a correction follows what it corrects.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from .entitlement import entitlements
from .history import Amount, History
from .pricing import average
from .rounding import allocate, exact_sum, to_decimal
from .settlement import Charge

Days = tuple[date, date]


def split_by_regime(
    charge: Charge,
    load_history: Callable[[], History | None],
    claimed_under: Mapping[Hashable, Hashable],
    regime_on: Callable[[date], Hashable],
    changes: Iterable[date],
    digits: int,
) -> list[tuple[Hashable, Charge]]:
    """Return (regime, charge) for each regime that days of `charge` are under.

    The amounts add up to the charge's. A new charge is cut at the changes, by days,
    or by its dated amounts, which have days of their own. Of a correction, each
    regime gets what is entitled on its days less what was claimed under it.

    :param load_history: returns what `charge` was settled from; asked if needed
    :param claimed_under: regime of each claim by its key; claims that are missing
        are under what holds on their days
    :param regime_on: says what holds on a day
    :param changes: days on which that may change
    :param digits: decimals of the currency
    """
    cuts = {charge.start, charge.end}
    cuts.update(day for day in changes if charge.start < day < charge.end)
    if not charge.claims:
        return _split_new(charge, sorted(cuts), regime_on, load_history, digits)
    for claim in charge.claims:
        cuts.update((claim.start, claim.end))
    for piece in charge.basis:
        cuts.update((piece.start, piece.end))
    regimes = {
        (start, end): regime
        for start, end in pairwise(sorted(cuts))
        if (regime := _regime_of(charge, start, claimed_under, regime_on)) is not None
    }
    found = {*regimes.values(), *_known(charge, claimed_under)}
    if len(found) == 1:
        return [(found.pop(), charge)]
    return _split_correction(charge, load_history(), claimed_under, regimes, digits)


def _split_new(
    charge, cuts, regime_on, load_history, digits
) -> list[tuple[Hashable, Charge]]:
    parts: list[tuple[Hashable, date, date]] = []
    for start, end in pairwise(cuts):
        regime = regime_on(start)
        if parts and parts[-1][0] == regime:
            start = parts.pop()[1]
        parts.append((regime, start, end))
    if len(parts) == 1:
        return [(parts[0][0], charge)]
    dated: tuple[Amount, ...] = ()
    if any(piece.keys for piece in charge.basis):
        dated = load_history().amounts.get(charge.position, ())
    days = [_overlap(charge, start, end) for _regime, start, end in parts]
    shares = [_share(charge, start, end, dated) for _regime, start, end in parts]
    amounts = allocate([Fraction(charge.amount) * share for share in shares], digits)
    used = allocate([charge.days[0] * share for share in days], 0)
    pieces = [
        replace(
            charge,
            start=start,
            end=end,
            factor=charge.factor * share,
            amount=amount,
            entitled=amount,
            days=(int(count), charge.days[1]),
            basis=_clip(charge.basis, start, end),
        )
        for (_regime, start, end), share, amount, count in zip(
            parts, days, amounts, used, strict=True
        )
    ]
    if dated:
        pieces = [_with_units(charge, piece, dated) for piece in pieces]
    found = [
        (regime, piece)
        for (regime, _start, _end), piece in zip(parts, pieces, strict=True)
    ]
    # Nothing was supplied on days without amounts, but one of 0 is put out once.
    return [item for item in found if item[1].amount or not dated] or found[:1]


def _with_units(charge: Charge, piece: Charge, dated: Iterable[Amount]) -> Charge:
    """Return a part of a charge with its own units of the dated amounts."""
    whole = _sum_on(dated, charge.start, charge.end, "quantity")
    part = _sum_on(dated, piece.start, piece.end, "quantity")
    units = Fraction(charge.quantity) * part / whole if whole else Fraction(0)
    quantity, unit_price = average(Fraction(piece.amount), units)
    return replace(
        piece,
        quantity=quantity,
        unit_price=unit_price,
        factor=charge.factor,
        days=((piece.end - piece.start).days,) * 2,
    )


def _known(charge: Charge, claimed_under) -> set[Hashable]:
    return {
        claimed_under[claim.key]
        for claim in charge.claims
        if claim.key in claimed_under
    }


def _regime_of(charge, day, claimed_under, regime_on) -> Hashable | None:
    """Return what `day` is under, None if nothing was or is charged for it."""
    latest = None
    is_charged = any(piece.start <= day < piece.end for piece in charge.basis)
    for claim in charge.claims:
        if claim.start <= day < claim.end:
            is_charged = True
            if claim.key in claimed_under and (
                latest is None or claim.settlement >= latest.settlement
            ):
                latest = claim
    if latest is not None:
        return claimed_under[latest.key]
    return regime_on(day) if is_charged else None


def _split_correction(charge, history, claimed_under, regimes, digits):
    order = list(dict.fromkeys([*regimes.values(), *_known(charge, claimed_under)]))
    entitled = _entitled(charge, history, regimes, digits)
    claimed, claims = defaultdict(list), defaultdict(list)
    for claim in charge.claims:
        for regime, amount in _claimed(claim, claimed_under, regimes, digits).items():
            claimed[regime].append(amount)
            claims[regime].append(claim)
    exact = {one: entitled[one] - Fraction(exact_sum(claimed[one])) for one in order}
    amounts = _rounded(exact, charge.amount, digits)
    result = []
    for regime in order:
        if not amounts[regime]:
            continue
        days = [day for day, one in regimes.items() if one == regime]
        days += [(claim.start, claim.end) for claim in claims[regime] if not days]
        start, end = min(days)[0], max(end for _start, end in days)
        piece = _part(charge, start, end, amounts[regime])
        total = exact_sum(claimed[regime])
        of_regime = {
            "claims": tuple(claims[regime]),
            "claimed": total,
            "entitled": exact_sum([total, amounts[regime]]),
        }
        result.append((regime, replace(piece, **of_regime)))
    return result


def _rounded(exact, total: Decimal, digits: int) -> dict[Hashable, Decimal]:
    """Return what each regime gets, rounded so that it adds up to `total`.

    A regime without a difference gets nothing: what rounding leaves goes to the
    largest one. A credit that was capped is spread over those that get credits.
    """
    amounts = {regime: to_decimal(value, digits) for regime, value in exact.items()}
    credits = {regime: value for regime, value in exact.items() if value < 0}
    due = to_decimal(sum(exact.values(), Fraction(0)), digits)
    if total - due > len(exact) * Decimal(1).scaleb(-digits):
        whole = sum(credits.values(), Fraction(0))
        shares = [Fraction(total) * value / whole for value in credits.values()]
        parts = zip(credits, allocate(shares, digits), strict=True)
        return {**dict.fromkeys(exact, Decimal(0)), **dict(parts)}
    largest = max(exact, key=lambda regime: abs(exact[regime]))
    rest = exact_sum([total, exact_sum(amounts.values()).copy_negate()])
    amounts[largest] = exact_sum([amounts[largest], rest])
    return amounts


def _entitled(charge, history, regimes, digits) -> dict[Hashable, Fraction]:
    """Return the exact entitlement on the days of each regime."""
    result: dict[Hashable, Fraction] = defaultdict(Fraction)
    by_position = entitlements(history, charge.end, digits) if history else {}
    entitled = by_position.get(charge.position)
    for index, period in enumerate(entitled.grid if entitled else ()):
        if period.end <= charge.start or charge.end <= period.start:
            continue
        for piece in entitled.slices(index):
            for (start, end), regime in regimes.items():
                share = _share(piece, start, end, piece.amounts)
                result[regime] += piece.amount * share
    return result


def _claimed(claim, claimed_under, regimes, digits) -> dict[Hashable, Decimal]:
    """Return what of a claim's amount is under which regime."""
    if claim.key in claimed_under:
        return {claimed_under[claim.key]: claim.amount}
    shares: dict[Hashable, Fraction] = defaultdict(Fraction)
    for (start, end), regime in regimes.items():
        if share := _overlap(claim, start, end):
            shares[regime] += share
    amounts = allocate(
        [Fraction(claim.amount) * share for share in shares.values()], digits
    )
    return dict(zip(shares, amounts, strict=True))


def _share(item, start: date, end: date, dated: Iterable[Amount]) -> Fraction:
    """Return which share of the price of `item` is for [start, end).

    :param dated: amounts of the position; without any, each day has the same share
    """
    if whole := _sum_on(dated, item.start, item.end, "amount"):
        start, end = max(start, item.start), min(end, item.end)
        return _sum_on(dated, start, end, "amount") / whole
    return _overlap(item, start, end)


def _sum_on(dated: Iterable[Amount], start: date, end: date, name: str) -> Fraction:
    """Return the sum of `name` of dated amounts, by their days in [start, end)."""
    parts = (
        Fraction(getattr(item, name)) * _overlap(item, start, end) for item in dated
    )
    return sum(parts, Fraction(0))


def _overlap(item, start: date, end: date) -> Fraction:
    """Return which share of the days of `item` lies in [start, end)."""
    days = (min(item.end, end) - max(item.start, start)).days
    return Fraction(max(days, 0), (item.end - item.start).days)


def _part(charge: Charge, start: date, end: date, amount: Decimal) -> Charge:
    return replace(
        charge,
        start=start,
        end=end,
        quantity=Decimal(1 if amount > 0 else -1),
        unit_price=amount.copy_abs(),
        amount=amount,
        days=((end - start).days,) * 2,
        basis=_clip(charge.basis, start, end),
        differences=_clip(charge.differences, start, end),
    )


def _clip(items, start: date, end: date) -> tuple:
    """Return those parts of intervals that lie in [start, end)."""
    return tuple(
        replace(item, start=max(item.start, start), end=min(item.end, end))
        for item in items
        if item.start < end and start < item.end
    )
