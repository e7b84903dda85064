"""When nobody needs to look at claims any more until something changes."""

from collections.abc import Iterable
from datetime import date

from .charges import Claim
from .entitlement import entitlements
from .grids import horizon_of
from .history import History
from .settlement import settle


def is_settled(
    history: History | None, claims: Iterable[Claim], until: date, digits: int
) -> bool:
    """Return whether `claims` are what is due by the end of `until`, no less, no more.

    As long as neither `history` nor `claims` change, what is due later is then what
    `settle` returns without claims, since `until`. A claim that touches a period
    which is due later spoils that: it would be billed again.

    :param digits: decimals of the currency
    """
    claims = list(claims)
    if settle(history, claims, until, digits):
        return False
    counting = [claim for claim in claims if not claim.goodwill]
    if history is None or not counting:
        return True
    ends = [claim.end for claim in counting]
    entitled = entitlements(history, horizon_of(until, history, ends), digits)
    ahead = {
        position: [
            area
            for period, area in zip(item.grid, item.areas, strict=True)
            if not period.is_due(until)
        ]
        for position, item in entitled.items()
    }
    return not any(
        claim.start < end and start < claim.end
        for claim in counting
        for start, end in ahead.get(claim.position, ())
    )
