"""What a quantity costs for one whole natural period: one function per rule.

A price is made of steps in a fixed order: the units that are included are left
out, the model prices the rest, the discount is taken off, and what comes out is
held between the minimum and the maximum.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from .rounding import exact_product, less, product, to_decimal

#: unit: quantity x price. flat: the price, whatever the quantity. graduated: each
#: part of the quantity at its tier's price. volume: the whole quantity at the
#: price of the tier it reaches. package: the price for each package begun.
#: amounts: amounts given from outside, see `History.amounts`. included: nothing, as
#: the price of another position includes it.
MODELS = ("unit", "flat", "graduated", "volume", "package", "amounts", "included")
TIERED = ("graduated", "volume")
#: Digits of a unit price that is computed and not agreed.
PRICE_DIGITS = 6
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Tier:
    """A range of quantities.

    :param up_to: last quantity of the tier, None for the last tier
    :param unit_price: price of each unit
    :param flat: amount for entering the tier; that of the first one is always due
    """

    up_to: Decimal | None
    unit_price: Decimal
    flat: Decimal = _ZERO


@dataclass(frozen=True, slots=True)
class Pricing:
    """How a line's quantity and unit price make the price of a natural period.

    The line's unit price is the price of a unit, the flat amount, or the price of
    one package; tiers have prices of their own.

    :param size: units in a package
    :param free: units for which no package is needed
    :param included: units that are not charged
    :param minimum: least price of a whole natural period
    :param maximum: highest price of a whole natural period
    :param discount_amount: taken off each natural period, after the percentage
    :param markup: percent on amounts given from outside
    """

    model: str = "unit"
    tiers: tuple[Tier, ...] = ()
    size: Decimal = Decimal(1)
    free: Decimal = _ZERO
    included: Decimal = _ZERO
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    discount_amount: Decimal = _ZERO
    markup: Decimal = _ZERO

    @property
    def has_limits(self) -> bool:
        return self.minimum is not None or self.maximum is not None


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a price.

    :param kind: ``unit``, ``flat``, ``tier``, ``tier_flat``, ``package``,
        ``included`` (its amount is 0), ``discount``, ``discount_amount``,
        ``minimum`` or ``maximum`` (what it adds or takes)
    :param quantity: units, packages, or the percentage of a discount
    """

    kind: str
    quantity: Decimal
    unit_price: Decimal
    amount: Fraction


def price_of(
    quantity: Decimal,
    unit_price: Decimal,
    discount: Decimal = _ZERO,
    pricing: Pricing | None = None,
) -> Fraction:
    """Return the exact price of one whole period, between minimum and maximum."""
    if pricing is None:
        price = product(quantity, unit_price)
        return price * (1 - Fraction(discount) / 100) if discount else price
    steps = steps_of(quantity, unit_price, discount, pricing)
    return sum((step.amount for step in steps), Fraction(0))


def steps_of(
    quantity: Decimal,
    unit_price: Decimal,
    discount: Decimal = _ZERO,
    pricing: Pricing | None = None,
    limited: bool = True,
) -> tuple[Step, ...]:
    """Return the parts of the price of one whole period; they add up to it.

    :param discount: percent
    :param limited: whether minimum and maximum apply
    """
    pricing = pricing or Pricing()
    charged, steps = quantity, []
    if pricing.included:
        charged = max(less(quantity, pricing.included), _ZERO)
        steps.append(Step("included", less(quantity, charged), _ZERO, Fraction(0)))
    steps += _RULES[pricing.model](charged, unit_price, pricing)
    steps += _discounts(sum(step.amount for step in steps), discount, pricing)
    if limited:
        steps += limits(sum(step.amount for step in steps), Fraction(1), pricing)
    return tuple(steps)


def _unit(quantity, unit_price, pricing) -> list[Step]:
    return [_times("unit", quantity, unit_price)]


def _flat(quantity, unit_price, pricing) -> list[Step]:
    return [_times("flat", Decimal(1), unit_price)]


def _graduated(quantity, unit_price, pricing) -> list[Step]:
    steps, below = [], _ZERO
    for index, tier in enumerate(pricing.tiers):
        if index and quantity <= below:
            break
        reach = quantity if tier.up_to is None else min(quantity, tier.up_to)
        steps += _tier(less(reach, below), tier)
        below = reach if tier.up_to is None else tier.up_to
    return steps


