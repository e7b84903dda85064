"""The only place where money is rounded."""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from math import floor

# More digits than a sum of the longest amounts has; the usual 28 lose cents
# without a word.
_EXACT = Context(prec=100)


def to_decimal(value: Fraction, digits: int) -> Decimal:
    """Return `value` rounded half up (away from zero) to `digits` decimals."""
    return _money(_units(value, digits), digits)


def allocate(parts: Sequence[Fraction], digits: int) -> list[Decimal]:
    """Return `parts` rounded so that they add up to their rounded sum.

    Largest remainder: every part is its own rounding whenever these add up,
    and never off by more than one unit of the last digit. Ties go to what would
    be rounded up on its own, then to the earlier part.
    """
    units = [floor(part * 10**digits) for part in parts]
    remainders = [
        part * 10**digits - whole for part, whole in zip(parts, units, strict=True)
    ]
    missing = _units(sum(parts, Fraction(0)), digits) - sum(units)
    by_remainder = sorted(
        range(len(parts)), key=lambda i: (-remainders[i], parts[i] < 0, i)
    )
    for index in by_remainder[:missing]:
        units[index] += 1
    return [_money(number, digits) for number in units]


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum of `amounts`, however many digits it has."""
    with localcontext(_EXACT):
        return sum(amounts, Decimal(0))


def _units(value: Fraction, digits: int) -> int:
    scaled = abs(value) * 10**digits
    units = (scaled.numerator * 2 + scaled.denominator) // (2 * scaled.denominator)
    return -units if value < 0 else units


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
