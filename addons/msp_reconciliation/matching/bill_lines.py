"""From what a provider asks for to the lines of the vendor bill that books it."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

GROUPINGS = ("product", "analytic", "customer", "row")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Cost:
    """Money of some rows that have all in common that lines are told apart by.

    :param amount: net, signed as in the file
    :param product: None: no article of ours
    :param label: what to call it where there is no article
    :param customer: by anything hashable; None: for nobody
    :param booking: what decides accounts and taxes; only equal ones share a line
    :param distribution: pairs of (analytic accounts, percent); empty: none
    :param first: first day that was paid for; None: not known
    :param last: last day, inclusive
    :param is_apart: credits, corrections and long periods keep their own days
    :param is_taxed: whether the file states tax for it
    :param is_difference: of the invoice and its files, a line of its own
    :param ids: of the rows, by anything
    """

    amount: Decimal
    product: Hashable = None
    label: str = ""
    customer: Hashable = None
    booking: Hashable = None
    distribution: tuple = ()
    quantity: Decimal | None = None
    count: int = 1
    first: date | None = None
    last: date | None = None
    is_apart: bool = False
    is_taxed: bool = False
    is_difference: bool = False
    ids: tuple = ()


@dataclass(slots=True)
class BillLine:
    """One line of the bill; `shares` says what of it falls to analytic accounts.

    :param shares: analytic accounts -> share of the amount, 1 is all of it
    """

    amount: Decimal
    costs: list = field(default_factory=list)
    shares: dict = field(default_factory=dict)

    @property
    def product(self):
        """The only article of the line, None if there are several or none."""
        products = {cost.product for cost in self.costs}
        return products.pop() if len(products) == 1 else None

    @property
    def quantity(self):
        quantities = [cost.quantity or ZERO for cost in self.costs]
        return sum(quantities, ZERO) if self.product is not None else ZERO

    @property
    def is_difference(self):
        return any(cost.is_difference for cost in self.costs)

    @property
    def count(self):
        return sum(cost.count for cost in self.costs)

    @property
    def first(self):
        return min((cost.first for cost in self.costs if cost.first), default=None)

    @property
    def last(self):
        days = [cost.last or cost.first for cost in self.costs if cost.first]
        return max(days, default=None)

    @property
    def ids(self):
        return [number for cost in self.costs for number in cost.ids]


def group(costs: Iterable[Cost], by: str) -> list[BillLine]:
    """Return the lines of a bill, in the order in which their costs come.

    Costs share a line only if accounts, taxes and the month or days they are for
    are the same, whatever lines are grouped by.

    :param by: one of `GROUPINGS`; for "row" each cost is one row
    """
    groups = defaultdict(list)
    for place, cost in enumerate(costs):
        groups[_key(cost, by, place)].append(cost)
    return [line for items in groups.values() for line in _share_out(items)]


def _key(cost, by, place):
    if by == "row" or cost.is_difference:
        return place
    days = (cost.first, cost.last) if cost.is_apart else _month(cost.first)
    common = (cost.is_apart, days, cost.booking, cost.is_taxed and not cost.product)
    if by == "customer":
        return (*common, cost.customer)
    if by == "analytic":
        return (*common, cost.distribution)
    return (*common, cost.product, cost.label if cost.product is None else "")


def _month(day):
    return day and (day.year, day.month)


def _share_out(costs):
    """Return the line of costs, or two if shares of one would be no shares.

    What some customers are credited and others charged has no sensible share of
    the balance, which may even be 0.
    """
    worth = defaultdict(Decimal)
    for cost in costs:
        worth[cost.distribution] += cost.amount
    signs = {amount > 0 for amount in worth.values() if amount}
    if len(signs) < 2 or not any(worth):
        return [_line(costs)]
    credits_ = [cost for cost in costs if worth[cost.distribution] < 0]
    charges = [cost for cost in costs if worth[cost.distribution] >= 0]
    return [_line(charges), _line(credits_)]


def _line(costs):
    total = sum((cost.amount for cost in costs), ZERO)
    shares = defaultdict(Fraction)
    for cost in costs:
        for accounts, percent in cost.distribution:
            shares[accounts] += Fraction(cost.amount) * Fraction(percent) / 100
    if not total:
        return BillLine(total, costs)
    worth = {key: value / Fraction(total) for key, value in shares.items() if value}
    return BillLine(total, costs, worth)
