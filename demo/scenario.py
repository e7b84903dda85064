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
    """What Microsoft bills, in cycles from the day of the month it began.

    :param seats: on the contract's first day, or on its own if that is later
    :param term: P1Y or P1M, the commitment; both are billed monthly
    :param cost: Microsoft's price per seat and month
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
    """Somebody changed the seats in the provider's portal; the file says so."""

    day: date
    subscription: Subscription
    old: int
    new: int


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
class Unknown:
    """A subscription begins that we cannot bill.

    :param what: customer | product, that which we do not know
    """

    day: date
    subscription: Subscription
    what: str


@dataclass(frozen=True, slots=True)
class PriceEntry:
    """A person enters a price that holds from a day already billed."""

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


FileEvent = SeatChange | Cancellation | Credit | Unknown
Entry = PriceEntry | SeatEntry


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done on one day.

    :param action: confirm | one_time | regular | import | differential | enter
    :param month: first day of the month whose file is imported
    """

    day: date
    action: str
    month: date | None = None


# A month is billed in advance on its first day. What Microsoft's file of the
# month then tells, on the 8th of the next one, is settled by a differential run.
CALENDAR = (
    Step(date(2025, 11, 28), "confirm"),
    Step(date(2026, 1, 1), "one_time"),
    Step(date(2026, 1, 1), "regular"),
    Step(date(2026, 2, 1), "regular"),
    Step(date(2026, 2, 8), "import", MONTHS[0]),
    Step(date(2026, 2, 8), "differential"),
    Step(date(2026, 3, 1), "regular"),
    Step(date(2026, 3, 8), "import", MONTHS[1]),
    Step(date(2026, 3, 8), "differential"),
    Step(date(2026, 4, 1), "regular"),
    Step(date(2026, 4, 8), "import", MONTHS[2]),
    Step(date(2026, 4, 8), "differential"),
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


def guid(*parts: object) -> str:
    """Return an id that is the same for the same parts."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(str(part) for part in parts)))
