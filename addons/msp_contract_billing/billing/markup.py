"""A price from what something costs: markup or margin, rounding, least price."""

from decimal import Decimal
from fractions import Fraction

from .errors import CaseError
from .rounding import less, plain, to_multiple

_HUNDRED = Fraction(100)


def price_from_cost(
    cost: Decimal | Fraction,
    *,
    markup: Decimal | None = None,
    margin: Decimal | None = None,
    digits: int = 2,
    step: Decimal | None = None,
    up: bool = True,
    ending: Decimal = Decimal(0),
    floor: Decimal | None = None,
) -> Decimal:
    """Return the price of what costs `cost`, rounded once.

    With a step of 1 and an ending of 0.10 prices are 0.90, 1.90, 2.90 and so on. A
    price that is rounded up never has less than the margin asked for.

    :param markup: percent of the cost, added to it
    :param margin: percent of the price that is not cost; exactly one of the two
    :param digits: decimals of the price if there is no `step`
    :param step: prices are multiples of it, less `ending`
    :param up: to the next such price; else to the nearest one, half up
    :param floor: the least price, which is not rounded
    :raise CaseError: a number is out of its range
    """
    _check(cost, markup, margin, step, ending)
    if markup is not None:
        exact = Fraction(cost) * (1 + Fraction(markup) / _HUNDRED)
    else:
        exact = Fraction(cost) / (1 - Fraction(margin) / _HUNDRED)
    step = step or Decimal(1).scaleb(-digits)
    price = less(to_multiple(exact + Fraction(ending), step, up=up), ending)
    if price < 0:
        # The nearest price to almost nothing lies below 0, as all end on `ending`.
        price = less(step, ending)
    return price if floor is None else max(price, floor)


def margin_of(price: Decimal, cost: Decimal | Fraction) -> Fraction | None:
    """Return the percent of `price` that is not cost, None for a price of 0."""
    if not price:
        return None
    return (1 - Fraction(cost) / Fraction(price)) * _HUNDRED


def _check(cost, markup, margin, step, ending):
    if (markup is None) == (margin is None):
        found = "neither" if markup is None else "both"
        raise CaseError("markup, margin", found, "one of the two")
    if cost < 0:
        raise CaseError("cost", plain(cost), "0 or more")
    if markup is not None and markup < -100:
        raise CaseError("markup", plain(markup), "-100 percent or more")
    if margin is not None and margin >= 100:
        raise CaseError("margin", plain(margin), "less than 100 percent")
    if step is not None and step < 0:
        raise CaseError("step", plain(step), "more than 0")
    if ending < 0 or (ending and not step) or (step and ending >= step):
        raise CaseError("ending", plain(ending), "from 0 to less than the step")