def _volume(quantity, unit_price, pricing) -> list[Step]:
    for tier in pricing.tiers:
        if tier.up_to is None or quantity <= tier.up_to:
            return _tier(quantity, tier)
    return []


def _tier(quantity, tier) -> list[Step]:
    steps = [_times("tier", quantity, tier.unit_price)]
    if tier.flat:
        steps.append(_times("tier_flat", Decimal(1), tier.flat))
    return steps


def _package(quantity, unit_price, pricing) -> list[Step]:
    above = max(less(quantity, pricing.free), _ZERO)
    packages = -(-Fraction(above) // Fraction(pricing.size))
    return [_times("package", Decimal(packages), unit_price)]


_RULES = {
    "unit": _unit,
    "flat": _flat,
    "graduated": _graduated,
    "volume": _volume,
    "package": _package,
    # Amounts come with their price; see `entitlement`.
    "amounts": lambda quantity, unit_price, pricing: [],
    "included": lambda quantity, unit_price, pricing: [],
}


def _times(kind: str, quantity: Decimal, unit_price: Decimal) -> Step:
    return Step(kind, quantity, unit_price, product(quantity, unit_price))


def _discounts(price: Fraction, discount: Decimal, pricing: Pricing) -> list[Step]:
    steps = []
    if discount:
        off = price * Fraction(discount) / 100
        steps.append(Step("discount", discount, _ZERO, -off))
        price -= off
    if pricing.discount_amount:
        # A discount makes nothing cheaper than free.
        off = max(min(Fraction(pricing.discount_amount), price), Fraction(0))
        steps.append(Step("discount_amount", Decimal(1), _ZERO, -off))
    return steps


def limits(price: Fraction, share: Fraction, pricing: Pricing) -> list[Step]:
    """Return what minimum and maximum add to or take from `price`.

    :param share: of a natural period, for which `price` is; the limits shrink
        with it
    """
    if pricing.minimum is not None:
        missing = Fraction(pricing.minimum) * share - price
        if missing > 0:
            return [Step("minimum", Decimal(1), pricing.minimum, missing)]
    if pricing.maximum is not None:
        excess = price - Fraction(pricing.maximum) * share
        if excess > 0:
            return [Step("maximum", Decimal(1), pricing.maximum, -excess)]
    return []


def times(pricing: Pricing, count: int) -> Pricing:
    """Return the pricing of `count` periods, at the same quantity."""

    def multiplied(amount: Decimal | None) -> Decimal | None:
        return None if amount is None else exact_product(amount, count)

    return replace(
        pricing,
        tiers=tuple(
            replace(
                tier,
                unit_price=exact_product(tier.unit_price, count),
                flat=exact_product(tier.flat, count),
            )
            for tier in pricing.tiers
        ),
        minimum=multiplied(pricing.minimum),
        maximum=multiplied(pricing.maximum),
        discount_amount=exact_product(pricing.discount_amount, count),
    )


def shown_as(
    quantity: Decimal, unit_price: Decimal, discount: Decimal, steps: Iterable[Step]
) -> tuple[Decimal, Decimal, Decimal]:
    """Return (quantity, unit price, discount) to print; they multiply to the price.

    A price of one step is shown as that: the units charged, the flat amount, the
    packages. Another one is shown at its average price per unit.

    :param steps: of the price
    """
    plain_steps = [s for s in steps if s.kind not in ("included", "discount")]
    if len(plain_steps) == 1:
        return plain_steps[0].quantity, plain_steps[0].unit_price, discount
    price = sum((step.amount for step in steps), Fraction(0))
    return *average(price, quantity), _ZERO


def average(price: Fraction, quantity: Decimal | Fraction) -> tuple[Decimal, Decimal]:
    """Return (units, price per unit) that make `price`; 1 unit if there is none."""
    units = quantity
    if isinstance(quantity, Fraction):
        units = to_decimal(quantity, PRICE_DIGITS)
    units = units or Decimal(1)
    return units, to_decimal(price / Fraction(units), PRICE_DIGITS)
