"""Prices read from the JSON of a line, in fractions; shares no code with `billing`."""

from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

BESIDE = ("included", "discount_amount", "markup")


class Content(NamedTuple):
    """What a line says about money."""

    quantity: Fraction
    price: Fraction
    discount: Fraction
    share: Fraction
    months: int
    model: str
    tiers: tuple
    size: Fraction
    free: Fraction
    included: Fraction
    discount_amount: Fraction
    markup: Fraction
    minimum: Fraction | None
    maximum: Fraction | None

    @property
    def is_dated(self):
        return self.model == "amounts"

    @property
    def is_plain(self):
        """Whether it is quantity times price, and nothing beside it."""
        usual = (0, 0, 0, None, None)
        beside = (self.included, self.discount_amount, self.markup)
        return self.model == "unit" and (*beside, self.minimum, self.maximum) == usual

    @property
    def is_billed(self):
        return self.share > 0 and self.model != "included"

    def reduced(self):
        """Return what is billed of it, as content that is billed in full."""
        money = ("discount_amount", "minimum", "maximum")
        values = {name: getattr(self, name) for name in money}
        return self._replace(
            discount=100 - (100 - self.discount) * self.share / 100,
            share=Fraction(100),
            **{
                name: value if value is None else value * self.share / 100
                for name, value in values.items()
            },
        )

    def times(self, count):
        """Return what the same quantity costs `count` times."""
        money = ("price", "discount_amount", "minimum", "maximum")
        values = {name: getattr(self, name) for name in money}
        return self._replace(
            tiers=tuple(
                (end, one * count, flat * count) for end, one, flat in self.tiers
            ),
            **{name: value and value * count for name, value in values.items()},
        )


class Price(NamedTuple):
    """The price of a whole period, and what is printed for it."""

    amount: Fraction
    quantity: Fraction
    unit_price: Fraction
    is_average: bool


def round_half_up(value, digits):
    """Return `value` rounded, as a Fraction; halves away from zero."""
    scaled = floor(abs(value) * 10**digits + Fraction(1, 2))
    return Fraction(scaled if value >= 0 else -scaled, 10**digits)


def cut(value, digits):
    """Return `value` with the digits after `digits` decimals cut off."""
    scaled = floor(abs(value) * 10**digits)
    return Fraction(scaled if value >= 0 else -scaled, 10**digits)


def content_of(line):
    """Return the `Content` of a line of a case."""
    scheme = {**line.get("pricing", {})}
    scheme.update((name, line[name]) for name in line if name in (*BESIDE, *LIMITS))
    model = scheme.get("model", "unit")
    own = {"flat": "amount", "package": "price"}.get(model, "unit_price")
    price = scheme.get(own) or scheme.get("unit_price") or line.get("unit_price", "0")
    return Content(
        quantity=Fraction(line.get("quantity", "1")),
        price=Fraction(price),
        discount=Fraction(line.get("discount") or scheme.get("discount", "0")),
        share=Fraction(line.get("share", "100")),
        months=line.get("price_months", 0),
        model=model,
        tiers=tuple(
            (
                None if tier["up_to"] is None else Fraction(tier["up_to"]),
                Fraction(tier.get("unit_price", "0")),
                Fraction(tier.get("flat", "0")),
            )
            for tier in scheme.get("tiers", ())
        ),
        size=Fraction(scheme.get("size", "1")),
        free=Fraction(scheme.get("free", "0")),
        **{name: Fraction(scheme.get(name, "0")) for name in BESIDE},
        **{name: Fraction(scheme[name]) if name in scheme else None for name in LIMITS},
    )


LIMITS = ("minimum", "maximum")


def _steps(content, price):
    """Return [(units, price of one)] that make the price before any discount."""
    units = content.quantity
    if content.included:
        units = max(units - content.included, Fraction(0))
    if content.model == "flat":
        return [(Fraction(1), price)]
    if content.model == "included":
        return [(Fraction(0), price)]
    if content.model == "package":
        packages = ceil(max(units - content.free, Fraction(0)) / content.size)
        return [(Fraction(packages), price)]
    if content.model == "volume":
        reached = next(t for t in content.tiers if t[0] is None or units <= t[0])
        return [(units, reached[1])] + [(Fraction(1), reached[2])] * bool(reached[2])
    if content.model == "graduated":
        steps, below = [], Fraction(0)
        for number, (up_to, tier_price, flat) in enumerate(content.tiers):
            if number and units <= below:
                break
            inside = units - below if up_to is None else min(units, up_to) - below
            steps += [(inside, tier_price)] + [(Fraction(1), flat)] * bool(flat)
            below = up_to
        return steps
    return [(units, price)]


def price_of(content, price, limited=True, extra=None):
    """Return the `Price` of a whole period.

    :param price: of one unit for the period
    :param limited: whether minimum and maximum apply
    :param extra: what the limits that several slices share change
    """
    steps = _steps(content, price)
    before = sum(units * one for units, one in steps)
    amount = before * (100 - content.discount) / 100
    if content.discount_amount:
        amount -= min(content.discount_amount, max(amount, 0))
    changed = extra or 0
    if limited:
        changed = outside(amount, Fraction(1), content)
    amount += changed
    is_average = len(steps) > 1 or bool(content.discount_amount or changed)
    if not is_average:
        return Price(amount, *steps[0], False)
    units = content.quantity or Fraction(1)
    return Price(amount, units, round_half_up(amount / units, 6), True)


def outside(amount, share, content):
    """Return what the minimum adds to `amount` and the maximum takes from it."""
    if content.minimum is not None and amount < content.minimum * share:
        return content.minimum * share - amount
    if content.maximum is not None and amount > content.maximum * share:
        return content.maximum * share - amount
    return Fraction(0)


def largest_remainder(amounts, digits):
    """Return the amounts rounded so that they add up to their rounded sum."""
    units = [floor(amount * 10**digits) for amount in amounts]
    missing = round_half_up(sum(amounts, Fraction(0)), digits) * 10**digits - sum(units)
    # Half a unit below zero is rounded away from zero, so it comes after others.
    order = sorted(
        range(len(amounts)),
        key=lambda i: (units[i] - amounts[i] * 10**digits, amounts[i] < 0, i),
    )
    for index in order[: int(missing)]:
        units[index] += 1
    return [Fraction(unit, 10**digits) for unit in units]
