"""What can happen in the demo, and its fixed calendar.

`generator.build` makes a scenario. Days are inclusive where they are named `day`
or `start`; quantities are seats or machines; prices are per unit and month, in
euro, without tax.
"""

import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .catalogue import Article
from .places import Place

MONTHS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
PROVIDERS = ("microsoft", "ingram", "skykick")
_NAMESPACE = uuid.UUID("6d737062-1111-5000-8000-000000000019")


@dataclass(frozen=True, slots=True)
class Customer:
    """:param tenant: id at Microsoft"""

    number: int
    name: str
    domain: str
    tenant: str
    street: str
    postal_code: str
    town: str
    country: str


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often and when a contract is billed.

    :param months: months in a billing period
    :param timing: advance | arrears
    :param anchor: calendar | start
    """

    months: int
    timing: str = "advance"
    anchor: str = "calendar"


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """:param discount: percent"""

    article: Article
    quantity: int
    price: Decimal
    discount: int = 0


@dataclass(frozen=True, slots=True)
class Quote:
    """A customer's quote, confirmed into one contract.

    :param start: first day of the contract
    :param setup_fee: None if there is none
    """

    customer: Customer
    ordered: date
    start: date
    rhythm: Rhythm
    lines: tuple[QuoteLine, ...]
    setup_fee: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a provider bills monthly: Microsoft from the day of the month on which
    the subscription began, the others by calendar months.

    :param id: the provider's; SkyKick has none, there it is only ours
    :param seats: on the contract's first day, or on its own if that is later
    :param term: P1Y or P1M, the commitment
    :param cost: the provider's price per seat and month
    """

    id: str
    customer: Customer
    article: Article
    start: date
    seats: int
    term: str
    cost: Decimal


@dataclass(frozen=True, slots=True)
class SeatChange:
    """Somebody changed the seats in the provider's portal; the file says so.

    :param is_left_out: the billing clerk leaves it out of the contract
    """

    day: date
    subscription: Subscription
    old: int
    new: int
    is_left_out: bool = False


@dataclass(frozen=True, slots=True)
class Cancellation:
    """The subscription ended; `day` is the first day without it."""

    day: date
    subscription: Subscription
    seats: int


@dataclass(frozen=True, slots=True)
class Credit:
    """Microsoft pays back some of an earlier cycle, for the seats it had then."""

    day: date
    subscription: Subscription
    seats: int
    unit_amount: Decimal
    cycle_start: date


@dataclass(frozen=True, slots=True)
class Delisting:
    """The subscription ended, but nobody says so: the files just stop naming it.

    :param day: first day without it
    """

    day: date
    subscription: Subscription


@dataclass(frozen=True, slots=True)
class CostChange:
    """From `day` on, the first of a month, the provider has another price."""

    day: date
    article: Article
    old: Decimal
    new: Decimal


@dataclass(frozen=True, slots=True)
class Unknown:
    """A subscription begins that we cannot bill.

    :param what: customer | product, that which we do not know
    """

    day: date
    subscription: Subscription
    what: str


@dataclass(frozen=True, slots=True)
class PriceEntry:
    """A person enters a price that holds from a day, already billed or to come."""

    entered: date
    day: date
    customer: Customer
    article: Article
    old: Decimal
    new: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class SeatEntry:
    """A person enters a quantity that holds from a day already billed."""

    entered: date
    day: date
    customer: Customer
    article: Article
    old: int
    new: int
    reason: str


FileEvent = SeatChange | Cancellation | Credit | Delisting | Unknown
Entry = PriceEntry | SeatEntry


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done on one day.

    :param action: confirm | one_time | regular | import | differential | enter |
        bill | reconcile
    :param month: first day of the month whose files are imported, booked as vendor
        bills or compared
    """

    day: date
    action: str
    month: date | None = None


# A month is billed in advance on its first day. What the files of the month then
# tell, on the 8th of the next one, is settled by a differential run; the day after,
# the files become vendor bills and are compared with contracts and invoices.
CALENDAR = (
    Step(date(2025, 11, 28), "confirm"),
    Step(date(2026, 1, 1), "one_time"),
    Step(date(2026, 1, 1), "regular"),
    Step(date(2026, 2, 1), "regular"),
    Step(date(2026, 2, 8), "import", MONTHS[0]),
    Step(date(2026, 2, 8), "differential"),
    Step(date(2026, 2, 9), "bill", MONTHS[0]),
    Step(date(2026, 2, 9), "reconcile", MONTHS[0]),
    Step(date(2026, 2, 20), "confirm"),
    Step(date(2026, 2, 25), "enter"),
    Step(date(2026, 3, 1), "regular"),
    Step(date(2026, 3, 8), "import", MONTHS[1]),
    Step(date(2026, 3, 8), "differential"),
    Step(date(2026, 3, 9), "bill", MONTHS[1]),
    Step(date(2026, 3, 9), "reconcile", MONTHS[1]),
    Step(date(2026, 4, 1), "regular"),
    Step(date(2026, 4, 8), "import", MONTHS[2]),
    Step(date(2026, 4, 8), "differential"),
    Step(date(2026, 4, 9), "bill", MONTHS[2]),
    Step(date(2026, 4, 9), "reconcile", MONTHS[2]),
    Step(date(2026, 4, 10), "enter"),
    Step(date(2026, 4, 10), "differential"),
    # The proof: nothing is left to bill.
    Step(date(2026, 4, 10), "differential"),
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """:param foreign: subscriptions of the `Unknown` events"""

    place: Place
    customers: tuple[Customer, ...]
    quotes: tuple[Quote, ...]
    subscriptions: tuple[Subscription, ...]
    foreign: tuple[Subscription, ...]
    events: tuple[FileEvent, ...]
    entries: tuple[Entry, ...]
    calendar: tuple[Step, ...] = CALENDAR
    cost_changes: tuple[CostChange, ...] = ()

    def confirmed_by(self, step: Step) -> tuple[Quote, ...]:
        """Return the quotes that a step confirms: those made since the step before."""
        days = [one.day for one in self.calendar if one.action == "confirm"]
        after = max((day for day in days if day < step.day), default=date.min)
        return tuple(q for q in self.quotes if after < q.ordered <= step.day)

    def events_at(self, provider: str) -> tuple[FileEvent, ...]:
        return tuple(
            event
            for event in self.events
            if event.subscription.article.provider == provider
        )

    def subscriptions_at(self, provider: str) -> tuple[Subscription, ...]:
        """Return all a provider bills, what we do not know included."""
        every = (*self.subscriptions, *self.foreign)
        return tuple(item for item in every if item.article.provider == provider)

    def cost_on(self, subscription: Subscription, day: date) -> Decimal:
        """Return the provider's price per seat and month on a day."""
        cost = subscription.cost
        for change in sorted(self.cost_changes, key=lambda change: change.day):
            if change.article == subscription.article and change.day <= day:
                cost = change.new
        return cost

    def seats_on(self, subscription: Subscription, day: date) -> int:
        """Return the seats the provider bills on a day, 0 if there are none."""
        if day < subscription.start:
            return 0
        seats = subscription.seats
        for event in sorted(self.events, key=lambda event: event.day):
            if event.subscription != subscription or event.day > day:
                continue
            if isinstance(event, SeatChange):
                seats = event.new
            elif isinstance(event, Cancellation | Delisting):
                seats = 0
        return seats


def guid(*parts: object) -> str:
    """Return an id that is the same for the same parts."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(str(part) for part in parts)))
