"""What a row should cost by the provider's own rules, and what the rest is.

Sources: page "Microsoft Partner Center – new-commerce invoice reconciliation file",
section 6, for cutting and proration; all other vendors round half up, once.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

CENT = Fraction(1, 100)
#: billing plan -> months of a cycle
CYCLES = {"monthly": 1, "quarterly": 3, "annual": 12, "triennial": 36}
_LENGTHS = (36, 12, 3, 1)
#: Rows of these events bill what is left of a cycle since the day of the event.
_FROM_EVENT = frozenset({"increase", "decrease", "cancel", "convert"})


class Row(NamedTuple):
    """The money of one row of a file; a tuple, as there are many.

    :param key: by anything the caller finds the row by
    :param subscription: by anything that is equal in all periods
    :param article: article, term and billing plan, likewise
    :param quantity: signed as the money
    :param price: of a unit, for the days of the row, without sign; pricing currency
    :param list_price: of a unit, for a whole cycle, before any discount
    :param cost: net, signed, in the billing currency
    :param currency: billing currency
    :param pricing_currency: equal to `currency` if the file names none
    :param rate: pricing to billing currency
    :param end: day after the last one, None if the row has no end
    :param changed: day of the event, None if the file does not say
    :param cycle: months that a full price pays for, 0 if nothing recurs
    :param anchor: first day of the term, from which cycles are counted
    :param is_metered: whether it bills consumption
    :param is_cutting: whether the provider cuts instead of rounding
    """

    key: Hashable
    subscription: Hashable
    article: Hashable
    quantity: Decimal
    price: Decimal
    list_price: Decimal
    cost: Decimal
    currency: Hashable
    pricing_currency: Hashable
    rate: Decimal
    start: date
    end: date | None
    event: str | None = None
    changed: date | None = None
    rate_day: date | None = None
    cycle: int = 0
    anchor: date | None = None
    is_metered: bool = False
    is_cutting: bool = False

    @property
    def is_whole(self) -> bool:
        """Return whether the row bills a cycle from its first to its last day."""
        return bool(self.end and self.cycle) and self.share == 1

    @property
    def share(self) -> Fraction | None:
        """Return which part of a cycle the row bills, None if there is no telling."""
        if not self.cycle or not self.end:
            return None
        first = self.start
        if self.event in _FROM_EVENT and self.changed:
            # A reversal has the first day of what it reverses.
            first = max(first, self.changed)
        return _share(first, self.end, self.cycle, self.anchor)


@dataclass(frozen=True, slots=True)
class Proration:
    """Rows of one subscription for part of a cycle whose money differs.

    :param expected: what they come to by the days
    :param cost: what the provider asks
    """

    subscription: Hashable
    expected: Decimal
    cost: Decimal
    rows: tuple[Row, ...]

    @property
    def amount(self) -> Decimal:
        return self.cost - self.expected


@dataclass(frozen=True, slots=True)
class Exchange:
    """Rows of one pair of currencies, by the file's rates and by ours.

    :param amount: what the provider's rates cost more than ours, not rounded
    :param rates: (file's rate, our rate, day) that occur
    """

    source: Hashable
    target: Hashable
    amount: Fraction
    rates: tuple[tuple[Decimal, Decimal, date], ...]
    rows: tuple[Row, ...]


@lru_cache(maxsize=4096)
def cycle_of(plan: str | None, start: date, end: date | None) -> int:
    """Return the months that a full price pays for, 0 if nobody can tell.

    What is charged for longer at once has the longer cycle, whatever the plan says.
    """
    named = CYCLES.get(plan or "", 0)
    if not end:
        return named
    exact = next((one for one in _LENGTHS if _moved(start, one) == end), 0)
    return max(named, exact)


def by_own_rule(row: Row) -> Decimal:
    """Return what the provider's rule makes of price, quantity and rate.

    Seats: cut or rounded per unit, then times the quantity; usage: twice.
    """
    shape = _cut if row.is_cutting else _rounded
    if row.is_metered:
        return shape(Fraction(shape(_product(row.price, row.quantity))) * _f(row.rate))
    if row.is_cutting:
        return shape(_product(row.price, row.rate)) * row.quantity
    return shape(_product(row.price, row.rate) * _f(row.quantity))


def rounding(row: Row) -> Fraction:
    """Return what a row costs more than price x quantity by its provider's rounding.

    0 where the rule does not make the row's money: then it is no rounding.
    """
    if not row.price or row.cost == row.price * row.quantity * row.rate:
        return Fraction(0)
    if row.cost != by_own_rule(row):
        return Fraction(0)
    return _f(row.cost) - _product(row.price, row.quantity) * _f(row.rate)


def roundings(rows: Iterable[Row]) -> dict[Hashable, tuple[Fraction, list[Row]]]:
    """Return {billing currency: (sum, rows)} of what rounding makes of rows."""
    result: dict[Hashable, tuple[Fraction, list[Row]]] = {}
    for row in rows:
        if rest := rounding(row):
            total, found = result.get(row.currency, (Fraction(0), []))
            result[row.currency] = (total + rest, [*found[:999], row])
    return result


def prices(rows: Iterable[Row]) -> dict[Hashable, Decimal]:
    """Return the price of a whole cycle by subscription and by article.

    Of a subscription the last one said; of an article, under the key ``(None,
    article)``, the one that all its rows share.
    """
    result: dict[Hashable, Decimal] = {}
    shared: dict[Hashable, set[Decimal]] = {}
    for row in rows:
        if row.is_whole and row.quantity > 0 and row.price:
            result[row.subscription, row.article] = row.price
            shared.setdefault(row.article, set()).add(row.price)
    for article, found in shared.items():
        if len(found) == 1:
            result[None, article] = next(iter(found))
    return result


def price_of(
    row: Row, now: Mapping[Hashable, Decimal], before: Mapping[Hashable, Decimal] = {}
) -> Decimal | None:
    """Return the price of a whole cycle that a row's part is to be held against.

    What the subscription costs now, else what it did; else what its article costs;
    else the list price, which is that of a row without discount.
    """
    own, shared = (row.subscription, row.article), (None, row.article)
    for key, known in ((own, now), (own, before), (shared, now), (shared, before)):
        if key in known:
            return known[key]
    # Printed without a discount both are the price of the row's own days.
    return row.list_price if row.list_price > row.price else None


def expected_cost(row: Row, price: Decimal) -> Fraction | None:
    """Return what a row comes to by a price for a whole cycle, not rounded."""
    share = row.share
    if share is None:
        return None
    if share == 1 and row.rate == 1:
        return Fraction(price * row.quantity)
    return _product(price, row.quantity) * share * _f(row.rate)


def prorations(
    rows: Iterable[Row], price: Callable[[Row], Decimal | None]
) -> list[Proration]:
    """Return by subscription what rows for part of a cycle cost beyond their days.

    Each unit may be rounded by one cent in either direction.

    :param price: of a whole cycle, None if nobody knows
    """
    found: dict[Hashable, list[tuple[Fraction, Row]]] = {}
    for row in rows:
        if row.is_metered or not row.quantity:
            continue
        share = row.share
        if share is None or share == 1:
            continue
        whole = price(row)
        expected = None if whole is None else expected_cost(row, whole)
        if expected is None:
            continue
        allowed = CENT * (abs(_f(row.quantity)) + 1)
        if abs(_f(row.cost) - expected) > allowed:
            found.setdefault(row.subscription, []).append((expected, row))
    return [
        Proration(
            subscription,
            _rounded(sum((one for one, _row in own), Fraction(0))),
            sum((row.cost for _one, row in own), Decimal(0)),
            tuple(row for _one, row in own),
        )
        for subscription, own in found.items()
    ]


def exchanges(
    rows: Iterable[Row],
    our_rate: Callable[[Hashable, Hashable, date], Decimal | None],
) -> list[Exchange]:
    """Return by pair of currencies what the file's rates cost more than ours.

    :param our_rate: (from, to, day) -> rate, None if unknown
    """
    sums: dict[Hashable, Fraction] = {}
    rates: dict[Hashable, dict] = {}
    found: dict[Hashable, list[Row]] = {}
    for row in rows:
        if row.pricing_currency == row.currency or not row.rate:
            continue
        day = row.rate_day or row.start
        ours = our_rate(row.pricing_currency, row.currency, day)
        if ours is None:
            continue
        pair = (row.pricing_currency, row.currency)
        asked = _f(row.cost)
        sums[pair] = (
            sums.get(pair, Fraction(0)) + asked - asked * _f(ours) / _f(row.rate)
        )
        rates.setdefault(pair, {})[row.rate, ours, day] = None
        found.setdefault(pair, []).append(row)
    return [
        Exchange(*pair, amount, tuple(rates[pair]), tuple(found[pair]))
        for pair, amount in sums.items()
    ]


@lru_cache(maxsize=4096)
def _share(first: date, end: date, cycle: int, anchor: date | None) -> Fraction | None:
    """Return which part of the cycle that ends on a day the days since `first` are.

    Few days occur in a file, so each is looked at once.
    """
    start = None
    if anchor:
        months = _months_between(anchor, end)
        if months % cycle == 0 and _moved(anchor, months) == end:
            start = _moved(anchor, months - cycle)
    start = start or _moved(end, -cycle)
    if not start <= first < end:
        # More than one cycle, as it began in an earlier one.
        return None
    return Fraction((end - first).days, (end - start).days)


def _f(number: Decimal) -> Fraction:
    return Fraction(number)


def _product(first: Decimal, second: Decimal) -> Fraction:
    return _f(first) * _f(second)


def _cut(value: Fraction) -> Decimal:
    cents = abs(value) * 100
    units = cents.numerator // cents.denominator
    return Decimal(-units if value < 0 else units).scaleb(-2)


def _rounded(value: Fraction) -> Decimal:
    cents = abs(value) * 100
    units = (2 * cents.numerator + cents.denominator) // (2 * cents.denominator)
    return Decimal(-units if value < 0 else units).scaleb(-2)


def _months_between(first: date, last: date) -> int:
    """Return the whole months, of which the last may be clipped to its end."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months if _moved(first, months) <= last else months - 1


def _moved(anchor: date, months: int) -> date:
    """Return a day moved by whole months, clipped to the month's last day."""
    index = anchor.year * 12 + anchor.month - 1 + months
    year, month = divmod(index, 12)
    following = date(year + month // 11, (month + 1) % 12 + 1, 1)
    last = (following - date(year, month + 1, 1)).days
    return date(year, month + 1, min(anchor.day, last))
