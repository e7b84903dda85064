"""The comparison done naively: every single day by itself, in dicts and fractions."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction


def days_of(start, end):
    return [start + timedelta(number) for number in range((end - start).days)]


def supply_by_day(statements, until):
    """Return {day: (quantity, keys)} of the days before `until` with a quantity.

    Walks through the days as they pass, knowing of each only what was said so far.
    """
    if not statements:
        return {}
    found, said, ends = {}, None, []
    for day in days_of(min(one.start for one in statements), until):
        for one in statements:
            if one.start == day:
                if said and not said.quantity and said.start < day:
                    ends = []  # all that was paid before the ending was given back
                said = one
                ends.append(one.end)
        if said.quantity and any(end is None or day < end for end in ends):
            found[day] = (Fraction(said.quantity), said.keys)
    return found


def by_day(contents):
    """Return {day: content}; a day twice is an error."""
    found = {}
    for one in contents:
        for day in days_of(one.start, one.end):
            assert day not in found
            found[day] = one
    return found


def price_on(contained, day):
    """Return price and share of one unit on a day, None where there is no content."""
    if not contained:
        return None
    before = [each for each in contained if each <= day]
    one = contained[max(before) if before else min(contained)]
    return one.unit_price, one.share


class Naive:
    """What `compare` is to find.

    :ivar days: {cause: {day: value of the difference, None if it has no price}}
    :ivar sides: {day: (supplied or None, contained, billed)}
    :ivar keys: {cause: keys of the supply on its days}
    """

    def __init__(self, chains, contents, billed, start, end):
        supplies = [supply_by_day(chain, end) for chain in chains]
        self.first = min((one.start for chain in chains for one in chain), default=None)
        self.contained, self.billed = by_day(contents), by_day(billed)
        self.days, self.sides, self.keys = {}, {}, {}
        self.value = self.billed_value = Fraction(0)
        for day in days_of(start, end):
            self._look_at(day, [supply[day] for supply in supplies if day in supply])

    def _look_at(self, day, supply):
        content, invoice = self.contained.get(day), self.billed.get(day)
        price = price_on(self.contained, day)
        unit = price and price[0] * price[1]
        held = Fraction(content.quantity) if content else Fraction(0)
        given = sum(quantity for quantity, _keys in supply)
        owed = held * unit if content else Fraction(0)
        asked, paid = self._invoiced(invoice, price, held, owed)
        self.value += owed
        self.billed_value += paid or 0
        if self.first and day < self.first:
            given = None
        self.sides[day] = (given, held, asked)
        causes = {}
        if given is not None and given != held:
            if given > held:
                cause = "not_in_contract" if content is None else "seats_missing"
                if not held and any(
                    self.contained[one].quantity for one in self._before(day)
                ):
                    cause = "cancellation_missed"
            elif given:
                cause = "seats_surplus"
            else:
                cause = "ended_at_provider" if self.first else "only_in_contract"
            causes[cause] = None if unit is None else abs(given - held) * unit
        if invoice is None:
            if owed and content.is_due:
                causes["not_billed"] = owed
        elif invoice.quantity is not None and not (
            content
            and content.quantity == invoice.quantity
            and content.unit_price == invoice.unit_price
        ):
            if paid is None:
                if asked * invoice.unit_price:
                    causes["to_correct"] = None
            elif paid != owed:
                causes["to_correct"] = owed - paid
        for cause, amount in causes.items():
            self.days.setdefault(cause, {})[day] = amount
            keys = {key for _quantity, each in supply for key in each}
            self.keys.setdefault(cause, set()).update(keys)

    def _before(self, day):
        """Return the days of contents that are over by a day."""
        over = {one.end for one in self.contained.values() if one.end <= day}
        return [each for each, one in self.contained.items() if one.end in over]

    @staticmethod
    def _invoiced(invoice, price, held, owed):
        if invoice is None:
            return Fraction(0), Fraction(0)
        if invoice.quantity is None:
            return held, owed
        share = invoice.share
        if share is None:
            share = price and price[1]
        asked = Fraction(invoice.quantity)
        return asked, None if share is None else asked * invoice.unit_price * share

    def amount(self, cause):
        values = self.days[cause].values()
        return None if None in values else sum(values)


def half_up(value, digits):
    """Return the multiple of 10^-digits nearest to `value`, ties away from zero."""
    unit = Decimal(1).scaleb(-digits)
    near = int(value * 10**digits)  # towards zero
    return min(
        (unit * each for each in (near - 1, near, near + 1)),
        key=lambda one: (abs(Fraction(one) - value), -abs(one)),
    )
