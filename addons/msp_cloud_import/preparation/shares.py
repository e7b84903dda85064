"""One subscription whose quantity belongs to several positions."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Share:
    """How many units one of the takers gets.

    :param key: anything by which the caller finds the taker again
    :param quantity: what it gets; of the one that takes the rest it is not looked at
    """

    key: Hashable
    quantity: Decimal
    takes_rest: bool = False


def share_out(total: Decimal, shares: Sequence[Share]) -> dict[Hashable, Decimal]:
    """Return what each taker gets; the sum is `total`, no part is negative.

    Everybody gets his number, in order, as long as there is something left; what is
    left after that goes to the one that takes the rest. So of 10 = 6 + 4 with the rest
    for the first, 11 is 7 + 4, 9 is 5 + 4 and 3 is 0 + 3.

    :param total: not negative
    :raise ValueError: not exactly one takes the rest, or a key comes twice
    """
    if sum(share.takes_rest for share in shares) != 1:
        raise ValueError("exactly one of the shares takes the rest")
    result = {share.key: _ZERO for share in shares}
    if len(result) != len(shares):
        raise ValueError("each taker has one share")
    left = total
    for share in shares:
        if not share.takes_rest:
            result[share.key] = min(share.quantity, left)
            left -= result[share.key]
    [rest] = [share.key for share in shares if share.takes_rest]
    result[rest] = left
    return result


def share_money(
    amount: Decimal, parts: Sequence[Decimal], digits: int = 2
) -> list[Decimal]:
    """Return `amount` in proportion to `parts`; the sum is `amount` to the last digit.

    :param parts: not negative; if all are 0, the first gets everything
    :param digits: decimals of all but the last part
    """
    if not parts:
        return []
    whole = sum(parts, _ZERO)
    if not whole:
        return [amount, *(_ZERO for _ in parts[1:])]
    unit = Decimal(1).scaleb(-digits)
    result, given, taken = [], _ZERO, _ZERO
    for part in parts:
        taken += part
        # Cut from the sum so far, so that what is rounded does not pile up.
        upto = (amount * taken / whole).quantize(unit, ROUND_HALF_EVEN)
        if taken == whole:
            upto = amount
        result.append(upto - given)
        given = upto
    return result
