"""The only place where money is rounded."""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from math import lcm

# More digits than a sum of the longest amounts has; the usual 28 lose cents
# without a word.
_EXACT = Context(prec=100)


def to_decimal(value: Fraction, digits: int) -> Decimal:
    """Return `value` rounded half up (away from zero) to `digits` decimals."""
    units = _half_up(value.numerator * 10**digits, value.denominator)
    return _money(units, digits)


def allocate(parts: Sequence[Fraction], digits: int) -> list[Decimal]:
    """Return `parts` rounded so that they add up to their rounded sum.

    Largest remainder: every part is its own rounding whenever these add up,
    and never off by more than one unit of the last digit. Ties go to what would
    be rounded up on its own, then to the earlier part.
    """
    if len(parts) == 1:
        return [to_decimal(parts[0], digits)]
    # Integers over one denominator: far quicker than fractions, and as exact.
    over = lcm(*(part.denominator for part in parts))
    scale = 10**digits
    scaled = [part.numerator * (over // part.denominator) * scale for part in parts]
    units = [number // over for number in scaled]
    missing = _half_up(sum(scaled), over) - sum(units)
    if missing:
        by_remainder = sorted(
            range(len(parts)), key=lambda i: (-(scaled[i] % over), scaled[i] < 0, i)
        )
        for index in by_remainder[:missing]:
            units[index] += 1
    return [_money(number, digits) for number in units]


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum of `amounts`, however many digits it has."""
    with localcontext(_EXACT):
        return sum(amounts, Decimal(0))


def to_multiple(value: Fraction, step: Decimal, *, up: bool) -> Decimal:
    """Return the multiple of `step` next above `value`, or the nearest one, half up."""
    count = value / Fraction(step)
    if up:
        units = -(-count.numerator // count.denominator)
    else:
        units = _half_up(count.numerator, count.denominator)
    return exact_product(step, units)


def _half_up(number: int, over: int) -> int:
    units = (abs(number) * 2 + over) // (2 * over)
    return -units if number < 0 else units


def product(number: Decimal, other: Decimal) -> Fraction:
    """Return the exact product of two numbers."""
    above, below = number.as_integer_ratio()
    other_above, other_below = other.as_integer_ratio()
    return Fraction(above * other_above, below * other_below)


def exact_product(number: Decimal, times: int | Decimal) -> Decimal:
    """Return `number` times another, however many digits they have."""
    return _EXACT.multiply(number, Decimal(times))


def less(number: Decimal, taken: Decimal) -> Decimal:
    """Return `number` less `taken`, however many digits they have."""
    return _EXACT.subtract(number, taken)


def _money(units: int, digits: int) -> Decimal:
    # Made from text, since arithmetic would round to the context's precision.
    return Decimal(f"{units}E-{digits}")


def plain(value: Decimal | Fraction, digits: int = 12) -> str:
    """Return `value` as text without exponent and without trailing zeros.

    Fractions that do not end are rounded to `digits` decimals.
    """
    if isinstance(value, Fraction):
        value = to_decimal(value, digits)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
