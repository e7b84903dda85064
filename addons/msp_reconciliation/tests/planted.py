"""A month of a provider with planted errors, as plain data without Odoo.

`make_plan` says which customers, articles, contracts and rows there are, what is
done with them, and what the reconciliation has to find: cause, customer, subject and
money. That money follows from the plan alone, by the arithmetic below, and shares
nothing with the product's.

Contracts begin with February; files and invoices of February are in order, and those
of March are, but for what is planted.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

BEFORE, MONTH, END = (date(2026, month, 1) for month in (2, 3, 4))
DAYS = (END - MONTH).days
#: Each customer has so many that are no part of a bundle.
SUBSCRIPTIONS = 3
#: Customers pay so much for what they have used.
MARKUP = Fraction(12, 10)


def half_up(value, digits=2):
    """Return `value` rounded half away from zero."""
    scaled = abs(Fraction(value)) * 10**digits
    whole = int(scaled + Fraction(1, 2))
    return Decimal(-whole if value < 0 else whole).scaleb(-digits)


def cut(value):
    """Return what is left of a positive value if its third decimal is cut off."""
    return Decimal(int(Fraction(value) * 100)).scaleb(-2)


def part(day):
    """Return which part of the month the days from `day` on are."""
    return Fraction((END - day).days, DAYS)


def rest(amount, day):
    """Return what an amount for March comes to from `day` on."""
    return half_up(Fraction(amount) * part(day))


@dataclass(frozen=True)
class Money:
    """In which currency rows are priced, in which billed, and at which rate."""

    priced: str
    billed: str
    rate: Decimal = Decimal(1)


@dataclass(frozen=True)
class Customer:
    number: int

    @property
    def name(self):
        return f"Customer {self.number}"

    @property
    def tenant(self):
        return f"22222222-0000-4000-8000-{self.number:012}"


@dataclass(frozen=True)
class Article:
    """What the provider charges `cost` for and a customer pays `price` for.

    :param has_monthly: its monthly term is a product of its own
    :param bundle_price: of the product that it is part of, None if it is sold alone
    """

    number: int
    cost: Decimal
    price: Decimal
    has_monthly: bool = False
    bundle_price: Decimal | None = None

    @property
    def sku(self):
        return f"CFQ7TTC{self.number:05}:0001"


@dataclass
class Seats:
    """One subscription and the contract's position for it.

    :param before: rows of February's file, by columns; `rows`: of March's
    :param is_contained: whether the contract has a position
    :param is_left_out: whether the clerk leaves out what March's file changes
    :param is_alone: it has a contract of its own, which is not billed
    :param ends: first day on which the contract contains it no more
    :param reprices: (day, price) agreed before the differences are billed
    :param reprices_late: (day, price) agreed after that
    """

    customer: Customer
    article: Article
    subscription: str
    quantity: int
    money: Money
    before: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    is_contained: bool = True
    is_left_out: bool = False
    is_alone: bool = False
    begins: date = BEFORE
    ends: date | None = None
    reprices: tuple | None = None
    reprices_late: tuple | None = None
    bundled: int | None = None


@dataclass
class Used:
    """One row of daily usage: `quantity` at a list price, and what is earned of it."""

    day: date
    meter: int
    quantity: int
    price: Decimal
    percent: int = 15

    @property
    def listed(self):
        return self.quantity * self.price

    @property
    def cost(self):
        return self.listed * (100 - self.percent) / 100


@dataclass
class Usage:
    """A customer's usage, passed on by a contract that is billed in arrears.

    :param again: March's rows as another file says them anew
    :param gap: what March's invoice asks more than was used
    :param is_billed: whether March is
    """

    customer: Customer
    plan: str
    before: list
    rows: list
    again: list = field(default_factory=list)
    gap: Decimal = Decimal(0)
    is_billed: bool = True

    @property
    def entitlement(self):
        return f"44444444-0000-4000-8000-{self.customer.number:012}"

    @property
    def invoiced(self):
        used = sum(one.cost for one in self.again or self.rows)
        return half_up(used) + self.gap


@dataclass(frozen=True)
class Planted:
    """What the reconciliation has to find.

    :param customer: as people read it, empty if it is about none or many
    :param subject: subscription, else article, as people read it
    :param amount: as it is signed there, in `currency`
    """

    cause: str
    customer: str
    subject: str
    amount: Decimal
    currency: str


@dataclass
class Plan:
    """Everything of a month.

    :param home: the company's currency
    :param rates: {currency: so many for one of the company's}
    :param strange: rows of March's file that belong to no subscription of ours
    """

    home: str
    customers: list
    articles: list
    seats: list
    usages: list
    rates: dict
    strange: list = field(default_factory=list)
    errors: list = field(default_factory=list)

    def plant(self, cause, amount, seats=None, **values):
        """Note what has to be found, by default about one subscription."""
        vals = {
            "customer": seats.customer.name if seats else "",
            "subject": seats.subscription if seats else "",
            "currency": self.home,
            **values,
        }
        self.errors.append(Planted(cause, amount=Decimal(amount), **vals))

    @property
    def row_count(self):
        """Return how many rows March's files have."""
        invoice = sum(len(one.rows) for one in self.seats) + len(self.strange)
        usage = sum(len(one.rows) + len(one.again) + 1 for one in self.usages)
        return invoice + usage


class Builder:
    """Gives out subscriptions that nothing was done with yet."""

    def __init__(self, home, customers, rows, seed):
        self.random = random.Random(seed)
        self.rows = rows
        plan = Plan(home, [], [], [], [], {})
        self.plan = plan
        plan.customers = [Customer(number) for number in range(1, customers + 1)]
        plan.articles = [self._article(number) for number in range(1, 17)]
        self.counts = Counter()
        self.bundled = [self._seats(one) for one in plan.customers[::4]]
        self.free = []
        for customer in plan.customers:
            articles = [one for one in plan.articles if one.bundle_price is None]
            for article in self.random.sample(articles, SUBSCRIPTIONS):
                self.free.append(self._seats(customer, article))
        self.unused_usages = [self._usage(one) for one in plan.customers[1::3]]
        for free in (self.free, self.bundled, self.unused_usages):
            self.random.shuffle(free)

    def number(self, what):
        """Return 1, 2, 3 ... of something."""
        self.counts[what] += 1
        return self.counts[what]

    def take(self, article=None, has_monthly=None):
        """Return a subscription that is in order so far."""
        for index, one in enumerate(self.free):
            is_it = article in (None, one.article)
            if is_it and has_monthly in (None, one.article.has_monthly):
                return self.free.pop(index)
        raise ValueError("Too few customers for so many errors.")

    def day(self):
        """Return a day within March."""
        return MONTH.replace(day=self.random.randint(4, 28))

    def _article(self, number):
        cost = Decimal(self.random.randint(300, 6000)).scaleb(-2)
        return Article(
            number,
            cost,
            half_up(Fraction(cost) * self.random.randint(110, 160) / 100),
            has_monthly=number % 2 == 0,
            bundle_price=cost * 3 if number > 14 else None,
        )

    def _seats(self, customer, article=None):
        number = self.number("subscription")
        bundled = None
        quantity = self.random.randint(4, 60)
        if article is None:
            article, bundled = self.plan.articles[14 + number % 2], quantity
        seats = Seats(
            customer,
            article,
            f"33333333-0000-4000-8000-{number:012}",
            quantity,
            Money(self.plan.home, self.plan.home),
            bundled=bundled,
        )
        self.plan.seats.append(seats)
        return seats

    def _usage(self, customer):
        plan = f"2a2a2a2a-0000-4000-8000-{customer.number:012}"
        price = Decimal(self.random.randint(5, 400)).scaleb(-2)
        before = [self.used(BEFORE.replace(day=day), 1, price) for day in (1, 9, 20)]
        usage = Usage(customer, plan, before, [])
        self.plan.usages.append(usage)
        return usage

    def used(self, day, meter, price, **values):
        return Used(day, meter, self.random.randint(1, 24), price, **values)
