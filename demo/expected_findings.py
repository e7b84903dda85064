"""Which differences the reconciliation of a month must find, from the events alone.

Seats are compared day by day: what the provider bills against what the contract says
on the day of the comparison. Money is added up as exact fractions and rounded half
up, once for each position and month.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from . import microsoft_file
from .scenario import Credit, Scenario, Subscription, Unknown

_ONE_DAY = timedelta(days=1)
#: Who loses by what is found.
DIRECTIONS = {
    "unassigned": "leakage",
    "seats_missing": "leakage",
    "ended_at_provider": "overbilled",
    "credit_not_passed_on": "credit",
    "cost_changed": "cost",
}


@dataclass(frozen=True, slots=True)
class Content:
    """What a contract says about an article on a day.

    :param price: of a unit on that day, after discount: the price of the billing
        period by the period's days
    """

    quantity: Fraction
    price: Fraction


#: (customer's number, article's key, day) -> content, None if there is none
Contents = Callable[[int, str, date], Content | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference between a provider's file and the contracts.

    :param month: first day
    :param customer: name, of several their number
    :param article: name
    :param amount: net; positive, but with `cost_changed` negative if it got cheaper
    """

    month: date
    provider: str
    cause: str
    customer: str
    article: str
    amount: Decimal

    @property
    def direction(self) -> str:
        return DIRECTIONS[self.cause]


def find(scenario: Scenario, month: date, contents: Contents) -> tuple[Finding, ...]:
    """Return the findings of all providers' files of a month."""
    return (
        *_find_unassigned(scenario, month),
        *_find_seats(scenario, month, contents),
        *_find_credits(scenario, month),
        *_find_cost_changes(scenario, month),
    )


def _find_unassigned(scenario: Scenario, month: date) -> Iterator[Finding]:
    """Yield what Microsoft bills for customers and products we do not know."""
    for event in scenario.events:
        if not isinstance(event, Unknown):
            continue
        item = event.subscription
        rows = microsoft_file.rows_of(scenario, month)
        amount = microsoft_file.total(row for row in rows if row.subscription == item)
        if amount:
            yield Finding(
                month=month,
                provider="microsoft",
                cause="unassigned",
                customer=item.customer.name,
                article=item.article.name,
                amount=amount,
            )


def _find_seats(
    scenario: Scenario, month: date, contents: Contents
) -> Iterator[Finding]:
    """Yield seats that only one side has.

    :raises ValueError: if a contract has more seats than the provider still bills,
        or another article's: the story plants nothing of that kind
    """
    for item in scenario.subscriptions:
        amounts: dict[str, Fraction] = {}
        for day in _days(month):
            if day < item.start:
                continue
            billed = scenario.seats_on(item, day)
            content = contents(item.customer.number, item.article.key, day)
            said = content.quantity if content else Fraction(0)
            if billed == said:
                continue
            if not content or 0 < billed < said:
                raise ValueError(f"{item} on {day}: {billed} billed, {said} agreed")
            cause = "seats_missing" if billed > said else "ended_at_provider"
            money = abs(billed - said) * content.price
            amounts[cause] = amounts.get(cause, Fraction(0)) + money
        for cause, exact in amounts.items():
            yield _finding(item, month, cause, round_half_up(exact))


def _find_credits(scenario: Scenario, month: date) -> Iterator[Finding]:
    for event in scenario.events:
        if isinstance(event, Credit) and event.day.replace(day=1) == month:
            amount = event.seats * event.unit_amount
            yield _finding(event.subscription, month, "credit_not_passed_on", amount)


def _find_cost_changes(scenario: Scenario, month: date) -> Iterator[Finding]:
    """Yield what a new price makes of a month, once for all who had the article."""
    before = month - _ONE_DAY
    for change in scenario.cost_changes:
        if change.day != month:
            continue
        items = [
            item
            for item in scenario.subscriptions
            if item.article == change.article
            and scenario.seats_on(item, month)
            and scenario.seats_on(item, before) > 0
        ]
        if not items:
            continue
        seats = sum(scenario.seats_on(item, month) for item in items)
        amount = (change.new - change.old) * seats
        names = {item.customer.name for item in items}
        found = _finding(items[0], month, "cost_changed", amount)
        if len(names) > 1:
            found = replace(found, customer=f"{len(names)} customers")
        yield found


def _finding(item: Subscription, month: date, cause: str, amount: Decimal) -> Finding:
    return Finding(
        month=month,
        provider=item.article.provider,
        cause=cause,
        customer=item.customer.name,
        article=item.article.name,
        amount=amount,
    )


def _days(month: date) -> Iterator[date]:
    day = month
    while day.month == month.month:
        yield day
        day += _ONE_DAY


def round_half_up(exact: Fraction) -> Decimal:
    """Return `exact` in cents, half a cent away from zero."""
    cents = int(abs(exact) * 100 + Fraction(1, 2))
    return Decimal(cents if exact >= 0 else -cents).scaleb(-2)


def total(findings: Iterable[Finding], direction: str) -> Decimal:
    """Return the sum of what is found in one direction."""
    amounts = (item.amount for item in findings if item.direction == direction)
    return sum(amounts, Decimal(0))
