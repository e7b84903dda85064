"""All subscriptions of all customers, several customers at a time.

A page of customers is one page here. What has been read is never lost: a deadline, or
a service that wants to be left alone, ends the page early and the cursor goes on.
"""

import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from urllib.parse import quote

from . import errors
from .errors import ConnectorError
from .json_values import BadValue, text
from .microsoft_customers import (
    CUSTOMERS,
    Page,
    print_of,
    read_all,
    read_customers,
    unknown,
)
from .microsoft_service import Service
from .microsoft_states import Customer, read_state
from .sentence import _
from .values import Subscription, SubscriptionPage

WORKERS = 8
# These concern the connection and not the one customer.
_FOR_ALL = frozenset(
    {
        errors.THROTTLED,
        errors.UNTRUSTED,
        errors.WRONG_SECRET,
        errors.MISSING_CONSENT,
        errors.EXPIRED_TOKEN,
        errors.CLOCK_SKEW,
        errors.WRONG_REGION,
    }
)
# So many customers in a row cannot all be ill: the service is.
_MOST_ILL = 20
_MOST_REPEATED = 3


@dataclass(slots=True)
class Cursor:
    """Where to go on, as JSON-able values.

    :param token: of the page of customers
    :param after: the last customer of it that was read
    :param done: how many customers were read
    :param seen: prints of the pages so far, by which an endless list is noticed
    :param again: how often pages were repeated
    """

    token: str = ""
    after: str = ""
    done: int = 0
    total: int | None = None
    seen: list[str] = field(default_factory=list)
    again: int = 0

    @classmethod
    def of(cls, value: object) -> "Cursor":
        """Return the cursor of `to_dict`, or that of the beginning."""
        return cls(**value) if isinstance(value, dict) else cls()

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON-able values."""
        return asdict(self)

    def begin_anew(self, error: ConnectorError) -> None:
        """Go back to the first page, as reading once more changes nothing.

        :raise ConnectorError: the given one, if that was done several times
        """
        self.token, self.after, self.done, self.seen = "", "", 0, []
        self.again += 1
        if self.again > _MOST_REPEATED:
            raise error


@dataclass(slots=True)
class _Read:
    """What was read of one customer."""

    subscriptions: list[Subscription] = field(default_factory=list)
    problems: list[tuple[str, ConnectorError]] = field(default_factory=list)
    is_complete: bool = False
    # of the customer as a whole
    error: ConnectorError | None = None


@dataclass(slots=True)
class _Harvest:
    """What goes into the page."""

    known: Mapping[str, str]
    subscriptions: list[Subscription] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    customers: list[str] = field(default_factory=list)
    problems: list[tuple[str, ConnectorError]] = field(default_factory=list)

    def take(self, customer: Customer, read: _Read) -> None:
        for one in read.subscriptions:
            if self.known.get(one.subscription_id) == one.marker:
                self.unchanged.append(one.subscription_id)
            else:
                self.subscriptions.append(one)
        self.problems += read.problems
        if read.is_complete:
            self.customers.append(customer.id)

    def page(self, cursor: Cursor, is_end: bool) -> SubscriptionPage:
        return SubscriptionPage(
            subscriptions=tuple(self.subscriptions),
            unchanged=tuple(self.unchanged),
            customers=tuple(self.customers),
            cursor=None if is_end else cursor.to_dict(),
            total=cursor.total,
            done=cursor.done,
            problems=tuple(self.problems),
        )


def read_subscriptions(
    partner: Service,
    cursor: object | None,
    known: Mapping[str, str],
    deadline: float | None,
    workers: int = WORKERS,
) -> SubscriptionPage:
    """Return the next part; see `Connector.read_subscriptions`.

    :raise ConnectorError: nothing could be read
    """
    at = Cursor.of(cursor)
    harvest = _Harvest(known)
    customers, page, problems = _customers(partner, at)
    print_ = print_of([customer.id for customer in customers])
    # A page that was begun is the last one seen, and no repetition.
    is_repeated = print_ in (at.seen if not at.after else at.seen[:-1])
    if not at.after:
        harvest.problems += [("", problem) for problem in problems]
        at.done += len(problems)
        at.seen.append(print_)
        at.total = page.total if at.total is None else at.total
    if is_repeated:
        at.again += 1
        if at.again > _MOST_REPEATED:
            raise unknown(partner, CUSTOMERS, _("it repeats itself"))
    else:
        left = _behind(customers, at.after)
        if _read_customers(partner, left, at, harvest, deadline, workers):
            return harvest.page(at, is_end=False)
    at.token, at.after = page.token, ""
    if not page.token and at.done < (page.total or 0):
        reason = _("%(count)s of %(total)s", count=at.done, total=page.total)
        at.begin_anew(
            ConnectorError(
                errors.INCOMPLETE, partner.host, what=CUSTOMERS, reason=reason
            )
        )
        return harvest.page(at, is_end=False)
    return harvest.page(at, is_end=not page.token)


def _customers(
    partner: Service, at: Cursor
) -> tuple[list[Customer], Page, list[ConnectorError]]:
    """Return the page of customers at the cursor."""
    try:
        return read_customers(partner, at.token)
    except ConnectorError as error:
        is_gone = error.code in (errors.REFUSED, errors.NOT_FOUND) and at.token
        if not is_gone:
            raise
    # A token that is too old.
    at.begin_anew(unknown(partner, CUSTOMERS, _("its pages cannot be continued")))
    return read_customers(partner, "")


def _behind(customers: list[Customer], after: str) -> list[Customer]:
    """Return the customers after one; all of them if it is no longer there."""
    ids = [customer.id for customer in customers]
    return customers[ids.index(after) + 1 :] if after in ids else customers


def _read_customers(
    partner: Service,
    customers: list[Customer],
    at: Cursor,
    harvest: _Harvest,
    deadline: float | None,
    workers: int,
) -> bool:
    """Read customers in their order, some ahead; return whether some are left.

    :raise ConnectorError: the first one already fails for a reason that is for all
    """
    waiting: deque[tuple[Customer, Future[_Read]]] = deque()
    ill: list[tuple[Customer, ConnectorError]] = []
    began = at.after
    ahead = iter(customers)
    with ThreadPoolExecutor(workers, "microsoft") as pool:
        while True:
            while len(waiting) < workers and not _is_late(deadline, at.after != began):
                customer = next(ahead, None)
                if customer is None:
                    break
                waiting.append((customer, pool.submit(_read_one, partner, customer)))
            if not waiting:
                break
            customer, future = waiting.popleft()
            read = future.result()
            if read.error is not None:
                ill.append((customer, read.error))
                if read.error.code in _FOR_ALL or len(ill) > _MOST_ILL:
                    pool.shutdown(wait=True, cancel_futures=True)
                    if at.after == began:
                        raise read.error
                    return True
                continue
            _settle(ill, at, harvest)
            harvest.take(customer, read)
            at.after = customer.id
            at.done += 1
    if ill and not at.done and all(error.is_passing for _, error in ill):
        # Not one customer could be read: there is more to it than customers.
        raise ill[0][1]
    _settle(ill, at, harvest)
    return next(ahead, None) is not None


def _settle(
    ill: list[tuple[Customer, ConnectorError]], at: Cursor, harvest: _Harvest
) -> None:
    """Note those that failed, as others after them did not."""
    for customer, error in ill:
        harvest.problems.append((customer.id, error))
        at.after = customer.id
        at.done += 1
    ill.clear()


def _is_late(deadline: float | None, has_some: bool) -> bool:
    # One customer is read in any case, else it would never go on.
    return has_some and deadline is not None and time.monotonic() >= deadline


def _read_one(partner: Service, customer: Customer) -> _Read:
    """Read the subscriptions of one customer."""
    name = customer.name or customer.id
    what = _("the subscriptions of %(name)s", name=name)
    path = f"/customers/{quote(customer.id, safe='')}/subscriptions"
    try:
        items = read_all(partner, path, what)
    except ConnectorError as error:
        return _Read(error=error)
    read = _Read(is_complete=True)
    for item in items:
        try:
            read.subscriptions.append(read_state(item, customer))
        except BadValue as error:
            name = text(item.get("id")) if isinstance(item, Mapping) else ""
            problem = unknown(partner, what, error.sentence)
            read.problems.append((name.lower() or customer.id, problem))
            read.is_complete = False
    return read
