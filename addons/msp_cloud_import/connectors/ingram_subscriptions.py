"""Ingram's subscriptions: which have changed, and what each consists of."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from . import errors
from .by_customer import Listed
from .errors import ConnectorError
from .ingram_api import Pages
from .ingram_orders import Orders
from .keyed_api import KeyedApi
from .lenient import Loose, path_part
from .sentence import _
from .values import Subscription

LIST = _("the list of subscriptions")
#: Between the id of a subscription and the article, if it consists of several.
OF = "#"
_STATUSES = {
    "active": "active",
    "hold": "suspended",
    "pending": "pending",
    "terminated": "ended",
    "removed": "ended",
}
# Once ended, nothing is charged and no count is of interest.
_WITHOUT_DETAILS = frozenset({"ended"})
_UNITS = {"day": "D", "month": "M", "year": "Y"}
_PLANS = {"P1M": "monthly", "P1Y": "annual", "P3Y": "triennial"}


def list_subscriptions(
    api: KeyedApi, known: Iterable[str]
) -> tuple[list[Listed], Pages]:
    """Return all subscriptions as the list has them, sorted by customer and id."""
    before: dict[str, list[str]] = {}
    for name in known:
        before.setdefault(name.partition(OF)[0], []).append(name)
    pages = Pages(api, "/subscriptions", LIST).read_all()
    if pages.lacks() and not pages.nameless:
        # Something ended while the pages were read; what was pushed on comes now.
        again = Pages(api, "/subscriptions", LIST).read_all()
        if again.lacks():
            again.rows = {**pages.rows, **again.rows}
        pages = again
    listed = [
        Listed(row.id("customerId") or "", one, row, tuple(before.get(one, ())))
        for one, row in pages.rows.items()
    ]
    listed.sort(key=lambda one: (one.customer, one.id))
    return listed, pages


def marker_of(one: Listed, orders: Orders, before: str) -> str:
    """Return what changes whenever a subscription may have changed.

    :param before: its marker when it was read; names an order that may be too old to
        be among the newest
    """
    told = json.dumps(one.row.kept(), sort_keys=True, default=str)
    row = hashlib.sha256(told.encode()).hexdigest()[:20]
    order = orders.token_of(one.customer, one.id) or order_in(before)
    return f"{row}.{order}"


def order_in(marker: str) -> str:
    """Return the order that a marker names."""
    return marker.partition(".")[2]


def read_states(
    api: KeyedApi, one: Listed, names: Mapping[str, str], orders: Orders, marker: str
) -> list[Subscription]:
    """Return what a subscription consists of, an article each.

    :param names: {customer id: name}
    :raise ConnectorError: it cannot be read or understood
    """
    what = _("the subscription %(name)s", name=one.id)

    def odd(reason: str) -> ConnectorError:
        return ConnectorError(errors.NOT_UNDERSTOOD, api.host, what=what, reason=reason)

    if not one.customer:
        raise odd(_("it names no customer"))
    row, products = one.row, [Loose(None)]
    status = _STATUSES.get((row.text("status") or "").casefold())
    if status not in _WITHOUT_DETAILS:
        row = Loose(
            api.get(f"/subscriptions/{path_part(one.id, api.host, what)}", what)
        )
        if row.id("id") != one.id:
            raise odd(_("it is of another subscription"))
        status = _STATUSES.get((row.text("status") or "").casefold())
        products = _used(row, odd) or [Loose(None)]
    if status is None:
        raise odd(_("its status is “%(name)s”", name=row.text("status") or ""))
    raw: dict[str, object] = {"subscription": row.kept()}
    if found := orders.of(one.customer, one.id):
        raw["orders"] = found
    return [
        _state(one, row, product, status, len(products) > 1, names, marker, raw)
        for product in products
    ]


def _used(row: Loose, odd: Callable[[str], ConnectorError]) -> list[Loose]:
    """Return the articles of a subscription, one row each.

    :raise ConnectorError: a quantity is none, or negative
    """
    found: dict[str, Loose] = {}
    for product in row.rows("products"):
        if product.get("quantity") is None:
            continue
        quantity = product.number("quantity")
        if quantity is None or quantity < 0:
            raise odd(_("a quantity is no number of licences"))
        article = product.text("mpn", "id", "name") or ""
        if article in found:
            quantity += found[article].number("quantity") or 0
        found[article] = Loose({**product.raw, "quantity": quantity})
    with_any = [one for one in found.values() if one.number("quantity")]
    return with_any or list(found.values())[:1] or list(row.rows("products"))[:1]


def _state(
    one: Listed,
    row: Loose,
    product: Loose,
    status: str,
    is_part: bool,
    names: Mapping[str, str],
    marker: str,
    raw: Mapping[str, object],
) -> Subscription:
    article = product.text("mpn", "id")
    billing = _period(row.inner("billingPeriod") or one.row.inner("billingPeriod"))
    purchased = product.number("quantity")
    start = row.day("creationDate")
    return Subscription(
        sub_account_id=one.customer,
        subscription_id=f"{one.id}{OF}{article}" if is_part else one.id,
        parent_id=one.id if is_part else None,
        status=status,
        sub_account_name=names.get(one.customer),
        sku_id=article,
        service_name=(product.text("name") if is_part else None)
        or one.row.text("name")
        or row.text("name")
        or product.text("name"),
        purchased=Decimal(0) if status == "ended" else purchased,
        term=_period(
            row.inner("subscriptionPeriod") or one.row.inner("subscriptionPeriod")
        ),
        billing_plan=_PLANS.get(billing or ""),
        start=start,
        term_end=_term_end(start, row.day("expirationDate")),
        auto_renew=row.flag("renewalStatus"),
        marker=marker,
        raw=raw,
    )


def _term_end(start: date | None, day: date | None) -> date | None:
    """Return the day after a term, of which it is not said what its last day is.

    A term that begins on the 5th ends with a 4th, or before a 5th.
    """
    if day is None or (start and start.day == day.day) or day == date.max:
        return day
    return day + timedelta(days=1)


def _period(period: Loose) -> str | None:
    """Return a length as ISO 8601, whole years as such; None if it says none."""
    number = period.number("duration")
    unit = _UNITS.get((period.text("type") or "").casefold().rstrip("s"))
    if number is None or unit is None or not 0 < number < 1000 or number % 1:
        return None
    if unit == "M" and number % 12 == 0:
        number, unit = number / 12, "Y"
    return f"P{int(number)}{unit}"
