"""Draws what happens at Microsoft."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from .catalogue import BY_KEY, UNKNOWN_ARTICLE
from .dice import Dice
from .scenario import (
    MONTHS,
    Cancellation,
    Credit,
    Customer,
    FileEvent,
    Quote,
    Rhythm,
    SeatChange,
    Subscription,
    Unknown,
    guid,
)


class Events:
    """Draws what happens at Microsoft, at most once per customer and month."""

    def __init__(
        self,
        dice: Dice,
        quotes: Sequence[Quote],
        subscriptions: Sequence[Subscription],
    ):
        self._dice = dice
        self._quotes = {quote.customer.number: quote for quote in quotes}
        self._subscriptions = subscriptions
        self._seats = {item.id: item.seats for item in subscriptions}
        self._busy: set[tuple[int, date]] = set()
        self.found: list[FileEvent] = []

    def add_month(self, month: date) -> None:
        if month.month == 2:
            self._add_cancellation(month)
        for _ in range(2):
            self._add_decrease(month)
        # Every rhythm sees an increase in every month.
        for fits in (
            lambda rhythm: rhythm.months == 3,
            lambda rhythm: rhythm.months == 12,
            lambda rhythm: rhythm.timing == "arrears",
            lambda rhythm: rhythm.anchor == "start" and rhythm.months == 1,
            lambda rhythm: True,
            lambda rhythm: True,
        ):
            self._add_increase(month, fits)

    def _add_increase(self, month: date, fits: Callable[[Rhythm], bool]) -> None:
        choice = []
        for item in self._free(month):
            quote = self._quotes[item.customer.number]
            day = month.replace(day=self._dice.number(4, 27))
            # A change on the day a cycle begins would be a cycle's own charge.
            if fits(quote.rhythm) and day > quote.start and day.day != item.start.day:
                choice.append((item, day))
        if choice:
            item, day = self._dice.one(choice)
            self._change(item, day, self._seats[item.id] + self._dice.number(1, 6))

    def _add_decrease(self, month: date) -> None:
        item, day = self._dice.one(self._cancellable(month))
        self._change(item, day, self._seats[item.id] - self._dice.number(1, 3))

    def _add_cancellation(self, month: date) -> None:
        choice = [
            (item, day)
            for item, day in self._cancellable(month)
            if len(self._quotes[item.customer.number].lines) > 1 and day.day < 20
        ]
        item, day = self._dice.one(choice)
        self._take(item, day)
        self.found.append(Cancellation(day, item, self._seats.pop(item.id)))

    def _cancellable(self, month: date) -> list[tuple[Subscription, date]]:
        """Return what may be reduced, each with a day.

        Microsoft takes seats back within seven days of the begin of a term only.
        """
        result = []
        for item in self._free(month):
            quote = self._quotes[item.customer.number]
            day = month.replace(day=min(item.start.day + self._dice.number(2, 5), 28))
            if item.term == "P1M" and day > quote.start and day.day > item.start.day:
                result.append((item, day))
        return result

    def _free(self, month: date) -> list[Subscription]:
        return [
            item
            for item in self._subscriptions
            if item.id in self._seats
            and (item.customer.number, month) not in self._busy
        ]

    def _take(self, item: Subscription, day: date) -> None:
        self._busy.add((item.customer.number, day.replace(day=1)))

    def _change(self, item: Subscription, day: date, seats: int) -> None:
        self._take(item, day)
        self.found.append(SeatChange(day, item, self._seats[item.id], seats))
        self._seats[item.id] = seats

    def add_credit(self) -> None:
        """Add a service credit in March for the cycle that began in January."""
        changed = {event.subscription.id for event in self.found}
        item = self._dice.one(
            [
                item
                for item in self._subscriptions
                if item.id not in changed and item.start < date(2025, 12, 1)
            ]
        )
        self.found.append(
            Credit(
                day=date(2026, 3, 19),
                subscription=item,
                seats=item.seats,
                unit_amount=Decimal("1.15"),
                cycle_start=MONTHS[0].replace(day=item.start.day),
            )
        )

    def add_unknown(self, stranger: Customer) -> tuple[Subscription, ...]:
        """Add a customer we never heard of and a product we do not have."""
        known = self._quotes[2].customer
        foreign = (
            self._foreign(stranger, BY_KEY["standard"], date(2026, 2, 9), 12),
            self._foreign(known, UNKNOWN_ARTICLE, date(2026, 3, 11), 4),
        )
        for item, what in zip(foreign, ("customer", "product"), strict=True):
            self.found.append(Unknown(item.start, item, what))
        return foreign

    @staticmethod
    def _foreign(customer, article, start, seats) -> Subscription:
        number = guid("subscription", customer.domain, article.key)
        return Subscription(
            number, customer, article, start, seats, "P1Y", article.cost
        )
