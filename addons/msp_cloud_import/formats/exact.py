"""Numbers without rounding."""

from decimal import ROUND_DOWN, Context, Decimal

# 19 integer digits, 20 decimals of a price and as many of a quantity fit.
EXACT = Context(prec=100, rounding=ROUND_DOWN)


def with_sign(number: Decimal, is_negative: bool) -> Decimal:
    """Return a number with the sign that something else says."""
    size = number.copy_abs()
    return size.copy_negate() if is_negative else size
