"""Ingram's orders: which subscriptions have changed since they were read.

The list of subscriptions says the day of the last change at most. Orders come newest
first and cannot be asked for by day, so pages are read until a known order.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from .ingram_api import Pages
from .keyed_api import KeyedApi
from .lenient import Loose
from .sentence import _

PAGE = 100
# Pages at most: who has not been read for so long is read anew for other reasons.
_MOST = 20
# So many days are always looked at: an order is known as soon as one subscription of
# it was read, but another may have failed.
_DAYS = 4
_WHAT = _("the orders")


@dataclass(slots=True)
class Orders:
    """The newest orders by what they are of: a subscription, else a customer.

    Renewals and cancellations name no subscription.

    :param newest: {(customer or None, subscription or None): place and token}
    :param kept: {the same: orders as they may be stored}
    """

    newest: dict[tuple[str | None, str | None], tuple[int, str]] = field(
        default_factory=dict
    )
    kept: dict[tuple[str | None, str | None], list[dict[str, object]]] = field(
        default_factory=dict
    )

    def token_of(self, customer: str, subscription: str) -> str:
        """Return what names the newest order of a subscription, "" if there is none."""
        keys = ((None, subscription), (customer, None))
        found = [self.newest[key] for key in keys if key in self.newest]
        return min(found, default=(0, ""))[1]

    def of(self, customer: str, subscription: str) -> list[dict[str, object]]:
        """Return the orders that may have changed a subscription, newest first."""
        keys = ((None, subscription), (customer, None))
        return [order for key in keys for order in self.kept.get(key, ())]

    def take(self, place: int, row: Loose) -> str:
        """Note an order; return its token, which changes when the order proceeds."""
        token = f"{row.id('id')}:{row.text('status') or ''}"[:80]
        named = [row, *row.rows("products")]
        ids = {one for part in named if (one := part.id("subscriptionId"))}
        for key in [(None, one) for one in ids] or [(row.id("customerId"), None)]:
            self.newest.setdefault(key, (place, token))
            self.kept.setdefault(key, []).append(row.kept())
        return token


def read_orders(api: KeyedApi, known: Collection[str]) -> Orders:
    """Return the newest orders.

    :param known: tokens of orders that were read before
    """
    orders = Orders()
    pages = Pages(api, "/orders", _WHAT, PAGE)
    since = (datetime.now(timezone.utc) - timedelta(days=_DAYS)).date()
    place = 0
    for _page in range(_MOST):
        new = pages.read_next()
        tokens = {orders.take(place + i, row) for i, row in enumerate(new)}
        place += len(new)
        days = [day for row in new if (day := row.day("creationDate"))]
        is_old = not days or min(days) < since
        is_known = not known or not tokens.isdisjoint(known)
        if pages.is_done or (is_old and is_known):
            break
    return orders
