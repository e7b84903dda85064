"""Which share of a price is billed: all of it, less while suspended, or nothing."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from .dated import is_dated
from .history import WHOLE, Line
from .pricing import Pricing
from .rounding import exact_product, less


def is_billed(line: Line) -> bool:
    """Return whether anything is billed for `line`.

    Nothing is while it is suspended, and for what another position's price
    includes.
    """
    return bool(line.share) and not (line.pricing and line.pricing.model == "included")


def billed_lines(lines: Iterable[Line]) -> list[Line]:
    """Return what is billed of `lines`: those of which only a share is, at less."""
    return [
        line if line.share == WHOLE else _reduced(line)
        for line in lines
        if is_billed(line)
    ]


def suspended_lines(lines: Iterable[Line]) -> list[Line]:
    """Return what of `lines` is contained, but nothing is billed of it, at no price.

    Dated amounts are left out: without being billed they are nobody's content.
    """
    return [
        _reduced(line)
        for line in lines
        if not line.share and is_billed(unshared(line)) and not is_dated(line)
    ]


def unshared(line: Line) -> Line:
    """Return `line` as it is when nothing of it is suspended."""
    return line if line.share == WHOLE else replace(line, share=WHOLE)


def _reduced(line: Line) -> Line:
    """Return a line whose whole price is the share that is billed of `line`.

    A share is a discount on what is left after other discounts; agreed amounts of
    money shrink with it.
    """
    paid = _part(less(WHOLE, line.discount), line.share)
    pricing = line.pricing and _reduced_pricing(line.pricing, line.share)
    return replace(line, discount=less(WHOLE, paid), pricing=pricing, share=WHOLE)


def _reduced_pricing(pricing: Pricing, share: Decimal) -> Pricing:
    minimum, maximum = pricing.minimum, pricing.maximum
    return replace(
        pricing,
        minimum=None if minimum is None else _part(minimum, share),
        maximum=None if maximum is None else _part(maximum, share),
        discount_amount=_part(pricing.discount_amount, share),
    )


def _part(amount: Decimal, percent: Decimal) -> Decimal:
    return exact_product(amount, percent.scaleb(-2))
